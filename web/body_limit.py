"""No request brings more than its path may: it is refused at what it declares, or at the first byte too many."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.problems import Refused

BODY_BYTES = 64 * 1024
"""The most that a request may carry where its path has no limit of its own."""
ASK_BYTES = 16 * 1024
BATCH_BYTES = 10_000_000
UPLOAD_BYTES = 40_000_000
"""Four times what a file of questions may have: who sends a little too much is told so on a page."""
_LIMITS = {"/api/v1/ask": ASK_BYTES, "/api/v1/batch": BATCH_BYTES, "/evaluation/upload": UPLOAD_BYTES}


class BodyLimit:
    """Passes everything of `app` through but bodies that are too large, which get a 413."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = _LIMITS.get(scope["path"], BODY_BYTES)
        refusal = Refused("payload-too-large")
        if _declared(scope) > most:
            await refusal.response(Request(scope))(scope, receive, send)
            return
        taken = 0
        begun = False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise refusal
            return message

        async def guarded(message: Message) -> None:
            nonlocal begun
            if taken > most and not begun:
                return  # whatever the application makes of it, the answer is ours
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, guarded)
        except Exception:
            if taken <= most or begun:
                raise
        if taken > most and not begun:
            await refusal.response(Request(scope))(scope, receive, send)


def _declared(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 20 else 0
