"""`POST /v1/chat/completions` and `GET /v1/models`, the way clients of OpenAI's API speak. For a site's own server.

What such a client may send beyond the messages is ignored: the articles answer, not a model of its choice.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Send

from rag.records import Answer, Status, Turn
from web.api.answering import final_of
from web.api.ask import events_of
from web.api.body import read_json
from web.api.questions import checked
from web.api.schema import HISTORY_CHARS, MOST_TURNS, Source, Text, WholeAnswer
from web.api.service import Service, screen_language
from web.api.streaming import PING_SECONDS, line, send_stream, while_connected
from web.api.telling import About, whole
from web.api.wording import NUMBER
from web.problems import Refused, request_id
from web.request_log import note

MODEL = "wenju"
_AT_ONCE = 16
_SENT = {"Cache-Control": "no-store"}


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Part(_Loose):
    """A piece of a message; only text is read."""

    type: Literal["text"]
    text: Text


class Message(_Loose):
    """One message. Those of `system` and the like are not read: the articles answer under our own rules."""

    role: str
    content: Text | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its words."""
        parts = self.content or ""
        return parts if isinstance(parts, str) else "\n".join(part.text for part in parts)


class StreamOptions(_Loose):
    include_usage: bool = False


class ChatRequest(_Loose):
    """What is read of a request. Everything else is ignored."""

    model: str
    messages: Annotated[list[Message], Field(min_length=1, max_length=1000)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reply:
    """What all pieces of one reply share."""

    id: str
    created: int

    def piece(self, delta: dict[str, Any], finished: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finished}
        return self._of("chat.completion.chunk", [choice])

    def whole(self, message: dict[str, Any], usage: dict[str, int], about: WholeAnswer) -> dict[str, Any]:
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return self._of("chat.completion", [choice]) | {"usage": usage, "wenju": about}

    def usage(self, usage: dict[str, int]) -> dict[str, Any]:
        return self._of("chat.completion.chunk", []) | {"usage": usage}

    def _of(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": MODEL, "choices": choices}


async def completions(service: Service, request: Request, send: Send) -> None:
    """Answers the last message of the user. Raises `Refused` as long as nothing was sent."""
    site = service.admit_server(request).site
    language = screen_language(request, site, None)
    sent = await read_json(request, ChatRequest)
    if sent.model != MODEL:
        raise Refused("not-found", errors=[{"pointer": "/model", "code": "model-not-found"}])
    text, history = _question(sent.messages)
    text = checked(text, most=service.question_chars(site))
    note(request, chars=len(text), turns=len(history))
    about = About(
        answer_id=secrets.token_urlsafe(16),
        conversation_id=secrets.token_urlsafe(16),
        language=language,
        site=site,
        writer=service.answering.writer,
    )
    await service.answering.check_budget(site)
    reply = _Reply(id=f"chatcmpl-{about.answer_id}", created=int(time.time()))
    async with service.answering.turn(site, f"server of {site.name}", most=_AT_ONCE) as turn:
        answers = _answers(service, request, about, turn, text, history)
        if sent.stream:
            with_usage = bool(sent.stream_options and sent.stream_options.include_usage)
            pieces = _pieces(service, request, answers, about, reply, with_usage=with_usage)
            await while_connected(request.receive, send_stream(send, pieces, {}, ping_seconds=PING_SECONDS))
            return
        answer = await while_connected(request.receive, final_of(answers))
    content = whole(answer, about)
    message = {
        "role": "assistant",
        "content": content["answer"],
        "refusal": None,
        "annotations": url_citations(content["answer"], content["sources"], _base(service)),
    }
    made = reply.whole(message, _usage(service, answer), content)
    await JSONResponse(made, headers=_SENT)(request.scope, request.receive, send)


async def models(service: Service, request: Request) -> Response:
    """The one model there is. Raises `Refused`."""
    service.admit_server(request)
    named = request.path_params.get("name")
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}
    if named is None:
        return JSONResponse({"object": "list", "data": [model]}, headers=_SENT)
    if named != MODEL:
        raise Refused("not-found", errors=[{"pointer": "/model", "code": "model-not-found"}])
    return JSONResponse(model, headers=_SENT)


def _question(messages: list[Message]) -> tuple[str, tuple[Turn, ...]]:
    """The last message of the user and what was said before it: as much of it as there may be, the newest first."""
    said = [(m.role, m.text) for m in messages if m.role in ("user", "assistant") and m.text]
    if not said or said[-1][0] != "user":
        raise Refused("invalid-request", errors=[{"pointer": "/messages", "code": "no-question"}])
    history: list[Turn] = []
    left = HISTORY_CHARS
    for role, text in reversed(said[:-1][-MOST_TURNS:]):
        left -= len(text)
        if left < 0:
            break
        history.append(Turn(role="user" if role == "user" else "assistant", content=text))
    return said[-1][1], tuple(reversed(history))


async def _answers(
    service: Service,
    request: Request,
    about: About,
    turn: asyncio.Task[None],
    text: str,
    history: tuple[Turn, ...],
) -> AsyncGenerator[Answer, None]:
    await turn
    async with aclosing(service.answering.answers(about.site, text, history)) as answers:
        async for answer in answers:
            if answer.status is not Status.WRITING:
                passages = [citation.passage_id for citation in answer.citations]
                note(request, answer=answer.status.value, reason=answer.reason, passages=passages)
            yield answer


async def _pieces(
    service: Service,
    request: Request,
    answers: AsyncGenerator[Answer, None],
    about: About,
    reply: _Reply,
    *,
    with_usage: bool,
) -> AsyncGenerator[bytes, None]:
    """The reply in pieces. What has been sent cannot be taken back, so that an answer that changes ends in an error."""
    last: list[Answer] = []
    text = ""
    sources: list[Source] = []
    yield _data(reply.piece({"role": "assistant", "content": ""}))
    async with aclosing(events_of(_kept(answers, last), about, request_id(request))) as events:
        async for event in events:
            match event.name:
                case "sources":
                    sources = event.data["sources"]
                case "delta":
                    text += event.data["text"]
                    yield _data(reply.piece({"content": event.data["text"]}))
                case "replace":
                    yield _data(Refused("service-failed").as_openai(about.language))
                    return
                case "error":
                    problem = event.data["problem"]
                    kind = problem["type"].rpartition("/")[2]
                    yield _data(Refused(kind, problem["status"]).as_openai(about.language))
                    return
    found = url_citations(text, sources, _base(service))
    yield _data(reply.piece({"annotations": found} if found else {}, "stop"))
    if with_usage:
        yield _data(reply.usage(_usage(service, last[-1])))
    yield b"data: [DONE]\n\n"


async def _kept(answers: AsyncGenerator[Answer, None], last: list[Answer]) -> AsyncGenerator[Answer, None]:
    async with aclosing(answers):
        async for answer in answers:
            last[:] = [answer]
            yield answer


def _data(content: dict[str, Any]) -> bytes:
    return f"data: {line(content)}\n\n".encode()


def url_citations(text: str, sources: list[Source], base: str) -> list[dict[str, Any]]:
    """The citations of `text`, each where its number stands. `base` is the address of this server."""
    known = {source["n"]: source for source in sources}
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "url": source["url"] or base + source["article_url"],
                "title": source["title"] or "",
                "start_index": mark.start(),
                "end_index": mark.end(),
            },
            "quote": source["quote"],
            "article_id": source["article_id"],
        }
        for mark in NUMBER.finditer(text)
        if (source := known.get(int(mark[1])))
    ]


def _base(service: Service) -> str:
    return min(service.sites.own_origins)


def _usage(service: Service, answer: Answer) -> dict[str, int]:
    """Model tokens, which are none where the articles are quoted. How many were read is not told apart."""
    tokens = service.assistant.tokens(answer)
    return {"prompt_tokens": 0, "completion_tokens": tokens, "total_tokens": tokens}
