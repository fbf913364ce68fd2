from datetime import date

import pytest

from rag.support import check
from rag.support_spelling import spelled_alike


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("上月10日开售", "2025年2月10日开售"),
        ("本月21日开幕", "2025年3月21日开幕"),
        ("去年开工", "2024年开工"),
        ("比去年同期增加", "同比增加"),
        ("113年度预算", "2024年度预算"),
        ("首条线路", "第一条线路"),
        ("头一个星期", "第一周"),
        ("首周", "第一周"),
        ("两度流标", "两次流标"),
        ("下午2点", "14时"),
        ("上午10点至", "10时至"),
        ("下午2时至5时", "14至17时"),
        ("3月7日签约，同日开工", "3月7日签约，3月7日开工"),
        ("闭馆半年", "闭馆6个月"),
        ("at 2:30 p.m.", "at 14:30"),
    ],
)
def test_spelled_alike(text: str, spelled: str) -> None:
    assert spelled_alike(text, date(2025, 3, 8)) == spelled


def test_words_that_only_look_alike_stay() -> None:
    for text in ("历时110年", "气温二十度高", "首都", "上半年", "比上月多"):
        assert spelled_alike(text, date(2025, 3, 8)) == text


def test_january_counts_back_into_the_year_before() -> None:
    assert spelled_alike("上月5日", date(2025, 1, 8)) == "2024年12月5日"


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("傍晚6点半开幕，7点15分点灯。", "开幕仪式于下午6时30分举行，7时15分点灯。"),
        ("收费时间是早上7点到晚上9点。", "收费时间为7:00至21:00。"),
        ("夜里10点以后免费停车。", "22时以后停车免费。"),
        ("中午12点半开始发放。", "12时30分开始发放。"),
        ("三个月以上的猫狗可以打疫苗。", "三月龄以上的猫狗可以打疫苗。"),
        ("开馆第一个月来了26万人。", "开馆首月来了26万人。"),
        ("第二天公布结果。", "结果次日公布。"),
        ("商店被停业整顿10天。", "商店被责令停业整顿10日。"),
        ("5天内要改好。", "限5日内改好。"),
    ],
)
def test_times_and_spans_are_spelled_in_several_ways(sentence: str, evidence: str) -> None:
    assert check(sentence, evidence, published=date(2024, 5, 17)).missing == ()


@pytest.mark.parametrize(
    ("sentence", "evidence", "word"),
    [
        ("傍晚6点半开幕。", "开幕仪式于上午6时30分举行。", "18"),
        ("夜里2点以后免费停车。", "14时以后停车免费。", "2"),
        ("商店被停业整顿10天。", "商店被责令停业整顿，10日恢复营业。", "10天"),
        ("商店被停业整顿10天。", "商店被责令停业整顿20日。", "10天"),
    ],
)
def test_other_times_and_spans_are_missing(sentence: str, evidence: str, word: str) -> None:
    assert any(word in each for each in check(sentence, evidence, published=date(2024, 5, 17)).missing)


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("方案2024年3月20日经省政府常务会议通过。", "方案3月20日由省政府常务会议通过。"),
        ("贺明舟出任市水利局局长。", "会议任命贺明舟为市水利局局长。"),
        ("那里只有5座车站没有站内母婴室。", "全线只有5座车站无站内母婴室。"),
        ("台湾居民的声明要经台湾公证机构公证。", "台湾居民的声明须由台湾公证机构公证。"),
    ],
)
def test_a_verb_before_a_body_is_part_of_no_name(sentence: str, evidence: str) -> None:
    assert check(sentence, evidence, published=date(2024, 5, 17)).missing == ()
