"""An embedder that needs no model: a text's vector counts its neighbouring characters, by hash; a token is a letter."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Sequence

import numpy as np

from rag.language_means import SIDES, Side, without_tokens
from rag.late_interaction import AskedTokens, ReadText, TokenRows, asked_tokens, token_rows
from rag.models import Vectors


class HashedEmbedder:
    def __init__(self, *, name: str = "hashed", dimension: int = 64, fingerprint: str = "first") -> None:
        self.model_name = name
        self.dimension = dimension
        self.fingerprint = fingerprint
        self.embedded: list[str] = []
        """Every passage and window that was asked for, so that tests see what was not embedded again."""
        self.means = without_tokens({side: np.zeros((1, dimension), dtype=np.float32) for side in SIDES})
        self.tells_tokens = True

    def read_question(self, question: str) -> ReadText:
        return self.read_questions([question])[0]

    def read_questions(self, questions: Sequence[str]) -> list[ReadText]:
        return [
            ReadText(vector=self._vector(text), states=self._states(text).astype(np.float16), ids=[1], starts=[0])
            for text in questions
        ]

    def embed_query(self, query: str) -> Vectors:
        return self.read_question(query).vector

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        return np.stack([self._vector(query) for query in queries])

    def embed_passages(self, passages: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        self.embedded += passages
        if progress:
            progress(len(passages))
        return np.stack([self._vector(text) for text in passages]) if passages else np.empty((0, self.dimension))

    def embed_with_tokens(
        self, passages: Sequence[str], sides: Sequence[Side], progress: Callable[[int], None] | None = None
    ) -> tuple[Vectors, list[TokenRows]]:
        letters = [[place for place, letter in enumerate(text) if letter.isalnum()] for text in passages]
        rows = [
            token_rows(self._states(text), self.means.told(side), starts)
            for text, side, starts in zip(passages, sides, letters, strict=True)
        ]
        return self.embed_passages(passages, progress), rows

    def asked_tokens(self, question: ReadText, side: Side) -> AskedTokens | None:
        states = question.states.astype(np.float32)
        return asked_tokens(states, self.means.asked(side), np.ones(len(states), dtype=np.float32))

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
