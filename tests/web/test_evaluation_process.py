"""Batch evaluation as it is served: the real process, the real assistant over the articles that ship, and its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from evaluation_clerk import PASSWORD, Clerk
from test_process import free_port

ROOT = Path(__file__).resolve().parents[2]
SET = ROOT / "eval" / "questions" / "articles.jsonl"


@contextmanager
def served(index: Path) -> Iterator[tuple[Clerk, subprocess.Popen[str]]]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "app.py", "--port", str(port), "--index", str(index)],
        cwd=ROOT,
        env={**os.environ, "WENJU_EVALUATION_PASSWORD": PASSWORD, "WENJU_CHAT_PAGE": "false"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{address}/readyz", trust_env=False, timeout=60).raise_for_status()
            break
        except httpx.HTTPError:
            time.sleep(0.3)
    clerk = Clerk(address)
    try:
        clerk.sign_in()
        yield clerk, process
    finally:
        clerk.client.close()
        process.kill()
        _, said = process.communicate()
        assert PASSWORD not in said


def test_a_run_that_dies_with_its_server_goes_on_with_the_next_and_asks_nothing_twice(tmp_path: Path) -> None:
    index = tmp_path / "index"
    with served(index) as (clerk, process):
        id = clerk.uploaded(SET.name, SET.read_bytes())
        clerk.start(id)
        clerk.wait(id, "running", "finished", done=5)
        process.kill()
        process.wait()
    results = tmp_path / "evaluations" / id / "results.jsonl"
    before = [line for line in results.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")]
    assert len(before) >= 5
    with served(index) as (clerk, process):
        assert "未完成" in clerk.show(id)
        clerk.start(id)
        clerk.wait(id, "finished")
        shown = clerk.show(id)
        lines = results.read_text(encoding="utf-8").splitlines(keepends=True)
        assert lines[: len(before)] == before
        asked = [json.loads(line)["id"] for line in SET.read_text(encoding="utf-8").splitlines()]
        assert [json.loads(line)["id"] for line in lines] == asked
        assert "已完成" in shown
        assert "<span>答对 " in clerk.client.get("/evaluation").text
        process.terminate()
        assert process.wait(30) in (0, -15)
