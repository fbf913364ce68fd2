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


@pytest.mark.parametrize(
    ("sentence", "evidence", "question"),
    [
        ("第七届进博会开幕。", "第七届进博会开幕，第三届闭幕。", "第多少届进博会开幕？"),
        ("失业率低了3个百分点。", "失业率低了3个百分点。", "失业率低了多少百分点？"),
        ("合格率为98.5%。", "合格率为98.5%。", "合格率为百分之多少？"),
        ("有30多人被罚。", "有30多人被罚。", "有多少人被罚？"),
        ("It drew 1,200 visitors.", "It drew 1,200 visitors.", "it drew how many visitors？"),
    ],
)
def test_each_sort_of_fact_has_its_question(sentence: str, evidence: str, question: str) -> None:
    ask, asked = finding({})
    check(sentence, evidence, ask=ask)
    assert question in asked


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("有三分之一不合格。", "有三分之一不合格。"),
        ("It drew twenty people to New York.", "It drew twenty people to New York."),
        ("It was fined $5 million.", "It was fined $5 million."),
    ],
)
def test_what_would_make_no_question_is_not_asked(sentence: str, evidence: str) -> None:
    ask, asked = finding({})
    assert check(sentence, evidence, ask=ask).ok
    assert asked == []


def test_of_a_long_sentence_what_is_asked_comes_through() -> None:
    ask, asked = finding({})
    long = "，".join(f"街道第{n}号院已经完成了全部的整治工作" for n in range(12))
    check(f"{long}，绿田油脂公司被罚款6万元，{long}。", f"{FINES}{long}", ask=ask)
    assert all(len(question) < 80 for question in asked)


def test_of_a_long_passage_no_fact_is_asked_that_is_not_read() -> None:
    ask, asked = finding({})
    much = "绿田油脂公司被罚款的消息传开了。" * 60
    check("绿田油脂公司被罚款6万元。", f"{much}{'。'.join(['另有其他单位受到处理'] * 30)}。罚款6万元。", ask=ask)
    assert not any("多少元" in question for question in asked)
