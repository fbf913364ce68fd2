"""What cannot answer a question, however many of its words it has."""

from __future__ import annotations

from datetime import date

import pytest

from rag.asking import asked
from rag.mismatch import tells_of_other


@pytest.mark.parametrize(
    ("question", "told", "other"),
    [
        ("哪些人不能申请？", "本市居民可以申请。", True),
        ("哪些人不能申请？", "外地居民不予受理。", False),
        ("能不能申请？", "本市居民可以申请。", False),
        ("下一届论坛在哪里举行？", "论坛在会展中心举行。", True),
        ("下一届论坛在哪里举行？", "论坛明年将在武汉举行。", False),
        ("Where is the next forum held?", "论坛在会展中心举行。", True),
        ("考点电话", "考点设在蓝溪一中。", True),
        ("举报飞线充电打什么电话", "禁止携带电池进入电梯。", True),
        ("舉報打什麼電話？", "舉報電話12345，全天接聽。", False),
        ("考点有电话吗", "考点设在蓝溪一中。", False),
        ("登记时留电话号码要注意些什么？", "登记时留常用的。", False),
        ("电话号码是几号？", "考点设在蓝溪一中。", True),
        ("What is the phone number of the office?", "办公室设在一楼。", True),
        ("为什么加演一场？", "灯光秀每晚各演一场，10月1日加演一场。", True),
        ("为什么加演一场？", "因观众太多，10月1日加演一场。", False),
        ("在哪个公交站下车", "分店打算开在路口。", True),
        ("在哪个公交站下车", "乘客可在师专站下车。", False),
        ("上半年考试是哪天考的", "2023年下半年考试报考11208人次。", True),
        ("上半年考试是哪天考的", "上半年考试3月考，下半年9月考。", False),
        ("上半年和下半年各考几次", "下半年考一次。", False),
        ("2022年办了多少张证？", "2019年9月一天办了64张证。", True),
        ("2022年办了多少张证？", "2022年比2019年多办64张证。", False),
        ("2022年办了多少张证？", "一天办了64张证。", False),
        ("2023年办了多少张证？", "比2019年多办64张证。", False),  # the article is of 2023
        ("2022年办了多少张证？", "去年办了64张证，2021年60张。", False),
        ("2021年到2022年办了多少张证？", "2019年办了64张证。", False),
    ],
)
def test_a_sentence_of_something_else_is_known(question: str, told: str, other: bool) -> None:
    assert tells_of_other(asked(question), told, told, published=date(2023, 11, 2)) is other


def test_what_is_quoted_with_the_sentence_counts_too() -> None:
    question, sentence = asked("考点电话是多少？"), "考点设在蓝溪一中。"
    assert not tells_of_other(question, sentence, sentence + "电话：2056688。", published=None)
