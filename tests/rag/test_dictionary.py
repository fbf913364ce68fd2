"""English words are found in the dictionary that ships, in whatever form; that is made from CC-CEDICT."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from rag.asking import asked
from rag.dictionary.__main__ import made, rows
from rag.dictionary.lookup import TABLE, look_up
from rag.evidence import Weighing
from tests.rag.lexical_retriever import LexicalRetriever, article

SCHEME = article("scheme", "租户每月可领取补贴八百元。办事大厅周末不开门。", title="办法")


def entry(simplified: str, *definitions: str, pinyin: str = "x1") -> dict[str, Any]:
    return {"simplified": simplified, "pinyin": pinyin, "definitions": list(definitions)}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([entry("租金", "rent")], "rent\t租金\n"),
        ([entry("租房", "to rent an apartment")], "apart\t|租房\nrent\t|租房\nrent an apart\t租房\n"),
        ([entry("租金", "rent"), entry("租房", "to rent (an apartment)")], "rent\t租房 租金\n"),
        ([entry("冰", "ice"), entry("冰山", "ice berg")], "berg\t|冰山\nice\t冰|冰山\nice berg\t冰山\n"),
        (
            [entry("杭州", "subprovincial city in the east of China, capital of Zhejiang", pinyin="Hang2 zhou1")],
            "hangzhou\t杭州\n",
        ),
        ([entry("绍兴", "Shaoxing, city in Zhejiang, known for its wine and its bridges")], "shaox\t绍兴\n"),
        (
            [entry("法国", "France", "French", pinyin="Fa3 guo2")],
            "faguo\t法国\nfranc\t法国\t法国\nfrench\t法国\t法国\n",
        ),
        ([entry("卢浮宫", "the Louvre", pinyin="Lu2 fu2 gong1")], "louvr\t卢浮宫\t卢浮宫\nlufugong\t卢浮宫\n"),
        ([entry("鹼", "variant of 碱", "surname Jian", "see also 碱", "CL:塊")], ""),
        ([entry("3C", "computers")], ""),
    ],
)
def test_each_gloss_is_found_by_the_words_that_it_says(entries: list[dict[str, Any]], expected: str) -> None:
    assert "".join(rows(entries)) == expected


def test_the_dictionary_that_ships_is_what_the_command_makes() -> None:
    assert gzip.decompress(TABLE.read_bytes()).decode() == made()


@pytest.mark.parametrize(
    ("question", "english", "chinese"),
    [
        ("What subsidies are there?", "subsidies", "补贴"),
        ("Who pays the tenant's rent?", "tenant", "租户"),
        ("Is public housing for everyone?", "public housing", "公租房"),
        ("How do I get to Hangzhou?", "hangzhou", "杭州"),
        ("ESG ALLIANCE", "alliance", "联盟"),
    ],
)
def test_a_word_is_looked_up_in_whatever_form(question: str, english: str, chinese: str) -> None:
    ways = {word.english: word.ways for word in look_up(question)}
    assert ways[english][chinese] == 1
    assert ways[english][english] == 1


def test_words_that_tell_nothing_and_numbers_are_not_looked_up() -> None:
    assert look_up("What will there be in 2024, and for whom?") == ()
    assert [word.english for word in look_up("the zzyzx")] == ["zzyzx"]


def test_a_word_of_one_character_or_of_a_longer_gloss_is_less_likely() -> None:
    rent, rental = (word.ways for word in look_up("rent, rental"))
    assert (rent["租金"], rent["租"], rental["出租车"]) == (1, 0.3, 0.5)


def test_a_sentence_holds_the_words_of_an_english_question_in_chinese() -> None:
    question = "How much subsidy can tenants receive every month this year?"
    first, second = Weighing(asked(question), LexicalRetriever([SCHEME]).retrieve(question)).evidence()
    assert (first.text, second.text) == ("租户每月可领取补贴八百元。", "办事大厅周末不开门。")
    assert first.coverage > 0.5 > second.coverage
    assert first.held > 0.5 > first.gap
