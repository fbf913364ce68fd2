"""Asking a reader about the facts of a sentence, with readers that find what a pattern says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import pytest

from rag.reader.reading import Ask, Read
from rag.support import check

FINES = (
    "2024-03-06\n市场监管局对两家企业作出处罚。福源食品厂被罚款15万元，绿田油脂公司被罚款6万元。"
    "福源食品厂须于4月1日前整改，绿田油脂公司须于5月20日前整改。局长马骁表示将于年底复查，律师孙悦表示不服。"
)
PUBLISHED = date(2024, 3, 6)


def finding(answers: dict[str, str], *, relevance: float = 3.0, sureness: float = 0.9) -> tuple[Ask, list[str]]:
    """A reader that answers a question in which the key stands with the value, and the questions that it was asked."""
    asked: list[str] = []

    def ask(question: str, texts: Sequence[str]) -> list[Read]:
        asked.append(question)
        words = next((answer for key, answer in answers.items() if key in question), None)
        found = [re.search(re.escape(words), text) if words else None for text in texts]
        return [
            Read(relevance=relevance, answer=match.span(), sureness=sureness) if match else Read(relevance=-5.0)
            for match in found
        ]

    return ask, asked


def missing(sentence: str, ask: Ask | None) -> tuple[str, ...]:
    return check(sentence, FINES, published=PUBLISHED, ask=ask).missing


def test_the_sentence_without_the_fact_is_the_question() -> None:
    ask, asked = finding({})
    assert missing("绿田油脂公司被罚款6万元。", ask) == ()
    assert "绿田油脂公司被罚款多少元？" in asked


@pytest.mark.parametrize(
    ("sentence", "asks", "reads", "fact"),
    [
        ("该油脂企业受到15万元的处罚。", "多少元", "6万元", "15万元"),
        ("该油脂企业最迟整改到4月1日。", "什么时候", "5月20日", "4月1日"),
        ("对处罚不服的是马骁。", "谁", "孙悦", "马骁"),
    ],
)
def test_another_fact_of_the_sort_stands_against_the_sentence(sentence: str, asks: str, reads: str, fact: str) -> None:
    assert missing(sentence, None) == ()
    assert missing(sentence, finding({asks: reads})[0]) == (fact,)


@pytest.mark.parametrize(
    ("reads", "relevance", "sureness"),
    [
        ("15万元", 3.0, 0.9),  # the same
        ("福源食品厂", 3.0, 0.9),  # no amount
        ("6万元", 1.0, 0.9),  # it is not sure that this answers
        ("6万元", 3.0, 0.1),  # nor of the words
    ],
)
def test_what_is_not_sure_or_not_of_the_sort_changes_nothing(reads: str, relevance: float, sureness: float) -> None:
    ask, _ = finding({"多少元": reads}, relevance=relevance, sureness=sureness)
    assert missing("该油脂企业受到15万元的处罚。", ask) == ()


def test_the_date_of_the_article_is_no_other_date() -> None:
    assert missing("最迟整改到4月1日。", finding({"什么时候": "2024-03-06"})[0]) == ()


def test_a_short_name_is_the_same_name() -> None:
    evidence = "国家市场监督管理总局公布了抽查结果，市场监管总局同日约谈企业，绿城建设局列席。"
    ask, asked = finding({"哪个": "国家市场监督管理总局"})
    assert check("市场监管总局公布了抽查结果。", evidence, ask=ask).ok
    assert any("哪个" in question for question in asked)


def test_what_is_known_to_be_missing_is_not_asked() -> None:
    ask, asked = finding({})
    assert missing("福源食品厂被罚款99万元。", ask)
    assert asked == []


def test_other_languages_are_not_asked() -> None:
    ask, asked = finding({})
    check("The oil company was fined 60,000 yuan.", FINES, published=PUBLISHED, ask=ask)
    assert asked == []
