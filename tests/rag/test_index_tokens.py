"""The index keeps the tokens of its passages, and takes them over with the vectors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpus.fold import simplify
from rag.errors import IndexDamaged
from rag.index import Index
from rag.manifest import FORMAT, current_generation
from tests.rag.hashed_embedder import HashedEmbedder
from tests.rag.test_index import ALLIANCE, BRIDGE, ISLANDS, opened, synced


@pytest.fixture
def embedder() -> HashedEmbedder:
    return HashedEmbedder()


@pytest.fixture
def built(tmp_path: Path, embedder: HashedEmbedder) -> Path:
    synced(tmp_path, ALLIANCE, ISLANDS, embedder=embedder)
    return tmp_path


def passage_texts(index: Index) -> list[str]:
    """The passages in the order of their places."""
    found = []
    for each in index.generation().articles.all_placed():
        article = index.article(each.article_id)
        assert article is not None
        found.append(each.passage(article).text)
    return found


def test_a_synced_index_holds_the_tokens_of_a_fresh_one(built: Path, tmp_path: Path, embedder: HashedEmbedder) -> None:
    synced(built, BRIDGE, ISLANDS, embedder=embedder)
    synced(tmp_path / "fresh", BRIDGE, ISLANDS, embedder=embedder)
    after, fresh = (opened(path, embedder) for path in (built, tmp_path / "fresh"))
    texts = passage_texts(after)
    assert len(texts) > 2
    for place, text in enumerate(texts):
        kept = after.generation().tokens.of(place).tolist()
        assert kept == fresh.generation().tokens.of(place).tolist()
        assert len(kept) == len(embedder.token_spans(simplify(text))) > 0


def test_an_index_that_has_lost_its_tokens_says_so(built: Path, embedder: HashedEmbedder) -> None:
    (current_generation(built) / "tokens.npy").unlink()
    with pytest.raises(IndexDamaged, match=r"tokens\.npy"):
        opened(built, embedder).check()


@pytest.mark.parametrize("before", [1, FORMAT - 1])
def test_an_index_of_a_format_before_is_built_anew_of_its_own_vectors(
    built: Path, embedder: HashedEmbedder, before: int
) -> None:
    path = current_generation(built) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": before}))
    embedder.embedded.clear()
    report = synced(built, ALLIANCE, ISLANDS, embedder=embedder)
    assert report.unchanged == ("alliance", "islands")
    assert report.rebuilt is not None
    assert report.rebuilt.count("\n") == 0
    assert f"another format: {before}, not {FORMAT}" in report.rebuilt
    index = opened(built, embedder)
    index.check()
    generation_now = index.generation()
    passages = {simplify(text) for text in passage_texts(index)}
    assert set(embedder.embedded) == passages  # for their tokens; the windows keep their vectors
    assert len(passages) < len(generation_now.vectors)
