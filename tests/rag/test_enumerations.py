from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.passages import sentences
from rag.assistant import Assistant
from rag.enumerations import counted_off, counts_to
from rag.records import Answer, Question
from tests.rag.lexical_retriever import LexicalRetriever, article

NOTICE = article(
    "notice",
    "市水务局近日印发通知，部署汛期供水安全。通知提出三项工作要求。一是排查隐患。对上游的化工厂逐家检查。二是加强监测。"
    "每日取样。三是备足药剂。各水厂储备半月用量。市水务局表示，将对落后的水厂通报。",
    title="汛期供水安全",
)


def counted(text: str, beginning: str) -> list[str]:
    """What is counted off where the sentence with this `beginning` stands."""
    span = next(each for each in sentences(text) if text.startswith(beginning, each.start))
    return [text[each.start : each.end] for each in counted_off(text, span)]


def answer(question: str) -> Answer:
    return Assistant(LexicalRetriever([NOTICE])).answer(Question(text=question))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("提出两项要求。一是排查。逐家检查。二是监测。会后散去。", ["提出两项要求。", "一是排查。", "二是监测。"]),
        ("局里要求，一是要排查。逐家检查。\n二是監測。\n會後散去。", ["局里要求，一是要排查。", "二是監測。"]),
        ("提出要求：一是排查，二是监测。三是备药。散会。", ["提出要求：一是排查，二是监测。", "三是备药。"]),
        ("有两个愿景。一要舒适。二要互动。", ["有两个愿景。", "一要舒适。", "二要互动。"]),
        (
            "原因有三。第一，天气。第二，路况。第三，人手。",
            ["原因有三。", "第一，天气。", "第二，路况。", "第三，人手。"],
        ),
        ("理由如下。首先，远。路也难走。其次，贵。", ["理由如下。", "首先，远。", "其次，贵。"]),
        (
            "价格上涨，首先是过节。其次，天热。第三，缺货。最后，运费涨了。最后，他道了谢。",
            ["价格上涨，首先是过节。", "其次，天热。", "第三，缺货。", "最后，运费涨了。"],
        ),
        ("先说天气。首先，天热。最后，散会。", ["先说天气。", "首先，天热。", "最后，散会。"]),
        ("首先感谢各位。最后祝大家健康。", []),
        ("会议很长，最后散会。其次，散步。", []),
        ("理由如下。其一，远。其二，贵。", ["理由如下。", "其一，远。", "其二，贵。"]),
        ("提两点。一是甲。二是乙。再提两点。一是丙。二是丁。", ["提两点。", "一是甲。", "二是乙。"]),
        ("提出要求。一是排查。会后散去。", []),
        ("这是一件事。二是后话。", []),
        ("提出要求。一是排查。二要监测。", []),
        ("提出要求。一是排查。" + "写得很长，" * 130 + "。二是监测。", []),
    ],
)
def test_what_is_counted_off_is_found_from_its_opening(text: str, found: list[str]) -> None:
    assert counted(text, text[:3]) == found


def test_it_is_found_from_an_item_and_not_from_what_is_beside_it() -> None:
    assert counted(NOTICE.text, "二是加强")[0] == "通知提出三项工作要求。"
    assert counted(NOTICE.text, "每日取样") == []
    assert counted(NOTICE.text, "市水务局表示") == []


def test_items_end_somewhere() -> None:
    text = "提出要求。" + "".join(f"{n}是{'写得很长' * 100}。" for n in "一二三四五六七八九")
    assert len(counted(text, "提出")) == 5


@given(st.text(alphabet="一二三是要第其，。：“\n甲首先次最后"))
def test_whatever_is_counted_lies_in_the_text_in_its_order(text: str) -> None:
    for span in sentences(text):
        found = counted_off(text, span)
        assert not found or span in found
        assert len(found) != 1 or counts_to(text, "二")
        assert all(a.end <= b.start for a, b in pairwise(found))


@pytest.mark.parametrize("question", ["通知提出的工作要求有哪些？", "通知提出的三项工作要求是什么？"])
def test_all_that_is_counted_off_is_quoted(question: str) -> None:
    text = answer(question).text
    assert all(each in text for each in ("三项工作要求", "一是排查隐患。", "二是加强监测。", "三是备足药剂。"))
    assert "取样" not in text


def test_an_item_is_asked_for_by_its_number() -> None:
    found = answer("通知提出的第二项工作要求是什么？")
    assert "二是加强监测。" in found.text
    assert "三是" not in found.text


@pytest.mark.parametrize(
    ("text", "number", "held"),
    [
        ("二是监测。", "二", True),
        ("第二，监测。", "二", True),
        ("其次是监测。", "二", True),
        ("最后，监测。", "二", False),
        ("十二是偶数。", "二", False),
        ("唯一要求是排查。", "一", False),
        ("一是排查。", "二", False),
    ],
)
def test_a_text_counts_to_a_number(text: str, number: str, held: bool) -> None:
    assert counts_to(text, number) is held
