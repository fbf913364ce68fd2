"""What the reader learns from: a question with a text that answers it, and with texts that look as if they did.

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
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from corpus.fold import simplify
from corpus.passages import Span, clauses, sentences
from rag.errors import SettingsError
from rag.evidence import pairs
from rag.reader.changed import changed, names_in
from rag.reader.cloze import clozes

_HELD_OUT = 5  # one article in so many; of these, every other one calibrates
_VIEWS = (80, 120, 160)  # characters of a text
_VIEWS_OF_SAME = (60, 100, 140)
_RANDOM_VIEW = 120
_NEGATIVES = 3
_NEAREST = 8  # other articles that are looked at, of which those without the answer serve, at most:
_NEAR = 6
_AROUND = 60  # characters on both sides of an answer
_STOP_GROWING = 0.08
_TRIES = 4
_LIKE_THE_QUESTION = 0.5
_COMMAS = ",，"
_LEAST_LEFT = 6  # characters of a sentence of which a clause is cut out


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
class MarkedSet:
    """The articles of a set and the questions whose answer stands in them word for word."""

    name: str
    articles: Mapping[str, str]
    """The text of each article, in Simplified characters, by its id."""
    questions: tuple[MarkedQuestion, ...]
    names: tuple[str, ...] = ()
    """The names in the questions that are learned from."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A question and a text that answers it, or does not."""

    question: str
    text: str
    answer: Span | None = None
    """In the characters of the text; None where it does not answer."""


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
    return MarkedSet(name=name, articles=articles, questions=questions, names=names)


def group(of: MarkedSet, asked: MarkedQuestion, rng: random.Random) -> list[Example]:
    """A question's examples: first a text that answers, then up to three that do not. Empty where the answer is longer
    than a text may be."""
    text = of.articles[asked.article]
    shown = _view(text, rng, at=asked.answer, most_chars=rng.choice(_VIEWS))
    if asked.answer.end > shown.end:
        return []
    answer = Span(asked.answer.start - shown.start, asked.answer.end - shown.start)
    first = Example(question=asked.text, text=text[shown.start : shown.end], answer=answer)
    makers = rng.sample(_MAKERS, len(_MAKERS))
    made = (make(of, asked, shown, rng) for make in makers)
    return [first, *islice(filter(None, made), _NEGATIVES)]


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
    without = [span for span in _sentences(text) if not _holds(text[span.start : span.end], asked.spellings)]
    for _ in range(_TRIES):
        if without and rng.random() < _LIKE_THE_QUESTION:
            best = _most_like(text, without, asked.text, rng)
            view = _view(text, rng, at=best, most_chars=rng.choice(_VIEWS_OF_SAME))
        else:
            view = _view(text, rng, at=rng.choice(_sentences(text)), most_chars=_RANDOM_VIEW)
        if not _holds(text[view.start : view.end], asked.spellings):
            return Example(question=asked.text, text=text[view.start : view.end])
    return None


def _another_question(of: MarkedSet, asked: MarkedQuestion, shown: Span, rng: random.Random) -> Example | None:
    """The same text, and a question that another place of the article answers."""
    text = of.articles[asked.article][shown.start : shown.end]
    others = [each for each in of.questions if each.article == asked.article]
    other = rng.choice(others) if others else asked
    if other.text == asked.text or _holds(text, other.spellings):
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
    return Example(question=asked.text, text=kept) if kept and not _holds(kept, asked.spellings) else None


def _without_the_clause(of: MarkedSet, asked: MarkedQuestion, shown: Span, rng: random.Random) -> Example | None:
    """The same text, from which only the clause between two commas that answers is cut out."""
    text = of.articles[asked.article]
    own = next((span for span in _sentences(text) if span.start <= asked.answer.start < span.end), shown)
    start = max(text.rfind(comma, own.start, asked.answer.start) for comma in _COMMAS) + 1 or own.start
    ends = [end for comma in _COMMAS if (end := text.find(comma, asked.answer.end, own.end)) >= 0]
    end = min(ends) + 1 if ends else own.end - 1
    start -= not ends and start > own.start  # or a comma would stand before the end of the sentence
    kept = text[shown.start : start] + text[end : shown.end]
    if own.end - own.start - (end - start) < _LEAST_LEFT or _holds(kept, asked.spellings):
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


def _holds(text: str, spellings: Iterable[str]) -> bool:
    return any(spelling in text for spelling in spellings)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


class _ArticleRow(BaseModel):
    id: str
    text: str


class _QuestionRow(BaseModel):
    id: str
    question: str
    lang: str = ""
    facts: list[list[str]] = []
    articles: list[str] = []
    answerable: bool = True


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
        foreign = bool(row.lang) and not row.lang.startswith("zh")
        answer = _place(articles[own], spellings, "" if foreign else question)
        # The same question in Traditional and in Simplified characters is one.
        if answer is None or (own, question) in seen:
            continue
        seen.add((own, question))
        if not foreign:
            others = learned if own in learned else articles.keys()
            near[row.id] = _near(question, own, spellings, articles, others, holding)
        # A foreign question shares nothing with the articles; the Chinese one of which it is a translation does.
        found = near.get(row.id.removesuffix(f"-{row.lang}"), ())
        yield MarkedQuestion(
            text=question, article=own, answer=answer, spellings=spellings, near=found, foreign=foreign
        )


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
    return tuple(id for id in found if not _holds(articles[id], spellings))[:_NEAR]


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
