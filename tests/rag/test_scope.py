"""Who may see some articles only is told of these alone, and finds them as well as in an index of nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import index as index_module
from rag.assistant import Assistant
from rag.index import Generation
from rag.language import convert
from rag.records import Answer, Question, Status
from rag.retrieval import HybridRetriever
from rag.scope import sees
from tests.rag.test_assistant import Failing
from tests.rag.test_index import article
from tests.rag.test_retrieval import retriever_over

TAX = (
    article("tax/rates", "税率表\n个人所得税的最高税率为百分之四十五，起征点为五千元。"),
    article("tax/notice", "税务大厅的办公时间为上午九点至下午五点，周末不办公，节假日另行通知。"),
)
PARKS = (
    article("parks/lake", "東湖公園\n東湖公園新增綠地十二公頃，門票免費，每天早晨六點開放。", script="hant"),
    article("parks/copy", "税务大厅的办公时间为上午九点至下午五点，周末不办公，节假日另行通知。\n转载"),
    article("Parks/old", "旧公园\n旧公园已于二〇一五年关闭。"),
)
ALL = (*TAX, *PARKS)
QUERIES = (
    "个人所得税最高税率是多少？",
    "东湖公园新增绿地多少公顷？",
    "办公时间",
    "How many hectares?",
    "旧公园何时关闭？",
)


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> HybridRetriever:
    return retriever_over(tmp_path_factory.mktemp("index"), *ALL)


def ask(retriever: HybridRetriever, text: str, *articles: str) -> Answer:
    return Assistant(retriever).answer(Question(text=text, articles=articles))


@pytest.mark.parametrize(
    ("patterns", "article_id", "seen"),
    [
        ((), "tax/rates", True),
        (("tax/*",), "tax/rates", True),
        (("tax/*",), "tax/2024/rates", True),
        (("tax/*",), "parks/tax/rates", False),
        (("tax/*",), "Tax/rates", False),
        (("parks/*", "tax/rate?"), "tax/rates", True),
        (("tax/rates",), "tax/rates2", False),
        (("tax",), "tax/rates", False),
        (("",), "tax/rates", False),
        (("tax/[!r]*",), "tax/rates", False),
    ],
)
def test_a_pattern_lets_see_what_it_matches_as_a_whole_and_in_its_case(
    patterns: tuple[str, ...], article_id: str, seen: bool
) -> None:
    assert sees(patterns, article_id) is seen


@pytest.mark.parametrize("exact", [0, 4000])
@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("patterns", [("tax/*",), ("parks/*",), ("*/notice", "Parks/*"), ("tax/rates",)])
def test_every_hit_and_every_copy_is_in_scope(
    retriever: HybridRetriever, monkeypatch: pytest.MonkeyPatch, patterns: tuple[str, ...], query: str, exact: int
) -> None:
    monkeypatch.setattr(index_module, "_EXACT", exact)  # rows compared one by one, or by Chroma
    hits = retriever.retrieve(query, articles=patterns)
    assert hits
    for hit in hits:
        assert all(sees(patterns, each.id) for each in (hit.article, *hit.copies))


@settings(max_examples=60)
@given(
    chosen=st.sets(st.sampled_from([each.id for each in ALL])),
    stars=st.sets(st.sampled_from(["tax/*", "*/notice", "p*", "[Pp]arks/*", "x*", "*rates", "???/*"])),
    query=st.sampled_from(QUERIES) | st.text(min_size=1, max_size=20),
)
def test_whatever_the_patterns_no_hit_lies_outside_them(
    retriever: HybridRetriever, chosen: set[str], stars: set[str], query: str
) -> None:
    patterns = (*sorted(chosen), *sorted(stars)) or ("nothing",)
    hits = retriever.retrieve(query, articles=patterns)
    assert {each.id for hit in hits for each in (hit.article, *hit.copies)} <= {
        each.id for each in ALL if sees(patterns, each.id)
    }


def test_two_tenants_learn_nothing_of_each_others_articles(retriever: HybridRetriever) -> None:
    for question, patterns, word in (
        ("个人所得税最高税率是多少？", ("parks/*", "Parks/*"), "百分之四十五"),
        ("东湖公园新增绿地多少公顷？", ("tax/*",), "十二公"),
    ):
        answer = ask(retriever, question, *patterns)
        assert answer.status is not Status.ANSWERED
        assert word not in answer.text
        seen = {h.article.id for h in answer.hits} | {c.article_id for c in answer.citations}
        assert all(sees(patterns, article_id) for article_id in seen)


def test_the_nearest_articles_that_are_named_are_in_scope(retriever: HybridRetriever) -> None:
    near = ask(retriever, "个人所得税最高税率是多少？", "tax/*").text
    assert "内容相近的文章" in near
    assert "税率表" in near
    far = ask(retriever, "东湖公园早晨的个人所得税税率？", "parks/*").text
    assert "东湖公园" in convert(far, "zh-Hans")
    assert "税率表" not in far
    assert "旧公园" not in far


def test_a_syndicated_copy_outside_the_scope_is_not_told_of(retriever: HybridRetriever) -> None:
    [hit, *_] = retriever.retrieve("税务大厅的办公时间")
    assert {hit.article.id, *(each.id for each in hit.copies)} == {"tax/notice", "parks/copy"}
    [hit, *_] = retriever.retrieve("税务大厅的办公时间", articles=("tax/*",))
    assert (hit.article.id, hit.copies) == ("tax/notice", ())


def test_a_scope_without_an_article_finds_nothing_and_asks_no_model(retriever: HybridRetriever) -> None:
    answer = Assistant(retriever, Failing()).answer(Question(text="税率是多少？", articles=("nothing/*",)))
    assert (answer.status, answer.hits, answer.notice) == (Status.NO_PASSAGES, (), None)


def test_patterns_that_let_everything_be_seen_filter_nothing(retriever: HybridRetriever) -> None:
    for patterns in ((), ("*",), ("tax/*", "parks/*", "Parks/*")):
        assert retriever._index.generation().scope(patterns) is None
        assert retriever.retrieve("办公时间", articles=patterns) == retriever.retrieve("办公时间")


def test_patterns_are_resolved_once(retriever: HybridRetriever) -> None:
    generation: Generation = retriever._index.generation()
    assert generation.scope(("tax/*",)) is generation.scope(("tax/*",))


def test_the_same_question_in_another_scope_is_another_question(retriever: HybridRetriever) -> None:
    for patterns in (("tax/*",), (), ("parks/*",), ("tax/*",)):
        found = {hit.article.id for hit in retriever.retrieve("再问一次办公时间", articles=patterns)}
        assert found
        assert all(sees(patterns, article_id) for article_id in found)


def test_an_article_and_a_passage_outside_the_scope_are_not_there(retriever: HybridRetriever) -> None:
    assistant = Assistant(retriever)
    passage = retriever.retrieve("个人所得税最高税率")[0].passage
    assert assistant.passage(passage.id) == (passage, TAX[0])
    assert assistant.passage(passage.id, ("tax/*",)) == (passage, TAX[0])
    assert assistant.passage(passage.id, ("parks/*",)) is None
    assert assistant.passage("tax/rates#9-00000000") is None
    assert assistant.article("tax/rates", ("tax/*",)) == TAX[0]
    assert assistant.article("tax/rates", ("parks/*",)) is None


@pytest.mark.parametrize("exact", [0, 4000])
def test_a_small_scope_of_a_big_index_is_searched_to_its_last_article(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact: int
) -> None:
    monkeypatch.setattr(index_module, "_EXACT", exact)
    crowd = [article(f"others/{n:03d}", f"第{n}号公告\n东湖公园的门票价格是{n}元，每天开放。") for n in range(400)]
    own = [article("own/a", "江边步道\n步道夜间亮灯。公园门票免费。"), article("own/b", "码头\n渡船每小时一班。")]
    retriever = retriever_over(tmp_path, *crowd, *own)
    query = "东湖公园的门票价格是多少元？"
    unscoped = retriever.retrieve(query, limit=50)
    assert all(hit.article.id.startswith("others/") for hit in unscoped)  # dropping these would leave nothing
    alone = retriever_over(tmp_path / "alone", *own)
    scoped = retriever.retrieve(query, articles=("own/*",))
    assert [hit.passage.id for hit in scoped] == [hit.passage.id for hit in alone.retrieve(query)]
    assert {hit.article.id for hit in scoped} == {"own/a", "own/b"}
