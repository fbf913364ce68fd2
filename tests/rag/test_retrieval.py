"""Passages are found by meaning and by words, in either script; copies count once; a hit holds the article's words."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.records import Article
from rag import retrieval
from rag.copies import collapsed
from rag.index import Index
from rag.index_lexical import Translated, Weighed, holds, terms
from rag.index_sync import content_of, sync
from rag.reader.reading import Read
from rag.retrieval import HybridRetriever
from tests.rag.hashed_embedder import HashedEmbedder
from tests.rag.test_index import SETTINGS, article

SIMPLIFIED = "联盟成立\n长三角G60科创走廊发起成立ESG发展联盟。联盟聚焦政策法规解读、教育咨询服务和白皮书发布。"
TRADITIONAL = "聯盟成立\n長三角G60科創走廊發起成立ESG發展聯盟。聯盟聚焦政策法規解讀、教育諮詢服務和白皮書發布。"
ALLIANCE = article("alliance", SIMPLIFIED)
ISLANDS = article("islands", "馬祖列島位於臺灣海峽正北方，面臨閩江口。當地居民以捕魚為生。", script="hant")
BRIDGE = article("bridge", "大桥全长3200米。大桥于2019年10月通车。收费标准为每车15元。")
BUTTONS = article("buttons", "Your connection to this website is secure. Log in | 登录")
ENGLISH = article("english", "The ferry to the outer islands leaves the northern harbour every morning. " * 8)


def retriever_over(path: Path, *articles: Article, **changes: object) -> HybridRetriever:
    embedder = HashedEmbedder()
    sync(articles, path=path, embedder=embedder, settings=SETTINGS)  # type: ignore[arg-type]
    index = Index(path, embedder=embedder, settings=SETTINGS)  # type: ignore[arg-type]
    return HybridRetriever(index, embedder)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> HybridRetriever:
    return retriever_over(tmp_path_factory.mktemp("index"), ALLIANCE, ISLANDS, BRIDGE, BUTTONS, ENGLISH)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("ESG发展联盟做什么？", "alliance"),
        ("ＥＳＧ發展聯盟做什麼？", "alliance"),
        ("马祖列岛在哪里？", "islands"),
        ("大橋什麼時候通車？", "bridge"),
        ("G60", "alliance"),
        ("2019", "bridge"),
    ],
)
def test_the_passage_that_is_asked_for_comes_first_in_any_script(
    retriever: HybridRetriever, query: str, wanted: str
) -> None:
    assert retriever.retrieve(query)[0].article.id == wanted


@pytest.mark.parametrize("query", ["", "   ", "？！……", "🙂🙂", "\u200b\u202e", "((((", "\n"])
def test_a_question_without_letters_and_digits_finds_nothing(retriever: HybridRetriever, query: str) -> None:
    assert retriever.retrieve(query) == ()


@pytest.mark.parametrize(
    "query", ["桥", "a", "联盟\ud83d", "联盟" * 250, '联盟" OR *:* AND (', "한국어 질문", "{0} %s \\"]
)
def test_an_odd_question_is_searched_like_any_other(retriever: HybridRetriever, query: str) -> None:
    assert retriever.retrieve(query)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=60))
def test_a_hit_and_its_windows_hold_the_words_of_the_article(retriever: HybridRetriever, query: str) -> None:
    hits = retriever.retrieve(query, limit=3)
    assert len(hits) <= 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert hit.passage.text == hit.article.text[hit.passage.start : hit.passage.end]
        assert hit.article == retriever.article(hit.passage.article_id)
        assert 0 <= hit.share <= 1
        assert hit.windows
        assert all(hit.passage.start <= w.start < w.end <= hit.passage.end for w in hit.windows)
        assert all(-1.001 <= w.similarity <= 1.001 for w in hit.windows)


def test_a_hit_tells_how_each_way_of_searching_placed_it(retriever: HybridRetriever) -> None:
    first = retriever.retrieve("ESG发展联盟聚焦政策法规解读")[0]
    assert first.ranks == {"dense": 1, "window": 1, "lexical": 1}


def test_a_question_that_is_held_word_for_word_has_the_whole_share(retriever: HybridRetriever) -> None:
    assert retriever.retrieve("大桥全长3200米")[0].share == pytest.approx(1.0)
    assert retriever.retrieve("完全没有出现过的词")[0].share < 0.5


def test_the_words_of_a_button_answer_no_english_question(retriever: HybridRetriever) -> None:
    found = [hit.article.id for hit in retriever.retrieve("Is my connection to this website secure?")]
    assert "buttons" not in found
    assert found[0] == "english"


def test_an_english_question_is_matched_by_its_words_in_either_language_its_names_and_numbers(
    retriever: HybridRetriever,
) -> None:
    shares = {hit.article.id: hit.share for hit in retriever.retrieve("Which alliance has G60 on the islands?")}
    assert shares["alliance"] > shares["islands"] > 0  # 联盟 and G60; 列岛
    assert shares["english"] > 0  # islands
    assert shares["bridge"] == 0
    shares = {hit.article.id: hit.share for hit in retriever.retrieve("What do residents catch when fishing?")}
    assert max(shares, key=lambda each: shares[each]) == "islands"  # 居民, 捕鱼, in Traditional characters there


def test_a_word_in_another_language_counts_as_one_term_as_likely_as_its_likeliest_translation() -> None:
    word = Translated(weight=2.0, terms={"出租": 1.0, "租": 0.5, "房钱": 0.5})
    weighed = Weighed(weights={"g60": 2.0}, translated=(word,))
    assert weighed.share("出租") == 0.5
    assert weighed.share("租 g60") == 0.75
    assert weighed.share("无") == 0
    assert weighed.bm25("出租", usual_length=2) > weighed.bm25("租一", usual_length=2) > 0


def test_translations_that_no_passage_holds_weigh_nothing(tmp_path: Path) -> None:
    index = Index(tmp_path, embedder=HashedEmbedder(), settings=SETTINGS)  # type: ignore[arg-type]
    sync([ALLIANCE, BRIDGE], path=tmp_path, embedder=HashedEmbedder(), settings=SETTINGS)  # type: ignore[arg-type]
    lexical = index.generation().lexical
    weighed = lexical.weigh("", translated=[{"咨询服务": 1.0, "咨讯": 0.5}, {"无此词": 1.0}])
    assert [word.terms for word in weighed.translated] == [{"咨询服务": 1.0}]
    assert lexical.nearest(weighed, limit=5) == [0]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("长三角G60科创走廊发起成立ESG发展联盟，九个城市参加。", "chinese"),
        ("Log in | 登录 | Your connection is secure", "little"),
        ("第一", "little"),
        ("The ferry to the outer islands leaves every morning. " * 5, "other"),
    ],
)
def test_a_passage_is_known_by_what_it_is_written_in(text: str, content: str) -> None:
    assert content_of(text) == content


def test_a_syndicated_copy_is_shown_once_with_the_other_article(tmp_path: Path) -> None:
    copy = article("copy", "（转载）\n" + ALLIANCE.text.replace("，", ",") + "\n责任编辑：王五")
    hits = retriever_over(tmp_path, ALLIANCE, copy, BRIDGE).retrieve("ESG发展联盟聚焦什么？")
    first = hits[0]
    assert {first.article.id, *(each.id for each in first.copies)} == {"alliance", "copy"}
    assert [hit.article.id for hit in hits[1:]] == ["bridge"]


def test_a_copy_in_the_other_script_is_a_copy(tmp_path: Path) -> None:
    copy = article("hant", TRADITIONAL)
    [first, *others] = retriever_over(tmp_path, ALLIANCE, copy).retrieve("白皮书由谁发布？")
    assert {first.article.id, *(each.id for each in first.copies)} == {"alliance", "hant"}
    assert {hit.article.id for hit in others} <= {first.article.id}


def test_a_copy_that_gives_another_figure_is_no_copy(tmp_path: Path) -> None:
    other = article("other", BRIDGE.text.replace("15元", "25元"))
    hits = retriever_over(tmp_path, BRIDGE, other).retrieve("每车收费标准是多少元？")
    assert {hit.article.id for hit in hits} == {"bridge", "other"}
    assert all(hit.copies == () for hit in hits)


def test_passages_of_one_article_that_say_different_things_are_all_kept(tmp_path: Path) -> None:
    long = article("long", "".join(f"第{n}座桥位于{place}，长{n}00米。" for n, place in enumerate("东南西北中", 1)) * 3)
    hits = retriever_over(tmp_path, long).retrieve("桥位于哪里？", limit=8)
    assert len(hits) == len({hit.passage.id for hit in hits})
    assert {hit.article.id for hit in hits} == {"long"}


class _Slow:
    """A reader that reads only when it is let."""

    name = "slow"

    def __init__(self) -> None:
        self.reading = threading.Event()
        self.go_on = threading.Event()
        self.read_questions: list[str] = []

    def read(self, question: str, texts: Sequence[str]) -> list[Read]:
        self.read_questions.append(question)
        self.reading.set()
        assert self.go_on.wait(30)
        return [Read(relevance=1.0) for _ in texts]


def test_in_a_rush_questions_are_answered_without_waiting_for_the_reader(tmp_path: Path) -> None:
    retriever_over(tmp_path, ALLIANCE, ISLANDS, BRIDGE)
    embedder, reader = HashedEmbedder(), _Slow()
    index = Index(tmp_path, embedder=embedder, settings=SETTINGS)  # type: ignore[arg-type]
    busy = HybridRetriever(index, embedder, reader=reader, readings_at_once=1)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(busy.retrieve, "大桥多长？", limit=2)
        assert reader.reading.wait(30)
        second = busy.retrieve("马祖列岛在哪里？", limit=2)
        assert len(second) == 2
        assert not any(hit.readings for hit in second)
        reader.go_on.set()
        assert any(hit.readings for hit in first.result(30))
    assert any(
        hit.readings for hit in busy.retrieve("马祖列岛在哪里？", limit=2)
    )  # what was not read is not remembered
    assert reader.read_questions == ["大桥多长？", "马祖列岛在哪里？"]


def test_a_reader_that_fails_leaves_its_turn_to_the_next(tmp_path: Path) -> None:
    retriever_over(tmp_path, BRIDGE)
    embedder, reader = HashedEmbedder(), _Slow()
    reader.go_on.set()
    index = Index(tmp_path, embedder=embedder, settings=SETTINGS)  # type: ignore[arg-type]
    busy = HybridRetriever(index, embedder, reader=reader, readings_at_once=1)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "read", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            busy.retrieve("大桥多长？")
    assert any(hit.readings for hit in busy.retrieve("大桥多长？"))


def test_nothing_found_is_nothing_collapsed() -> None:
    assert collapsed([], limit=8) == ()


def test_terms_are_characters_their_pairs_and_words() -> None:
    assert terms("在g60，28.37亿 esg") == ["在", "g60", "28.37", "亿", "esg"]
    assert terms("长三角") == ["长", "三", "角", "长三", "三角"]


@pytest.mark.parametrize(
    ("folded", "term", "held"),
    [
        ("长三角（esg）联盟", "esg", True),
        ("各种esgs和esg2", "esg", False),
        ("2010年", "10", False),
        ("2010年10月", "10", True),
        ("长三角", "三角", True),
        ("三个角", "三角", False),
    ],
)
def test_a_word_is_held_only_as_a_whole(folded: str, term: str, held: bool) -> None:
    assert holds(folded, term) is held


def test_the_share_of_unknown_terms_is_lost() -> None:
    weighed = Weighed(weights={"联": 1.0, "盟": 1.0, "zzz": 2.0})
    assert weighed.share("联盟") == 0.5
    assert weighed.share("") == 0
    assert Weighed(weights={}).share("联盟") == 0


def test_a_term_that_stands_often_or_in_a_short_passage_earns_more() -> None:
    weighed = Weighed(weights={"联": 1.0, "盟": 1.0})
    once = weighed.bm25("联盟", usual_length=2)
    assert once == pytest.approx(1)
    assert weighed.bm25("联盟联盟", usual_length=4) > once > weighed.bm25("联盟一二三四", usual_length=2)
    assert weighed.bm25("联盟" * 1000, usual_length=2000) < 2.2
    assert weighed.bm25("", usual_length=2) == weighed.bm25("", usual_length=0) == 0
    assert Weighed(weights={}).bm25("联盟", usual_length=2) == 0


def test_a_hit_tells_how_far_the_question_finds_its_like_in_each_sentence(retriever: HybridRetriever) -> None:
    hit = next(hit for hit in retriever.retrieve("长三角G60谁发起？") if hit.article.id == "alliance")
    first, second = (SIMPLIFIED.index(start) for start in ("长三角", "联盟聚焦"))
    assert set(hit.alignments) >= {first, second}
    assert hit.alignment >= hit.alignments[first] > hit.alignments[second]


def test_copies_leave_room_for_others_among_what_is_compared_token_by_token(tmp_path: Path) -> None:
    copies = [article(f"copy{place}", SIMPLIFIED) for place in range(20)]
    hits = retriever_over(tmp_path, *copies, ISLANDS, BRIDGE).retrieve("长三角G60谁发起？")
    assert len(hits[0].copies) == 19
    assert {hit.article.id for hit in hits[1:]} == {"islands", "bridge"}
    assert all(hit.alignments for hit in hits)


def test_half_a_surrogate_pair_in_a_passage_stops_no_question(tmp_path: Path) -> None:
    odd = article("odd", "大桥全长\ud83d3200米，通车已经五年。收费标准为每车15元，多年没有变过。")
    assert retriever_over(tmp_path, odd).retrieve("大桥有多长？")[0].article.id == "odd"


def test_english_questions_are_ordered_by_what_finds_its_like_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "Who leads the ESG alliance of G60?"
    alone = retriever_over(tmp_path, ALLIANCE, ISLANDS, BRIDGE, ENGLISH).retrieve(question)
    monkeypatch.setattr(retrieval, "ALIGNMENT_WEIGHT", {"zh": 0.0, "en": 0.0})
    before = {
        hit.passage.id: hit for hit in retriever_over(tmp_path, ALLIANCE, ISLANDS, BRIDGE, ENGLISH).retrieve(question)
    }
    assert len(alone) == len(before) > 1
    for hit in alone:
        assert hit.alignment > 0
        assert hit.score == pytest.approx(before[hit.passage.id].score + hit.alignment)
    assert [hit.score for hit in alone] == sorted((hit.score for hit in alone), reverse=True)


def test_the_order_is_the_same_every_time(retriever: HybridRetriever) -> None:
    orders = {tuple(hit.passage.id for hit in retriever.retrieve("通车")) for _ in range(5)}
    assert len(orders) == 1


def test_a_question_that_was_asked_before_is_searched_again_where_the_index_has_changed(tmp_path: Path) -> None:
    retriever = retriever_over(tmp_path, BRIDGE)
    first = retriever.retrieve("大桥何时通车？")
    assert retriever.retrieve("大桥何时通车？") is first
    assert len(retriever.retrieve("大桥何时通车？", limit=1)) == 1
    retriever_over(tmp_path, article("bridge", "大桥于2021年12月通车。"))
    assert "2021" in retriever.retrieve("大桥何时通车？")[0].passage.text
