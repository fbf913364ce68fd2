"""What the parts of the API share, built once for the application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.records import Language
from rag.settings import Settings
from web.admission import Admission, Admitted
from web.api.answering import Answering
from web.api.pending import Pending
from web.api.schema import LANGUAGES
from web.api.streaming import ClientLeft
from web.conversation import Assistant
from web.feedback import FeedbackLog
from web.limiting import Limiter
from web.request_log import note
from web.screen import language_of
from web.sites import Site, Sites


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """The assistant, and who may ask it how much."""

    settings: Settings
    assistant: Assistant
    sites: Sites
    admission: Admission
    limiter: Limiter
    answering: Answering
    feedback: FeedbackLog
    pending: Pending = field(default_factory=Pending)

    def admit(self, request: Request) -> Admitted:
        """The page's site, noted for the log. Raises `Refused`."""
        admitted = self.admission.admit(request)
        note(request, site=admitted.site.name)
        return admitted

    def admit_server(self, request: Request) -> Admitted:
        """The site whose own server asks, noted for the log. Raises `Refused`."""
        admitted = self.admission.admit_server(request)
        note(request, site=admitted.site.name)
        return admitted

    def question_chars(self, site: Site) -> int:
        """The most code points of a question, after NFC."""
        return min(site.limits.question_chars, self.settings.question_chars)


def screen_language(request: Request, site: Site, wanted: str | None) -> Language:
    """The language for labels and problems: the one wanted, or the browser's, as far as the site speaks it.

    Problems of this request are worded in it from now on.
    """
    found = LANGUAGES.get(wanted or "") or language_of(request.headers.get("accept-language"))
    if site.languages and found not in site.languages:
        found = site.languages[0]
    request.scope.setdefault("state", {})["language"] = found
    return found


class Streamed:
    """A route whose `handler` sends its answer itself. A client that leaves ends it, and nobody is told."""

    def __init__(self, handler: Callable[[Request, Send], Awaitable[None]]) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._handler(Request(scope, receive), send)
        except ClientLeft:
            note(Request(scope), left=True)


def as_app(handler: Callable[[Request, Send], Awaitable[None]]) -> ASGIApp:
    """`handler` as a route takes it."""
    return Streamed(handler)
