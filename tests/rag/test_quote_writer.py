import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.passages import Span
from rag.asking import asked
from rag.assistant import Assistant
from rag.certainty import ranked_evidence
from rag.quote_writer import _is_told_elsewhere, _joined, _naming, _readable
from rag.records import Answer, Question, Status
from tests.rag.lexical_retriever import LexicalRetriever, article

BRIDGE = article(
    "bridge",
    "长江二桥昨日开工建设。大桥全长2160米,总投资35亿元,预计2026年建成通车。市交通局局长李明介绍,大桥将采用双层设计。\n\n"
    "参与建设的单位包括中铁大桥局、市政设计院、第二航务工程局和长江勘测院。大桥将连接江南、江北两个新区。",
    title="长江二桥开工",
    source="江城日报",
    published=date(2023, 5, 6),
)
PARK = article(
    "park",
    "東湖公園改造工程完成。公園新增綠地12公頃,種植樹木三千多棵。\n\n園長陳華表示:“公園全年免費開放。”市民可以在園內騎行、野餐和放風箏。",
    title="東湖公園重新開放",
    source="江城晚報",
    published=date(2024, 4, 1),
    script="hant",
)


def answer(question: str, *articles: object) -> Answer:
    assistant = Assistant(LexicalRetriever(articles or (BRIDGE, PARK)))  # type: ignore[arg-type]
    return assistant.answer(Question(text=question))


@pytest.mark.parametrize(
    ("question", "fact", "source"),
    [
        ("长江二桥总投资多少？", "35亿元", "bridge"),
        ("长江二桥预计哪一年建成通车？", "2026年", "bridge"),
        ("长江二桥的参与建设单位有哪些？", "中铁大桥局、市政设计院、第二航务工程局和长江勘测院", "bridge"),
        ("东湖公园新增绿地多少公顷？", "12公頃", "park"),
    ],
)
def test_the_sentence_that_holds_the_answer_is_quoted(question: str, fact: str, source: str) -> None:
    found = answer(question)
    assert fact in found.text
    assert [c.article_id for c in found.citations][:1] == [source]


def test_the_answer_says_which_article_and_date_it_comes_from() -> None:
    assert "《长江二桥开工》（江城日报，2023-05-06）" in answer("长江二桥总投资多少？").text


def test_a_question_about_two_articles_is_answered_from_both() -> None:
    found = answer("长江二桥总投资多少？东湖公园新增绿地多少公顷？")
    assert {c.article_id for c in found.citations} == {"bridge", "park"}
    assert "35亿元" in found.text
    assert "12公頃" in found.text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("长江二桥总投资多少？长江二桥的夜间照明由谁捐赠？长江二桥何时通车？", "第2个问题，文章没有直接说明"),
        (
            "長江二橋總投資多少?長江二橋的夜間照明由誰捐贈?長江二橋的設計師畢業於哪所大學？",
            "第2、3個問題，文章沒有直接說明",
        ),
        ("长江二桥总投资和夜间照明费各是多少？", "文章没有直接说明所问的全部内容"),
    ],
)
def test_of_several_questions_in_a_row_it_says_which_are_not_answered(question: str, said: str) -> None:
    found = answer(question)
    assert found.status is Status.PARTIAL
    assert found.text.startswith(said)
    assert "35亿元" in found.text


def test_who_said_it_comes_with_what_was_said() -> None:
    assert "陳華" in answer("是谁表示公园全年免费开放的？").text


@pytest.mark.parametrize("question", ["珠穆朗玛峰有多高？", "办理护照需要哪些材料？"])
def test_what_no_article_speaks_of_is_not_answered(question: str) -> None:
    found = answer(question)
    assert found.status in (Status.NO_PASSAGES, Status.CANNOT_ANSWER)
    assert found.citations == ()


@pytest.mark.parametrize("question", ["长江二桥的总工程师毕业于哪所大学？", "第三届长江二桥建设论坛在哪里举行？"])
def test_what_the_article_does_not_say_is_never_called_answered(question: str) -> None:
    assert answer(question).status is not Status.ANSWERED


