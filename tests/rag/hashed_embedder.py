"""An embedder that needs no model: a text's vector counts its neighbouring characters, by hash; a token is a letter."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Sequence

import numpy as np

from corpus.passages import Span
from rag.language_means import LanguageMeans, Side
from rag.late_interaction import AskedTokens, Signs, asked_tokens, signs_of
from rag.models import Vectors


class HashedEmbedder:
    def __init__(self, *, name: str = "hashed", dimension: int = 64, fingerprint: str = "first") -> None:
        self.model_name = name
        self.dimension = dimension
        self.fingerprint = fingerprint
        self.embedded: list[str] = []
        """Every passage and window that was asked for, so that tests see what was not embedded again."""
        none = np.zeros(dimension, dtype=np.float32)
        self.means = LanguageMeans(
            shift=none, asked_zh=none, asked_en=none, told_zh=none, told_en=none, weights=np.ones(1, np.float32)
        )
        self.tells_tokens = True

    def embed_query(self, query: str) -> Vectors:
        return self.embed_queries([query])[0]

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        return np.stack([self._vector(query) for query in queries])

    def embed_passages(self, passages: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        self.embedded += passages
        if progress:
            progress(len(passages))
        return np.stack([self._vector(text) for text in passages]) if passages else np.empty((0, self.dimension))

    def embed_with_signs(
        self, passages: Sequence[str], sides: Sequence[Side], progress: Callable[[int], None] | None = None
    ) -> tuple[Vectors, list[Signs]]:
        signs = [
            signs_of(self._states(text), self.means.told(side)) for text, side in zip(passages, sides, strict=True)
        ]
        return self.embed_passages(passages, progress), signs

    def question_tokens(self, query: str, side: Side) -> AskedTokens | None:
        states = self._states(query)
        return asked_tokens(states, self.means.asked(side), np.ones(len(states), dtype=np.float32))

    def token_spans(self, passage: str) -> tuple[Span, ...]:
        return tuple(Span(place, place + 1) for place, letter in enumerate(passage) if letter.isalnum())

    def _states(self, text: str) -> Vectors:
        rows = [
            np.random.default_rng(ord(letter)).choice([-1.0, 1.0], self.dimension)
            for letter in text
            if letter.isalnum()
        ]
        return np.array(rows, dtype=np.float32).reshape(-1, self.dimension)

    def _vector(self, text: str) -> Vectors:
        vector = np.full(self.dimension, 0.01, dtype=np.float32)
        for pair in itertools.pairwise(text):
            vector[zlib.crc32("".join(pair).encode("utf-8", "surrogatepass")) % self.dimension] += 1
        return vector / np.linalg.norm(vector)
