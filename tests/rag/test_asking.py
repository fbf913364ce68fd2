import pytest

from rag.asking import Kind, asked


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("联盟有多少家成员？", Kind.NUMBER),
        ("論壇什麼時候舉行？", Kind.WHEN),
        ("大会在哪里开？", Kind.WHERE),
        ("区长是谁？", Kind.WHO),
        ("签约的有哪些企业？", Kind.LIST),
        ("联盟是做什么的？", Kind.OTHER),
        ("How many members does the alliance have?", Kind.NUMBER),
        ("When was the forum held?", Kind.WHEN),
        ("Who chairs the committee?", Kind.WHO),
        ("这项工程为期几年？", Kind.NUMBER),
    ],
)
def test_the_kind_follows_from_the_asking_words(question: str, kind: Kind) -> None:
    assert asked(question).kind is kind


@pytest.mark.parametrize(
    ("question", "measure"),
    [
        ("园区占地多少亩？", "亩"),
        ("项目总投资是多少？", "元"),
        ("一共签了几笔订单？", "笔"),
        ("失业率下降了百分之几？", "%"),
        ("总建筑面积有多大？", "平方米"),
        ("有多少人参加？", "人"),
    ],
)
def test_the_unit_that_is_asked_for(question: str, measure: str | None) -> None:
    assert asked(question).measure == measure


def test_asking_words_and_fillers_carry_no_meaning() -> None:
    assert asked("请问长江大桥到底是什么时候建成的？").runs == ("长江大桥", "建成")


def test_words_that_only_hold_a_filler_stay_whole() -> None:
    assert asked("闵行邀请了谁参与论坛？").runs == ("闵行邀请", "参与论坛")


def test_both_scripts_are_asked_alike() -> None:
    assert asked("聯盟的首任秘書長是誰？").runs == asked("联盟的首任秘书长是谁？").runs


def test_editions_years_titles_and_names_in_capitals_are_given() -> None:
    givens = asked("2020年第三届大会上，G60发布的《实施意见》有几条？").givens
    assert set(givens) == {"第三届", "2020年", "实施意见", "g60"}


def test_markup_in_a_question_is_no_given() -> None:
    assert asked("<script>alert('x')</script>区长是谁？").givens == ()


@pytest.mark.parametrize(
    ("question", "focus"),
    [
        ("研发中心的投资额是多少？", "投资额"),
        ("支行的地址在哪里？", "地址"),
        ("他的职务是什么？", None),
        ("谁是区长？", None),
    ],
)
def test_the_property_that_is_asked_for(question: str, focus: str | None) -> None:
    assert asked(question).focus == focus


def test_an_english_question_keeps_only_what_can_stand_in_a_chinese_article() -> None:
    question = asked("What did 彭文生 say about the ESG alliance in 2024?")
    assert question.english
    assert question.runs == ("彭文生",)
    assert set(question.givens) == {"2024", "彭文生"}
    assert question.names == ("ESG",)


@pytest.mark.parametrize(
    ("question", "year"),
    [
        ("二〇二〇年灯会吸引游客多少？", "2020年"),
        ("一九九八年灯会吸引游客多少？", "1998年"),
        ("民國109年燈會吸引遊客多少？", "2020年"),
        ("民国一百零九年灯会吸引游客多少？", "2020年"),
        ("民國一一二年燈會吸引遊客多少？", "2023年"),
        ("民国一〇九年灯会吸引游客多少？", "2020年"),
        ("2020年灯会吸引游客多少？", "2020年"),
    ],
)
def test_a_year_is_one_however_it_is_written(question: str, year: str) -> None:
    assert asked(question).givens[0] == year
