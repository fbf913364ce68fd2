"""`GET /api/v1/openapi.json`: the API as a document that machines read, with every status that may come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import is_typeddict

from web.api.completions import ChatRequest
from web.api.schema import (
    Ask,
    BatchQuestion,
    Done,
    Meta,
    Problem,
    Rating,
    SiteInfo,
    Source,
    SourceText,
    TokenFor,
    TokenMade,
    WholeAnswer,
)
from web.problems import STATUSES

_REFERENCE = "#/components/schemas/{model}"
_RECORDS: tuple[type, ...] = (
    Ask,
    BatchQuestion,
    ChatRequest,
    Done,
    Meta,
    Problem,
    Rating,
    SiteInfo,
    Source,
    SourceText,
    TokenFor,
    TokenMade,
    WholeAnswer,
)
_EVENTS = """\
A stream of events, each with an `id` counting from 1 and one line of JSON: first `meta` (Meta), then \
`sources` `{"sources": [Source]}` before any `delta` `{"text"}` that uses them and again, whole, when it has grown, \
perhaps `replace` `{"text", "reason"}` in place of all text so far, and last exactly one `done` (Done) or \
`error` `{"problem": Problem}`. A comment comes every 15 s."""
_ADMITTED = (401, 403)
_READ = (400, 413, 415, 422)


async def description(request: Request) -> Response:
    """The document."""
    return JSONResponse(document(), headers={"Cache-Control": "public, max-age=300"})


@cache
def document() -> Mapping[str, Any]:
    """The OpenAPI document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Wenju",
            "version": "1",
            "description": "Asks the articles that a site may see; every answer shows the words that it rests on.",
        },
        "paths": {
            "/api/v1/ask": {"post": _ask()},
            "/api/v1/site": {"get": _site()},
            "/api/v1/feedback": {"post": _feedback()},
            "/api/v1/sources/{passage_id}": {"get": _source()},
            "/api/v1/token": {"post": _token()},
            "/api/v1/batch": {"post": _batch()},
            "/api/v1/openapi.json": {"get": _described()},
            "/v1/chat/completions": {"post": _completions()},
            "/v1/models": {"get": _models("All models: one.")},
            "/v1/models/{name}": {"get": _models("One model.", name=True)},
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "siteKey": {"type": "apiKey", "in": "header", "name": "X-Site-Key", "description": "`pk_...`, public"},
                "secretKey": {"type": "http", "scheme": "bearer", "description": "`sk_...`, for a site's own server"},
            },
        },
    }


def _schemas() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for record in _RECORDS:
        schema = TypeAdapter(record).json_schema(ref_template=_REFERENCE)
        found |= schema.pop("$defs", {})
        found[record.__name__] = schema
    return dict(sorted(found.items()))


def _of(record: type) -> dict[str, Any]:
    assert is_typeddict(record) or issubclass(record, BaseModel)
    return {"$ref": _REFERENCE.format(model=record.__name__)}


def _json(record: type, words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": _of(record)}}}


def _operation(
    summary: str,
    answers: Mapping[str, Any],
    problems: Sequence[int],
    *,
    secret: bool = False,
    body: Mapping[str, Any] | None = None,
    parameters: Sequence[Mapping[str, Any]] = (),
    openai: bool = False,
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "summary": summary,
        "security": [{"secretKey": []}] if secret else [{"siteKey": []}],
        "parameters": [*parameters, *([] if secret else _PAGE)],
        "responses": {**answers, **{str(status): _problem(status, openai=openai) for status in sorted(set(problems))}},
    }
    if body:
        found["requestBody"] = {"required": True, "content": body}
    return found


_PAGE: tuple[dict[str, Any], ...] = (
    {
        "name": "Origin",
        "in": "header",
        "required": True,
        "schema": {"type": "string"},
        "description": "Set by the browser: an origin that the site lists.",
    },
    {
        "name": "X-Site-Token",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,200}$"},
        "description": "Where the site wants one, from `/api/v1/token`.",
    },
)
_LANG: dict[str, Any] = {
    "name": "lang",
    "in": "query",
    "required": False,
    "schema": {"type": "string"},
    "description": "Language of labels and problems, such as `zh-CN`.",
}


