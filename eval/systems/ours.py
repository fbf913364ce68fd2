"""The assistant as a system that can be evaluated."""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any, cast

from corpus.records import Article
from eval.running import SEARCH_DEPTH
from eval.systems.made import fingerprint_of, index_fingerprint
from rag.assistant import Assistant, open_assistant
from rag.records import Answer, Hit, Question
from rag.retrieval import HybridRetriever
from rag.settings import Settings

_REMEMBERED = 8
"""Searches that a thread remembers: more than the parts of one question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ours:
    """The assistant with its name and fingerprint."""

    assistant: Assistant
    fingerprint: str
    """Of the index and of what words the answers."""
    name: str = "ours"

    def answer(self, question: Question) -> Answer:
        return self.assistant.answer(question)

    def standalone(self, question: Question) -> str:
        return self.assistant.standalone(question)

    def retrieve(self, query: str, *, limit: int | None = None) -> tuple[Hit, ...]:
        return self.assistant.retrieve(query, limit=limit)

    def article(self, article_id: str) -> Article | None:
        return self.assistant.article(article_id)

    def for_many(self) -> Ours:
        """The same with one search for each question: as deep as the ranking needs, of which the answer takes the top.

        The answers are the same, but one by itself takes longer.
        """
        many = copy.copy(self.assistant)
        many._retriever = cast(HybridRetriever, _SearchingOnce(many._retriever))
        return replace(self, assistant=many)


class _SearchingOnce:
    """A retriever that searches deep, and remembers what it found last in each thread."""

    def __init__(self, retriever: HybridRetriever) -> None:
        self._retriever = retriever
        self._last = threading.local()

    def retrieve(self, query: str, *, limit: int = 8, **scope: Any) -> tuple[Hit, ...]:
        known: OrderedDict[tuple[str, str], tuple[Hit, ...]] = self._last.__dict__.setdefault("known", OrderedDict())
        key = (query, repr(scope))
        if key not in known:
            known[key] = self._retriever.retrieve(query, limit=max(limit, SEARCH_DEPTH), **scope)
            while len(known) > _REMEMBERED:
                known.popitem(last=False)
        return known[key][:limit]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._retriever, name)


def open_ours(settings: Settings, *, check: bool = True) -> Ours:
    """The assistant over the index of `settings`. Raises `AssistantError`."""
    assistant = open_assistant(settings)
    if check:  # an index that was built a moment ago has been looked through already
        assistant.check()
    made_of = (index_fingerprint(settings.index), assistant.writer_name, settings.passages_per_answer)
    return Ours(assistant=assistant, fingerprint=fingerprint_of("ours", *made_of))
