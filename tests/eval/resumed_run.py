"""A run over a system that takes down what it was asked: `python -m tests.eval.resumed_run FOLDER QUESTIONS LOG`.

To be killed at any moment and started again, as a person would do with `python -m eval run`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from eval import identity
from eval.batch import Plan, evaluate
from eval.reading import QuestionSet, read_set
from eval.running import System
from rag.records import Answer, Question
from rag.settings import load_settings
from tests.eval.fake_system import FakeSystem, answered, citation, hit

ANSWER_SECONDS = 0.004


class LoggingSystem(FakeSystem):
    """Answers every question, a little later, and takes down each of them before it does."""

    def __init__(self, log: Path) -> None:
        super().__init__({})
        self._log = log.open("a", encoding="utf-8")

    def answer(self, question: Question) -> Answer:
        self._log.write(question.text + "\n")
        self._log.flush()
        time.sleep(ANSWER_SECONDS)
        return answered(
            f"{question.text} Monday. [1]", citation("bins", "Bins go out on Monday."), hits=(hit("bins"), hit("buses"))
        )


def plan(folder: Path, questions: QuestionSet, system: System, *, at_once: int = 2, resume: bool = True) -> Plan:
    """The plan to ask `questions` of `system`."""
    return Plan(
        name="set",
        questions=questions,
        system=system,
        settings=load_settings(),
        folder=folder,
        at_once=at_once,
        resume=resume,
    )


if __name__ == "__main__":
    identity.code_digest = lambda: "the same"  # also where somebody edits the code between two starts
    evaluate(plan(Path(sys.argv[1]), read_set(Path(sys.argv[2])), LoggingSystem(Path(sys.argv[3]))))
