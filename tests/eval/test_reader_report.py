"""What `python -m eval reader` counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from corpus.records import Article
from eval.cases import Case
from eval.errors import EvaluationError
from eval.reader_report import HEAD, Told, reader_report, row, told
from rag.records import Answer, Hit, Question
from rag.rereading import reread
from tests.rag.lexical_retriever import LexicalRetriever
from tests.rag.test_rereading import LAKE, PARK, Marking


@dataclass
class Reading:
    """A system that reads what it finds."""

    reader: Marking
    articles: Sequence[Article] = (PARK, LAKE)
    name: str = "reading"
    fingerprint: str = "f"

    def retrieve(self, query: str, *, limit: int | None = None) -> tuple[Hit, ...]:
        return reread(query, LexicalRetriever(self.articles).retrieve(query, limit=limit or 8), self.reader)

    def answer(self, question: Question) -> Answer:
        raise NotImplementedError

    def standalone(self, question: Question) -> str:
        return question.text

    def article(self, article_id: str) -> Article | None:
        return LexicalRetriever(self.articles).article(article_id)


AREA = Case(id="1", question="东湖公园占地多少公顷？", articles=("park",), facts=(("12公顷",),))


def test_the_words_that_the_reader_sees_are_compared_with_the_reference() -> None:
    found = told(AREA, Reading(Marking("12公顷")))
    assert (found.first, found.first_five, found.exact, found.f1) == (True, 1.0, 1.0, 1.0)
    assert found.short is True
    assert told(AREA, Reading(Marking("12公顷", sureness=0.1))).short is None
    half = told(AREA, Reading(Marking("占地12公顷")))
    assert half.exact == 0.0
    assert half.f1 == pytest.approx(2 * 3 / (3 + 5))


def test_without_words_or_hits_nothing_is_right() -> None:
    assert told(AREA, Reading(Marking("不会有的话"))).exact == 0.0
    nothing = told(AREA, Reading(Marking("x"), articles=()))
    assert (nothing.first, nothing.first_five, nothing.f1, nothing.certainty) == (False, 0.0, 0.0, 0.0)


def test_of_a_question_without_an_answer_only_the_certainty_counts() -> None:
    found = told(Case(id="2", question="东湖公园有几座桥？", answerable=False), Reading(Marking("x")))
    assert (found.first, found.first_five, found.exact) == (None, None, None)


def test_the_row_tells_how_many_are_refused_where_a_tenth_of_the_others_is() -> None:
    def one(certainty: float, *, refuse: bool = False, near_miss: bool = False) -> Told:
        first = None if refuse else certainty > 0.5
        return Told(
            refuse=refuse, near_miss=near_miss, first=first, first_five=None, exact=None, f1=None,
            short=None, certainty=certainty,
            milliseconds=100 * certainty,
        )  # fmt: skip

    answerable = [one(n / 10) for n in range(1, 11)]
    others = [one(0.05, refuse=True), one(0.15, refuse=True), one(0.95, refuse=True), one(0.05, refuse=True)]
    missed = [one(0.0, refuse=True, near_miss=True)]
    found = dict(zip(HEAD, row([*answerable, *others, *missed]), strict=True))
    assert found["n"] == "14"
    assert found["R@1"] == "0.500"
    assert found["F1"] == "–"
    assert found["AUROC"] == "0.750"
    assert found["refused at 10 %"] == "0.500"
    assert found["AUROC one word changed"] == "1.000"


def test_the_command_needs_a_set(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no set there"):
        reader_report(tmp_path, tmp_path / "out.md", tmp_path / "work")
