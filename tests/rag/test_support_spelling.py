from datetime import date

import pytest

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
