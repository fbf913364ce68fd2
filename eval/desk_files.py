"""The folders of the runs that were begun in a browser, as records. Reads only; see `eval.desk` for what writes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from eval.compare import compare, read_gates, read_results
from eval.desk_records import (
    Changed,
    Comparison,
    Failure,
    RefusedRow,
    Results,
    Run,
    ShownChange,
    ShownResult,
    ShownShare,
)
from eval.errors import EvaluationError
from eval.files import RESULTS, SUMMARY, line, read_json, whole_lines
from eval.intake import refused_rows
from eval.report_cases import cause_of
from eval.report_files import REPORT, WORKBOOK
from eval.report_numbers import shares
from eval.workbook import cell_text
from rag.latest import Latest
from rag.prompts import label

ABOUT = "about.json"
FAILURE = "failure.json"
REFUSED_TABLE = "refused.csv"
ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}", re.ASCII)
_ANSWER_CHARS = 400
_RUNS_REMEMBERED = 1_000
"""Of how many runs is remembered what the list shows: more than there may be."""
_PLACES_REMEMBERED = 4
_COMPARED_REMEMBERED = 8
"""Fewer of what takes much memory."""
_Key = TypeVar("_Key")
_Found = TypeVar("_Found")
_Mark = tuple[int, int, int]
"""What tells that a file is another one than it was: its time, its size and its number on the disk."""
_Place = tuple[int, int, bool | None]
"""Where a line begins, how long it is, and whether its answer is right."""


class RunFiles:
    """What stands in the runs below `folder`. Remembers what it has read for as long as the file is the same."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._briefs: Latest[Path, tuple[_Mark, dict[str, Any] | None]] = Latest(most=_RUNS_REMEMBERED)
        self._counts: Latest[Path, tuple[_Mark, int]] = Latest(most=_RUNS_REMEMBERED)
        self._places: Latest[Path, tuple[_Mark, list[_Place]]] = Latest(most=_PLACES_REMEMBERED)
        self._compared: Latest[tuple[str, str], tuple[_Mark, Comparison | None]] = Latest(most=_COMPARED_REMEMBERED)

    def ids(self) -> list[str]:
        """Of all runs, newest first."""
        try:
            names = [path.name for path in self.folder.iterdir() if ID.fullmatch(path.name)]
        except OSError:
            return []
        return sorted(names, reverse=True)

    def place(self, id: str) -> Path | None:
        """The folder of a run; None for whatever is no id of one."""
        path = self.folder / id if ID.fullmatch(id) else None
        return path if path and (path / ABOUT).is_file() else None

    def run(self, id: str) -> Run | None:
        """The run as its files tell it, as if nobody asked its questions now."""
        place = self.place(id)
        about = read_json(place / ABOUT) if place else None
        if place is None or about is None:
            return None
        try:
            when = datetime.fromisoformat(about["when"])
            told = {"name": str(about["name"]), "questions": int(about["questions"]), "refused": int(about["refused"])}
        except (KeyError, TypeError, ValueError):
            return None
        summary = _once(self._briefs, place, place / SUMMARY, _brief) or {}
        failure = read_json(place / FAILURE)
        done = _once(self._counts, place, place / RESULTS, _count) or 0
        finished = bool(summary.get("complete"))
        return Run(
            id=id,
            when=when,
            **told,  # type: ignore[arg-type]
            state="finished" if finished else "stopped" if done or failure else "ready",
            done=done,
            failure=Failure(kind=str(failure.get("kind")), line=str(failure.get("line"))) if failure else None,
            shares=summary.get("shares", ()),
            median_ms=summary.get("median_ms"),
            digest=summary.get("digest", ""),
        )

    def refused(self, id: str, most: int) -> tuple[RefusedRow, ...]:
        """The first rows that are no questions."""
        place = self.place(id)
        return tuple(_refused(row) for row, _ in zip(refused_rows(place), range(most), strict=False)) if place else ()

    def results(self, id: str, which: str, page: int, rows: int) -> Results:
        """Page `page`, from 1, of the results that are right, wrong, or all of them."""
        place = self.place(id)
        path = place / RESULTS if place else None
        known = (_once(self._places, place, path, _places) if place and path else None) or []
        wanted = {"right": True, "wrong": False}
        chosen = [where for where in known if which not in wanted or where[2] is wanted[which]]
        shown = chosen[max(0, page - 1) * rows : max(1, page) * rows]
        if path is None or not shown:
            return Results(rows=(), total=len(chosen))
        with path.open("rb") as file:
            return Results(rows=tuple(_result(_read(file, where)) for where in shown), total=len(chosen))

    def others(self, id: str) -> list[Run]:
        """The finished runs before this one of the same questions, or of a set of the same name."""
        run = self.run(id)
        earlier = [found for other in self.ids() if other < id and (found := self.run(other))] if run else []
        return [
            other
            for other in earlier
            if run and other.state == "finished" and (other.digest == run.digest or other.name == run.name)
        ]

    def compare(self, before: str, after: str) -> Comparison | None:
        """How a run stands to an earlier one; None where they cannot be compared."""
        one, other = self.place(before), self.place(after)
        if one is None or other is None:
            return None
        return _once(self._compared, (before, after), other / RESULTS, lambda _: _compared(one, other))

    def file(self, id: str, name: str) -> Path | Iterator[bytes] | None:
        """A file of a run as it may be sent. What answers are in it, it says who made them."""
        place = self.place(id)
        if place is None:
            return None
        match name:
            case "report.html" | "results.xlsx":
                path = place / (REPORT if name == "report.html" else WORKBOOK)
                return path if path.is_file() and (place / SUMMARY).is_file() else None
            case "results.jsonl":
                return _labelled(place / RESULTS) if (place / SUMMARY).is_file() else None
            case "refused.csv":
                return _table(place)
        return None


