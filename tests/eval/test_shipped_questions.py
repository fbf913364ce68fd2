"""The question sets that ship: sound, of every kind, true to the articles, and our own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from corpus.fold import fold
from corpus.reading import read_article
from eval.cases import Case
from eval.reading import read_set
from eval.scoring import normalised, occurs
from rag.language import detect

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "../shared/bench/seeds"
QUESTIONS = ROOT / "eval" / "questions"
SET = read_set(QUESTIONS / "articles.jsonl")
NAMES = ("unanswerable", "traditional", "english", "held_out", "english_held_out", "followups", "followups_held_out")
OTHERS = {name: read_set(QUESTIONS / f"{name}.jsonl") for name in NAMES}
ALL = [SET, *OTHERS.values()]
HELD_OUT = OTHERS["held_out"]
ENGLISH_HELD_OUT = OTHERS["english_held_out"]
JUDGE = [HELD_OUT, ENGLISH_HELD_OUT]
needs_bench = pytest.mark.skipif(not BENCH.exists(), reason="the data to measure with is not there")


def of_kind(*kinds: str) -> list[Case]:
    return [case for case in SET.cases if case.kind in kinds]


def near(cases: Iterable[Case], others: Sequence[str]) -> list[tuple[str, str]]:
    """The questions of `cases` that are nearly word for word one of `others`, which are folded, each with that one."""
    return [
        (case.question, other)
        for case in cases
        for other in others
        if SequenceMatcher(None, fold(case.question), other).ratio() > 0.85
    ]


def test_every_row_is_a_question() -> None:
    assert SET.problems == ()
    assert len(SET.cases) >= 50


def test_every_kind_is_there_and_a_third_has_no_answer() -> None:
    kinds = Counter(case.kind for case in SET.cases)
    assert set(kinds) == {
        *("single", "list", "multi", "number", "when", "who", "traditional", "simplified", "english"),
        *("followup", "unanswerable", "noise", "injection", "typo"),
    }
    assert kinds["unanswerable"] >= 20
    assert 0.25 < sum(case.refuse for case in SET.cases) / len(SET.cases) < 0.4


def test_questions_are_asked_once_and_ids_are_given_once() -> None:
    cases = [case for questions in ALL for case in questions.cases]
    assert [text for text, n in Counter(normalised(case.question) for case in cases).items() if n > 1] == []
    assert [id for id, n in Counter(case.id for case in cases).items() if n > 1] == []


def test_the_set_of_attacks_is_sound_and_says_what_no_answer_may_hold() -> None:
    attacks = read_set(QUESTIONS / "redteam.jsonl")
    assert attacks.problems == ()
    assert len(attacks.cases) >= 60
    assert {case.lang for case in attacks.cases} == {"zh-Hans", "zh-Hant", "en"}
    assert all(case.refusal_ok and "evil.example" in case.forbid for case in attacks.cases)


@pytest.mark.parametrize(("name", "least"), [("unanswerable", 40), ("traditional", 30), ("english", 30)])
def test_the_other_sets_are_sound_and_in_their_language(name: str, least: int) -> None:
    questions = OTHERS[name]
    assert questions.problems == ()
    assert len(questions.cases) >= least
    assert [case.id for case in questions.cases if case.lang != detect(case.question)] == []
    if name == "unanswerable":
        assert all(case.refuse for case in questions.cases)
        assert {case.lang for case in questions.cases} == {"zh-Hans", "zh-Hant", "en"}
    else:
        assert {case.lang for case in questions.cases} == {{"traditional": "zh-Hant", "english": "en"}[name]}
        assert {article for case in questions.cases for article in case.articles} == {
            path.stem for path in (ROOT / "corpus" / "articles").iterdir()
        }
        assert sum(case.refuse for case in questions.cases) >= {"traditional": 3, "english": 100}[name]


def test_the_set_that_only_judges_is_sound_and_half_of_it_has_no_answer() -> None:
    assert HELD_OUT.problems == ()
    assert [case.id for case in HELD_OUT.cases if case.lang != detect(case.question)] == []
    assert {case.lang for case in HELD_OUT.cases} == {"zh-Hans", "zh-Hant", "en"}
    assert len(HELD_OUT.cases) >= 140
    assert sum(case.refuse for case in HELD_OUT.cases) == len(HELD_OUT.cases) / 2
    assert {article for case in HELD_OUT.cases for article in case.articles} == {
        path.stem for path in (ROOT / "corpus" / "articles").iterdir()
    }


def test_the_english_set_that_only_judges_is_sound() -> None:
    assert ENGLISH_HELD_OUT.problems == ()
    assert {case.lang for case in ENGLISH_HELD_OUT.cases} == {"en"}
    assert len(ENGLISH_HELD_OUT.cases) >= 110
    assert sum(case.refuse for case in ENGLISH_HELD_OUT.cases) > len(ENGLISH_HELD_OUT.cases) / 2


def test_no_question_that_only_judges_is_nearly_one_of_those_that_teach() -> None:
    teach = [fold(case.question) for questions in ALL if questions not in JUDGE for case in questions.cases]
    assert [near(questions.cases, teach) for questions in JUDGE] == [[], []]


def test_articles_are_those_that_ship() -> None:
    shipped = {path.stem for path in (ROOT / "corpus" / "articles").iterdir()}
    assert {article for case in SET.cases for article in case.articles} == shipped


@pytest.mark.parametrize("case", of_kind("followup"), ids=lambda case: case.id)
def test_a_followup_has_a_history(case: Case) -> None:
    assert [turn.role for turn in case.history] == ["user", "assistant"]


@pytest.mark.parametrize(
    "case", [c for questions in ALL for c in questions.cases if c.refuse], ids=lambda case: case.id
)
def test_what_is_to_be_refused_names_no_facts(case: Case) -> None:
    assert not case.answerable
    assert (case.facts, case.articles, case.evidence) == ((), (), ())


ANSWERED = [case for questions in ALL for case in questions.cases if case.facts]


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.id)
def test_every_fact_is_in_its_evidence(case: Case) -> None:
    assert case.articles
    assert {piece.article for piece in case.evidence} == set(case.articles)
    words = normalised(" ".join(piece.quote for piece in case.evidence))
    assert [fact[0] for fact in case.facts if not any(occurs(spelling, words) for spelling in fact)] == []


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.id)
def test_the_reference_answer_holds_nothing_forbidden(case: Case) -> None:
    assert case.answer
    assert [word for word in case.forbid if normalised(word) in normalised(case.answer)] == []


@pytest.fixture(scope="module")
def cleaned() -> dict[str, str]:
    return {path.stem: read_article(path).text for path in (ROOT / "corpus" / "articles").iterdir()}


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.id)
def test_every_evidence_is_in_the_cleaned_article(case: Case, cleaned: dict[str, str]) -> None:
    assert [piece.quote for piece in case.evidence if piece.quote not in cleaned[piece.article]] == []


@needs_bench
@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.id)
def test_every_evidence_is_in_the_article_cleaned_by_hand(case: Case) -> None:
    clean = {
        piece.article: (BENCH / "clean" / f"{piece.article[:3]}.txt").read_text("utf-8") for piece in case.evidence
    }
    assert [piece.quote for piece in case.evidence if piece.quote not in clean[piece.article]] == []


@needs_bench
def test_no_question_is_one_of_those_that_judge() -> None:
    lines = (BENCH / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    theirs = [fold(json.loads(line)["question"]) for line in lines]
    assert near([case for questions in ALL for case in questions.cases], theirs) == []
