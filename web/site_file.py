"""`sites.toml`: what may stand in it, and one clear line for each mistake. Knows nothing of HTTP.

[sites.health]
key = "pk_..."                  # made by: python -m web sites add
secret_sha256 = "..."
origins = ["https://www.health.example.gov.cn"]
articles = ["health/*"]
languages = ["zh-Hans", "en"]
titles = { zh-Hans = "卫生健康问答" }
contact = { name = "市民服务热线", phone = "12345" }
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from rag.records import Language
from web import origins
from web.site_records import Contact, Site, SiteLimits
from web.themes import colour_fault, fault

KEY = re.compile(r"pk_[a-z2-7]{26}", re.ASCII)
SECRET = re.compile(r"sk_[a-z2-7]{52}", re.ASCII)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)


class SiteFileError(Exception):
    """A mistake in the file of the sites, in one line: file, site, field, what is expected."""


def read_sites(path: Path) -> tuple[Site, ...]:
    """The sites of the file, in its order. Raises `SiteFileError` with the first mistake."""
    found, mistakes = sites_and_mistakes(path)
    if mistakes:
        raise SiteFileError(mistakes[0])
    return found


def sites_and_mistakes(path: Path) -> tuple[tuple[Site, ...], tuple[str, ...]]:
    """The sites of the file that can be used, and a line for each mistake."""
    try:
        return parsed(read_text(path), path)
    except SiteFileError as error:
        return (), (str(error),)


def read_text(path: Path) -> str:
    """The text of the file, without a byte order mark. Raises `SiteFileError`."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SiteFileError(f"{path}: expected text in UTF-8.") from None
    except OSError as error:
        raise SiteFileError(f"{path}: cannot be read ({error.strerror}).") from None


def parsed(text: str, path: Path) -> tuple[tuple[Site, ...], tuple[str, ...]]:
    """The sites of `text` that can be used, and a line for each mistake, which names `path`."""
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return (), (f"{path}: no TOML: {_one_line(error)}.",)
    named = tables.pop("sites", {})
    strange = [f"{path}: {name}: unknown; expected tables such as [sites.health]." for name in tables]
    if not isinstance(named, dict):
        return (), (*strange, f"{path}: sites: expected tables such as [sites.health].")
    sites: list[Site] = []
    mistakes = strange
    for name, table in named.items():
        site, wrong = _read_site(name, table)
        mistakes += [f'{path}: site "{_shown(name)}": {line}.' for line in wrong]
        if site:
            sites.append(site)
    mistakes += [f"{path}: {line}." for line in _shared(sites)]
    return tuple(sites), tuple(mistakes)


def _shared(sites: Iterable[Site]) -> list[str]:
    """Keys that two sites have, which would make one of them the other."""
    seen: dict[str, str] = {}
    lines = []
    for site in sites:
        for field, value in (("key", site.key), ("secret_sha256", site.secret_sha256)):
            first = seen.setdefault(value, site.name)
            if first != site.name:
                lines.append(f'site "{site.name}": {field}: also of site "{first}"; expected one of its own')
    return lines


def _one_line(error: object) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _shown(name: str) -> str:
    return name if name.isprintable() and len(name) <= 60 else ascii(name[:60])[1:-1]


def _origin(value: str) -> str:
    wrong = origins.fault(value)
    if wrong:
        raise ValueError(f"{value[:100]!r}: {wrong}")
    return value


def _words(value: str) -> str:
    if not value.strip() or any(not c.isprintable() for c in value):
        raise ValueError("expected printable text on one line")
    return value


