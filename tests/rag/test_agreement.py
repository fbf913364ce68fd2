"""What several parts of a question say of an article together."""

from __future__ import annotations

from rag.agreement import agreed
from tests.rag.lexical_retriever import LexicalRetriever, article


def test_parts_of_one_question_ask_the_same_article() -> None:
    """战略投资金额是多少 by itself is asked of whatever article speaks of one."""
    car = article("car", "恒大汽车获得战略投资，战略投资金额为5亿元。")
    other = article("other", "某公司的战略投资金额是9亿元。")
    asked = ("恒大汽车获得了谁的战略投资？", "战略投资金额是多少？")
    retriever = LexicalRetriever((car, other))
    found = [retriever.retrieve(part) for part in asked]
    assert [hits[0].article.id for hits in found] == ["car", "other"]
    assert [hits[0].article.id for hits in agreed(found, lambda each: 0.0)] == ["car", "car"]


def test_parts_about_two_articles_keep_each_its_own() -> None:
    bridge, park = article("bridge", "大桥总投资35亿元。"), article("park", "东湖公园新增绿地12公顷。")
    asked = ("大桥总投资多少？", "东湖公园新增绿地多少公顷？")
    found = [LexicalRetriever((bridge, park)).retrieve(part) for part in asked]
    assert [hits[0].article.id for hits in agreed(found, lambda each: 0.5)] == ["bridge", "park"]
    assert agreed([(), found[1]], lambda each: 0.0) == [(), found[1]]


def test_of_articles_alike_the_one_that_holds_more_of_the_whole_question_stands_first() -> None:
    """However far apart in the article its words stand."""
    hits = LexicalRetriever((article("a", "公园今年开放。"), article("b", "公园今年开放。"))).retrieve("公园几时开放？")
    for fuller in "ab":
        (found,) = agreed([hits], lambda each, fuller=fuller: float(each.id == fuller))  # type: ignore[misc]
        assert found[0].article.id == fuller
