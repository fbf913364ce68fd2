import random
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.calibration import (
    JUDGED_BY,
    RANKED_BY,
    READ_BY,
    Sample,
    learn,
    learn_judgement,
    learn_ranking,
)
from eval.cases import Case
from eval.identity import set_digest
from eval.learned import foreign, learned_on
from eval.reading import read_cases
from rag.certainty import stored as stored_rules
from rag.manifest import Manifest, PassageSettings
from rag.reader.loading import NONE
from rag.settings import Settings

ROOT = Path(__file__).parents[2]

NAMES = sorted({*RANKED_BY["zh"], *JUDGED_BY["zh"], *RANKED_BY["en"], *JUDGED_BY["en"], *READ_BY})


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


def manifest(**changes: Any) -> Manifest:
    return replace(
        Manifest(
            format=1,
            versions={},
            model="some-model",
            dimension=64,
            fingerprint="f1",
            passage_settings=PassageSettings(tokens=400, overlap_sentences=1),
            collection="c",
            chroma_url=None,
            articles={},
            passages=1,
            vectors=1,
            files={},
        ),
        **changes,
    )


@pytest.fixture
def stored(found: list[Sample]) -> dict[str, Any]:
    chance = random.Random(2)
    public = [sample(chance, answerable=n % 2 == 0, language="en") for n in range(40)]
    cases = (Case(id="1", question="?"),)
    sets = {"own.jsonl": cases, "all/public.jsonl": ()}
    return tomllib.loads(learn(found, public, learned_on(manifest(), sets, reader="none")))


def test_what_was_learned_is_toml_that_tells_what_it_was_learned_on(stored: dict[str, Any]) -> None:
    assert set(stored["rank"]["zh"]) == set(RANKED_BY["zh"])
    assert set(stored["answered"]["en"]["weights"]) == set(JUDGED_BY["en"])
    learned = stored["learned"]
    assert learned.pop("sets") == {
        "own.jsonl": set_digest([Case(id="1", question="?")]),
        "all/public.jsonl": set_digest([]),
    }
    assert learned == {
        "model": "some-model",
        "model_fingerprint": "f1",
        "passage_tokens": 400,
        "passage_overlap": 1,
        "reader": "none",
    }


def test_the_curve_is_stored_with_the_rule(stored: dict[str, Any]) -> None:
    points = stored["curve"]["zh"]["points"]
    assert 10 <= len(points) <= 20
    assert points[-1] == [1.0, 0.5]
    assert points[5][1] < 0.1


def test_a_rule_that_was_learned_with_other_settings_is_told_in_one_line(stored: dict[str, Any]) -> None:
    assert foreign(manifest(), stored, reader="none") is None
    told = foreign(
        manifest(fingerprint="f2", passage_settings=PassageSettings(tokens=200, overlap_sentences=1)),
        stored,
        reader="none",
    )
    assert told == (
        "The rule of refusal was learned with other settings (model_fingerprint f1, now f2; passage_tokens 400, now "
        "200), so it may answer too often or too seldom. Learn it again with: python -m eval calibrate"
    )
    assert "Nothing tells what the rule" in str(foreign(manifest(), {}, reader="none"))
    assert "reader none, now some/reranker)" in str(foreign(manifest(), stored, reader="some/reranker"))


def test_with_a_reader_what_it_found_is_looked_at_besides(found: list[Sample]) -> None:
    chance = random.Random(2)
    public = [sample(chance, answerable=n % 2 == 0, language="en") for n in range(40)]
    rules = tomllib.loads(learn(found, public, learned_on(manifest(), {}, reader="wenju-reader")))
    assert set(rules["rank"]["zh"]) == {*RANKED_BY["zh"], *READ_BY}
    assert set(rules["answered"]["en"]["weights"]) == {*JUDGED_BY["en"], *READ_BY}


@pytest.mark.parametrize("read", [True, False])
def test_the_rule_that_ships_was_learned_with_the_settings_that_ship(read: bool) -> None:
    settings = Settings()
    learned = stored_rules(read=read)["learned"]
    assert (learned["model"], learned["passage_tokens"], learned["passage_overlap"], learned["reader"]) == (
        settings.embedding_model,
        settings.passage_tokens,
        settings.passage_overlap,
        settings.reranker if read else NONE,
    )
    assert learned["sets"]["questions/articles.jsonl"] == set_digest(read_cases(ROOT / "eval/questions/articles.jsonl"))
