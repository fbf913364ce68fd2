"""An index build that is cut short goes on where it was, and one that went wrong by chance is tried again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rag import index_sync
from rag.errors import IndexDamaged
from rag.index import Generation
from rag.models import Vectors
from tests.rag.hashed_embedder import HashedEmbedder
from tests.rag.test_index import BRIDGE, ISLANDS, opened, synced


@pytest.fixture
def embedder() -> HashedEmbedder:
    return HashedEmbedder()


@pytest.fixture(autouse=True)
def kept_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_sync, "_KEPT_TOGETHER", 1)


class _Dies(HashedEmbedder):
    """Embeds so many texts and then fails."""

    most = 0

    def embed_passages(self, passages: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        if len(self.embedded) + len(passages) > self.most:
            raise KeyboardInterrupt
        return super().embed_passages(passages, progress)


@pytest.mark.parametrize("torn", [0, 1, 33])
def test_an_ingest_that_is_cut_short_embeds_only_the_rest(tmp_path: Path, embedder: HashedEmbedder, torn: int) -> None:
    dying = _Dies()
    dying.most = 3
    with pytest.raises(KeyboardInterrupt):
        synced(tmp_path, ISLANDS, BRIDGE, embedder=dying)
    (kept,) = tmp_path.glob("embedded-*.part")
    if torn:  # as a crash in the middle of the third leaves it
        kept.write_bytes(kept.read_bytes()[:-torn])
    synced(tmp_path, ISLANDS, BRIDGE, embedder=embedder)
    done = dying.embedded[: 2 if torn else 3]
    assert done
    assert not set(done) & set(embedder.embedded)
    fresh = tmp_path / "fresh"
    synced(fresh, ISLANDS, BRIDGE, embedder=HashedEmbedder())
    one, other = (opened(path, embedder).generation() for path in (tmp_path, fresh))
    assert one.vectors.tolist() == other.vectors.tolist()
    assert not list(tmp_path.glob("embedded-*.part"))


def test_what_a_crash_garbled_is_embedded_again(tmp_path: Path, embedder: HashedEmbedder) -> None:
    dying = _Dies()
    dying.most = 2
    with pytest.raises(KeyboardInterrupt):
        synced(tmp_path, ISLANDS, BRIDGE, embedder=dying)
    (kept,) = tmp_path.glob("embedded-*.part")
    content = bytearray(kept.read_bytes())
    content[40:44] = bytes(4)
    kept.write_bytes(content)
    synced(tmp_path, ISLANDS, BRIDGE, embedder=embedder)
    assert dying.embedded[0] in embedder.embedded
    assert dying.embedded[1] not in embedder.embedded


def test_vectors_of_another_model_are_not_taken_over(tmp_path: Path) -> None:
    dying = _Dies()
    dying.most = 2
    other = HashedEmbedder(fingerprint="second")
    with pytest.raises(KeyboardInterrupt):
        synced(tmp_path, ISLANDS, BRIDGE, embedder=dying)
    synced(tmp_path, ISLANDS, BRIDGE, embedder=other)
    assert set(dying.embedded) <= set(other.embedded)
    assert not list(tmp_path.glob("embedded-*.part"))


@pytest.mark.parametrize("unlucky", [1, 2, 3])
def test_a_graph_that_does_not_find_what_it_holds_is_drawn_again(
    tmp_path: Path, embedder: HashedEmbedder, monkeypatch: pytest.MonkeyPatch, unlucky: int
) -> None:
    tries: list[int] = []
    check = Generation.check

    def checked(generation: Generation) -> None:
        tries.append(1)
        if len(tries) <= unlucky:
            raise IndexDamaged("The index does not find what it holds (passages).")
        check(generation)

    monkeypatch.setattr(Generation, "check", checked)
    if unlucky == 3:
        with pytest.raises(IndexDamaged):
            synced(tmp_path, ISLANDS, BRIDGE, embedder=embedder)
        return
    synced(tmp_path, ISLANDS, BRIDGE, embedder=embedder)
    assert len(tries) == unlucky + 1
    found = opened(tmp_path, embedder).generation()
    assert found.store.count("passages") == len(found.twins["passages"].firsts)
