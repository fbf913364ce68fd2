"""The web application: the API and what sites embed, the chat at `/`, articles with their quotes marked, health checks.

It starts and answers also when the assistant cannot: the page and `/readyz` then say why in one line.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from rag.errors import AssistantError
from rag.prompts import label
from rag.records import Language
from rag.settings import Settings
from web.admission import Admission, SiteCors
from web.api.answering import Answering
from web.api.routes import add_api
from web.api.service import Service
from web.article_page import article_list, article_page, message_page
from web.body_limit import BodyLimit
from web.chat import LOOK, mount_chat
from web.collection import Collection
from web.conversation import Assistant
from web.embedding import add_widget
from web.evaluation import Evaluations
from web.evaluation_routes import add_evaluation
from web.feedback import FeedbackLog
from web.front_page import FrontPage
from web.limiting import Limiter
from web.plain_routes import add_plain
from web.problems import Refused, problem, problem_of, public_line
from web.protection import BeforeChat, Failures, Protection
from web.request_log import RequestLog
from web.screen import language_of
from web.sites import Sites
from web.turns import Turns

_FEEDBACK_BYTES = 1024
_READ = ["GET", "HEAD"]  # monitors and link checkers ask for the head alone


def create_app(assistant: Assistant, settings: Settings, evaluations: Evaluations | None = None) -> FastAPI:
    """The whole application over `assistant`. Raises `SettingsError`.

    There is a page of batch evaluation where the settings have a password for it and somebody does the `evaluations`.
    """
    service = _service(assistant, settings)

    @asynccontextmanager
    async def until_the_end(_: FastAPI) -> AsyncIterator[None]:
        # What is told to end by a signal ends by it once the server has stopped: nothing after that is sure to run.
        yield
        if evaluations:
            await run_in_threadpool(evaluations.close)
        await service.limiter.close()

    app = FastAPI(
        title="Wenju",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=until_the_end,
    )
    app.state.service = service
    if settings.chat_page:
        # Gradio stands down only before a CORS middleware of ours; by itself it would let any origin in.
        app.add_middleware(CORSMiddleware, allow_origins=[], allow_credentials=False)
        app.add_middleware(FrontPage)
    # The last one added stands outermost.
    app.add_middleware(BodyLimit)
    app.add_middleware(Failures)
    app.add_middleware(SiteCors, sites=service.sites)
    has_evaluation = evaluations is not None and settings.evaluation_password is not None
    app.add_middleware(Protection, evaluation=has_evaluation)
    app.add_middleware(RequestLog)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Refused, _on_refusal)
    _add_health(app, assistant)
    add_api(app, service)
    add_widget(app, service.sites)
    add_plain(app, service)
    if evaluations and has_evaluation:
        add_evaluation(app, evaluations, settings)
    app.mount("/look", StaticFiles(directory=LOOK))
    if settings.chat_page:
        collection = Collection(assistant)
        _add_articles(app, assistant, collection)
        _add_feedback(app, service.feedback)
        app.router.routes.append(BeforeChat(app.router.routes))
        mount_chat(app, assistant, collection, settings, service.feedback, evaluation=has_evaluation)
    return app


def _service(assistant: Assistant, settings: Settings) -> Service:
    sites = Sites(settings.sites, public_url=settings.public_url, port=settings.port)
    limiter = Limiter(settings.limits_url)
    turns = Turns(settings.answers_at_once, settings.answers_waiting, settings.answers_wait_seconds)
    answering = Answering(
        assistant, turns, limiter, at_once=settings.answers_at_once, most_seconds=settings.chat_total_seconds
    )
    return Service(
        settings=settings,
        assistant=assistant,
        sites=sites,
        admission=Admission(sites, settings.proxies),
        limiter=limiter,
        answering=answering,
        feedback=FeedbackLog(settings.index.parent / "feedback.jsonl"),
    )


def _add_health(app: FastAPI, assistant: Assistant) -> None:
    @app.api_route("/healthz", methods=_READ)
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    @app.api_route("/readyz", methods=_READ)
    async def readyz() -> Response:
        try:
            await run_in_threadpool(assistant.check)
        except AssistantError as error:
            return problem(503, public_line(error), kind="/problems/not-ready")
        return JSONResponse({"status": "ready", "writer": assistant.writer_name}, headers={"Cache-Control": "no-store"})


def _add_articles(app: FastAPI, assistant: Assistant, collection: Collection) -> None:
    @app.api_route("/articles", methods=_READ)
    def articles(request: Request, page: str = "1") -> Response:
        language = _language(request)
        try:
            return _html(article_list(collection.articles(), int(page) if _is_number(page) else 1, language))
        except AssistantError as error:
            return _unready(error, language)

    @app.api_route("/articles/{article_id:path}", methods=_READ)
    def article(
        request: Request,
        article_id: str,
        start: Annotated[list[str] | None, Query()] = None,
        end: Annotated[list[str] | None, Query()] = None,
    ) -> Response:
        language = _language(request)
        try:
            found = assistant.article(article_id)
        except AssistantError as error:
            return _unready(error, language)
        if found is None:
            heading, text = label("article_not_found", language), label("article_not_found_means", language)
            return _html(message_page(heading, text, language), status=404)
        return _html(article_page(found, _spans(start or [], end or []), language))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 12


def _spans(starts: list[str], ends: list[str]) -> list[tuple[int, int]]:
    """The stretches that an address names; what is no number is left out."""
    return [
        (int(start), int(end))
        for start, end in zip(starts, ends, strict=False)
        if _is_number(start) and _is_number(end)
    ][:20]


class _Rating(BaseModel):
    answer: str
    rating: str
    reason: str | None = None


def _add_feedback(app: FastAPI, feedback: FeedbackLog) -> None:
    @app.post("/feedback")
    async def rate(request: Request) -> Response:
        # A JSON body makes browsers ask first when another site sends it, and no other site is allowed.
        if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
            return problem(415)
        body = await request.body()
        if len(body) > _FEEDBACK_BYTES:
            return problem(413)
        try:
            sent = _Rating.model_validate_json(body)
        except ValidationError:
            return problem(422)
        written = await run_in_threadpool(feedback.add, sent.answer, sent.rating, sent.reason)
        return Response(status_code=204) if written else problem(404)


def _html(page: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-cache", "Vary": "Accept-Language"})


def _unready(error: AssistantError, language: Language) -> Response:
    return _html(message_page(label("not_ready", language), public_line(error), language), status=503)


def _language(request: Request) -> Language:
    return language_of(request.headers.get("accept-language"))


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = problem_of(error.status_code).response(request)
    answer.headers.update(error.headers or {})
    return answer


async def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return error.response(request)
