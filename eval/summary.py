"""Many scores made into a summary: means, each share with its 95 % interval, by kind, and latencies."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.retrieval import MEASURES
from eval.running import Outcome

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
    answered = [outcome for outcome in outcomes if outcome.answer is not None]
    by_kind = {
        kind: _part([outcome for outcome in outcomes if outcome.case.kind == kind])
        for kind in sorted({outcome.case.kind for outcome in outcomes})
    }
    whole = _part(outcomes)
    return {
        **whole,
        "latency_ms": _latencies(outcomes),
        "statuses": dict(sorted(Counter(o.answer.status.value for o in answered if o.answer).items())),
        "by_kind": by_kind,
    }


def _part(outcomes: Sequence[Outcome]) -> dict[str, object]:
    def scored(value: Callable[[Outcome], float | bool | None]) -> dict[str, float | None]:
        return share(value(outcome) for outcome in outcomes).json()

    return {
        "n": len(outcomes),
        "retrieval": {name: scored(lambda o, name=name: o.retrieval.get(name)) for name in MEASURES},  # type: ignore[misc]
        "answers": {
            "fact_recall": scored(lambda o: o.score.fact_recall if o.score and not o.case.refuse else None),
            "right": scored(lambda o: o.right),
            "citation_precision": scored(lambda o: o.score.citation_precision if o.score else None),
            "citation_recall": scored(lambda o: o.score.citation_recall if o.score and not o.case.refuse else None),
            "quote_equals_source": _quotes(outcomes).json(),
        },
        "refusal": {
            "refused_unanswerable": scored(lambda o: o.refused if o.case.refuse else None),
            "false_refusal": scored(lambda o: o.refused if not o.case.refuse and not o.case.refusal_ok else None),
        },
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
