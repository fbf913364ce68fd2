"""What a build that is under way has embedded, kept so that one that is cut short goes on instead of starting anew.

Embedding takes nearly all of a build's time: hours where there are tens of thousands of articles.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from rag.late_interaction import TokenRows

Half = npt.NDArray[np.float16]

_NAME = "embedded-{}.part"
_OF_ANY_MODEL = ("embedding-*.part", "embedded-*.part")  # the first: of earlier versions, which kept vectors alone
_HEAD = struct.Struct("<32sii")  # digest, tokens (-1: not told), bytes a token
_SUM = struct.Struct("<I")


@dataclass(frozen=True, kw_only=True, slots=True)
class Embedded:
    """What the model made of a text."""

    vector: Half
    tokens: TokenRows | None = None
    """What is kept of its tokens; None where only the vector was asked for."""


class Spool:
    """A file of what was embedded, by the digest of the text. What a crash left half-written in it is not read."""

    def __init__(self, index: Path, *, fingerprint: str, dimension: int) -> None:
        """Of the index at `index`, whose lock the caller holds; `fingerprint` and `dimension` are the model's."""
        self._path = index / _NAME.format(fingerprint)
        self._dimension = dimension
        for pattern in _OF_ANY_MODEL:
            for other in index.glob(pattern):
                if other != self._path:  # of another model: nobody will ask for it
                    other.unlink()

    def read(self) -> dict[bytes, Embedded]:
        """What is there, by digest. What follows a record whose head is damaged may be lost: it is embedded again."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        found: dict[bytes, Embedded] = {}
        place = 0
        while (end := self._end(content, place)) <= len(content):
            if crc32(content[place : end - _SUM.size]) == _SUM.unpack_from(content, end - _SUM.size)[0]:
                digest, embedded = self._record(content, place)
                found[digest] = embedded
            place = end
        if place < len(content):
            with self._path.open("r+b") as file:
                file.truncate(place)
        return found

    def add(self, embedded: Mapping[bytes, Embedded]) -> None:
        """Append what was embedded, by digests of 32 bytes."""
        with self._path.open("ab") as file:
            for digest, each in embedded.items():
                count, width = (-1, 0) if each.tokens is None else each.tokens.shape
                record = _HEAD.pack(digest, count, width) + each.vector.astype("<f2").tobytes()
                record += b"" if each.tokens is None else each.tokens.tobytes()
                file.write(record + _SUM.pack(crc32(record)))

    def _end(self, content: bytes, start: int) -> int:
        """Where the record at `start` ends, which is beyond the end of `content` where it is not whole."""
        if start + _HEAD.size > len(content):
            return len(content) + 1
        count: int
        width: int
        _, count, width = _HEAD.unpack_from(content, start)
        return start + _HEAD.size + 2 * self._dimension + max(0, count) * max(0, width) + _SUM.size

    def _record(self, content: bytes, start: int) -> tuple[bytes, Embedded]:
        digest, count, width = _HEAD.unpack_from(content, start)
        start += _HEAD.size
        vector = np.frombuffer(content, dtype="<f2", count=self._dimension, offset=start).astype(np.float16)
        tokens = None
        if count >= 0:
            start += 2 * self._dimension
            tokens = np.frombuffer(content, dtype=np.uint8, count=count * width, offset=start).reshape(count, width)
        return digest, Embedded(vector=vector, tokens=tokens)

    def clear(self) -> None:
        """Remove the file: what it holds is in an index now."""
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
