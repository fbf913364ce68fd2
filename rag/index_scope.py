"""The parts of an index that may be searched where not every article may be seen.

A search is told what it may find, so that the best of a part are found however many better ones lie outside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rag.index_articles import Articles
from rag.index_lexical import Lexical
from rag.index_twins import Twins
from rag.index_vectors import Kind
from rag.scope import seen

if TYPE_CHECKING:
    import tantivy

_REMEMBERED = 64
"""Parts: as many sites as are likely to ask at the same time."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """The part of one generation that some patterns let be seen."""

    articles: frozenset[str]
    rows: Mapping[Kind, Rows]
    """The rows of its vectors, in order."""
    within: tantivy.Query
    """What holds for its passages in the lexical index."""
    _ids: dict[Kind, list[str]] = field(default_factory=dict)

    def chroma_ids(self, kind: Kind, twins: Twins) -> list[str]:
        """The rows that stand for its vectors, as Chroma names them."""
        if kind not in self._ids:
            self._ids[kind] = [str(row) for row in twins.firsts_of(self.rows[kind])]
        return self._ids[kind]


class Scopes:
    """The parts of one generation, by the patterns that name them. Safe to share between threads."""

    def __init__(self, *, articles: Articles, lexical: Lexical, starts: Rows, vectors: int) -> None:
        """`starts` is the row of each passage, whose windows follow it; there are `vectors` rows."""
        self._articles = articles
        self._lexical = lexical
        self._starts = starts
        self._vectors = vectors
        self._of = lru_cache(maxsize=_REMEMBERED)(self._made)

    def of(self, patterns: tuple[str, ...]) -> Scope | None:
        """The part that `patterns` let be seen, or None where that is everything. The latest are remembered."""
        return self._of(patterns) if patterns else None

    def _made(self, patterns: tuple[str, ...]) -> Scope | None:
        article_ids = self._articles.article_ids()
        known = set(article_ids)
        articles = seen(patterns, known)
        if articles == known:
            return None
        inside = np.array([article_id in articles for article_id in article_ids])
        counts = np.diff(np.append(self._starts, self._vectors))
        windows = np.repeat(inside, counts)
        windows[self._starts] = False
        rows: dict[Kind, Rows] = {"passages": self._starts[inside], "windows": np.flatnonzero(windows)}
        return Scope(
            articles=articles,
            rows=rows,
            within=self._lexical.of_articles(articles),
        )
