import pytest

from rag.records import Question, Turn
from rag.standalone import standalone


def after(*asked: str, then: str) -> str:
    turns = [Turn(role=role, content=text) for said in asked for role, text in (("user", said), ("assistant", "……"))]
    return standalone(Question(text=then, history=tuple(turns)))


def test_without_history_a_question_stays_as_it_is() -> None:
    assert standalone(Question(text="他是谁？")) == "他是谁？"


def test_a_pronoun_takes_the_last_subject() -> None:
    assert after("李明是什么人？", then="他在哪一年出生？").startswith("李明")


def test_a_new_topic_does_not_carry_the_old_subject() -> None:
    assert after("李明是什么人？", then="金山区有多少家日资企业？") == "金山区有多少家日资企业？"


@pytest.mark.parametrize(
    ("before", "then", "expected"),
    [
        ("2018年大会上有什么新动作？", "那2020年呢？", "2020年大会上有什么新动作?"),
        ("2018年大会上有什么新动作？", "第二年呢？", "2019年大会上有什么新动作?"),
        ("第三届大会发布了什么？", "第七届呢？", "第七届大会发布了什么?"),
        ("What happened at the 2018 expo?", "What about 2019?", "What happened at the 2019 expo?"),
    ],
)
def test_an_ellipsis_puts_its_year_or_edition_in_the_last_question(before: str, then: str, expected: str) -> None:
    assert after(before, then=then) == expected


def test_the_subject_is_carried_over_two_turns() -> None:
    assert "李明" in after("李明是什么人？", "他在哪里工作？", then="他的同事有谁？")


def test_only_the_assistants_words_are_no_history() -> None:
    assert standalone(Question(text="他是谁？", history=(Turn(role="assistant", content="您好"),))) == "他是谁？"


def test_a_title_and_a_word_that_only_looks_like_a_pronoun_point_back_to_nothing() -> None:
    assert after("联盟是做什么的？", then="《这就是中国》由哪家电视台制作？") == "《这就是中国》由哪家电视台制作？"
    assert after("What does G60 do?", then="Is there any report on Suzhou?") == "Is there any report on Suzhou?"


def test_full_width_forms_before_a_year_move_no_offsets() -> None:
    assert after("（①…½）在２０２１年营收多少？", then="次年呢？") == "(1...1⁄2)在2022年营收多少?"


def test_a_long_history_is_no_burden() -> None:
    assert "那它" in after(*["那它呢？"] * 3000, then="那它呢？")
