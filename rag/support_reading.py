"""A text read once for the support check: its clauses, numbers, dates, titles and what each stands next to.

Knows nothing of which text is the sentence and which the evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from corpus.fold import fold
from rag import dates, quantities
from rag.names import persons
from rag.support_binding import Facts, Span
from rag.support_clauses import Clauses
from rag.support_spelling import spelled_alike

HAN = re.compile(r"[\u3400-\u9fff]+")
WORD = re.compile(r"[a-z]{4,}")
NOT_LETTERS = re.compile(r"[\W_]+")
_HOUR_AT_END = re.compile(r"\b([ap])\.m\.(?=\s+[A-Z])")
_CAPITALS = re.compile(r"\b(?=([A-Z][a-z]+ [A-Z][a-z]+)\b)")
_TITLE = re.compile(r"《([^《》]+)》")
_QUOTED = re.compile(r"“([^“”]+)”|「([^「」]+)」|\"([^\"]+)\"")


@dataclass(frozen=True, kw_only=True, slots=True)
class Title:
    """A 《title》 or a “quotation”."""

    text: str
    """With its marks."""
    words: str
    start: int
    end: int


class Reading:
    """What a text says that can be looked up. `text` is folded and spelled as `spelled_alike` does."""

    def __init__(self, text: str, published: date | None) -> None:
        self.text = spelled_alike(fold(_HOUR_AT_END.sub(r"\1m.", text)), published)
        self._capitals = dict.fromkeys(_CAPITALS.findall(text))
        self.published = published

    @cached_property
    def chinese(self) -> bool:
        """Whether more of the text is Chinese than English."""
        return sum(map(len, HAN.findall(self.text))) >= len(WORD.findall(self.text))

    @cached_property
    def clauses(self) -> Clauses:
        return Clauses(self.text)

    @cached_property
    def letters(self) -> str:
        """The text without spaces and punctuation."""
        return NOT_LETTERS.sub("", self.text)

    @cached_property
    def joined(self) -> str:
        """The text without the line breaks and spaces that scraped pages put between Chinese characters."""
        return re.sub(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])", "", self.text)

    @cached_property
    def pairs(self) -> frozenset[str]:
        """The pairs of Chinese characters next to each other."""
        return frozenset(run[i : i + 2] for run in HAN.findall(self.joined) for i in range(len(run) - 1))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The beginnings of its English words."""
        return frozenset(word[:4] for word in WORD.findall(self.text))

    @cached_property
    def numbers(self) -> tuple[quantities.Quantity, ...]:
        return quantities.quantities(self.text)

    @cached_property
    def days(self) -> tuple[dates.Day, ...]:
        return dates.days(self.text)

    @cached_property
    def titles(self) -> tuple[Title, ...]:
        """The 《titles》 and the “quotations”."""
        found = (*_TITLE.finditer(self.text), *_QUOTED.finditer(self.text))
        return tuple(
            Title(text=m.group(), words=next(g for g in m.groups() if g), start=m.start(), end=m.end()) for m in found
        )

    @cached_property
    def names(self) -> dict[str, list[Span]]:
        """The persons, and in English all names of two words, with where each stands."""
        told = {name.lower() for name in self._capitals} if not self.chinese else set(persons(self.text))
        return {name: [Span(m.start(), m.end()) for m in re.finditer(re.escape(name), self.text)] for name in told}

    @cached_property
    def facts(self) -> Facts:
        """Where numbers, dates and titles stand."""
        found = {(fact.start, fact.end) for fact in self.numbers}
        found |= {(fact.start, fact.end) for fact in self.days}
        found |= {(fact.start, fact.end) for fact in self.titles}
        return Facts(self.clauses, tuple(Span(start, end) for start, end in sorted(found)))
