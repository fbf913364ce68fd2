"""The files of a run that are made to be read: `report.html` and `results.xlsx`, out of what stands in its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from eval.compare import compare, read_gates, read_results
from eval.errors import EvaluationError
from eval.files import written
from eval.report import report
from eval.report_cases import Line
from eval.report_numbers import Earlier, Summary
from eval.report_stories import Find
from eval.workbook import write_workbook
from rag.errors import IndexUnusable
from rag.index_articles import Articles
from rag.manifest import current_generation

REPORT = "report.html"
WORKBOOK = "results.xlsx"
_RESULTS = "results.jsonl"
SUMMARY = "summary.json"
_JUDGED = "judged.jsonl"
_LOOKED_AT = 300
"""Folders beside that of a run in which an earlier one is looked for, the latest first."""


def write_reports(
    folder: Path,
    name: str,
    summary: Summary,
    *,
    when: datetime,
    find: Find = lambda _: None,
    compare_with: Path | None = None,
) -> None:
    """Writes the report and the workbook of the run in `folder`, compared with `compare_with` or the run before it.

    Raises `EvaluationError`: a file cannot be written, or `compare_with` holds no run of these questions.
    """
    if compare_with:
        earlier = _compared(compare_with, folder, asked_for=True)
    else:
        before = earlier_run(folder, summary)
        earlier = _compared(before, folder, asked_for=False) if before else None
    verdicts = {str(line["id"]): line for line in _lines(folder / _JUDGED)}
    page = report(name, summary, _lines(folder / _RESULTS), when=when, find=find, earlier=earlier, verdicts=verdicts)
    with written(folder / REPORT) as file:
        file.write(page)
    write_workbook(folder / WORKBOOK, name, summary, lambda: _lines(folder / _RESULTS), when=when)


def earlier_run(folder: Path, summary: Summary) -> Path | None:
    """The latest finished run beside `folder` of the same set by the same system, or None.

    A set that was edited since counts as the same by its name where no run asked exactly these questions.
    """
    run = summary.get("run") or {}
    beside = [path for path in folder.resolve().parent.glob(f"*/{SUMMARY}") if path.parent != folder.resolve()]
    beside.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    same_name = None
    for path in beside[:_LOOKED_AT]:
        other = (_read(path) or {}).get("run") or {}
        if any(run.get(key) != other.get(key) for key in ("set", "system", "retrieval_only")) or not run.get("set"):
            continue
        if run.get("set_digest") == other.get("set_digest"):
            return path.parent
        same_name = same_name or path.parent
    return same_name


def articles_of(index: Path) -> Find:
    """What finds the articles of an index without loading a model; nothing where there is no index."""
    try:
        return Articles(current_generation(index) / "articles.sqlite").article
    except IndexUnusable:
        return lambda _: None


def run_summary(folder: Path) -> Mapping[str, Any]:
    """`summary.json` of a run. Raises `EvaluationError` where there is none."""
    found = _read(folder / SUMMARY)
    if found is None:
        raise EvaluationError(f"{folder}: no finished run there. Name the folder that `python -m eval run` wrote.")
    return found


def _compared(before: Path, folder: Path, *, asked_for: bool) -> Earlier | None:
    try:
        comparison = compare(read_results(before), read_results(folder), read_gates())
        return Earlier(name=before.name, summary=run_summary(before), comparison=comparison)
    except EvaluationError:
        if asked_for:
            raise
        return None  # a run that cannot be compared is no reason to write no report


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _lines(path: Path) -> Iterator[Line]:
    """The whole lines of a file, none where it is not there."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for text in file:
            if text.endswith("\n") and text.strip():
                yield json.loads(text)
