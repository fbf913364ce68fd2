"""Which questions are being answered, and which were answered a moment ago: nothing is asked or paid for twice.

Belongs to one process and one event loop. Everything is bounded.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from rag.records import Answer, Hit
from web.problems import Refused

_KEPT_SECONDS = 600.0
_MOST_KEPT = 2000
_MOST_CONVERSATIONS = 20_000
_HITS_KEPT = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What tells a question from others."""

    site: str
    client: str
    conversation: str
    message: str | None
    """The client's own id of it, by which a repetition is known."""
    digest: bytes
    """Stands for its content."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """An answer that may be asked for again."""

    answer_id: str
    conversation: str
    answer: Answer
    digest: bytes
    at: float


class Pending:
    """The questions that are being answered and the last answers."""

    def __init__(self, *, kept_seconds: float = _KEPT_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept_seconds = kept_seconds
        self._clock = clock
        self._running: set[tuple[str, ...]] = set()
        self._finished: OrderedDict[tuple[str, ...], Finished] = OrderedDict()
        self._counts: OrderedDict[tuple[str, ...], int] = OrderedDict()

    @property
    def running(self) -> int:
        """How many claims are held."""
        return len(self._running)

    def finished(self, asked: Asked) -> Finished | None:
        """The answer that the same message got a while ago. Raises `Refused` where it asked something else."""
        found = self._finished.get(_message(asked)) if asked.message else None
        if found is None or self._clock() - found.at > self._kept_seconds:
            return None
        if found.digest != asked.digest:
            raise Refused("invalid-request", errors=[{"pointer": "/client_msg_id", "code": "used-before"}])
        return found

    @contextmanager
    def claim(self, asked: Asked, *, most: int) -> Iterator[None]:
        """Holds the conversation, which may have `most` questions, and the message while they are answered.

        Raises `Refused`: 409 while one of them is held by another request.
        """
        claims = {_conversation(asked), *({_message(asked)} if asked.message else set())}
        if claims & self._running:
            raise Refused("pending", retry_after=1)
        self._count(_conversation(asked), most)
        self._running |= claims
        try:
            yield
        finally:
            self._running -= claims

    def finish(self, asked: Asked, answer_id: str, answer: Answer) -> None:
        """Keeps the final answer for a repetition of the same message."""
        if not asked.message:
            return
        kept = Finished(
            answer_id=answer_id,
            conversation=asked.conversation,
            answer=_slim(answer),
            digest=asked.digest,
            at=self._clock(),
        )
        self._finished[_message(asked)] = kept
        self._finished.move_to_end(_message(asked))
        while len(self._finished) > _MOST_KEPT:
            self._finished.popitem(last=False)

    def _count(self, conversation: tuple[str, ...], most: int) -> None:
        count = self._counts.get(conversation, 0) + 1
        if count > most:
            raise Refused("rate-limited")
        self._counts[conversation] = count
        self._counts.move_to_end(conversation)
        if len(self._counts) > _MOST_CONVERSATIONS:
            self._counts.popitem(last=False)


def _conversation(asked: Asked) -> tuple[str, ...]:
    return ("conversation", asked.site, asked.client, asked.conversation)


def _message(asked: Asked) -> tuple[str, ...]:
    return ("message", asked.site, asked.client, asked.message or "")


def _slim(answer: Answer) -> Answer:
    """`answer` without the texts that were searched."""
    return replace(answer, hits=tuple(_slim_hit(hit) for hit in answer.hits[:_HITS_KEPT]))


def _slim_hit(hit: Hit) -> Hit:
    article = replace(hit.article, text="", repairs=())
    return replace(hit, article=article, passage=replace(hit.passage, text=""), windows=(), copies=())