def test_a_word_of_time_is_no_topic() -> None:
    """That 前年 is nowhere in an article takes it no further from what is asked."""
    fair = article("fair", "本届灯会去年在江边举行，展出花灯三百组。灯会由文旅局主办。", title="江边灯会")
    question = "江边灯会的投资额是多少？"
    hits = LexicalRetriever((fair, BRIDGE)).retrieve(question)
    without, with_it = (
        sorted(each.topic for each in ranked_evidence(asked(when + question), hits)) for when in ("", "前年")
    )
    assert without == pytest.approx(with_it)
    assert without[-1] > 0


@pytest.mark.parametrize("question", ["今年", "去年？", "上个月", "今年和去年"])
def test_a_question_that_says_only_when_is_not_answered(question: str) -> None:
    told = article("told", "今年全市新增学位三千个。去年新增两千个，上个月又有五百个。", title="新增学位")
    found = answer(question, told, BRIDGE)
    assert found.status is Status.NO_PASSAGES
    assert not found.citations


def test_every_line_that_states_something_ends_with_its_number() -> None:
    found = answer("长江二桥总投资多少？参与建设的单位有哪些？")
    quoted = [line for line in found.text.split("\n") if line.startswith("“")]
    assert quoted
    assert [re.findall(r"\[(\d+)\]$", line) for line in quoted] == [[str(c.number)] for c in found.citations]


@settings(max_examples=60)
@given(st.text(alphabet="长江二桥东湖公园總投資多少誰什么时候哪里李明 G60？，。12", min_size=1, max_size=30))
def test_every_quote_is_the_articles_own_characters(question: str) -> None:
    for citation in answer(question).citations:
        source = {"bridge": BRIDGE, "park": PARK}[citation.article_id]
        assert citation.quote == source.text[citation.start : citation.end]
        assert citation.quote.strip()


def test_a_list_is_quoted_to_its_last_whole_item() -> None:
    items = "\n".join(f"{n}、第{n}项要求是参加者应当遵守秩序。" for n in range(1, 8))
    rules = article("rules", f"读书节的入场要求包括以下各项：\n{items}\n活动由教育局主办。", title="读书节")
    found = answer("读书节的入场要求包括哪些？", rules)
    assert "第7项要求" in found.text
    assert found.citations[0].quote.endswith("遵守秩序。")


@pytest.mark.parametrize(
    ("question", "answered"),
    [
        ("哪些家庭可以申请公租房？", True),
        ("无房家庭能不能申请公租房？", True),
        ("住房困难家庭允不允许申请公租房？", True),
        ("哪些家庭不可以申请公租房？", False),
        ("哪些家庭不能申请公租房？", False),
    ],
)
def test_who_may_is_no_answer_to_who_may_not(question: str, answered: bool) -> None:
    may = article("may", "本市户籍的住房困难家庭可以申请公租房。", title="公租房申请")
    assert (answer(question, may, BRIDGE).status is Status.ANSWERED) is answered


@pytest.mark.parametrize("number", ["3十", "十3", "第", "零零", "百百", "1２"])
def test_a_number_that_is_none_breaks_nothing(number: str) -> None:
    odd = article("odd", f"第{number}届灯会在江边举行。", title="灯会")
    third = article("third", "第三届灯会在江边举行。", title="灯会")
    assert answer("第四届灯会在哪里举行？", odd).text
    assert answer(f"第{number}届灯会在哪里举行？", third).text


def test_who_may_not_is_answered_where_it_is_said() -> None:
    may_not = article("not", "本市户籍的家庭可以申请公租房。名下有房的家庭不可以申请公租房。", title="公租房申请")
    found = answer("哪些家庭不可以申请公租房？", may_not, BRIDGE)
    assert found.status is Status.ANSWERED
    assert "名下有房的家庭" in found.text


ITEMS = {
    "unmarked": ["身份证原件", "户口本复印件", "收入证明。"],
    "numbered": ["1. 身份证。原件和复印件各一份。", "2. 户口本。", "3. 收入证明。"],
    "bracket": ["1）身份证原件；", "2）户口本复印件；", "3）收入证明。"],
    "circled": ["①身份证原件；", "②户口本复印件；", "③收入证明。"],
    "steps": ["第一步：带身份证到窗口。", "第二步：填写申请表。领取回执。", "第三步：等候通知。"],
}


