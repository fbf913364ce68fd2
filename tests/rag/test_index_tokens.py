"""The index keeps the tokens of its passages, and takes them over with the vectors."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from corpus.fold import simplify
from rag.errors import IndexDamaged
from rag.index import Index
from rag.index_tokens import StoredTokens
from rag.language_means import PARALLEL_QUESTIONS, Side
from rag.late_interaction import ReadText
from rag.manifest import FORMAT, current_generation
from rag.retrieval import HybridRetriever
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
        assert len(kept) == sum(letter.isalnum() for letter in simplify(text)) > 0


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


def test_tokens_of_other_passages_are_noticed(built: Path, tmp_path: Path, embedder: HashedEmbedder) -> None:
    folder = current_generation(built)
    rows = np.load(folder / "tokens.npy")
    np.save(folder / "tokens.npy", rows[:-1])
    with pytest.raises(IndexDamaged, match=r"tokens\.npy"):
        StoredTokens(folder, passages=len(passage_texts(opened(built, embedder))))


def test_a_model_that_tells_no_tokens_is_indexed_and_searched_by_its_vectors(tmp_path: Path) -> None:
    embedder = TellsNoTokens()
    synced(tmp_path, ALLIANCE, ISLANDS, BRIDGE, embedder=embedder)
    index = opened(tmp_path, embedder)
    hits = HybridRetriever(index, embedder).retrieve("大桥什么时候通车？")  # type: ignore[arg-type]
    assert hits[0].article.id == "bridge"
    assert all(hit.alignment == 0 and not hit.alignments for hit in hits)


def test_a_model_that_tells_tokens_after_one_that_told_none_has_them_indexed(
    tmp_path: Path, embedder: HashedEmbedder
) -> None:
    synced(tmp_path, ALLIANCE, embedder=TellsNoTokens())
    synced(tmp_path, ALLIANCE, ISLANDS, embedder=embedder)
    stored = opened(tmp_path, embedder).generation().tokens
    assert all(len(stored.of(place)) for place in range(len(passage_texts(opened(tmp_path, embedder)))))


class TellsNoTokens(HashedEmbedder):
    def __init__(self) -> None:
        super().__init__()
        self.tells_tokens = False

    def asked_tokens(self, question: ReadText, side: Side) -> None:
        return None


def test_what_the_tokens_are_compared_with_belongs_to_the_format() -> None:
    """An index keeps tokens less the mean of the parallel questions: with other ones, raise `FORMAT` and this."""
    digest = hashlib.sha256(PARALLEL_QUESTIONS.read_bytes()).hexdigest()[:8]
    assert (FORMAT, digest) == (4, "13da8ea8")
