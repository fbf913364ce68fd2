"""What stands in front of every route: security headers, and a wall around the parts of Gradio that a chat never needs.

Plain ASGI, so that streamed answers pass through untouched.
"""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.problems import problem

# For everything but Gradio's own page, which brings its own: see `front_page`.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
# Uploads, files of the server, fetching of other hosts, the list of interfaces: none of it belongs to a chat.
_GRADIO_NEEDS = re.compile(
    r"/gradio_api/(?:queue/(?:join|data)|cancel|reset|startup-events|heartbeat/[^/]+|app_id|theme\.css)/?$"
)
_GRADIO_WALLED = re.compile(r"/+(?:gradio_api|monitoring|login|logout|svelte|custom_component|pwa_icon)(?:/|$)")


class Protection:
    """Adds the headers to every response of `app` and answers 404 for what is walled off."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", POLICY)
                if path.startswith("/assets/") and message["status"] == 200:
                    headers["Cache-Control"] = "public, max-age=31536000, immutable"  # their names hold a hash
            await send(message)

        walled = _GRADIO_WALLED.match(path) and not _GRADIO_NEEDS.match(path)
        await (problem(404) if walled else self._app)(scope, receive, send_protected)
