"""What stands in front of every route: security headers, and a wall around everything that the pages do not need.

Plain ASGI, so that streamed answers pass through untouched.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Match, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.prompts import label
from web.article_page import message_page
from web.problems import Refused
from web.screen import language_of

_log = logging.getLogger(__name__)

# For everything but Gradio's own page, which brings its own: see `front_page`. Embedded pages bring theirs too.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_API = re.compile(r"/(?:api/v1|v1|problems)/.*", re.DOTALL)
# All that a browser needs here, of Gradio's and of ours. Uploads, files of the server, fetching of other hosts, the
# list of interfaces and what else Gradio may bring one day do not exist.
_CHAT = re.compile(
    r"/(?:|config|theme\.css|manifest\.json|favicon\.ico|robots\.txt|(?:assets|static)/.+"
    r"|gradio_api/(?:queue/(?:join|data)|cancel|reset|startup-events|heartbeat/[^/]+|app_id|theme\.css))/?",
    re.DOTALL,
)
_OURS = re.compile(
    r"/(?:look/.+|healthz|readyz|feedback|articles(?:/.+)?)/?"
    r"|/embed/.+|/api/v1/(?:ask|site|feedback|token|batch|openapi\.json|sources/.+)"
    r"|/v1/(?:chat/completions|models(?:/[^/]+)?)",
    re.DOTALL,
)
_EVALUATION = re.compile(r"/evaluation(?:/.+)?", re.DOTALL)


class Protection:
    """Adds the headers to every response of `app` and answers 404 for every path that a browser does not need."""

    def __init__(self, app: ASGIApp, *, evaluation: bool = False) -> None:
        """`evaluation`: whether there is a page of batch evaluation."""
        self._app = app
        self._evaluation = evaluation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        is_api = bool(_API.fullmatch(path))

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", API_POLICY if is_api else POLICY)
                if is_api:
                    headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("X-Frame-Options", _frame_options(headers["Content-Security-Policy"]))
                if not headers["X-Frame-Options"]:
                    del headers["X-Frame-Options"]
                if path.startswith("/assets/") and message["status"] == 200:
                    headers["Cache-Control"] = "public, max-age=31536000, immutable"  # their names hold a hash
            await send(message)

        exists = _CHAT.fullmatch(path) or _OURS.fullmatch(path) or (self._evaluation and _EVALUATION.fullmatch(path))
        app = self._app if exists else not_found(Request(scope))
        await app(scope, receive, send_protected)


class BeforeChat(BaseRoute):
    """The last route of ours before Gradio's, which takes every path and every method and says nothing of either.

    What is not Gradio's ends here: with 405 and `Allow` where the path is one of ours, else with 404.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        """`routes` are ours."""
        self._ours = Router([*routes], redirect_slashes=False, default=_nothing)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_chat = scope["type"] != "http" or _CHAT.fullmatch(scope["path"])
        return (Match.NONE if is_chat else Match.FULL), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._ours(scope, receive, send)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await not_found(Request(scope))(scope, receive, send)


class Failures:
    """Answers with a problem where `app` fails, and writes down why."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = scope["type"] != "http"

        async def send_noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception:
            if begun:
                raise
            _log.exception("A request failed.")
            await Refused("service-failed").response(Request(scope))(scope, receive, send)


def _frame_options(policy: str) -> str:
    """`X-Frame-Options` for old browsers, in line with the policy; empty where that names hosts, which it cannot."""
    ancestors = re.search(r"frame-ancestors ([^;]*)", policy)
    allowed = ancestors[1].strip() if ancestors else "'self'"
    return {"'self'": "SAMEORIGIN", "'none'": "DENY"}.get(allowed, "")


def not_found(request: Request) -> Response:
    """A page in the reader's language for a browser, a problem for anything else."""
    headers = request.headers
    if "text/html" not in headers.get("accept", "") or _API.fullmatch(request.scope["path"]):
        return Refused("not-found").response(request)
    language = language_of(headers.get("accept-language"))
    page = message_page(label("page_not_found", language), label("page_not_found_means", language), language)
    return HTMLResponse(page, status_code=404)
