"""`python -m corpus clean`: one JSON object a line, or a page to read; one line for what went wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from corpus.__main__ import app
from tests.corpus.texts import SIMPLIFIED

ROOT = Path(__file__).parents[2]
run = CliRunner().invoke
KEYS = ["id", "title", "text", "source", "author", "published", "url", "script", "repairs"]


def test_json_has_the_nine_keys_and_one_object_a_line(tmp_path: Path):
    page = tmp_path / "page.txt"
    page.write_text(f"首页 > 新闻 > 正文\n题目在此\n2024-01-02 来源：甲报\n{SIMPLIFIED.splitlines()[2]}\n", "utf-8")
    result = run(app, ["clean", str(page), str(ROOT / "corpus/articles"), "--json"])
    assert result.exit_code == 0
    articles = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(articles) == 6
    assert all(list(article) == KEYS for article in articles)
    assert articles[0]["published"] == "2024-01-02"
    assert articles[0]["repairs"][0] == {"kind": "breadcrumb", "count": 1, "example": "首页 > 新闻 > 正文"}


def test_the_readable_view_shows_the_text_and_what_was_done(tmp_path: Path):
    page = tmp_path / "page.txt"
    page.write_text("題目[bold]在此\n\n進(jìn)一步開放，進(jìn)口增長，{braces}不變。", "utf-8")
    result = run(app, ["clean", str(page)])
    assert result.exit_code == 0
    assert "題目[bold]在此" in result.stdout
    assert "進一步開放，進口增長，{braces}不變。" in result.stdout
    assert "reading" in result.stdout


def test_a_bad_file_is_one_line_on_stderr_and_the_others_are_done(tmp_path: Path):
    (tmp_path / "good.txt").write_text(SIMPLIFIED, "utf-8")
    (tmp_path / "empty.txt").write_bytes(b"")
    result = run(
        app, ["clean", str(tmp_path / "missing.txt"), str(tmp_path / "empty.txt"), str(tmp_path / "good.txt"), "--json"]
    )
    assert result.exit_code == 1
    assert json.loads(result.stdout)["text"] == SIMPLIFIED
    assert result.stderr.splitlines() == [f"{tmp_path}/missing.txt: no such file", f"{tmp_path}/empty.txt: empty"]


def test_no_file_and_an_unknown_option_are_wrong_usage():
    assert run(app, ["clean"]).exit_code == 2
    assert run(app, ["clean", "--nonsense", "x"]).exit_code == 2


def test_a_dash_is_a_text_on_standard_input():
    command = [sys.executable, "-m", "corpus", "clean", "-", "--json"]
    done = subprocess.run(command, input=SIMPLIFIED.encode("gb18030"), capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 0
    assert json.loads(done.stdout)["text"] == SIMPLIFIED
    done = subprocess.run(command, input=b"", capture_output=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr.decode().strip()) == (1, "standard input: empty")


def test_chinese_is_printed_whatever_the_locale():
    command = [sys.executable, "-m", "corpus", "clean", "corpus/articles/001_fda4e5a990aaeddb.txt", "--json"]
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""}
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["author"] == "黄勇娣"
