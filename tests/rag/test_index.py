"""The index: what an ingest changes, that readers never see half of it, and what is said when it cannot be used."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from corpus.records import Article, Repair
from rag import index as index_module
from rag import index_sync
from rag.errors import IndexBusy, IndexDamaged, IndexForeign, IndexMissing, IndexUnusable
from rag.index import Index
from rag.index_articles import from_json, to_json
from rag.index_sync import SyncReport, sync
from rag.manifest import PassageSettings, current_generation, writing
from tests.rag.hashed_embedder import HashedEmbedder

SETTINGS = PassageSettings(tokens=64, overlap_sentences=1)


def article(id_: str, text: str, **changes: object) -> Article:
    known = Article(id=id_, title=None, text=text, source=None, author=None, published=None, url=None, script="hans")
    return replace(known, **changes)  # type: ignore[arg-type]


ALLIANCE = article(
    "alliance", "联盟成立\n" + "长三角G60科创走廊发起成立ESG发展联盟。联盟聚焦政策法规解读和教育咨询。" * 4
)
ISLANDS = article("islands", "馬祖列島位於臺灣海峽正北方，面臨閩江口。馬祖與中國大陸僅一水之隔。" * 4, script="hant")
BRIDGE = article("bridge", "大桥全长三千二百米。大桥于二〇一九年十月通车。收费标准为每车十五元。" * 4)


@pytest.fixture
def embedder() -> HashedEmbedder:
    return HashedEmbedder()


def synced(path: Path, *articles: Article, embedder: HashedEmbedder, **changes: object) -> SyncReport:
    settings = {"settings": SETTINGS, **changes}
    return sync(articles, path=path, embedder=embedder, **settings)  # type: ignore[arg-type]


def opened(path: Path, embedder: HashedEmbedder, **changes: object) -> Index:
    return Index(path, embedder=embedder, **{"settings": SETTINGS, **changes})  # type: ignore[arg-type]


@pytest.fixture
def built(tmp_path: Path, embedder: HashedEmbedder) -> Path:
    synced(tmp_path, ALLIANCE, ISLANDS, embedder=embedder)
    return tmp_path


def ids(path: Path, embedder: HashedEmbedder) -> list[str]:
    return [each.id for each in opened(path, embedder).articles()]


def test_a_second_ingest_adds_updates_and_removes_what_differs(built: Path, embedder: HashedEmbedder) -> None:
    longer = replace(ISLANDS, text=ISLANDS.text + "島上有機場。")
    report = synced(built, longer, BRIDGE, embedder=embedder)
    assert report == SyncReport(added=("bridge",), updated=("islands",), removed=("alliance",))
    assert opened(built, embedder).article("islands") == longer
    assert ids(built, embedder) == ["bridge", "islands"]


def test_an_ingest_of_the_same_articles_writes_nothing(built: Path, embedder: HashedEmbedder) -> None:
    before = current_generation(built)
    assert synced(built, ISLANDS, ALLIANCE, embedder=embedder) == SyncReport(unchanged=("alliance", "islands"))
    assert current_generation(built) == before


def test_what_was_embedded_once_is_not_embedded_again(built: Path, embedder: HashedEmbedder) -> None:
    embedder.embedded.clear()
    synced(built, ALLIANCE, replace(ISLANDS, author="林先生"), BRIDGE, embedder=embedder)
    assert embedder.embedded
    assert all(text in BRIDGE.text for text in embedder.embedded)


def test_a_synced_index_holds_the_vectors_of_a_fresh_one(built: Path, tmp_path: Path, embedder: HashedEmbedder) -> None:
    synced(built, BRIDGE, ISLANDS, embedder=embedder)
    synced(tmp_path / "fresh", BRIDGE, ISLANDS, embedder=embedder)
    after, fresh = (opened(path, embedder).generation() for path in (built, tmp_path / "fresh"))
    assert after.vectors.tolist() == fresh.vectors.tolist()
    assert after.articles.all_placed() == fresh.articles.all_placed()


def test_articles_come_back_word_for_word(tmp_path: Path, embedder: HashedEmbedder) -> None:
    full = article(
        "odd {braces} <b>",
        "標題\n第一句。\U00020bb7野家“引文”。\u3000全角\tＧ６０。half \ud83d surrogate.",
        title="標題",
        source="新華社",
        author="王 五",
        published=date(2024, 11, 5),
        url="https://example.org/?a=1&b=2",
        script="hant",
        repairs=(Repair(kind="reading", count=2, example="上(shang)海"),),
    )
    assert from_json(to_json(full)) == full
    synced(tmp_path, full, embedder=embedder)
    assert opened(tmp_path, embedder).article("odd {braces} <b>") == full
    assert opened(tmp_path, embedder).article("another") is None


def test_the_generation_before_the_last_one_goes(built: Path, embedder: HashedEmbedder) -> None:
    synced(built, ALLIANCE, embedder=embedder)
    synced(built, ISLANDS, embedder=embedder)
    assert sorted(folder.name for folder in (built / "generations").iterdir()) == ["000002", "000003"]


def test_an_open_index_sees_a_new_generation_at_its_next_question(built: Path, embedder: HashedEmbedder) -> None:
    index = opened(built, embedder)
    before = index.generation()
    synced(built, BRIDGE, embedder=embedder)
    assert [each.id for each in index.articles()] == ["bridge"]
    assert [each.id for each in before.articles.articles()] == ["alliance", "islands"]


def test_readers_see_the_old_index_or_the_new_one_and_nothing_between(built: Path, embedder: HashedEmbedder) -> None:
    seen: set[tuple[str, ...]] = set()
    failures: list[BaseException] = []
    done = threading.Event()
    index = opened(built, embedder)

    def read() -> None:
        try:
            while not done.is_set():
                generation = index.generation()
                seen.add(tuple(each.id for each in generation.articles.articles()))
                assert generation.store.nearest("passages", embedder.embed_query("联盟"), limit=3)
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    synced(built, BRIDGE, embedder=embedder)
    time.sleep(0.2)
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert seen <= {("alliance", "islands"), ("bridge",)}
    assert ("bridge",) in seen


def test_a_second_ingest_at_once_is_told_to_wait(built: Path, embedder: HashedEmbedder) -> None:
    with writing(built), pytest.raises(IndexBusy, match="Another ingest is writing"):
        synced(built, BRIDGE, embedder=embedder)
    assert ids(built, embedder) == ["alliance", "islands"]


KILLED = """
import os, signal, sys
from pathlib import Path
from rag import index_sync
from tests.rag.test_index import BRIDGE, ISLANDS, SETTINGS
from tests.rag.hashed_embedder import HashedEmbedder

