"""Questions that a text asks itself and answers, as service guides (`问：……？ 答：……`) and interviews do.

Such a question is no answer to anybody's, and what answers it is seldom understood without it: `可以。`. Knows nothing
of who asks.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, takewhile

from corpus.passages import Span, sentences

_QUESTION = re.compile(r"[?？][)）\]】]*$")
_ASKS = re.compile(r"(?:问|問|[Qq](?:uestion)?\s?\d{0,2})\s?[:：.、]")
_ANSWERS = re.compile(r"(?:答|[Aa](?:nswer)?\s?\d{0,2})\s?[:：.、]")
_LINE = re.compile(r"[^\n]+")
_MOST_CHARS = 600
"""An answer reaches to the next question, but no further than so many characters from its own."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A question of a text, and its answer."""

    question: Span
    end: int
    """Where the answer ends."""


def entry_at(text: str, place: int) -> Entry | None:
    """The entry of `text` whose answer has `place`; None where none has."""
    found = _last(text, place)
    return found if found and found.question.end <= place < found.end else None


def is_question(text: str, span: Span) -> bool:
    """Whether the sentence at `span` is a question that `text` answers itself."""
    found = _last(text, span.start)
    return found is not None and span.end <= found.question.end


def _last(text: str, place: int) -> Entry | None:
    """The last entry that opens at `place` or before."""
    every = _entries(text)
    found = bisect_right(every, place, key=lambda each: each.question.start)
    return every[found - 1] if found else None


@lru_cache(maxsize=1024)
def _entries(text: str) -> tuple[Entry, ...]:
    """The entries of `text`, each of which begins a line, in their order."""
    found = [question for line in _LINE.finditer(text) if (question := _question(text, *line.span()))]
    every = (
        Entry(span, len(text[: min(following.start, span.end + _MOST_CHARS)].rstrip()))
        for span, following in pairwise([*found, Span(len(text), len(text))])
    )
    return tuple(each for each in every if each.end > each.question.end)


def _question(text: str, start: int, end: int) -> Span | None:
    """The question that the line from `start` to `end` begins with: all of the line, or what is answered on it."""
    told = sentences(text, start, end)
    asks = list(takewhile(lambda sentence: _QUESTION.search(text, sentence.start, sentence.end), told))
    if not asks:
        return None
    question = Span(asks[0].start, asks[-1].end)
    more = len(asks) < len(told)
    marked = _ASKS.match(text, question.start) or (more and _ANSWERS.match(text, told[len(asks)].start))
    return question if marked or not more else None
