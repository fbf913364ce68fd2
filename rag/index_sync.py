"""Bringing an index up to a set of articles: what is new is embedded, what is known keeps its vectors.

A new generation is built aside, looked up in, and only then put in the place of the old one. Knows nothing of files
of articles.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from corpus.fold import fold, simplify
from corpus.passages import split, windows
from corpus.records import Article
from rag import aliases
from rag.aliases import Names
from rag.errors import IndexDamaged, IndexMissing, IndexUnusable
from rag.index import Generation, ensure_own, open_vectors, versions
from rag.index_articles import Articles, Content, Placed, to_json, write_articles
from rag.index_lexical import matched_text, write_lexical
from rag.index_names import write_names
from rag.index_spool import Embedded, Half, Spool
from rag.index_tokens import StoredTokens, write_tokens
from rag.index_twins import Twins
from rag.index_vectors import Kind, VectorStore
from rag.language_means import Side
from rag.late_interaction import TokenRows
from rag.manifest import (
    FORMAT,
    Manifest,
    PassageSettings,
    current_generation,
    file_digests,
    make_current,
    new_generation,
    older_generations,
    read_manifest,
    unfinished_generations,
    verify_files,
    writing,
)
from rag.models import Embedder

Progress = Callable[[str, int, int], None]
"""Told the stage (`embed`, `vectors`, `terms`), how much of it is done, and how much it is."""

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LITTLE_HAN = 20
_LITTLE_WORDS = 30
_TRIES = 3
"""A graph of neighbours is drawn by chance, and now and then leaves a vector among near copies unreachable."""
_TOKENS_SINCE = 4  # the format of an index that keeps tokens
_NO_TOKENS: TokenRows = np.empty((0, 0), dtype=np.uint8)
_KEPT_TOGETHER = 512  # texts: what a build that is cut short may lose


@dataclass(frozen=True, kw_only=True, slots=True)
class SyncReport:
    """What became of each article, by id, in order."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    rebuilt: str | None = None
    """Why an index that held the same articles was built again, or None."""

    @property
    def changed(self) -> bool:
        return bool(self.added or self.updated or self.removed or self.rebuilt)


def sync(
    articles: Iterable[Article],
    *,
    path: Path,
    embedder: Embedder,
    settings: PassageSettings,
    chroma_url: str | None = None,
    progress: Progress | None = None,
) -> SyncReport:
    """Make the index at `path` hold exactly `articles`, whose ids all differ.

    The index that is there serves until the new one is complete, and stays if this fails; what was embedded until then
    is not embedded again. Raises `IndexBusy`, or `IndexUnusable` where the disk does not take it.
    """
    wanted = sorted(articles, key=lambda article: article.id)
    digests = {article.id: hashlib.sha256(to_json(article).encode()).hexdigest() for article in wanted}
    if len(digests) < len(wanted):
        raise ValueError("Two articles have the same id.")
    tell = progress or (lambda stage, done, total: None)
    try:
        with writing(path):
            report = _compared(path, digests, embedder, settings, chroma_url)
            if report.changed:
                spool = Spool(path, fingerprint=embedder.fingerprint, dimension=embedder.dimension)
                known = _known(path, embedder) | spool.read()
                for left in unfinished_generations(path):
                    _drop(left)
                building = new_generation(path)
                try:
                    _build(building, wanted, digests, known, spool, embedder, settings, chroma_url, tell)
                    make_current(path, building)
                    spool.clear()
                finally:
                    if building.exists():
                        _drop(building)
                for folder in older_generations(path):
                    _drop(folder)
            return report
    except OSError as error:
        raise IndexUnusable(f"The index {path} cannot be written: {error}. Free space or change the folder.") from None


def _compared(
    path: Path, digests: dict[str, str], embedder: Embedder, settings: PassageSettings, chroma_url: str | None
) -> SyncReport:
    before: dict[str, str] = {}
    rebuilt: str | None = None
    try:
        folder = current_generation(path)
        manifest = read_manifest(folder, older=True)
        before = dict(manifest.articles)
        ensure_own(folder, manifest, embedder, settings, chroma_url)
        generation = Generation(folder, manifest)
        try:
            generation.check()
        finally:
            generation.close()
    except IndexMissing:
        pass
    except IndexUnusable as error:
        rebuilt = str(error)
    return SyncReport(
        added=tuple(id_ for id_ in digests if id_ not in before),
        updated=tuple(id_ for id_, digest in digests.items() if id_ in before and before[id_] != digest),
        removed=tuple(id_ for id_ in before if id_ not in digests),
        unchanged=tuple(id_ for id_, digest in digests.items() if before.get(id_) == digest),
        rebuilt=rebuilt,
    )