def _matching(pattern: str, expected: str) -> AfterValidator:
    def checked(value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(f"expected {expected}")
        return value

    return AfterValidator(checked)


def _theme(value: dict[str, str]) -> dict[str, str]:
    for name, given in value.items():
        wrong = fault(name, given)
        if wrong:
            raise ValueError(f"{name[:40]}: {wrong}")
    return value


def _dark(value: dict[str, str]) -> dict[str, str]:
    for name, given in value.items():
        wrong = colour_fault(name, given)
        if wrong:
            raise ValueError(f"{name[:40]}: {wrong}")
    return value


_Words = Annotated[StrictStr, AfterValidator(_words)]
_Short = Annotated[_Words, Field(max_length=100)]
_Asked = Annotated[_Words, Field(max_length=300)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Contact(_Strict):
    name: _Short
    phone: (
        Annotated[
            StrictStr,
            _matching(r"\+?[0-9][0-9 ()/,-]{1,38}", "digits, spaces, ( ) - / and commas, such as 010-12345678"),
        ]
        | None
    ) = None
    url: (
        Annotated[
            StrictStr, Field(max_length=500), _matching(r"https?://[^\s@\\<>\"'`]+", "an address such as https://...")
        ]
        | None
    ) = None
    email: (
        Annotated[
            StrictStr,
            Field(max_length=200),
            _matching(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+", "an e-mail address"),
        ]
        | None
    ) = None
    days: Annotated[StrictInt, Field(ge=1, le=90)] | None = None


class _Limits(_Strict):
    question_chars: Annotated[StrictInt, Field(ge=1, le=2000)] = SiteLimits().question_chars
    client_minute: Annotated[StrictInt, Field(ge=1, le=1_000_000)] = SiteLimits().client_minute
    client_day: Annotated[StrictInt, Field(ge=1, le=1_000_000_000)] = SiteLimits().client_day
    client_at_once: Annotated[StrictInt, Field(ge=1, le=1000)] = SiteLimits().client_at_once
    site_minute: Annotated[StrictInt, Field(ge=1, le=1_000_000)] = SiteLimits().site_minute
    tokens_day: Annotated[StrictInt, Field(ge=0, le=1_000_000_000_000)] = SiteLimits().tokens_day
    conversation: Annotated[StrictInt, Field(ge=1, le=1_000_000)] = SiteLimits().conversation


class _Site(_Strict):
    key: Annotated[
        StrictStr, _matching(KEY.pattern, "pk_ and 26 of a-z and 2-7, as `python -m web sites add` makes it")
    ]
    secret_sha256: Annotated[StrictStr, _matching(r"[0-9a-f]{64}", "64 hexadecimal digits in lower case")]
    origins: Annotated[list[Annotated[StrictStr, AfterValidator(_origin)]], Field(min_length=1, max_length=100)]
    articles: Annotated[list[_Asked], Field(max_length=1000)] = []
    languages: Annotated[list[Language], Field(min_length=1, max_length=3)] = ["zh-Hans", "zh-Hant", "en"]
    titles: dict[Language, Annotated[_Words, Field(max_length=60)]] = {}
    greetings: dict[Language, Annotated[_Words, Field(max_length=500)]] = {}
    examples: dict[Language, Annotated[list[_Asked], Field(max_length=6)]] = {}
    contact: _Contact | None = None
    publisher: _Short | None = None
    limits: _Limits = _Limits()
    theme: Annotated[dict[StrictStr, StrictStr], AfterValidator(_theme)] = {}
    theme_dark: Annotated[dict[StrictStr, StrictStr], AfterValidator(_dark)] = {}
    secure: StrictBool = False
    revoked: StrictBool = False


def _read_site(name: str, table: object) -> tuple[Site | None, list[str]]:
    if not NAME.fullmatch(name):
        return None, ["name: expected at most 40 letters, digits, - and _"]
    if not isinstance(table, Mapping):
        return None, [f"expected a table [sites.{name}]"]
    try:
        read = _Site.model_validate(table)
    except ValidationError as error:
        return None, [f"{_place(e['loc'])}: {_expected(e)}" for e in error.errors(include_url=False)]
    contact = Contact(**read.contact.model_dump()) if read.contact else None
    return (
        Site(
            name=name,
            key=read.key,
            secret_sha256=read.secret_sha256,
            origins=tuple(read.origins),
            articles=tuple(read.articles),
            languages=tuple(dict.fromkeys(read.languages)),
            titles=read.titles,
            greetings=read.greetings,
            examples={language: tuple(asked) for language, asked in read.examples.items()},
            contact=contact,
            publisher=read.publisher,
            limits=SiteLimits(**read.limits.model_dump()),
            theme=read.theme,
            theme_dark=read.theme_dark,
            secure=read.secure,
            revoked=read.revoked,
        ),
        [],
    )


def _place(location: tuple[int | str, ...]) -> str:
    place = ""
    for part in location:
        if part != "[key]":
            place += f"[{part + 1}]" if isinstance(part, int) else f".{_shown(part)}"
    return place.lstrip(".")


_KINDS = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "string_type": "text between quotes",
    "list_type": "a list in [ ]",
    "dict_type": "a table, such as {{ zh-Hans = ... }}",
    "model_type": "a table, such as {{ name = ... }}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than_equal": "a number of at most {le}",
    "too_short": "a list of at least one, not {actual_length}",
    "too_long": "a list of at most {max_length}, not {actual_length}",
    "string_too_long": "at most {max_length} characters",
    "literal_error": "{expected}",
}


def _expected(error: Any) -> str:
    kind = error["type"]
    if kind == "missing":
        return "missing"
    if kind == "extra_forbidden":
        return "unknown; see docs/embedding.md for the fields"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    expected = _KINDS.get(kind)
    return f"expected {expected.format(**error.get('ctx', {}))}" if expected else str(error["msg"])
