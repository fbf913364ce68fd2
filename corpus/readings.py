"""Takes out readings that a converter wrote into words, `進(jìn)口`, and what they broke, `當(dāng)?shù)亟?jīng)濟`.

The converter worked on bytes, so a reading may stand between the two bytes of a character; `corpus.gbk` puts those
together again. A gloss that a writer put behind a rare character stays.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from corpus.fold import simplify
from corpus.gbk import READING, reread
from corpus.plausibility import is_common, is_han, read_as
from corpus.records import Repair
from corpus.tally import Tally

_GLOSS = re.compile(rf"([\u3400-\u9fff])[(（]({READING}|[a-zü]{{1,6}})[)）]")
_SPLIT = re.compile(rf"[?\ufffd][(（]?({READING})[)）]")
_MOST = 300
"""Broken characters in one text that are put together; one that has more is not a text."""
_ANNOTATED = 0.5
"""Above this share of glossed characters a text is a reader for learners, and its readings are meant."""


def without_readings(text: str) -> tuple[str, tuple[Repair, ...]]:
    """`text` without the readings that a converter wrote into it."""
    tally = Tally()
    debris = [match for match in _SPLIT.finditer(text) if read_as(match[1])]
    if debris:
        text = _mended(text, tally)
    glosses = _glosses(text)
    damaged = {gloss.character for gloss in glosses if gloss.by_converter}
    if not (debris or _converted(text, glosses)):
        return text, tally.repairs()
    text = tally.replace("reading", _GLOSS, lambda match: _dropped(match, damaged), text)
    return text, tally.repairs()


@dataclass(frozen=True, slots=True)
class _Gloss:
    character: str
    count: int
    always: bool
    """Whether the character never stands without its reading."""

    @property
    def by_converter(self) -> bool:
        traditional = simplify(self.character) != self.character
        return self.always or traditional or (is_common(self.character) and self.count > 1)


def _glosses(text: str) -> list[_Gloss]:
    glossed = Counter(match[1] for match in _GLOSS.finditer(text) if match[1] in read_as(match[2]))
    return [
        _Gloss(character, count, always=count * 10 >= text.count(character) * 9) for character, count in glossed.items()
    ]


def _converted(text: str, glosses: list[_Gloss]) -> bool:
    """Whether a converter was at work: it glosses everyday characters, each time they occur, but not most of them."""
    everyday = [gloss for gloss in glosses if gloss.always and is_common(gloss.character)]
    traditional = [gloss for gloss in glosses if gloss.always and simplify(gloss.character) != gloss.character]
    written = sum(gloss.count for gloss in glosses)
    if written > _ANNOTATED * sum(map(is_han, text)):
        return False
    telling = {gloss.character: gloss.count for gloss in (*everyday, *traditional)}
    both = {gloss.character for gloss in everyday} & {gloss.character for gloss in traditional}
    return bool(both) or (sum(telling.values()) >= 3 and max(telling.values()) >= 2)


def _dropped(match: re.Match[str], damaged: set[str]) -> str:
    character, reading = match.groups()
    return character if character in damaged and character in read_as(reading) else match[0]


def _mended(text: str, tally: Tally) -> str:
    """`text` with the characters put together that readings stand in the middle of."""
    parts: list[str] = []
    done = looked = 0
    for match in _SPLIT.finditer(text):
        if match.start() < done or not read_as(match[1]):
            continue
        looked += 1
        again = reread(text, match.start()) if looked <= _MOST else None
        parts.append(text[done : match.start()])
        if again and again.gain > 0:
            parts.append(again.text)
            done = again.end
        else:
            done = match.end()
        tally.add("shifted-bytes", text[max(0, match.start() - 6) : done + 6])
    return "".join((*parts, text[done:]))
