"""Marked sets: articles with questions, where each is answered, and what looks as if it were.

A set is a folder with `corpus.jsonl` and `questions*.jsonl`, as `python -m eval convert` writes them. Of each set a
fifth of the articles is held out: they judge the reader and are never learned from. Knows nothing of networks.
"""

from __future__ import annotations

import heapq
import math
import random
import re
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from corpus.fold import simplify
from corpus.passages import Span
from rag.errors import SettingsError
from rag.evidence import pairs
from rag.reader.changed import names_in
from rag.reader.cloze import clozes

_HELD_OUT = 5  # one article in so many; of these, every other one calibrates
_NEAREST = 8  # other articles that are looked at, of which those without the answer serve, at most:
_NEAR = 6
_AROUND = 60  # characters on both sides of an answer


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkedQuestion:
    """A question, and where its article answers it. All of it in Simplified characters."""

    text: str
    article: str
    """Its id."""
    answer: Span
    """In the characters of the article's text."""
    spellings: tuple[str, ...]
    """Of the answer. A text with one of them is not taken for one that does not answer."""
    near: tuple[str, ...]
    """Ids of the other articles that share most with the question and do not hold the answer."""
    foreign: bool = False
    """Not asked in Chinese."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NearMiss:
    """A question that somebody asked of an article, which does not answer it. In Simplified characters."""

    text: str
    near: Span
    """What of the article tempts most to take it for an answer."""
    foreign: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkedSet:
    """The articles of a set and the questions whose answer stands in them word for word."""

    name: str
    articles: Mapping[str, str]
    """The text of each article, in Simplified characters, by its id."""
    questions: tuple[MarkedQuestion, ...]
    names: tuple[str, ...] = ()
    """The names in the questions that are learned from."""
    misses: Mapping[str, Sequence[NearMiss]] = field(default_factory=dict)
    """By the id of the article. Most sets have none."""

    def learned(self) -> list[MarkedQuestion]:
        """The questions to learn from."""
        return [asked for asked in self.questions if share_of(self.name, asked.article) is Share.TRAINING]

    def made(self) -> list[MarkedQuestion]:
        """Questions to learn from that no person asked: of each sentence of the articles for it at most one."""
        texts = {id: text for id, text in self.articles.items() if share_of(self.name, id) is Share.TRAINING}
        holding = _holding(texts)
        asked = []
        for id, text in texts.items():
            for each in clozes(text, random.Random(f"{self.name} {id}")):
                answer = text[each.answer.start : each.answer.end]
                near = _near(each.question, id, (answer,), texts, texts.keys(), holding)
                asked.append(
                    MarkedQuestion(text=each.question, article=id, answer=each.answer, spellings=(answer,), near=near)
                )
        return asked

    def held_out(self) -> list[MarkedQuestion]:
        """The questions that judge."""
        return [asked for asked in self.questions if share_of(self.name, asked.article) is not Share.TRAINING]


class Share(Enum):
    """What the articles of a set are for. No article is for two of these."""

    TRAINING = "training"
    """The reader learns from them."""
    CALIBRATION = "calibration"
    """The rules about what counts as an answer are learned on them."""
    REPORT = "report"
    """Only reports of how good it is rest on them."""


def share_of(set_name: str, article_id: str) -> Share:
    """What an article is for. Paragraphs `7-1` and `7-2` of one page go together."""
    place = zlib.crc32((set_name + article_id.split("-")[0]).encode())
    if place % _HELD_OUT:
        return Share.TRAINING
    return Share.REPORT if place % 2 else Share.CALIBRATION


def read_set(folder: Path) -> MarkedSet:
    """The set in `folder`, named as the folder is. Raises `SettingsError` where a file is missing or a line broken."""
    files = sorted(folder.glob("questions*.jsonl"))
    if not files or not (folder / "corpus.jsonl").is_file():
        missing = "corpus.jsonl" if files else "questions.jsonl"
        raise SettingsError(f"{folder}: no {missing} in it. Name a folder that python -m eval convert wrote.")
    name = folder.resolve().name
    texts = ((row.id, simplify(row.text)) for row in _rows(folder / "corpus.jsonl", _ArticleRow))
    articles = {id: text for id, text in texts if text.strip()}
    rows = [row for file in files for row in _rows(file, _QuestionRow)]
    questions = tuple(_marked(name, articles, rows))
    if not questions:
        raise SettingsError(
            f"{folder}: no question whose answer stands word for word in its article. Take another set."
        )
    learned = (asked.text for asked in questions if share_of(name, asked.article) is Share.TRAINING)
    names = tuple(sorted({each for text in learned for each in names_in(text)}))
    return MarkedSet(name=name, articles=articles, questions=questions, names=names, misses=_misses(articles, rows))


class _ArticleRow(BaseModel):
    id: str
    text: str


class _Quoted(BaseModel):
    article: str
    quote: str


class _QuestionRow(BaseModel):
    id: str
    question: str
    lang: str = ""
    facts: list[list[str]] = []
    articles: list[str] = []
    evidence: list[_Quoted] = []
    answerable: bool = True

    @property
    def foreign(self) -> bool:
        return bool(self.lang) and not self.lang.startswith("zh")


_Row = TypeVar("_Row", bound=BaseModel)


def _rows(path: Path, kind: type[_Row]) -> Iterator[_Row]:
    try:
        # Not `splitlines`: a string in JSON may hold other line ends than this one.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}. Convert the set again.") from None
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            yield kind.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise SettingsError(
                f"{path}, line {number}: {f'{place}: ' if place else ''}{first['msg']}. "
                "Write the set again with: python -m eval convert"
            ) from None


def _marked(set_name: str, articles: Mapping[str, str], rows: Iterable[_QuestionRow]) -> Iterator[MarkedQuestion]:
    holding = _holding(articles)
    # What is learned from is near none that is held out: its text would be seen.
    learned = {id for id in articles if share_of(set_name, id) is Share.TRAINING}
    near: dict[str, tuple[str, ...]] = {}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        spellings = tuple(filter(None, map(simplify, row.facts[0]))) if row.facts else ()
        own = row.articles[0] if row.articles else ""
        if own not in articles or not row.answerable:
            continue
        question = simplify(row.question)
        answer = _place(articles[own], spellings, "" if row.foreign else question)
        # The same question in Traditional and in Simplified characters is one.
        if answer is None or (own, question) in seen:
            continue
        seen.add((own, question))
        if not row.foreign:
            others = learned if own in learned else articles.keys()
            near[row.id] = _near(question, own, spellings, articles, others, holding)
        # A foreign question shares nothing with the articles; the Chinese one of which it is a translation does.
        found = near.get(row.id.removesuffix(f"-{row.lang}"), ())
        yield MarkedQuestion(
            text=question, article=own, answer=answer, spellings=spellings, near=found, foreign=row.foreign
        )


def _misses(articles: Mapping[str, str], rows: Iterable[_QuestionRow]) -> Mapping[str, Sequence[NearMiss]]:
    """The questions without an answer that name what of an article is nearest to one, by its id."""
    found: defaultdict[str, list[NearMiss]] = defaultdict(list)
    for row in rows:
        for evidence in () if row.answerable else row.evidence:
            quote = simplify(evidence.quote)
            if quote and (start := articles.get(evidence.article, "").find(quote)) >= 0:
                near = Span(start, start + len(quote))
                found[evidence.article].append(NearMiss(text=simplify(row.question), near=near, foreign=row.foreign))
    return found


def _place(text: str, spellings: Iterable[str], question: str) -> Span | None:
    """Where the answer stands in `text`; of several places the one around which most of the question stands."""
    asked = pairs(question)
    places = [
        Span(match.start(), match.start() + len(spelling))
        for spelling in spellings
        for match in re.finditer(f"(?={re.escape(spelling)})", text)
    ]
    return max(
        places,
        key=lambda span: len(asked & pairs(text[max(0, span.start - _AROUND) : span.end + _AROUND])),
        default=None,
    )


def _holding(articles: Mapping[str, str]) -> Mapping[str, Collection[str]]:
    """The ids of the articles that hold a pair of characters."""
    holding: defaultdict[str, list[str]] = defaultdict(list)
    for id, text in articles.items():
        for pair in pairs(text):
            holding[pair].append(id)
    return holding


def _near(
    question: str,
    own: str,
    spellings: Collection[str],
    articles: Mapping[str, str],
    ids: Set[str],
    holding: Mapping[str, Collection[str]],
) -> tuple[str, ...]:
    """Of the articles `ids` those without the answer that share most with a question on the article `own`."""
    found = _nearest(question, ids - {own}, holding)
    return tuple(id for id in found if not holds(articles[id], spellings))[:_NEAR]


def _nearest(question: str, ids: Collection[str], holding: Mapping[str, Collection[str]]) -> list[str]:
    """The articles among `ids` that share most with `question`, best first; rare pairs of characters count more.

    `holding` names the articles that hold a pair.
    """
    scores: defaultdict[str, float] = defaultdict(float)
    for pair in sorted(pairs(question)):  # in one order: sums of the same numbers may differ in another
        found = [id for id in holding.get(pair, ()) if id in ids]
        for id in found:
            scores[id] += math.log((len(ids) + 1) / len(found))
    return heapq.nlargest(_NEAREST, scores, key=lambda id: (scores[id], id))


def holds(text: str, spellings: Iterable[str]) -> bool:
    """Whether one of `spellings` stands in `text`."""
    return any(spelling in text for spelling in spellings)
