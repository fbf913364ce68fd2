"""The whole thing as a user starts it: `python app.py` over the articles that ship, asked in a real browser."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from eval.serving import ROOT, Server, free_port, seconds_to_ready, served
from tests.browser import chromium

# Runs `app.py` and notes every host beyond this machine that anything in the process wants to know or reach.
WATCHED = """
import sys

here = {None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0"}

def watch(event, arguments):
    host = "here"
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyname_ex"):
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    host = host.decode() if isinstance(host, bytes) else host
    if host != "here" and host not in here:
        with open(log, "a") as file:
            file.write(f"{event} {host}\\n")

log = sys.argv.pop(1)
sys.addaudithook(watch)
import typer, app
typer.run(app.serve)
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A started `app.py`."""

    server: Server
    looked_up: Path
    """One line for each host that was looked up or reached."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("process")
    looked_up, port = folder / "looked_up", free_port()
    words = [sys.executable, "-c", WATCHED, str(looked_up), "--port", str(port), "--index", str(folder / "index")]
    with served(words, port=port) as server:
        seconds_to_ready(server, limit=240)
        yield Running(server, looked_up)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("locale", "question", "words"),
    [
        ("zh-CN", "长三角G60科创走廊ESG发展联盟是做什么的？", "ESG相关政策法规解读"),
        ("zh-TW", "長三角G60科創走廊ESG發展聯盟是做什麼的？", "ESG相关政策法规解读"),
        ("en-US", "What does the G60 ESG alliance do?", "ESG相关政策法规解读"),
    ],
)
def test_a_stranger_asks_and_reads_the_words_in_the_article(
    running: Running, locale: str, question: str, words: str
) -> None:
    with chromium() as browser:
        page = browser.new_page(locale=locale)
        page.goto(running.server.url)
        page.wait_for_selector(".wj-example")
        page.get_by_role("textbox").fill(question)
        page.get_by_role("textbox").press("Enter")
        page.wait_for_selector("#wj-current .wj-finished", timeout=60_000)
        expect(page.locator(".wj-citation").first).to_contain_text(words)
        with page.context.expect_page() as opening:
            page.locator(".wj-citation .wj-open").first.click()
        expect(opening.value.locator("mark#quote")).to_contain_text(words)
        expect(opening.value.locator("mark#quote")).to_be_in_viewport()


def test_building_serving_and_answering_look_up_no_other_host(running: Running) -> None:
    assert httpx.get(f"{running.server.url}/readyz", trust_env=False).json() == {"status": "ready", "writer": "quote"}
    assert not running.looked_up.exists() or running.looked_up.read_text() == ""


def test_a_port_in_use_is_one_clear_line(running: Running) -> None:
    port = running.server.url.rsplit(":", 1)[1]
    second = subprocess.run(
        [sys.executable, "app.py", "--port", port], cwd=ROOT, text=True, capture_output=True, timeout=60
    )
    assert second.returncode == 1
    assert second.stderr == (
        f"wenju: 127.0.0.1:{port} is in use. Choose another port, such as --port {int(port) + 1}.\n"
    )


def test_the_server_stays_within_its_memory(running: Running) -> None:
    status = Path(f"/proc/{running.server.process.pid}/status")
    if not status.exists():
        return
    resident = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    assert int(resident.split()[1]) < 1.3 * 1024 * 1024  # kB


def test_the_server_ends_in_order_when_it_is_told_to(running: Running) -> None:
    server = running.server
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(20) in (0, -signal.SIGTERM)
    assert f"{server.url}  (Ctrl-C to stop)" in server.said()
    assert "Traceback" not in server.said()
