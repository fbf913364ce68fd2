import json
import random
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from eval.calibration import (
    JUDGED_BY,
    MOST_NEAR,
    RANKED_BY,
    READ_AND_JUDGED_BY,
    READ_BY,
    Sample,
    learn,
    learn_judgement,
    learn_ranking,
    samples,
)
from eval.cases import Case
from eval.identity import set_digest
from eval.learned import LearnedOn, foreign, learned_on
from eval.reading import read_cases
from rag.certainty import stored as stored_rules
from rag.manifest import FORMAT, Manifest, PassageSettings
from rag.reader.loading import NONE
from rag.settings import Settings
from tests.eval.conftest import Eval
from tests.eval.fake_system import FakeSystem

ROOT = Path(__file__).parents[2]

NAMES = sorted({*RANKED_BY["zh"], *JUDGED_BY["zh"], *RANKED_BY["en"], *JUDGED_BY["en"], *READ_AND_JUDGED_BY["zh"]})


def sentence(chance: random.Random, similarity: float) -> dict[str, float]:
    return {name: chance.random() / 10 for name in NAMES} | {"similarity": similarity}


def sample(chance: random.Random, *, answerable: bool, language: str = "zh") -> Sample:
    """Where the question can be answered, the sentence with the fact is the nearest; else all are far."""
    far = [sentence(chance, 0.7 + chance.random() / 10) for _ in range(4)]
    near = sentence(chance, (0.85 if answerable else 0.7) + chance.random() / 10)
    return Sample(
        language=language,
        question=str(chance.random()),
        answerable=answerable,
        sentences=(near, *far),
        right=(answerable, False, False, False, False),
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
    rule = learn_judgement(found, JUDGED_BY["zh"], ranking, false_refusal=0.05, most_near=MOST_NEAR["zh"])
    assert rule.auroc > 0.95
    assert rule.refused <= 0.05
    assert rule.near < rule.answered


def by_heart(chance: random.Random) -> list[Sample]:
    """Questions of which nothing tells how they are answered, each four times."""
    names = [f"question {n}" for n in range(24)]
    once = [
        Sample(
            language="zh",
            question=name,
            answerable=n % 2 == 0,
            sentences=tuple({each: chance.random() for each in NAMES} for _ in range(3)),
            right=(n % 2 == 0, False, False),
        )
        for n, name in enumerate(names)
    ]
    return once * 4


def test_what_is_learned_by_heart_shows_in_no_figure() -> None:
    firsts, aurocs = [], []
    for seed in range(4):
        found = by_heart(random.Random(seed))
        ranking = learn_ranking([s for s in found if s.answerable], RANKED_BY["zh"])
        firsts.append(ranking.first)
        aurocs.append(
            learn_judgement(found, JUDGED_BY["zh"], ranking, false_refusal=0.05, most_near=MOST_NEAR["zh"]).auroc
        )
    assert mean(firsts) < 0.4
    assert mean(aurocs) < 0.6

    found = [replace(each, question=str(n)) for n, each in enumerate(found)]  # as if each were another question
    ranking = learn_ranking([s for s in found if s.answerable], RANKED_BY["zh"])
    assert ranking.first > 0.4
    assert learn_judgement(found, JUDGED_BY["zh"], ranking, false_refusal=0.05, most_near=MOST_NEAR["zh"]).auroc > 0.8


def test_a_question_in_another_script_and_its_near_miss_stay_with_it() -> None:
    case = Case(id="1", question="末班车几点？", articles=("buses",), facts=(("23:30",),))
    script = replace(case, id="2", question="末班車幾點？")
    missed = replace(case, question="末班船几点？", facts=(), answerable=False)
    system = FakeSystem({})
    found = [*samples(system, [case, script]), *samples(system, [case], without_articles=True)]
    found += samples(system, [missed], of=[case])
    assert [each.answerable for each in found] == [True, True, False, False]
    assert {each.question for each in found} == {"末班车几点?"}


def manifest(**changes: Any) -> Manifest:
    return replace(
        Manifest(
            format=FORMAT,
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
        "index_format": FORMAT,
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
    for language in ("zh", "en"):
        weights = rules["answered"][language]["weights"]
        assert set(weights) == {*JUDGED_BY[language], *READ_AND_JUDGED_BY[language]}


@dataclass
class Taught:
    """What the command gave to learn from."""

    system: FakeSystem
    store: Path
    own: Sequence[Sample] = ()
    public: Sequence[Sample] = ()
    sets: dict[str, str] = field(default_factory=dict)

    def learn(
        self, own: Sequence[Sample], public: Sequence[Sample], learned: LearnedOn, *, languages: Sequence[str]
    ) -> str:
        self.own, self.public, self.sets = own, public, dict(learned.sets)
        return "".join(f"[rank.{language}]\nlearned\n\n" for language in languages)


@pytest.fixture
def taught(system: FakeSystem, evaluate: Eval, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Taught:
    taught = Taught(system, tmp_path / "certainty.toml")

    @contextmanager
    def fake(*_: object) -> Iterator[FakeSystem]:
        yield system

    monkeypatch.setenv("WENJU_RERANKER", NONE)
    monkeypatch.setattr("eval.calibrate_command.open_system", fake)
    monkeypatch.setattr("eval.calibrate_command.STORE", taught.store)
    monkeypatch.setattr("eval.calibration.learn", taught.learn)
    monkeypatch.setattr("rag.manifest.current_generation", lambda path: path)
    monkeypatch.setattr("rag.manifest.read_manifest", lambda _: manifest())
    return taught


LAST_BUS = {"id": "1", "question": "末班车几点？", "facts": [["23:30"]], "articles": ["buses"]}
MAYOR = {"id": "1", "question": "市长是谁？", "answerable": False}
GLASS = {"id": "2", "question": "玻璃送到哪里？", "facts": [["depot"]], "articles": ["bins"]}


def a_set(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_several_sets_are_asked_and_what_stands_in_two_counts_once(
    evaluate: Eval, taught: Taught, tmp_path: Path
) -> None:
    first = a_set(tmp_path / "questions/first.jsonl", LAST_BUS, GLASS)
    second = a_set(tmp_path / "questions/second.jsonl", MAYOR, {**LAST_BUS, "id": "7"})
    assert evaluate("calibrate", str(first), str(second)) == 0
    assert [(each.question, each.answerable) for each in taught.own] == [
        ("末班车几点?", True),
        ("玻璃送到哪里?", True),
        ("市长是谁?", False),
    ]
    assert taught.sets == {f"questions/{path.name}": set_digest(read_cases(path)) for path in (first, second)}
    assert taught.store.read_text() == "[rank.zh]\nlearned\n\n[rank.en]\nlearned\n\n"


def test_the_rules_for_one_language_are_learned_again_and_the_others_stay(
    evaluate: Eval, taught: Taught, tmp_path: Path
) -> None:
    taught.store.write_text("# mine\n\n# of 5\n[rank.zh]\nold\n\n[rank.en]\nold\n", encoding="utf-8")
    english = {**GLASS, "question": "Where does glass go?"}
    own = a_set(tmp_path / "first.jsonl", LAST_BUS, MAYOR | {"id": "3"}, english)
    assert evaluate("calibrate", str(own), "--language", "en") == 0
    assert [each.question for each in taught.own] == ["wheredoesglassgo?"]
    assert taught.store.read_text() == "# mine\n\n# of 5\n[rank.zh]\nold\n\n[rank.en]\nlearned\n"


def test_the_same_words_after_another_conversation_are_another_question(
    evaluate: Eval, taught: Taught, tmp_path: Path
) -> None:
    later = {**LAST_BUS, "history": [{"role": "user", "content": "周日呢？"}]}
    first, second = (
        a_set(tmp_path / "first.jsonl", LAST_BUS, MAYOR | {"id": "2"}),
        a_set(tmp_path / "later.jsonl", later),
    )
    assert evaluate("calibrate", str(first), str(second)) == 0
    assert [each.question for each in taught.own] == ["末班车几点?", "市长是谁?", "末班车几点?"]


def test_sets_of_one_name_are_told_apart(evaluate: Eval, taught: Taught, tmp_path: Path) -> None:
    own = a_set(tmp_path / "questions/all.jsonl", LAST_BUS, MAYOR | {"id": "2"})
    public = [a_set(tmp_path / year / "cmrc/questions.jsonl", GLASS) for year in ("2018", "2019")]
    assert evaluate("calibrate", str(own), "--also", str(public[0]), "--also", str(public[1])) == 0
    assert list(taught.sets) == ["questions/all.jsonl", "2018/cmrc/questions.jsonl", "2019/cmrc/questions.jsonl"]
    assert [each.answerable for each in taught.public] == [True, False, True, False]


def test_sets_without_an_unanswerable_question_are_refused_before_anything_is_asked(
    evaluate: Eval, taught: Taught, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = a_set(tmp_path / "first.jsonl", LAST_BUS), a_set(tmp_path / "second.jsonl", GLASS)
    assert evaluate("calibrate", str(first), str(second)) == 1
    assert capsys.readouterr().err == (
        f"Error: {first}, {second}: no unanswerable question. Name a set that has some, too.\n"
    )
    assert not taught.store.exists()


def test_a_set_that_is_named_twice_is_refused(
    evaluate: Eval, taught: Taught, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = a_set(tmp_path / "all.jsonl", LAST_BUS, MAYOR | {"id": "2"})
    assert evaluate("calibrate", str(path), "--also", "all.jsonl") == 1
    assert capsys.readouterr().err == "Error: all.jsonl: named twice. Name each set once.\n"


@pytest.mark.parametrize("read", [True, False])
def test_the_rule_that_ships_was_learned_with_the_settings_that_ship(read: bool) -> None:
    settings = Settings()
    learned = stored_rules(read=read)["learned"]
    names = "model", "passage_tokens", "passage_overlap", "index_format", "reader"
    assert tuple(learned[name] for name in names) == (
        settings.embedding_model,
        settings.passage_tokens,
        settings.passage_overlap,
        FORMAT,
        Settings.model_fields["reranker"].default if read else NONE,
    )
    shipped = {name: digest for name, digest in learned["sets"].items() if name.startswith("questions/")}
    assert "questions/articles.jsonl" in shipped
    assert shipped.keys().isdisjoint(
        {"questions/held_out.jsonl", "questions/english_held_out.jsonl"}
    )  # they only judge
    assert shipped == {name: set_digest(read_cases(ROOT / "eval" / name)) for name in shipped}
