"""Vectors that are the very same: copies of an article, and the notices that stand below every article of a publisher.

A graph of neighbours comes apart where hundreds of its points lie in one place: they are each other's neighbours and
nobody else's, and what lies behind them is never found. So each vector is put into it once, and stands for all its
twins.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_CHUNK = 4096
_MOST = 50
"""How many twins of one vector a search is told of: they say the same."""

Rows = npt.NDArray[np.int64]


class Twins:
    """Which rows of a file of vectors hold the same vector."""

    def __init__(self, vectors: npt.NDArray[np.float16], rows: Rows) -> None:
        """`rows`, in order, are those that are searched together."""
        keys = _keys(vectors, rows)
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        self._rows = rows
        self._firsts: Rows = rows[first][inverse]
        order = np.argsort(self._firsts, kind="stable")
        self._ordered, self._sorted_firsts = rows[order], self._firsts[order]
        self.firsts: Rows = np.unique(self._firsts)
        """The rows whose vectors stand for all, in order."""

    def firsts_of(self, rows: Rows) -> Rows:
        """The rows that stand for `rows`, each once, in order."""
        return np.unique(self._firsts[np.searchsorted(self._rows, rows)])

    def of(self, first: int, *, among: Rows | None = None) -> list[int]:
        """The rows for which `first` stands, at most so many; only those `among`, where it is given."""
        start, end = np.searchsorted(self._sorted_firsts, [first, first + 1])
        rows = self._ordered[start:end]
        if among is not None:
            places = np.minimum(np.searchsorted(among, rows), max(0, len(among) - 1))
            rows = rows[among[places] == rows] if len(among) else rows[:0]
        return [int(row) for row in rows[:_MOST]]


def _keys(vectors: npt.NDArray[np.float16], rows: Rows) -> npt.NDArray[np.uint64]:
    """A number for each of `rows` that is the same for the same vector, and by chance for no other."""
    factors = np.random.default_rng(20241125).integers(1, 2**63, vectors.shape[1], dtype=np.uint64) | np.uint64(1)
    keys = np.empty(len(rows), dtype=np.uint64)
    for start in range(0, len(rows), _CHUNK):
        chunk = np.ascontiguousarray(vectors[rows[start : start + _CHUNK]]).view(np.uint16)
        keys[start : start + len(chunk)] = (chunk.astype(np.uint64) * factors).sum(axis=1, dtype=np.uint64)
    return keys
