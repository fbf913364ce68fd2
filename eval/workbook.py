"""The results as a workbook for people who live in spreadsheets. Written row by row, so that any number fits.

No cell can become a formula: what begins with = + - @, a tab or a line end gets an apostrophe before it. What XML
cannot hold is left out, and what is longer than a cell may be is cut, with a note.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from eval.files import cannot_be_written
from eval.report_cases import Line, cause_of, needed_place
from eval.report_numbers import shares
from eval.words import in_both, known
from rag.prompts import label

Sheet = Any
"""A sheet that is only written; the library's types leave out what it can do."""

CELL_CHARS = 32_767
"""The most that a cell may hold."""
MOST_ROWS = 1_048_570
_CUT = "…（过长，已截断 / cut）"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_HEAD = PatternFill("solid", fgColor="175D8D")
_WRAPPED = Alignment(wrap_text=True, vertical="top")

_SCORES = (
    *("fact_recall", "citation_precision", "citation_recall", "recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10"),
    *("exact_match", "f1", "rouge_l", "support", "cited_sentences", "language_kept", "quote_equals_source"),
)
_COLUMNS: Sequence[tuple[str, int]] = (
    *(("id", 16), ("kind", 12), ("lang", 9), ("question", 44), ("expected", 36), ("right", 8), ("status", 16)),
    *(("answered", 60), ("quotes", 50), ("cause", 22), ("failed", 22), ("missing", 26), ("found", 34)),
    *(("certainty", 10), ("elapsed_ms", 11)),
)


def cell_text(value: object) -> str:
    """`value` as the text of a cell: no formula, nothing that XML cannot hold, not longer than a cell may be."""
    text = _NO_XML.sub("", str(value))
    if text.startswith(_FORMULA):
        text = "'" + text
    if len(text) <= CELL_CHARS // 2:
        return text
    halves = text.encode("utf-16-le")  # a spreadsheet counts a character beyond U+FFFF as two
    if len(halves) <= 2 * CELL_CHARS:
        return text
    return halves[: 2 * (CELL_CHARS - len(_CUT))].decode("utf-16-le", "ignore") + _CUT


def write_workbook(
    path: Path, name: str, summary: Mapping[str, Any], lines: Callable[[], Iterable[Line]], *, when: datetime
) -> None:
    """Writes the sheets `summary`, `results` and `wrong`. Raises `EvaluationError` where the disk does not take it."""
    with cannot_be_written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Into memory first, where it is small: an archive that meets a full disk complains again when it is collected.
        packed = io.BytesIO()
        _write(packed, name, summary, lines, when)
        path.write_bytes(packed.getbuffer())


def _write(
    file: IO[bytes], name: str, summary: Mapping[str, Any], lines: Callable[[], Iterable[Line]], when: datetime
) -> None:
    book = Workbook(write_only=True)
    scores = [score for score in _SCORES if any(found == score for found, _ in shares(summary))]
    try:
        _summary_sheet(book.create_sheet("summary"), name, summary, when)
        _results_sheet(book.create_sheet("results"), lines(), scores)
        _results_sheet(book.create_sheet("wrong"), (line for line in lines() if line.get("right") is False), scores)
        book.save(file)
    except BaseException:
        for sheet in book.worksheets:  # what is half written complains when it is collected
            with contextlib.suppress(Exception):
                sheet.close()
        raise


