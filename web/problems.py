"""Errors as RFC 9457 problem details. They never hold what was sent or what an exception said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from starlette.responses import JSONResponse

_ADDRESS = re.compile(r"https?://\S+")
_FOLDERS = re.compile(r"(?<![^\s'\"(])/(?:[^\s/]+/)+(?=[^\s/]+/[^\s/]+)")


def problem(status: int, detail: str | None = None, kind: str = "about:blank") -> JSONResponse:
    """The response for an HTTP error. `detail` is one of our own lines."""
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


class Refused(Exception):
    """A request that is not served, and the problem that says why. Holds nothing of what was sent."""

    def __init__(
        self,
        kind: str,
        status: int,
        *,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """`retry_after` in seconds; each of `errors` has a `pointer` and a `code`."""
        super().__init__(kind)
        self.kind = kind
        self.status = status
        self.retry_after = retry_after
        self.headers = dict(headers or {})
        self.errors = tuple(errors)
