"""Question sets out of JSONL, CSV and XLSX files: the cases, and one line for every row that is none.

A sheet has the keys of the JSON lines as its columns. Lists are JSON or, shorter, `a|b; c` for facts (two facts, the
first with two spellings), `a; b` for articles and forbid, and lines `user: ...` and `assistant: ...` for the history.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from eval.cases import Case, Invalid, case_of
from eval.errors import EvaluationError

_COLUMNS = ("id", "question")
_LISTS = ("facts", "articles", "forbid", "history", "evidence")
_FLAGS = {word: True for word in ("true", "yes", "1", "是")} | {word: False for word in ("false", "no", "0", "否")}
_SPEAKER = re.compile(r"^[ \t]*(user|assistant)[ \t]*[:：][ \t]*", re.IGNORECASE | re.MULTILINE)
_CELL_CHARS = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A row that is left out, and why."""

    file: str
    row: int
    """As an editor (JSONL: the line) or a spreadsheet (the header is row 1) counts it."""
    message: str
    column: str = ""
    expected: str = ""
    found: str = ""
    """The three of which the message is made, for who words it otherwise."""

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}, {self.message}"


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionSet:
    """What a file holds."""

    cases: tuple[Case, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    values: dict[str, object] | Invalid


def read_cases(path: Path) -> list[Case]:
    """The sound cases of a JSONL, CSV or XLSX file in their order. Raises `EvaluationError` where there is none."""
    return list(read_set(path).cases)


def read_set(path: Path) -> QuestionSet:
    """The cases of a JSONL, CSV or XLSX file and its rows that are none. Raises `EvaluationError` without a case."""
    cases: dict[str, tuple[int, Case]] = {}
    problems: list[Problem] = []
    for row in _rows(path):
        try:
            if isinstance(row.values, Invalid):
                raise row.values
            case = case_of(row.values)
            if case.id in cases:
                raise Invalid("id", f"an id of its own (row {cases[case.id][0]} has this one)", case.id)
        except Invalid as error:
            told = {"column": error.column, "expected": error.expected, "found": error.found}
            problems.append(Problem(file=path.name, row=row.number, message=str(error), **told))
        else:
            cases[case.id] = (row.number, case)
    if not cases:
        first = f" First: {problems[0]}." if problems else ""
        raise EvaluationError(
            f"{path}: no question in it.{first} One question a line or row, with id and question.", kind="no_question"
        )
    return QuestionSet(cases=tuple(case for _, case in cases.values()), problems=tuple(problems))


def _rows(path: Path) -> Iterator[_Row]:
    if not path.is_file():
        raise EvaluationError(f"{path}: no such file. Name a question set in JSONL, CSV or XLSX.")
    try:
        match path.suffix.lower():
            case ".jsonl" | ".json":
                yield from _json_lines(path)
            case ".csv" | ".tsv":
                yield from _csv_rows(path)
            case ".xlsx" | ".xlsm":
                yield from _sheet_rows(path)
            case other:
                raise EvaluationError(
                    f"{path}: cannot read {other or 'a file without ending'}. Use JSONL, CSV or XLSX."
                )
    except OSError as error:
        raise EvaluationError(f"{path}: {error.strerror or error}. Check the file and its permissions.") from None


def _decoded(path: Path) -> str:
    """The text of `path`, in UTF-8, UTF-16 with a BOM or GB18030 (which Chinese Excel writes CSV in)."""
    data = path.read_bytes()
    encodings = ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise EvaluationError(f"{path}: neither UTF-8 nor GB18030. Save it as UTF-8 and try again.", kind="encoding")


def _json_lines(path: Path) -> Iterator[_Row]:
    # Not splitlines(): U+2028 and its like may stand inside a JSON string.
    for number, line in enumerate(re.split(r"\r\n|\r|\n", _decoded(path)), start=1):
        if line.strip():
            yield _Row(number, _json_object(line))


def _json_object(line: str) -> dict[str, object] | Invalid:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = line
    return value if isinstance(value, dict) else Invalid("1", "a JSON object", line)


def _csv_rows(path: Path) -> Iterator[_Row]:
    text = _decoded(path)
    first, _, _ = text.partition("\n")
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(_CELL_CHARS)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = _header(next(lines, []))
    if missing := _missing(header):
        raise EvaluationError(
            f"{path}: no column {missing} in its first row ({_names(header)}). Add it.", kind="column"
        )
    number = 1
    while True:
        number += 1
        try:
            cells = next(lines, None)
        except csv.Error as error:
            yield _Row(number, Invalid("1", "a CSV row", str(error)))
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield _Row(number, _from_cells(header, cells))


def _sheet_rows(path: Path) -> Iterator[_Row]:
    try:
        # data_only would give the last results of formulas, which nobody has checked; so they are refused instead.
        with closing(openpyxl.load_workbook(path, read_only=True, data_only=False)) as book:
            yield from _book_rows(path, book)
    except (InvalidFileException, zipfile.BadZipFile, zlib.error, KeyError, ValueError, SyntaxError):
        # SyntaxError: what the XML parsers raise for a damaged part.
        raise EvaluationError(
            f"{path}: not a sound XLSX file. Save it as .xlsx again and try again.", kind="unsound"
        ) from None


def _book_rows(path: Path, book: openpyxl.Workbook) -> Iterator[_Row]:
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # some programs write a size that leaves rows out
        with closing(sheet.iter_rows()) as rows:  # holds the file open until it is closed
            header = _header([cell.value for cell in next(rows, ())])
            if _missing(header):
                continue
            for number, row in enumerate(rows, start=2):
                cells = [_formula(cell) or cell.value for cell in row]
                if any(str(cell).strip() for cell in cells if cell is not None):
                    yield _Row(number, _from_cells(header, cells))
            return
    names = ", ".join(book.sheetnames)
    raise EvaluationError(
        f"{path}: no sheet has the columns id and question in its first row (sheets: {names}).", kind="sheet"
    )


@dataclass(frozen=True, slots=True)
class _Formula:
    text: str


def _formula(cell: object) -> _Formula | None:
    return _Formula(str(getattr(cell, "value", ""))) if getattr(cell, "data_type", None) == "f" else None


def _header(cells: Sequence[object]) -> list[str]:
    return [str(cell or "").strip().casefold() for cell in cells]


def _missing(header: Sequence[str]) -> str | None:
    return next((column for column in _COLUMNS if column not in header), None)


def _names(header: Sequence[str]) -> str:
    return ", ".join(name for name in header if name)[:120] or "it is empty"


def _from_cells(header: Sequence[str], cells: Sequence[object]) -> dict[str, object] | Invalid:
    """The values of a JSON line that the cells of a row stand for."""
    try:
        pairs = zip(header, cells, strict=False)
        return {
            name: _value(name, cell) for name, cell in pairs if name and str(cell if cell is not None else "").strip()
        }
    except Invalid as error:
        return error


def _value(column: str, cell: object) -> object:
    if isinstance(cell, _Formula):
        raise Invalid(column, "a value (formulas are never evaluated)", cell.text)
    if column in ("answerable", "refusal_ok"):
        return _FLAGS.get(str(cell).strip().casefold(), cell)
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # sheets store 12 as 12.0
    text = str(cell).strip()
    if column not in _LISTS:
        return text
    if text.startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            raise Invalid(column, "a list in JSON", text) from None
    match column:
        case "facts":
            return [_split(fact, "|｜") for fact in _split(text, ";；")]
        case "articles" | "forbid":
            return _split(text, ";；")
        case "history":
            return _turns(text)
        case _:
            return text


def _split(text: str, separators: str) -> list[str]:
    return [part.strip() for part in re.split(f"[{separators}]", text) if part.strip()]


def _turns(text: str) -> list[object]:
    """The turns of lines that begin with `user:` or `assistant:`."""
    before, *pieces = _SPEAKER.split(text)
    if before.strip():
        raise Invalid("history", "lines that begin with user: or assistant:", text)
    return [
        {"role": role.lower(), "content": content.strip()}
        for role, content in zip(pieces[::2], pieces[1::2], strict=True)
    ]
