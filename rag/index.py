"""The index as a reader sees it: articles, their vectors in Chroma, their tokens and terms, all of one generation.

Knows nothing of how hits are scored.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from corpus.records import Article, Passage
from rag import aliases, index_lexical, index_vectors
from rag.errors import BUILD_AGAIN, IndexDamaged, IndexForeign
from rag.index_articles import Articles
from rag.index_lexical import Lexical
from rag.index_names import read_names
from rag.index_scope import Rows, Scope, Scopes
from rag.index_tokens import StoredTokens
from rag.index_twins import Twins
from rag.index_vectors import Kind, VectorStore
from rag.manifest import (
    FORMAT,
    Manifest,
    PassageSettings,
    current_generation,
    pointer,
    read_manifest,
    verify_files,
)
from rag.models import Embedder

_NAMES = aliases.TABLE.name
_PROBES = 20
_EXACT = 4000  # rows: so few are compared one by one in less time than a graph is searched for them

Stored = npt.NDArray[np.float16]


class Generation:
    """One complete state of the index. Never changes, so that an answer is made of one state only."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        verify_files(folder, manifest)
        self.folder = folder
        self.manifest = manifest
        self.articles = Articles(folder / "articles.sqlite")
        self.vectors = open_vectors(folder, manifest)
        self.names = read_names(folder)
        self.tokens = StoredTokens(folder, passages=manifest.passages)
        counts = np.array(self.articles.window_counts(), dtype=np.int64)
        self.rows = np.concatenate([[0], np.cumsum(counts + 1)])[:-1]
        """Where the vectors of each passage begin: its own, then those of its windows."""
        self.has_other = self.articles.has_content("other")
        working = _writable(folder, self)
        self.lexical = _opened_lexical(working / "lexical")
        self.store = VectorStore(folder=working / "chroma", url=manifest.chroma_url, collection=manifest.collection)
        windows = np.setdiff1d(np.arange(len(self.vectors)), self.rows)
        self.twins: dict[Kind, Twins] = {
            "passages": Twins(self.vectors, self.rows),
            "windows": Twins(self.vectors, windows),
        }
        self._scopes = Scopes(articles=self.articles, lexical=self.lexical, starts=self.rows, vectors=len(self.vectors))

    def scope(self, patterns: tuple[str, ...]) -> Scope | None:
        """The part that `patterns` let be seen, or None where that is everything."""
        return self._scopes.of(patterns)

    def nearest(
        self, kind: Kind, vector: npt.NDArray[np.float32], *, limit: int, scope: Scope | None = None
    ) -> list[int]:
        """The rows nearest to `vector`, best first; only those in `scope`, where there is one.

        At most `limit` different vectors, so more rows where several have the same one.
        """
        twins = self.twins[kind]
        if scope is None:
            found = self.store.nearest(kind, vector, limit=limit)
            return [row for first in found for row in twins.of(first)]
        rows = scope.rows[kind]
        if len(rows) > _EXACT:
            found = self.store.nearest(kind, vector, limit=limit, among=scope.chroma_ids(kind, twins))
            return [row for first in found for row in twins.of(first, among=rows)]
        cosines = self.vectors[rows].astype(np.float32) @ vector
        return [int(row) for row in rows[np.argsort(-cosines, kind="stable")[:limit]]]

    def places(self, rows: Sequence[int]) -> list[int]:
        """The place of the passage that each row of the vectors belongs to."""
        found: list[int] = (np.searchsorted(self.rows, rows, side="right") - 1).tolist()
        return found

    def rows_of(self, place: int) -> Rows:
        """The row of a passage among the vectors, then those of its windows."""
        stop = self.rows[place + 1] if place + 1 < len(self.rows) else len(self.vectors)
        return np.arange(self.rows[place], stop)

    def check(self) -> None:
        """Returns if the index finds what it holds. Raises `IndexDamaged`.

        Chroma opens an emptied folder as an empty database and a lost segment as a smaller one, without an error: so
        some of the stored vectors are looked up.
        """
        for kind, twins in self.twins.items():
            rows = twins.firsts
            if self.store.count(kind) != len(rows):
                raise IndexDamaged(f"The index {self.folder} has lost vectors of {kind}. {BUILD_AGAIN}")
            for row in rows[np.linspace(0, len(rows) - 1, min(_PROBES, len(rows)), dtype=np.int64)]:
                wanted = self.vectors[row].astype(np.float32)
                found = self.store.nearest(kind, wanted, limit=1)
                if not found or float(self.vectors[found[0]].astype(np.float32) @ wanted) < 0.999:
                    raise IndexDamaged(f"The index {self.folder} does not find what it holds ({kind}). {BUILD_AGAIN}")
        if self.lexical.passages != len(self.rows):
            raise IndexDamaged(f"The index {self.folder} has lost terms of passages. {BUILD_AGAIN}")

    def close(self) -> None:
        self.store.close()
        self.articles.close()


