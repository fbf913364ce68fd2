"""A short answer that is a time says which: `“今年3月10日”（即2023年3月10日）`."""

from __future__ import annotations

from datetime import date

import pytest

from corpus.passages import Span
from rag.explained import in_full
from tests.rag.lexical_retriever import article

JULY = date(2023, 7, 20)


def full(text: str, words: str, *, published: date | None = JULY) -> str | None:
    start = text.index(words)
    return in_full(Span(start, start + len(words)), article("a", text, published=published), "zh-Hans")


@pytest.mark.parametrize(
    ("text", "words", "time"),
    [
        ("办法于今年3月10日出台。", "今年3月10日", "2023年3月10日"),
        ("辦法於今年三月十日出臺。", "今年三月十日", "2023年3月10日"),
        ("办法于今年3月10日出台。", "3月10日", "2023年3月10日"),
        ("办法将于下下个月1日施行。", "1日", "2023年9月1日"),
        ("办法于去年8月出台。", "去年8月", "2022年8月"),
        ("办法于去年出台。", "去年", "2022年"),
        ("办法于昨日上午出台。", "昨日上午", "2023年7月19日"),
        ("办法于7月19日下午3时出台。", "7月19日下午3时", "2023年7月19日"),
        ("新华社北京7月19日电 办法18日出台。", "18日", "2023年7月18日"),
    ],
)
def test_a_time_is_told_with_its_year(text: str, words: str, time: str) -> None:
    assert full(text, words) == time


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("办法于2023年7月19日出台。", "2023年7月19日"),
        ("办法于7月18日至19日讨论。", "7月18日至19日"),
        ("办法于今年3月10日、4月8日讨论。", "今年3月10日、4月8日"),
        ("办法于今年或去年3月10日出台。", "今年或去年3月10日"),
        ("今年以来讨论，办法于3月10日出台。", "3月10日"),
        ("办法于每年7月19日修订。", "7月19日"),
        ("办法于本月8月9日出台。", "本月8月9日"),
        ("本届论坛在会展中心举行。", "本届"),
        ("办法经专家讨论出台。", "专家"),
    ],
)
def test_what_has_its_year_is_several_times_or_may_be_another_stays_as_it_is(text: str, words: str) -> None:
    assert full(text, words) is None


def test_nothing_counts_from_an_article_without_a_date() -> None:
    assert full("办法于今年3月10日出台。", "今年3月10日", published=None) is None
