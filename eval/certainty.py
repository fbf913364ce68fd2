"""How sure an answer is, and what that is worth: the risk at each coverage, and the area under the ROC curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rag.asking import asked
from rag.certainty import features, ranked_evidence, rule
from rag.parts import parts
from rag.records import Hit

POINTS = 50
_RESAMPLES = 1000
_SEED = 20240607

Floats = npt.NDArray[np.float64]


def certainty_of(question: str, hits: Sequence[Hit]) -> float:
    """The probability, in [0, 1], that the best sentence of `hits` answers: what the quoting writer goes by.

    Of a question with several parts, that of the part which is answered least.
    """
    return round(min(_of_part(part, [hit for hit in hits if hit.query in ("", part)]) for part in parts(question)), 6)


def _of_part(part: str, hits: Sequence[Hit]) -> float:
    question = asked(part)
    ranked = ranked_evidence(question, hits)
    return rule(ranked[0], question).certainty(features(ranked[0], question)) if ranked else 0.0


def risk_coverage(answers: Sequence[tuple[float, bool]], *, points: int = POINTS) -> list[dict[str, float]]:
    """The share of wrong answers among those answered, if only the surest are, at `points` coverages at the most.

    `answers` holds the certainty of each and whether it is good. Equal certainties cannot be told apart, so each of
    them stands for their mean.
    """
    if not answers:
        return []
    sure, bad = np.array([c for c, _ in answers]), np.array([not good for _, good in answers], dtype=np.float64)
    _, group = np.unique(-sure, return_inverse=True)
    mean = np.bincount(group, weights=bad) / np.bincount(group)
    risks = np.cumsum(mean[np.sort(group)])
    counts = np.unique(np.ceil(np.arange(1, points + 1) * len(answers) / points).astype(int))
    return [{"coverage": round(int(n) / len(answers), 6), "risk": round(float(risks[n - 1] / n), 6)} for n in counts]


def auroc(positive: Sequence[float], negative: Sequence[float]) -> tuple[float, float, float] | None:
    """The probability that one of `positive` is above one of `negative`, with its 95 % interval (bootstrap).

    None where one of the two is empty. The seed is fixed.
    """
    if not positive or not negative:
        return None
    above, below = np.sort(np.asarray(positive, dtype=np.float64)), np.sort(np.asarray(negative, dtype=np.float64))
    random = np.random.default_rng(_SEED)
    resampled = [
        _area(above[np.sort(random.integers(len(above), size=len(above)))],
              below[np.sort(random.integers(len(below), size=len(below)))])
        for _ in range(_RESAMPLES)
    ]  # fmt: skip
    low, high = np.quantile(resampled, (0.025, 0.975))
    return _area(above, below), float(low), float(high)


def _area(positive: Floats, negative: Floats) -> float:
    """Of two sorted arrays; equal values count half."""
    left, right = (np.searchsorted(negative, positive, side=side) for side in ("left", "right"))
    return float((left + right).sum() / 2 / (len(positive) * len(negative)))
