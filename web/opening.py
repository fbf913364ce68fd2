"""An assistant that may not be there yet: the server starts without it and takes it as soon as it can be opened."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from corpus.records import Article, Passage
from rag.errors import AssistantError
from rag.records import Answer, Question
from web.conversation import Assistant

_RETRY_SECONDS = 5.0


class OpeningAssistant:
    """Opens the assistant at the first use and keeps it; while that fails, tries again every few seconds.

    Every method raises the `AssistantError` of the last attempt until one succeeds. What `check` found holds for a few
    seconds too, so that many visitors do not make the index examine itself all the time.
    """

    def __init__(
        self, open_assistant: Callable[[], Assistant], writer_name: str, *, retry_seconds: float = _RETRY_SECONDS
    ) -> None:
        self._writer_name = writer_name
        self._open = open_assistant
        self._retry_seconds = retry_seconds
        self._opened: Assistant | None = None
        self._error: AssistantError | None = None
        self._next_try = 0.0
        self._next_check = 0.0
        self._lock = threading.Lock()
        self._writing = 0
        self._counting = threading.Lock()

    @property
    def is_writing(self) -> bool:
        """Whether a reader waits for an answer."""
        return self._writing > 0

    def opened(self) -> Assistant:
        """The assistant itself. Raises `AssistantError` where it cannot be opened."""
        return self._assistant()

    @property
    def writer_name(self) -> str:
        """As the assistant says; before it is open, as the settings do."""
        return self._opened.writer_name if self._opened else self._writer_name

    def check(self) -> None:
        assistant = self._assistant()
        if time.monotonic() >= self._next_check:
            assistant.check()
            self._next_check = time.monotonic() + self._retry_seconds

    def stream(self, question: Question) -> Iterator[Answer]:
        assistant = self._assistant()
        return self._counted(assistant.stream(question))

    def _counted(self, answers: Iterator[Answer]) -> Iterator[Answer]:
        """`answers`, counted as being written until the last one is read or nobody reads any more."""
        with self._counting:
            self._writing += 1
        try:
            yield from answers
        finally:
            with self._counting:
                self._writing -= 1

    def article(self, article_id: str, articles: tuple[str, ...] = ()) -> Article | None:
        assistant = self._assistant()
        return assistant.article(article_id, articles) if articles else assistant.article(article_id)

    def passage(self, passage_id: str, articles: tuple[str, ...] = ()) -> tuple[Passage, Article] | None:
        return self._assistant().passage(passage_id, articles)

    def tokens(self, answer: Answer) -> int:
        return self._assistant().tokens(answer)

    def articles(self) -> list[Article]:
        return self._assistant().articles()

    def _assistant(self) -> Assistant:
        with self._lock:
            if self._opened is None:
                self._try()
            if self._opened is None:
                raise self._error or AssistantError("The assistant is not open.")
            return self._opened

    def _try(self) -> None:
        if self._error and time.monotonic() < self._next_try:
            return
        try:
            self._opened = self._open()
        except AssistantError as error:
            self._error = error
            self._next_try = time.monotonic() + self._retry_seconds
