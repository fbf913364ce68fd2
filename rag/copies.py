"""Hits that say the same: a syndicated copy is shown once, with the other articles that carry it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from corpus.fold import fold
from corpus.passages import sentences
from rag.records import Hit

_COVERED = 0.6
_SHINGLE = 5
_NOT_WORD = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d+|[零〇一二两三四五六七八九十百千万亿]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A hit with the folded text on which its passage is matched."""

    hit: Hit
    matched: str


@dataclass(slots=True)
class _Kept:
    found: Found
    shingles: frozenset[str]
    copies: list[Hit]


def collapsed(found: Iterable[Found], *, limit: int) -> tuple[Hit, ...]:
    """The first `limit` of `found`, best first, that add something to those before them. Reads no further than that.

    A passage of which more than 60 % stands in a better one is left out if what it says to the question stands in
    that article too, word for word, and none of its sentences but for the figures: one that gives another figure or
    name stays. Two articles may be cut at different places, so between them the shorter passage counts.
    """
    kept: list[_Kept] = []
    for each in found:
        shingles = _shingles(each.matched)
        # Several may cover it alike, of which only some say the same.
        likest = sorted(kept, key=lambda other: -_common(each, shingles, other))
        better = next((other for other in likest if _says_the_same(each, shingles, other)), None)
        if better is not None:
            if each.hit.article.id != better.found.hit.article.id:
                better.copies.append(each.hit)
        elif len(kept) < limit:
            kept.append(_Kept(found=each, shingles=shingles, copies=[]))
        else:
            break
    return tuple(_with_copies(each) for each in kept)


def _says_the_same(each: Found, shingles: frozenset[str], better: _Kept) -> bool:
    if _common(each, shingles, better) <= _COVERED:
        return False
    nearest = max(each.hit.windows, key=lambda window: window.similarity, default=None)
    said = each.hit.article.text[nearest.start : nearest.end] if nearest else each.hit.passage.text
    whole = better.found.hit.article.text
    return _words(fold(said)) in _article_words(whole) and not _gives_other_figures(each.hit, whole)


def _gives_other_figures(hit: Hit, whole: str) -> bool:
    """Whether `whole` has a sentence of `hit` with other numbers in it: a report was brought up to date.

    Only whole sentences count. How often a page was read is none.
    """
    text = hit.article.text
    spans = sentences(text, hit.passage.start, hit.passage.end)
    said = (fold(text[span.start : span.end]).rstrip() for span in spans)
    other = [
        words for words in (_words(each) for each in said if each.endswith("。")) if words not in _article_words(whole)
    ]
    return any(_NUMBER.sub("0", words) in _without_numbers(whole) for words in other)


def _with_copies(kept: _Kept) -> Hit:
    own = kept.found.hit.article.id
    articles = {copy.article.id: copy.article for copy in kept.copies if copy.article.id != own}
    return replace(kept.found.hit, copies=tuple(articles.values()))


@lru_cache(maxsize=512)
def _shingles(folded: str) -> frozenset[str]:
    words = _words(folded)
    return frozenset(words[place : place + _SHINGLE] for place in range(max(1, len(words) - _SHINGLE + 1)))


def _common(each: Found, shingles: frozenset[str], other: _Kept) -> float:
    same_article = each.hit.article.id == other.found.hit.article.id
    of = len(shingles) if same_article else min(len(shingles), len(other.shingles))
    return len(shingles & other.shingles) / of


@lru_cache(maxsize=64)
def _article_words(text: str) -> str:
    return _words(fold(text))


@lru_cache(maxsize=64)
def _without_numbers(text: str) -> str:
    return _NUMBER.sub("0", _article_words(text))


def _words(folded: str) -> str:
    return _NOT_WORD.sub("", folded)