def _problem(status: int, *, openai: bool) -> dict[str, Any]:
    kinds = ", ".join(f"`{kind}`" for kind, its in STATUSES.items() if its == status)
    if openai:
        schema = {
            "type": "object",
            "required": ["error"],
            "properties": {
                "error": {
                    "type": "object",
                    "required": ["message", "type", "code", "param"],
                    "properties": {
                        "message": {"type": "string"},
                        "type": {"type": "string"},
                        "code": {"type": "string"},
                        "param": {"type": ["string", "null"]},
                    },
                }
            },
        }
        return {"description": f"An error: {kinds}", "content": {"application/json": {"schema": schema}}}
    headers: dict[str, Any] = {}
    if status in (429, 503):
        headers["Retry-After"] = {"schema": {"type": "integer"}, "description": "Seconds."}
    return {
        "description": f"A problem: {kinds}",
        "headers": headers,
        "content": {"application/problem+json": {"schema": _of(Problem)}},
    }


def _ask() -> dict[str, Any]:
    answers = {
        "200": {
            "description": "The answer, by `Accept` as JSON or as a stream of events.",
            "content": {
                "application/json": {"schema": _of(WholeAnswer)},
                "text/event-stream": {"schema": {"type": "string", "description": _EVENTS}},
            },
        }
    }
    body = {"application/json": {"schema": _of(Ask)}}
    return _operation("Ask a question.", answers, (*_ADMITTED, *_READ, 409, 429, 500, 503), body=body)


def _site() -> dict[str, Any]:
    answers = {"200": _json(SiteInfo, "All that a widget shows."), "304": {"description": "It has not changed."}}
    return _operation("What a site is called and may ask.", answers, (*_ADMITTED, 500), parameters=[_LANG])


def _feedback() -> dict[str, Any]:
    body = {"application/json": {"schema": _of(Rating)}}
    answers = {"204": {"description": "Taken down."}}
    return _operation("Rate an answer, once.", answers, (*_ADMITTED, *_READ, 404, 409, 500), body=body)


def _source() -> dict[str, Any]:
    passage = {
        "name": "passage_id",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": "The `id` of a source; may hold slashes.",
    }
    answers = {"200": _json(SourceText, "The passage.")}
    return _operation("Read a passage in full.", answers, (*_ADMITTED, 404, 500, 503), parameters=[passage, _LANG])


def _token() -> dict[str, Any]:
    body = {"application/json": {"schema": _of(TokenFor)}}
    answers = {"200": _json(TokenMade, "A token for pages of this origin.")}
    return _operation("Make a token for a page.", answers, (*_ADMITTED, *_READ, 500), secret=True, body=body)


def _batch() -> dict[str, Any]:
    name = {
        "name": "batch_id",
        "in": "query",
        "required": False,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
        "description": "Names the batch. The same request again goes on where it ended. Unset: see `X-Batch-Id`.",
    }
    words = (
        "Lines in the order of the questions: `id` and the fields of WholeAnswer, or "
        "`line` (from 1), `id` where it is known, and `problem`."
    )
    answers = {
        "200": {
            "description": words,
            "headers": {"X-Batch-Id": {"schema": {"type": "string"}}},
            "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
        }
    }
    lines = "One BatchQuestion a line, at most 10,000 lines and 10 MB."
    body = {"application/x-ndjson": {"schema": {"type": "string", "description": lines}}}
    problems = (*_ADMITTED, *_READ, 409, 500)
    return _operation("Ask many questions.", answers, problems, secret=True, body=body, parameters=[name, _LANG])


def _described() -> dict[str, Any]:
    answer = {"description": "This document.", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {"summary": "Read this document.", "security": [], "responses": {"200": answer}}


def _completions() -> dict[str, Any]:
    body = {"application/json": {"schema": _of(ChatRequest)}}
    answers = {
        "200": {
            "description": "As OpenAI's API answers, streamed or not; citations stand in `annotations`.",
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "text/event-stream": {"schema": {"type": "string"}},
            },
        }
    }
    problems = (*_ADMITTED, 400, 404, 413, 415, 429, 500, 503)
    return _operation("Ask as OpenAI's clients do.", answers, problems, secret=True, body=body, openai=True)


def _models(summary: str, *, name: bool = False) -> dict[str, Any]:
    parameter = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    answers = {
        "200": {"description": "What there is.", "content": {"application/json": {"schema": {"type": "object"}}}}
    }
    problems = (*_ADMITTED, 500, *((404,) if name else ()))
    return _operation(summary, answers, problems, secret=True, parameters=[parameter] if name else [], openai=True)