@pytest.mark.parametrize("items", ITEMS.values(), ids=ITEMS.keys())
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_a_list_by_lines_is_quoted_whole_and_no_further(items: list[str], gap: str) -> None:
    text = gap.join(["申请公租房需要提交以下材料：", *items, "咨询电话见政府网站。窗口周一至周五办公。"])
    found = answer("申请公租房需要提交哪些材料？", article("rent", text, title="公租房申请"), BRIDGE)
    assert found.status is Status.ANSWERED
    (quote,) = [citation.quote for citation in found.citations if "以下材料" in citation.quote]
    assert all(item in quote for item in items)
    assert "咨询电话" not in quote


def test_what_a_colon_announces_is_a_sentence_where_no_list_follows() -> None:
    design = "大桥采用双层设计，上层走汽车，下层走地铁，两侧还留有供行人和自行车通过的道路。"
    text = f"局长李明这样介绍大桥的设计：\n{design}全长2160米。"
    found = answer("局长李明怎样介绍大桥的设计？", article("design", text, title="大桥设计"))
    assert any(citation.quote.endswith(design) for citation in found.citations)


def test_quotes_that_overlap_become_one() -> None:
    hit = LexicalRetriever((BRIDGE,)).retrieve("长江二桥")[0]
    joined = _joined([(hit, Span(7, 20)), (hit, Span(30, 40)), (hit, Span(15, 31))])
    assert [span for _, span in joined] == [Span(7, 40)]


@pytest.mark.parametrize(
    ("text", "asks", "quoted"),
    [
        (
            "活动上午开始。“安全第一！预防为主！全市三千家企业都要检查！”局长李明说。活动为期三天。",
            "全市多少家企业都要检查？",
            "“安全第一！预防为主！全市三千家企业都要检查！”局长李明说。",
        ),
        (
            "村民高兴。「水接通了。全村用上自來水的有三百戶。」",
            "全村用上自来水的有多少户？",
            "「水接通了。全村用上自來水的有三百戶。」",
        ),
        (
            "他说：“全村有三百户接通了水。大家很高兴。”活动结束。",
            "全村有多少户接通了水？",
            "他说：“全村有三百户接通了水。大家很高兴。”",
        ),
        ("厂里有口号”。全厂有员工三百人。", "全厂有员工多少人？", "全厂有员工三百人。"),
    ],
)
def test_a_quote_has_no_half_of_a_quotation(text: str, asks: str, quoted: str) -> None:
    found = answer(asks, article("said", text, title="报道", source="江城日报", published=date(2023, 5, 6)))
    assert [c.quote for c in found.citations] == [quoted]


def test_the_sentence_that_names_what_is_asked_about_is_quoted_too() -> None:
    signing = article(
        "signing", "发布会上，远山公司等企业签订了协议。九城市代表还签署了9个合作项目。", source="江城日报"
    )
    question = asked("远山公司签署了什么？")
    ranked = ranked_evidence(question, LexicalRetriever([signing]).retrieve(question.text))
    named, projects = sorted(ranked, key=lambda each: each.span.start)
    assert list(_naming([projects], ranked)) == [named]
    assert list(_naming([named], ranked)) == []


@pytest.mark.parametrize(
    ("asks", "text", "elsewhere"),
    [
        ("第三届大会发布了什么政策？", "大会2019年发布了金融方案。第三届大会发布了实施意见。", True),
        ("第三届大会发布了什么政策？", "第三届大会发布了金融方案。大会2019年发布了实施意见。", False),
        ("分团采购金额是多少美元？", "分团采购金额28亿美元。历届分团采购金额累计196亿美元。", True),
        ("分团采购金额是多少美元？", "分团采购金额28亿美元。分团采购订单136笔。", False),
        ("分团的团长是谁？", "分团的团长是王芳。分团的秘书是李明。", False),
    ],
)
def test_no_short_answer_where_another_sentence_may_hold_it_as_well(asks: str, text: str, elsewhere: bool) -> None:
    ranked = ranked_evidence(asked(asks), LexicalRetriever([article("group", text)]).retrieve(asks))
    quoted = sorted(ranked, key=lambda each: each.span.start)
    assert _is_told_elsewhere(quoted, asked(asks)) is elsewhere


