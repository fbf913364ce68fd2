"""What a report needs of the lines of a run: counts over all of them, and the wrong answers that are worth reading.

One pass over the lines, of which few are kept, so that a set may have any number of questions.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Line = Mapping[str, Any]

MOST_STORIES = 40
MOST_RIGHTS = 200
DEPTH = 10
"""How many articles a line ranks."""
_KEPT = MOST_STORIES
"""Lines kept of each cause and kind."""
_MOST_KEPT = 2000
_OF_ONE_CAUSE = 8
"""Stories of one cause, while there are others to tell."""
_DECLINED = frozenset({"NO_PASSAGES", "CANNOT_ANSWER", "REFUSED"})

CAUSES = (
    "answered",
    "forbidden",
    "other_words",
    "other_article",
    "refused",
    "not_found",
    "partial",
    "error",
)
"""Why an answer is wrong, the most harmful first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Brief:
    """A right answer, in a row."""

    id: str
    kind: str
    question: str
    status: str


@dataclass(slots=True)
class Gathered:
    """What the lines of a run hold for its report."""

    n: int = 0
    right: int = 0
    wrong: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    taken: list[float] = field(default_factory=list)
    """Milliseconds of each question that was asked alone."""
    found: list[float] = field(default_factory=lambda: [0.0] * DEPTH)
    """The shares of needed articles among the first 1, 2, ... added up."""
    searched: int = 0
    """Over how many questions they are added up."""
    answered: int = 0
    """Questions with status ANSWERED, of those whose certainty is known."""
    answered_wrongly: int = 0
    certain: int = 0
    """Questions whose certainty is known."""
    rights: list[Brief] = field(default_factory=list)
    worst: list[Line] = field(default_factory=list)

    @property
    def recall_curve(self) -> list[tuple[int, float]]:
        return [(k, total / self.searched) for k, total in enumerate(self.found, start=1)] if self.searched else []

    @property
    def standing(self) -> tuple[float, float] | None:
        """The share that is answered, and how much of it is wrong; None where nothing is."""
        if not self.answered:
            return None
        return self.answered / self.certain, self.answered_wrongly / self.answered


def gather(lines: Iterable[Line], *, first: Collection[str] = ()) -> Gathered:
    """What `lines` hold. The stories of the ids in `first` come before all others."""
    gathered = Gathered()
    kept: dict[tuple[str, str], list[Line]] = defaultdict(list)
    size = 0
    for line in lines:
        _count(gathered, line)
        if line.get("right") is False:
            cause = cause_of(line)
            gathered.wrong += 1
            gathered.causes[cause] += 1
            place = kept["first" if str(line["id"]) in first else cause, str(line.get("kind"))]
            if len(place) < _KEPT and size < _MOST_KEPT:
                place.append(line)
                size += 1
    gathered.worst = _chosen(kept)
    return gathered


def cause_of(line: Line) -> str:
    """Why the answer of a wrong line is wrong: the first link of the chain that broke."""
    expected, failed, status = line.get("expected") or {}, line.get("failed") or (), line.get("status")
    if line.get("error") or status == "SERVICE_ERROR":
        return "error"
    if expected.get("refuse"):
        return "forbidden" if "forbidden" in failed and status != "ANSWERED" else "answered"
    if "forbidden" in failed:
        return "forbidden"
    if needed_place(line) == 0:
        return "not_found"
    if status in _DECLINED:
        return "refused"
    if "citations" in failed:
        return "other_article"
    return "other_words" if "facts" in failed else "partial"


def needed_place(line: Line) -> int | None:
    """Where the needed articles stand in the ranking, from 1: the last of them, or the first where any one will do.

    0 where they are not in it, None where none is needed.
    """
    expected = line.get("expected") or {}
    needed = expected.get("articles") or ()
    if not needed:
        return None
    ranking = list(line.get("ranking") or ())
    places = [ranking.index(article) + 1 if article in ranking else 0 for article in needed]
    if expected.get("articles_mode") == "any":
        return min((place for place in places if place), default=0)
    return 0 if 0 in places else max(places)


def _count(gathered: Gathered, line: Line) -> None:
    expected = line.get("expected") or {}
    gathered.n += 1
    if line.get("alone", True) and isinstance(line.get("elapsed_ms"), int | float):
        gathered.taken.append(float(line["elapsed_ms"]))
    if "recall@1" in line and expected.get("articles"):
        gathered.searched += 1
        for k in range(1, DEPTH + 1):
            gathered.found[k - 1] += _recall(expected, list(line.get("ranking") or ())[:k])
    if line.get("certainty") is not None and not expected.get("refusal_ok"):
        gathered.certain += 1
        if line.get("status") == "ANSWERED":
            gathered.answered += 1
            gathered.answered_wrongly += bool(
                expected.get("refuse") or {"facts", "citations", "forbidden"} & set(line.get("failed") or ())
            )
    if line.get("right"):
        gathered.right += 1
        if len(gathered.rights) < MOST_RIGHTS:
            gathered.rights.append(
                Brief(
                    id=str(line["id"]),
                    kind=str(line.get("kind")),
                    question=str(line.get("question"))[:120],
                    status=str(line.get("status")),
                )
            )


def _recall(expected: Mapping[str, Any], first: Sequence[str]) -> float:
    needed = set(expected["articles"])
    hit = len(needed & set(first))
    return float(hit > 0) if expected.get("articles_mode") == "any" else hit / len(needed)


def _chosen(kept: Mapping[tuple[str, str], list[Line]]) -> list[Line]:
    """At most `MOST_STORIES`, the most harmful causes first, the kinds in turn."""
    queues = {}
    for cause in ("first", *CAUSES):
        of_kinds = [lines for (why, _), lines in sorted(kept.items()) if why == cause]
        queues[cause] = [line for turn in itertools.zip_longest(*of_kinds) for line in turn if line is not None]
    chosen = {
        cause: lines[: 2 * _OF_ONE_CAUSE if cause == "first" else _OF_ONE_CAUSE] for cause, lines in queues.items()
    }
    left = MOST_STORIES - sum(map(len, chosen.values()))
    for cause, lines in queues.items():
        if left > 0:
            more = lines[len(chosen[cause]) :][:left]
            chosen[cause] = chosen[cause] + more
            left -= len(more)
    return [line for lines in chosen.values() for line in lines][:MOST_STORIES]
