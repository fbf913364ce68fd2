"""What the reader learns from: a question with a text that answers it, and with texts that look as if they did.

Knows nothing of files and of networks.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from corpus.passages import Span, clauses, sentences
from rag.evidence import pairs
from rag.reader.changed import changed
from rag.reader.marked import MarkedQuestion, MarkedSet, holds

_VIEWS = (80, 120, 160)  # characters of a text
_VIEWS_OF_SAME = (60, 100, 140)
_RANDOM_VIEW = 120
_NEGATIVES = 3
_STOP_GROWING = 0.08
_TRIES = 4
_LIKE_THE_QUESTION = 0.5
_COMMAS = ",，"
_LEAST_LEFT = 6  # characters of a sentence of which a clause is cut out


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A question and a text that answers it, or does not."""

    question: str
    text: str
    answer: Span | None = None
    """In the characters of the text; None where it does not answer."""


def group(of: MarkedSet, asked: MarkedQuestion, rng: random.Random) -> list[Example]:
    """A question's examples: first a text that answers, then up to three that do not, a near miss before those that are
    made. Empty where the answer is longer than a text may be."""
    text = of.articles[asked.article]
    shown = _view(text, rng, at=asked.answer, most_chars=rng.choice(_VIEWS))
    if asked.answer.end > shown.end:
        return []
    answer = Span(asked.answer.start - shown.start, asked.answer.end - shown.start)
    first = Example(question=asked.text, text=text[shown.start : shown.end], answer=answer)
    makers = (_near_miss, *rng.sample(_MAKERS, len(_MAKERS)))
    made = (make(of, asked, shown, rng) for make in makers)
    return [first, *islice(filter(None, made), _NEGATIVES)]


def _near_miss(of: MarkedSet, asked: MarkedQuestion, shown: Span, rng: random.Random) -> Example | None:
    """A question in the same language that the article does not answer, and the text that is nearest to it."""
    misses = [each for each in of.misses.get(asked.article, ()) if each.foreign == asked.foreign]
    if not misses:
        return None
    miss, text = rng.choice(misses), of.articles[asked.article]
    view = _view(text, rng, at=miss.near, most_chars=rng.choice(_VIEWS))
    return Example(question=miss.text, text=text[view.start : view.end])


def _in_a_near_article(of: MarkedSet, asked: MarkedQuestion, shown: Span, rng: random.Random) -> Example | None:
    """The sentence of another article that is most like the question, and what stands around it."""
    if not asked.near:
        return None
    text = of.articles[rng.choice(asked.near)]
    best = _most_like(text, _sentences(text), asked.text, rng)
    view = _view(text, rng, at=best, most_chars=rng.choice(_VIEWS))
    return Example(question=asked.text, text=text[view.start : view.end])


def _elsewhere_in_the_article(of: MarkedSet, asked: MarkedQuestion, shown: Span, rng: random.Random) -> Example | None:
    text = of.articles[asked.article]
    without = [span for span in _sentences(text) if not holds(text[span.start : span.end], asked.spellings)]
    for _ in range(_TRIES):
        if without and rng.random() < _LIKE_THE_QUESTION:
            best = _most_like(text, without, asked.text, rng)
            view = _view(text, rng, at=best, most_chars=rng.choice(_VIEWS_OF_SAME))
        else:
            view = _view(text, rng, at=rng.choice(_sentences(text)), most_chars=_RANDOM_VIEW)
        if not holds(text[view.start : view.end], asked.spellings):
            return Example(question=asked.text, text=text[view.start : view.end])
    return None


def _another_question(of: MarkedSet, asked: MarkedQuestion, shown: Span, rng: random.Random) -> Example | None:
    """The same text, and a question that another place of the article answers."""
    text = of.articles[asked.article][shown.start : shown.end]
    others = [each for each in of.questions if each.article == asked.article]
    other = rng.choice(others) if others else asked
    if other.text == asked.text or holds(text, other.spellings):
        return None
    return Example(question=other.text, text=text)


def _without_the_answer(of: MarkedSet, asked: MarkedQuestion, shown: Span, rng: random.Random) -> Example | None:
    """The same text, from which the sentence that answers is cut out."""
    text = of.articles[asked.article]
    kept = "".join(
        text[span.start : span.end]
        for span in _sentences(text)
        if shown.start <= span.start and span.end <= shown.end and not _overlap(span, asked.answer)
    )
    return Example(question=asked.text, text=kept) if kept and not holds(kept, asked.spellings) else None


def _without_the_clause(of: MarkedSet, asked: MarkedQuestion, shown: Span, rng: random.Random) -> Example | None:
    """The same text, from which only the clause between two commas that answers is cut out."""
    text = of.articles[asked.article]
    own = next((span for span in _sentences(text) if span.start <= asked.answer.start < span.end), shown)
    start = max(text.rfind(comma, own.start, asked.answer.start) for comma in _COMMAS) + 1 or own.start
    ends = [end for comma in _COMMAS if (end := text.find(comma, asked.answer.end, own.end)) >= 0]
    end = min(ends) + 1 if ends else own.end - 1
    start -= not ends and start > own.start  # or a comma would stand before the end of the sentence
    kept = text[shown.start : start] + text[end : shown.end]
    if own.end - own.start - (end - start) < _LEAST_LEFT or holds(kept, asked.spellings):
        return None
    return Example(question=asked.text, text=kept)


def _with_a_changed_word(of: MarkedSet, asked: MarkedQuestion, shown: Span, rng: random.Random) -> Example | None:
    """The same text, and the question with one of its words changed."""
    text = of.articles[asked.article][shown.start : shown.end]
    question = changed(asked.text, text, rng, names=of.names)
    return Example(question=question, text=text) if question else None


_Maker = Callable[[MarkedSet, MarkedQuestion, Span, random.Random], Example | None]
_MAKERS: Sequence[_Maker] = (
    _in_a_near_article,
    _in_a_near_article,
    _elsewhere_in_the_article,
    _another_question,
    _without_the_answer,
    _without_the_clause,
    _with_a_changed_word,
    _with_a_changed_word,
)
"""What makes texts that do not answer. Twice the same: tried twice, and so more likely among the three."""


def _view(text: str, rng: random.Random, *, at: Span, most_chars: int) -> Span:
    """The sentences that `at` stands in and, mostly, neighbours of them, up to `most_chars`; a part of them where they
    alone are longer."""
    spans = _sentences(text)
    first = max((place for place, span in enumerate(spans) if span.start <= at.start), default=0)
    last = max((place for place, span in enumerate(spans) if span.start < at.end), default=first)
    while True:
        before = first > 0 and spans[last].end - spans[first - 1].start <= most_chars
        after = last + 1 < len(spans) and spans[last + 1].end - spans[first].start <= most_chars
        if not (before or after) or rng.random() < _STOP_GROWING:
            break
        if before and (not after or rng.random() < 0.5):
            first -= 1
        else:
            last += 1
    start, end = spans[first].start, spans[last].end
    if end - start > most_chars:
        start = max(start, min(at.start - rng.randrange(most_chars // 2), end - most_chars))
        end = start + most_chars
    return Span(start, end)


def _sentences(text: str) -> list[Span]:
    """The sentences of `text`, which semicolons end too."""
    return [part for sentence in sentences(text) for part in clauses(text, sentence)]


def _most_like(text: str, spans: Iterable[Span], question: str, rng: random.Random) -> Span:
    """The one of `spans` that shares most with `question`; among equals chance decides."""
    asked = pairs(question)
    return max(spans, key=lambda span: len(asked & pairs(text[span.start : span.end])) + rng.random())


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
