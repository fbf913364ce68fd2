"""The records of the corpus: an article, what was repaired in it, and its passages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Script = Literal["hans", "hant"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """One kind of damage that the cleaner undid, or furniture that it removed."""

    kind: str
    """What was done, a noun in kebab case: `reading`, `shifted-bytes`, `lost-byte`, `navigation`, ..."""
    count: int
    """How often, at least 1."""
    example: str
    """One place, as it stood before, cut to 80 characters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """A cleaned article. Offsets anywhere in the project count characters of `text`."""

    id: str
    """The file name without its ending, or the `id` of a JSONL line."""
    title: str | None
    """From the page's own words, or None. Where the page has one, `text` begins with it, on a line of its own."""
    text: str
    source: str | None
    """Who published it, as the page says, or None."""
    author: str | None
    published: date | None
    """The date of publication that the page states, or None. Never guessed."""
    url: str | None
    script: Script
    """Which Chinese script the text is written in, by majority."""
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A stretch of one article: the unit that is embedded, retrieved and cited."""

    id: str
    """`{article_id}#{position}-{digest}`: readable, and new when the text is."""
    article_id: str
    start: int
    end: int
    text: str
    """`article.text[start:end]`, always."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file, or a line of one, that holds no article."""

    path: str
    line: int | None
    """The line of a set of articles, from 1; None for a whole file."""
    reason: str
    """Why, in a few words: `empty`, `binary`, `larger than 20 MB`, ..."""