def progress(stage, done, total):
    if stage == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] == "swap":
    index_sync.make_current = die
place, embedder = Path(sys.argv[1]), HashedEmbedder()
index_sync.sync([ISLANDS, BRIDGE], path=place, embedder=embedder, settings=SETTINGS, progress=progress)
"""


@pytest.mark.parametrize("moment", ["embed", "terms", "vectors", "swap"])
def test_an_ingest_that_is_killed_leaves_the_old_index_and_the_next_one_repairs(
    built: Path, embedder: HashedEmbedder, moment: str
) -> None:
    root = Path(__file__).resolve().parents[2]
    killed = subprocess.run([sys.executable, "-c", KILLED, str(built), moment], cwd=root, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert ids(built, embedder) == ["alliance", "islands"]
    assert list((built / "generations").glob("*.building"))
    report = synced(built, ISLANDS, BRIDGE, embedder=embedder)
    assert (report.added, report.removed) == (("bridge",), ("alliance",))
    assert not list((built / "generations").glob("*.building"))
    opened(built, embedder).check()


def test_an_ingest_that_fails_leaves_the_old_index(
    built: Path, embedder: HashedEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(index_sync, "write_lexical", full_disk)
    with pytest.raises(IndexUnusable, match="No space left on device"):
        synced(built, BRIDGE, embedder=embedder)
    assert ids(built, embedder) == ["alliance", "islands"]
    assert [folder.name for folder in (built / "generations").iterdir()] == ["000001"]


def test_an_index_that_was_never_built_is_missing(tmp_path: Path, embedder: HashedEmbedder) -> None:
    with pytest.raises(IndexMissing, match="python -m rag ingest"):
        opened(tmp_path / "nowhere", embedder).check()
    assert not (tmp_path / "nowhere").exists()


def generation(path: Path) -> Path:
    return current_generation(path)


def emptied(path: Path) -> None:
    for file in (f for f in path.rglob("*") if f.is_file()):
        file.write_bytes(b"")


def overwritten(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


def page_of_garbage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:12288] = os.urandom(8192)
    path.write_bytes(content)


DAMAGES = {
    "the generation is gone": lambda path: shutil.rmtree(generation(path)),
    "the pointer is garbage": lambda path: (path / "current").write_bytes(b"\xff\x00"),
    "the manifest is cut": lambda path: os.truncate(generation(path) / "manifest.json", 40),
    "the articles are gone": lambda path: (generation(path) / "articles.sqlite").unlink(),
    "the articles are garbage": lambda path: overwritten(generation(path) / "articles.sqlite"),
    "the vectors are cut": lambda path: os.truncate(generation(path) / "vectors.npy", 500),
    "the terms are gone": lambda path: shutil.rmtree(generation(path) / "lexical"),
    "the terms are empty": lambda path: emptied(generation(path) / "lexical"),
    "Chroma's folder is gone": lambda path: shutil.rmtree(generation(path) / "chroma"),
    "Chroma's folder is emptied": lambda path: emptied(generation(path) / "chroma"),
    "Chroma's database is cut to nothing": lambda path: os.truncate(generation(path) / "chroma/chroma.sqlite3", 0),
    "Chroma's database is garbage": lambda path: overwritten(generation(path) / "chroma/chroma.sqlite3"),
    "Chroma's database has garbage pages": lambda path: page_of_garbage(generation(path) / "chroma/chroma.sqlite3"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_says_so_and_the_next_ingest_repairs_it(
    built: Path, embedder: HashedEmbedder, damage: str
) -> None:
    DAMAGES[damage](built)
    with pytest.raises(IndexDamaged, match="python -m rag ingest") as caught:
        opened(built, embedder).check()
    assert "\n" not in str(caught.value)
    assert synced(built, ALLIANCE, ISLANDS, embedder=embedder).rebuilt
    opened(built, embedder).check()
    assert ids(built, embedder) == ["alliance", "islands"]


def test_vectors_that_chroma_has_lost_are_noticed(built: Path, embedder: HashedEmbedder) -> None:
    """Chroma opens such an index without an error and answers short."""
    store = opened(built, embedder).generation().store
    collection = store._client.get_collection(f"{store._collection}-windows", embedding_function=None)
    collection.delete(ids=collection.get(limit=1)["ids"])
    with pytest.raises(IndexDamaged, match="windows"):
        opened(built, embedder).check()


@pytest.mark.parametrize(
    "other",
    [HashedEmbedder(name="bge-m3"), HashedEmbedder(fingerprint="second"), HashedEmbedder(dimension=32)],
    ids=["another model", "other weights", "another dimension"],
)
def test_an_index_of_another_model_is_foreign_and_an_ingest_embeds_anew(built: Path, other: HashedEmbedder) -> None:
    with pytest.raises(IndexForeign, match="another embedding model"):
        opened(built, other).check()
    report = synced(built, ALLIANCE, ISLANDS, embedder=other)
    assert report.unchanged == ("alliance", "islands")
    assert report.rebuilt
    opened(built, other).check()


def test_an_index_of_other_passages_is_foreign(built: Path, embedder: HashedEmbedder) -> None:
    with pytest.raises(IndexForeign, match="passage settings"):
        opened(built, embedder, settings=replace(SETTINGS, tokens=128)).check()


def test_an_index_of_other_names_is_foreign(
    built: Path, embedder: HashedEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module.aliases, "edition", lambda: "other")
    with pytest.raises(
        IndexForeign, match=r"another table of names \(rag/aliases\.toml\): \w+, not other\. Build it again"
    ):
        opened(built, embedder).check()


def test_an_index_of_another_chroma_is_foreign(
    built: Path, embedder: HashedEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module.index_vectors, "version", lambda: "0.9.9")
    with pytest.raises(IndexForeign, match=r"library versions.*0\.9\.9"):
        opened(built, embedder).check()


def test_an_index_of_another_format_is_foreign(built: Path, embedder: HashedEmbedder) -> None:
    path = current_generation(built) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(IndexForeign, match="format 99"):
        opened(built, embedder).check()


def test_an_index_in_a_folder_that_may_not_be_written_serves_from_a_copy(
    built: Path, embedder: HashedEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write anywhere, so the question is answered for it."""
    monkeypatch.setattr(index_module.os, "access", lambda path, mode: False)
    files = {path: path.stat().st_mtime_ns for path in built.rglob("*")}
    index = opened(built, embedder)
    index.check()
    assert {path: path.stat().st_mtime_ns for path in built.rglob("*")} == files


