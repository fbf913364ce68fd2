"""Finding the passages that a question needs: by meaning and by words, on scales that can be added.

score = (cosine of the passage + cosine of its nearest window) / 2
      + WEIGHT * (share of the question's lexical weight + the same by BM25) / 2;
of the first candidates + WEIGHT * how much further the question's tokens find their like in the passage than in texts
that have nothing to do with it (`rag.late_interaction`). Each term has a weight of its own; a word of an English
question is one term, which a passage holds in English or in Chinese (`rag.dictionary`).
Both sides are compared in Simplified characters. Knows nothing of how an answer is worded.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from corpus.fold import fold, simplify, simplify_with_offsets
from corpus.passages import Span, sentences
from corpus.records import Article, Passage
from rag.aliases import everywhere, with_other_names, without_other_names
from rag.certainty import SUREST
from rag.copies import Found, collapsed
from rag.dictionary.lookup import look_up
from rag.errors import IndexDamaged
from rag.index import Generation, Index
from rag.index_articles import Placed
from rag.index_lexical import Weighed, is_han
from rag.index_scope import Scope
from rag.language import detect
from rag.language_means import Side
from rag.late_interaction import AskedTokens, Likeness, alignment, likeness, signs_of, starts_of
from rag.latest import Latest
from rag.manifest import PassageSettings
from rag.models import Embedder, Vectors, load_embedder
from rag.reader.loading import NONE, load_reader
from rag.reader.reading import Ask, Read
from rag.records import Hit, Window
from rag.rereading import HITS, Reader, reread
from rag.scope import sees
from rag.settings import Settings

LEXICAL_WEIGHT = 0.2
ALIGNMENT_WEIGHT: Mapping[Side, float] = {"zh": 0.0, "en": 1.0}
"""What alignment counts beside the cosines, by the language of the question."""
_ALIGNED = 16  # different candidates, the first ones, that are compared token by token
_NEAREST = 50
_NEAREST_WINDOWS = 100
_DISTINCT = 4
"""With fewer hits than these that say different things, more candidates are looked at."""
_MOST_TIMES = 64
_REMEMBERED = 256  # questions: what a page offers as examples is asked again and again
_ANY_NUMBER = 1_000_000
_SAYS_SOMETHING = re.compile(r"[^\W_]")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """A question made ready to be compared."""

    vector: Vectors
    plain_vector: Vectors
    """Without the shift towards Chinese passages; the same as `vector` for a Chinese question."""
    weighed: Weighed
    tokens: AskedTokens | None
    english: bool

    @property
    def side(self) -> Side:
        return "en" if self.english else "zh"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Aligned:
    """A passage compared with the question token by token."""

    like: Likeness
    starts: npt.NDArray[np.int64]
    """Where in the passage, in Simplified characters, its tokens start."""
    unrelated: float
    """How far the question would find its like in a text that has nothing to do with it."""

    def alignment(self, tokens: AskedTokens, within: npt.NDArray[np.bool_] | None = None) -> float:
        """With the passage, or with those of its tokens that are `within`."""
        return alignment(tokens, self.like if within is None else self.like[:, within]) - self.unrelated


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scored:
    """A candidate with its score."""

    place: int
    placed: Placed
    cosines: Vectors
    """Of the passage, then of its windows."""
    share: float
    score: float
    aligned: _Aligned | None = None
    """None where it was not compared token by token."""


class HybridRetriever:
    """Finds passages in one index. Safe to share between threads."""

    def __init__(
        self,
        index: Index,
        embedder: Embedder,
        *,
        lexical_weight: float = LEXICAL_WEIGHT,
        reader: Reader | None = None,
        readings_at_once: int | None = None,
    ) -> None:
        """`reader` reads the first hits again; without it they stay as they were matched.

        Questions that come while `readings_at_once` others are read are not read: they keep what was matched, and
        the rules that were learned for that. None: all are read.
        """
        self._index = index
        self._embedder = embedder
        self._reader = reader
        self._readings = threading.BoundedSemaphore(readings_at_once or _ANY_NUMBER)
        self._lexical_weight = lexical_weight
        self._latest: Latest[tuple[str, str, int, tuple[str, ...], int], tuple[Hit, ...]] = Latest(most=_REMEMBERED)

    @property
    def reader_name(self) -> str:
        """What reads the first hits again, or `none`."""
        return self._reader.name if self._reader else NONE

    @property
    def ask(self) -> Ask | None:
        """What finds the words that answer a question in some texts; None where the reader tells no places.

        It finds nothing while as many questions are read as may be at once.
        """
        return self._ask if self._reader and self._reader.tells_places else None

    def _ask(self, question: str, texts: Sequence[str]) -> list[Read]:
        if self._reader is None or not self._readings.acquire(blocking=False):
            return [Read(relevance=-SUREST) for _ in texts]
        try:
            return self._reader.read(question, texts)
        finally:
            self._readings.release()

    def article(self, article_id: str, articles: tuple[str, ...] = ()) -> Article | None:
        """The article as it was indexed, or None, also where the patterns `articles` do not let it be seen."""
        return self._index.article(article_id) if sees(articles, article_id) else None

    def passage(self, passage_id: str, articles: tuple[str, ...] = ()) -> tuple[Passage, Article] | None:
        """The passage with its article, or None, also where the patterns `articles` do not let it be seen."""
        found = self._index.passage(passage_id)
        return found if found and sees(articles, found[1].id) else None

    def share_of(self, query: str) -> Callable[[Article], float]:
        """What gives the part of the lexical weight of `query` that a whole article holds, in [0, 1]."""
        weighed = _weighed(query, self._index.generation(), english=detect(query) == "en")
        return lambda article: weighed.share(fold(f"{article.title or ''}\n{article.text}"))

    def articles(self) -> list[Article]:
        """All articles of the index, by id."""
        return self._index.articles()

    def check(self) -> None:
        """Returns if questions can be answered; raises `IndexUnusable` with one line that says what to do."""
        self._index.check()

    def retrieve(
        self, query: str, *, limit: int = 8, articles: tuple[str, ...] = (), one_of: int = 1
    ) -> tuple[Hit, ...]:
        """The passages nearest to `query`, best first, at most `limit`. None where it has no letter and no digit.

        Only articles that the patterns `articles` let be seen are searched and named. Of a question in several parts,
        `query` is `one_of` them: the reader's time is shared among them.
        """
        query = query.encode("utf-8", "replace").decode("utf-8")  # half of a surrogate pair matches nothing
        if not _SAYS_SOMETHING.search(query):
            return ()
        generation = self._index.generation()
        key = (generation.manifest.collection, query, limit, articles, one_of)
        hits = self._latest.get(key)
        if hits is None:
            # As many as are read, however few are wanted: which is the best one must not hang on that.
            hits = self._searched(query, generation, limit=max(limit, HITS if self._reader else 0), articles=articles)
            if self._reader:
                if not self._readings.acquire(blocking=False):
                    return hits[:limit]
                try:
                    hits = reread(query, hits, self._reader, one_of=one_of)[:limit]
                finally:
                    self._readings.release()
            self._latest.put(key, hits)
        return hits

    def _searched(
        self, query: str, generation: Generation, *, limit: int, articles: tuple[str, ...]
    ) -> tuple[Hit, ...]:
        scope = generation.scope(articles)
        if scope is not None and not scope.articles:
            return ()
        asked = self._asked(query, generation)
        times = 1
        hits, more = self._hits(asked, generation, scope, limit=limit, times=times)
        while more and len(hits) < min(limit, _DISTINCT) and times < _MOST_TIMES:
            times *= 8  # hundreds of copies of one article must not be all that is found
            hits, more = self._hits(asked, generation, scope, limit=limit, times=times)
        return hits

    def _hits(
        self, asked: _Asked, generation: Generation, scope: Scope | None, *, limit: int, times: int
    ) -> tuple[tuple[Hit, ...], bool]:
        """The first `limit` hits among `times` as many candidates as usual, and whether there may be more."""
        ranks = _candidates(asked, generation, scope, times=times)
        placed = generation.articles.placed({place for places in ranks.values() for place in places})
        # Buttons and notices in Latin letters lie near every English question.
        telling = {place: each for place, each in placed.items() if not (asked.english and each.content == "little")}
        cosines = _cosines(telling, asked, generation)
        usual = sum(len(each.matched) for each in telling.values()) / max(1, len(telling))
        scored = [self._scored(place, each, cosines[place], asked, usual) for place, each in telling.items()]
        scored = self._aligned(sorted(scored, key=_best_first), asked, generation)
        hits = collapsed((_found(each, asked, ranks, generation) for each in scored), limit=limit)
        return hits, len(ranks["lexical"]) >= _NEAREST * times or len(ranks["dense"]) >= _NEAREST * times

    def _asked(self, query: str, generation: Generation) -> _Asked:
        english = detect(query) == "en"
        read = self._embedder.read_question(simplify(query))
        plain = read.vector
        return _Asked(
            vector=_unit(plain + self._embedder.means.shift) if english else plain,
            plain_vector=plain,
            weighed=_weighed(query, generation, english=english),
            tokens=self._embedder.asked_tokens(read, "en" if english else "zh"),
            english=english,
        )

    def _scored(self, place: int, placed: Placed, cosines: Vectors, asked: _Asked, usual_length: float) -> _Scored:
        share = asked.weighed.share(placed.matched)
        nearness = float(cosines[0] + cosines[1:].max(initial=cosines[0])) / 2
        often = asked.weighed.bm25(placed.matched, usual_length=usual_length)
        score = nearness + self._lexical_weight * (share + often) / 2
        return _Scored(place=place, placed=placed, cosines=cosines, share=share, score=score)

    def _aligned(self, scored: Sequence[_Scored], asked: _Asked, generation: Generation) -> list[_Scored]:
        """`scored`, best first, of which the first are compared with the question token by token; copies count once."""
        if asked.tokens is None:
            return list(scored)
        known: dict[str, _Aligned | None] = {}
        found: list[_Scored] = []
        for each in scored:
            text = each.placed.matched
            if text not in known:
                if len(known) == _ALIGNED:
                    break
                known[text] = self._compared(each, asked.tokens, asked.side, generation)
            found.append(_with(known[text], each, asked.tokens, asked.side))
        return [*sorted(found, key=_best_first), *scored[len(found) :]]

    def _compared(self, scored: _Scored, tokens: AskedTokens, side: Side, generation: Generation) -> _Aligned | None:
        rows = generation.tokens.of(scored.place)
        if not len(rows):
            return None
        return _Aligned(
            like=likeness(tokens, signs_of(rows)),
            starts=starts_of(rows),
            unrelated=self._embedder.means.unrelated_to(side, scored.placed.side),
        )


def _cosines(placed: Mapping[int, Placed], asked: _Asked, generation: Generation) -> dict[int, Vectors]:
    """For each passage the cosines of the question with it and with its windows, by place."""
    rows = [generation.rows_of(place) for place in placed]
    vectors = (
        generation.vectors[np.concatenate(rows)].astype(np.float32)
        if rows
        else np.empty((0, len(asked.vector)), np.float32)
    )
    usual, plain = vectors @ asked.vector, vectors @ asked.plain_vector if asked.english else None
    found: dict[int, Vectors] = {}
    start = 0
    for (place, each), of_one in zip(placed.items(), rows, strict=True):
        end = start + len(of_one)
        found[place] = (plain if plain is not None and each.content == "other" else usual)[start:end]
        start = end
    return found


def _best_first(scored: _Scored) -> tuple[float, str]:
    return -scored.score, scored.placed.id


def _found(scored: _Scored, asked: _Asked, ranks: Mapping[str, Mapping[int, int]], generation: Generation) -> Found:
    placed = scored.placed
    article = generation.articles.article(placed.article_id)
    if article is None:
        raise IndexDamaged(f"The index has lost the article {placed.article_id}. Build it with: python -m rag ingest")
    passage, aligned, tokens = placed.passage(article), scored.aligned, asked.tokens
    hit = Hit(
        passage=passage,
        article=article,
        score=scored.score,
        similarity=float(scored.cosines[0]),
        share=scored.share,
        ranks={name: places[scored.place] for name, places in ranks.items() if scored.place in places},
        windows=_windows(placed.windows, scored.cosines[1:]),
        alignment=aligned.alignment(tokens) if aligned and tokens else 0.0,
        alignments=_alignments(passage, article, aligned, tokens) if aligned and tokens else {},
        names=generation.names,
    )
    return Found(hit=hit, matched=without_other_names(placed.matched))


def _alignments(passage: Passage, article: Article, aligned: _Aligned, tokens: AskedTokens) -> dict[int, float]:
    """How far the question finds its like in each sentence of `passage`, by where it starts in the article."""
    offsets = np.array(simplify_with_offsets(passage.text).offsets)
    starts = passage.start + offsets[np.minimum(aligned.starts, len(offsets) - 1)]
    return {
        sentence.start: aligned.alignment(tokens, (starts >= sentence.start) & (starts < sentence.end))
        for sentence in sentences(article.text, passage.start, passage.end)
    }


def _with(aligned: _Aligned | None, scored: _Scored, tokens: AskedTokens, side: Side) -> _Scored:
    if aligned is None:
        return scored
    return replace(scored, aligned=aligned, score=scored.score + ALIGNMENT_WEIGHT[side] * aligned.alignment(tokens))


def open_retriever(settings: Settings, *, readings_at_once: int | None = None) -> HybridRetriever:
    """The retriever that `settings` describe; `readings_at_once` as `HybridRetriever` takes it.

    Raises `ModelUnavailable` at once; an index that cannot be used is reported by `check` and by the first question,
    so that a server can start before its index is built.
    """
    embedder = load_embedder(settings.embedding_model, cache=settings.cache)
    reader = load_reader(settings.reranker, cache=settings.cache, embedder=embedder)
    index = open_index(settings, embedder)
    return HybridRetriever(index, embedder, reader=reader, readings_at_once=readings_at_once)


def open_index(settings: Settings, embedder: Embedder) -> Index:
    """The index that `settings` name. It is read at the first question or `check`."""
    return Index(settings.index, embedder=embedder, settings=passage_settings(settings), chroma_url=settings.chroma_url)


def passage_settings(settings: Settings) -> PassageSettings:
    return PassageSettings(tokens=settings.passage_tokens, overlap_sentences=settings.passage_overlap)


def _weighed(query: str, generation: Generation, *, english: bool) -> Weighed:
    if not english:
        return generation.lexical.weigh(fold(query))
    words = look_up(query)
    known = {word.english for word in words}
    asked = with_other_names(fold(query), everywhere(), generation.names)
    return generation.lexical.weigh(
        asked,
        counts=lambda term: is_han(term) or (term not in known and any(map(str.isdigit, term))),
        translated=[word.ways for word in words],
    )


def _candidates(asked: _Asked, generation: Generation, scope: Scope | None, *, times: int) -> dict[str, dict[int, int]]:
    """For each way of searching, the places that it finds and how it ranks them, from 1."""
    few, many = _NEAREST * times, _NEAREST_WINDOWS * times
    vectors = [asked.vector, *([asked.plain_vector] if asked.english and generation.has_other else [])]
    dense = [row for v in vectors for row in generation.nearest("passages", v, limit=few, scope=scope)]
    near = [row for v in vectors for row in generation.nearest("windows", v, limit=many, scope=scope)]
    lexical = generation.lexical.nearest(asked.weighed, limit=few, within=scope.within if scope else None)
    return {
        "dense": _ranks(generation.places(dense)),
        "window": _ranks(generation.places(near)),
        "lexical": _ranks(lexical),
    }


def _ranks(places: list[int]) -> dict[int, int]:
    return {place: rank for rank, place in enumerate(dict.fromkeys(places), start=1)}


def _windows(spans: tuple[Span, ...], cosines: npt.NDArray[np.float32]) -> tuple[Window, ...]:
    return tuple(
        Window(start=span.start, end=span.end, similarity=float(cosine))
        for span, cosine in zip(spans, cosines, strict=True)
    )


def _unit(vector: Vectors) -> Vectors:
    unit: Vectors = vector / np.linalg.norm(vector)
    return unit
