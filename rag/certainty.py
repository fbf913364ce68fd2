"""What was learned about evidence: which sentence answers best, and how sure it is that it answers at all.

Both are linear in what `rag.evidence` weighed: a ranking learned from pairs of sentences, and a logistic regression for
the best one. `python -m eval calibrate` learns them; they stand in `certainty.toml` beside this file, with the sets
that they were learned on. Two of each: `zh`, and `en` for English questions, which share no words with the articles.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rag.asking import Asked, Kind
from rag.evidence import Evidence

_OTHER_EDITION = 3.0  # the public sets name too few editions to learn this from
STORE = Path(__file__).with_name("certainty.toml")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Weights of the features, and from which certainty on a sentence counts as an answer."""

    bias: float
    weights: Mapping[str, float]
    answered: float
    """From here on the answer is ANSWERED."""
    near: float
    """From here on it is PARTIAL; below, nothing is quoted."""

    def certainty(self, features: Mapping[str, float]) -> float:
        """The probability, in [0, 1], that the sentence with these `features` holds the answer."""
        z = self.bias + _sum(self.weights, features)
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, z))))


def language_of(asked: Asked) -> str:
    """Which weights a question takes: `en` or `zh`."""
    return "en" if asked.english else "zh"


def features(evidence: Evidence, asked: Asked) -> dict[str, float]:
    """What is looked at, each about 0 to 1."""
    counts = asked.kind in (Kind.NUMBER, Kind.WHEN)
    return {
        "similarity": evidence.similarity,
        "score": evidence.hit.score,
        "givens": evidence.givens,
        "fits": float(evidence.fits),
        "fits_count": float(evidence.fits and counts),
        "counts": float(counts),
        "coverage": evidence.coverage,
        "held": evidence.held,
        "streak": evidence.streak,
        "context": evidence.context,
        "gap": evidence.gap,
        "focus": evidence.focus,
        "share": evidence.hit.share,
    }


def rank(evidence: Evidence, asked: Asked) -> float:
    """How well a sentence answers, on a logarithmic scale: one more is e times as likely the better of two."""
    weights: Mapping[str, float] = _stored()["rank"][language_of(asked)]
    return _sum(weights, features(evidence, asked)) - _OTHER_EDITION * evidence.contradicts


def rule(asked: Asked) -> Rule:
    """The rule that says whether the best sentence answers a question like `asked`."""
    return Rule(**_stored()["answered"][language_of(asked)])


@cache
def _stored() -> dict[str, Any]:
    return tomllib.loads(STORE.read_text(encoding="utf-8"))


def _sum(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return sum(weight * features[name] for name, weight in weights.items())
