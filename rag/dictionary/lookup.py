"""Looking up the words of an English question."""

from __future__ import annotations

import gzip
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from rag.dictionary.words import LONGEST, stem, tells, words

TABLE = Path(__file__).with_name("english_chinese.tsv.gz")

_ONE_CHARACTER = 0.3
"""What a word of one character counts: most of them stand in many other words too."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word or phrase of a question."""

    english: str
    """As the question has it, in lower case."""
    ways: Mapping[str, float]
    """How a text may write it, each with how likely, in (0, 1]: as it is, or in Chinese, in Simplified characters."""
    names: tuple[str, ...] = ()
    """What it is in Chinese as a proper name: 法国 for `France`."""


@lru_cache(maxsize=256)
def look_up(question: str) -> tuple[Word, ...]:
    """The telling words of an English question and the phrases that they make, in their order."""
    asked = words(question)
    stems = [stem(word) for word in asked]
    found: dict[str, str] = {}
    place = 0
    while place < len(asked):
        length = _longest(asked, stems, place)
        found[" ".join(asked[place : place + length])] = " ".join(stems[place : place + length])
        found |= {asked[n]: stems[n] for n in range(place, place + length)}
        place += length
    return tuple(
        Word(english, {english: 1.0, **_chinese(key)}, _names(key)) for english, key in found.items() if tells(english)
    )


def _longest(asked: list[str], stems: list[str], place: int) -> int:
    """How many words the longest known phrase has that begins at `place`; 1 where none does."""
    for length in range(min(LONGEST, len(asked) - place), 1, -1):
        ends = asked[place], asked[place + length - 1]
        if all(map(tells, ends)) and _chinese_of(" ".join(stems[place : place + length])):
            return length
    return 1


def _chinese(key: str) -> dict[str, float]:
    """What a stem or a phrase of stems is in Chinese; a word of a longer gloss is so much less likely."""
    parts = (of_part.split() for of_part in _chinese_of(key).partition("\t")[0].split("|"))
    return {
        word: (1.0 if len(word) > 1 else _ONE_CHARACTER) / words_of_gloss
        for words_of_gloss, of_part in enumerate(parts, 1)
        for word in of_part
    }


def _names(key: str) -> tuple[str, ...]:
    return tuple(_chinese_of(key).partition("\t")[2].split())


def _chinese_of(key: str) -> str:
    """The rest of the line of the table that begins with `key`."""
    begins = f"{key}\t".encode()
    place = bisect_left(_table(), begins)
    line = _table()[place] if place < len(_table()) else b""
    return line.removeprefix(begins).decode() if line.startswith(begins) else ""


@cache
def _table() -> list[bytes]:
    """The lines of the table, sorted. Bytes: text would take five times the memory."""
    return gzip.decompress(TABLE.read_bytes()).splitlines()
