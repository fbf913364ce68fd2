"""A whole evaluation: a set asked of a system into a folder. The command line and the browser call this one."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    written,
)
from eval.identity import differences, run_of
from eval.lines import Asked, Line, outcome_of, result_line
from eval.reading import QuestionSet
from eval.report import report
from eval.running import ALONE, Outcome, System, run
from eval.summary import Row, row_of, summarise
from eval.tokens import Prices
from rag.records import Status
from rag.settings import Settings

MOST_WORST = 200
"""How many wrong answers are kept to be read; the others stand in `results.jsonl` alone."""

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
    worst: tuple[Outcome, ...]
    """At most `MOST_WORST` wrong or failed answers, the worst first."""
    folder: Path
    asked: int
    """How many questions were asked now; the others were answered before."""


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

    Writes `run.json`, `results.jsonl`, `summary.json` and `report.html`. Raises `EvaluationError`, and `Stopped` where
    `stop` was set or the process was interrupted. Whatever happens, the answers that came are kept.
    """
    stop = stop or threading.Event()
    with writing(plan.folder):
        about, fresh = _begin(plan)
        tally = _Tally(plan.cases, plan.system)
        path = plan.folder / RESULTS
        known = () if fresh else whole_lines(path)
        for there in known:
            tally.add(there)
        before = tally.answered
        results = Results(path, fresh=fresh)
        try:
            for told, outcome in _asked(plan, tally, about, stop):
                results.add(line(told))
                tally.add(told, outcome)
                if progress:
                    progress(tally.answered, len(plan.cases))
        except (KeyboardInterrupt, SystemExit):
            stop.set()  # what came before is summed up all the same
        finally:
            results.close()
        put_in_order(path, [case.id for case in plan.cases])
        finished = _conclude(plan, about, tally, asked=tally.answered - before)
    if tally.answered < len(plan.cases):
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
        if different := differences(about, there):
            raise EvaluationError(
                f"{plan.folder}: holds another run ({', '.join(different)} differ). Choose another --out, or --anew."
            )
        if (read_json(plan.folder / SUMMARY) or {}).get("complete") is not True:
            return about, False
    (plan.folder / SUMMARY).unlink(missing_ok=True)
    whole(path, about)
    return about, True


def _asked(
    plan: Plan, tally: _Tally, about: Mapping[str, Any], stop: threading.Event
) -> Iterator[tuple[Line, Outcome]]:
    """The questions without an answer, each with its line as it is answered."""
    system = plan.system
    common = Asked(system=system.name, index=system.fingerprint, prompts=about["prompts"], prices=plan.prices)
    todo = [case for case in plan.cases if case.id not in tally.rows]
    if not todo:
        return
    outcomes = run(
        todo,
        system,
        retrieval_only=plan.retrieval_only,
        at_once=plan.at_once,
        alone=max(0, ALONE - tally.answered),
        stop=stop,
    )
    for outcome in outcomes:
        yield result_line(outcome, common), outcome


def _conclude(plan: Plan, about: Mapping[str, Any], tally: _Tally, *, asked: int) -> Finished:
    summary = {
        **summarise(tally.in_order()),
        "complete": tally.answered == len(plan.cases),
        "problems": [str(problem) for problem in plan.questions.problems],
        "run": about,
    }
    finished = Finished(summary=summary, worst=tally.worst(), folder=plan.folder, asked=asked)
    with written(plan.folder / "report.html") as file:
        file.write(report(plan.name, summary, finished.worst, when=datetime.now()))
    whole(plan.folder / SUMMARY, summary)
    return finished


class _Tally:
    """What has been answered: a row of numbers each, and the worst of them in full."""

    def __init__(self, cases: Sequence[Case], system: System) -> None:
        self._cases = {case.id: case for case in cases}
        self._system = system
        self._worst: list[tuple[float, int, Line, Outcome | None]] = []
        self.rows: dict[str, Row] = {}

    @property
    def answered(self) -> int:
        return len(self.rows)

    def add(self, told: Line, outcome: Outcome | None = None) -> None:
        """Counts a line; `outcome` is read out of it again where it is not given."""
        self.rows[told["id"]] = row_of(told)
        if told["right"] is False:
            heapq.heappush(self._worst, (_badness(told), -self.answered, told, outcome))
            if len(self._worst) > MOST_WORST:
                heapq.heappop(self._worst)

    def in_order(self) -> list[Row]:
        """The rows in the order of the set, in which they came or not."""
        return [self.rows[id] for id in self._cases if id in self.rows]

    def worst(self) -> tuple[Outcome, ...]:
        order = {id: place for place, id in enumerate(self._cases)}
        found = sorted(self._worst, key=lambda each: (-each[0], order[each[2]["id"]]))
        return tuple(
            outcome or outcome_of(told, self._cases[told["id"]], self._system.article) for _, _, told, outcome in found
        )


def _badness(told: Line) -> float:
    """How much a wrong answer deserves to be read: a failure, what was told as certain, what is not there."""
    if "error" in told or told["status"] == Status.SERVICE_ERROR:
        return 3.0
    if told["status"] == Status.ANSWERED:
        return 2.0 + (told["certainty"] or 0.0)
    return 1.0 - float(told.get("fact_recall", 0.0))
