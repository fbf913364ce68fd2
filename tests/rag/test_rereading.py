"""What a reader changes: the order of the first hits, what is quoted, and the few words before the quote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from corpus.records import Article
from rag.assistant import Assistant
from rag.quote_writer import QuoteWriter
from rag.reader.reading import Read
from rag.records import Answer, Hit, Question
from rag.rereading import HITS, Reader, reread
from tests.rag.lexical_retriever import LexicalRetriever, article

PARK = article("park", "东湖公园占地12公顷。公园内禁止垂钓，违者罚款50元。公园于1998年5月1日开放。", title="东湖公园")
LAKE = article("lake", "东湖公园的湖面占地3公顷，湖水清澈。湖边有茶馆。", title="东湖的湖")


class Marking:
    """Reads by a pattern: what it matches is the answer, and nothing else answers."""

    name = "marking"

    def __init__(self, pattern: str, *, sureness: float = 0.9, relevance: float = 5.0) -> None:
        self._pattern = re.compile(pattern)
        self._sureness = sureness
        self._relevance = relevance
        self.texts: list[str] = []

    def read(self, question: str, texts: Sequence[str]) -> list[Read]:
        self.texts += texts
        return [self._read(self._pattern.search(text)) for text in texts]

    def _read(self, found: re.Match[str] | None) -> Read:
        if found is None:
            return Read(relevance=-5.0)
        start, end = found.span()
        return Read(relevance=self._relevance, begins={start: 1.0}, answer=(start, end), sureness=self._sureness)


class ReadingRetriever(LexicalRetriever):
    """The retriever of the tests, and a reader behind it."""

    def __init__(self, articles: Sequence[Article], reader: Reader) -> None:
        super().__init__(articles)
        self._reader = reader

    def retrieve(
        self, query: str, *, limit: int = 8, articles: tuple[str, ...] = (), one_of: int = 1
    ) -> tuple[Hit, ...]:
        hits = super().retrieve(query, limit=max(limit, HITS), articles=articles)
        return reread(query, hits, self._reader, one_of=one_of)[:limit]


def answer(question: str, reader: Reader, *articles: Article) -> Answer:
    return Assistant(ReadingRetriever(articles or (PARK, LAKE), reader)).answer(Question(text=question))  # type: ignore[arg-type]


def test_the_few_words_that_answer_come_first_and_the_quote_under_them() -> None:
    found = answer("东湖公园占地多少公顷？", Marking("12公顷"))
    assert found.text.splitlines()[0] == "简短回答：“12公顷”[1]"
    assert found.citations[0].quote.startswith("东湖公园占地12公顷。")


def test_the_line_is_in_the_script_of_the_question_and_the_words_are_the_articles() -> None:
    hits = reread(
        "東湖公園佔地多少公頃？", LexicalRetriever((PARK,)).retrieve("东湖公园占地多少公顷？"), Marking("12公顷")
    )
    text = QuoteWriter().write("東湖公園佔地多少公頃？", hits, "zh-Hant").text
    assert text.startswith("簡短回答：「12公顷」[1]")


def test_who_asks_when_is_told_the_year_beside_the_few_words() -> None:
    opened = article("park", "江城市的东湖公园于今年3月10日开园，门票免费。", published=date(2023, 7, 20))
    short = answer("东湖公园什么时候开园？", Marking("今年3月10日"), opened).text.splitlines()[0]
    assert short == "简短回答：“今年3月10日”（即2023年3月10日）[1]"
    assert "（即" not in answer("东湖公园门票多少钱？", Marking("免费"), opened).text


def test_an_english_question_gets_the_quote_alone() -> None:
    question = "How many hectares does 东湖公园 cover?"
    hits = reread(question, LexicalRetriever((PARK,)).retrieve("东湖公园占地多少公顷？"), Marking("12公顷"))
    assert "In short" not in QuoteWriter().write(question, hits, "en").text


@pytest.mark.parametrize("doubts", [{"sureness": 0.2}, {"relevance": -0.5}])
def test_words_of_which_the_reader_is_not_sure_are_left_in_their_quote(doubts: dict[str, float]) -> None:
    found = answer("东湖公园占地多少公顷？", Marking("12公顷", **doubts))
    assert "简短回答" not in found.text
    assert "占地12公顷" in found.text


@pytest.mark.parametrize("question", ["东湖公园禁止哪些行为？", "东湖公园的面积分别是多少公顷？"])
def test_where_several_things_are_asked_for_no_few_words_pass_for_all_of_them(question: str) -> None:
    assert "简短回答" not in answer(question, Marking("禁止垂钓|12公顷")).text


def test_of_a_question_in_two_parts_both_have_their_few_words_or_neither() -> None:
    question = "东湖公园占地多少公顷？公园内违者垂钓罚款多少元？"

    class ByQuestion(Marking):
        def read(self, question: str, texts: Sequence[str]) -> list[Read]:
            return Marking("50元" if "罚款" in question else "12公顷").read(question, texts)

    both = answer(question, ByQuestion("")).text.splitlines()
    assert both[:2] == ["简短回答：“12公顷”[1]", "简短回答：“50元”[1]"]
    assert "简短回答" not in answer(question, Marking("12公顷")).text


@pytest.mark.parametrize(("words", "short"), [("江城园林公司", True), ("江城市", False)])
def test_a_company_that_is_asked_for_must_be_in_the_few_words(words: str, short: bool) -> None:
    built = article("built", "江城市的东湖公园由江城园林公司承建，工期十八个月，明年完工。", title="东湖公园开工")
    assert ("简短回答" in answer("东湖公园由哪家公司承建？", Marking(words), built).text) is short


def test_a_number_that_is_asked_for_must_be_in_the_few_words() -> None:
    assert "简短回答" not in answer("东湖公园占地多少公顷？", Marking("东湖公园(?=占地12)")).text


def test_what_the_reader_finds_comes_to_the_front() -> None:
    retriever = LexicalRetriever((PARK, LAKE))
    hits = retriever.retrieve("湖边有什么？")
    for pattern, first in (("茶馆", "lake"), ("垂钓", "park")):
        assert reread("湖边有什么？", [*hits, *hits][: len(hits)], Marking(pattern))[0].article.id == first


def test_only_the_first_hits_are_read_and_the_others_stay_behind_them() -> None:
    many = [article(f"a{n:02}", f"东湖公园第{n}号门位于东湖路{n}号。") for n in range(HITS + 4)]
    hits = LexicalRetriever(many).retrieve("东湖公园第11号门在哪？", limit=HITS + 4)
    reader = Marking("不会有的话")
    again = reread("东湖公园第11号门在哪？", hits, reader)
    assert {hit.article.id for hit in again[:HITS]} == {hit.article.id for hit in hits[:HITS]}
    assert again[HITS:] == hits[HITS:]
    assert all(hit.readings == () for hit in again[HITS:])
    assert 0 < len(reader.texts) <= HITS


def test_two_questions_in_one_share_the_readers_time() -> None:
    many = [article(f"a{n:02}", f"东湖公园第{n}号门位于东湖路{n}号，{'由园林局每天早晚开关。' * 12}") for n in range(6)]
    one, two = Marking("不会有的话"), Marking("不会有的话")
    answer("东湖公园第3号门位于哪里？", one, *many)
    answer("东湖公园第3号门位于哪里？东湖公园第5号门位于哪里？", two, *many)
    assert (len(one.texts), len(two.texts)) == (4, 4)


def test_what_is_read_is_whole_sentences_of_the_passage_around_the_likeliest_one() -> None:
    (hit,) = reread(
        "在公园钓鱼罚款多少钱？", LexicalRetriever((PARK,)).retrieve("在公园钓鱼罚款多少钱？"), Marking("50元")
    )
    (reading,) = hit.readings
    assert hit.passage.start <= reading.start < reading.end <= hit.passage.end
    assert hit.article.text[reading.start : reading.end].endswith("。")
    assert reading.answer is not None
    assert hit.article.text[slice(*reading.answer)] == "50元"


def test_no_hits_are_no_readings() -> None:
    assert reread("谁？", (), Marking("x")) == ()


def test_a_reader_that_tells_no_places_still_orders() -> None:
    class Scoring(Marking):
        def read(self, question: str, texts: Sequence[str]) -> list[Read]:
            return [replace(read, answer=None, begins={}, sureness=0.0) for read in super().read(question, texts)]

    found = answer("公园内违者垂钓罚款多少元？", Scoring("罚款50元"))
    assert "罚款50元" in found.text
    assert "简短回答" not in found.text
