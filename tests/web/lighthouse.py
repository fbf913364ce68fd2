"""Lighthouse on a page of another origin that embeds the widget: `python -m tests.web.lighthouse [--open]`.

Installs Lighthouse by npm into the folder of the cache, not into the project, and drives Debian's Chromium. With
`--open` the dialog stands open on the page. Exit code 1 when a floor is missed.
"""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eval.serving import ROOT, free_port, seconds_to_ready, served
from rag.settings import load_settings

VERSION = "12.8.2"
FLOORS = {"performance": 0.99, "accessibility": 1.0, "best-practices": None, "seo": None}
KEY = "pk_" + "l" * 26
PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>示例市人民政府</title>
<link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="示例市人民政府门户网站"></head>
<body><header><h1>示例市人民政府</h1></header><main><p>欢迎办事、查询和咨询。</p></main>
<script src="{url}/embed/v1/loader.js" data-site-key="{key}" data-lang="zh-CN" {more}defer></script>
</body></html>
"""


def lighthouse() -> Path:
    """The program, installed where it is not there."""
    folder = load_settings().cache / f"lighthouse-{VERSION}"
    program = folder / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.exists():
        words = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"lighthouse@{VERSION}"]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return program


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def host(folder: Path) -> Iterator[str]:
    """The address of a server of the files in `folder`."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def measured(*, open_: bool) -> dict[str, float]:
    """The scores, from 0 to 1, by category."""
    program = lighthouse()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="wenju-lighthouse-") as place, host(Path(place)) as page:
        folder, url = Path(place), f"http://127.0.0.1:{port}"
        more = 'data-open="true" ' if open_ else ""
        (folder / "index.html").write_text(PAGE.format(url=url, key=KEY, more=more), encoding="utf-8")
        digest = hashlib.sha256(b"nobody").hexdigest()
        sites = f'[sites.host]\nkey = "{KEY}"\nsecret_sha256 = "{digest}"\norigins = ["{page}"]\n'
        (folder / "sites.toml").write_text(sites, encoding="utf-8")
        words = [
            "env",
            f"WENJU_SITES={folder / 'sites.toml'}",
            sys.executable,
            str(ROOT / "app.py"),
            "--port",
            str(port),
        ]
        with served(words, port=port) as server:
            seconds_to_ready(server, limit=600)
            report = folder / "report.json"
            asked = ["node", str(program), f"{page}/index.html", "--quiet", "--output=json", f"--output-path={report}"]
            chrome = "--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage"
            browser = {"CHROME_PATH": shutil.which("chromium") or ""}
            subprocess.run([*asked, chrome], check=True, env={**os.environ, **browser})
            told = json.loads(report.read_text(encoding="utf-8"))
    for name, audit in told["audits"].items():
        if audit.get("score") is not None and audit["score"] < 1 and audit["scoreDisplayMode"] != "informative":
            print(f"  {name}: {audit['score']} {audit.get('displayValue', '')}".rstrip())
    for name in ("total-byte-weight", "total-blocking-time", "largest-contentful-paint", "cumulative-layout-shift"):
        print(f"  {name}: {told['audits'].get(name, {}).get('displayValue', 'not told')}")
    return {name: category["score"] for name, category in told["categories"].items()}


def main() -> None:
    """Prints each score beside its floor."""
    scores = measured(open_="--open" in sys.argv[1:])
    for name, score in scores.items():
        floor = FLOORS.get(name)
        print(f"{name}: {score}" + (f" (>= {floor})" if floor else ""))
    if any(scores[name] < floor for name, floor in FLOORS.items() if floor):
        sys.exit(1)


if __name__ == "__main__":
    main()
