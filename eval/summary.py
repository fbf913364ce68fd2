"""Many lines of results made into a summary: means, each with its 95 % interval, by kind, language and article."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from eval import overlap
from eval.certainty import auroc, risk_coverage
from eval.lines import Line
from eval.retrieval import MEASURES
from rag.language import detect

GROUPS = {
    "retrieval": MEASURES,
    "answers": (
        "fact_recall",
        "right",
        "citation_precision",
        "citation_recall",
        "quote_equals_source",
        "cited_sentences",
    ),
    "overlap": overlap.MEASURES,
    "refusal": ("refused_unanswerable", "false_refusal"),
}
"""The measures of a summary, by the group under which it has them."""
SINGLE = ("support", "language_kept")
"""The measures that a summary has under their own name."""
NAMES = tuple(name for names in (*GROUPS.values(), SINGLE) for name in names)
"""All measures that are averaged over questions, in the order in which they are read."""

MOST_ARTICLES = 100
"""Of how many articles, those that most questions need, the summary tells apart."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What a summary needs to know of one line: numbers, no texts, so that any number of them fits into memory."""

    kind: str
    lang: str
    articles: tuple[str, ...]
    """The needed ones."""
    status: str | None
    measures: Mapping[str, float]
    quotes: int = 0
    true_quotes: int = 0
    certainty: float | None = None
    good: bool | None = None
    """Whether what was answered is true, whatever should have been refused; None where either is as good."""
    refuse: bool = False
    elapsed_ms: float = 0.0
    alone: bool = True
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    read: int = 0
    written: int = 0
    cost: float | None = None


def row_of(line: Line) -> Row:
    """What a summary needs of a line of `results.jsonl`."""
    expected, failed = line["expected"], set(line.get("failed", ()))
    good = not expected["refuse"] and not failed & {"facts", "citations", "forbidden"}
    right = {"right": float(line["right"])} if line["right"] is not None else {}
    return Row(
        kind=line["kind"],
        lang=line["lang"] or detect(line["question"]),
        articles=tuple(expected.get("articles", ())),
        status=line.get("status"),
        measures=right | {name: line[name] for name in NAMES if name in line and name != "right"},
        quotes=line.get("quotes", 0),
        true_quotes=line.get("true_quotes", 0),
        certainty=line["certainty"],
        good=None if expected.get("refusal_ok") else good,
        refuse=expected["refuse"],
        elapsed_ms=line["elapsed_ms"],
        alone=line["alone"],
        timings_ms=line["timings_ms"],
        read=line["tokens"]["read"],
        written=line["tokens"]["written"],
        cost=line.get("cost"),
    )


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


def summarise(rows: Sequence[Row]) -> dict[str, Any]:
    """`summary.json`: what `docs/evaluation.md` describes."""
    whole = _part(rows)
    needed = Counter(article for row in rows for article in row.articles)
    costs = [row.cost for row in rows if row.cost is not None]
    return {
        **whole,
        "refusal": {**whole["refusal"], "auroc": _auroc(rows).json()},
        "risk_coverage": risk_coverage(
            [(row.certainty, row.good) for row in rows if row.certainty is not None and row.good is not None]
        ),
        "latency_ms": _latencies(rows),
        "tokens": {"read": sum(row.read for row in rows), "written": sum(row.written for row in rows)},
        **({"cost": round(sum(costs), 6)} if costs else {}),
        "statuses": dict(sorted(Counter(row.status for row in rows if row.status).items())),
        "by_kind": _grouped(rows, lambda row: (row.kind,)),
        "by_language": _grouped(rows, lambda row: (row.lang,)),
        "by_article": _grouped(rows, lambda row: row.articles, only={a for a, _ in needed.most_common(MOST_ARTICLES)}),
    }


def shares(summary: Mapping[str, Any]) -> Iterator[tuple[str, Share]]:
    """Each measure of a summary, or of a part of one, by its name, in the order in which they are read."""
    for group, names in GROUPS.items():
        for name in names:
            yield name, Share(**summary[group][name])
    if "auroc" in summary["refusal"]:
        yield "auroc", Share(**summary["refusal"]["auroc"])
    for name in SINGLE:
        yield name, Share(**summary[name])


def _grouped(
    rows: Sequence[Row], groups: Callable[[Row], Iterable[str]], *, only: set[str] | None = None
) -> dict[str, Any]:
    """The part of each group; a row may belong to several."""
    parts: dict[str, list[Row]] = {}
    for row in rows:
        for group in dict.fromkeys(groups(row)):
            if only is None or group in only:
                parts.setdefault(group, []).append(row)
    return {group: _part(parts[group]) for group in sorted(parts)}


def _part(rows: Sequence[Row]) -> dict[str, Any]:
    found = {name: share(row.measures.get(name) for row in rows) for name in NAMES}
    found["quote_equals_source"] = _quotes(rows)
    return {
        "n": len(rows),
        **{group: {name: found[name].json() for name in names} for group, names in GROUPS.items()},
        **{name: found[name].json() for name in SINGLE},
    }


def _quotes(rows: Iterable[Row]) -> Share:
    """Counted on citations, not on questions."""
    counts = [(row.true_quotes, row.quotes) for row in rows]
    true, quotes = (sum(count) for count in zip(*counts, strict=True)) if counts else (0, 0)
    return share([True] * true + [False] * (quotes - true))


def _auroc(rows: Sequence[Row]) -> Share:
    """How well the certainty tells questions with an answer from those without."""
    told = [row for row in rows if row.certainty is not None and row.good is not None]
    found = auroc(
        [cast(float, row.certainty) for row in told if not row.refuse],
        [cast(float, row.certainty) for row in told if row.refuse],
    )
    return Share(**dict(zip(("value", "low", "high"), (round(x, 6) for x in found), strict=True))) if found else Share()


def _latencies(rows: Sequence[Row]) -> dict[str, Any]:
    """Quantiles over the questions that were asked alone, of the whole and of each stage."""
    alone = [row for row in rows if row.alone]
    stages: dict[str, list[float]] = {}
    for row in alone:
        for stage, taken in _stages(row.timings_ms):
            stages.setdefault(stage, []).append(taken)
    return {
        **_quantiles([row.elapsed_ms for row in alone]),
        "n": len(alone),
        **{stage: _quantiles(taken) for stage, taken in sorted(stages.items())},
    }


def _stages(timings: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """How long each stage took; writing is what is left of the whole where it was not timed itself."""
    yield from ((stage, taken) for stage, taken in timings.items() if stage != "total")
    if "total" in timings and "retrieve" in timings and "write" not in timings:
        yield "write", round(timings["total"] - timings["retrieve"], 1)


def _quantiles(taken: Sequence[float]) -> dict[str, float | None]:
    if not taken:
        return {"p50": None, "p95": None}
    p50, p95 = np.percentile(taken, (50, 95))
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1)}
