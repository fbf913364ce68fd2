"""Many scores made into a summary: means, each share with its 95 % interval, by kind, and latencies."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.retrieval import MEASURES
from eval.running import Outcome, measures

GROUPS = {
    "retrieval": MEASURES,
    "answers": ("fact_recall", "right", "citation_precision", "citation_recall", "quote_equals_source"),
    "refusal": ("refused_unanswerable", "false_refusal"),
}
"""The measures of a summary, by the group under which it has them."""

_Z = 1.959963984540054
_RESAMPLES = 2000
_SEED = 20240607
_CHUNK = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A mean in [0, 1] with its 95 % interval; all None where there was nothing to count."""

    value: float | None = None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.value is None or self.low is None or self.high is None:
            return "–"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def json(self) -> dict[str, float | None]:
        return {"value": self.value, "low": self.low, "high": self.high}


def share(values: Iterable[float | bool | None]) -> Share:
    """The mean of `values` in [0, 1], None left out: Wilson's interval where all are 0 or 1, else the bootstrap's.

    Six decimals, and the same for the same values every time.
    """
    counted = [float(value) for value in values if value is not None]
    if not counted:
        return Share()
    binary = all(value in (0.0, 1.0) for value in counted)
    low, high = _wilson(sum(counted), len(counted)) if binary else bootstrap(counted)
    return Share(value=round(sum(counted) / len(counted), 6), low=round(low, 6), high=round(high, 6))


def _wilson(successes: float, n: int) -> tuple[float, float]:
    p = successes / n
    middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
    return min(p, max(0.0, middle - half)), max(p, min(1.0, middle + half))


def bootstrap(values: Sequence[float]) -> tuple[float, float]:
    """The 2.5 % and 97.5 % points of the mean of resampled `values`; the seed is fixed."""
    data = np.asarray(values, dtype=np.float64)
    random = np.random.default_rng(_SEED)
    means = [
        data[random.integers(len(data), size=(_CHUNK, len(data)))].mean(axis=1) for _ in range(_RESAMPLES // _CHUNK)
    ]
    low, high = np.quantile(np.concatenate(means), (0.025, 0.975))
    return float(low), float(high)


def summarise(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """`summary.json`: what `docs/results.md` describes."""
    kinds = sorted({outcome.case.kind for outcome in outcomes})
    return {
        **_part(outcomes),
        "latency_ms": _latencies(outcomes),
        "statuses": dict(sorted(Counter(o.answer.status.value for o in outcomes if o.answer).items())),
        "by_kind": {kind: _part([outcome for outcome in outcomes if outcome.case.kind == kind]) for kind in kinds},
    }


def _part(outcomes: Sequence[Outcome]) -> dict[str, object]:
    rows = [measures(outcome) for outcome in outcomes]
    shares = {name: share(row[name] for row in rows) for name in (rows[0] if rows else ())}
    shares["quote_equals_source"] = _quotes(outcomes)
    return {
        "n": len(outcomes),
        **{group: {name: shares.get(name, Share()).json() for name in names} for group, names in GROUPS.items()},
    }


def _quotes(outcomes: Sequence[Outcome]) -> Share:
    """Counted on citations, not on questions."""
    scores = [outcome.score for outcome in outcomes if outcome.score]
    true, quotes = sum(s.true_quotes for s in scores), sum(s.quotes for s in scores)
    return share([True] * true + [False] * (quotes - true))


def _latencies(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    taken = [outcome.elapsed_ms for outcome in outcomes]
    if not taken:
        return {"p50": None, "p95": None}
    p50, p95 = np.percentile(taken, (50, 95))
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1)}
