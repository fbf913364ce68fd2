"""What another article says beside the one that answers: another figure, the same one, or nothing to the question."""

from __future__ import annotations

from datetime import date

import pytest

from corpus.records import Article
from rag.assistant import Assistant
from rag.records import Answer, Question, Status
from tests.rag.lexical_retriever import LexicalRetriever, article


def told(name: str, text: str, day: date | None) -> Article:
    return article(name, text, title=f"{name}报道", published=day)


def answer(question: str, *articles: Article) -> Answer:
    return Assistant(LexicalRetriever(articles)).answer(Question(text=question))


OLD = told("旧", "长江二桥总投资35亿元,由中铁大桥局承建。", date(2021, 3, 1))
NEW = told("新", "长江二桥总投资增至41亿元,资金由省市两级分担。", date(2023, 9, 8))
SAME = told("同", "据市交通局消息,长江二桥总投资35亿元。", date(2022, 1, 5))


def test_two_figures_are_both_quoted_the_newest_first_and_it_is_said() -> None:
    found = answer("长江二桥总投资多少？", OLD, NEW)
    assert found.text.startswith("不同文章给出的数字或日期不同")
    assert found.text.index("41亿元") < found.text.index("35亿元")
    assert [citation.article_id for citation in found.citations] == ["新", "旧"]
    assert "2023-09-08" in found.text
    assert "2021-03-01" in found.text


def test_the_same_figure_is_quoted_once() -> None:
    found = answer("长江二桥总投资多少？", OLD, SAME)
    assert len(found.citations) == 1
    assert "不同" not in found.text


def test_a_figure_of_something_else_is_no_contradiction() -> None:
    other = told("别", "东湖大桥总投资12亿元,长江二桥不在其列。", date(2023, 1, 1))
    found = answer("长江二桥的总投资额是多少？", OLD, other)
    assert "12亿元" not in found.text


@pytest.mark.parametrize(
    ("one", "other"),
    [("10月1日", "十月一日"), ("2026年10月1日", "2026年10月")],
)
def test_a_date_that_is_written_or_cut_differently_is_the_same(one: str, other: str) -> None:
    first = told("甲", f"长江二桥将于{one}建成通车。", date(2025, 1, 1))
    second = told("乙", f"记者获悉,长江二桥将于{other}建成通车。", date(2025, 2, 1))
    assert "不同" not in answer("长江二桥什么时候建成通车？", first, second).text


def test_articles_without_a_date_stand_behind_those_with_one() -> None:
    undated = told("无", "长江二桥总投资增至41亿元,资金由省市两级分担。", None)
    found = answer("长江二桥总投资多少？", OLD, undated)
    assert found.text.index("35亿元") < found.text.index("41亿元")


LANTERNS = [
    article(
        f"lanterns-{year}",
        f"灯会昨日在东湖公园闭幕。今年灯会吸引游客{number}万人次，比去年增长一成。",
        title="灯会闭幕",
        published=date(year, 2, 20),
    )
    for year, number in ((2019, 31), (2020, 35), (2021, 38))
]


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("2020年灯会吸引游客多少万人次？", "35万"),
        ("二〇二一年灯会吸引游客多少万人次？", "38万"),
        ("How many visitors did the 灯会 have in 2019?", "31万"),
    ],
)
def test_a_year_in_the_question_is_met_with_the_dates_of_the_articles(question: str, fact: str) -> None:
    found = Assistant(LexicalRetriever(LANTERNS)).answer(Question(text=question))
    assert fact in found.text
    assert len(found.citations) == 1


@pytest.mark.parametrize("year", ["民國109年", "二〇二〇年", "2020年"])
def test_a_year_is_one_in_the_article_too(year: str) -> None:
    fair = article("fair", f"{year}灯会吸引游客35万人次。", title="灯会闭幕")
    for question in ("民國109年燈會吸引遊客多少人次？", "二〇二〇年灯会吸引游客多少人次？"):
        found = Assistant(LexicalRetriever((fair,))).answer(Question(text=question))
        assert found.status is Status.ANSWERED


def test_of_a_year_that_no_article_speaks_of_nothing_is_answered() -> None:
    found = Assistant(LexicalRetriever(LANTERNS)).answer(Question(text="2018年灯会吸引游客多少万人次？"))
    assert found.status is not Status.ANSWERED
