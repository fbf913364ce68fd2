"""What can be asked the questions of a set: the assistant, and plain systems to compare it with.

All of them read the same articles in the same way, so that a difference between two runs is one of search and answer:

ours       the assistant as it is
tutorial   what LangChain's introduction to RAG gives (`eval.systems.tutorial`)
bm25       our passages by BM25 alone, the best sentence of the first one quoted (`eval.systems.single`)
dense      our passages by our embedding model alone, quoted the same way
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console

from eval.errors import EvaluationError
from rag.settings import Settings

if TYPE_CHECKING:
    from eval.running import System

SYSTEMS = ("ours", "tutorial", "bm25", "dense")


@contextmanager
def open_system(
    name: str, articles: Path | None, index: Path | None, settings: Settings, console: Console
) -> Iterator[System]:
    """The system `name`, one of `SYSTEMS`, over `articles`, or over `index`, or over the index of `settings`.

    With `articles` alone it is built in a folder that is gone afterwards; with both it is built in `index`, unless it
    is there already, and stays. Raises `EvaluationError` or `AssistantError` with one line that says what to do.
    """
    if name not in SYSTEMS:
        raise EvaluationError(f"There is no system {name}. Choose one of: {', '.join(SYSTEMS)}.")
    with _place(articles, index) as place:
        own = settings.model_copy(
            update={"index": place or settings.index} | ({"chroma_url": None} if articles else {})
        )
        # Each takes seconds to import, and --help needs none of them.
        if name == "tutorial":
            from eval.systems.tutorial import open_tutorial

            with open_tutorial(own, articles, console=console) as system:
                yield system
            return
        if articles:
            _build(own, articles, keep=index is not None, console=console)
        if name == "ours":
            from eval.systems.ours import open_ours

            yield open_ours(own, check=articles is None)
        else:
            from eval.systems.single import open_single

            yield open_single("bm25" if name == "bm25" else "dense", own)


@contextmanager
def _place(articles: Path | None, index: Path | None) -> Iterator[Path | None]:
    if articles is None or index is not None:
        yield index
        return
    with TemporaryDirectory(prefix="wenju-eval-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "index"


def _build(settings: Settings, articles: Path, *, keep: bool, console: Console) -> None:
    from rag.ingest import build_index_if_stale, ingest_aloud

    if keep:
        build_index_if_stale(settings.model_copy(update={"articles": articles}), console=console)
    else:
        ingest_aloud(settings, [articles], console=console)
