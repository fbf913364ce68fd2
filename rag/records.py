"""The records on the way from a question to a cited answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from corpus.records import Article, Passage
from rag.aliases import NONE, Names

Language = Literal["zh-Hans", "zh-Hant", "en"]


class Status(StrEnum):
    """How an answer stands. Only ANSWERED claims that the articles hold what was asked."""

    WRITING = "WRITING"
    ANSWERED = "ANSWERED"
    PARTIAL = "PARTIAL"
    """Something near is quoted, but it does not say what was asked, or not all of it could be checked."""
    NO_PASSAGES = "NO_PASSAGES"
    """Nothing in the articles comes near the question."""
    CANNOT_ANSWER = "CANNOT_ANSWER"
    """Articles come near, but none holds the answer."""
    REFUSED = "REFUSED"
    """The question is not searched: empty, too long, with personal data in it, or no question for the articles."""
    SERVICE_ERROR = "SERVICE_ERROR"


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """One thing said before, as chat interfaces carry it."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    text: str
    history: tuple[Turn, ...] = ()
    """What was said before, oldest first."""
    articles: tuple[str, ...] = ()
    """Patterns (as `fnmatch` has them) of the ids of the articles that may be searched; empty: all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A few sentences of a hit's passage, and how near they are to the question."""

    start: int
    """Offset into `Article.text`."""
    end: int
    similarity: float
    """Cosine of the window's and the question's vectors, in [-1, 1]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A few sentences of a hit's passage, and what a reader finds in them when it reads them with the question."""

    start: int
    """Offset into `Article.text`."""
    end: int
    relevance: float
    """How well they answer, as a logit."""
    begins: Mapping[int, float] = field(default_factory=dict)
    """Where the answer may begin, as offsets into `Article.text`, and how probable each of them is."""
    answer: tuple[int, int] | None = None
    """The most probable answer, from offset to offset; None where the reader tells no places."""
    sureness: float = 0.0
    """The probability, in [0, 1], that these are its first and its last token, given that there is an answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A passage that was found for a question."""

    passage: Passage
    article: Article
    score: float
    """The fused score, higher is nearer. Comparable between questions, not between embedding models."""
    similarity: float
    """Cosine of the passage's and the question's vectors, in [-1, 1]."""
    share: float
    """The part of the question's lexical weight (idf) that the passage holds, in [0, 1]."""
    ranks: Mapping[str, int] = field(default_factory=dict)
    """How each retriever placed the passage, from 1: `dense`, `window`, `lexical`. Absent: not among its first."""
    windows: tuple[Window, ...] = ()
    """The passage's windows in order."""
    alignment: float = 0.0
    """How much further each word of the question finds its like in the passage than in texts that have nothing to do
    with it (`rag.late_interaction`), about 0 to 0.5; 0 where that is not known."""
    alignments: Mapping[int, float] = field(default_factory=dict)
    """The same for each sentence of the passage, by where it starts in `Article.text`."""
    copies: tuple[Article, ...] = ()
    """Other articles that carry the same passage, syndicated."""
    readings: tuple[Reading, ...] = ()
    """What a reader found in the passage, the likeliest sentences first; empty where none read it."""
    names: Names = NONE
    """Names for one thing that its index has learned."""
    query: str = ""
    """The part of the question that it was found for; empty where the question has one part."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation:
    """The words of an article on which a sentence of the answer rests."""

    number: int
    """From 1, in the order of first use in the answer: the n of `[n]`."""
    passage_id: str
    article_id: str
    title: str | None
    source: str | None
    published: date | None
    url: str | None
    quote: str
    """`article.text[start:end]`, always."""
    start: int
    end: int
    inferred: bool = False
    """Whether the model gave another number or none, and the passage was found by the words of its sentence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    text: str
    """Plain text. Every sentence that states something ends with its numbers: `... [1]`, `... [1][3]`."""
    status: Status
    language: Language
    writer: str
    """`quote`, or the model's `provider:name`."""
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()
    notice: str | None = None
    """A line for the reader beside the answer, such as that the model failed and the articles are quoted instead."""
    reason: str | None = None
    """Why a question was REFUSED: the name of the approved reply, such as `question_too_long` or `crisis`."""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds by stage: `retrieve`, `write`, `total`."""
