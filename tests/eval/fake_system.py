"""A system whose answers are written down beforehand, over two small articles."""

from __future__ import annotations

from collections.abc import Mapping

from corpus.records import Article, Passage
from rag.records import Answer, Citation, Hit, Question, Status

BINS = "Bins go out on Monday. Glass goes to the depot."
BUSES = "Buses run every 12 minutes. The last bus leaves at 23:30."


def article(id: str, text: str) -> Article:
    return Article(id=id, title=None, text=text, source=None, author=None, published=None, url=None, script="hans")


ARTICLES = {"bins": article("bins", BINS), "buses": article("buses", BUSES)}


def hit(id: str, *, start: int = 0, end: int = 20, score: float = 0.9) -> Hit:
    found = ARTICLES[id]
    passage = Passage(id=f"{id}#{start}", article_id=id, start=start, end=end, text=found.text[start:end])
    return Hit(passage=passage, article=found, score=score, similarity=score, share=0.5)


def citation(id: str, quote: str, *, number: int = 1, start: int | None = None) -> Citation:
    begin = ARTICLES[id].text.index(quote) if start is None else start
    return Citation(
        number=number,
        passage_id=f"{id}#0",
        article_id=id,
        title=None,
        source=None,
        published=None,
        url=None,
        quote=quote,
        start=begin,
        end=begin + len(quote),
    )


def answered(text: str, *citations: Citation, status: Status = Status.ANSWERED, hits: tuple[Hit, ...] = ()) -> Answer:
    return Answer(text=text, status=status, language="en", writer="quote", citations=citations, hits=hits)


REFUSAL = answered("The articles do not say.", status=Status.CANNOT_ANSWER)


class FakeSystem:
    """Gives the answer of `answers` by the question's text, and refuses every other question."""

    name = "fake"
    fingerprint = "0123456789abcdef"

    def __init__(self, answers: Mapping[str, Answer | Exception], found: Mapping[str, tuple[str, ...]] | None = None):
        self._answers = answers
        self._found = found or {}
        self.asked: list[Question] = []

    def answer(self, question: Question) -> Answer:
        self.asked.append(question)
        given = self._answers.get(question.text, REFUSAL)
        if isinstance(given, Exception):
            raise given
        return given

    def standalone(self, question: Question) -> str:
        return question.text

    def retrieve(self, query: str, *, limit: int | None = None) -> tuple[Hit, ...]:
        ids = self._found.get(query, ("bins", "buses"))
        return tuple(hit(id, score=1 - place / 10) for place, id in enumerate(ids))[:limit]

    def article(self, article_id: str) -> Article | None:
        return ARTICLES.get(article_id)
