"""Reads sets of articles, one a line: JSONL and CSV. They are streamed, so a set may be as large as the disk.

Knows nothing of cleaning: a line is what the file says.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.decoding import encoding_of
from corpus.errors import UnreadableArticle

MAX_LINE_CHARS = 20_000_000
_GLIMPSE = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One article of a set, as the file has it; what it does not say is None, or empty."""

    number: int
    id: str | None
    title: str | None
    text: str
    date: str
    source: str | None
    author: str | None
    url: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class BadLine:
    """A line that holds no article."""

    number: int
    reason: str


def set_lines(path: Path) -> Iterator[Line | BadLine]:
    """The articles of a set, one after the other. Raises `UnreadableArticle` if the file is no text."""
    try:
        with path.open("rb") as file:
            glimpse = file.read(_GLIMPSE)
            if not glimpse.strip():
                raise UnreadableArticle("empty")
            file.seek(0)
            encoding = encoding_of(glimpse)
            with io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="") as text:
                yield from _csv_lines(text) if path.suffix.lower() == ".csv" else _json_lines(text)
    except OSError as error:
        raise UnreadableArticle(f"unreadable: {error.strerror or error}") from error


def _json_lines(text: io.TextIOWrapper) -> Iterator[Line | BadLine]:
    number = 0
    while raw := text.readline(MAX_LINE_CHARS):
        number += 1
        if len(raw) == MAX_LINE_CHARS and not raw.endswith("\n"):
            yield BadLine(number=number, reason="larger than 20 MB")
            while (rest := text.readline(MAX_LINE_CHARS)) and not rest.endswith("\n"):
                pass
            continue
        if not raw.strip("\ufeff \t\r\n"):
            continue
        try:
            fields = json.loads(raw.lstrip("\ufeff"))
        except (ValueError, RecursionError):
            yield BadLine(number=number, reason="not JSON")
            continue
        if not isinstance(fields, dict):
            yield BadLine(number=number, reason="not a JSON object")
            continue
        yield _line(number, fields)


def _csv_lines(text: io.TextIOWrapper) -> Iterator[Line | BadLine]:
    csv.field_size_limit(MAX_LINE_CHARS)
    rows = csv.DictReader(text)
    names = [name.strip("\ufeff ").lower() for name in rows.fieldnames or ()]
    if "text" not in names:
        raise UnreadableArticle("its first line names no column `text`")
    rows.fieldnames = names
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadLine(number=rows.line_num, reason=f"not CSV: {error}")
            continue
        yield _line(rows.line_num, row)


def _line(number: int, fields: Mapping[object, object]) -> Line | BadLine:
    text = fields.get("text")
    if not isinstance(text, str):
        return BadLine(number=number, reason="no text")
    if not text.strip():
        return BadLine(number=number, reason="empty")

    def word(name: str) -> str | None:
        value = fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return value.strip() or None if isinstance(value, str) else None

    return Line(
        number=number,
        id=word("id"),
        title=word("title"),
        text=text,
        date=word("date") or word("published") or "",
        source=word("source"),
        author=word("author"),
        url=word("url"),
    )
