"""Whom an answer named, for the `他` and `后者` of the next question."""

from __future__ import annotations

from rag.mentioned import answered_with, one_of_two

ANSWER = "《开幕》（2024-05-01）写道：\n“文化局局长张建国和财政局局长李志强出席了开幕式。”[1]"


def test_the_body_that_a_person_heads_is_no_person() -> None:
    assert answered_with("谁出席了开幕式？", ANSWER) == "张建国"
    assert one_of_two("前者是哪里人？", ANSWER) == "张建国"
    assert one_of_two("后者是哪里人？", ANSWER) == "李志强"
