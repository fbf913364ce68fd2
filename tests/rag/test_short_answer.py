"""The few words before a quote are whole: no part of a number, and never without what denies or bounds them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.asking import asked
from rag.certainty import ranked_evidence
from rag.records import Reading
from rag.short_answer import short_answer
from tests.rag.lexical_retriever import LexicalRetriever, article


def short(question: str, text: str, seen: str) -> str | None:
    """The short answer to `question` out of the sentence `text`, where a reader saw the words `seen`."""
    asking = asked(question)
    (evidence,) = ranked_evidence(asking, LexicalRetriever([article("a", text)]).retrieve(question))
    start = text.index(seen)
    reading = Reading(
        start=0, end=len(text), relevance=3.0, begins={start: 1.0}, answer=(start, start + len(seen)), sureness=0.9
    )
    span = short_answer(replace(evidence, reading=reading, read=True), asking)
    return text[span.start : span.end] if span else None


INVESTED = "长江二桥总投资35.6亿元，由中铁承建，年底开工建设。"
FORUM = "第三届论坛将于10月14日至16日在杭州国际博览中心举行。"
TICKETS = "公园门票每张30-50元，视季节而定，老人儿童免费。"


@pytest.mark.parametrize(
    ("question", "text", "seen", "whole"),
    [
        ("长江二桥总投资多少？", INVESTED, "35.6亿", "35.6亿元"),
        ("长江二桥总投资多少？", INVESTED, "6亿元", "35.6亿元"),
        ("論壇何時舉行？", FORUM, "10月14日", "10月14日至16日"),
        ("什么时候开放？", "花园的开放时间从每年10月起至次年5~6月，其余时间闭园养护。", "10月", "10月起至次年5~6月"),
        ("门票多少元？", TICKETS, "50元", "30-50元"),
        ("门票多少元？", TICKETS, "30", "30-50元"),
        ("进博会办到了哪一届？", "本次是第三届进博会，规模比往年扩大不少，参展商众多。", "三届", "第三届"),
        ("有多少人参加？", "本次有一百多名志愿者参加，其中大学生占到一半以上。", "一百", "一百多名"),
    ],
)
def test_of_a_number_or_a_date_nothing_is_left_off(question: str, text: str, seen: str, whole: str) -> None:
    assert short(question, text, seen) == whole


@pytest.mark.parametrize(
    ("question", "text", "seen", "whole"),
    [
        ("参观要预约吗？", "参观博物馆不需要预约，凭身份证即可入馆参观。", "需要预约", "不需要预约"),
        ("参观要预约吗？", "參觀博物館無須預約，憑身份證即可入館參觀。", "預約", "無須預約"),
        ("什么人可以申请？", "非本市户籍的居民可以申请，未满18周岁的除外。", "本市户籍的居民", "非本市户籍的居民"),
        ("哪天开放？", "博物馆除周一外每天上午九点到下午五点免费开放参观。", "周一", "除周一外"),
        ("罚款多少元？", "对个人处以不超过500元的罚款，情节严重的加倍处罚。", "500元", "不超过500元"),
        ("罚款多少元？", "对个人处500元以下的罚款，情节严重的加倍处罚。", "500元", "500元以下"),
        ("生产总值增长多少？", "全市生产总值同比下降5.2%，其中工业增加值增长3%。", "5.2%", "下降5.2%"),
        ("气温是多少度？", "当天最低气温为-5度，最高气温为3度，风力三级左右。", "5度", "-5度"),
        ("工程何时完工？", "工程计划于2025年前完工，其中一期工程已于去年通车。", "2025年", "2025年前"),
    ],
)
def test_what_denies_or_bounds_the_words_stays_with_them(question: str, text: str, seen: str, whole: str) -> None:
    assert short(question, text, seen) == whole


@pytest.mark.parametrize(
    ("question", "text", "seen"),
    [
        ("谁致辞？", "由南非总统拉马福萨在开幕式上致辞，各国代表出席。", "总统拉马福萨"),
        ("节约了多少元？", "全年共节约50万元，其中电费节约二十万元，其余是水费。", "50万元"),
        ("拆除了什么？", "执法部门依法拆除违章建筑，共计面积三千多平方米以上。", "违章建筑"),
        ("票价多少元？", "公园收费项目如下：门票-35元，停车-10元，游船另行收费计算。", "35元"),
        ("何时增长明显？", "全市2025年前三季度增长明显，其中工业增长居于首位。", "2025年"),
    ],
)
def test_a_part_of_another_word_stays_where_it_is(question: str, text: str, seen: str) -> None:
    assert short(question, text, seen) == seen


def test_the_number_of_an_article_of_law_answers_only_who_asks_for_it() -> None:
    text = "第五条 博士研究生前三年免收人才公寓的租金，其他人员按规定缴纳。"
    assert short("人才公寓租金，博士呢？", text, "第五条") is None
    assert short("博士免收人才公寓租金是哪一条规定的？", text, "第五条") == "第五条"


def test_a_day_that_another_sentence_names_is_no_answer() -> None:
    text = "当天开放的是公园北园，开放场景主要包括时间的长河、石之广场等景观。"
    assert short("公园北园什么时候开放？", text, "当天") is None
    assert short("公园北园开放了什么？", text, "石之广场") == "石之广场"


def test_nothing_hangs_on_behind_a_day() -> None:
    text = "探测器预计8月16日进入月球轨道，8月21日在月球南极的陨石坑附近软着陆。"
    assert short("探测器哪一天软着陆？", text, "8月21日在") == "8月21日"


def test_half_a_pair_of_marks_is_left_off() -> None:
    said = "他的新书名为《在北方》（长篇小说），由北京十月文艺出版社出版发行，定价五十元。"
    assert short("他的新书叫什么？", said, "《在北方》（") == "《在北方》"
    assert short("他写的是什么体裁的书？", said, "》（长篇小说") == "长篇小说"
