"""Gradio's page made ours: its scripts allowed by digest instead of all inline scripts, and its advertising gone.

An inline script that is not on the page as the server wrote it, and an `onerror` in some text, then cannot run even if
it should get past the escaping and the sanitizer.
"""

from __future__ import annotations

import base64
import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_ADVERTISING = re.compile(rb'\s*<meta\s+(?:property|name)="(?:og|twitter):[^"]*"[^>]*>')


class FrontPage:
    """Passes everything of `app` through but the page at `/`, which it tightens."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        body = bytearray()
        start: Message = {}

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            if Headers(scope=start).get("content-type", "").startswith("text/html"):
                page = _ADVERTISING.sub(b"", bytes(body))
                headers = MutableHeaders(scope=start)
                headers["Content-Length"] = str(len(page))
                headers["Content-Security-Policy"] = policy_of(page)
                headers["Cache-Control"] = "no-cache"
            else:
                page = bytes(body)
            await send(start)
            await send({"type": "http.response.body", "body": page})

        # The page is read here, so it must come as it is.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, collect)


def policy_of(page: bytes) -> str:
    """The content policy under which `page` runs: its own scripts, nothing evaluated, no other host."""
    digests = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
        for script in _INLINE_SCRIPT.findall(page)
    )
    return (
        f"default-src 'self'; script-src 'self' {digests}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'self'"
    )