def _known(path: Path, embedder: Embedder) -> dict[bytes, Embedded]:
    """What the index that is there has embedded, by digest of the text. Empty where it cannot be trusted."""
    try:
        folder = current_generation(path)
        manifest = read_manifest(folder, older=True)
        if (manifest.fingerprint, manifest.dimension) != (embedder.fingerprint, embedder.dimension):
            return {}
        verify_files(folder, manifest)
        vectors = open_vectors(folder, manifest)
        articles = Articles(folder / "articles.sqlite")
        texts = _embedded_texts(articles.all_placed(), {a.id: a for a in articles.articles()})
        known = {_digest(text.text): Embedded(vector=vectors[row]) for row, text in enumerate(texts)}
        if manifest.format >= _TOKENS_SINCE:
            tokens = StoredTokens(folder, passages=manifest.passages)
            passages = ((row, text) for row, text in enumerate(texts) if text.side is not None)
            for place, (row, text) in enumerate(passages):
                kept = tokens.of(place)
                # An earlier model may have told none.
                known[_digest(text.text)] = Embedded(vector=vectors[row], tokens=kept if len(kept) else None)
        articles.close()
        return known
    except IndexUnusable:
        return {}


def _build(
    folder: Path,
    articles: Sequence[Article],
    digests: dict[str, str],
    known: dict[bytes, Embedded],
    spool: Spool,
    embedder: Embedder,
    settings: PassageSettings,
    chroma_url: str | None,
    tell: Progress,
) -> None:
    given = [tuple(aliases.given(fold(article.text))) for article in articles]
    learned = aliases.learned(pair for pairs in given for pair in pairs)
    write_names(folder, learned)
    everywhere = (aliases.everywhere(), Names(learned))
    placed = [
        each
        for article, own in zip(articles, given, strict=True)
        for each in place_article(article, settings, (*everywhere, Names(own)))
    ]
    if not placed:
        raise IndexUnusable("There is no article to index. Name a folder that holds articles.")
    manifest = Manifest(
        format=FORMAT,
        versions=versions(),
        model=embedder.model_name,
        dimension=embedder.dimension,
        fingerprint=embedder.fingerprint,
        passage_settings=settings,
        collection=f"wenju-{uuid.uuid4().hex[:12]}",
        chroma_url=chroma_url,
        articles=digests,
        passages=len(placed),
        vectors=sum(1 + len(each.windows) for each in placed),
        files={},
    )
    manifest.write(folder)  # names the collections, should this be cut short
    texts = _embedded_texts(placed, {article.id: article for article in articles})
    embedded = _embedded(texts, known, spool, embedder, tell)
    vectors: Half = np.stack([each.vector for each in embedded])
    np.save(folder / "vectors.npy", vectors)
    passages = (each for each, text in zip(embedded, texts, strict=True) if text.side is not None)
    write_tokens(folder, [each.tokens if each.tokens is not None else _NO_TOKENS for each in passages])
    write_articles(folder / "articles.sqlite", articles, placed)
    write_lexical(
        folder / "lexical", ((each.article_id, each.matched) for each in placed), _counter(tell, "terms", len(placed))
    )
    manifest = replace(manifest, files=file_digests(folder, without="chroma"))
    manifest.write(folder)
    starts = np.cumsum([0, *(1 + len(each.windows) for each in placed)], dtype=np.int64)[:-1]
    rows: dict[Kind, list[int]] = {
        "passages": Twins(vectors, starts).firsts.tolist(),
        "windows": Twins(vectors, np.setdiff1d(np.arange(len(vectors)), starts)).firsts.tolist(),
    }
    for left in reversed(range(_TRIES)):
        _write_graphs(folder, manifest, rows, vectors, tell)
        try:
            _check(folder, manifest)
            return
        except IndexDamaged:
            if not left:
                raise


def _write_graphs(
    folder: Path, manifest: Manifest, rows: Mapping[Kind, list[int]], vectors: Half, tell: Progress
) -> None:
    """Put the vectors into Chroma, in the place of what an earlier try put there."""
    store = VectorStore(folder=folder / "chroma", url=manifest.chroma_url, collection=manifest.collection)
    store.drop()
    counter = _counter(tell, "vectors", sum(map(len, rows.values())))
    for kind, of_kind in rows.items():
        store.write(kind, of_kind, vectors, counter)
    store.close()


