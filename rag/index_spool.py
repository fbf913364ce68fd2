"""The vectors of a build that is under way, kept so that one that is cut short goes on instead of starting anew.

Embedding takes nearly all of a build's time: hours where there are tens of thousands of articles.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

Half = npt.NDArray[np.float16]

_NAME = "embedding-{}.part"


class Spool:
    """A file of vectors by the digest of what was embedded. What a crash left half-written in it is not read."""

    def __init__(self, index: Path, *, fingerprint: str, dimension: int) -> None:
        """Of the index at `index`, whose lock the caller holds; `fingerprint` and `dimension` are the model's."""
        self._path = index / _NAME.format(fingerprint)
        self._record = np.dtype([("digest", "V32"), ("vector", "<f2", (dimension,)), ("sum", "<u4")])
        for other in index.glob(_NAME.format("*")):
            if other != self._path:  # of another model: nobody will ask for it
                other.unlink()

    def read(self) -> dict[bytes, Half]:
        """The vectors that are there, by digest."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        size = self._record.itemsize
        whole = len(content) // size * size
        if whole < len(content):
            with self._path.open("r+b") as file:
                file.truncate(whole)
        records = np.frombuffer(content[:whole], dtype=self._record)
        return {
            bytes(record["digest"]): record["vector"].astype(np.float16)
            for record in records
            if crc32(record.tobytes()[:-4]) == record["sum"]
        }

    def add(self, digests: Iterable[bytes], vectors: Half) -> None:
        """Append vectors, one a row, with their digests of 32 bytes."""
        records = np.zeros(len(vectors), dtype=self._record)
        records["digest"] = list(digests)
        records["vector"] = vectors
        records["sum"] = [crc32(record.tobytes()[:-4]) for record in records]
        with self._path.open("ab") as file:
            file.write(records.tobytes())

    def clear(self) -> None:
        """Remove the file: its vectors are in an index now."""
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
