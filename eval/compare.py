"""Two runs of the same questions, paired: what got better, what got worse, and which gate fell."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.errors import EvaluationError
from eval.files import RESULTS, SUMMARY, line, read_json, whole, written
from eval.lines import without_timings
from eval.summary import bootstrap

BASELINE = Path(__file__).parent / "baseline"
"""The run of `eval/questions/articles.jsonl` that later ones are measured against, without its hits."""
_GATES = Path(__file__).parent / "gates.toml"
_LONG = ("hits", "citations", "history", "ranking", "expected")
_OF_ITS_DAY = ("latency_ms", "by_article", "problems")
_WORSE_UPWARDS = frozenset({"false_refusal"})

Result = Mapping[str, object]
"""A line of `results.jsonl`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """How one measure changed over the questions that both runs count it for."""

    measure: str
    n: int
    before: float
    after: float
    low: float
    """95 % interval of `after - before`, paired."""
    high: float
    allowed: float
    """By how much it may get worse."""

    @property
    def fallen(self) -> bool:
        """True where it got worse by more than is allowed, and by more than chance explains."""
        worse_by = self.after - self.before if self.measure in _WORSE_UPWARDS else self.before - self.after
        certain = self.low > 0 if self.measure in _WORSE_UPWARDS else self.high < 0
        return worse_by > self.allowed and certain


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    changes: tuple[Change, ...]
    better: tuple[tuple[Result, Result], ...]
    """Questions that were wrong and are right, before and after."""
    worse: tuple[tuple[Result, Result], ...]
    """Questions that were right and are wrong."""
    lost: tuple[str, ...]
    """Ids that only the run before has: a run cannot pass by not asking."""
    new: tuple[str, ...]
    """Ids that only the run after has."""
    reworded: tuple[str, ...]
    """Ids whose question is another one now; they are not compared."""

    @property
    def p_right(self) -> float:
        """How likely chance alone makes as many questions better or worse, or more: McNemar's exact test."""
        return mcnemar(len(self.better), len(self.worse))

    @property
    def fallen(self) -> tuple[str, ...]:
        """The names of the gates that fell; `questions` where some were not asked again."""
        lost = ("questions",) if self.lost else ()
        return (*lost, *(change.measure for change in self.changes if change.fallen))


def read_gates(path: Path = _GATES) -> dict[str, float]:
    """The allowed change for the worse by measure. Raises `EvaluationError`."""
    try:
        gates = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path}: {error}. One line a measure, such as: right = 0.02") from None
    return {measure: float(allowed) for measure, allowed in gates.items()}


def read_results(run: Path) -> dict[str, Result]:
    """The lines of a run's `results.jsonl` by id. `run` is its folder or the file. Raises `EvaluationError`."""
    path = run / RESULTS if run.is_dir() else run
    try:
        with path.open(encoding="utf-8") as lines:
            results = (_short(json.loads(line)) for line in lines if line.strip())
            return {str(result["id"]): result for result in results}
    except OSError:
        raise EvaluationError(f"{path}: no results there. Name the folder that `python -m eval run` wrote.") from None
    except (ValueError, KeyError, TypeError):
        raise EvaluationError(f"{path}: not the results of a run. Name the folder that it wrote.") from None


def keep_as_baseline(run: Path, folder: Path = BASELINE) -> int:
    """Writes what later runs are compared with: the lines of `run` without their hits, and its summary.

    Gives back how many questions it has. Raises `EvaluationError` where `run` is no finished run.
    """
    summary = read_json(run / SUMMARY)
    if summary is None or summary.get("complete") is not True:
        raise EvaluationError(f"{run}: no finished run there. Name the folder that `python -m eval run` wrote.")
    results = read_results(run)
    with written(folder / RESULTS) as file:
        file.writelines(line(without_timings(result)) for result in results.values())
    whole(folder / SUMMARY, {name: value for name, value in summary.items() if name not in _OF_ITS_DAY})
    return len(results)


def _short(result: dict[str, object]) -> Result:
    """A line without what is long and compared by nobody: two large runs have to fit into memory."""
    if not isinstance(result, dict):
        raise TypeError("no JSON object")
    return {name: value for name, value in result.items() if name not in _LONG}


def compare(before: Mapping[str, Result], after: Mapping[str, Result], gates: Mapping[str, float]) -> Comparison:
    """How `after` stands to `before`, question by question. Raises `EvaluationError` where they share none."""
    shared = [id for id in before if id in after and before[id].get("question") == after[id].get("question")]
    if not shared:
        raise EvaluationError("The two runs have no question in common. Compare runs of the same question set.")
    pairs = [(before[id], after[id]) for id in shared]
    if all(new.get("right") is None for _, new in pairs) and any(old.get("right") is not None for old, _ in pairs):
        raise EvaluationError("The later run holds no answers, the earlier one does. Run it without --retrieval-only.")
    common = set(shared)
    return Comparison(
        changes=tuple(change for name, allowed in gates.items() if (change := _change(name, allowed, pairs))),
        better=tuple(pair for pair in pairs if pair[0].get("right") is False and pair[1].get("right") is True),
        worse=tuple(pair for pair in pairs if pair[0].get("right") is True and pair[1].get("right") is False),
        lost=_only(before, after),
        new=_only(after, before),
        reworded=tuple(id for id in before if id in after and id not in common),
    )


def mcnemar(better: int, worse: int) -> float:
    """The two-sided p of McNemar's exact test: that a fair coin falls at least so unevenly for those that changed."""
    changed = better + worse
    tail = sum(math.comb(changed, k) for k in range(min(better, worse) + 1))
    return float(min(1.0, 2 * tail / 2**changed))


def _only(some: Iterable[str], others: Mapping[str, Result]) -> tuple[str, ...]:
    return tuple(id for id in some if id not in others)


def _change(measure: str, allowed: float, pairs: Sequence[tuple[Result, Result]]) -> Change | None:
    counted = [
        (float(old), float(new))
        for one, other in pairs
        if isinstance(old := one.get(measure), int | float) and isinstance(new := other.get(measure), int | float)
    ]
    if not counted:
        return None
    differences = [new - old for old, new in counted]
    low, high = bootstrap(differences)
    return Change(
        measure=measure,
        n=len(counted),
        before=sum(old for old, _ in counted) / len(counted),
        after=sum(new for _, new in counted) / len(counted),
        low=low,
        high=high,
        allowed=allowed,
    )
