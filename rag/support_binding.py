"""Whether a fact of a sentence stands with the same words in the evidence, or belongs there to something else.

`童车的不合格率为18.5%` has a number that the evidence has, but says of the 童车 what the evidence says of another. Told
by competition: where another fact of the same sort stands nearer to the sentence's words, the fact was swapped.
Knows nothing of which facts there are: see `rag/support_facts.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.support_clauses import Clause, Clauses, words_of

LEAST_LEAD = 1.0
"""By how much the words at another fact have to tell more than those at this one: about one pair of characters that
only one clause of the evidence has."""
LEAST_RATIO = 1.4
"""The same as a ratio."""
NEAR, CLAUSE, BEFORE, SENTENCE = 1.0, 0.5, 0.35, 0.2
"""What a word weighs that stands next to the fact, in its clause, before it with a rival, elsewhere in its sentence."""

OPENING = 1.5
"""What a word weighs that stands next to the fact and opens the clause: what the clause is about."""

_BREAKS = re.compile(r"[、,，。;；:：()（）]|以及|及|[中里]有|其中|和|与|或|\band\b|\bor\b|\bbut\b|\bwhile\b|\bthen\b")
_OPENING = re.compile(r"[^\u3400-\u9fff]*[\u3400-\u9fff]{2,5}")
_STEP = re.compile(r"[至到为成]|以上|增|减|升|降|涨|缩|\bto\b|[-–—~～]")
_COMPARES = re.compile(r"(?:比|较|相比|与|than|from|since)\s*第?$")
_RESPECTIVELY = re.compile(r"分别|依次|各为|respectively")


@dataclass(frozen=True, slots=True)
class Span:
    """Where a fact stands in its text."""

    start: int
    end: int


class Facts:
    """Where the facts of a text stand, and the words next to each."""

    def __init__(self, clauses: Clauses, all_: Sequence[Span]) -> None:
        self.clauses = clauses
        self.all = all_
        self._near: dict[tuple[int, int], frozenset[str]] = {}

    def near(self, clause: Clause, fact: Span) -> frozenset[str]:
        """The words next to `fact` of `clause`, up to the facts beside it or to a break; else those of the clause."""
        if (fact.start, fact.end) not in self._near:
            self._near[fact.start, fact.end] = _near(self.clauses.text, clause, fact, self.all)
        return self._near[fact.start, fact.end]


def is_swapped(
    said: Facts, fact: Span, held: Facts, places: Sequence[Span], rivals: Sequence[Span], *, whole: bool = True
) -> bool:
    """Whether the words at `fact` in what is `said` stand at one of `rivals` in what is `held` and not at `places`.

    Looks at the `whole` sentence, or at the clause alone.
    """
    rivals = [rival for rival in rivals if not any(_is_one_step(held.clauses.text, rival, place) for place in places)]
    if not places or not rivals or _COMPARES.search(said.clauses.text[: fact.start]):
        return False
    asked = _asked(said, fact)
    if asked is None:
        return False
    if not whole:
        asked = {word: weight for word, weight in asked.items() if weight > SENTENCE}
    here = max(_score(asked, held, place, rivals) for place in places)
    there = max(_score(asked, held, rival, places) for rival in rivals)
    return there - here >= LEAST_LEAD and there >= LEAST_RATIO * here


def _is_one_step(text: str, one: Span, other: Span) -> bool:
    """Whether the two are the ends of one step or stretch: `由14个月缩短为9个月`."""
    between = text[min(one.end, other.end) : max(one.start, other.start)]
    return len(between) < 16 and bool(_STEP.search(between)) and not _BREAKS.search(between)


def _asked(said: Facts, fact: Span) -> dict[str, float] | None:
    """The words around `fact` by how near they are; None where the clause pairs lists."""
    clause = said.clauses.at(fact.start)
    if clause is None or _RESPECTIVELY.search(clause.text):
        return None
    asked = dict.fromkeys(said.clauses.sentence_of(clause), SENTENCE)
    asked.update({word: NEAR if word[0] == "#" else CLAUSE for word in clause.words})
    text = said.clauses.text
    asked.update(dict.fromkeys(said.near(clause, fact), NEAR))
    if opening := _OPENING.match(text, clause.start):
        asked.update({word: OPENING for word in words_of(opening.group()) if asked.get(word) == NEAR})
    own = words_of(said.clauses.text[fact.start : fact.end])
    return {word: weight for word, weight in asked.items() if word not in own}


def _score(asked: dict[str, float], held: Facts, place: Span, others: Sequence[Span]) -> float:
    """How much the words around `place` tell of what is `asked`, less those that stand in a clause with `others`."""
    clause = held.clauses.at(place.start)
    if clause is None:
        return 0.0
    next_to = clause.words if _RESPECTIVELY.search(clause.text) else held.near(clause, place)
    taken = [other.start for other in others]
    taken_near = [
        held.near(clause, other)
        for other in others
        if clause.start <= other.start < clause.end and (other.start, other.end) != (place.start, place.end)
    ]
    beyond = frozenset().union(*taken_near) - next_to
    beside: set[str] = set()
    before: set[str] = set()
    for one in held.clauses.all:
        if one.sentence != clause.sentence:
            continue
        if not any(one.start <= start < one.end for start in taken):
            beside |= one.words
        elif one.start < clause.start:
            before |= one.words
    sentence = held.clauses.sentence_of(clause)
    total = 0.0
    for word, weight in asked.items():
        if word in next_to or (word[0] == "#" and word in clause.words):
            share = NEAR
        elif word in beyond:
            share = SENTENCE
        elif word in clause.words or word in beside:
            share = CLAUSE
        elif word in before:
            share = BEFORE
        elif word in sentence:
            share = SENTENCE
        else:
            continue
        total += weight * share * held.clauses.weight(word)
    return total


def bearing(said: Clauses, clause: Clause, held: Clauses, other: Clause) -> float:
    """How much the words of `clause`, and less those of its sentence, tell of `other` in what is `held`."""
    sentence, around = held.sentence_of(other), said.sentence_of(clause)
    total = sum(held.weight(w) * (1.0 if w in other.words else SENTENCE) for w in clause.words & sentence)
    beside = (around - clause.words) & sentence
    return total + SENTENCE * sum(held.weight(w) * (1.0 if w in other.words else SENTENCE) for w in beside)


def _near(text: str, clause: Clause, fact: Span, others: Sequence[Span]) -> frozenset[str]:
    before = max([clause.start, *(other.end for other in others if clause.start <= other.end <= fact.start)])
    after = min([clause.end, *(other.start for other in others if fact.end <= other.start <= clause.end)])
    head = _BREAKS.split(text[before : fact.start])[-1]
    tail = _BREAKS.split(text[fact.end : after])[0]
    return words_of(f"{head} {tail}") or clause.words