def test_an_index_where_a_file_stands_is_one_clear_line(tmp_path: Path, embedder: HashedEmbedder) -> None:
    (tmp_path / "index").write_text("a file, not a folder")
    with pytest.raises(IndexUnusable, match="cannot be written"):
        synced(tmp_path / "index", BRIDGE, embedder=embedder)
    with pytest.raises(IndexDamaged, match="cannot be read"):
        opened(tmp_path / "index", embedder).check()


def test_nothing_to_index_is_an_error_and_keeps_what_is_there(built: Path, embedder: HashedEmbedder) -> None:
    with pytest.raises(IndexUnusable, match="no article"):
        synced(built, embedder=embedder)
    assert ids(built, embedder) == ["alliance", "islands"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(tmp_path / "server")]
    process = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


def test_vectors_may_lie_on_a_chroma_server(tmp_path: Path, embedder: HashedEmbedder, server: str) -> None:
    for articles in ((ALLIANCE,), (ALLIANCE, ISLANDS), (ISLANDS,)):
        synced(tmp_path / "index", *articles, embedder=embedder, chroma_url=server)
    index = opened(tmp_path / "index", embedder, chroma_url=server)
    index.check()
    client = index.generation().store._client
    assert len(client.list_collections()) == 4, "those of this generation and of the one before it"


def test_a_chroma_server_that_is_not_there_is_one_clear_line(tmp_path: Path, embedder: HashedEmbedder) -> None:
    with pytest.raises(IndexUnusable, match="No Chroma server answers at"):
        synced(tmp_path, ALLIANCE, embedder=embedder, chroma_url="http://127.0.0.1:9")
