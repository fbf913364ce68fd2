"""The body of a request as a checked record. What is wrong with it is named by place and kind, never repeated."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from web.problems import Refused

_SECONDS_TO_SEND = 15.0
_UNKNOWN = "extra_forbidden"
_CODES = {_UNKNOWN: "unknown-field", "missing": "missing", "string_too_long": "too-long", "too_long": "too-long"}

Model = TypeVar("Model", bound=BaseModel)


async def read_json(request: Request, model: type[Model]) -> Model:
    """The JSON body of `request` as a `model`. Raises `Refused`."""
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type != "application/json":
        raise Refused("unsupported-media-type")
    try:
        async with asyncio.timeout(_SECONDS_TO_SEND):
            raw = await request.body()
    except TimeoutError:
        raise Refused("bad-request") from None
    return parsed(raw, model)


def parsed(raw: bytes, model: type[Model]) -> Model:
    """`raw` as a `model`: strict UTF-8 without a byte order mark, JSON without `NaN`; of equal keys the last counts.

    Raises `Refused`.
    """
    if json.detect_encoding(raw) != "utf-8":
        raise Refused("bad-request")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("bad-request") from None
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refused("invalid-request", errors=[{"pointer": "", "code": "json"}]) from None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Refused("invalid-request", errors=faults(error.errors(include_input=False))) from None


def faults(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Where a body is wrong and how, at most 10 places. A field that does not exist is not named."""
    return [{"pointer": _pointer(error), "code": _CODES.get(error["type"], "invalid")} for error in errors[:10]]


def _pointer(error: Mapping[str, Any]) -> str:
    place = error["loc"][:-1] if error["type"] == _UNKNOWN else error["loc"]
    return "".join(f"/{part}" for part in place)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
