"""Which Chinese script a text is written in."""

from __future__ import annotations

from functools import lru_cache

from corpus.fold import simplify
from corpus.plausibility import is_han
from corpus.records import Script

_SAMPLE = 20_000


@lru_cache(maxsize=65536)
def _leans(character: str) -> int:
    """1 for a character that only Traditional text has, -1 for one that only Simplified text has, else 0."""
    if not is_han(character):
        return 0
    if simplify(character) != character:
        return 1
    return -1 if character.encode("gb2312", "ignore") and not character.encode("big5", "ignore") else 0


def script_of(text: str) -> Script:
    """The script that most of the telling characters of `text` belong to; Simplified where none tells."""
    return "hant" if sum(map(_leans, text[:_SAMPLE])) > 0 else "hans"
