"""Work for a client that may leave, and events as a server sends them (SSE). Knows nothing of questions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Coroutine, Mapping
from typing import Any, TypeVar

from starlette.types import Receive, Send

from web.api.telling import Event

PING_SECONDS = 15.0
_SEND_SECONDS = 60.0
"""How long a reader may leave what was sent unread before the connection is given up."""
_EVENT_STREAM = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
}

_T = TypeVar("_T")


class ClientLeft(Exception):
    """The client closed the connection; there is nobody to answer."""


async def while_connected(receive: Receive, work: Coroutine[Any, Any, _T]) -> _T:
    """What `work` returns. It is cancelled when the client leaves, and then `ClientLeft` is raised.

    The body of the request must have been read.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientLeft
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.wait({working, leaving})
        if not working.cancelled():
            working.exception()  # looked at: it went to the caller, or nobody is left whom it concerns


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_events(send: Send, events: AsyncGenerator[Event, None], headers: Mapping[str, str]) -> None:
    """Sends `events` as they come, numbered from 1, with a comment in between where they are slow."""
    await send_stream(send, _numbered(events), headers, ping_seconds=PING_SECONDS)


async def _numbered(events: AsyncGenerator[Event, None]) -> AsyncGenerator[bytes, None]:
    number = 0
    try:
        async for event in events:
            number += 1
            yield f"id: {number}\nevent: {event.name}\ndata: {line(event.data)}\n\n".encode()
    finally:
        await events.aclose()


async def send_stream(
    send: Send, pieces: AsyncGenerator[bytes, None], headers: Mapping[str, str], *, ping_seconds: float | None
) -> None:
    """Sends `pieces` as they come, with a comment after every `ping_seconds` without one.

    Raises `ClientLeft` where the reader takes nothing for too long.
    """
    sent = [(name.encode(), value.encode()) for name, value in {**_EVENT_STREAM, **headers}.items()]
    next_piece: asyncio.Task[bytes | None] | None = None
    try:
        await send({"type": "http.response.start", "status": 200, "headers": sent})
        while True:
            next_piece = next_piece or asyncio.ensure_future(_next(pieces))
            await asyncio.wait({next_piece}, timeout=ping_seconds)
            piece: bytes | None = b": ping\n\n"
            if next_piece.done():
                piece = next_piece.result()
                next_piece = None
            if piece is None:
                break
            await _send_body(send, piece, more=True)
        await _send_body(send, b"", more=False)
    finally:
        if next_piece:
            next_piece.cancel()
            await asyncio.wait({next_piece})
        await pieces.aclose()


async def _next(pieces: AsyncGenerator[bytes, None]) -> bytes | None:
    return await anext(pieces, None)


async def _send_body(send: Send, body: bytes, *, more: bool) -> None:
    try:
        async with asyncio.timeout(_SEND_SECONDS):
            await send({"type": "http.response.body", "body": body, "more_body": more})
    except TimeoutError:
        raise ClientLeft from None


def line(value: object) -> str:
    """`value` as JSON on one line. Halves of characters, which no encoding can carry, become `?`."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace").decode("utf-8")
