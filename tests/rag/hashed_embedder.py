"""An embedder that needs no model: a text's vector counts its neighbouring characters, by hash."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Sequence

import numpy as np

from rag.models import Vectors


class HashedEmbedder:
    def __init__(self, *, name: str = "hashed", dimension: int = 64, fingerprint: str = "first") -> None:
        self.model_name = name
        self.dimension = dimension
        self.fingerprint = fingerprint
        self.embedded: list[str] = []
        """Every passage and window that was asked for, so that tests see what was not embedded again."""
        self.english_shift = np.zeros(dimension, dtype=np.float32)

    def embed_query(self, query: str) -> Vectors:
        return self.embed_queries([query])[0]

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        return np.stack([self._vector(query) for query in queries])

    def embed_passages(self, passages: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        self.embedded += passages
        if progress:
            progress(len(passages))
        return np.stack([self._vector(text) for text in passages]) if passages else np.empty((0, self.dimension))

    def _vector(self, text: str) -> Vectors:
        vector = np.full(self.dimension, 0.01, dtype=np.float32)
        for pair in itertools.pairwise(text):
            vector[zlib.crc32("".join(pair).encode("utf-8", "surrogatepass")) % self.dimension] += 1
        return vector / np.linalg.norm(vector)
