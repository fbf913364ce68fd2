"""Characters that sound alike, for questions typed by sound: 国姿委 for 国资委. Tones do not count."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Container
from functools import cache

from corpus.fold import fold
from corpus.plausibility import readings


def _toneless(reading: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", reading) if not unicodedata.combining(c))


@cache
def _tables() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """Toneless reading -> folded characters, and folded character -> toneless readings."""
    characters: dict[str, set[str]] = defaultdict(set)
    sounds: dict[str, set[str]] = defaultdict(set)
    for reading, read_so in readings().items():
        for character in fold("".join(read_so)):
            characters[_toneless(reading)].add(character)
            sounds[character].add(_toneless(reading))
    return {k: frozenset(v) for k, v in characters.items()}, {k: frozenset(v) for k, v in sounds.items()}


@cache
def syllables() -> frozenset[str]:
    """All toneless readings. `ü` is written `u`, as names on passports often are."""
    return frozenset(sound for sound in _tables()[0] if any(vowel in sound for vowel in "aeiou"))


def sounds_of(character: str) -> frozenset[str]:
    """The toneless readings of a folded character; none for anything else."""
    return _tables()[1].get(character, frozenset())


def homophones(character: str) -> frozenset[str]:
    """The folded characters that can sound like `character`, itself left out."""
    characters, _ = _tables()
    return frozenset(c for sound in sounds_of(character) for c in characters[sound]) - {character}


def respelled(run: str, known: Container[str]) -> str:
    """`run` with each character that fits nowhere in `known` replaced by one that sounds alike and does.

    `known` holds pairs of characters. A character is replaced only where every pair with its neighbours is unknown
    and becomes known by the replacement; runs of fewer than three characters say too little and stay.
    """
    if len(run) < 3:
        return run
    letters = list(run)
    for place, character in enumerate(letters):
        left, right = "".join(letters[max(0, place - 1) : place]), "".join(letters[place + 1 : place + 2])
        if (left and left + character in known) or (right and character + right in known):
            continue
        alike = [
            c
            for c in sorted(homophones(character))
            if (not left or left + c in known) and (not right or c + right in known)
        ]
        if alike:
            letters[place] = alike[0]
    return "".join(letters)
