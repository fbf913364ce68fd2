"""How likely a run of characters is in Chinese text, and how characters are read.

A character bigram model over the folded text, counted from a word list. It is good enough to tell words from the
debris of a decoder, and for nothing else. Knows nothing of bytes or pages.
"""

from __future__ import annotations

import math
import string
from collections.abc import Iterable
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
_LIKELY |= dict.fromkeys(string.digits, -5.0)
_LIKELY |= dict.fromkeys("０１２３４５６７８９", -8.0)
_LIKELY |= dict.fromkeys(string.ascii_letters, -7.0)
_STOPS = frozenset("。！？，、；：")
_RARE = -4.0
"""What it costs a character to be in neither GB 2312 nor the common level of Big5."""
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


def _rarity(character: str) -> float:
    if character.encode("gb2312", "ignore"):
        return 0.0
    code = character.encode("big5", "ignore")
    return 0.0 if code and code[0] < 0xC9 else _RARE


@lru_cache(maxsize=200_000)
def step(before: str, character: str) -> float:
    """The logarithm of how likely `character` is after `before`; an empty `before` is the start of the text."""
    first, second = simplify(before)[-1:], simplify(character)[:1]
    if not is_han(second):
        likely = _COMMON.get(character, _LIKELY.get(character, _ODD))
        if before in _STOPS:
            # A quotation ends behind a stop; another stop hardly ever follows one.
            likely += -4.0 if character in _STOPS else 2.0 if character in "”」』）" else 0.0
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
        return math.log(apart) + _rarity(character)
    ends = (counts.ends + _BETWEEN_WORDS * counts.occurs) / (1 + _BETWEEN_WORDS)
    follows = (counts.follows.get(second, 0.0) + ends * apart) / (counts.occurs + 1)
    return math.log(follows + 1e-12) + _rarity(character)


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


def certainty(before: str, character: str, after: str, rivals: Iterable[str]) -> float:
    """How certain it is, from 0 to 1, that `character` stands between two others and none of its `rivals` does."""
    own = step(before, character) + step(character, after)
    others = sum(math.exp(min(50.0, step(before, c) + step(c, after) - own)) for c in set(rivals) - {character})
    return 1 / (1 + others)


def known_characters() -> Iterable[str]:
    """The characters of the word list, all of them Simplified."""
    return _table().keys()
