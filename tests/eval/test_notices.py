"""The questions on notices, from which a reader can learn: sound, true to their articles, and none that judges."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpus.fold import fold
from eval.reading import read_set
from rag.language import detect

ROOT = Path(__file__).parents[2]
NOTICES = ROOT / "eval" / "notices"
TEXTS = {row["id"]: row["text"] for row in map(json.loads, (NOTICES / "corpus.jsonl").read_text("utf-8").splitlines())}
SETS = {name: read_set(NOTICES / f"{name}.jsonl") for name in ("questions", "questions_english")}


@pytest.mark.parametrize("name", SETS)
def test_every_row_is_a_question_and_half_have_no_answer(name: str) -> None:
    assert SETS[name].problems == ()
    cases = SETS[name].cases
    assert 0.45 < sum(case.refuse for case in cases) / len(cases) < 0.55
    assert {case.articles[0] for case in cases if case.facts} <= TEXTS.keys()


@pytest.mark.parametrize("name", SETS)
def test_answers_stand_in_their_article(name: str) -> None:
    cases = [case for case in SETS[name].cases if case.facts]
    assert cases
    assert [case.id for case in cases if not any(word in TEXTS[case.articles[0]] for word in case.facts[0])] == []


@pytest.mark.parametrize("name", SETS)
def test_what_tempts_stands_in_the_article_as_well(name: str) -> None:
    lines = (NOTICES / f"{name}.jsonl").read_text("utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if not row["answerable"]]
    assert rows
    for row in rows:
        assert [piece for piece in row["evidence"] if piece["quote"] not in TEXTS[piece["article"]]] == []


def test_half_of_the_statements_are_supported_and_their_quotes_stand_in_the_article() -> None:
    rows = [json.loads(line) for line in (NOTICES / "statements.jsonl").read_text("utf-8").splitlines()]
    assert {row["article"] for row in rows} == TEXTS.keys()
    assert 2 * sum(row["supported"] for row in rows) == len(rows) == len({(r["article"], r["sentence"]) for r in rows})
    assert [row for row in rows if any(quote not in TEXTS[row["article"]] for quote in row["quotes"])] == []
    ways = {"reworded", "joined", "plain", "derived"}
    assert {row["kind"] for row in rows if row["supported"]} == ways
    assert ways.isdisjoint(row["kind"] for row in rows if not row["supported"])


def test_english_questions_are_english() -> None:
    assert [case.question for case in SETS["questions_english"].cases if detect(case.question) != "en"] == []


def test_no_question_that_judges_is_among_them() -> None:
    learned = {fold(case.question) for questions in SETS.values() for case in questions.cases}
    judging = [case for path in (ROOT / "eval" / "questions").glob("*.jsonl") for case in read_set(path).cases]
    assert [case.question for case in judging if fold(case.question) in learned] == []