def _check(folder: Path, manifest: Manifest) -> None:
    """Raises `IndexDamaged` where the generation does not find what it holds."""
    complete = Generation(folder, manifest)
    try:
        complete.check()
    finally:
        complete.close()


def place_article(article: Article, settings: PassageSettings, names: Sequence[Names]) -> list[Placed]:
    """The passages of an article as they are indexed, found by all `names` of what they name."""
    passages = split(article, max_tokens=settings.tokens, overlap_sentences=settings.overlap_sentences)
    return [
        Placed(
            id=passage.id,
            article_id=passage.article_id,
            start=passage.start,
            end=passage.end,
            windows=tuple(windows(passage, max_chars=settings.window_chars)),
            matched=matched_text(article.title, passage.text, starts_article=place == 0, names=names),
            content=content_of(passage.text),
        )
        for place, passage in enumerate(passages)
    ]


def content_of(text: str) -> Content:
    """What a passage is written in, or `little` where it holds next to nothing to answer from."""
    han, words = len(_HAN.findall(text)), len(_WORD.findall(_HAN.sub(" ", text)))
    if han < _LITTLE_HAN and words < _LITTLE_WORDS:
        return "little"
    return "chinese" if han >= words else "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Text:
    """What is embedded for one row."""

    text: str
    side: Side | None = None
    """The language of a passage, whose tokens are kept; None for a window."""


def _embedded_texts(placed: Iterable[Placed], articles: dict[str, Article]) -> list[_Text]:
    """What is embedded, row by row: each passage, then its windows."""
    texts: list[_Text] = []
    for each in placed:
        text = articles[each.article_id].text
        texts.append(_Text(text=simplify(text[each.start : each.end]), side=each.side))
        texts += (_Text(text=simplify(text[span.start : span.end])) for span in each.windows)
    return texts


def _embedded(
    texts: Sequence[_Text], known: dict[bytes, Embedded], spool: Spool, embedder: Embedder, tell: Progress
) -> list[Embedded]:
    """What the model makes of each text, of passages also the signs of their tokens."""
    found = dict(known)
    missing: dict[bytes, _Text] = {}
    for text in texts:
        digest = _digest(text.text)
        wants_tokens = text.side is not None and embedder.tells_tokens
        if digest not in found or (wants_tokens and found[digest].tokens is None):
            # A short passage and its one window have the same text.
            missing[digest] = text if text.side is not None else missing.get(digest, text)
    todo = sorted(missing, key=lambda digest: -len(missing[digest].text))  # those of like length together
    count = _counter(tell, "embed", len(missing))
    for start in range(0, len(todo), _KEPT_TOGETHER):
        part = {digest: missing[digest] for digest in todo[start : start + _KEPT_TOGETHER]}
        fresh = _fresh(part, embedder, count)
        spool.add(fresh)
        found |= fresh
    return [found[_digest(text.text)] for text in texts]


def _fresh(texts: Mapping[bytes, _Text], embedder: Embedder, count: Callable[[int], None]) -> dict[bytes, Embedded]:
    """Embedded texts by digest."""
    sides = {digest: text.side for digest, text in texts.items() if text.side and embedder.tells_tokens}
    others = [digest for digest in texts if digest not in sides]
    fresh: dict[bytes, Embedded] = {}
    if sides:
        vectors, kept = embedder.embed_with_tokens([texts[d].text for d in sides], list(sides.values()), count)
        for digest, vector, tokens in zip(sides, vectors.astype(np.float16), kept, strict=True):
            fresh[digest] = Embedded(vector=vector, tokens=tokens)
    if others:
        vectors = embedder.embed_passages([texts[digest].text for digest in others], count).astype(np.float16)
        fresh |= {digest: Embedded(vector=vector) for digest, vector in zip(others, vectors, strict=True)}
    return fresh


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _counter(tell: Progress, stage: str, total: int) -> Callable[[int], None]:
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        tell(stage, done, total)

    return count


def _drop(folder: Path) -> None:
    """Remove a generation, and its collections where a server holds them."""
    try:
        manifest = read_manifest(folder, older=True)
        if manifest.chroma_url:
            VectorStore(folder=folder, url=manifest.chroma_url, collection=manifest.collection).drop()
    except IndexUnusable:
        pass  # its files go in any case
    shutil.rmtree(folder, ignore_errors=True)
