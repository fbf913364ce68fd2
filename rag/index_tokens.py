"""What is kept of the passages' tokens, in one file: some KB a passage, read from the disk as it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.errors import BUILD_AGAIN, IndexDamaged
from rag.late_interaction import TokenRows

_ROWS, _STARTS = "tokens.npy", "token_starts.npy"


def write_tokens(folder: Path, kept: Sequence[TokenRows]) -> None:
    """Write what is kept of the tokens of each passage, in the order of the places, into `folder`. Raises `OSError`."""
    starts = np.cumsum([0, *map(len, kept)], dtype=np.int64)
    np.save(folder / _STARTS, starts)
    width = max((each.shape[1] for each in kept), default=0)
    if not starts[-1]:
        np.save(folder / _ROWS, np.empty((0, width), dtype=np.uint8))  # nothing cannot be mapped
        return
    # Straight into the file: in large collections they take a gigabyte.
    rows = np.lib.format.open_memmap(folder / _ROWS, mode="w+", dtype=np.uint8, shape=(int(starts[-1]), width))
    for start, each in zip(starts, kept, strict=False):
        rows[start : start + len(each)] = each
    rows.flush()


class StoredTokens:
    """What is kept of the tokens of each passage of a generation."""

    def __init__(self, folder: Path, *, passages: int) -> None:
        """Raises `IndexDamaged` where they cannot be read, or are not those of so many passages."""
        try:
            self._rows: TokenRows = np.load(folder / _ROWS, mmap_mode="r")
            self._starts = np.load(folder / _STARTS)
        except (OSError, ValueError) as error:
            raise _damaged(folder, error) from None
        if len(self._starts) != passages + 1 or self._starts[-1] != len(self._rows):
            raise _damaged(folder, f"{_ROWS} holds other passages")

    def of(self, place: int) -> TokenRows:
        """Those of the passage at `place`; none where the embedding model tells no tokens."""
        return self._rows[self._starts[place] : self._starts[place + 1]]


def _damaged(folder: Path, reason: object) -> IndexDamaged:
    return IndexDamaged(f"The index {folder} is damaged: {reason}. {BUILD_AGAIN}")
