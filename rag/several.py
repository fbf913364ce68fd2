"""What other articles say to a question that one of them answers: the same, another figure, or something more.

Which of two figures is right is not decided: both are quoted with their dates. Knows nothing of how it is worded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from corpus.fold import fold
from rag import dates, quantities
from rag.asking import Asked, Kind
from rag.certainty import rank
from rag.evidence import Evidence, pairs
from rag.fitting import fitting

_MARGIN = 1.0
"""How far in rank behind the best sentence one of another article may be."""
_MOST = 2
"""Other articles that are quoted."""
_NEW = 0.6
"""From this share of words that was not quoted yet, a sentence says something more."""
_HELD = 0.9
"""The part of what the best sentence holds of the question that another one has to hold, to speak of the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Others:
    """Sentences of other articles, best first."""

    evidence: tuple[Evidence, ...] = ()
    differ: bool = False
    """They give another number or date than the best one."""


def others(
    quoted: Sequence[Evidence], ranked: Sequence[Evidence], question: Asked, *, answers: Callable[[Evidence], bool]
) -> Others:
    """What articles other than that of `quoted` add to it, the best sentence of each; `ranked` has the best first.

    `answers` says whether a sentence by itself is an answer.
    """
    best = quoted[0]
    compares = question.kind in (Kind.NUMBER, Kind.WHEN)
    known = set[str]().union(*(pairs(e.text) for e in quoted))
    found: list[Evidence] = []
    for each in _first_of_each(
        ranked, without=best.article.id, floor=rank(best, question) - _MARGIN, question=question
    ):
        if len(found) == _MOST:
            break
        if each.held < _HELD * best.held or not answers(each):
            continue
        if compares:
            if all(_differ(each, other, question) for other in (best, *found)):
                found.append(each)
        elif _share_of_new(each, known) >= _NEW:
            found.append(each)
            known |= pairs(each.text)
    return Others(evidence=tuple(found), differ=compares and bool(found))


def newest_first(evidence: Sequence[Evidence]) -> list[Evidence]:
    """`evidence` by the date of its article, the newest first; those without a date stay behind."""
    return sorted(evidence, key=lambda each: each.article.published or date.min, reverse=True)


def _first_of_each(ranked: Sequence[Evidence], *, without: str, floor: float, question: Asked) -> Iterator[Evidence]:
    seen = {without}
    for each in ranked:
        if rank(each, question) < floor:
            return
        if each.article.id not in seen:
            seen.add(each.article.id)
            yield each


def _differ(one: Evidence, other: Evidence, question: Asked) -> bool:
    """Whether both give a number or a date, and none that fits what the other gives."""
    first, second = (" ".join(fitting(question, fold(each.text))) for each in (one, other))
    if question.kind is Kind.NUMBER:
        these, those = quantities.quantities(first), quantities.quantities(second)
        return bool(these and those) and not any(quantities.holds(those, number) for number in these)
    said, told = dates.days(first), dates.days(second)
    return bool(said and told) and not (_hold(said, told) or _hold(told, said))


def _hold(days: Sequence[dates.Day], wanted: Sequence[dates.Day]) -> bool:
    return any(dates.holds_day(tuple(days), day, published=None) for day in wanted)


def _share_of_new(evidence: Evidence, known: set[str]) -> float:
    own = pairs(evidence.text)
    return len(own - known) / len(own) if own else 0.0
