import pytest

from corpus.fold import fold
from rag.asking import Kind, asked
from rag.fitting import fits


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
        ("补贴每月几号发？", Kind.WHEN),
        ("图书馆几点开门？", Kind.WHEN),
        ("业务在几号窗口办理？", Kind.NUMBER),
        ("图书馆在人民路几号？", Kind.NUMBER),
        ("申请低保有几点要求？", Kind.NUMBER),
        ("What is the phone number of the office?", Kind.NUMBER),
        ("What is the population of the city?", Kind.NUMBER),
        ("What is the budget meeting about?", Kind.OTHER),
        ("What is the purpose of the fee?", Kind.OTHER),
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
        ("老人每月发放多少高龄津贴？", None),
        ("有多少学生？", None),
        ("特刊印了多少册？", "册"),
        ("有多少集团参加？", None),
        ("有多少家庭？", None),
        ("多少天办结？", "天"),
        ("多少岁可以办？", "岁"),
        ("评标的有几个人？", "人"),
        ("有多少个人才？", "个"),
        ("几个小时能到？", "小时"),
        ("几个工作日办好？", "工作日"),
        ("分几个阶段？", "个"),
        ("What is the annual budget of the alliance?", "元"),
        ("What was the toll for a car?", "元"),
    ],
)
def test_the_unit_that_is_asked_for(question: str, measure: str | None) -> None:
    assert asked(question).measure == measure


def test_asking_words_and_fillers_carry_no_meaning() -> None:
    assert asked("请问长江大桥到底是什么时候建成的？").runs == ("长江大桥", "建成")


def test_words_that_only_hold_a_filler_stay_whole() -> None:
    assert asked("闵行邀请了谁参与论坛？").runs == ("闵行邀请", "参与论坛")


@pytest.mark.parametrize(
    ("question", "run"),
    [
        ("协和医院挂号费多少钱？", "协和医院挂号费"),
        ("颐和园的门票是多少？", "颐和园"),
        ("中华人民共和国成立于哪一年？", "中华人民共和国成立于"),
        ("张三和李四是谁？", "张三"),
    ],
)
def test_a_name_is_not_cut_at_a_joint(question: str, run: str) -> None:
    assert run in asked(question).runs


@pytest.mark.parametrize(
    ("question", "givens"),
    [
        ("第一次办理护照带什么？", ()),
        ("第一次全国人口普查是哪一年？", ("第一次",)),
        ("2026高考什么时候报名？", ("2026年",)),
        ("2000户居民搬到哪里？", ("2000户",)),
    ],
)
def test_what_is_given(question: str, givens: tuple[str, ...]) -> None:
    assert asked(question).givens == givens


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("图书馆几点开门？", "每天9时开门"),
        ("图书馆几点开门？", "早上9:00开门"),
        ("图书馆什么时候闭馆？", "每周一闭馆"),
        ("什么时候截止？", "2026-12-31截止"),
        ("低保审批要几天？", "在20个工作日内办结"),
        ("低保审批需要多久？", "在20个工作日内办结"),
        ("审批需要多久？", "半个月内办结"),
        ("多少天发证？", "60日内发证"),
        ("多少岁可以办？", "年满65周岁"),
        ("占百分之几？", "占百分之八十"),
        ("床位有多少个？", "床位800张"),
        ("在几号窗口办理？", "在3号窗口办理"),
        ("咨询电话是多少？", "电话：0271-8123456"),
        ("客服热线是多少？", "热线96121，全天服务"),
        ("投诉电话是多少？", "请拨打12345"),
        ("3号线有几站？", "设站27座"),
        ("评标的有几个人？", "评标委员会由5名专家组成"),
        ("几个工作日办好？", "5个工作日内办结"),
        ("几个月能拿到？", "3个月内发放"),
        ("门票多少钱？", "公园全年免费开放"),
        ("手续费多少钱？", "办理时无需缴纳任何费用"),
    ],
)
def test_a_sentence_holds_the_sort_of_thing_that_is_asked_for(question: str, sentence: str) -> None:
    assert fits(asked(question), fold(sentence))
    assert not fits(asked(question), fold("请到窗口咨询办理。"))


@pytest.mark.parametrize(
    ("question", "sentence", "answers"),
    [
        ("包括哪四个城市？", "包括松江、嘉兴、杭州和金华。", True),
        ("包括哪四個城市？", "包括以下城市：", True),
        ("包括哪四个城市？", "有松江，嘉兴，杭州，金华。", True),
        ("包括哪四个城市？", "会上，四个城市共赴进博之约，以全面改革为动力，携手推动科技创新。", False),
        ("是哪12个项目？", "12个项目现场签约、揭牌。", False),
        ("Which nine cities belong to it?", "九城市产业合作正迎来新局面。", False),
        ("走廊的九个城市分别是哪些？", "九城市产业合作正迎来新局面。", False),
        ("走廊的三个城市是哪些？", "包括松江、嘉兴和杭州。", True),
        ("提出的三项要求是哪些？", "通知提出三项要求。", True),  # each may be a sentence of its own
        ("哪一个城市最大？", "上海最大。", True),
        ("哪三年举办过？", "2018年开始举办。", True),
    ],
)
def test_so_many_names_as_are_asked_for(question: str, sentence: str, answers: bool) -> None:
    assert fits(asked(question), fold(sentence)) is answers


@pytest.mark.parametrize("sentence", ["2024年11月9日开幕", "投资1200万元", "邮编100010", "学费880元"])
def test_not_every_number_is_one_to_call(sentence: str) -> None:
    assert not fits(asked("咨询电话是多少？"), fold(sentence))


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


def test_how_many_people_is_not_how_many_of_anything() -> None:
    assert not fits(asked("评标的有几个人？"), fold("共收到11家单位递交的投标文件。"))
