"""How many follow-up questions stand alone after the rules, over conversations that were written before the rules.

`followups.jsonl` and `dialogues.jsonl` are those that the rules were developed with. Of `followups_held_out.jsonl` only
counts were seen meanwhile: how many stand alone, and of each kind how many lack or carry something.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from corpus.fold import fold
from rag.records import Question, Turn
from rag.standalone import standalone

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = ROOT / "eval" / "questions"


@dataclass(frozen=True)
class Made:
    """What became of one follow-up."""

    id: str
    kind: str
    text: str
    lacks: tuple[str, ...]
    carries: tuple[str, ...]
    """Words of an old topic, or of what was corrected."""

    @property
    def stands_alone(self) -> bool:
        return not self.lacks and not self.carries


def made(path: Path) -> Iterator[Made]:
    for line in path.read_text(encoding="utf-8").splitlines():
        told: dict[str, Any] = json.loads(line)
        history = tuple(Turn(role=turn["role"], content=turn["content"]) for turn in told["history"])
        text = standalone(Question(text=told["question"], history=history))
        folded = fold(text)
        yield Made(
            id=told["id"],
            kind=told["kind"],
            text=text,
            lacks=tuple(w for w in told["subject_must"] if not any(fold(o) in folded for o in w.split("|"))),
            carries=tuple(w for w in told["subject_must_not"] if fold(w) in folded),
        )


@pytest.mark.parametrize(
    ("path", "floor"),
    [
        (QUESTIONS / "followups.jsonl", 0.93),
        (ROOT / "tests" / "rag" / "dialogues.jsonl", 0.9),
        (QUESTIONS / "followups_held_out.jsonl", 0.72),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_follow_ups_stand_alone(path: Path, floor: float) -> None:
    every = list(made(path))
    failed = [each for each in every if not each.stands_alone]
    print(f"{path.stem}: {len(every) - len(failed)} of {len(every)} stand alone")
    assert 1 - len(failed) / len(every) >= floor, [(each.id, each.text, each.lacks, each.carries) for each in failed]


def test_a_new_topic_carries_next_to_nothing_of_the_old_one() -> None:
    every = [
        each
        for path in (QUESTIONS / "followups.jsonl", ROOT / "tests" / "rag" / "dialogues.jsonl")
        for each in made(path)
        if each.kind == "followup_topic_change"
    ]
    assert len(every) >= 20
    assert sum(bool(each.carries) for each in every) <= 1


PIECES = (
    "不对",
    "，",
    "不是",
    "错了",
    "我是说",
    "我想",
    "问",
    "的",
    "no ",
    "not ",
    "I meant ",
    "谢谢",
    "那",
    "呢",
    "a ",
    "1",
)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("length", [79, 500])
def test_no_text_takes_the_rules_long(piece: str, length: int) -> None:
    before = (Turn(role="user", content="深中通道每天车流量多少"), Turn(role="assistant", content="8.5万辆。[1]"))
    took = []
    for other in ("", *PIECES):
        started = time.process_time()
        standalone(Question(text=(other * 3 + piece * length)[:length], history=before))
        took.append(time.process_time() - started)
    assert max(took) < 1, "the rules match in a way that grows without bounds"
