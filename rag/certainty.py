"""How sure it is that a sentence holds the answer: a logistic regression over what `rag.evidence` weighed.

The weights are learned by `python -m eval calibrate` and stand in `certainty.toml` beside this file, with the set that
they were learned on. Two sets of weights: `zh`, and `en` for English questions, which share no words with the articles.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rag.asking import Asked, Kind
from rag.evidence import Evidence

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
        z = self.bias + sum(weight * features[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, z))))


def language_of(asked: Asked) -> str:
    """Which weights a question takes: `en` or `zh`."""
    return "en" if asked.english else "zh"


def features(evidence: Evidence, asked: Asked) -> dict[str, float]:
    """What the regression looks at, each about 0 to 1."""
    common = {
        "similarity": evidence.similarity,
        "givens": evidence.givens,
        "fits": float(evidence.fits),
    }
    if asked.english:
        return common
    return common | {
        "coverage": evidence.coverage,
        "context": evidence.context,
        "gap": evidence.gap,
        "focus": evidence.focus,
        "share": evidence.hit.share,
        "counts": float(asked.kind in (Kind.NUMBER, Kind.WHEN)),
    }


@cache
def rules() -> Mapping[str, Rule]:
    """The learned rules, by the language of the question."""
    stored = tomllib.loads(STORE.read_text(encoding="utf-8"))
    return {name: Rule(**stored[name]) for name in ("zh", "en")}
