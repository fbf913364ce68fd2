"""The assistant made to answer many questions: the same answers, with less work for each of them.

What it saves cannot be saved for one reader, so what one answer takes is not to be measured on it.
"""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any, cast

from corpus.fold import simplify
from eval.running import FIRST_DEPTH
from rag.assistant import Assistant
from rag.checking import plain
from rag.late_interaction import ReadText
from rag.models import Embedder, Vectors
from rag.parts import parts
from rag.records import Hit
from rag.retrieval import HybridRetriever

_REMEMBERED = 8
"""Searches that a thread remembers: more than the parts of one question."""
_BATCH = 16
"""Questions that are embedded together: each of them takes half of the time that it takes by itself."""
_AHEAD = 2
"""Batches that are embedded before they are asked for."""


def for_many(assistant: Assistant, questions: Iterable[str]) -> Assistant:
    """`assistant` that searches once for the answer and the ranking, and embeds `questions` some at a time, ahead."""
    many = copy.copy(assistant)
    retriever = copy.copy(assistant._retriever)
    retriever._embedder = cast(Embedder, _EmbeddingAhead(retriever._embedder, questions))
    many._retriever = cast(HybridRetriever, _SearchingOnce(retriever))
    return many


class _SearchingOnce:
    """A retriever that searches as deep as the ranking needs, and remembers what it found last in each thread."""

    def __init__(self, retriever: HybridRetriever) -> None:
        self._retriever = retriever
        self._last = threading.local()

    def retrieve(self, query: str, *, limit: int = 8, **scope: Any) -> tuple[Hit, ...]:
        known: OrderedDict[tuple[str, int, str], tuple[Hit, ...]]
        known = self._last.__dict__.setdefault("known", OrderedDict())
        depth = max(limit, FIRST_DEPTH)
        key = (query, depth, repr(scope))
        if key not in known:
            known[key] = self._retriever.retrieve(query, limit=depth, **scope)
            while len(known) > _REMEMBERED:
                known.popitem(last=False)
        return known[key][:limit]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._retriever, name)


class _EmbeddingAhead:
    """An embedder that knows which questions are coming.

    The batches are those of the whole list, whichever questions are asked: what is made of a text differs in its last
    digits with what else is in its batch.
    """

    def __init__(self, embedder: Embedder, questions: Iterable[str]) -> None:
        self._embedder = embedder
        texts = dict.fromkeys(simplify(part) for question in questions for part in parts(plain(question)))
        self._batches = list(_batches(texts))
        self._places = {text: (n, row) for n, batch in enumerate(self._batches) for row, text in enumerate(batch)}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._lock = threading.Lock()
        self._coming: OrderedDict[int, Future[list[ReadText]]] = OrderedDict()

    def read_question(self, question: str) -> ReadText:
        place = self._places.get(question)
        if place is None:  # by itself: beside what another thread asks it might be read otherwise
            return self._embedder.read_questions([question])[0]
        number, row = place
        return self._batch(number).result()[row]

    def embed_query(self, query: str) -> Vectors:
        return self.read_question(query).vector

    def _batch(self, number: int) -> Future[list[ReadText]]:
        with self._lock:
            for wanted in range(number, min(number + _AHEAD, len(self._batches))):
                if wanted not in self._coming:
                    self._coming[wanted] = self._pool.submit(self._embedder.read_questions, self._batches[wanted])
            found = self._coming[number]
            while len(self._coming) > 4 * _AHEAD:
                self._coming.popitem(last=False)
            return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(texts)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
