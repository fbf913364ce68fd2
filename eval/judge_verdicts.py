"""What a judge says of an answer, and what is made of it: claims -> verdicts -> shares. Knows no model.

faithfulness   the share of the answer's claims that its quotes hold
correctness    of the claims that the reference speaks of, the share that agrees with it
completeness   the share of the reference's points that the answer tells
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

MEASURES = ("faithfulness", "correctness", "completeness")
CLOSE = 0.34
"""Runs whose shares lie further apart than this do not agree."""
_IN_QUOTES = frozenset({"yes", "no", "against"})
_AGREES = frozenset({"yes", "no", "unknown"})
_TOLD = frozenset({"yes", "no"})
_MOST = 200


class Unreadable(ValueError):
    """What a judge wrote is no verdict."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    claim: str
    reason: str
    in_quotes: str
    agrees: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    point: str
    reason: str
    told: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What one run of a judge said."""

    claims: tuple[Claim, ...]
    points: tuple[Point, ...]

    @property
    def shares(self) -> dict[str, float | None]:
        """Each of `MEASURES` in [0, 1], None where there is nothing to count."""
        spoken_of = [claim.agrees == "yes" for claim in self.claims if claim.agrees != "unknown"]
        return {
            "faithfulness": _mean([claim.in_quotes == "yes" for claim in self.claims]),
            "correctness": _mean(spoken_of),
            "completeness": _mean([point.told == "yes" for point in self.points]),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What all runs of a judge said of one answer."""

    shares: Mapping[str, float | None]
    """The median of each measure over the runs."""
    spread: float
    """How far the runs lie apart, at most, in [0, 1]."""
    runs: int
    typical: Verdict
    """That of the run nearest to the medians."""

    def json(self) -> dict[str, Any]:
        shown = {name: value for name, value in self.shares.items() if value is not None}
        return {**shown, "spread": self.spread, "runs": self.runs, **asdict(self.typical)}


def verdict_of(text: str) -> Verdict:
    """The verdict in what a model wrote, which may stand in a fence or among words. Raises `Unreadable`."""
    begin, end = text.find("{"), text.rfind("}")
    try:
        value = json.loads(text[begin : end + 1])
        claims = tuple(
            Claim(**_fields(each, "claim", in_quotes=_IN_QUOTES, agrees=_AGREES)) for each in value["claims"]
        )
        points = tuple(Point(**_fields(each, "point", told=_TOLD)) for each in value["points"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unreadable(f"the judge wrote no verdict ({type(error).__name__})") from None
    if not claims and not points:
        raise Unreadable("the judge found no claim and no point")
    if len(claims) + len(points) > _MOST:
        raise Unreadable(f"the judge wrote more than {_MOST} verdicts")
    return Verdict(claims=claims, points=points)


def _fields(value: Mapping[str, object], named: str, **decisions: frozenset[str]) -> dict[str, str]:
    """The text of `named` and the reason, and each decision as one of its words. Raises `ValueError`."""
    decided = {name: str(value[name]).strip().lower() for name in decisions}
    if any(decided[name] not in words for name, words in decisions.items()):
        raise ValueError("a decision in other words")
    return {named: _line(value[named]), "reason": _line(value.get("reason") or ""), **decided}


def _line(value: object) -> str:
    return re.sub(r"\s+", " ", str(value)).strip()[:1000]


def together(verdicts: Sequence[Verdict]) -> Judged:
    """The median of `verdicts`, of which there is at least one."""
    shares = [verdict.shares for verdict in verdicts]
    found = {name: [each[name] for each in shares if each[name] is not None] for name in MEASURES}
    # Where most runs see nothing to count, there is nothing.
    medians = {
        name: float(median(v for v in values if v is not None)) if 2 * len(values) > len(verdicts) else None
        for name, values in found.items()
    }
    apart = [
        max(v for v in values if v is not None) - min(v for v in values if v is not None)
        for values in found.values()
        if values
    ]

    def far(verdict: Verdict) -> float:
        return sum(abs((verdict.shares[name] or 0.0) - (medians[name] or 0.0)) for name in MEASURES)

    return Judged(
        shares={name: None if value is None else round(value, 6) for name, value in medians.items()},
        spread=round(max(apart, default=0.0), 6),
        runs=len(verdicts),
        typical=min(verdicts, key=far),
    )


def _mean(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None
