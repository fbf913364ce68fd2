"""The folded form on which texts are matched: NFKC, Simplified characters, lower case.

Folding goes character by character, so that every folded character knows where it came from and a match can be
shown in the script of the original. Knows nothing of words: `乾隆` and `干隆` fold alike, which matching wants.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import opencc

# OpenCC decides these by the word around them; alone it leaves them in Traditional form.
_BY_WORD = str.maketrans("著乾藉瞭妳祂牠甯谘", "着干借了你它它宁咨")


@dataclass(frozen=True, kw_only=True, slots=True)
class Folded:
    """A folded or simplified text and the way back."""

    text: str
    offsets: tuple[int, ...]
    """`offsets[i]` is where `text[i]` stood in the original; one more entry at the end holds its length."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that `text[start:end]` came from. `start < end`."""
        return self.offsets[start], self.offsets[end - 1] + 1


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _simplified(character: str) -> str:
    if "\ud800" <= character <= "\udfff":  # half of a pair, which the converter does not take
        return character
    return "".join(_simplifier().convert(c).translate(_BY_WORD) for c in unicodedata.normalize("NFKC", character))


def _folded(character: str) -> str:
    return _simplified(character).casefold()


class _Table(dict[int, str]):
    """What each character becomes, learned as characters come up: what `str.translate` looks up."""

    def __init__(self, become: Callable[[str], str]) -> None:
        super().__init__()
        self._become = become

    def __missing__(self, point: int) -> str:
        became = self[point] = self._become(chr(point))
        return became


_SIMPLIFIED = _Table(_simplified)
_FOLDED = _Table(_folded)


def simplify(text: str) -> str:
    """`text` in NFKC and Simplified characters, its case kept: the form that is embedded."""
    return text.translate(_SIMPLIFIED)


def fold(text: str) -> str:
    """`text` in the form on which it is matched."""
    return text.translate(_FOLDED)


def simplify_with_offsets(text: str) -> Folded:
    """`text` as `simplify` gives it, each character with the place that it came from."""
    return _with_offsets(text, _SIMPLIFIED)


def fold_with_offsets(text: str) -> Folded:
    """`text` folded, each character with the place that it came from."""
    return _with_offsets(text, _FOLDED)


def _with_offsets(text: str, table: _Table) -> Folded:
    pieces = [(become, place) for place, character in enumerate(text) for become in table[ord(character)]]
    return Folded(text="".join(c for c, _ in pieces), offsets=(*(place for _, place in pieces), len(text)))
