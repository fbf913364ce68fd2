"""Errors as RFC 9457 problem details. They never hold what was sent or what an exception said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from rag.prompts import label
from rag.records import Language
from web.screen import language_of

_ADDRESS = re.compile(r"https?://\S+")
_FOLDERS = re.compile(r"(?<![^\s'\"(])/(?:[^\s/]+/)+(?=[^\s/]+/[^\s/]+)")

_FIXED = re.compile(r"/api/v1/(?:ask|site|feedback|token|batch|openapi\.json)|/v1/(?:chat/completions|models)")

STATUSES: Mapping[str, int] = {
    "bad-request": 400,
    "unknown-site-key": 401,
    "token-required": 401,
    "token-expired": 401,
    "origin-not-allowed": 403,
    "site-revoked": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "pending": 409,
    "already-rated": 409,
    "payload-too-large": 413,
    "unsupported-media-type": 415,
    "invalid-request": 422,
    "question-empty": 422,
    "question-too-long": 422,
    "personal-data": 422,
    "rate-limited": 429,
    "budget-exhausted": 429,
    "service-failed": 500,
    "busy": 503,
    "index-unavailable": 503,
}
"""Every kind of problem that the API answers with, and its HTTP status."""
_BY_STATUS = {400: "bad-request", 404: "not-found", 405: "method-not-allowed", 413: "payload-too-large"}
_OPENAI_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
_SENT_WITH = {401: {"WWW-Authenticate": 'SiteKey realm="wenju"'}}


class Refused(Exception):
    """A request that is not served, and the problem that says why. Holds nothing of what was sent."""

    def __init__(
        self,
        kind: str,
        status: int | None = None,
        *,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
        values: Mapping[str, object] | None = None,
    ) -> None:
        """`retry_after` in seconds; each of `errors` has a `pointer` and a `code`; `values` are named in the words."""
        super().__init__(kind)
        self.kind = kind
        self.status = status or STATUSES[kind]
        self.retry_after = retry_after
        self.headers = dict(headers or {})
        self.errors = tuple(errors)
        self.values = dict(values or {})

    def detail(self, language: Language) -> str:
        """The line for the person who reads."""
        return label(f"problem_{self.kind.replace('-', '_')}", language, **self.values)

    def content(self, language: Language, *, instance: str | None = None, request_id: str | None = None) -> Any:
        """The problem as an object for JSON."""
        content: dict[str, object] = {
            "type": f"/problems/{self.kind}",
            "title": self.kind.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": self.detail(language),
        }
        about = {"instance": instance, "request_id": request_id, "retry_after": self.retry_after}
        content |= {name: value for name, value in about.items() if value is not None}
        return content | ({"errors": list(self.errors)} if self.errors else {})

    def as_openai(self, language: Language) -> dict[str, object]:
        """The problem as clients of OpenAI's API read one."""
        kind = _OPENAI_TYPES.get(self.status, "server_error" if self.status >= 500 else "invalid_request_error")
        pointer = str(self.errors[0]["pointer"]) if self.errors else ""
        code = str(self.errors[0]["code"]) if pointer == "/model" else self.kind
        parameter = pointer.strip("/").split("/")[0] or None
        message = self.detail(language)
        return {"error": {"message": message, "type": kind, "param": parameter, "code": code.replace("-", "_")}}

    def response(self, request: Request) -> JSONResponse:
        """The problem as the answer to `request`, in the language of its reader."""
        wait = {"Retry-After": str(self.retry_after)} if self.retry_after is not None else {}
        headers = {"Cache-Control": "no-store", **_SENT_WITH.get(self.status, {}), **wait, **self.headers}
        if request.scope["path"].startswith("/v1/"):
            # Those clients know 400 for whatever is wrong with a request.
            status = 400 if self.status == 422 else self.status
            return JSONResponse(self.as_openai(reader_language(request)), status_code=status, headers=headers)
        content = self.content(reader_language(request), instance=_path(request), request_id=request_id(request))
        return JSONResponse(content, status_code=self.status, media_type="application/problem+json", headers=headers)


def request_id(request: Request) -> str | None:
    """The name of this request in the log and in the header `X-Request-Id`."""
    found = request.scope.get("state", {}).get("request_id")
    return found if isinstance(found, str) else None


def reader_language(request: Request) -> Language:
    """The language that the request has been found to want, or that of its browser."""
    chosen: Language | None = request.scope.get("state", {}).get("language")
    return chosen or language_of(request.headers.get("accept-language"))


def _path(request: Request) -> str | None:
    """The path where it is one of ours word for word: what a stranger put into it is not sent back."""
    return path if _FIXED.fullmatch(path := request.scope["path"]) else None


def problem_of(status: int) -> Refused:
    """The problem for an HTTP error that the framework found."""
    return Refused(_BY_STATUS.get(status, "bad-request" if status < 500 else "service-failed"), status)


def problem(status: int, detail: str | None = None, kind: str = "about:blank") -> JSONResponse:
    """The response for an HTTP error of a page. `detail` is one of our own lines."""
    content = {"type": kind, "title": HTTPStatus(status).phrase, "status": status}
    return JSONResponse(
        {**content, "detail": detail} if detail else content,
        status_code=status,
        media_type="application/problem+json",
        headers={"Cache-Control": "no-store"},
    )


def public_line(error: Exception) -> str:
    """The line of `error` as a stranger may read it: of a path its last two names, of an address nothing."""
    line = " ".join(str(error).split())
    return _FOLDERS.sub("", _ADDRESS.sub("…", line))
