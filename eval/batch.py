"""A whole evaluation: a set asked of a system into a folder. The command line and the browser call this one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from eval.cases import Case
from eval.errors import EvaluationError
from eval.files import (
    RESULTS,
    RUN,
    SUMMARY,
    Results,
    line,
    put_in_order,
    read_json,
    whole,
    whole_lines,
    writing,
)
from eval.identity import OF_A_RUN, differences, run_of
from eval.lines import Asked, result_line
from eval.reading import QuestionSet
from eval.report_files import write_reports
from eval.running import ALONE, System, run
from eval.summary import Row, row_of, summarise
from eval.tokens import Prices
from rag.settings import Settings

Progress = Callable[[int, int], None]
"""Is told how many questions are answered, and of how many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is to be asked of what, and how."""

    name: str
    """Of the set, as the report shows it."""
    questions: QuestionSet
    system: System
    settings: Settings
    folder: Path
    limit: int | None = None
    retrieval_only: bool = False
    at_once: int = 2
    resume: bool = True
    """Go on with an unfinished run of the same in `folder`. False: begin anew, whatever is there."""
    prices: Prices | None = None

    @property
    def cases(self) -> tuple[Case, ...]:
        return self.questions.cases[: self.limit]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """What a run came to."""

    summary: dict[str, Any]
    folder: Path
    asked: int
    """How many questions were asked now; the others were answered before."""
    seconds: float
    """How long that took, from the first question to the last answer."""


class Stopped(Exception):
    """The run was stopped before its end. What there is has been summed up, and the same command goes on."""

    def __init__(self, finished: Finished, of: int) -> None:
        self.finished = finished
        super().__init__(
            f"Stopped after {finished.summary['n']} of {of} questions. The same command with "
            f"--out {finished.folder} goes on from there."
        )


def evaluate(plan: Plan, *, progress: Progress | None = None, stop: threading.Event | None = None) -> Finished:
    """Asks what has not been answered yet, and sums up.

    Writes `run.json`, `results.jsonl`, `summary.json`, `report.html` and `results.xlsx`. Raises `EvaluationError`, and
    `Stopped` where `stop` was set before all was answered. Whatever happens, the answers that came are kept.
    """
    stop = stop or threading.Event()
    with writing(plan.folder):
        about, fresh = _begin(plan)
        path = plan.folder / RESULTS
        rows = {} if fresh else {told["id"]: row_of(told) for told in whole_lines(path)}
        before, started = len(rows), time.monotonic()
        results = Results(path, fresh=fresh)
        try:
            for told in _asked(plan, rows, about, stop):
                results.add(line(told))
                rows[str(told["id"])] = row_of(told)
                if progress:
                    progress(len(rows), len(plan.cases))
            results.end()
        finally:
            stop.set()
            results.close()
        seconds = round(time.monotonic() - started, 1)
        put_in_order(path, [case.id for case in plan.cases])
        summary = _conclude(plan, about, rows)
        finished = Finished(summary=summary, folder=plan.folder, asked=len(rows) - before, seconds=seconds)
    if len(rows) < len(plan.cases):
        raise Stopped(finished, of=len(plan.cases))
    return finished


def _begin(plan: Plan) -> tuple[dict[str, Any], bool]:
    """What `run.json` says, and whether the run is a new one. Raises `EvaluationError` where another run is there."""
    about = run_of(
        plan.cases, plan.name, plan.system, plan.settings, retrieval_only=plan.retrieval_only, at_once=plan.at_once
    )
    path = plan.folder / RUN
    there = read_json(path)
    if plan.resume and there is None and (plan.folder / RESULTS).exists():
        raise EvaluationError(f"{plan.folder}: holds results, but not of which run. Choose another --out, or --anew.")
    if plan.resume and there is not None:
        finished = (read_json(plan.folder / SUMMARY) or {}).get("complete") is True
        different = differences(about, there)
        # A finished run may be asked anew after a change; what is unfinished can only go on as what it was.
        if [name for name in different if not finished or name in OF_A_RUN]:
            raise EvaluationError(
                f"{plan.folder}: holds another run ({', '.join(different)} differ). Choose another --out, or --anew."
            )
        if not finished:
            return about, False
    (plan.folder / SUMMARY).unlink(missing_ok=True)
    whole(path, about)
    return about, True


def _asked(
    plan: Plan, known: Container[str], about: Mapping[str, Any], stop: threading.Event
) -> Iterator[dict[str, object]]:
    """The lines of the questions that are not among the `known`, as they are answered."""
    system = plan.system
    common = Asked(system=system.name, index=system.fingerprint, prompts=about["prompts"], prices=plan.prices)
    todo = [case for case in plan.cases if case.id not in known]
    if not todo:
        return
    outcomes = run(
        todo,
        system,
        retrieval_only=plan.retrieval_only,
        at_once=plan.at_once,
        alone=max(0, ALONE - (len(plan.cases) - len(todo))),
        coming=[case.question for case in plan.cases],
        stop=stop,
    )
    for outcome in outcomes:
        yield result_line(outcome, common)


def _conclude(plan: Plan, about: Mapping[str, Any], rows: Mapping[str, Row]) -> dict[str, Any]:
    summary = {
        **summarise([rows[case.id] for case in plan.cases if case.id in rows]),
        "complete": len(rows) == len(plan.cases),
        "problems": [str(problem) for problem in plan.questions.problems],
        "run": about,
    }
    whole(plan.folder / SUMMARY, summary)
    write_reports(plan.folder, plan.name, summary, when=datetime.now(), find=plan.system.article)
    return summary