def _once(
    latest: Latest[_Key, tuple[_Mark, _Found]], key: _Key, path: Path, read: Callable[[Path], _Found]
) -> _Found | None:
    """What `read` makes of the file at `path`, read again only when that has changed; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    mark = (found.st_mtime_ns, found.st_size, found.st_ino)
    known = latest.get(key)
    if known and known[0] == mark:
        return known[1]
    value = read(path)
    latest.put(key, (mark, value))
    return value


def _brief(path: Path) -> dict[str, Any] | None:
    """What the lists show of a summary, which may itself be long."""
    summary = read_json(path)
    if summary is None:
        return None
    shown = (ShownShare(name=n, value=s["value"], low=s["low"], high=s["high"]) for n, s in shares(summary))
    return {
        "complete": summary.get("complete") is True,
        "shares": tuple(shown),
        "median_ms": (summary.get("latency_ms") or {}).get("p50"),
        "digest": str((summary.get("run") or {}).get("set_digest") or ""),
    }


def _count(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for raw in file if raw.endswith(b"\n"))


def _places(path: Path) -> list[_Place]:
    found: list[_Place] = []
    start = 0
    with path.open("rb") as file:
        for raw in file:
            if not raw.endswith(b"\n"):
                break
            found.append((start, len(raw), json.loads(raw).get("right")))
            start += len(raw)
    return found


def _read(file: Any, where: _Place) -> dict[str, Any]:
    file.seek(where[0])
    told: dict[str, Any] = json.loads(file.read(where[1]))
    return told


def _result(told: Mapping[str, Any]) -> ShownResult:
    answer = str(told.get("answer") or "")
    return ShownResult(
        id=str(told["id"]),
        question=str(told.get("question") or ""),
        kind=str(told.get("kind") or ""),
        right=told.get("right"),
        status=str(told.get("status") or ""),
        answer=answer if len(answer) <= _ANSWER_CHARS else answer[: _ANSWER_CHARS - 1] + "…",
        cause=cause_of(told) if told.get("right") is False else "",
        missing=tuple(map(str, told.get("missing") or ())),
    )


def _refused(row: Mapping[str, object]) -> RefusedRow:
    return RefusedRow(
        row=int(str(row["row"])), column=str(row["column"]), expected=str(row["expected"]), found=str(row["found"])
    )


def _compared(one: Path, other: Path) -> Comparison | None:
    try:
        before = read_results(one)
        found = compare(before, read_results(other), read_gates())
    except EvaluationError:
        return None

    def named(pairs: tuple[Any, ...]) -> tuple[Changed, ...]:
        return tuple(Changed(id=str(new["id"]), question=str(new.get("question"))) for _, new in pairs)

    return Comparison(
        better=named(found.better),
        worse=named(found.worse),
        p=found.p_right,
        fallen=found.fallen,
        changes=tuple(
            ShownChange(measure=c.measure, before=c.before, after=c.after, low=c.low, high=c.high)
            for c in found.changes
        ),
        shared=len(before) - len(found.lost) - len(found.reworded),
    )


def _labelled(path: Path) -> Iterator[bytes]:
    """The lines of a run, each with the words that must go with generated text."""
    words = {"ai_label": " / ".join(label("ai_label", language) for language in ("zh-Hans", "en"))}
    for told in whole_lines(path):
        yield line({**words, **told}).encode("utf-8")


def _table(place: Path) -> Iterator[bytes]:
    """The rows that are no questions, as a spreadsheet opens them. No cell can become a formula."""
    yield b"\xef\xbb\xbf"
    for cells in [("row", "column", "expected", "found"), *_cells(place)]:
        text = io.StringIO()
        csv.writer(text).writerow([cell_text(cell) for cell in cells])
        yield text.getvalue().encode("utf-8")


def _cells(place: Path) -> Iterator[tuple[object, ...]]:
    for row in refused_rows(place):
        yield row["row"], row["column"], row["expected"], row["found"]
