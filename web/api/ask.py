"""`POST /api/v1/ask`: a question of a page, answered in events as it grows or in one piece of JSON."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Send

from rag.records import Answer, Status, Turn
from web.admission import Admitted
from web.api.answering import final_of
from web.api.body import read_json
from web.api.pending import Asked, Finished
from web.api.questions import checked, turns
from web.api.schema import Ask
from web.api.service import Service, screen_language
from web.api.streaming import send_events, while_connected
from web.api.telling import About, Event, Telling, is_failure, meta, whole
from web.problems import Refused, request_id
from web.request_log import note

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Put:
    """A question that may be asked."""

    text: str
    history: tuple[Turn, ...]
    asked: Asked
    about: About


async def ask(service: Service, request: Request, send: Send) -> None:
    """Answers the question in the body of `request`. Raises `Refused` as long as nothing was sent."""
    admitted = service.admit(request)
    screen_language(request, admitted.site, None)
    put = _put(service, request, admitted, await read_json(request, Ask))
    earlier = service.pending.finished(put.asked)
    if earlier:
        await _send(service, request, send, _again(put, earlier), _repeated(earlier))
        return
    site = admitted.site
    with service.pending.claim(put.asked, most=site.limits.conversation):
        await service.answering.check_budget(site)
        passed = await service.limiter.hit(site, admitted.client)
        async with service.answering.turn(site, admitted.client) as turn:
            await _send(service, request, send, put, _answers(service, request, put, turn), passed.headers)


def _put(service: Service, request: Request, admitted: Admitted, sent: Ask) -> Put:
    site = admitted.site
    language = screen_language(request, site, sent.lang)
    text = checked(sent.question, most=service.question_chars(site))
    history = turns(sent.history)
    conversation = sent.conversation_id or secrets.token_urlsafe(16)
    note(request, chars=len(text), turns=len(history))
    return Put(
        text=text,
        history=history,
        asked=Asked(
            site=site.name,
            client=admitted.client,
            conversation=conversation,
            message=sent.client_msg_id,
            digest=hashlib.sha256(repr((text, history)).encode("utf-8", "backslashreplace")).digest(),
        ),
        about=About(
            answer_id=secrets.token_urlsafe(16),
            conversation_id=conversation,
            language=language,
            site=site,
            writer=service.answering.writer,
        ),
    )


def _again(put: Put, earlier: Finished) -> Put:
    about = replace(put.about, answer_id=earlier.answer_id, conversation_id=earlier.conversation)
    return replace(put, about=about)


async def _repeated(earlier: Finished) -> AsyncGenerator[Answer, None]:
    yield earlier.answer


async def _answers(
    service: Service, request: Request, put: Put, turn: asyncio.Task[None]
) -> AsyncGenerator[Answer, None]:
    """Growing answers to `put` once its turn has come. The final one is kept: for a rating, and for a repetition."""
    await turn
    async with aclosing(service.answering.answers(put.about.site, put.text, put.history)) as answers:
        async for answer in answers:
            if answer.status is not Status.WRITING and not is_failure(answer):
                service.feedback.show(answer, put.about.answer_id, site=put.about.site.name)
                service.pending.finish(put.asked, put.about.answer_id, answer)
                passages = [citation.passage_id for citation in answer.citations]
                note(request, answer=answer.status.value, reason=answer.reason, passages=passages)
            yield answer


async def _send(
    service: Service,
    request: Request,
    send: Send,
    put: Put,
    answers: AsyncGenerator[Answer, None],
    headers: Mapping[str, str] | None = None,
) -> None:
    """Sends `answers` the way that the client reads them, until it leaves."""
    if wants_events(request):
        told = events_of(answers, put.about, request_id(request))
        await while_connected(request.receive, send_events(send, told, headers or {}))
        return
    answer = await while_connected(request.receive, final_of(answers))
    content = whole(answer, put.about)
    response = JSONResponse(content, headers={"Cache-Control": "no-store", **(headers or {})})
    await response(request.scope, request.receive, send)


def wants_events(request: Request) -> bool:
    """Whether the client reads an event stream."""
    return "text/event-stream" in request.headers.get("accept", "").lower()


async def events_of(
    answers: AsyncGenerator[Answer, None], about: About, name: str | None
) -> AsyncGenerator[Event, None]:
    """The events of `answers`: always `meta` first, always exactly one `done` or `error` last.

    `name` is that of the request.
    """
    telling = Telling(about)
    yield Event(name="meta", data=meta(about))
    refusal = Refused("service-failed")
    try:
        async with aclosing(answers):
            async for answer in answers:
                for event in telling.tell(answer):
                    yield event
    except Refused as refused:
        refusal = refused
    except Exception:  # whatever it was, the reader gets an end and the operator the trace
        _log.exception("Telling an answer failed.")
    if not telling.ended:
        yield telling.failed(refusal, name)
