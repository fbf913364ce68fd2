"""How likely a run of characters is in Chinese text, and how characters are read.

A character bigram model over the folded text, counted from a word list. It is good enough to tell words from the
debris of a decoder, and for nothing else. Knows nothing of bytes or pages.
"""

from __future__ import annotations

import math
import string
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from corpus.fold import simplify

_TABLES = Path(__file__).parent / "tables"
_UNSEEN = 0.05  # the count of a character that the word list does not have
_BETWEEN_WORDS = 0.3  # even a character that was never seen to begin or end a word does so now and then

_COMMON = {"，": -3.0, ",": -3.5, "。": -3.5, "、": -4.0, "\n": -4.0, " ": -5.0, "“": -4.5, "”": -4.5, "的": -3.2}
_LIKELY = dict.fromkeys("：；？！:;?!.（）()《》「」『』·—…%％-／/‘’", -6.0)
_LIKELY |= dict.fromkeys(string.digits + "０１２３４５６７８９", -5.0)
_LIKELY |= dict.fromkeys(string.ascii_letters, -7.0)
_ODD = -14.0
"""Any other character: Bopomofo, Cyrillic, box drawings, private use, ..."""


@dataclass(frozen=True, slots=True)
class _Counts:
    occurs: float
    opens: float
    ends: float
    follows: dict[str, float]


def _count(level: str) -> float:
    return math.expm1((ord(level) - ord("0")) / 4)


@cache
def _table() -> dict[str, _Counts]:
    table = {}
    for line in (_TABLES / "bigrams.tsv").read_text("utf-8").splitlines():
        rest = line[4:]
        follows = {rest[i]: _count(rest[i + 1]) for i in range(0, len(rest), 2)}
        table[line[0]] = _Counts(_count(line[1]), _count(line[2]), _count(line[3]), follows)
    return table


@cache
def _total() -> float:
    return sum(counts.opens for counts in _table().values())


@cache
def readings() -> dict[str, frozenset[str]]:
    lines = (_TABLES / "readings.tsv").read_text("utf-8").splitlines()
    return {name: frozenset(found) for name, found in (line.split("\t") for line in lines)}


def read_as(reading: str) -> frozenset[str]:
    """The characters that are read `reading` (pinyin with tone marks); none if it is no reading."""
    return readings().get(reading, frozenset())


def is_han(character: str) -> bool:
    """Whether `character` is a Chinese character."""
    return "\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf" or character == "〇"


@lru_cache(maxsize=200_000)
def step(before: str, character: str) -> float:
    """The logarithm of how likely `character` is after `before`; an empty `before` is the start of the text."""
    first, second = simplify(before)[-1:], simplify(character)[:1]
    if not is_han(second):
        likely = _COMMON.get(character, _LIKELY.get(character, _ODD))
        counts = _table().get(first)
        if counts is None:
            return likely
        return likely + math.log((counts.ends + _BETWEEN_WORDS * counts.occurs + 1) / (counts.occurs + 1) / 1.3)
    table = _table()
    follower = table.get(second)
    occurs = follower.occurs if follower else _UNSEEN
    opens = (follower.opens if follower else 0.0) + _BETWEEN_WORDS * occurs
    apart = opens / (1 + _BETWEEN_WORDS) / _total()
    counts = table.get(first)
    if counts is None:
        return math.log(apart)
    ends = (counts.ends + _BETWEEN_WORDS * counts.occurs) / (1 + _BETWEEN_WORDS)
    return math.log((counts.follows.get(second, 0.0) + ends * apart) / (counts.occurs + 1) + 1e-12)


def log_likelihood(text: str, before: str = "") -> float:
    """The logarithm of how likely `text` is after `before`. Only worth comparing between rivals for one place."""
    steps = pairwise((before[-1:], *text))
    return sum(step(first, second) for first, second in steps)


@cache
def _everyday() -> frozenset[str]:
    ranked = sorted(_table().items(), key=lambda pair: -pair[1].occurs)
    return frozenset(character for character, _ in ranked[:1500])


def is_common(character: str) -> bool:
    """Whether `character`, in either script, is one of the 1,500 that make up most of any text."""
    return simplify(character) in _everyday()
