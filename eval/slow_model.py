"""A chat model that is slow on purpose: it speaks the OpenAI protocol on the loopback and repeats a passage.

It knows when a client has hung up, which is what a leak test asks for. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_SENTENCE = re.compile(r"<passage number=\"1\">\n[^\n]*\n(?:.*\n)?([^\n。]{8,}。)")
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
_PIECE_CHARS = 8


@dataclass(slots=True)
class SlowModel:
    """What the model does, and what its server sees. May be changed while it runs."""

    url: str
    first_seconds: float = 0.0
    """How long it is silent before its first word."""
    piece_seconds: float = 0.0
    """How long it waits after each piece of a few characters."""
    speaks: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is not set, the model stays silent before its first word, for as long as that takes."""
    open: int = 0
    """Connections on which it is answering."""
    answered: int = 0
    """Answers that it has written to their end."""
    left: list[float] = field(default_factory=list)
    """When clients hung up in the middle of an answer, on the monotonic clock."""


@asynccontextmanager
async def slow_model() -> AsyncIterator[SlowModel]:
    """The running model; it and all that waits in it end with the block."""
    tasks: set[asyncio.Task[None]] = set()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await _answer(model, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client hung up, or the measurement is over
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0, backlog=512)
    model = SlowModel(url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
    model.speaks.set()
    try:
        yield model
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _answer(model: SlowModel, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    body = json.loads(await reader.readexactly(int(length[1]) if length else 0))
    found = _SENTENCE.search(str(body["messages"][-1]["content"]))
    text = f"{found[1]}[1]" if found else "NO_ANSWER"
    model.open += 1
    gone = asyncio.create_task(reader.read(1))  # a client sends nothing more until it hangs up
    try:
        writer.write(_HEAD)  # a first event would count as the model's first word
        await _first_of(gone, model.speaks.wait())
        for pause, event in _events(model, text):
            writer.write(event)
            await writer.drain()
            if await _waited(pause, gone):
                model.left.append(time.monotonic())
                return
        model.answered += 1
    except OSError:
        model.left.append(time.monotonic())
    finally:
        model.open -= 1
        gone.cancel()
        with suppress(asyncio.CancelledError, OSError):
            await gone


async def _waited(seconds: float, gone: asyncio.Task[bytes]) -> bool:
    """Whether the client hung up within `seconds`."""
    if seconds > 0:
        await asyncio.wait({gone}, timeout=seconds)
    return gone.done()


async def _first_of(gone: asyncio.Task[bytes], waiting: Coroutine[None, None, object]) -> None:
    """Returns when the client has hung up or the wait is over."""
    wait = asyncio.ensure_future(waiting)
    try:
        await asyncio.wait({gone, wait}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        wait.cancel()


def _events(model: SlowModel, text: str) -> list[tuple[float, bytes]]:
    """What is sent, each with the seconds to wait after it."""
    pieces = [text[i : i + _PIECE_CHARS] for i in range(0, len(text), _PIECE_CHARS)]
    return [
        (model.first_seconds, b": thinking\n\n"),
        *((model.piece_seconds, _event({"content": piece})) for piece in pieces),
        (0.0, _event({}, "stop") + b"data: [DONE]\n\n"),
    ]


def _event(delta: dict[str, str], stop: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": stop}
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "slow", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()
