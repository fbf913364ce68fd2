from datetime import date

import pytest

from rag.support import check

CLINIC = (
    "全院有9个病区，其中3个设在新楼，共有床位320张。周末门诊由半天改为全天，开放时间为8时至16时。"
    "去年门诊量218万人次，比上年增加18万人次；住院押金由5000元降至3000元，审批时间由6个月缩短为3个月。"
    "新招护士40人，分5批到岗，每批8人。约有81%的患者网上预约。旧楼1998年建成，"
    "今年5月起维修，8月完工，其余2个病区明年迁入。"
)
COUNCIL = (
    "Council voted by 24 votes to 17 to extend the line at a cost of £8.6 million, of which the state will pay half."
    " Six stops will be built, two of them underground. The library will open 52 hours a week, up from 38."
    " Since January, 61,000 applications have been filed, two thirds of them online."
)
PUBLISHED = date(2024, 9, 6)


def missing(sentence: str, evidence: str) -> tuple[str, ...]:
    return check(sentence, evidence, published=PUBLISHED).missing


@pytest.mark.parametrize(
    "sentence",
    [
        "其余6个病区不在新楼。",
        "三分之一的病区设在新楼。",
        "周末门诊每天开放8个小时。",
        "前年门诊量为200万人次。",
        "住院押金少了2000元。",
        "审批时间缩短了一半。",
        "近两成（19%）的患者没有网上预约。",
        "维修历时三个月。",
        "旧楼26年前建成。",
        "还有两个病区尚未迁入新楼。",
    ],
)
def test_a_number_that_follows_from_others_is_supported(sentence: str) -> None:
    assert missing(sentence, CLINIC) == ()


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("其余7个病区不在新楼。", "7个"),
        ("四分之三的病区设在新楼。", "四分之三"),
        ("前年门诊量为190万人次。", "190万人次"),
        ("住院押金降至2000元。", "2000元"),
        ("住院押金少了1000元。", "1000元"),
        ("维修历时七个月。", "七个月"),
        ("审批时间缩短为3周。", "3周"),
    ],
)
def test_a_number_that_does_not_follow_is_missing(sentence: str, word: str) -> None:
    assert word in missing(sentence, CLINIC)


@pytest.mark.parametrize(
    "sentence",
    [
        "The council decided on the line by a margin of seven votes.",
        "The state will pay £4.3m, half of the cost.",
        "Four of the six stops will not be underground.",
        "The library will open 14 more hours a week.",
        "About 67% of the applications filed since January were made online.",
        "A third of the applications were not filed online.",
    ],
)
def test_an_english_number_that_follows_is_supported(sentence: str) -> None:
    assert missing(sentence, COUNCIL) == ()


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("The state will pay a quarter of the cost.", "a quarter"),
        ("The library will open 16 more hours a week.", "16 more hours"),
        ("Three quarters of the applications were filed online.", "three quarters"),
        ("The line will cost £8.6bn.", "£8.6bn"),
    ],
)
def test_an_english_number_that_does_not_follow_is_missing(sentence: str, word: str) -> None:
    assert word in missing(sentence, COUNCIL)


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("连续两天低于16℃的，退还热费。", "连续48小时低于16℃的，退还热费。"),
        ("社保须缴满两年。", "社保须缴满24个月。"),
        ("用时90分钟。", "用时1.5小时。"),
        ("重1500公斤。", "重1.5吨。"),
        ("抽检了680个批次。", "抽检680批次。"),
    ],
)
def test_a_number_may_be_told_in_another_unit(sentence: str, evidence: str) -> None:
    assert missing(sentence, evidence) == ()
    assert missing(sentence.replace("两", "三").replace("0", "1"), evidence) != ()


PAID = (
    "总经费386万元，省里拨240万元，其余由县里配套。报名费中补助占六成，其余自理。"
    "早班车票16元，晚班车票20元。本期最低分为46分，比上一期高3分。参赛队24支，比计划少2支。"
)


@pytest.mark.parametrize(
    "sentence",
    [
        "县里要配套146万元。",
        "报名费中有四成要自己付。",
        "晚班车票比早班的贵4元。",
        "上一期的最低分是43分。",
        "原计划有26支队参赛。",
    ],
)
def test_what_the_evidence_leaves_to_another_is_supported(sentence: str) -> None:
    assert missing(sentence, PAID) == ()


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("县里要配套126万元。", "126万元"),
        ("省里要配套146万元。", "146万元"),
        ("晚班车票比早班的贵6元。", "6元"),
        ("上一期的最低分是49分。", "49"),
    ],
)
def test_what_it_does_not_leave_is_missing(sentence: str, word: str) -> None:
    evidence = PAID.replace("，其余由县里配套", "") if sentence.startswith("省里") else PAID
    assert word in missing(sentence, evidence)