NOTICE = article(
    "notice",
    "现将参保缴费工作通知如下。\n一、参保对象\n（一）本市户籍的城乡居民；\n（二）在校学生；\n（三）持有居住证的人员。\n二、缴费标准\n"
    "每人每年400元。\n第八条 有下列情形之一的，取消租住资格：\n1.提供虚假材料的；\n2.转租转借的；\n3.拖欠租金的。\n"
    "本办法自5月1日起施行。",
    title="参保和租住",
)
WHO = "一、参保对象\n（一）本市户籍的城乡居民；\n（二）在校学生；\n（三）持有居住证的人员。"
WHEN = "第八条 有下列情形之一的，取消租住资格：\n1.提供虚假材料的；\n2.转租转借的；\n3.拖欠租金的。"


@pytest.mark.parametrize(
    ("of", "asks", "quoted"),
    [
        ("（二）在校学生", "哪些人可以参保？", WHO),
        ("一、参保对象", "参保对象有哪些？", WHO),
        ("2.转租转借的", "转租转借会怎么样？", WHEN),
        ("第八条", "哪些情形取消租住资格？", WHEN),
        ("二、缴费标准", "缴费标准有哪些？", "二、缴费标准\n每人每年400元。"),
        ("每人每年", "每人每年缴费多少元？", "每人每年400元。"),
    ],
)
def test_an_item_is_quoted_with_what_it_is_an_item_of(of: str, asks: str, quoted: str) -> None:
    ranked = ranked_evidence(asked(asks), LexicalRetriever([NOTICE]).retrieve(asks))
    evidence = next(each for each in ranked if each.text.startswith(of))
    span = _readable(evidence, asked(asks))
    assert NOTICE.text[span.start : span.end] == quoted


def test_of_a_long_list_a_question_of_one_item_gets_the_items_up_to_it() -> None:
    items = "".join(
        f"\n{number}.第{number}种情形，写得很长很长很长很长很长很长很长很长很长；" for number in range(1, 13)
    )
    long = article("long", "有下列情形之一的，取消资格：" + items)
    asks = "第3种会怎么样？"
    ranked = ranked_evidence(asked(asks), LexicalRetriever([long]).retrieve(asks))
    span = _readable(next(each for each in ranked if each.text.startswith("3.")), asked(asks))
    assert long.text[span.start : span.end].startswith("有下列情形之一的")
    assert "\n3." in long.text[span.start : span.end]
    assert "\n4." not in long.text[span.start : span.end]


@pytest.mark.parametrize("newest_ranks_first", [True, False])
def test_who_holds_an_office_is_told_by_the_newest_article_first(newest_ranks_first: bool) -> None:
    old = article("old", "市文化局局长张建国介绍，图书馆开放。", title="图书馆开放", published=date(2018, 3, 1))
    new = article("new", "市文化局局长李志强介绍，博物馆开放。", title="博物馆开放", published=date(2024, 3, 1))
    found = answer("市文化局局长是谁？", *((new, old) if newest_ranks_first else (old, new)))
    assert [c.article_id for c in found.citations] == ["new", "old"]


def test_numbered_paragraphs_are_no_list_that_is_quoted_whole() -> None:
    paragraphs = "".join(
        f"\n{number}、第{number}节讲{topic}。{'这里写得很长。' * 16}" for number, topic in enumerate("甲乙丙丁", 1)
    )
    notice = article("notice", "现将有关事项通知如下：" + paragraphs)
    asks = "丙节的申请材料有哪些？"
    ranked = ranked_evidence(asked(asks), LexicalRetriever([notice]).retrieve(asks))
    span = _readable(next(each for each in ranked if "讲丙" in each.text), asked(asks))
    assert notice.text[span.start : span.end].startswith("3、第3节讲丙")


def test_one_english_word_that_no_text_holds_is_answered_by_nothing() -> None:
    esg = article("esg", "走廊成立了ESG联盟，联盟为企业服务。")
    assert answer("asdfghjkl", esg).status is Status.NO_PASSAGES
    assert answer("x" * 400, esg).status is Status.NO_PASSAGES
    assert answer("ESG", esg).citations
