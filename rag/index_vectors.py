"""The vectors of an index in Chroma: which passages and windows lie nearest to a question. The door to Chroma."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from rag.errors import IndexDamaged, IndexUnusable
from rag.settings import keep_process_quiet

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api import ClientAPI

# Clients of one folder share what Chroma counts without a lock: one that opens while the last other closes would get
# a database that is being shut. Reentrant, because a reader may be collected while another is opened.
_OPENING = threading.RLock()

Kind = Literal["passages", "windows"]
_BATCH = 1000
_SEARCHED = 200  # candidates that HNSW looks at for a question; at least as many as are asked for

_NEIGHBOURS = 32  # twice Chroma's number: among hundreds of near copies, what differs from them stays reachable


class VectorStore:
    """The two collections of one generation. Ids are the rows of the generation's file of vectors."""

    def __init__(self, *, folder: Path, url: str | None, collection: str) -> None:
        keep_process_quiet()
        self._where = url or str(folder)
        self._client = _server(url) if url else _embedded(folder)
        self._collection = collection
        self._collections: dict[Kind, Collection] = {}
        self._close = weakref.finalize(self, _closed, self._client)

    def close(self) -> None:
        self._close()

    def write(self, kind: Kind, rows: list[int], vectors: npt.NDArray[Any], progress: Callable[[int], None]) -> None:
        """Put `vectors[rows]` into a new collection."""
        with _chroma_errors(self._where):
            collection = self._client.create_collection(
                f"{self._collection}-{kind}",
                embedding_function=None,
                configuration={
                    "hnsw": {
                        "space": "cosine",
                        "ef_search": _SEARCHED,
                        "ef_construction": _SEARCHED,
                        "max_neighbors": _NEIGHBOURS,
                    }
                },
            )
            for start in range(0, len(rows), _BATCH):
                batch = rows[start : start + _BATCH]
                collection.add(ids=[str(row) for row in batch], embeddings=vectors[batch].astype(np.float32))
                progress(len(batch))

    def count(self, kind: Kind) -> int:
        with _chroma_errors(self._where):
            return self._collection_of(kind).count()

    def nearest(
        self, kind: Kind, vector: npt.NDArray[np.float32], *, limit: int, among: list[str] | None = None
    ) -> list[int]:
        """The rows nearest to `vector`, best first; only those `among`, where it is given.

        Ids and not metadata say which: Chroma reads the metadata of half an index in the time of eight such queries.
        """
        with _chroma_errors(self._where):
            found = self._collection_of(kind).query(
                query_embeddings=vector[None, :], ids=among, n_results=limit, include=[]
            )
        return [int(row) for row in found["ids"][0]]

    def _collection_of(self, kind: Kind) -> Collection:
        if kind not in self._collections:
            name = f"{self._collection}-{kind}"
            self._collections[kind] = self._client.get_collection(name, embedding_function=None)
        return self._collections[kind]

    def drop(self) -> None:
        """Remove the collections, where they are."""
        for kind in ("passages", "windows"):
            with contextlib.suppress(Exception):  # they may be gone with their server; nothing rests on them any more
                self._client.delete_collection(f"{self._collection}-{kind}")


def version() -> str:
    import chromadb

    return chromadb.__version__


def _embedded(folder: Path) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    with _chroma_errors(str(folder)), _OPENING:
        return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))


def _server(url: str) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    parts = urlsplit(url)
    secure = parts.scheme == "https"
    try:
        return chromadb.HttpClient(
            host=parts.hostname or "localhost",
            port=parts.port or (443 if secure else 8000),
            ssl=secure,
            settings=Settings(anonymized_telemetry=False),
        )
    except (
        Exception
    ) as error:  # the client raises ValueError, httpx's errors and its own for a server that is not there
        raise IndexUnusable(
            f"No Chroma server answers at {url} ({type(error).__name__}). Start it, or correct WENJU_CHROMA_URL."
        ) from None


@contextlib.contextmanager
def _chroma_errors(where: str) -> Iterator[None]:
    """What Chroma raises over damaged files, as `IndexDamaged`.

    Its panics derive from BaseException only, so that `except Exception` would let them through.
    """
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:
        reason = (str(error).strip().splitlines() or [""])[0][:200]
        raise IndexDamaged(
            f"The vectors in {where} cannot be read: {type(error).__name__}: {reason}. "
            "Build the index again with: python -m rag ingest"
        ) from None


def _closed(client: ClientAPI) -> None:
    # Closing a client of a server leaves its connections open, and those of the second client inside it.
    clients = (client, getattr(client, "_admin_client", None))
    sessions = [getattr(getattr(each, "_server", None), "_session", None) for each in clients]
    with _OPENING:
        client.close()  # type: ignore[attr-defined]
    for session in sessions:
        if session is not None:
            session.close()
