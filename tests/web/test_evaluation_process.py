"""Batch evaluation as it is served: the real process, the real assistant over the articles that ship, and its end."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from evaluation_clerk import PASSWORD, Clerk

from eval.serving import ROOT, seconds_to_ready, serving_app

SET = ROOT / "eval" / "questions" / "articles.jsonl"


@contextmanager
def served(index: Path) -> Iterator[tuple[Clerk, subprocess.Popen[bytes]]]:
    with serving_app(index) as server:
        seconds_to_ready(server, limit=240)
        clerk = Clerk(server.url)
        try:
            clerk.sign_in()
            yield clerk, server.process
        finally:
            clerk.client.close()
            server.process.kill()
            server.process.wait()
            assert PASSWORD not in server.said()


def test_a_run_that_dies_with_its_server_goes_on_with_the_next_and_asks_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WENJU_EVALUATION_PASSWORD", PASSWORD)
    monkeypatch.setenv("WENJU_CHAT_PAGE", "false")
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
