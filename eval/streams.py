"""Many questions at once to `POST /api/v1/ask`, each an event stream that is timed, held open or broken off.

Speaks HTTP over bare sockets, which costs the machine under test next to nothing. Knows nothing of what is inside.
"""

from __future__ import annotations

import asyncio
import json
import math
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from eval.errors import EvaluationError

_ANSWER_SECONDS = 120.0
_ENDS = (b"event: done\n", b"event: error\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """Where questions are asked, and as whom."""

    url: str
    key: str

    def request(self, question: str) -> bytes:
        """The request that asks `question` and wants events."""
        host = urlsplit(self.url).netloc
        body = json.dumps({"question": question}).encode()
        head = (
            f"POST /api/v1/ask HTTP/1.1\r\nHost: {host}\r\nOrigin: {self.url}\r\nX-Site-Key: {self.key}\r\n"
            f"Accept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        return head.encode() + body


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """How one question went."""

    first: float
    """Seconds until the first event."""
    whole: float
    """Seconds until the last one."""
    answered: bool
    """Whether it ended with an answer and not with an error."""


class Stream:
    """One open event stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, started: float) -> None:
        self._reader, self._writer, self._started = reader, writer, started
        self._seen = b""

    @classmethod
    async def opened(cls, door: Door, question: str) -> Stream:
        """A stream on which `question` was asked. Raises `OSError`."""
        parts = urlsplit(door.url)
        started = time.perf_counter()
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(door.request(question))
        await writer.drain()
        return cls(reader, writer, started)

    async def first(self) -> float:
        """Seconds until the first event. Raises `EvaluationError` where something else comes."""
        await self._until((b"event: meta\n",))
        return time.perf_counter() - self._started

    async def timing(self) -> Timing:
        """How the question went, when its last event has come; the stream stays open. Raises `EvaluationError`."""
        first = await self.first()
        await self._until(_ENDS)
        whole = time.perf_counter() - self._started
        return Timing(first=first, whole=whole, answered=_ENDS[0] in self._seen)

    async def close(self) -> None:
        """Hangs up, wherever the answer is."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _until(self, words: tuple[bytes, ...]) -> None:
        async with asyncio.timeout(_ANSWER_SECONDS):
            while not any(word in self._seen for word in words):
                read = await self._reader.read(65536)
                if not read:
                    said = self._seen[:80].decode("utf-8", "replace")
                    raise EvaluationError(f"The server ended a stream too early: {said!r}")
                self._seen += read


async def asked(door: Door, questions: Iterator[str], *, at_once: int, seconds: float) -> list[Timing]:
    """The timings of `questions`, `at_once` at any time, asked for as long as `seconds`.

    Every question that was begun is answered to its end. Raises `EvaluationError`.
    """
    ends = time.perf_counter() + seconds
    timings: list[Timing] = []

    async def reader() -> None:
        while time.perf_counter() < ends:
            stream = await Stream.opened(door, next(questions))
            try:
                timings.append(await stream.timing())
            finally:
                await stream.close()

    try:
        async with asyncio.TaskGroup() as readers:
            for _ in range(at_once):
                readers.create_task(reader())
    except* (OSError, TimeoutError) as errors:
        raise EvaluationError(f"{door.url} stopped answering: {errors.exceptions[0]!r}") from None
    except* EvaluationError as errors:
        raise errors.exceptions[0] from None
    return timings


async def opened(door: Door, questions: Iterator[str], *, count: int) -> list[Stream]:
    """`count` streams that are open at the same time, each past its first event. Raises `EvaluationError`."""

    streams: list[Stream] = []

    async def one() -> None:
        stream = await Stream.opened(door, next(questions))
        streams.append(stream)
        await stream.first()

    try:
        await asyncio.gather(*(one() for _ in range(count)))
        return streams
    except (OSError, TimeoutError, EvaluationError) as error:
        for stream in streams:
            await stream.close()
        raise EvaluationError(f"{door.url}: no {count} streams at once: {error}") from None


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` of them do not exceed; the mean of the middle for 0.5."""
    if share == 0.5:
        return statistics.median(values)
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
