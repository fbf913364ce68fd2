"""English words in the form in which the dictionary is looked up. Knows nothing of Chinese."""

from __future__ import annotations

import re
from functools import lru_cache

import snowballstemmer

LONGEST = 4
"""Words of the longest phrase."""

_WORD = re.compile(r"[a-z\d]+")

_EMPTY = frozenset(
    """
    a about after all also an and any are as at be been before being between both but by can could did do does
    doing done down during each ever far for from get give given got had has have having he her here him his
    how i if in into is it its just long many may me might more most much must my no not of off on one only or
    other our out over own per same shall she should so some such than that the their them then there these they
    this those to under up upon us very was we were what when where which while who whom whose why will with would
    you your s t
    """.split()
)


def words(text: str) -> list[str]:
    """The words of an English text in lower case, in their order; `Wang's` are `wang` and `s`."""
    return _WORD.findall(text.casefold().replace("’", "'"))


def tells(word: str) -> bool:
    """Whether a word can tell one text from another: `the` and `which` cannot, and numbers are no English."""
    return word not in _EMPTY and not word.isdigit()


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """What is left of `word` without its ending (the English stemmer of Snowball, Porter 2001)."""
    return str(snowballstemmer.stemmer("english").stemWord(word))  # one of its own: it is no two threads' at once
