"""The dates that a text states, in a form in which two texts can be compared.

Reads folded text (see `corpus.fold`): `10月14日`, `十月十四日` and `October 14` are one date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.numerals import from_han


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A date or the part of one that is said."""

    year: int | None
    month: int | None
    day: int | None
    text: str
    start: int
    end: int


_MONTHS: tuple[str, ...] = ("january", "february", "march", "april", "may", "june", "july")
_MONTHS += ("august", "september", "october", "november", "december")
_MONTH = (
    r"(?P<{0}>" + "|".join(f"{m}|{m[:3]}\\.?|sept\\.?" if m[:3] == "sep" else f"{m}|{m[:3]}\\.?" for m in _MONTHS) + ")"
)
_N = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_TO = r"\s*(?:-|—|–|~|至|到|、|和|与)\s*"
_DAY = re.compile(
    rf"""(?<![\d.a-z])(?:
      (?P<iso_y>(?:19|20)\d\d)[-/.](?P<iso_m>\d{{1,2}})[-/.](?P<iso_d>\d{{1,2}})(?!\d)
    | (?P<y>\d{{4}}|[零〇一二三四五六七八九]{{4}})年(?!代)
      (?:(?P<ym>{_N})月(?:份|(?P<yd>{_N})[日号])?(?:{_TO}(?P<yd2>{_N})[日号])?)?
    | (?P<m1>{_N})月?{_TO}(?P<m2>{_N})月(?![\d一二三四五六七八九十])
    | (?P<m>{_N})月(?:份|(?P<d>{_N})[日号]?{_TO}(?P<d2>{_N})[日号]|(?P<d1>{_N})[日号](?![线楼文院]))?
    | (?<!年)(?<!\d)(?P<end>年底|年末)
    | (?<!第)(?P<only>\d{{1,2}})(?:日|号(?![线楼文院]))(?!元)
    )
    | \b(?:{_MONTH.format("en_m")}\s+(?P<en_d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s*[-–]\s*(?P<en_d2>\d{{1,2}}))?
      (?:,?\s+(?P<en_y>(?:19|20)\d\d))?
    | (?P<en2_d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH.format("en2_m")}(?:,?\s+(?P<en2_y>(?:19|20)\d\d))?
    | {_MONTH.format("en3_m")},?\s+(?:of\s+)?(?P<en3_y>(?:19|20)\d\d)
    | (?:in|of|by|for|since|during|from|between|before|after|early|late|mid-|until|till|through)\s*
      {_MONTH.format("en4_m")}
      (?!,?\s+(?:of\s+)?(?:\d{{1,2}}|(?:19|20)\d\d)\b(?!,\d)))\b
    | (?<![\d.,$a-z-])(?P<bare>(?:19|20)\d\d)
      (?![\d,.]*\d|\s*[a-z]*\d|[万亿%\u4e00-\u9fff]|\s*(?:yuan|people|million|billion)|[a-z])
    """,
    re.VERBOSE,
)


def days(text: str) -> tuple[Day, ...]:
    """The dates of folded `text` in order, also those of which only a year, a month or a day is said."""
    return tuple(day for match in _DAY.finditer(text) for day in _days(match))


def _days(match: re.Match[str]) -> Iterator[Day]:
    group = match.groupdict()

    def number(*names: str) -> int | None:
        written = next((group[name] for name in names if group[name]), None)
        if written is None:
            return None
        value = from_han(written)
        return None if value is None else int(value)

    named = next((group[name] for name in ("en_m", "en2_m", "en3_m", "en4_m") if group[name]), None)
    if group["end"]:
        yield Day(year=None, month=12, day=None, text=match.group(), start=match.start(), end=match.end())
        return
    month = (
        _MONTHS.index(next(m for m in _MONTHS if m[:3] == named[:3])) + 1 if named else number("iso_m", "ym", "m", "m1")
    )
    year = number("iso_y", "y", "en_y", "en2_y", "en3_y", "bare")
    day = number("iso_d", "yd", "d", "d1", "only", "en_d", "en2_d")
    if (month or 1) > 12 or (day or 1) > 31:
        return
    said = {"text": match.group(), "start": match.start(), "end": match.end()}
    yield Day(year=year, month=month, day=day, **said)  # type: ignore[arg-type]
    if last := number("yd2", "d2", "en_d2"):
        yield Day(year=year, month=month, day=last, **said)  # type: ignore[arg-type]
    if last_month := number("m2"):
        yield Day(year=year, month=last_month, day=None, **said)  # type: ignore[arg-type]


def holds_day(evidence: tuple[Day, ...], wanted: Day, *, published: tuple[int, int, int] | None) -> bool:
    """Whether `evidence` says `wanted`, what it leaves unsaid filled in from the date said before and `published`."""
    return is_published(wanted, published) or bool(held_days(evidence, wanted, published=published))


def is_published(wanted: Day, published: tuple[int, int, int] | None) -> bool:
    """Whether `wanted` is the day `published` or part of it."""
    return published is not None and _within(wanted, published)


def is_as_exact(one: Day, other: Day) -> bool:
    """Whether `one` says as much as `other`: a day, a month, or a year."""
    if other.day is not None:
        return one.day is not None
    return one.month is not None if other.month is not None else one.year is not None


def held_days(evidence: tuple[Day, ...], wanted: Day, *, published: tuple[int, int, int] | None) -> tuple[Day, ...]:
    """Those of `evidence` that say `wanted`, what is left unsaid filled in from the date before and `published`."""
    year, month = (published[0], published[1]) if published else (None, None)
    found = []
    for day in evidence:
        filled = (day.year or year, day.month or month, day.day)
        alternative = (day.year or (published[0] if published else None), filled[1], filled[2])
        if _within(wanted, filled) or _within(wanted, alternative):
            found.append(day)
        year, month = filled[0], filled[1]
    return tuple(found)


def _within(wanted: Day, said: tuple[int | None, int | None, int | None]) -> bool:
    asked = (wanted.year, wanted.month, wanted.day)
    return all(part is None or part == other for part, other in zip(asked, said, strict=True))
