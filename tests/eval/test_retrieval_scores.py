"""The measures of retrieval against values worked out by hand."""

from __future__ import annotations

from math import log2

import pytest

from eval.cases import Case
from eval.retrieval import article_ranking, retrieval_scores
from tests.eval.fake_system import hit

ONE = Case(id="1", question="?", articles=("a",))
TWO = Case(id="2", question="?", articles=("a", "b"))
ANY = Case(id="3", question="?", articles=("a", "b"), articles_mode="any")


def test_an_article_ranks_as_its_best_passage() -> None:
    hits = (hit("buses", start=0), hit("buses", start=5), hit("bins"), hit("buses", start=9))
    assert article_ranking(hits) == ("buses", "bins")


def test_the_needed_article_at_the_third_place() -> None:
    expected = {"recall@1": 0, "recall@5": 1, "recall@10": 1, "mrr@10": 1 / 3, "ndcg@10": 1 / log2(4)}
    assert retrieval_scores(ONE, ("x", "y", "a", "z")) == pytest.approx(expected)


def test_two_needed_articles_at_the_second_and_the_sixth_place() -> None:
    ideal = 1 / log2(2) + 1 / log2(3)
    expected = {
        "recall@1": 0,
        "recall@5": 0.5,
        "recall@10": 1,
        "mrr@10": 1 / 2,
        "ndcg@10": (1 / log2(3) + 1 / log2(7)) / ideal,
    }
    assert retrieval_scores(TWO, ("x", "b", "y", "z", "w", "a")) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("needed", "ranking", "expected"),
    [
        ("a", "x y a z", (0.0, 1.0, 1.0, 0.3333333333333333, 0.5)),
        ("a b", "x b y z w a", (0.0, 0.5, 1.0, 0.5, 0.6052602440527057)),
        ("a b c", "c x a", (0.3333333333333333, 0.6666666666666666, 0.6666666666666666, 1.0, 0.7039180890341347)),
    ],
)
def test_the_measures_are_those_that_ranx_gives(needed: str, ranking: str, expected: tuple[float, ...]) -> None:
    case = Case(id="r", question="?", articles=tuple(needed.split()))
    assert tuple(retrieval_scores(case, ranking.split()).values()) == pytest.approx(expected, abs=1e-6)


def test_one_of_two_is_all_of_any() -> None:
    scores = retrieval_scores(ANY, ("b", "x"))
    assert (scores["recall@1"], scores["recall@5"], scores["mrr@10"]) == (1, 1, 1)


def test_nothing_found_is_nought_and_nothing_needed_is_not_counted() -> None:
    assert set(retrieval_scores(ONE, ()).values()) == {0.0}
    assert set(retrieval_scores(ONE, ("x",)).values()) == {0.0}
    assert retrieval_scores(Case(id="4", question="?"), ("a",)) == {}
    assert retrieval_scores(Case(id="5", question="?", articles=("a",), answerable=False), ("a",)) == {}


def test_ids_may_be_written_in_any_script_and_with_spaces() -> None:
    odd = Case(id="一 号", question="?", articles=("第 1 号.txt",))
    assert retrieval_scores(odd, ("第 1 号.txt",))["recall@1"] == 1


def test_equal_ids_of_needed_articles_count_once() -> None:
    assert retrieval_scores(Case(id="6", question="?", articles=("a", "a")), ("a",))["recall@1"] == 1
