"""A retriever for tests that needs no model: pairs of characters in common stand in for the vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from corpus.fold import fold
from corpus.passages import split, windows
from corpus.records import Article, Passage
from rag.errors import IndexMissing
from rag.records import Hit, Window
from rag.scope import sees


def article(article_id: str, text: str, *, title: str | None = None, **more: object) -> Article:
    """An article with the given text; its title, where it has one, is put in front of the text."""
    values = {"source": None, "author": None, "published": None, "url": None, "script": "hans"} | more
    body = f"{title}\n\n{text}" if title else text
    return Article(id=article_id, title=title, text=body, **values)  # type: ignore[arg-type]


def shared(question: str, text: str) -> float:
    """The share of the question's pairs of characters that `text` holds."""
    pairs = {a + b for a, b in pairwise(fold(question))}
    folded = fold(text)
    return sum(pair in folded for pair in pairs) / len(pairs) if pairs else 0.0


def alike(question: str, text: str) -> float:
    """The same, moved to where e5's cosines lie."""
    return 0.78 + 0.18 * shared(question, text)


class LexicalRetriever:
    """Same face as `rag.retrieval.HybridRetriever`."""

    def __init__(self, articles: Sequence[Article], *, missing: bool = False) -> None:
        self._articles = list(articles)
        self._missing = missing

    def article(self, article_id: str, articles: tuple[str, ...] = ()) -> Article | None:
        return next((a for a in self._articles if a.id == article_id and sees(articles, a.id)), None)

    def passage(self, passage_id: str, articles: tuple[str, ...] = ()) -> tuple[Passage, Article] | None:
        return next(((p, a) for p, a in self._passages(articles) if p.id == passage_id), None)

    def share_of(self, query: str) -> Callable[[Article], float]:
        return lambda article: shared(query, article.text)

    def articles(self) -> list[Article]:
        return self._articles

    def check(self) -> None:
        if self._missing:
            raise IndexMissing("No index at index. Build it with: python -m rag ingest")

    def retrieve(
        self, query: str, *, limit: int = 8, articles: tuple[str, ...] = (), one_of: int = 1
    ) -> tuple[Hit, ...]:
        self.check()
        hits = [self._hit(query, a, p) for p, a in self._passages(articles)]
        return tuple(sorted(hits, key=lambda hit: -hit.score)[:limit])

    def _passages(self, patterns: tuple[str, ...]) -> Iterator[tuple[Passage, Article]]:
        for each in self._articles:
            if sees(patterns, each.id):
                yield from ((passage, each) for passage in split(each, max_tokens=200, overlap_sentences=1))

    def _hit(self, query: str, article: Article, passage: Passage) -> Hit:
        share = shared(query, passage.text)
        similarity = alike(query, passage.text)
        near = tuple(
            Window(start=w.start, end=w.end, similarity=alike(query, article.text[w.start : w.end]))
            for w in windows(passage, max_chars=120)
        )
        return Hit(passage=passage, article=article, score=similarity, similarity=similarity, share=share, windows=near)
