"""From files to the index, on the command line: what is told, what is kept, and how it ends."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from rich.console import Console

from rag import ingest as ingest_module
from rag.__main__ import main
from rag.errors import IndexMissing
from rag.index import Index
from rag.ingest import NothingToIngest, build_index_if_stale, ingest
from rag.manifest import FORMAT, current_generation, writing
from rag.retrieval import open_index
from rag.settings import Settings, load_settings
from tests.rag.hashed_embedder import HashedEmbedder
from tests.rag.test_index import article

NEWS = "联盟成立\n2024年11月5日，长三角G60科创走廊发起成立ESG发展联盟，九个城市参加了签约仪式。"
NOTICE = "收费通知\n大桥收费标准为每车十五元，自2019年10月1日起执行，请广大车主周知。"


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_module, "load_embedder", lambda name, cache: HashedEmbedder())


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "news.txt").write_text(NEWS, encoding="utf-8")
    (articles / "notice.txt").write_text(NOTICE, encoding="utf-8")
    monkeypatch.setenv("WENJU_ARTICLES", str(articles))
    monkeypatch.setenv("WENJU_INDEX", str(tmp_path / "index"))
    return load_settings()


def index_of(settings: Settings) -> Index:
    return open_index(settings, HashedEmbedder())  # type: ignore[arg-type]


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.argv", ["rag", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_the_articles_of_the_settings_are_the_default(settings: Settings) -> None:
    assert ingest(settings).sync.added == ("news", "notice")
    assert [each.id for each in index_of(settings).articles()] == ["news", "notice"]


def test_the_paths_that_are_given_are_all_that_is_wanted(settings: Settings) -> None:
    ingest(settings)
    report = ingest(settings, [settings.articles / "notice.txt"])
    assert (report.sync.removed, report.sync.unchanged) == (("news",), ("notice",))


def test_what_holds_no_article_is_told_and_the_rest_is_indexed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (settings.articles / "empty.txt").write_bytes(b"")
    (settings.articles / "picture.txt").write_bytes(bytes(range(256)) * 40)
    assert run("ingest", monkeypatch=monkeypatch) == 0
    told = capsys.readouterr().out
    assert "empty.txt: empty" in told
    assert "picture.txt: " in told
    assert [each.id for each in index_of(settings).articles()] == ["news", "notice"]


def test_a_file_whose_name_is_no_text_is_told_and_the_rest_is_indexed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read = [article("\udcff\udcfe", NOTICE), article("news", NEWS)]
    monkeypatch.setattr(ingest_module, "read_articles", lambda *paths: iter(read))
    assert run("ingest", monkeypatch=monkeypatch) == 0
    assert "??: its name is not valid text" in capsys.readouterr().out
    assert [each.id for each in index_of(settings).articles()] == ["news"]


def test_the_table_counts_what_became_of_the_articles(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ingest(settings)
    (settings.articles / "news.txt").write_text(NEWS + "联盟将发布白皮书，并举办交流活动。", encoding="utf-8")
    (settings.articles / "notice.txt").unlink()
    (settings.articles / "third.txt").write_text("第三篇\n" + NOTICE, encoding="utf-8")
    assert run("ingest", monkeypatch=monkeypatch) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["added", "1", "third"] in rows
    assert ["updated", "1", "news"] in rows
    assert ["removed", "1", "notice"] in rows
    assert ["unchanged", "0"] in rows


@pytest.mark.parametrize(
    ("prepare", "line"),
    [
        (lambda articles: [f.unlink() for f in articles.iterdir()], "There is no usable article in"),
        (lambda articles: [f.write_bytes(b" ") for f in articles.iterdir()], "There is no usable article in"),
        (lambda articles: articles.rename(articles.with_name("moved")), "There is no file or folder"),
    ],
    ids=["an empty folder", "empty files", "no folder"],
)
def test_nothing_usable_is_one_line_and_exit_1(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    prepare: object,
    line: str,
) -> None:
    prepare(settings.articles)  # type: ignore[operator]
    assert run("ingest", monkeypatch=monkeypatch) == 1
    told = capsys.readouterr().err
    assert line in told
    assert told.count("\n") == 1
    assert not (settings.index / "current").exists()


def test_nothing_usable_keeps_the_index_that_is_there(settings: Settings, tmp_path: Path) -> None:
    ingest(settings)
    (tmp_path / "none").mkdir()
    with pytest.raises(NothingToIngest):
        ingest(settings, [tmp_path / "none"])
    assert len(index_of(settings).articles()) == 2


def test_a_second_ingest_at_once_is_one_line_and_exit_1(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with writing(settings.index):
        assert run("ingest", monkeypatch=monkeypatch) == 1
    assert capsys.readouterr().err.startswith("rag: Another ingest is writing the index")


def test_quiet_says_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("ingest", "--quiet", monkeypatch=monkeypatch) == 0
    assert capsys.readouterr() == ("", "")


def test_another_folder_for_the_index(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("ingest", "--index", str(tmp_path / "other"), monkeypatch=monkeypatch) == 0
    assert (tmp_path / "other/current").exists()
    with pytest.raises(IndexMissing):
        index_of(settings).articles()


def test_a_search_prints_the_passages_as_json(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ingest(settings)
    monkeypatch.setattr("rag.retrieval.load_embedder", lambda name, cache: HashedEmbedder())
    assert run("search", "大橋收費標準", "-k", "1", "--json", monkeypatch=monkeypatch) == 0
    told = json.loads(capsys.readouterr().out)
    [hit] = told["hits"]
    assert told["question"] == "大橋收費標準"
    assert hit["article_id"] == "notice"
    assert hit["text"] in NOTICE
    assert (hit["start"], hit["end"]) == (NOTICE.index(hit["text"]), NOTICE.index(hit["text"]) + len(hit["text"]))


def test_a_search_without_an_index_is_one_line_and_exit_1(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("search", "大桥", monkeypatch=monkeypatch) == 1
    assert capsys.readouterr().err == f"rag: No index at {settings.index}. Build it with: python -m rag ingest\n"


QUIET = Console(quiet=True)


def test_a_missing_index_is_built_and_a_fresh_one_left_alone(settings: Settings) -> None:
    assert build_index_if_stale(settings, console=QUIET) is not None
    assert build_index_if_stale(settings, console=QUIET) is None


def test_an_index_is_stale_when_a_file_came_changed_or_went(settings: Settings) -> None:
    build_index_if_stale(settings, console=QUIET)
    (settings.articles / "third.txt").write_text("第三篇\n" + NEWS, encoding="utf-8")
    added = build_index_if_stale(settings, console=QUIET)
    os.utime(settings.articles / "news.txt", ns=(1, 1))
    touched = build_index_if_stale(settings, console=QUIET)
    (settings.articles / "notice.txt").unlink()
    removed = build_index_if_stale(settings, console=QUIET)
    assert added is not None
    assert added.sync.added == ("third",)
    assert touched is not None
    assert not touched.sync.changed
    assert removed is not None
    assert removed.sync.removed == ("notice",)


def test_an_index_is_stale_when_articles_are_cleaned_in_another_way(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_index_if_stale(settings, console=QUIET)
    (tmp_path / "code").mkdir()
    (tmp_path / "code/cleaning.py").write_text("# another rule")
    monkeypatch.setattr(ingest_module, "_CODE", tmp_path / "code")
    assert build_index_if_stale(settings, console=QUIET) is not None
    assert build_index_if_stale(settings, console=QUIET) is None


def test_a_damaged_index_is_built_again(settings: Settings) -> None:
    build_index_if_stale(settings, console=QUIET)
    (settings.index / "current").write_text("nonsense")
    assert build_index_if_stale(settings, console=QUIET) is not None
    index_of(settings).check()


def test_an_index_of_the_format_before_is_built_anew_and_one_line_says_so(settings: Settings) -> None:
    build_index_if_stale(settings, console=QUIET)
    path = current_generation(settings.index) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 1}))
    console = Console(record=True, file=io.StringIO(), width=200)
    assert build_index_if_stale(settings, console=console) is not None
    [line] = [line for line in console.export_text().splitlines() if "built anew" in line]
    assert line.startswith("The index was built anew: ")
    assert line.endswith(f"was built with another format: 1, not {FORMAT}.")
    assert build_index_if_stale(settings, console=QUIET) is None


def test_an_index_of_chosen_paths_is_kept_up_to_these(settings: Settings, tmp_path: Path) -> None:
    chosen = tmp_path / "chosen.txt"
    chosen.write_text(NOTICE, encoding="utf-8")
    ingest(settings, [chosen])
    assert build_index_if_stale(settings, console=QUIET) is None
    chosen.write_text(NOTICE + "节假日免收通行费，以公告为准。", encoding="utf-8")
    report = build_index_if_stale(settings, console=QUIET)
    assert report is not None
    assert report.sync.updated == ("chosen",)
    chosen.unlink()
    assert build_index_if_stale(settings, console=QUIET) is None
    assert [each.id for each in index_of(settings).articles()] == ["chosen"]
