"""What other articles say to a question that one of them answers: the same, another figure, or something more.

Which of two figures is right is not decided: both are quoted with their dates. Knows nothing of how it is worded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from corpus.fold import fold
from rag import dates, quantities
from rag.asking import Asked, Kind
from rag.certainty import rank
from rag.evidence import Evidence, pairs
from rag.fitting import fitting
from rag.names import persons
from rag.numerals import from_han, with_years
from rag.quantities import Quantity
from rag.relative_dates import counted_out
from rag.sides import SIDES

_MARGIN = 1.0
"""How far in rank behind the best sentence one of another article may be that says something more."""
_MARGIN_APART = 1.5
"""The same for one that gives another figure, person or place, which may be the newer one."""
_MOST = 2
"""Other articles that are quoted."""
_NEW = 0.6
"""From this share of words that was not quoted yet, a sentence says something more."""
_HELD = 0.9
"""The part of what the best sentence holds of the question that another one has to hold, to speak of the same."""
_PART = re.compile(r"其中|包括|[比较](?=[去上前\d])")
_LUNAR = re.compile(r"[农阴旧夏]历|正月|腊月|月初[一二三四五六七八九十]|廿")
_DATELINE = re.compile(
    r"(?:上午|下午|晚间?|凌晨)?[,，、]?(?:[\u4e00-\u9fff]{0,4}记者(?!节|会|招)|[电讯](?=[\s(（,，:：]|$)|报道|消息)"
)
_ENDS = re.compile(r"截止|结束|闭幕|到期|为止|到(?:什么时候|何时|哪)")
_HOUR = re.compile(r"几点")
_CLOCK = re.compile(
    r"(?<![\d:])(?P<hour>\d{1,2}|[二三四五六七八九十]{1,3})"
    r"(?::(?P<minute>[0-5]\d)(?!\d)|[点时](?![间段代期候])(?:(?P<half>半)|(?P<past>[0-5]\d)分)?)"
)
_PLACE = re.compile(r"(?:[在于至到]|地[址点][为是:]?)([\u4e00-\u9fffa-z\d]{2,20})")

_Said = tuple[int | None, ...]
"""Year, month and day, as far as they are said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Others:
    """Sentences of other articles, best first."""

    evidence: tuple[Evidence, ...] = ()
    differ: bool = False
    """They give another number or date than the best one."""


def others(
    quoted: Sequence[Evidence], ranked: Sequence[Evidence], question: Asked, *, answers: Callable[[Evidence], bool]
) -> Others:
    """What articles other than that of `quoted` add to it, of each the best sentence that answers; `ranked` has the
    best first.

    `answers` says whether a sentence by itself is an answer.
    """
    best = quoted[0]
    compares = question.kind in (Kind.NUMBER, Kind.WHEN)
    known = set[str]().union(*(pairs(e.text) for e in quoted))
    highest = rank(best, question)
    found: list[Evidence] = []
    heard = {best.article.id}
    for each in ranked:
        behind = highest - rank(each, question)
        if len(found) == _MOST or behind > _MARGIN_APART:
            break
        if each.article.id in heard or each.held < _HELD * best.held or not answers(each):
            continue
        heard.add(each.article.id)
        apart = all(_differ(each, other, question) for other in (best, *found))
        if apart or (not compares and behind <= _MARGIN and _share_of_new(each, known) >= _NEW):
            found.append(each)
            known |= pairs(each.text)
    differ = compares and any(not _of_another_side(each, best) for each in found)
    return Others(evidence=tuple(found), differ=differ)


def newest_first(evidence: Sequence[Evidence]) -> list[Evidence]:
    """`evidence` by the date of its article, the newest first; those without a date stay behind."""
    return sorted(evidence, key=lambda each: each.article.published or date.min, reverse=True)


