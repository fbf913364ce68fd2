"""`那儿童呢？` asks the earlier question of another one of the same sort, and leaves what is asked about it alone."""

from __future__ import annotations

import pytest

from rag.contrast import replaced


@pytest.mark.parametrize(
    ("before", "other", "asked"),
    [
        ("居民医保报销比例是多少？", "职工医保", "职工医保报销比例是多少？"),
        ("办理居民医保要什么材料？", "职工医保", "办理职工医保要什么材料？"),
        ("城镇居民收入是多少？", "农村居民", "农村居民收入是多少？"),
        ("男性退休年龄是多少？", "女性", "女性退休年龄是多少？"),
        ("一期工程总投资是多少？", "二期", "二期工程总投资是多少？"),
        ("高龄津贴每月多少钱？", "残疾补贴", "残疾补贴每月多少钱？"),
        ("儿童门票多少钱？", "成人票", "成人票多少钱？"),
        ("成人门票多少钱？", "儿童", "儿童门票多少钱？"),
        ("小学报名什么时候开始？", "初中", "初中报名什么时候开始？"),
        ("图书馆周一几点开门？", "周末", "图书馆周末几点开门？"),
        ("什么是公积金？", "社保", "什么是社保？"),
        ("民营企业的贷款额度是多少？", "国有企业", "国有企业的贷款额度是多少？"),
        ("身份证在哪里办？", "护照", "护照在哪里办？"),
        ("上海图书馆几点开门？", "浦东图书馆", "浦东图书馆几点开门？"),
        ("松江区的总面积是多少？", "杭州", "杭州的总面积是多少？"),
    ],
)
def test_a_name_takes_the_place_of_its_like_and_of_no_more(before: str, other: str, asked: str) -> None:
    assert replaced(before, other) == asked


@pytest.mark.parametrize(
    ("before", "other"),
    [
        ("冬季供暖时间是什么？", "制冷"),
        ("大桥收费标准是什么？", "轮渡"),
        ("谁可以领高龄津贴？", "残疾人"),
        ("哪些人可以申请？", "能网上办"),
    ],
)
def test_what_is_asked_is_not_lost_for_a_name_of_another_sort(before: str, other: str) -> None:
    assert replaced(before, other) is None
