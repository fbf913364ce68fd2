"""Chinese names as English questions write them: `Lingang` for 临港, `third` for 第三.

A name in pinyin is looked up in the texts themselves, by how their characters are read; no dictionary of names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from corpus.fold import fold
from rag.aliases import everywhere
from rag.editions import Edition, editions, is_event
from rag.sounds import sounds_of, syllables

_NAME = re.compile(r"(?<![A-Za-z])[A-Z][a-z]{3,23}(?![A-Za-z])")
_ORDINALS = {
    word: "第" + digit
    for word, digit in zip(
        "first second third fourth fifth sixth seventh eighth ninth tenth".split(), "一二三四五六七八九十", strict=True
    )
}
_MOST_SYLLABLES = 4
_ALSO_OTHERWISE = ("first", "second")  # at first, in the second place
_REACH = 60  # characters behind an ordinal in which its name begins


def names_in(question: str) -> list[str]:
    """The words of an English question that can be pinyin of two syllables or more."""
    return [name for name in dict.fromkeys(_NAME.findall(question)) if readings(name)]


def ordinals_in(question: str) -> list[str]:
    """`第三` for `third`, and so on."""
    words = re.findall(r"[a-z]+", question.casefold())
    return [_ORDINALS[word] for word in words if word in _ORDINALS and word not in _ALSO_OTHERWISE]


def editions_in(question: str) -> list[Edition]:
    """The editions that an English question names: for each ordinal the Chinese names of the event that follows it."""
    text = fold(question)
    found = []
    for match in re.finditer(r"[a-z]+", text):
        number = _ORDINALS.get(match.group())
        if number and match.group() not in _ALSO_OTHERWISE:
            names = everywhere().others(text[match.end() : match.end() + _REACH])
            found += [each for name in names if is_event(name) for each in editions(f"{number}届{name}")]
    return found


@lru_cache(maxsize=1024)
def readings(name: str) -> tuple[tuple[str, ...], ...]:
    """Every way to cut `name` into two to four syllables: `Xian` is none, `Xiamen` is xia-men."""
    letters = name.casefold()

    def cut(start: int, left: int) -> list[tuple[str, ...]]:
        if start == len(letters):
            return [()]
        if not left:
            return []
        ends = (end for end in range(start + 1, min(start + 6, len(letters)) + 1) if letters[start:end] in syllables())
        return [(letters[start:end], *rest) for end in ends for rest in cut(end, left - 1)]

    return tuple(found for found in cut(0, _MOST_SYLLABLES) if len(found) >= 2)


def written(name: str, texts: Iterable[str]) -> str | None:
    """How `texts` (folded) write the pinyin `name`: the characters that are read so, most frequent; None if none."""
    ways = readings(name)
    counts: dict[str, int] = {}
    for text in texts:
        for way in ways:
            for start in range(len(text) - len(way) + 1):
                if all(sound in sounds_of(text[start + i]) for i, sound in enumerate(way)):
                    found = text[start : start + len(way)]
                    counts[found] = counts.get(found, 0) + 1
    return max(sorted(counts), key=lambda found: counts[found], default=None)
