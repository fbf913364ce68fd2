"""One retriever alone over our own index: BM25, or the nearest vectors of passages.

Both compare in folded or Simplified characters, as the index holds them, so that neither loses for the script. They
do without what the assistant adds: fusion, windows, the shift of English questions, copies made one, refusal.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from corpus.fold import fold, simplify
from eval.systems.made import fingerprint_of, index_fingerprint
from eval.systems.quoting import Plain, Search, best_sentence
from rag.errors import IndexDamaged
from rag.index import Generation
from rag.models import Embedder, load_embedder
from rag.records import Hit
from rag.retrieval import open_index
from rag.settings import Settings


def open_single(name: Literal["bm25", "dense"], settings: Settings) -> Plain:
    """The system `name` over the index of `settings`. Raises `AssistantError`."""
    embedder = load_embedder(settings.embedding_model, cache=settings.cache)
    index = open_index(settings, embedder)
    generation = index.generation()
    return Plain(
        name=name,
        fingerprint=fingerprint_of(name, index_fingerprint(settings.index), settings.passages_per_answer),
        search=_bm25(generation) if name == "bm25" else _dense(generation, embedder),
        quoted=best_sentence,
        find=index.article,
        passages=settings.passages_per_answer,
    )


def _bm25(generation: Generation) -> Search:
    lexical = generation.lexical

    def search(question: str, limit: int) -> tuple[Hit, ...]:
        weights = lexical.weigh(fold(question)).weights
        # What the reader of the index gives is places; these hits show BM25's own score, so the engine is asked itself.
        engine, schema = lexical._tantivy, lexical._schema
        parts = [(engine.Occur.Should, engine.Query.term_query(schema, "terms", term, "freq")) for term in weights]
        if not parts:
            return ()
        found = lexical._searcher.search(engine.Query.boolean_query(parts), limit=limit, count=False).hits
        places = {int(lexical._searcher.doc(address)["place"][0]): float(score) for score, address in found}
        return _hits(generation, places, "lexical")

    return search


def _dense(generation: Generation, embedder: Embedder) -> Search:
    def search(question: str, limit: int) -> tuple[Hit, ...]:
        vector = embedder.embed_query(simplify(question))
        rows = generation.nearest("passages", vector, limit=min(limit, len(generation.rows)))[:limit]
        cosines = generation.vectors[rows].astype(np.float32) @ vector
        places = {place: float(cosine) for place, cosine in zip(generation.places(rows), cosines, strict=True)}
        return _hits(generation, places, "dense")

    return search


def _hits(generation: Generation, scores: dict[int, float], retriever: str) -> tuple[Hit, ...]:
    """The passages at the places of `scores`, the highest first."""
    placed = generation.articles.placed(scores.keys())
    best_first = sorted(scores, key=lambda place: (-scores[place], placed[place].id))
    hits = []
    for rank, place in enumerate(best_first, start=1):
        article = generation.articles.article(placed[place].article_id)
        if article is None:
            raise IndexDamaged(
                f"The index {generation.folder} has lost an article. Build it with: python -m rag ingest"
            )
        hits.append(
            Hit(
                passage=placed[place].passage(article),
                article=article,
                score=scores[place],
                similarity=scores[place] if retriever == "dense" else 0.0,
                share=0.0,
                ranks={retriever: rank},
            )
        )
    return tuple(hits)
