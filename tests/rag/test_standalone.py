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


@pytest.mark.parametrize(
    ("before", "then", "expected"),
    [
        ("医保要交多少钱？", ("低保户呢？",), "低保户，医保要交多少钱?"),
        ("醫保要交多少錢？", ("那低保戶呢？",), "低保户，医保要交多少钱?"),
        ("医保要交多少钱？", ("低保户呢？", "那学生呢？"), "学生，医保要交多少钱?"),
        ("居民医保，什么时候交？", ("学生呢？",), "学生，居民医保,什么时候交?"),
        ("小微企业贷款贴息政策是什么？", ("期限呢？",), "小微企业贷款贴息政策，期限呢？"),
        ("公司怎么开户？", ("销户呢？",), "公司开户，销户呢？"),
        ("介绍一下联盟。", ("企业呢？",), "联盟，企业呢？"),
    ],
)
def test_of_somebody_else_the_same_is_asked(before: str, then: tuple[str, ...], expected: str) -> None:
    *earlier, last = then
    assert after(before, *earlier, then=last) == expected


@pytest.mark.parametrize("then", ["影响哪些小区？", "涉及哪些社区？"])
def test_a_word_that_ends_as_names_of_places_do_is_none(then: str) -> None:
    assert after("停电通知是什么时候发的？", then=then).startswith("停电通知")


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


def answered(asked: str, answer: str, *, then: str) -> str:
    history = (Turn(role="user", content=asked), Turn(role="assistant", content=answer))
    return standalone(Question(text=then, history=history))


@pytest.mark.parametrize(
    ("asked", "then", "expected"),
    [
        ("松江区签了什么项目？", "那杭州呢？", "杭州签了什么项目?"),
        ("福州地铁6号线全长几公里？", "4号线呢？", "福州地铁4号线全长几公里?"),
        ("金山区的工业性投入目标是多少？", "规上产值呢？", "金山区的规上产值是多少?"),
        ("Who runs the Beijing Marathon?", "And the Shanghai Marathon?", "Who runs the Shanghai Marathon?"),
    ],
)
def test_a_name_takes_the_place_of_its_like(asked: str, then: str, expected: str) -> None:
    assert answered(asked, "……[1]", then=then) == expected


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("我是说金山，不是闵行", "金山的区委书记是谁?"),
        ("不是闵行，是金山", "金山的区委书记是谁?"),
        ("不對，我問的是金山", "金山的区委书记是谁?"),
        ("Sorry, I meant 金山", "金山的区委书记是谁?"),
    ],
)
def test_a_correction_asks_the_question_before_again(then: str, expected: str) -> None:
    assert answered("闵行的区委书记是谁？", "没有找到。", then=then) == expected


def test_it_is_what_the_answer_named() -> None:
    found = answered(
        "金山新成立了什么？", "《标题》（来源）写道：\n“金山还成立了产业招商顾问团。”[1]", then="它的成员有哪些人？"
    )
    assert "产业招商顾问团" in found


def test_the_latter_is_the_last_person_named() -> None:
    named = "做主旨演讲的是副校长蓝钦扬和首席经济学家彭文生。[1]"
    assert answered("谁做主旨演讲？", named, then="后者说了什么？").startswith("彭文生")
    assert answered("谁做主旨演讲？", named, then="前者说了什么？").startswith("蓝钦扬")


@pytest.mark.parametrize(
    "then",
    [
        "对了，中阿参访基地有几家？",
        "换个问题，五区是哪五区？",
        "By the way, who is Xu Jianqing?",
        "彭文生在中金做什么？",
    ],
)
def test_what_opens_another_topic_takes_nothing_along(then: str) -> None:
    assert "利洁时" not in answered("利洁时的研发中心建在哪里？", "在上海。[1]", then=then)


def test_thanks_are_not_part_of_the_question() -> None:
    found = answered("古林恒雄在华经商多久了？", "30多年。[1]", then="谢谢您！那他现任什么职务？")
    assert found.startswith("古林恒雄")
    assert "谢" not in found


def test_only_the_topic_is_carried_through_a_long_conversation() -> None:
    found = after("张吉怀高铁经过哪些地方？", "全长多少？", "票价大概多少？", then="什么时候通车的？")
    assert "张吉怀高铁" in found
    assert "全长" not in found


@pytest.mark.parametrize(
    "then",
    ["我想了解一下失业金，怎么申请？", "麻烦查一下失业金，每月多少钱？", "Please tell me about 失业金, who can apply?"],
)
def test_a_polite_clause_that_names_the_subject_stays(then: str) -> None:
    found = answered("利洁时的研发中心建在哪里？", "在上海。[1]", then=then)
    assert "失业金" in found
    assert "利洁时" not in found


