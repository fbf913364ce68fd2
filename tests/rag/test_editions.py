import pytest

from corpus.fold import fold
from rag.asking import asked
from rag.assistant import Assistant
from rag.editions import editions
from rag.fitting import fitting
from rag.records import Question, Status
from tests.rag.lexical_retriever import LexicalRetriever, article


@pytest.mark.parametrize(
    ("text", "number", "name"),
    [
        ("第三届进博会国资分团", 3, "进博会"),
        ("第七届中国国际进口博览会上海交易团", 7, "中国国际进口博览会"),
        ("第12届长三角一体化发展高层论坛在杭州举行", 12, "长三角一体化发展高层论坛"),
        ("第二十届社会科学年会", 20, "社会科学年会"),
        ("第五届的规模", 5, ""),
        ("第十届中国（上海）国际技术进出口交易会开幕", 10, "中国上海国际技术进出口交易会"),
        ("第二十届中国—东盟博览会开幕", 20, "中国东盟博览会"),
        ("第三届“东湖杯”创新大赛落幕", 3, "东湖杯创新大赛"),
        ("第三届 进博会（上海）", 3, "进博会"),
    ],
)
def test_an_edition_has_a_number_and_a_name(text: str, number: int, name: str) -> None:
    assert [(each.number, each.name) for each in editions(text)] == [(number, name)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("第三届进博会", "中国国际进口博览会", True),
        ("第三届中国国际进口博览会", "进博会", True),
        ("第三届中国国际进口博览会", "中国国际服务贸易交易会", False),
        ("第三届创新大赛", "G60创新大赛", True),
        ("第三届", "创新大赛", True),
        ("第二十届中国—东盟博览会", "中国国际进口博览会", False),
        ("第十届中国（上海）国际技术进出口交易会", "上交会", True),
    ],
)
def test_a_short_and_a_full_name_are_of_one_event(one: str, other: str, same: bool) -> None:
    assert editions(one)[0].same_event(other) is same


EXPO = article(
    "expo",
    "第三届进博会吸引观众40万人次。第三届进博会签约726亿美元。\n\n第七届创新大赛吸引观众2万人次,上海市民踊跃参加。",
    title="两场盛会",
)


@pytest.mark.parametrize(
    "question",
    [
        "第七届进博会吸引观众多少人次？",
        "第七屆中國國際進口博覽會吸引觀眾多少人次？",
        "How many visitors did the seventh China International Import Expo have?",
    ],
)
def test_what_is_said_of_another_edition_is_no_answer(question: str) -> None:
    assert Assistant(LexicalRetriever((EXPO,))).answer(Question(text=question)).status is not Status.ANSWERED


@pytest.mark.parametrize(
    ("question", "fact"), [("第三届进博会吸引观众多少人次？", "40万"), ("第七届创新大赛吸引观众多少人次？", "2万")]
)
def test_what_is_said_of_the_edition_is(question: str, fact: str) -> None:
    answer = Assistant(LexicalRetriever((EXPO,))).answer(Question(text=question))
    assert (answer.status, fact in answer.text) == (Status.ANSWERED, True)


@pytest.mark.parametrize(
    "text", ["本届吸引观众40万人次,比第二届进博会增长一成。", "第三届进博会吸引观众40万人次,超过第二届进博会。"]
)
def test_an_edition_that_is_only_compared_with_says_nothing_of_another(text: str) -> None:
    expo = article("expo", text, title="第三届进博会闭幕")
    answer = Assistant(LexicalRetriever((expo,))).answer(Question(text="第三届进博会吸引观众多少人次？"))
    assert answer.status is Status.ANSWERED


@pytest.mark.parametrize(
    "question",
    [
        "How many people joined the third artificial intelligence course at Peking University?",
        "What did the third largest bank sign at Tsinghua University?",
    ],
)
def test_what_has_no_editions_is_no_event(question: str) -> None:
    assert asked(question).editions == ()


@pytest.mark.parametrize(
    ("question", "sentence", "found"),
    [
        ("How many visitors came to the fair?", "11月9日,2024长三角G60大会吸引观众40万人次", ["40万人"]),
        ("How many visitors came to the fair?", "11月9日,2024年大会在G60沿线举行", []),
        ("What percentage of visitors came back?", "七成观众回来,占70%", ["七成", "70%"]),
        ("How much money was invested?", "3月投资35亿元", ["35亿元"]),
        ("How many companies took part?", "112家企业3月参加", ["112家"]),
        ("How many satellites have been launched?", "已发射54颗卫星,报道2万篇", ["54颗"]),
        ("How many satellites have been launched?", "相关报道量超2万篇", []),
        ("How many working days does it take?", "20个工作日内办结", ["20个工作日"]),
        ("一共有多少座桥？", "全市有37处桥梁", ["37处"]),
        ("论坛持续多长时间？", "论坛持续3日", ["3"]),
        ("How many buses were bought for 35 million yuan?", "以3500万元购入客车120辆", ["120辆"]),
        ("How many of them are red?", "G60有12个,3月9日有5-6个", ["12", "6"]),
    ],
)
def test_a_number_that_is_asked_for_is_of_its_sort(question: str, sentence: str, found: list[str]) -> None:
    assert fitting(asked(question), fold(sentence)) == found
