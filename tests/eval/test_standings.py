"""Every set asked of every system: built once, kept, taken up again, and set side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import eval.standings as standings
import eval.systems.tutorial as tutorial
from eval.errors import EvaluationError
from eval.reading import read_set
from eval.standings import Asked, Cell, chosen, cut, measured, sample, sets_in, table
from eval.systems import SYSTEMS
from rag.settings import Settings, load_settings
from tests.rag.hashed_embedder import HashedEmbedder

TEXTS = {
    "bins": "垃圾每周一早上八点开始收运。玻璃瓶请送到回收站。回收站周日休息，请提前安排好时间再来。",
    "buses": "公交车每十二分钟一班。末班车晚上十一点半发车。周末和节假日的班次与平日相同，票价不变。",
}
QUESTIONS = [
    {"id": "1", "question": "末班车晚上几点发车？", "facts": [["十一点半"]], "articles": ["buses"]},
    {"id": "2", "question": "玻璃瓶送到哪里？", "facts": [["回收站"]], "articles": ["bins"]},
    {"id": "3", "question": "市长是谁？", "kind": "unanswerable", "answerable": False},
]
QUIET = Console(quiet=True)


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> HashedEmbedder:
    made = HashedEmbedder()
    for module in ("rag.ingest", "rag.retrieval", "eval.systems.single", "eval.systems.tutorial"):
        monkeypatch.setattr(f"{module}.load_embedder", lambda *_, **__: made)
    monkeypatch.setattr(tutorial, "_minilm", lambda: Path("minilm"))
    return made


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    folder = tmp_path / "sets" / "town"
    folder.mkdir(parents=True)
    rows = [{"id": id, "title": None, "text": text} for id, text in TEXTS.items()]
    save(folder / "corpus.jsonl", rows)
    save(folder / "questions.jsonl", QUESTIONS)
    save(folder / "questions_late.jsonl", QUESTIONS[:1])
    return tmp_path / "sets"


def save(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def all_cells(sets: Path, tmp_path: Path, systems: tuple[str, ...] = SYSTEMS, **more: Any) -> list[Cell]:
    settings: Settings = load_settings(index=tmp_path / "usual")
    options: dict[str, Any] = {"limit": None, "console": QUIET} | more
    return list(measured(sets_in(sets), systems, tmp_path / "work", settings, **options))


@pytest.mark.usefixtures("embedder")
def test_every_set_is_asked_of_every_system(sets: Path, tmp_path: Path) -> None:
    cells = all_cells(sets, tmp_path)
    assert [(cell.asked.name, cell.system) for cell in cells] == [
        (name, system) for system in SYSTEMS for name in ("town", "town late")
    ]
    text = table(sorted(cells, key=lambda cell: cell.asked.name))
    lines = text.splitlines()
    assert lines[0].startswith("| set | n | system | recall@1 | recall@5 | mrr@10 | right | facts | refused |")
    assert [line.split(" | ")[0:3] for line in lines[2:6]] == [["| town", "3", system] for system in SYSTEMS]
    assert lines[2].count("|") == lines[0].count("|")


def test_an_index_is_built_once_and_answers_are_kept(
    embedder: HashedEmbedder, sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = all_cells(sets, tmp_path)
    embedded = list(embedder.embedded)
    # What our index holds is embedded once for three systems, the chunks of the tutorial once more.
    assert len(embedded) == len(set(embedded)) or len(embedded) <= len(set(embedded)) + len(TEXTS)

    def opened(*_: object) -> None:
        raise AssertionError("a system was opened")

    monkeypatch.setattr(standings, "open_system", opened)
    again = all_cells(sets, tmp_path)
    assert [cell.summary for cell in again] == [cell.summary for cell in first]
    assert embedder.embedded == embedded


@pytest.mark.usefixtures("embedder")
def test_what_has_changed_is_asked_again(sets: Path, tmp_path: Path) -> None:
    def right() -> list[float]:
        cells = sorted(all_cells(sets, tmp_path, ("bm25",)), key=lambda cell: cell.asked.name)
        return [cell.summary["answers"]["right"]["value"] for cell in cells if cell.summary]

    assert right() == [1.0, 1.0]
    corpus = sets / "town" / "corpus.jsonl"
    corpus.write_text(corpus.read_text(encoding="utf-8").replace("十一点半", "十点整"), encoding="utf-8")
    assert right() == [0.666667, 0.0]
    save(sets / "town" / "questions.jsonl", QUESTIONS[1:2])
    assert right() == [1.0, 0.0]


@pytest.mark.usefixtures("embedder")
def test_answers_of_older_code_are_taken_only_on_demand(
    sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_cells(sets, tmp_path, ("bm25",))
    monkeypatch.setattr("eval.identity.code_digest", lambda: "changed since")
    opened: list[str] = []
    really = standings.open_system

    def noted(name: str, *others: Any) -> Any:
        opened.append(name)
        return really(name, *others)

    monkeypatch.setattr(standings, "open_system", noted)
    assert all(cell.summary for cell in all_cells(sets, tmp_path, ("bm25",), any_code=True))
    assert opened == []
    assert all(cell.summary for cell in all_cells(sets, tmp_path, ("bm25",)))
    assert opened == ["bm25"]


@pytest.mark.usefixtures("embedder")
def test_a_run_that_was_cut_short_goes_on(sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = standings.evaluate

    def cut(plan: Any) -> Any:
        really(plan)
        folder = plan.folder
        (folder / "summary.json").unlink()
        lines = (folder / "results.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / "results.jsonl").write_text("".join(lines[:1]), encoding="utf-8")
        raise KeyboardInterrupt

    monkeypatch.setattr(standings, "evaluate", cut)
    with pytest.raises(KeyboardInterrupt):
        all_cells(sets, tmp_path, ("bm25",))
    asked: list[int] = []

    def counted(plan: Any) -> Any:
        finished = really(plan)
        asked.append(finished.asked)
        return finished

    monkeypatch.setattr(standings, "evaluate", counted)
    all_cells(sets, tmp_path, ("bm25",))
    assert asked == [2, 1]


def test_a_system_that_cannot_be_asked_does_not_stop_the_others(
    embedder: HashedEmbedder, sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Path:
        raise EvaluationError("a package is missing")

    monkeypatch.setattr(tutorial, "_minilm", missing)
    text = table(all_cells(sets, tmp_path, ("tutorial", "bm25")))
    assert "Not measured:\n\n- town, tutorial: a package is missing" in text
    assert "| town | 3 | bm25 |" in text


def test_a_sample_is_the_same_every_time_and_in_the_order_of_the_set(sets: Path) -> None:
    rows = [{"id": str(n), "question": f"问题 {n}？"} for n in range(100)]
    save(sets / "town" / "questions.jsonl", rows)
    questions = read_set(sets / "town" / "questions.jsonl")
    drawn = [int(case.id) for case in sample(questions, 10).cases]
    assert drawn == sorted(drawn) == [int(case.id) for case in sample(questions, 10).cases]
    assert (len(set(drawn)), drawn != list(range(10))) == (10, True)
    assert sample(questions, None) is sample(questions, 100) is questions


def test_the_corpus_of_a_variant_is_its_own_where_there_is_one(sets: Path) -> None:
    save(sets / "town" / "corpus_late.jsonl", [{"id": "x", "text": "一"}])
    assert [(asked.name, asked.corpus.name) for asked in sets_in(sets)] == [
        ("town", "corpus.jsonl"),
        ("town late", "corpus_late.jsonl"),
    ]
    with pytest.raises(EvaluationError, match="no set there"):
        sets_in(sets / "town")


def test_the_best_of_a_set_is_bold_and_low_is_good_for_false_refusals() -> None:
    def cell(system: str, right: float, refused: float) -> Cell:
        share = {"value": right, "low": 0, "high": 1}
        summary = {"n": 9, "answers": {"right": share}, "refusal": {"false_refusal": {**share, "value": refused}}}
        return Cell(asked=Asked(name="town", questions=Path("q"), corpus=Path("c")), system=system, summary=summary)

    first, second = table([cell("ours", 0.9, 0.2), cell("bm25", 0.5, 0.0)]).splitlines()[2:]
    assert first == "| town | 9 | ours | – | – | – | **0.900** | – | – | 0.200 | – | – |"
    assert second == "| town | 9 | bm25 | – | – | – | 0.500 | – | – | **0.000** | – | – |"


def test_a_cut_corpus_holds_what_is_asked_about_and_others_by_chance(sets: Path, tmp_path: Path) -> None:
    corpus = sets / "town" / "corpus.jsonl"
    more = [{"id": f"other-{n:02}", "title": None, "text": f"第{n}号通知。"} for n in range(20)]
    save(corpus, [json.loads(line) for line in corpus.read_text(encoding="utf-8").splitlines()] + more)
    asked = sets_in(sets)[0]
    found = cut(asked, 7, tmp_path / "work")
    ids = [json.loads(line)["id"] for line in found.corpus.read_text(encoding="utf-8").splitlines()]
    assert len(ids) == len(set(ids)) == 7
    assert {"bins", "buses"} <= set(ids)
    assert found.corpus.parent == tmp_path / "work" / "town"
    assert cut(asked, 7, tmp_path / "elsewhere").corpus.read_bytes() == found.corpus.read_bytes()
    assert len(cut(asked, 1, tmp_path / "work").corpus.read_text(encoding="utf-8").splitlines()) == 2
    assert len(cut(asked, 99, tmp_path / "work").corpus.read_text(encoding="utf-8").splitlines()) == 22


def test_pooled_sets_are_asked_over_the_articles_of_all_of_them(sets: Path, tmp_path: Path) -> None:
    (sets / "city").mkdir()
    save(sets / "city" / "corpus.jsonl", [{"id": "trams", "title": None, "text": "电车每五分钟一班。"}])
    save(sets / "city" / "corpus_other.jsonl", [{"id": "boats", "title": None, "text": "渡船每小时一班。"}])
    for name in ("questions.jsonl", "questions_other.jsonl"):
        save(sets / "city" / name, [QUESTIONS[2]])
    found = chosen(sets, None, None, tmp_path / "work", pool=True)
    assert [asked.name for asked in found] == ["pool: city", "pool: town", "pool: town late"]
    corpus = {asked.corpus for asked in found}.pop()
    ids = [json.loads(line)["id"] for line in corpus.read_text(encoding="utf-8").splitlines()]
    assert ids == ["trams", "bins", "buses"]
    assert chosen(sets, ["town"], 1, tmp_path / "work", pool=True)[0].corpus != corpus
    save(sets / "city" / "corpus.jsonl", [{"id": "bins", "title": None, "text": "电车每五分钟一班。"}])
    with pytest.raises(EvaluationError, match="the id bins stands in another set too"):
        chosen(sets, None, None, tmp_path / "work", pool=True)


@pytest.mark.usefixtures("embedder")
def test_answers_over_a_cut_corpus_are_kept_apart(sets: Path, tmp_path: Path) -> None:
    settings = load_settings(index=tmp_path / "usual")
    for most in (1, 2):
        asked = [cut(each, most, tmp_path / "work") for each in sets_in(sets)]
        cells = list(measured(asked, ("bm25",), tmp_path / "work", settings, limit=None, console=QUIET))
        assert all(cell.summary for cell in cells)
    assert len(list((tmp_path / "work" / "town").glob("questions-all-of-corpus-*"))) == 2
