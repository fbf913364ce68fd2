"""What an embedding model makes of a language alone, told from the same questions in Chinese and in English.

Questions lie near the texts of their own language, whatever these say; without this they can be compared across. Also
what each of the model's tokens counts. Knows nothing of how a text is embedded.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from rag.late_interaction import States

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_PARALLEL_QUESTIONS = Path(__file__).with_name("parallel_questions.toml")

_COMMON, _RARE = 6.0, 14.0
"""Natural logarithms of how rare a token is: one in 400 (`the`, a comma) counts next to nothing, one in a million as
much as a token can."""
_LEAST = 0.05

Side = Literal["zh", "en"]
Mean = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageMeans:
    """Means over the parallel questions, of one model."""

    shift: Mean
    """What turns the vector of an English question towards Chinese passages when it is added to it: half of the
    difference between the mean vectors of the two languages."""
    asked_zh: Mean
    """Of the tokens of Chinese questions, and so on."""
    asked_en: Mean
    told_zh: Mean
    """Of the tokens of the same sentences as passages."""
    told_en: Mean
    weights: npt.NDArray[np.float32]
    """What each token of the model counts in a question, by its id: rare ones more."""

    def asked(self, side: Side) -> Mean:
        return self.asked_en if side == "en" else self.asked_zh

    def told(self, side: Side) -> Mean:
        return self.told_en if side == "en" else self.told_zh


def parallel_questions(side: Side) -> list[str]:
    """The questions in one of the languages."""
    pairs = tomllib.loads(_PARALLEL_QUESTIONS.read_text(encoding="utf-8"))["pairs"]
    return [pair[side] for pair in pairs]


def mean_of(states: Sequence[States]) -> Mean:
    """The mean over the tokens of several texts."""
    mean: Mean = np.concatenate(states).mean(axis=0)
    return mean


def token_weights(tokenizer: Tokenizer) -> npt.NDArray[np.float32]:
    """What each token counts, by id: how rare it is, where the tokenizer knows (`Unigram` does), else all the same."""
    # The library tells the scores in no other way.
    model = json.loads(tokenizer.to_str())["model"]
    if model.get("type") != "Unigram":
        return np.ones(tokenizer.get_vocab_size(), dtype=np.float32)
    logarithms = np.array([score for _, score in model["vocab"]], dtype=np.float32)
    weights = np.clip(-logarithms, _COMMON, _RARE) - _COMMON + _LEAST
    return np.concatenate([weights, np.full(max(0, tokenizer.get_vocab_size() - len(weights)), _LEAST, np.float32)])


def remembered(cache: Path | None, fingerprint: str) -> LanguageMeans | None:
    """The means of the model with `fingerprint`, where an earlier process has left them under `cache`."""
    if cache is None:
        return None
    with contextlib.suppress(OSError, ValueError, KeyError), np.load(_place(cache, fingerprint)) as arrays:
        return LanguageMeans(**{name: arrays[name] for name in LanguageMeans.__slots__})
    return None


def remember(cache: Path | None, fingerprint: str, means: LanguageMeans) -> None:
    """Leave `means` under `cache` for the next process; without them it computes them again."""
    if cache is None:
        return
    place = _place(cache, fingerprint)
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        half_written = place.with_suffix(f".{os.getpid()}.npz")
        np.savez(half_written, **asdict(means))
        os.replace(half_written, place)


def _place(cache: Path, fingerprint: str) -> Path:
    questions = hashlib.sha256(_PARALLEL_QUESTIONS.read_bytes()).hexdigest()[:8]
    return cache / "means" / f"{fingerprint}-{questions}.npz"
