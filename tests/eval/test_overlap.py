"""Exact match, F1 and ROUGE-L beside what the programs of their authors gave for the same words."""

from __future__ import annotations

import pytest

from eval.cases import Case
from eval.overlap import exact, f1, overlap, pieces, rouge_l, squad_exact, squad_f1

CMRC = [
    ("光荣和ω-force", "光荣和ω-force开发", 0.0, 0.8),
    ("任天堂游戏谜之村雨城", "村雨城", 0.0, 0.461538461538),
    ("1991年", "於1991年成立。", 0.0, 0.571428571429),
    ("Thomas R. Holtz", "汤玛斯·霍尔兹（Thomas R. Holtz）", 0.0, 0.5),
    ("3.5%", "约3.5%左右", 0.0, 0.571428571429),
    ("歐洲", "欧洲", 0.0, 0.5),
    ("“智游线路”", "智游线路", 1.0, 1.0),
    ("G60科创走廊", "g60科创走廊", 1.0, 1.0),
    ("约翰·麦克阿瑟（John H. McArthur）教授", "J. H. McArthur教授", 0.0, 0.5),
    ("不能", "可以", 0.0, 0.0),
    ("上海电气、开利集团", "上海电气与开利集团共建", 0.0, 0.421052631579),
    ("28.37亿美元", "意向采购金额28.37亿美元,", 0.0, 0.533333333333),
    ("是", "是", 1.0, 1.0),
    ("don't stop", "don't stop!", 0.0, 0.857142857143),
    ("…", "...", 0.0, 0.0),
]
SQUAD = [
    ("the Denver Broncos", "Denver Broncos", 1.0, 1.0),
    ("308 points", "The defense gave up 308 points.", 0.0, 0.571428571429),
    ("U.S. dollars", "us dollars", 1.0, 1.0),
    ("a cat", "dog", 0.0, 0.0),
    ("Bins go out on Monday", "On Monday, the bins go out", 0.0, 1.0),
    ("half past eleven", "half-past eleven", 0.0, 0.4),
]
ROUGE = [
    ("一个月", "联盟成立一个月后，签了136笔订单。", 0.285714285714),
    ("上海电气与开利集团", "上海電氣與開利集團共建", 0.4),
    ("G60科创走廊", "g60 科创走廊", 1.0),
    ("先广场后会议", "会议先于广场", 0.5),
    ("不能", "可以", 0.0),
]


@pytest.mark.parametrize(("reference", "answer", "matches", "value"), CMRC)
def test_exact_match_and_f1_are_those_of_the_evaluator_of_cmrc_2018(
    reference: str, answer: str, matches: float, value: float
) -> None:
    assert exact(reference, answer) == matches
    assert f1(reference, answer) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(("reference", "answer", "matches", "value"), SQUAD)
def test_an_english_reference_is_compared_as_squad_does(
    reference: str, answer: str, matches: float, value: float
) -> None:
    assert squad_exact(reference, answer) == matches
    assert squad_f1(reference, answer) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(("reference", "answer", "value"), ROUGE)
def test_rouge_l_is_that_of_rouge_score_on_characters(reference: str, answer: str, value: float) -> None:
    assert rouge_l(reference, answer) == pytest.approx(value, abs=1e-9)


def test_what_stands_between_chinese_characters_is_cut_as_english_words() -> None:
    text = "托马斯（Thomas R. Holtz）在1,994年说：“It's 3.5%! OK... don't”"
    assert pieces(text) == (
        *("托", "马", "斯", "thomas", "r.", "holtz", "在", "1,994", "年", "说"),
        *("it", "'s", "3.5", "%", "!", "ok", "...", "do", "n't"),
    )


def test_the_nearest_reference_counts() -> None:
    assert overlap(("三天", "3天"), "3天") == {"exact_match": 1.0, "f1": 1.0, "rouge_l": 1.0}
    assert overlap((), "3天") == {}
    assert overlap(("三天",), "") == {"exact_match": 0.0, "f1": 0.0, "rouge_l": 0.0}


def test_references_are_the_answer_else_the_spellings_of_the_one_fact_else_all_facts() -> None:
    facts = (("三天", "3天"), ("免费",))
    assert Case(id="1", question="?", facts=facts, answer="三天，免费").references == ("三天，免费",)
    assert Case(id="2", question="?", facts=facts[:1]).references == ("三天", "3天")
    assert Case(id="3", question="?", facts=facts).references == ("三天、免费",)
    assert Case(id="4", question="?").references == ()
