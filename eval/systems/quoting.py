"""A plain system: one way of searching, and an answer that quotes what came first. Never refuses what it finds.

It does not rewrite follow-up questions, take them apart, look at windows, collapse copies, or ask whether the passage
answers at all: what it lacks is what it is there to measure.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from corpus.fold import fold
from corpus.passages import Span, sentences
from corpus.records import Article
from rag.checking import plain
from rag.citations import cite
from rag.index_lexical import holds, terms
from rag.language import detect
from rag.prompts import reply
from rag.records import Answer, Hit, Question, Status

Search = Callable[[str, int], tuple[Hit, ...]]
"""The passages nearest to a question, best first, at most so many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plain:
    """A system that searches in one way and quotes."""

    name: str
    fingerprint: str
    search: Search
    quoted: Callable[[str, Hit], Span]
    """Which part of the first hit is quoted for a question."""
    find: Callable[[str], Article | None]
    passages: int
    """How many are looked at for an answer."""

    def answer(self, question: Question) -> Answer:
        started = time.monotonic()
        asked = plain(question.text)
        language = detect(asked)
        hits = self.retrieve(asked)
        found = _since(started)
        if not hits:
            text = reply("no_passages", language)
            timings = {"retrieve": found, "total": _since(started)}
            return Answer(text=text, status=Status.NO_PASSAGES, language=language, writer=self.name, timings_ms=timings)
        span = self.quoted(asked, hits[0])
        citation = cite(hits[0], span.start, span.end, 1)
        return Answer(
            text=reply("quote", language, quote=citation.quote, number=1),
            status=Status.ANSWERED,
            language=language,
            writer=self.name,
            citations=(citation,),
            hits=hits,
            timings_ms={"retrieve": found, "total": _since(started)},
        )

    def standalone(self, question: Question) -> str:
        """The question as it was asked: nothing is put in from what was said before."""
        return question.text

    def retrieve(self, query: str, *, limit: int | None = None) -> tuple[Hit, ...]:
        sound = query.encode("utf-8", "replace").decode("utf-8")  # half of a surrogate pair matches nothing
        return self.search(sound, limit or self.passages)

    def article(self, article_id: str) -> Article | None:
        return self.find(article_id)


def best_sentence(question: str, hit: Hit) -> Span:
    """The sentence of the hit's passage that holds most of the question's characters, pairs and words."""
    text, passage = hit.article.text, hit.passage
    wanted = set(terms(fold(question)))

    def held(span: Span) -> int:
        folded = fold(text[span.start : span.end])
        return sum(holds(folded, term) for term in wanted)

    spans = sentences(text, passage.start, passage.end)
    return max(spans, key=held, default=whole_passage(question, hit))


def whole_passage(_: str, hit: Hit) -> Span:
    """The hit's passage from its first to its last character."""
    return Span(hit.passage.start, hit.passage.end)


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