def test_the_other_two_are_not_another_topic() -> None:
    assert "参访基地" in answered("参访基地有哪些单位？", "芜湖市产业创新中心等。[1]", then="另外两家是哪些？")


@pytest.mark.parametrize("then", ["地铁怎么去？", "坐公交能到吗？", "高铁能到吗？"])
def test_how_to_get_there_is_asked_of_the_place(then: str) -> None:
    assert "博物馆" in answered("国家博物馆在哪里？", "在东大街。[1]", then=then)


def after_fund(then: str) -> str:
    return answered("住房公积金怎么提取？", "“职工带身份证到窗口办理提取。”[1]", then=then)


@pytest.mark.parametrize(
    "then",
    [
        "护照怎么补办？",
        "护照怎么补办呢？",
        "那护照怎么补办？",
        "護照怎麼補辦？",
        "怎么补办护照",
        "护照补办流程",
        "我想办居住证",
        "孩子怎么上户口",
        "最低工资是多少",
        "在哪里办身份证",
        "身份证过期了怎么办",
        "生育津贴怎么领",
        "此外老年卡怎么办理",
        "老年大学怎么报名",
        "低保是什么",
        "护照多少钱",
        "失业金能领几个月",
        "办居住证要多久",
        "这个月的失业金什么时候发放？",
        "这几天医保系统能用吗？",
        "那拉提景区门票多少钱",
        "那曲市怎么坐火车",
        "地铁几点停运？",
        "台风什么时候登陆？",
        "为什么洱海边的民宿要关停？",
        "回到老家，医保怎么报销？",
        "我不是本地人，我能办居住证吗？",
        "我不是本地人，是农村户口能办居住证吗？",
    ],
)
def test_a_question_with_a_subject_of_its_own_takes_nothing_along(then: str) -> None:
    assert after_fund(then) == then


@pytest.mark.parametrize(
    "then",
    [
        *("怎么办理？", "需要什么材料？", "多少钱？", "在哪里办", "什么时候到账", "缴费标准是多少"),
        *("那杭州呢？", "那护照呢", "护照呢，怎么办", "护照也可以吗"),
        *("需要带身份证吗", "要身份证吗", "没有身份证怎么办", "可以用社保卡吗"),
        *("网上怎么办理", "老人怎么办理", "外地人怎么办理", "审核通过后怎么领取", "租房提取怎么办理"),
        *("手续费多少钱", "申请表在哪里下载", "验证码收不到怎么办", "这几天能用吗", "这次怎么办理"),
        *("回到公积金，利率多少", "说回公积金的事，利率多少"),
    ],
)
def test_what_names_only_a_step_or_a_property_takes_the_subject_along(then: str) -> None:
    assert after_fund(then) == f"住房公积金提取，{then}"


@pytest.mark.parametrize(
    ("asked", "answer", "then"),
    [
        ("天津市养老金今年涨了没？", "涨了。[1]", "养老金怎么领"),
        ("失业保险金在武汉每月能领多少？", "1989元。[1]", "失业金怎么申请"),
        ("杭州人才补贴怎么申请？", "“发放生活补贴和租房补贴。”[1]", "租房补贴怎么领"),
        ("张吉怀高铁经过哪些地方？", "途经张家界。[1]", "二等座票价多少钱"),
    ],
)
def test_what_the_question_before_was_about_is_no_new_subject(asked: str, answer: str, then: str) -> None:
    assert answered(asked, answer, then=then).endswith(f"，{then}")


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("谢谢。请问护照怎么补办？", "护照怎么补办？"),
        ("谢谢……请问护照怎么补办？", "护照怎么补办？"),
        ("好的……那低保标准是多少", "那低保标准是多少"),
        ("对了……㎡房价补贴怎么算……", "㎡房价补贴怎么算……"),
        ("护照怎么补办？……谢谢", "护照怎么补办？……"),
    ],
)
def test_characters_that_simplify_to_several_move_nothing(then: str, expected: str) -> None:
    assert after_fund(then) == expected


@pytest.mark.parametrize("then", ["x" * 40, "asdfghjkl", "G60有几个城市", "腾讯在G60做什么？"])
def test_letters_that_are_no_word_and_a_new_name_take_nothing_over(then: str) -> None:
    assert answered("国家博物馆在哪里？", "在东大街。[1]", then=then) == then


@pytest.mark.parametrize("then", ["Why?", "When was it built?"])
def test_a_question_in_another_language_still_leans(then: str) -> None:
    assert "博物馆" in answered("国家博物馆在哪里？", "在东大街。[1]", then=then)
