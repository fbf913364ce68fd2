"""What an embedding model makes of a language alone, told from the same questions in Chinese and in English.

Questions lie near the texts of their own language, whatever these say; without this they can be compared across. Also
how rare each of the model's tokens is. Knows nothing of how a text is embedded.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from rag.late_interaction import ReadText, alignment, asked_tokens, likeness, signs_of, token_rows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PARALLEL_QUESTIONS = Path(__file__).with_name("parallel_questions.toml")
_COMMON, _RARE = 6.0, 14.0
"""Natural logarithms of how rare a token is: one in 400 (`the`, a comma) counts next to nothing, one in a million as
much as a token can."""
_LEAST = 0.05
_FORMAT = 1  # of what is remembered; raise it when a line below changes what that is

Side = Literal["zh", "en"]
"""A language: what is neither counts as the nearer one."""
SIDES: tuple[Side, Side] = ("zh", "en")
Mean = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageMeans:
    """What is known of a model from the parallel questions."""

    shift: Mean
    """What turns the vector of an English question towards Chinese passages when it is added to it: half of the
    difference between the mean vectors of the two languages."""
    asked_means: Mean
    """Of the tokens of questions, a row for each of `SIDES`."""
    told_means: Mean
    """Of the tokens of the same sentences as passages."""
    unrelated: npt.NDArray[np.float32]
    """How far a question finds its like in texts that have nothing to do with it: rows are the languages of the
    question, columns those of the text. Words of one language are more alike."""
    weights: npt.NDArray[np.float32]
    """What each token counts in a question, by its id: rare ones more."""

    def asked(self, side: Side) -> Mean:
        mean: Mean = self.asked_means[SIDES.index(side)]
        return mean

    def told(self, side: Side) -> Mean:
        mean: Mean = self.told_means[SIDES.index(side)]
        return mean

    def unrelated_to(self, asked: Side, told: Side) -> float:
        return float(self.unrelated[SIDES.index(asked), SIDES.index(told)])


def parallel_questions(side: Side) -> list[str]:
    """The questions in one of the languages."""
    pairs = tomllib.loads(PARALLEL_QUESTIONS.read_text(encoding="utf-8"))["pairs"]
    return [pair[side] for pair in pairs]


def without_tokens(vectors: Mapping[Side, npt.NDArray[np.float32]]) -> LanguageMeans:
    """What is known of a model that tells no tokens, from the vectors of the parallel questions."""
    zero = np.zeros((2, vectors["zh"].shape[1]), dtype=np.float32)
    return LanguageMeans(
        shift=_shift(vectors), asked_means=zero, told_means=zero, unrelated=np.zeros((2, 2), np.float32),
        weights=np.ones(1, np.float32),
    )  # fmt: skip


def language_means(
    asked: Mapping[Side, Sequence[ReadText]],
    told: Mapping[Side, Sequence[ReadText]],
    weights: npt.NDArray[np.float32],
) -> LanguageMeans:
    """What is known of a model that reads the parallel questions as `asked`, and as passages as `told`."""
    means = LanguageMeans(
        shift=_shift({side: np.stack([each.vector for each in asked[side]]) for side in SIDES}),
        asked_means=np.stack([_mean(asked[side]) for side in SIDES]),
        told_means=np.stack([_mean(told[side]) for side in SIDES]),
        unrelated=np.zeros((2, 2), dtype=np.float32),
        weights=weights,
    )
    for row, question in enumerate(SIDES):
        for column, text in enumerate(SIDES):
            means.unrelated[row, column] = np.mean(
                [
                    _alignment_with_others(place, asked[question], told[text], means, question, text)
                    for place in range(len(asked[question]))
                ]
            )
    return means


def token_weights(tokenizer: Tokenizer) -> npt.NDArray[np.float32]:
    """What each token counts, by id: how rare it is, where the tokenizer knows (`Unigram` does), else all the same."""
    # The library tells the scores in no other way.
    model = json.loads(tokenizer.to_str())["model"]
    weights = np.ones(tokenizer.get_vocab_size(), dtype=np.float32)
    if model.get("type") == "Unigram":
        logarithms = np.array([score for _, score in model["vocab"]], dtype=np.float32)
        weights[:] = _LEAST  # tokens that were added to the vocabulary
        weights[: len(logarithms)] = np.clip(-logarithms, _COMMON, _RARE) - _COMMON + _LEAST
    return weights


def remembered(cache: Path | None, fingerprint: str) -> LanguageMeans | None:
    """What an earlier process has left under `cache` of the model with `fingerprint`; None where it cannot be read."""
    if cache is None:
        return None
    unreadable = OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile
    with contextlib.suppress(*unreadable), np.load(io.BytesIO(_place(cache, fingerprint).read_bytes())) as arrays:
        return LanguageMeans(**{name: arrays[name] for name in LanguageMeans.__slots__})
    return None


def remember(cache: Path | None, fingerprint: str, means: LanguageMeans) -> None:
    """Leave `means` under `cache` for the next process, which else computes them again."""
    if cache is None:
        return
    place = _place(cache, fingerprint)
    half_written = place.with_suffix(f".{os.getpid()}.npz")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        np.savez(half_written, **asdict(means))
        os.replace(half_written, place)
    except OSError:
        with contextlib.suppress(OSError):
            half_written.unlink()


def _place(cache: Path, fingerprint: str) -> Path:
    questions = hashlib.sha256(PARALLEL_QUESTIONS.read_bytes()).hexdigest()[:8]
    return cache / "means" / f"{fingerprint}-{questions}-{_FORMAT}.npz"


def _shift(vectors: Mapping[Side, npt.NDArray[np.float32]]) -> Mean:
    shift: Mean = 0.5 * (vectors["zh"].mean(axis=0) - vectors["en"].mean(axis=0))
    return shift


def _mean(texts: Sequence[ReadText]) -> Mean:
    """The mean over the tokens of `texts`."""
    mean: Mean = np.concatenate([each.states for each in texts]).astype(np.float32).mean(axis=0)
    return mean


def _alignment_with_others(
    place: int, asked: Sequence[ReadText], told: Sequence[ReadText], means: LanguageMeans, question: Side, text: Side
) -> float:
    """The alignment of the question at `place` with all texts but its own together, about as many tokens as a passage
    has."""
    own = asked[place]
    tokens = asked_tokens(own.states.astype(np.float32), means.asked(question), means.weights[own.ids])
    others = np.concatenate([each.states for other, each in enumerate(told) if other != place]).astype(np.float32)
    if tokens is None:
        return 0.0
    rows = token_rows(others, means.told(text), [0] * len(others))
    return alignment(tokens, likeness(tokens, signs_of(rows)))
