"""What was learned about evidence: which sentence answers best, and how sure it is that it answers at all.

Both are linear in what `rag.evidence` weighed: a ranking learned from pairs of sentences, and a logistic regression for
the best one. `python -m eval calibrate` learns them; they stand in `certainty.toml` beside this file, and for hits that
a reader has read (`rag.reader`) in `certainty_read.toml`, with the sets that they were learned on. Two of each: `zh`,
and `en` for English questions, whose words a dictionary has to find in the articles.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rag.asking import Asked, Kind
from rag.evidence import Evidence, Weighing
from rag.records import Hit

SUREST = 5.0
"""Relevance, a logit, counts no further than this on either side."""
_DENIED = -0.9  # relevance
_OTHER_EDITION = 3.0  # the public sets name too few editions to learn this from
STORE = Path(__file__).with_name("certainty.toml")
READ_STORE = Path(__file__).with_name("certainty_read.toml")


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
    """What is looked at, each about 0 to 1; `relevance` from -1 to 1."""
    counts = asked.kind in (Kind.NUMBER, Kind.WHEN)
    reading = evidence.reading
    # What was not read was not among the likeliest sentences.
    relevance = max(-1.0, min(1.0, reading.relevance / SUREST)) if reading else -1.0
    return {
        "similarity": evidence.similarity,
        "score": evidence.hit.score,
        "sentence_alignment": evidence.alignment,
        "passage_alignment": evidence.hit.alignment,
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
        "relevance": relevance,
        "denied": float(relevance <= _DENIED),
        "begins": evidence.begins,
        "sureness": reading.sureness * (evidence.begins > 0) if reading else 0.0,
    }


def rank(evidence: Evidence, asked: Asked) -> float:
    """How well a sentence answers, on a logarithmic scale: one more is e times as likely the better of two."""
    weights: Mapping[str, float] = stored(read=evidence.read)["rank"][language_of(asked)]
    return _sum(weights, features(evidence, asked)) - _OTHER_EDITION * evidence.contradicts


def ranked_evidence(asked: Asked, hits: Sequence[Hit]) -> list[Evidence]:
    """The sentences of `hits`, the one that answers best first."""
    return sorted(Weighing(asked, hits).evidence(), key=lambda evidence: -rank(evidence, asked))


def rule(evidence: Evidence, asked: Asked) -> Rule:
    """The rule that says whether `evidence`, the best sentence, answers a question like `asked`."""
    return Rule(**stored(read=evidence.read)["answered"][language_of(asked)])


@cache
def stored(*, read: bool) -> dict[str, Any]:
    """What was learned, for hits that a reader has read or for those that none has."""
    return tomllib.loads((READ_STORE if read else STORE).read_text(encoding="utf-8"))


def _sum(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return sum(weight * features[name] for name, weight in weights.items())
