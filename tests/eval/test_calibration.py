import random
import tomllib

import pytest

from eval.calibration import JUDGED_BY, RANKED_BY, Sample, learn, learn_judgement, learn_ranking

NAMES = sorted({*RANKED_BY["zh"], *JUDGED_BY["zh"], *RANKED_BY["en"], *JUDGED_BY["en"]})


def sentence(chance: random.Random, similarity: float) -> dict[str, float]:
    return {name: chance.random() / 10 for name in NAMES} | {"similarity": similarity}


def sample(chance: random.Random, *, answerable: bool, language: str = "zh") -> Sample:
    """Where the question can be answered, the sentence with the fact is the nearest; else all are far."""
    far = [sentence(chance, 0.7 + chance.random() / 10) for _ in range(4)]
    near = sentence(chance, (0.85 if answerable else 0.7) + chance.random() / 10)
    return Sample(
        language=language, answerable=answerable, sentences=(near, *far), right=(answerable, False, False, False, False)
    )


@pytest.fixture
def found() -> list[Sample]:
    chance = random.Random(1)
    return [sample(chance, answerable=n % 2 == 0) for n in range(80)]


def test_the_feature_that_tells_gets_the_weight(found: list[Sample]) -> None:
    ranking = learn_ranking([s for s in found if s.answerable], RANKED_BY["zh"])
    assert ranking.first > 0.95
    assert ranking.weights["similarity"] > 5 * abs(ranking.weights["focus"])


def test_thresholds_hold_what_they_promise_on_held_out_questions(found: list[Sample]) -> None:
    ranking = learn_ranking([s for s in found if s.answerable], RANKED_BY["zh"])
    rule = learn_judgement(found, JUDGED_BY["zh"], ranking, false_refusal=0.05)
    assert rule.auroc > 0.95
    assert rule.refused <= 0.05
    assert rule.near < rule.answered


def test_what_was_learned_is_toml_that_names_its_sets(found: list[Sample]) -> None:
    chance = random.Random(2)
    public = [sample(chance, answerable=n % 2 == 0, language="en") for n in range(40)]
    text = learn(found, public, sets="own.jsonl, public.jsonl", embedding="some-model")
    stored = tomllib.loads(text)
    assert set(stored["rank"]["zh"]) == set(RANKED_BY["zh"])
    assert set(stored["answered"]["en"]["weights"]) == set(JUDGED_BY["en"])
    assert "own.jsonl, public.jsonl with the embedding model some-model" in text
