"""The articles as the lists on the pages need them: without their texts, and read from the index now and then only."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from corpus.records import Article
from web.conversation import Assistant

_KEPT_SECONDS = 30.0
_OPENING_CHARS = 60


class Collection:
    """All articles of an assistant, each with no more than the opening of its text."""

    def __init__(self, assistant: Assistant, *, kept_seconds: float = _KEPT_SECONDS) -> None:
        self._assistant = assistant
        self._kept_seconds = kept_seconds
        self._articles: tuple[Article, ...] | None = None
        self._read_at = 0.0
        self._lock = threading.Lock()

    def articles(self) -> tuple[Article, ...]:
        """The articles, at most half a minute old. Raises `AssistantError` where the index cannot be read."""
        with self._lock:
            if self._articles is None or time.monotonic() - self._read_at > self._kept_seconds:
                self._articles = None
                found = self._assistant.articles()
                self._articles = tuple(replace(a, text=a.text[:_OPENING_CHARS], repairs=()) for a in found)
                self._read_at = time.monotonic()
            return self._articles
