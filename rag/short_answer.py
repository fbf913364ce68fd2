"""The answer in a few words, where a reader found it in the sentence that is quoted. Always the article's own words."""

from __future__ import annotations

import re

from corpus.fold import fold
from corpus.passages import Span
from rag.asking import Asked, Kind
from rag.evidence import Evidence
from rag.fitting import fits

SURE = 0.5
"""From this probability on, a few words are put before the quote. Below, the quote speaks for itself."""
RELEVANT = 0.0
"""From this relevance on, a logit, the text counts as one that answers: where it does not, sure words are less often
right."""
_MOST_CHARS = 60
_SEVERAL = re.compile(r"分别|各(?:是|有|在|自|占|为|由)|\b(?:both|each|respectively)\b")
_EDGES = " \t\r\n\u3000，,。、；;：:！!？?"


def likeliest(evidence: Evidence) -> Span | None:
    """Where the reader saw the answer in the sentence of `evidence`, however sure it was; None where it saw none."""
    reading = evidence.reading
    if reading is None or reading.answer is None:
        return None
    start, end = reading.answer
    if not evidence.span.start <= start < end <= evidence.span.end:
        return None
    words = evidence.article.text[start:end]
    start += len(words) - len(words.lstrip(_EDGES))
    end -= len(words) - len(words.rstrip(_EDGES))
    return Span(start, end) if start < end else None


def short_answer(evidence: Evidence, question: Asked) -> Span | None:
    """The few words of the sentence of `evidence` that answer `question`; None where they do not stand out.

    A number, a date, a company or the like that is asked for must be in them. Where several things are asked for there
    are none: the reader tells one stretch, which would pass for all of them. To English questions there are none
    either: it has learned from few of them, and is right about half of the time.
    """
    if question.english or question.kind is Kind.LIST or _SEVERAL.search(question.text):
        return None
    span = likeliest(evidence)
    reading = evidence.reading
    if span is None or reading is None or reading.sureness < SURE or reading.relevance < RELEVANT:
        return None
    if span.end - span.start > min(_MOST_CHARS, (evidence.span.end - evidence.span.start) / 2):
        return None
    words = fold(evidence.article.text[span.start : span.end])
    return span if fits(question, words) else None