def _differ(one: Evidence, other: Evidence, question: Asked) -> bool:
    """Whether both give what is asked for, a number, a time, a person or a place, and nothing that fits the other's."""
    match question.kind:
        case Kind.NUMBER:
            return _numbers_differ(_numbers(one, question), _numbers(other, question))
        case Kind.WHEN if "多久" in question.text:
            return _numbers_differ(_numbers(one, question), _numbers(other, question))
        case Kind.WHEN:
            return _times_differ(one, other, question)
        case Kind.WHO:
            return _apart(_persons(one, question), _persons(other, question))
        case Kind.WHERE:
            return _apart(_places(one, question), _places(other, question))
    return False


def _numbers(evidence: Evidence, question: Asked) -> list[Quantity]:
    """The numbers of the sort that is asked for, not those of a part of it or that it is compared with."""
    text = fold(evidence.text)
    for told in (_PART.split(text)[0], text):
        if fit := fitting(question, told):
            numbers = quantities.quantities(told)
            return [n for n in numbers if any(each.startswith(n.text) or each in n.text for each in fit)]
    return []


def _numbers_differ(these: Sequence[Quantity], those: Sequence[Quantity]) -> bool:
    """Whether some are of one unit and none of these says what one of those does, rounded as the vaguer one is."""
    alike = [(a, b) for a in these for b in those if quantities.same_unit(a, b) or not (a.unit and b.unit)]
    return bool(alike) and not any(quantities.says(a, b) or quantities.says(b, a) for a in these for b in those)


def _times_differ(one: Evidence, other: Evidence, question: Asked) -> bool:
    these, those = (_days(each) for each in (one, other))
    if not these or not those or _HOUR.search(question.text):
        hours, of_other = (_clocks(each) for each in (one, other))
        return bool(hours and of_other) and not (hours <= of_other or of_other <= hours)
    if _ENDS.search(question.text):
        these, those = these[-1:], those[-1:]
    exact = min(max(map(_exactness, these)), max(map(_exactness, those)), 1 if question.wanted == "年" else 3)
    these, those = ([day[:exact] for day in days if _exactness(day) >= exact] for days in (these, those))
    return not any(
        all(None in said or len(set(said)) == 1 for said in zip(a, b, strict=True)) for a in these for b in those
    )


def _days(evidence: Evidence) -> list[_Said]:
    """The dates that a sentence gives, `昨日` counted, without when it was reported; none in a lunar calendar."""
    text = with_years(fold(evidence.text))
    if _LUNAR.search(text):
        return []
    text = counted_out(text, published=evidence.article.published)
    return [(d.year, d.month, d.day) for d in dates.days(text) if not _DATELINE.match(text, d.end)]


def _exactness(day: _Said) -> int:
    return max(place for place, part in enumerate(day, 1) if part is not None)


def _clocks(evidence: Evidence) -> set[int]:
    """The times of day that a sentence gives, in minutes from midnight or noon: afternoons are not always told."""
    found = set()
    for match in _CLOCK.finditer(fold(evidence.text)):
        hour = from_han(match["hour"])
        if hour is not None and hour <= 24:
            found.add((int(hour) % 12) * 60 + (30 if match["half"] else int(match["minute"] or match["past"] or 0)))
    return found


def _persons(evidence: Evidence, question: Asked) -> frozenset[str]:
    return frozenset(name for name in persons(fold(evidence.text)) if name not in question.text)


def _places(evidence: Evidence, question: Asked) -> frozenset[str]:
    """The pairs of characters of where something is, other than those of the question."""
    told = (pairs(match[1]) for match in _PLACE.finditer(fold(evidence.text)))
    return frozenset[str]().union(*told) - pairs(question.text)


def _apart(these: frozenset[str], those: frozenset[str]) -> bool:
    return bool(these and those) and these.isdisjoint(those)


def _of_another_side(one: Evidence, other: Evidence) -> bool:
    """Whether the two tell of grown-ups and of children, or the like: both figures may be right."""
    texts = fold(one.text), fold(other.text)
    return any(_apart(*(frozenset(side.findall(text)) for text in texts)) for side in SIDES)


def _share_of_new(evidence: Evidence, known: set[str]) -> float:
    own = pairs(evidence.text)
    return len(own - known) / len(own) if own else 0.0
