"""Which articles may be seen: patterns of their ids, as a site or a question names them. Knows no index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase


def sees(patterns: Sequence[str], article_id: str) -> bool:
    """Whether `patterns` let the article be seen: one of them matches its id, letter case included. No patterns: all.

    `*` and `?` match a slash, too: `tax/*` lets everything be seen whose id begins with `tax/`.
    """
    return not patterns or any(fnmatchcase(article_id, pattern) for pattern in patterns)


def seen(patterns: Sequence[str], article_ids: Iterable[str]) -> frozenset[str]:
    """Those of `article_ids` that `patterns` let be seen."""
    return frozenset(article_id for article_id in article_ids if sees(patterns, article_id))