def _summary_sheet(sheet: Sheet, name: str, summary: Mapping[str, Any], when: datetime) -> None:
    for column, width in zip("ABCDE", (34, 34, 12, 12, 12), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A4"
    run = summary.get("run") or {}
    _label_row(sheet)
    title = " / ".join(in_both("title", name=name))
    sheet.append([_bold(sheet, title), cell_text(f"{when:%Y-%m-%d %H:%M}"), cell_text(run.get("system") or "")])
    sheet.append(_header(sheet, [*in_both("measure"), "value", "low", "high"]))
    sheet.append([*in_both("questions"), summary.get("n")])
    for measure, found in shares(summary):
        words = in_both(measure) if known(measure) else (measure, measure)
        sheet.append([cell_text(words[0]), cell_text(f"{words[1]} ({measure})"), *_numbers(found)])
    latency = summary.get("latency_ms") or {}
    for point in ("p50", "p95"):
        sheet.append([*(f"{word} {point} (ms)" for word in in_both("times")), latency.get(point)])
    for kind, part in (summary.get("by_kind") or {}).items():
        right = dict(shares(part)).get("right") or {}
        named = [cell_text(f"{word}: {kind} (n = {part.get('n')})") for word in in_both("right")]
        sheet.append([*named, *_numbers(right)])
    judged = summary.get("judged") or {}
    for measure in ("faithfulness", "correctness", "completeness"):
        if (judged.get(measure) or {}).get("value") is not None:
            named = [cell_text(f"{top}: {word}") for top, word in zip(in_both("judged"), in_both(measure), strict=True)]
            sheet.append([*named, *_numbers(judged[measure])])


def _numbers(found: Mapping[str, float]) -> list[float | None]:
    return [found.get("value"), found.get("low"), found.get("high")]


def _results_sheet(sheet: Sheet, lines: Iterable[Line], scores: Sequence[str]) -> None:
    columns = [*_COLUMNS, *((score, 11) for score in scores)]
    for number, (_, width) in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "B3"
    _label_row(sheet)
    sheet.append(_header(sheet, [" / ".join(in_both(name)) if known(name) else name for name, _ in columns]))
    cells = [_wrapped(sheet) for _ in columns]  # the same for every row: to style one takes longer than to write it
    rows = 2
    for line in itertools.islice(lines, MOST_ROWS):
        rows += 1
        for cell, value in zip(cells, [*_texts(line), *_measured(line, scores)], strict=True):
            cell.value = value
        sheet.append(cells)
    # The filter stands behind the rows in the file, so it may be told where they end.
    sheet.auto_filter.ref = f"A2:{get_column_letter(len(columns))}{rows}"


def _texts(line: Line) -> list[str | bool | None]:
    wrong = line.get("right") is False
    return [
        cell_text(line["id"]),
        cell_text(line.get("kind") or ""),
        cell_text(line.get("lang") or ""),
        cell_text(line.get("question") or ""),
        cell_text(_expected(line)),
        line.get("right"),
        cell_text(line.get("status") or ""),
        cell_text(line.get("answer") or line.get("error") or ""),
        cell_text("\n".join(f"[{c['number']}] {c['quote']} ({c['article_id']})" for c in line.get("citations") or ())),
        cell_text(" / ".join(in_both(f"cause_{cause_of(line)}")) if wrong else ""),
        cell_text("; ".join(line.get("failed") or ())),
        cell_text("; ".join(line.get("missing") or ())),
        cell_text(_found(line)),
    ]


def _measured(line: Line, scores: Sequence[str]) -> list[float | None]:
    values = [line.get(name) for name in ("certainty", "elapsed_ms", *scores)]
    return [float(value) if isinstance(value, int | float) else None for value in values]


def _expected(line: Line) -> str:
    expected = line.get("expected") or {}
    if expected.get("refuse"):
        return " / ".join(in_both("expected_refusal"))
    told = [str(expected["answer"])] if expected.get("answer") else []
    told += [" | ".join(fact) for fact in expected.get("facts") or ()]
    if articles := expected.get("articles"):
        told.append("[" + ", ".join(articles) + "]")
    return "\n".join(told)


def _found(line: Line) -> str:
    place = needed_place(line)
    first = "" if place is None else f"#{place}\n" if place else "#–\n"
    return first + "\n".join(map(str, line.get("ranking") or ()))


def _label_row(sheet: Sheet) -> None:
    sheet.append([_bold(sheet, " / ".join(label("ai_label", language) for language in ("zh-Hans", "en")))])


def _bold(sheet: Sheet, text: str) -> Cell:
    cell = WriteOnlyCell(sheet, value=cell_text(text))
    cell.font = Font(bold=True)
    return cell


def _header(sheet: Sheet, names: Sequence[str]) -> list[Cell]:
    cells = []
    for name in names:
        cell = WriteOnlyCell(sheet, value=cell_text(name))
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = _HEAD
        cell.alignment = _WRAPPED
        cells.append(cell)
    return cells


def _wrapped(sheet: Sheet) -> Cell:
    cell = WriteOnlyCell(sheet)
    cell.alignment = _WRAPPED
    return cell
