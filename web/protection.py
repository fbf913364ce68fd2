"""What stands in front of every route: security headers, and a wall around everything that the pages do not need.

Plain ASGI, so that streamed answers pass through untouched.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.prompts import label
from web.article_page import message_page
from web.problems import problem
from web.screen import language_of

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
# All that a browser needs here. Uploads, files of the server, fetching of other hosts, the list of interfaces and what
# else Gradio may bring one day do not exist.
_EXISTS = re.compile(
    r"/(?:|config|theme\.css|manifest\.json|favicon\.ico|robots\.txt|(?:assets|static|look)/.+"
    r"|healthz|readyz|feedback|articles(?:/.+)?"
    r"|gradio_api/(?:queue/(?:join|data)|cancel|reset|startup-events|heartbeat/[^/]+|app_id|theme\.css))/?",
    re.DOTALL,
)


class Protection:
    """Adds the headers to every response of `app` and answers 404 for every path that a browser does not need."""

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

        app = self._app if _EXISTS.fullmatch(path) else not_found(Headers(scope=scope))
        await app(scope, receive, send_protected)


def not_found(headers: Headers) -> Response:
    """A page in the reader's language for a browser, a problem for anything else."""
    if "text/html" not in headers.get("accept", ""):
        return problem(404)
    language = language_of(headers.get("accept-language"))
    page = message_page(label("page_not_found", language), label("page_not_found_means", language), language)
    return HTMLResponse(page, status_code=404)
