"""The pages for readers without script: questions by form, articles of one site, thumbs. Works in any browser.

A form is accepted where this server gave it away not long ago and the browser does not say that another page sent it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from rag.errors import AssistantError
from rag.prompts import label
from rag.records import Language, Status, Turn
from web import plain_history, tokens
from web.api.questions import checked
from web.api.service import Service, screen_language
from web.api.streaming import ClientLeft, while_connected
from web.api.telling import is_failure
from web.api.wording import said
from web.article_page import Host, article_page
from web.plain_look import theme_css
from web.plain_page import FEEDBACK_PATH, PATH, Answered, Fault, View, address, notice_page, plain_page, site_title
from web.problems import Refused
from web.request_log import note
from web.screen import language_of
from web.site_records import Site

_LOOK = Path(__file__).resolve().parent / "look"
_STYLES = {"look.css": "text/css", "article.css": "text/css", "plain.css": "text/css", "favicon.png": "image/png"}
_FORM_SECONDS = plain_history.SECONDS
_SECONDS_TO_SEND = 15.0
_MOST_FIELDS = 8
_OF_QUESTION = ("question-empty", "question-too-long", "personal-data")
_REFUSALS_OF_QUESTION = ("question_empty", "question_too_long", "question_personal")


def add_plain(app: FastAPI, service: Service) -> None:
    """Adds the pages below `/embed/plain` and `/embed/articles` to `app`, with their stylesheets."""
    pages = _Pages(service)
    app.add_api_route(PATH, pages.show, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_api_route(PATH, pages.ask, methods=["POST"], include_in_schema=False)
    app.add_api_route(FEEDBACK_PATH, pages.rate, methods=["POST"], include_in_schema=False)
    app.add_api_route(
        "/embed/articles/{article_id:path}", pages.article, methods=["GET", "HEAD"], include_in_schema=False
    )
    app.add_api_route("/embed/look/theme.css", pages.theme, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_api_route("/embed/look/{name}", _look, methods=["GET", "HEAD"], include_in_schema=False)


class _Pages:
    """The handlers, over what the API has too: the same limits, turns and answers."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def show(self, request: Request) -> Response:
        """The form."""
        try:
            site = self._service.admission.site(request.query_params.get("site_key"))
        except Refused as refused:
            return _no_site(request, refused)
        note(request, site=site.name)
        if site.secure and not self._vouched(site, request.query_params):
            return self._notice(request, site, ("plain_enter", "plain_enter_means"), 403)
        return self._page(request, site, self._view(request, site, self._form_token(site)))

    async def ask(self, request: Request) -> Response:
        """The answer to the question in the form, or what is wrong with it; in both cases the form again."""
        try:
            site = self._service.admission.site(request.query_params.get("site_key"))
        except Refused as refused:
            return _no_site(request, refused)
        note(request, site=site.name)
        form: dict[str, str] = {}
        try:
            form = await _fields(request)
            client = self._accepted(request, site, form)
        except Refused as refused:
            return self._unaccepted(request, site, refused, form)
        # A form of a site that vouches for its readers is good for its own time, not renewed with every answer.
        token = form.get("form", "") if site.secure else self._form_token(site)
        asked = _plain_newlines(form.get("question", ""))
        earlier = plain_history.opened(form.get("history", ""), site, now=time.time())
        carried = form["history"] if earlier else ""
        view = replace(self._view(request, site, token), question=asked, earlier=earlier, carried=carried)
        try:
            answered = await while_connected(request.receive, self._answer(request, site, client, asked, earlier))
        except ClientLeft:
            note(request, left=True)
            return Response(status_code=499)
        except Refused as refused:
            fault = Fault(words=_words(refused, view.language), of_question=refused.kind in _OF_QUESTION)
            return self._page(request, site, replace(view, fault=fault), refused.status, _headers(refused))
        answer = answered.answer
        if answer.status is Status.REFUSED and answer.reason in _REFUSALS_OF_QUESTION:
            return self._page(request, site, replace(view, fault=Fault(words=answer.text, of_question=True)), 422)
        said_now = plain_history.remembered(earlier, answered.question, answer.text)
        if answer.status is Status.REFUSED:  # nothing that a later question could lean on
            said_now = earlier
        sealed = plain_history.sealed(said_now, site, now=time.time())
        return self._page(request, site, replace(view, question="", answered=answered, carried=sealed))

    async def rate(self, request: Request) -> Response:
        """A word of thanks, on a page of its own."""
        try:
            site = self._service.admission.site(request.query_params.get("site_key"))
        except Refused as refused:
            return _no_site(request, refused)
        try:
            form = await _fields(request)
            self._accepted(request, site, form)
        except Refused as refused:
            return self._unaccepted(request, site, refused, {})
        rating = form.get("rating", "")
        reason = form.get("reason") or None if rating == "down" else None
        written = await run_in_threadpool(self._service.feedback.add, form.get("answer", ""), rating, reason)
        language = self._language(request, site)
        heading = label("thanks", language) if written else label("feedback_failed", language)
        text = label("plain_thanks_means" if written else "plain_rated_already", language)
        page = notice_page(heading, text, language, site=site, large=_large(request))
        return self._html(request, site, page, 200 if written else 409)

    async def article(
        self,
        request: Request,
        article_id: str,
        start: Annotated[list[str] | None, Query()] = None,
        end: Annotated[list[str] | None, Query()] = None,
    ) -> Response:
        """An article that the site may see, opened at the quote."""
        try:
            site = self._service.admission.site(request.query_params.get("site_key"))
        except Refused as refused:
            return _no_site(request, refused)
        language = self._language(request, site)
        try:
            found = await run_in_threadpool(self._service.assistant.article, article_id, site.articles)
        except AssistantError:
            return self._notice(request, site, ("not_ready", "problem_index_unavailable"), 503)
        if found is None:
            return self._notice(request, site, ("article_not_found", "article_not_found_means"), 404)
        host = Host(
            title=site_title(site, language),
            home=address(site, language, large=_large(request)),
            origins=site.origins,
            large=_large(request),
            key=site.key,
        )
        return self._html(request, site, article_page(found, spans(start or [], end or []), language, host))

    async def theme(self, request: Request) -> Response:
        """The colours of a site."""
        try:
            css = theme_css(self._service.admission.site(request.query_params.get("site_key")))
        except Refused:
            css = ""
        return Response(css, media_type="text/css", headers={"Cache-Control": "max-age=300"})

    async def _answer(
        self, request: Request, site: Site, client: str, asked: str, earlier: tuple[Turn, ...]
    ) -> Answered:
        """The answer, after the same checks and within the same limits as over the API. Raises `Refused`."""
        question = checked(asked, most=self._service.question_chars(site))
        note(request, chars=len(question), turns=len(earlier))
        await self._service.answering.check_budget(site)
        await self._service.limiter.hit(site, client)
        answer = await self._service.answering.run_one(site, question, earlier, client=client)
        if is_failure(answer):
            raise Refused("service-failed")
        answer_id = secrets.token_urlsafe(16)
        self._service.feedback.show(answer, answer_id, site=site.name)
        passages = [citation.passage_id for citation in answer.citations]
        note(request, answer=answer.status.value, reason=answer.reason, passages=passages)
        return Answered(id=answer_id, question=question, answer=replace(answer, text=said(answer)))

    def _accepted(self, request: Request, site: Site, form: Mapping[str, str]) -> str:
        """The client that sent the form. Raises `Refused`."""
        if not self._from_here(request):
            raise Refused("origin-not-allowed")
        return self._service.admission.admit_form(request, key=site.key, token=form.get("form")).client

    def _from_here(self, request: Request) -> bool:
        """Whether nothing says that the form stood on a page of somebody else."""
        headers, own = request.headers, self._service.sites.own_origins
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = headers.get("origin")
        if origin is not None:
            return origin in own
        # The oldest browsers send no Origin with a form, but most of them this.
        referrer = urlsplit(headers.get("referer", ""))
        return not referrer.scheme or f"{referrer.scheme}://{referrer.netloc}" in own

    def _unaccepted(self, request: Request, site: Site, refused: Refused, form: Mapping[str, str]) -> Response:
        """What to do instead. A question that was only kept for too long is not lost."""
        question = _plain_newlines(form.get("question", ""))
        if refused.kind == "token-expired" and site.secure:
            return self._notice(request, site, ("plain_enter", "plain_enter_means"), 403, kept=question)
        if refused.kind == "token-expired":
            fault = Fault(words=label("plain_expired", self._language(request, site)), of_question=False)
            view = self._view(request, site, self._form_token(site))
            return self._page(request, site, replace(view, question=question, fault=fault), 422)
        status = 403 if refused.status in (401, 403) else refused.status
        return self._notice(request, site, ("plain_foreign", "plain_foreign_means"), status)

    def _vouched(self, site: Site, query: Mapping[str, str]) -> bool:
        """Whether the address holds a token that the site's own server fetched for one of its pages."""
        token, given = query.get("token", ""), query.get("origin")
        own = self._service.sites.own_origins
        pages = [origin for origin in site.origins if "*" not in origin] + sorted(own)
        if given and self._service.sites.lets(site, given):
            pages.append(given)
        now = time.time()
        return any(tokens.verdict(token, site, origin=page, purpose="ask", now=now) == "good" for page in pages)

    def _form_token(self, site: Site) -> str:
        return self._service.admission.form_token(site, seconds=_FORM_SECONDS)

    def _view(self, request: Request, site: Site, form_token: str) -> View:
        return View(
            site=site,
            language=self._language(request, site),
            large=_large(request),
            most=self._service.question_chars(site),
            form_token=form_token,
        )

    def _language(self, request: Request, site: Site) -> Language:
        return screen_language(request, site, request.query_params.get("lang"))

    def _page(
        self, request: Request, site: Site, view: View, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        return self._html(request, site, plain_page(view), status, headers)

    def _notice(self, request: Request, site: Site, names: tuple[str, str], status: int, *, kept: str = "") -> Response:
        """The page with the heading and the text of these names, and a question that is not to be lost."""
        language, large = self._language(request, site), _large(request)
        heading, text = (label(name, language) for name in names)
        page = notice_page(heading, text, language, site=site, large=large, kept=kept)
        return self._html(request, site, page, status)

    def _html(
        self, request: Request, site: Site, page: str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        # A page of a site may be framed by the site, and by this server's own pages.
        framed = " ".join(("'self'", *site.origins))
        return _html(page, status, framed, headers)


def spans(starts: list[str], ends: list[str]) -> list[tuple[int, int]]:
    """The stretches that an address names; what is no number is left out."""
    return [
        (int(start), int(end))
        for start, end in zip(starts, ends, strict=False)
        if start.isascii() and start.isdecimal() and end.isascii() and end.isdecimal() and len(start + end) < 24
    ][:20]


async def _fields(request: Request) -> dict[str, str]:
    """The fields of the form, of equal names the last. Raises `Refused`."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise Refused("unsupported-media-type")
    try:
        async with asyncio.timeout(_SECONDS_TO_SEND):
            body = await request.body()
        found = parse_qs(body.decode("ascii"), True, max_num_fields=_MOST_FIELDS, errors="strict")
    except (TimeoutError, ValueError):
        raise Refused("bad-request") from None
    return {name: values[-1] for name, values in found.items()}


def _plain_newlines(text: str) -> str:
    """`text` as it was typed: browsers send line breaks as two characters."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _words(refused: Refused, language: Language) -> str:
    """Why, and when it is worth trying again."""
    if refused.retry_after is None:
        return refused.detail(language)
    minutes = round(refused.retry_after / 60)
    again = (
        label("plain_again_seconds", language, seconds=max(1, refused.retry_after))
        if refused.retry_after < 120
        else label("plain_again_minutes", language, minutes=minutes)
    )
    return f"{refused.detail(language)} {again}"


def _headers(refused: Refused) -> dict[str, str]:
    wait = {} if refused.retry_after is None else {"Retry-After": str(refused.retry_after)}
    return {**refused.headers, **wait}


def _large(request: Request) -> bool:
    return request.query_params.get("text") == "large"


def _no_site(request: Request, refused: Refused) -> Response:
    """That there is no such site, or no longer. Nothing of it is told."""
    language = _asked_language(request)
    if refused.kind == "site-revoked":
        heading, text, status = label("plain_revoked", language), label("plain_revoked_means", language), 403
    else:
        heading, text, status = label("plain_no_site", language), label("plain_no_site_means", language), 404
    return _html(notice_page(heading, text, language), status, "'none'")


def _asked_language(request: Request) -> Language:
    given = request.query_params.get("lang")
    return language_of(given if given else request.headers.get("accept-language"))


def _html(page: str, status: int, framed: str, headers: Mapping[str, str] | None = None) -> Response:
    return HTMLResponse(
        page,
        status_code=status,
        headers={
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
            f"base-uri 'none'; frame-ancestors {framed}",
            # Without a referrer browsers would send `Origin: null` with the form.
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
            "Vary": "Accept-Language",
            "X-Robots-Tag": "noindex",
            **(headers or {}),
        },
    )


async def _look(name: str) -> Response:
    kind = _STYLES.get(name)
    if kind is None:
        return Response(status_code=404)
    return FileResponse(_LOOK / name, media_type=kind, headers={"Cache-Control": "max-age=300"})
