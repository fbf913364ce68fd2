"""One word changed makes a question that the text does not answer."""

from __future__ import annotations

import random

import pytest

from rag.reader.changed import changed, names_in


def every(question: str, text: str = "", names: tuple[str, ...] = ()) -> set[str | None]:
    return {changed(question, text, random.Random(seed), names=names) for seed in range(60)}


@pytest.mark.parametrize(
    ("question", "text", "one"),
    [
        ("2020年上海的生产总值是多少？", "2019年上海的生产总值为三万亿元。", "2019年上海的生产总值是多少？"),
        ("上海的生产总值是多少？", "杭州和上海都增长了。", "杭州的生产总值是多少？"),
        ("面积最大的公园是哪个？", "", "面积最小的公园是哪个？"),
        ("Sega何时推出主机？", "Sega和Nintendo都推出了主机。", "Nintendo何时推出主机？"),
        ("他参加了哪场比赛？", "", "他没有参加了哪场比赛？"),
    ],
)
def test_a_number_a_name_or_a_word_becomes_another(question: str, text: str, one: str) -> None:
    found = every(question, text)
    assert one in found
    assert question not in found


def test_a_name_that_the_text_does_not_hold_comes_from_the_other_questions() -> None:
    assert every("上海有几座桥？", "上海有桥。", ("杭州",)) == {"杭州有几座桥？"}


def test_what_has_nothing_to_change_stays_out() -> None:
    assert every("为什么？") == {None}


def test_names_are_places_persons_and_latin_words() -> None:
    assert names_in("Sega在上海有公司") == ["上海", "Sega"]
