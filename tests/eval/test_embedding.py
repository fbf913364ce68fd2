"""The comparison of the embedding model with the engine that its weights come from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import typer

from eval import embedding
from rag.models import Vectors
from tests.rag.hashed_embedder import HashedEmbedder


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "load_embedder", lambda cache: HashedEmbedder())
    monkeypatch.setattr(embedding, "_SETS", Path("no such folder"))


def test_the_same_vectors_pass(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(embedding, "packaged_vectors", HashedEmbedder().embed_passages)
    embedding.main(passages=5)
    told = capsys.readouterr().out
    assert "passages 5" in told
    assert "least 1.00000  mean 1.00000" in told
    assert "ratio" in told


def test_one_vector_that_differs_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def off(passages: Sequence[str]) -> Vectors:
        vectors = HashedEmbedder().embed_passages(passages)
        vectors[-1] = np.roll(vectors[-1], 1)
        return vectors

    monkeypatch.setattr(embedding, "packaged_vectors", off)
    with pytest.raises(typer.Exit) as ended:
        embedding.main(passages=5)
    assert ended.value.exit_code == 1
