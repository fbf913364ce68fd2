"""What another article says beside the one that answers: another figure, the same one, or nothing to the question."""

from __future__ import annotations

from datetime import date

import pytest

from corpus.records import Article
from rag.asking import asked
from rag.assistant import Assistant
from rag.certainty import ranked_evidence
from rag.records import Answer, Question, Status
from rag.several import others
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
    assert "不同" not in found.text
    assert found.citations[0].article_id == "旧"


def test_where_none_answers_for_sure_the_two_nearest_are_quoted() -> None:
    far = told("远", "东湖公园种植树木三千多棵。", date(2023, 1, 1))
    others_ = [
        told(name, f"{bridge}总投资{number}亿元,长江二桥不在其列。", date(2023, 1, 1))
        for name, bridge, number in (("别", "东湖大桥", 12), ("另", "西湖大桥", 15))
    ]
    found = answer("长江二桥的总投资额是多少？", far, OLD, *others_)
    assert found.status is Status.PARTIAL
    first, second = (citation.article_id for citation in found.citations)
    assert first == "旧"
    assert second in {"别", "另"}


def test_the_nearest_passage_is_not_quoted_again_from_a_copy() -> None:
    text = "东湖大桥总投资12亿元,长江二桥不在其列。"
    copies = [
        told(name, text + more, date(2023, 1, 1)) for name, more in (("别", "大桥双层。"), ("另", "江城日报讯。"))
    ]
    found = answer("长江二桥的总投资额是多少？", *copies)
    assert found.status is Status.PARTIAL
    assert [citation.quote for citation in found.citations].count(text) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("10月1日", "十月一日"), ("2026年10月1日", "2026年10月")],
)
def test_a_date_that_is_written_or_cut_differently_is_the_same(one: str, other: str) -> None:
    first = told("甲", f"长江二桥将于{one}建成通车。", date(2025, 1, 1))
    second = told("乙", f"记者获悉,长江二桥将于{other}建成通车。", date(2025, 2, 1))
    assert "不同" not in answer("长江二桥什么时候建成通车？", first, second).text


def differ(question: str, one: str, other: str) -> bool:
    """Whether the two sentences, written a day apart, are told to differ in what `question` asks for."""
    asking = asked(question)
    retriever = LexicalRetriever([told("前", one, date(2025, 2, 13)), told("后", other, date(2025, 2, 14))])
    ranked = ranked_evidence(asking, retriever.retrieve(question))
    return others(ranked[:1], ranked, asking, answers=lambda _: True).differ


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("长江二桥10月1日建成通车。", "长江二桥10月28日建成通车。"),
        ("长江二桥2025年10月1日建成通车。", "长江二桥2025年12月1日建成通车。"),
        ("长江二桥今年10月1日建成通车。", "长江二桥明年10月1日建成通车。"),
        ("长江二桥昨日建成通车。", "长江二桥昨日建成通车。"),
        ("本报3月1日讯 长江二桥10月建成通车。", "本报3月1日讯 长江二桥12月建成通车。"),
        ("长江二桥上午9点建成通车。", "长江二桥上午8点半建成通车。"),
    ],
)
def test_two_dates_differ_that_share_a_year_a_month_or_a_day(one: str, other: str) -> None:
    assert differ("长江二桥什么时候建成通车？", one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("长江二桥昨日建成通车。", "长江二桥2月12日建成通车。"),
        ("长江二桥今日建成通车。", "长江二桥昨日建成通车。"),
        ("长江二桥2020年开工,10月1日建成通车。", "长江二桥2025年10月建成通车。"),
        ("长江二桥农历八月十五建成通车。", "长江二桥10月6日建成通车。"),
        ("3月1日,记者获悉,长江二桥2026年建成通车。", "长江二桥2026年12月建成通车。"),
    ],
)
def test_a_date_that_may_be_the_other_one_does_not_differ(one: str, other: str) -> None:
    assert not differ("长江二桥什么时候建成通车？", one, other)


@pytest.mark.parametrize(
    ("question", "one", "other", "apart"),
    [
        ("长江二桥总投资多少？", "长江二桥总投资约35亿元。", "长江二桥总投资35.2亿元。", False),
        ("长江二桥总投资多少？", "长江二桥总投资35.2亿元。", "长江二桥总投资35亿多元。", False),
        ("长江二桥总投资多少？", "长江二桥总投资约35亿元。", "长江二桥总投资36.2亿元。", True),
        ("长江二桥投资多少？", "长江二桥投资35亿元,其中省级10亿元。", "长江二桥投资41亿元,其中省级10亿元。", True),
        ("体育公园占地面积是多少？", "体育公园占地面积100亩。", "体育公园占地面积6.67万平方米。", False),
        ("体育公园占地面积是多少？", "体育公园占地面积100亩。", "体育公园占地面积120亩。", True),
        ("公园门票多少钱？", "体育公园成人门票80元。", "体育公园儿童门票40元。", False),
        ("公园门票多少钱？", "体育公园成人门票80元。", "体育公园成人门票90元。", True),
        ("长江二桥维修要多久？", "长江二桥维修要5个工作日。", "长江二桥维修要3个工作日。", True),
        ("报名哪天截止？", "报名9月1日开始,9月15日截止。", "报名9月1日开始,9月20日截止。", True),
        ("公园几点开门？", "体育公园9:00开门,17:00关门。", "体育公园8:30开门,17:00关门。", True),
        ("公园几点开门？", "体育公园上午9点开门。", "体育公园9:00开门,下午5点关门。", False),
        ("二桥哪一年通车？", "长江二桥2025年10月通车。", "长江二桥2025年12月通车。", False),
    ],
)
def test_figures_differ_that_are_of_one_measure_and_exact_enough(
    question: str, one: str, other: str, apart: bool
) -> None:
    assert differ(question, one, other) is apart


@pytest.mark.parametrize(
    ("question", "one", "other", "facts"),
    [
        ("文化局局长是谁？", "文化局局长张建国出席了开幕式。", "文化局局长李志强出席了开幕式。", ("张建国", "李志强")),
        ("政务中心设在哪里？", "政务中心设在人民路12号。", "政务中心设在解放路8号。", ("人民路", "解放路")),
    ],
)
def test_another_person_or_place_is_quoted_too(question: str, one: str, other: str, facts: tuple[str, str]) -> None:
    found = answer(question, told("旧", one, date(2018, 1, 1)), told("新", other, date(2024, 2, 1)))
    assert all(fact in found.text for fact in facts)
    assert "不同" not in found.text


def test_a_newer_figure_is_quoted_beside_an_older_one_that_is_worded_nearer_to_the_question() -> None:
    old = told("旧", "长江二桥总投资是多少？市民十分关心。记者获悉,长江二桥总投资41亿元。", date(2019, 3, 1))
    new = told("新", "长江二桥总投资35亿元,由中铁大桥局承建。", date(2023, 3, 1))
    found = answer("长江二桥总投资多少？", old, new)
    assert found.text.index("35亿元") < found.text.index("41亿元")


def test_the_same_person_is_quoted_once() -> None:
    texts = "文化局局长张建国出席了开幕式。", "昨天,文化局局长张建国出席了闭幕式。"
    found = answer("文化局局长是谁？", *(told(text[:2], text, date(2024, 2, 1)) for text in texts))
    assert len(found.citations) == 1


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
