"""Tokens are compared by their signs; the nearest counts."""

from __future__ import annotations

import numpy as np
import pytest

from rag.late_interaction import Signs, States, alignment, asked_tokens, likeness, signs_of, starts_of, token_rows

DIMENSION = 64
NONE = np.zeros(DIMENSION, dtype=np.float32)


def states(*seeds: int) -> States:
    rows = [np.random.default_rng(seed).normal(size=DIMENSION) for seed in seeds]
    return np.array(rows, dtype=np.float32)


def signs(told: States, mean: np.ndarray) -> Signs:
    return signs_of(token_rows(told, mean, [0] * len(told)))


def weights(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_likeness_is_the_cosine_with_the_signs() -> None:
    asked = asked_tokens(states(1, 2), NONE, weights(1, 1))
    assert asked is not None
    told = states(3, 4, 5)
    cosines = asked.states @ np.sign(told).T / np.sqrt(DIMENSION)
    assert np.allclose(likeness(asked, signs(told, NONE)), cosines, atol=1e-5)


def test_each_token_counts_by_its_weight_with_its_nearest_wherever_that_stands() -> None:
    asked = asked_tokens(states(1, 2), NONE, weights(3, 1))
    assert asked is not None
    like = likeness(asked, signs(states(2, 7, 1), NONE))
    assert alignment(asked, like) == pytest.approx(0.75 * like[0, 2] + 0.25 * like[1, 0])
    assert alignment(asked, like[:, :0]) == 0.0


def test_what_all_tokens_of_a_language_share_says_nothing() -> None:
    language = 20 * states(9)[0]
    asked = asked_tokens(states(1) + language, language, weights(1))
    assert asked is not None
    same, other = (likeness(asked, signs(states(seed) - language, -language))[0, 0] for seed in (1, 2))
    assert same > 0.7
    assert abs(other) < 0.3


def test_a_question_without_a_token_that_counts_has_no_tokens() -> None:
    assert asked_tokens(np.empty((0, DIMENSION), dtype=np.float32), NONE, weights()) is None
    assert asked_tokens(states(1), NONE, weights(0)) is None


def test_a_text_without_a_token_is_not_aligned() -> None:
    asked = asked_tokens(states(1), NONE, weights(1))
    assert asked is not None
    assert alignment(asked, likeness(asked, np.empty((0, DIMENSION // 8), dtype=np.uint8))) == 0.0


def test_it_is_kept_where_each_token_starts() -> None:
    rows = token_rows(states(1, 2, 3), NONE, [0, 300, 70_000])
    assert rows.shape == (3, DIMENSION // 8 + 2)
    assert starts_of(rows).tolist() == [0, 300, 65_535]
