from datetime import date

import pytest

from rag.support import check

RULES = (
    "凡屋龄30年以上的住宅，经三分之二以上住户同意即可申请，有意申请的住户可拨打1999。已领取中央补助者，不得重复申请。"
    "60岁以上老人凭证免收服务费，家庭年收入须在90万元以下。充电桩须单独装表，否则按居民电价收取。"
    "公司未调整全年目标，并否认将上调票价的传闻。结果将于8月20日公布。通过体检者始得参加面试。"
    "展览持续至8月31日。试办期间一楼住户反对加装。"
)
OFFICE = (
    "The fee will rise to 150 crowns, the first increase in eight years."
    " Holders lose the permit unless they notify the office beforehand."
    " Director Hugo Stenn denied reports that the office plans to close its branch and said no decision had been taken."
    " Clerk Maria Lund said a new offer had been made in April. The exhibition opens in September."
)
PUBLISHED = date(2024, 8, 6)


def missing(sentence: str, evidence: str) -> tuple[str, ...]:
    return check(sentence, evidence, published=PUBLISHED).missing


@pytest.mark.parametrize(
    "sentence",
    [
        "已经领了中央补助的住户不能再申请。",
        "一楼的住户不同意加装。",
        "公司维持全年目标不变，称票价上调只是传闻。",
        "充电桩如果没有单独装表，就按居民电价收取。",
        "没有通过体检的人，不能参加面试。",
        "展览到8月31日结束。",
        "家庭年收入不得超过90万元。",
        "老人不用交服务费。",
    ],
)
def test_a_negation_in_other_words_is_supported(sentence: str) -> None:
    assert missing(sentence, RULES) == ()


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("已领取中央补助者，可以重复申请。", "重复"),
        ("家庭年收入须在90万元以上。", "90万元"),
        ("结果已经公布。", "已经公布"),
        ("60岁以上老人须交服务费。", "收服"),
        ("公司已调整全年目标。", "调整"),
    ],
)
def test_what_is_turned_round_is_named(sentence: str, word: str) -> None:
    assert word in missing(sentence, RULES)


@pytest.mark.parametrize(
    "sentence",
    [
        "The fee has not gone up for eight years.",
        "Holders lose the permit if they leave without notifying the office beforehand.",
        "No decision had been taken, Hugo Stenn said.",
        "The exhibition will not open before September.",
    ],
)
def test_an_english_negation_in_other_words_is_supported(sentence: str) -> None:
    assert missing(sentence, OFFICE) == ()


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("The office plans to close its branch.", "denied"),
        ("A decision had been taken, Hugo Stenn said.", "no"),
        ("Director Hugo Lund denied the reports.", "hugo lund"),
    ],
)
def test_what_is_turned_round_in_english_is_named(sentence: str, word: str) -> None:
    assert word in missing(sentence, OFFICE)


def test_a_negation_beside_a_number_that_the_chinese_text_affirms_is_named() -> None:
    contract = "现场签约金额37亿元。未设预订点。"
    assert missing("Contracts worth 3.7 billion yuan were signed.", contract) == ()
    assert "not" in missing("Contracts worth 3.7 billion yuan were not signed.", contract)


def test_units_ordinals_and_hours_in_letters_are_no_names() -> None:
    evidence = "The route is 14 kilometres long; children under 16 travel free from 7 o'clock on May 31."
    assert missing("The 14km route is free for Under-16s from 7am on May 31st.", evidence) == ()


def test_a_clause_that_leaves_something_open_adds_nothing() -> None:
    evidence = "景区29日起关闭，开放时间另行通知。"
    assert missing("景区29日起关闭，什么时候重开还不确定。", evidence) == ()
    assert missing("景区29日起关闭，门票可在网上全额退款。", evidence) != ()


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("鉴定每月集中做两次。", "鉴定每月集中两次，无故两次不到场的视为放弃。"),
        ("面积小的，进不进场自愿。", "50亩以下的，自愿进场。"),
        ("外地户籍车主上牌要带居住证。", "非本市户籍的车主上牌须出示居住证。"),
        ("五名选手这一项的分被扣光。", "五名选手这一项没有得分。"),
    ],
)
def test_a_negation_that_is_none_or_stands_in_another_word_turns_nothing(sentence: str, evidence: str) -> None:
    assert missing(sentence, evidence) == ()


def test_what_is_of_no_use_is_not_what_is_used() -> None:
    assert missing("这种方法对整张地膜管用。", "这种方法对整张地膜不管用。")
