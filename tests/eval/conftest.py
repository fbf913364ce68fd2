"""The command line over a system whose answers are known."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import eval.__main__ as command
from rag.records import Answer
from tests.eval.fake_system import FakeSystem, answered, citation, hit

QUESTIONS = [
    {"id": "1", "question": "Bins?", "kind": "when", "facts": [["Monday"]], "articles": ["bins"]},
    {"id": "2", "question": "Mayor?", "kind": "unanswerable", "answerable": False},
    {"id": "3", "question": "Last bus?", "kind": "when", "facts": [["23:30"]], "articles": ["buses"]},
    {
        "id": "4",
        "question": "And <b>then</b>?",
        "kind": "followup",
        "history": [{"role": "user", "content": "Glass?"}, {"role": "assistant", "content": "To the depot."}],
    },
]
ANSWERS: dict[str, Answer | Exception] = {
    "Bins?": answered("On Monday. [1]", citation("bins", "Bins go out on Monday."), hits=(hit("bins"),)),
    "And <b>then</b>?": answered("<script>alert(1)</script> [1]", citation("bins", "Glass"), hits=(hit("bins"),)),
}

Eval = Callable[..., int]


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem(ANSWERS)


@pytest.fixture
def evaluate(system: FakeSystem, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Eval:
    """Runs `python -m eval WORDS` in an empty folder over the fake system; gives back the exit code."""

    @contextmanager
    def fake(*_: object) -> Iterator[FakeSystem]:
        yield system

    monkeypatch.setattr(command, "_system", fake)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["eval", *words])
        with pytest.raises(SystemExit) as ended:
            command.main()
        return int(ended.value.code or 0)

    return run


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "set.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in QUESTIONS))
    return path
