from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.fold import fold
from rag.assistant import Assistant
from rag.records import Answer, Question
from rag.relative_dates import Moment
from rag.yearless import yearless
from tests.rag.lexical_retriever import LexicalRetriever, article

JULY = date(2023, 7, 20)


def told(text: str, *, published: date = JULY) -> list[tuple[str, date]]:
    found = []
    for each in yearless(fold(text), 0, published=published):
        assert isinstance(each.means, Moment)
        assert each.means.month
        assert each.means.day
        found.append((fold(text)[each.start : each.end], date(each.means.year, each.means.month, each.means.day)))
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("7月19日开园。", [("7月19日", date(2023, 7, 19))]),
        ("七月十九日開園。", [("七月十九日", date(2023, 7, 19))]),
        ("将于8月1日起施行。", [("8月1日", date(2023, 8, 1))]),
        ("中新社伦敦7月19日电 路演18日举行。", [("18日", date(2023, 7, 18))]),
        ("新华社7月19日电 路演举行。", [("7月19日", date(2023, 7, 19))]),
        ("路演2023年在伦敦7月19日举行。", [("7月19日", date(2023, 7, 19))]),
        ("5月31日收到，20日答复。", [("5月31日", date(2023, 5, 31))]),
        ("It opened on July 19.", [("july 19", date(2023, 7, 19))]),
    ],
)
def test_a_day_near_the_article_is_told_with_its_year(text: str, found: list[tuple[str, date]]) -> None:
    assert told(text) == found


def test_a_day_may_be_of_the_year_before() -> None:
    assert told("12月30日开园。", published=date(2024, 1, 2)) == [("12月30日", date(2023, 12, 30))]
    assert told("30日开园。", published=date(2024, 1, 2)) == [("30日", date(2023, 12, 30))]


@pytest.mark.parametrize(
    "text",
    [
        "12月5日开园。",
        "8日举行。",
        "去年7月1日开园。",
        "去年开工，7月1日开园。",
        "2021年7月1日开工，8月1日完工。",
        "每年7月1日开园。",
        "7月18日至19日举行。",
        "2月30日开园。",
        "7月增长一成，3日内办结。",
    ],
)
def test_a_day_that_may_be_another_is_not(text: str) -> None:
    assert told(text) == []


@given(st.text(alphabet="0123456789年月日去电 ,.一二十"), st.dates())
def test_whatever_is_told_is_near(text: str, published: date) -> None:
    for word, day in told(text, published=published):
        assert word in fold(text)
        assert abs((day - published).days) <= 60


PARK = article(
    "park",
    "本报8月15日讯 滨江公园南园15日开放，免收门票。公园占地三十亩。",
    title="滨江公园开放",
    published=date(2023, 8, 16),
)


def answer(question: str) -> Answer:
    return Assistant(LexicalRetriever([PARK])).answer(Question(text=question))


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("滨江公园南园哪一天开放？", "《滨江公园开放》（2023-08-16，文中“8月15日”指2023年8月15日）写道："),
        ("濱江公園南園什麼時候開放？", "《滨江公园开放》（2023-08-16，文中「8月15日」指2023年8月15日）寫道："),
        ("滨江公园南园收门票吗？", "《滨江公园开放》（2023-08-16）写道："),
        ("滨江公园开放多久了？", "《滨江公园开放》（2023-08-16）写道："),
    ],
)
def test_who_asks_when_is_told_the_year(question: str, lead: str) -> None:
    assert lead in answer(question).text.split("\n")


def test_a_calendar_explains_itself() -> None:
    days = "".join(f"第{n}场8月{n}日举行，" for n in range(1, 6))
    fair = article("fair", f"灯会{days}欢迎参加。", title="灯会", published=date(2023, 8, 1))
    text = Assistant(LexicalRetriever([fair])).answer(Question(text="灯会哪一天举行？")).text
    assert "文中" not in text
