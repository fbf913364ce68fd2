"""Questions that one changed word makes unanswerable."""

from __future__ import annotations

from corpus.records import Article
from eval.cases import Case
from eval.near_misses import near_misses
from rag.records import Turn
from tests.rag.lexical_retriever import article

BRIDGE = article("bridge", "跨江大橋於2019年通車，全長3公里。")


def known(article_id: str) -> Article | None:
    return BRIDGE if article_id == BRIDGE.id else None


def test_a_near_miss_is_a_case_that_is_to_be_refused() -> None:
    case = Case(id="1", question="2019年哪座大橋通車？", articles=("bridge",), facts=(("跨江大橋",),))
    (missed,) = near_misses([case], known)
    assert missed.question != "2019年哪座大桥通车?"
    assert missed.question.endswith("年哪座大桥通车?")
    assert missed.refuse
    assert missed.facts == ()


def test_only_answerable_questions_that_stand_alone_are_changed() -> None:
    about = Case(id="1", question="2019年通車的是哪座？", articles=("bridge",), answerable=False)
    follow_up = Case(
        id="2", question="2019年呢？", articles=("bridge",), history=(Turn(role="user", content="何时通车？"),)
    )
    foreign = Case(id="3", question="2019年谁获奖？")
    assert near_misses([about, follow_up, foreign], known) == []


def test_the_same_cases_make_the_same_near_misses() -> None:
    cases = [Case(id=str(n), question=f"20{n}年哪座大桥通车？", articles=("bridge",)) for n in range(10, 30)]
    assert near_misses(cases, known) == near_misses(cases, known)
