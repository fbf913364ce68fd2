"""One line in the log for every request, and its name. No line holds a question, an answer, a key or an address.

Outermost of all, so that whatever answers carries `X-Request-Id`.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from datetime import UTC, datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger("wenju.requests")

_GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")
_ROUTE = re.compile(
    r"/api/v1/(?:ask|site|feedback|token|batch|sources|openapi\.json)\b|/v1/(?:chat/completions|models)\b"
    r"|/embed/(?:articles|plain|frame|demo)\b|/embed/[a-z0-9.]{1,20}/[a-z]+\.js$"
)


class RequestLog:
    """Names every request to `app` and logs how those of the API and of embedded pages ended."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        name = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        facts: dict[str, object] = {}
        scope["state"] = {**scope.get("state", {}), "request_id": name, "facts": facts}
        started = time.monotonic()
        status: int | None = None

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = name
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        finally:
            if scope["path"].startswith(("/api/", "/v1/", "/embed/")):
                at = datetime.now(UTC).isoformat(timespec="seconds")
                line = {
                    "at": at,
                    "request": name,
                    "method": scope["method"],
                    "route": _route(scope["path"]),
                    "status": status,
                }
                milliseconds = round((time.monotonic() - started) * 1000)
                _log.info("%s", json.dumps({**line, "ms": milliseconds, **facts}))


def _route(path: str) -> str:
    """The address without what a stranger may have put into it."""
    found = _ROUTE.match(path)
    return found[0] if found else "unknown"


def note(request: HTTPConnection, **facts: object) -> None:
    """Adds `facts` to the line of `request`."""
    found = request.scope.get("state", {}).get("facts")
    if isinstance(found, dict):
        found.update(facts)
