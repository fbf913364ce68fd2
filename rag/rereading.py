"""Reading the first hits again, question and sentences together: a reader weighs what retrieval only matched.

The sentences that answer best by the words go to the reader, a few together with their neighbours; what it says goes
into the hits and decides their order. Knows nothing of the reader's insides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from corpus.passages import Span, sentences
from rag.asking import asked
from rag.certainty import SUREST, language_of, ranked_evidence
from rag.evidence import Evidence
from rag.reader.reading import Read
from rag.records import Hit, Reading

HITS = 8
"""The hits, the first ones, that are read."""
_VIEWS = 4
_LEAST_VIEWS = 2  # of each part of a question in several
_VIEW_CHARS = 140
"""Sentences are read together with neighbours up to so many characters: the reader was trained on such stretches."""
RELEVANCE_WEIGHT = {"zh": 0.02, "en": 0.0}
"""What one unit of relevance (a logit) is worth beside the fused score, in the order of the hits. Of English questions
the reader has learned from few; they keep their order."""


class Reader(Protocol):
    """What reads: ours, or another cross-encoder."""

    name: str
    tells_places: bool
    """Whether it finds the words that answer, or only how well a text does."""

    def read(self, question: str, texts: Sequence[str]) -> list[Read]:
        """What is found in each of `texts`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _View:
    """A few sentences of a hit that are read together."""

    hit: Hit
    span: Span


def reread(question: str, hits: Sequence[Hit], reader: Reader, *, one_of: int = 1) -> tuple[Hit, ...]:
    """`hits`, the first of them read by `reader` and put in the order of what it found.

    Where `question` is `one_of` several parts, less is read for it: whoever asks waits for all of them.
    """
    first, what = hits[:HITS], asked(question)
    views = list(islice(_views(ranked_evidence(what, first)), max(_LEAST_VIEWS, _VIEWS // one_of)))
    read = reader.read(question, [view.hit.article.text[view.span.start : view.span.end] for view in views])
    readings: dict[str, list[Reading]] = {}
    for view, found in zip(views, read, strict=True):
        readings.setdefault(view.hit.passage.id, []).append(_reading(view.span, found))
    known = [replace(hit, readings=tuple(readings.get(hit.passage.id, ()))) for hit in first]
    weight = RELEVANCE_WEIGHT[language_of(what)]
    return (*sorted(known, key=lambda hit: -_worth(hit, weight)), *hits[HITS:])


def _worth(hit: Hit, weight: float) -> float:
    relevance = max((reading.relevance for reading in hit.readings), default=-SUREST)
    return hit.score + weight * max(-SUREST, min(SUREST, relevance))


def _views(ranked: Sequence[Evidence]) -> Iterator[_View]:
    """The best sentences with their neighbours; a sentence that was in an earlier view begins no new one."""
    seen: dict[str, list[Span]] = {}
    for evidence in ranked:
        spans = seen.setdefault(evidence.article.id, [])
        if any(span.start <= evidence.span.start and evidence.span.end <= span.end for span in spans):
            continue
        span = _with_neighbours(evidence)
        spans.append(span)
        yield _View(hit=evidence.hit, span=span)


def _with_neighbours(evidence: Evidence) -> Span:
    """The sentence of `evidence` and as much around it, by whole sentences of the passage, as is read together."""
    passage = evidence.hit.passage
    spans = sentences(evidence.article.text, passage.start, passage.end)
    first = last = next(place for place, span in enumerate(spans) if span.start == evidence.span.start)
    while True:
        before = first and spans[last].end - spans[first - 1].start <= _VIEW_CHARS
        after = last + 1 < len(spans) and spans[last + 1].end - spans[first].start <= _VIEW_CHARS
        if not before and not after:
            return Span(spans[first].start, spans[last].end)
        first -= bool(before)
        if after and spans[last + 1].end - spans[first].start <= _VIEW_CHARS:
            last += 1


def _reading(span: Span, found: Read) -> Reading:
    return Reading(
        start=span.start,
        end=span.end,
        relevance=found.relevance,
        begins={span.start + place: probability for place, probability in found.begins.items()},
        answer=(span.start + found.answer[0], span.start + found.answer[1]) if found.answer else None,
        sureness=found.sureness,
    )
