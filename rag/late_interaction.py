"""How far every word of a question finds its like in a text, whatever languages the two are in.

Late interaction (Khattab & Zaharia 2020, ColBERT): each token of the question is compared with each token of the text,
and the nearest counts. Of a text's tokens only the signs are kept, one bit a dimension. Both sides are taken as they
differ from the mean of their language: what a model makes of a language alone says nothing about what is meant. Knows
nothing of models and of the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

States = npt.NDArray[np.float32]
"""What a model makes of each token of a text, one a row."""
Signs = npt.NDArray[np.uint8]
"""The signs of a text's tokens, one token a row, eight dimensions a byte."""
Likeness = npt.NDArray[np.float32]
"""Cosines of a question's tokens (rows) and a text's (columns)."""

TokenRows = npt.NDArray[np.uint8]
"""What is kept of a text's tokens, one a row: the signs, then two bytes with where in the text the token starts."""

_START = np.dtype("<u2")
_LAST_START = 65535


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadText:
    """A text as the model reads it."""

    vector: npt.NDArray[np.float32]
    """Of the whole, of length 1."""
    states: npt.NDArray[np.float16]
    """Of its tokens, one a row; without a row where the model tells none."""
    ids: list[int]
    """Of the same tokens."""
    starts: list[int]
    """Where in the text they start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedTokens:
    """The tokens of a question."""

    states: States
    """Less the mean of their language, each of length 1."""
    weights: npt.NDArray[np.float32]
    """What each counts; together 1."""


def asked_tokens(states: States, mean: npt.NDArray[np.float32], weights: npt.NDArray[np.float32]) -> AskedTokens | None:
    """The tokens of a question, whose language has the mean `mean`; None where it has none that counts."""
    total = float(weights.sum())
    if not total > 0:
        return None
    centred = states - mean
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return AskedTokens(states=centred / np.maximum(lengths, 1e-9), weights=weights / total)


def token_rows(states: States, mean: npt.NDArray[np.float32], starts: Sequence[int]) -> TokenRows:
    """What is kept of the tokens of a text, whose language has the mean `mean`."""
    places = np.minimum(np.asarray(starts, dtype=np.int64), _LAST_START).astype(_START)
    return np.concatenate([np.packbits(states > mean, axis=1), places[:, None].view(np.uint8)], axis=1)


def signs_of(rows: TokenRows) -> Signs:
    return rows[:, : -_START.itemsize]


def starts_of(rows: TokenRows) -> npt.NDArray[np.int64]:
    """Where in the text each token starts."""
    starts: npt.NDArray[np.int64] = (
        np.ascontiguousarray(rows[:, -_START.itemsize :]).view(_START)[:, 0].astype(np.int64)
    )
    return starts


def likeness(asked: AskedTokens, signs: Signs) -> Likeness:
    """How like the tokens are that `signs` are of to those that were asked."""
    dimension = asked.states.shape[1]
    ones = np.unpackbits(signs, axis=1, count=dimension).astype(np.float32)
    # Signs are -1 and 1, each row as long as the root of the dimension: 2 b - 1 for each bit b.
    found: Likeness = (2 * (asked.states @ ones.T) - asked.states.sum(axis=1, keepdims=True)) / np.sqrt(dimension)
    return found


def alignment(asked: AskedTokens, like: Likeness) -> float:
    """The mean likeness of the question's tokens to their nearest among the columns of `like`; 0 without a column."""
    return float(asked.weights @ like.max(axis=1)) if like.shape[1] else 0.0
