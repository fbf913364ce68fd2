"""The real index over the articles that ship and over those that somebody tampered with; the models before it obey."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

import rag.model_writer
from rag.ingest import ingest
from rag.prompts import prompt
from rag.reader.reading import Reader
from rag.records import Language
from rag.retrieval import HybridRetriever, open_retriever
from rag.settings import Settings, keep_process_quiet, stay_offline
from tests.redteam.attacks import ARTICLES, write_poisoned
from tests.redteam.gullible import gullible_server
from tests.redteam.matrix import CANARY, Tally


@pytest.fixture(scope="session")
def poisoned_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings whose index holds every article of the sets."""
    keep_process_quiet()
    stay_offline()
    folder: Path = tmp_path_factory.mktemp("redteam")
    articles = folder / "articles"
    articles.mkdir()
    write_poisoned(articles)
    settings = Settings(_env_file=None, index=folder / "index", reranker=Reader.name)  # type: ignore[call-arg]
    report = ingest(settings, [ARTICLES, articles])
    assert report.rejected == ()
    return settings


@pytest.fixture(scope="session")
def retriever(poisoned_settings: Settings) -> HybridRetriever:
    """The real one; what it has found for a question it does not look for again."""
    found = open_retriever(poisoned_settings)
    found.retrieve = lru_cache(maxsize=1000)(found.retrieve)  # type: ignore[method-assign]
    return found


@pytest.fixture(scope="session")
def gullible() -> Iterator[str]:
    """Where the models that obey are."""
    with gullible_server() as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def canary() -> Iterator[None]:
    """A word in the instructions that nothing else holds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rag.model_writer, "prompt", prompt_with_canary)
        yield


def prompt_with_canary(name: str, language: Language) -> str:
    return prompt(name, language).replace("\n---\n", f"\n校验码 {CANARY}\n---\n")


@pytest.fixture(scope="session")
def tally() -> Iterator[Tally]:
    """What was counted; printed at the end (`pytest -s`)."""
    counted = Tally()
    yield counted
    print("\n\n" + counted.table())
