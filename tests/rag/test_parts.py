import pytest

from rag.parts import parts


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("联盟是做什么的？", ("联盟是做什么的？",)),
        ("甲区签了什么项目？乙区引进了多少家企业？", ("甲区签了什么项目？", "乙区引进了多少家企业？")),
        (
            "第三届大会和第七届大会分别发布了什么文件？",
            ("第三届大会发布了什么文件？", "第七届大会发布了什么文件？"),
        ),
        (
            "走廊在第三届大会和第七届大会上分别发布了什么？",
            ("走廊在第三届大会发布了什么？", "走廊在第七届大会上发布了什么？"),
        ),
        (
            "港口论坛与贸易大会，举办地点分别在哪里？",
            ("港口论坛，举办地点在哪里？", "贸易大会，举办地点在哪里？"),
        ),
        (
            "跟汽车有关：金山签约的是哪只基金？发布会上签约的汽车企业是哪家？",
            ("跟汽车有关：金山签约的是哪只基金？", "跟汽车有关：发布会上签约的汽车企业是哪家？"),
        ),
        ("有哪些企业超过一亿美元？点了谁的名？", ("有哪些企业超过一亿美元？点了谁的名？",)),
        ("你好。联盟是谁成立的？", ("你好。联盟是谁成立的？",)),
        (
            "我问的是第四届大会；大会投资多少万元？共有多少家企业参加大会？",
            ("我问的是第四届大会；大会投资多少万元？", "共有多少家企业参加大会？"),
        ),
        ("北京、上海和广州分别有多少家？", ("北京有多少家？", "上海有多少家？", "广州有多少家？")),
    ],
)
def test_a_question_is_taken_apart_where_it_asks_several_things(question: str, expected: tuple[str, ...]) -> None:
    assert parts(question) == expected


def test_at_most_four_parts_are_searched_and_nothing_is_dropped() -> None:
    question = "".join(f"第{n}个大型工程在哪里开工？" for n in range(9))
    found = parts(question)
    assert len(found) == 4
    assert "".join(found) == question


def test_an_afterthought_stays_with_what_it_asks_about() -> None:
    assert parts("甲区签了什么大型项目？在哪里？乙区引进了多少家企业？") == (
        "甲区签了什么大型项目？在哪里？",
        "乙区引进了多少家企业？",
    )


@pytest.mark.parametrize(
    "question",
    [
        "语文和数学考试及格线分别是多少？",
        "單位和個人社保繳費比例分別是多少？",
        "大会参与企业分别是哪些？",
        "市民和企业各类补贴怎么申请？",
        "职工和居民医保各怎么报销？",
        "上海与北京有什么分别？",
        "市民和企业各办各的吗？",
        "张三和获得冠军的李四分别是谁？",
    ],
)
def test_a_word_that_holds_a_joint_takes_nothing_apart(question: str) -> None:
    assert parts(question) == (question,)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "公司和个人缴纳的社保比例各是多少？",
            ("公司的社保比例是多少？", "个人缴纳的社保比例是多少？"),
        ),
        ("北京、上海和广州的面积分别是多少？", ("北京的面积是多少？", "上海的面积是多少？", "广州的面积是多少？")),
        ("语文和数学，及格线分别是多少？", ("语文，及格线是多少？", "数学，及格线是多少？")),
        ("宁波及杭州各有多少家？", ("宁波有多少家？", "杭州有多少家？")),
        ("上海以及北京分别有多少家？", ("上海有多少家？", "北京有多少家？")),
        ("參與企業和代表團各有多少？", ("參與企業有多少？", "代表團有多少？")),
        ("公司和平台各需要什么材料？", ("公司需要什么材料？", "平台需要什么材料？")),
        ("怀柔和密云分别投资了多少？", ("怀柔投资了多少？", "密云投资了多少？")),
    ],
)
def test_each_part_keeps_what_is_asked_of_both(question: str, expected: tuple[str, ...]) -> None:
    assert parts(question) == expected