class Index:
    """The index at a path, always in its current generation: an ingest that finishes is seen by the next question."""

    def __init__(
        self, path: Path, *, embedder: Embedder, settings: PassageSettings, chroma_url: str | None = None
    ) -> None:
        self._path = path
        self._embedder = embedder
        self._settings = settings
        self._chroma_url = chroma_url
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._generation: Generation | None = None

    def generation(self) -> Generation:
        """The current generation, opened anew when the pointer has changed.

        Raises `IndexMissing`, `IndexForeign` or `IndexDamaged`, each with what to do.
        """
        with self._lock:
            seen = self._stamp()
            if self._generation is None or seen is None or seen != self._seen:
                # The one before is closed when the last question that reads it lets go of it.
                self._generation = self._opened()
                self._seen = seen
            return self._generation

    def check(self) -> None:
        """Returns if questions can be answered; raises `IndexUnusable` with one line that says what to do."""
        self.generation().check()

    def article(self, article_id: str) -> Article | None:
        return self.generation().articles.article(article_id)

    def passage(self, passage_id: str) -> tuple[Passage, Article] | None:
        """The passage with its article, or None."""
        return self.generation().articles.passage(passage_id)

    def articles(self) -> list[Article]:
        """All articles, by id."""
        return self.generation().articles.articles()

    def _opened(self) -> Generation:
        folder = current_generation(self._path)
        manifest = read_manifest(folder)
        ensure_own(folder, manifest, self._embedder, self._settings, self._chroma_url)
        generation = Generation(folder, manifest)
        generation.check()
        return generation

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = os.stat(pointer(self._path))
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino


def versions() -> dict[str, str]:
    """Of what the files of a generation are written with: the libraries, and the names for one thing."""
    return {
        "chromadb": index_vectors.version(),
        "tantivy": index_lexical.version(),
        _NAMES: aliases.edition(),
    }


def _libraries(versions: Mapping[str, str]) -> dict[str, str]:
    return {name: version for name, version in versions.items() if name != _NAMES}


def ensure_own(
    folder: Path, manifest: Manifest, embedder: Embedder, settings: PassageSettings, chroma_url: str | None
) -> None:
    """Returns if this process would build the index the same way. Raises `IndexForeign` with the first difference."""
    built_and_wanted = {
        "format": (manifest.format, FORMAT),
        "embedding model": (
            f"{manifest.model} ({manifest.dimension} numbers, {manifest.fingerprint})",
            f"{embedder.model_name} ({embedder.dimension} numbers, {embedder.fingerprint})",
        ),
        "passage settings": (manifest.passage_settings, settings),
        "Chroma server": (manifest.chroma_url, chroma_url),
        "table of names (rag/aliases.toml)": (manifest.versions.get(_NAMES), versions()[_NAMES]),
        "library versions": (_libraries(manifest.versions), _libraries(versions())),
    }
    for what, (built, wanted) in built_and_wanted.items():
        if built != wanted:
            raise IndexForeign(
                f"The index {folder} was built with another {what}: {built}, not {wanted}. {BUILD_AGAIN}"
            )


def open_vectors(folder: Path, manifest: Manifest) -> Stored:
    """The vectors of a generation, read from the disk as they are needed. Raises `IndexDamaged`."""
    try:
        vectors: Stored = np.load(folder / "vectors.npy", mmap_mode="r")
    except (OSError, ValueError) as error:
        raise IndexDamaged(f"The index {folder} is damaged: vectors.npy: {error}. {BUILD_AGAIN}") from None
    if vectors.shape != (manifest.vectors, manifest.dimension):
        raise IndexDamaged(f"The index {folder} is damaged: vectors.npy has the shape {vectors.shape}. {BUILD_AGAIN}")
    return vectors


def _opened_lexical(folder: Path) -> Lexical:
    try:
        return Lexical(folder)
    except (OSError, ValueError) as error:
        raise IndexDamaged(f"The index {folder} is damaged: {error}. {BUILD_AGAIN}") from None


def _writable(folder: Path, owner: Generation) -> Path:
    """`folder`, or where it may not be written a temporary copy: Chroma and tantivy lock even what they only read."""
    if os.access(folder, os.W_OK):
        return folder
    copy = Path(tempfile.mkdtemp(prefix="wenju-index-"))
    weakref.finalize(owner, shutil.rmtree, copy, ignore_errors=True)
    for name in ("lexical", "chroma"):
        if (folder / name).is_dir():
            shutil.copytree(folder / name, copy / name, copy_function=shutil.copyfile)
    return copy
