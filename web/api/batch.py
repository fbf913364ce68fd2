"""`POST /api/v1/batch`: many questions of a site's own server, a line each, answered in their order.

What is answered is kept under the name of the batch, so that the same request sent again goes on where it ended.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import Send

from rag.records import Answer, Language, Turn
from web.api.batch_file import BatchFile
from web.api.body import parsed
from web.api.questions import checked, turns
from web.api.schema import BatchQuestion
from web.api.service import Service, screen_language
from web.api.streaming import line, send_stream, while_connected
from web.api.telling import About, whole
from web.body_limit import ASK_BYTES
from web.problems import Refused
from web.request_log import note
from web.sites import Site

MOST_LINES = 10_000
_AT_ONCE = 4
_SECONDS_TO_SEND = 300.0
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
_BUSY_SECONDS = (1, 2, 4, 8, 15, 30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of the request: a question, or what is wrong with it."""

    number: int
    """From 1."""
    name: str | None = None
    """Its `id`."""
    text: str = ""
    history: tuple[Turn, ...] = ()
    fault: Refused | None = None

    @property
    def digest(self) -> str:
        """Stands for the question and what was said before."""
        return hashlib.sha256(repr((self.text, self.history)).encode("utf-8", "backslashreplace")).hexdigest()


async def batch(service: Service, request: Request, send: Send) -> None:
    """Answers the lines in the body of `request`. Raises `Refused` as long as nothing was sent."""
    site = service.admit_server(request).site
    screen_language(request, site, request.query_params.get("lang"))
    if request.headers.get("content-type", "").split(";")[0].strip().lower() not in _TYPES:
        raise Refused("unsupported-media-type")
    name = request.query_params.get("batch_id") or secrets.token_urlsafe(12)
    if not _NAME.fullmatch(name):
        raise Refused("invalid-request", errors=[{"pointer": "/batch_id", "code": "invalid"}])
    try:
        async with asyncio.timeout(_SECONDS_TO_SEND):
            body = await request.body()
    except TimeoutError:
        raise Refused("bad-request") from None
    lines = list(lines_of(body, most=service.question_chars(site)))
    if len(lines) > MOST_LINES:
        raise Refused("payload-too-large")
    note(request, lines=len(lines))
    with BatchFile(folder_of(service, site) / f"{name}.jsonl") as kept:
        told = _told(service, request, site, lines, kept)
        headers = {"content-type": "application/x-ndjson", "x-batch-id": name}
        await while_connected(request.receive, send_stream(send, told, headers, ping_seconds=None))


def folder_of(service: Service, site: Site) -> Path:
    """Where the batches of `site` are kept."""
    return service.settings.index.parent / "batches" / site.name


def lines_of(body: bytes, *, most: int) -> Iterator[Line]:
    """The lines of `body` that are not blank. Questions may have `most` code points."""
    seen: set[str] = set()
    for number, raw in enumerate(body.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if raw.strip():
            found = _line(number, raw.strip(), most)
            if found.name in seen:
                fault = Refused("invalid-request", errors=[{"pointer": "/id", "code": "used-before"}])
                found = Line(number=number, name=found.name, fault=fault)
            elif found.name is not None:
                seen.add(found.name)
            yield found


def _line(number: int, raw: bytes, most: int) -> Line:
    name: str | None = None
    try:
        if len(raw) > ASK_BYTES:
            raise Refused("payload-too-large")
        sent = parsed(raw, BatchQuestion)
        name = sent.id
        return Line(number=number, name=name, text=checked(sent.question, most=most), history=turns(sent.history))
    except Refused as fault:
        return Line(number=number, name=name, fault=fault)


async def _told(
    service: Service, request: Request, site: Site, lines: list[Line], kept: BatchFile
) -> AsyncGenerator[bytes, None]:
    """The answers in the order of `lines`, a few written at the same time."""
    at_once = max(1, min(_AT_ONCE, service.settings.answers_at_once // 2))
    language = screen_language(request, site, request.query_params.get("lang"))
    writing: deque[asyncio.Task[str]] = deque()
    rest = iter(lines)
    try:
        while True:
            while len(writing) < at_once and (entry := next(rest, None)):
                writing.append(asyncio.ensure_future(_answered(service, site, language, entry, kept)))
            if not writing:
                return
            yield (await writing[0] + "\n").encode()
            writing.popleft()
    finally:
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)


async def _answered(service: Service, site: Site, language: Language, entry: Line, kept: BatchFile) -> str:
    """The line that answers `entry`: as it was given before, or anew."""
    named = {} if entry.name is None else {"id": entry.name}
    try:
        if entry.fault or entry.name is None:
            raise entry.fault or Refused("invalid-request")
        if before := kept.answer(entry.name, entry.digest):
            return before
        answer = await _patiently(service, site, entry)
        about = About(
            answer_id=secrets.token_urlsafe(16),
            conversation_id=secrets.token_urlsafe(16),
            language=language,
            site=site,
            writer=answer.writer,
        )
        given = line({**named, **whole(answer, about)})
        await run_in_threadpool(kept.add, entry.name, entry.digest, given)
        return given
    except Refused as refused:
        return line({"line": entry.number, **named, "problem": refused.content(language)})


async def _patiently(service: Service, site: Site, entry: Line) -> Answer:
    """The answer, after waiting for those who ask on a page. Raises `Refused`."""
    for seconds in _BUSY_SECONDS:
        try:
            return await _answer(service, site, entry)
        except Refused as refused:
            if refused.kind != "busy":
                raise
        await asyncio.sleep(seconds)
    return await _answer(service, site, entry)


async def _answer(service: Service, site: Site, entry: Line) -> Answer:
    client = f"server of {site.name}"
    return await service.answering.run_one(site, entry.text, entry.history, client=client, most=_AT_ONCE)
