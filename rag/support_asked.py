"""Asking a reader about the facts of a sentence: without a fact the sentence is a question, and what the reader finds
in the evidence is the fact or another one. `童车的不合格率为18.5%` asks `童车的不合格率为百分之多少？`.

After Wang, Cho and Lewis 2020 (QAGS), who ask of a summary what its text answers. Knows nothing of how the reader
works.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag import dates, quantities
from rag.reader.reading import Ask
from rag.support_clauses import PARTICLES
from rag.support_names import named
from rag.support_reading import Reading

ANOTHER = 1.5
"""From this relevance on, a logit, another fact that is read stands against the one that is said. Set, as what follows,
on the `tune` half of `eval/support/sentences.jsonl` (see `python -m eval.support`)."""
_SURE = 0.2  # from this sureness on
_MOST_FACTS = 4
_VIEWS = 3
_VIEW_CHARS = 140
_MOST_NAME = 12
_MOST_BEFORE, _MOST_AFTER = 40, 24  # characters of a question around what it asks for
_NO_PART = PARTICLES | frozenset("《“是经据按当")
_END = "。.!！?？;； "
_COUNTS = "0123456789.,零〇一二两三四五六七八九十百千万亿"
_PLAIN = re.compile(rf"[{_COUNTS}]+(?!.*分之)")
_PLAIN_ENGLISH = re.compile(r"\d[\d,.]*(?!\d|st|nd|rd|th)")
_BEFORE_PERSON = re.compile(r"(?:^|[,;]|\b(?:mr|ms|mrs|dr|councillor|mayor|minister|director|chief|officer|by))\.? *$")
_SENTENCES = re.compile(r".{1,120}?(?:[。!?！？；;\n]|\.(?=\s)|$)|.{120}", re.DOTALL)
_CLAUSE_END = re.compile(r"[,，。;；:：]\s*")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Fact:
    """A fact of a sentence and the word that asks for it."""

    text: str
    start: int
    end: int
    asks: str
    says: Callable[[Reading], bool]
    """Whether what was read says it."""
    rivals: Callable[[Reading], bool]
    """Whether what was read says another fact of its sort."""


def contradicted(said: Reading, held: Reading, ask: Ask) -> list[str]:
    """The facts of `said` in the place of which the reader finds another one of their sort in `held`."""
    if said.chinese != held.chinese:
        return []
    views = _views(said, held)
    read = [Reading(view, None) for view in views]
    # Of a fact that is not among what is read only another one could be found.
    facts = (fact for fact in _facts(said, held) if any(map(fact.says, read)))
    return [fact.text for fact in itertools.islice(facts, _MOST_FACTS) if _is_another(fact, said, views, ask)]


def _is_another(fact: _Fact, said: Reading, views: Sequence[str], ask: Ask) -> bool:
    reads = [
        (read.relevance, view[slice(*read.answer)])
        for read, view in zip(ask(_question(fact, said.text), views), views, strict=True)
        if read.answer and read.sureness >= _SURE
    ]
    relevance, words = max(reads, default=(0.0, ""))
    answer = Reading(words, said.published)
    return relevance >= ANOTHER and not fact.says(answer) and fact.rivals(answer)


def _question(fact: _Fact, text: str) -> str:
    """The sentence without the fact, from no further off than a reader reads of a question."""
    before, after = text[: fact.start], text[fact.end :].rstrip(_END)
    if len(before) > _MOST_BEFORE:
        before = _CLAUSE_END.split(before[-_MOST_BEFORE:], maxsplit=1)[-1]
    return f"{before}{fact.asks}{after[:_MOST_AFTER]}？"


def _views(said: Reading, held: Reading) -> list[str]:
    """The stretches of `held` that share most with `said`: whole sentences, the last of each also opens the next."""
    pieces = _SENTENCES.findall(held.text)
    stretches: list[str] = []
    first = 0
    while first < len(pieces):
        last, stretch = first, pieces[first]
        while last + 1 < len(pieces) and len(stretch) + len(pieces[last + 1]) <= _VIEW_CHARS:
            last += 1
            stretch += pieces[last]
        stretches.append(stretch)
        first = max(first + 1, last) if last + 1 < len(pieces) else len(pieces)
    words = said.pairs | said.stems
    return sorted(stretches, key=lambda each: -sum(word in each for word in words))[:_VIEWS]


def _facts(said: Reading, held: Reading) -> Iterator[_Fact]:
    """The facts of `said` that stand in `held` somewhere: what does not is missing without a question."""
    plain = _PLAIN if said.chinese else _PLAIN_ENGLISH
    for number in said.numbers:
        if plain.match(number.text) and any(quantities.says(other, number) for other in held.numbers):
            yield _number(number, chinese=said.chinese)
    for day in said.days:
        if dates.held_days(held.days, day, published=None):
            yield _day(day, held, chinese=said.chinese)
    for name in dict.fromkeys([*held.names, *said.names]):
        place = said.text.find(name)
        is_person = said.chinese or _BEFORE_PERSON.search(said.text[: max(0, place)])
        if place >= 0 and is_person and name in held.text:
            yield _person(name, place, held)
    for name, start in named(said.text) if said.chinese else ():
        begin = start
        while (
            begin
            and said.text[begin - 1] not in _NO_PART
            and start + len(name) - begin < _MOST_NAME
            and said.text[begin - 1 : start + len(name)] in held.text
        ):
            begin -= 1
        whole = said.text[begin : start + len(name)]
        if whole in held.text:
            yield _name(whole, name[2:], begin)


def _number(number: quantities.Quantity, *, chinese: bool) -> _Fact:
    if not chinese:
        asks = f"how many {number.text.lstrip(_COUNTS).strip()}".rstrip()
    elif number.unit == "%":
        asks = "百分之多少"
    elif number.unit == "第":
        asks = "多少" + number.text.lstrip(_COUNTS)  # the 第 stands before it
    else:
        asks = f"多少{number.unit}"
    return _Fact(
        text=number.text,
        start=number.start,
        end=number.end,
        asks=asks,
        says=lambda answer: any(quantities.says(other, number) for other in answer.numbers),
        rivals=lambda answer: any(quantities.same_unit(other, number) for other in answer.numbers),
    )


def _day(day: dates.Day, held: Reading, *, chinese: bool) -> _Fact:
    published = held.published
    when = (published.year, published.month, published.day) if published else None
    return _Fact(
        text=day.text,
        start=day.start,
        end=day.end,
        asks=("哪一年" if day.month is None and day.day is None else "什么时候") if chinese else "what date",
        says=lambda answer: any(_same_day(other, day) for other in answer.days),
        rivals=lambda answer: any(
            dates.is_as_exact(other, day) and not dates.is_published(other, when) for other in answer.days
        ),
    )


def _same_day(one: dates.Day, other: dates.Day) -> bool:
    pairs = ((one.year, other.year), (one.month, other.month), (one.day, other.day))
    return all(a == b for a, b in pairs if a is not None and b is not None)


def _name(whole: str, ending: str, start: int) -> _Fact:
    return _Fact(
        text=whole,
        start=start,
        end=start + len(whole),
        asks=f"哪个{ending}",
        says=lambda answer: _is_one_name(whole, answer.text),
        rivals=lambda answer: any(other.endswith(ending) for other, _ in named(answer.text)),
    )


def _is_one_name(one: str, other: str) -> bool:
    """Whether the shorter one stands in the other, character by character: 市场监管总局 in 国家市场监督管理总局."""
    short, long = sorted((one, other), key=len)
    characters = iter(long)
    return len(short) > 1 and all(character in characters for character in short)


def _person(name: str, start: int, held: Reading) -> _Fact:
    return _Fact(
        text=name,
        start=start,
        end=start + len(name),
        asks="谁" if held.chinese else "who",
        says=lambda answer: _is_one_name(name, answer.text),
        rivals=lambda answer: any(other in answer.text for other in held.names if other != name),
    )
