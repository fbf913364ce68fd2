"""The signs of the passages' tokens, in one file: a few KB a passage, read from the disk as they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.errors import IndexDamaged
from rag.late_interaction import NO_SIGNS, Signs

_SIGNS, _STARTS = "tokens.npy", "token_starts.npy"


def write_tokens(folder: Path, signs: Sequence[Signs]) -> None:
    """Write the signs of each passage, in the order of the places, into `folder`. Raises `OSError`."""
    told = [each for each in signs if each.size]
    np.save(folder / _SIGNS, np.concatenate(told) if told else NO_SIGNS)
    np.save(folder / _STARTS, np.cumsum([0, *map(len, signs)], dtype=np.int64))


class TokenSigns:
    """The signs of the tokens of each passage of a generation."""

    def __init__(self, folder: Path) -> None:
        """Raises `IndexDamaged` where they cannot be read."""
        try:
            self._signs: Signs = np.load(folder / _SIGNS, mmap_mode="r")
            self._starts = np.load(folder / _STARTS)
        except (OSError, ValueError) as error:
            raise IndexDamaged(
                f"The index {folder} is damaged: {error}. Build it again with: python -m rag ingest"
            ) from None

    def of(self, place: int) -> Signs:
        """Those of the passage at `place`; none where the embedding model tells no tokens."""
        return self._signs[self._starts[place] : self._starts[place + 1]]
