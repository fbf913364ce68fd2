"""Joins lines that were cut inside sentences. Poems, lists, tables and headings keep their lines."""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import fmean, median

from corpus.plausibility import is_han, step
from corpus.records import Repair
from corpus.tally import Tally

_ENDS = "。！？；：…!?;:.”’」』）)》】|"
_CLOSES = "，。、；：！？）」』》”’…,;)%％"
_OPENED = "（(《“‘「『【、"
_PAUSES = "，,"
_ITEM = re.compile(
    r"[•·●○■□◆▶►※▪*-]|第?[一二三四五六七八九十百零〇\d]{1,4}([、.．)）]|[条條章节節款项項])"
    r"|[(（][一二三四五六七八九十\d]{1,3}[)）]"
)
_MIN_COLUMNS = 36
"""A hard-wrapped line is at least this wide; a Chinese character takes two columns."""
_CERTAIN = 4.0
_MIN_EVIDENCE = 1.0
"""How much more often than by chance the character after a cut follows the one before it (in log units)."""


def joined(text: str) -> tuple[str, tuple[Repair, ...]]:
    """`text` with the lines joined that were cut at a fixed width, in the middle of sentences."""
    tally = Tally()
    lines = text.split("\n")
    widths = [_columns(line) for line in lines]
    cuts = {
        place: evidence
        for place, (before, after) in enumerate(pairwise(lines))
        if (evidence := _evidence(before, after, widths[place], widths[place + 1])) is not None
    }
    cuts = _even(cuts, widths)
    if not cuts or fmean(cuts.values()) < (_MIN_EVIDENCE if len(cuts) > 1 else _CERTAIN):
        return text, ()
    first = next(place for place, line in enumerate(lines) if line.strip())
    out = [lines[0]]
    for place, line in enumerate(lines[1:]):
        # The first line may be a headline, which ends without a mark just as a cut line does.
        if place in cuts and (place != first or cuts[place] > _MIN_EVIDENCE):
            tally.add("line-break", out[-1][-20:] + "⏎" + line.strip()[:20])
            out[-1] = _glued(out[-1], line)
        else:
            out.append(line)
    return "\n".join(out), tally.repairs()


def _columns(line: str) -> int:
    # In GBK what is two columns wide is two bytes long.
    return len(line.strip().encode("gbk", "replace"))


def _evidence(before: str, after: str, width: int, next_width: int) -> float | None:
    """How much speaks for a cut between two lines, or None where there is none."""
    before, after = before.strip(), after.strip()
    if not before or not after:
        return None
    if after[0] in _CLOSES and before[-1] not in _ENDS:
        return _CERTAIN if width >= _MIN_COLUMNS / 2 else None
    if width < _MIN_COLUMNS or next_width > 1.6 * width or before[-1] in _ENDS or _ITEM.match(after):
        return None
    if before[-1] in _OPENED:
        return _CERTAIN
    if before[-1] in _PAUSES:
        return _CERTAIN / 2
    if before[-1].isascii() and after[0].isascii() and before[-1].isalnum() and after[0].isalnum():
        return _CERTAIN / 2 if before[-1].isdigit() or after[0].islower() else 0.0
    if not is_han(before[-1]) or not is_han(after[0]):
        return 0.0
    return step(before[-1], after[0]) - step("", after[0])


def _even(cuts: dict[int, float], widths: list[int]) -> dict[int, float]:
    """Those cuts whose lines are about as wide as the other cut lines around them."""
    places = list(cuts)
    kept = {}
    for at, place in enumerate(places):
        around = median(widths[other] for other in places[max(0, at - 4) : at + 5] if abs(other - place) <= 6)
        if 0.55 * around <= widths[place] <= 1.6 * around:
            kept[place] = cuts[place]
    return kept


def _glued(before: str, after: str) -> str:
    before, after = before.rstrip(), after.strip()
    apart = before[-1].isascii() and after[0].isascii() and (after[0].isalpha() or before[-1].isalpha())
    return before + (" " if apart and before[-1] not in "([" and after[0] not in _CLOSES + ".?!" else "") + after
