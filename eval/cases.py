"""The record of a case, and what is wrong with a row that is none. Knows nothing of files: see `eval.reading`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rag.records import Turn

QUESTION_CHARS = 2000
"""No setting lets a longer question through, so a longer one is a slip of the file, not a test."""

REFUSED_KINDS = frozenset({"unanswerable", "noise"})
"""Kinds whose questions must not be ANSWERED. `noise` asks about page furniture, which is no part of an article."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Words of an article on which the answer rests."""

    article: str
    quote: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One question and what a right answer to it holds."""

    id: str
    question: str
    lang: str | None = None
    kind: str = "other"
    facts: tuple[tuple[str, ...], ...] = ()
    """Each fact as its spellings, one of which must be in the answer."""
    articles: tuple[str, ...] = ()
    """Ids of the articles that are needed."""
    articles_mode: Literal["all", "any"] = "all"
    """Whether all of them must be cited, or any one."""
    history: tuple[Turn, ...] = ()
    answerable: bool = True
    forbid: tuple[str, ...] = ()
    """Strings that must not be in the answer."""
    refusal_ok: bool = False
    """A refusal is as good as an answer."""
    answer: str | None = None
    """A reference: what a person would answer."""
    evidence: tuple[Evidence, ...] = ()

    @property
    def refuse(self) -> bool:
        """True where the right answer is a refusal."""
        return not self.answerable or self.kind in REFUSED_KINDS

    @property
    def references(self) -> tuple[str, ...]:
        """What the words of an answer are compared with: the reference, else the spellings of the one fact, else the
        first spellings of all facts in a row."""
        if self.answer:
            return (self.answer,)
        return self.facts[0] if len(self.facts) == 1 else tuple(filter(None, ["、".join(f[0] for f in self.facts)]))


class Invalid(ValueError):
    """A value that a column cannot hold."""

    def __init__(self, column: str, expected: str, found: object) -> None:
        self.column, self.expected, self.found = column, expected, _shown(found)
        super().__init__(f"column {column}: expected {expected}, found {self.found}")


def _shown(found: object) -> str:
    if found is None:
        return "nothing"
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, default=str)
    text = " ".join(text.encode("utf-8", "backslashreplace").decode("utf-8").split())
    return text if len(text) <= 60 else text[:59] + "…"


def case_of(row: Mapping[str, object]) -> Case:
    """The case that the values of a JSON line state. Keys without a meaning here are left alone. Raises `Invalid`."""
    question = _required(row, "question")
    if len(question) > QUESTION_CHARS:
        raise Invalid("question", f"at most {QUESTION_CHARS:,} characters", f"{len(question):,}")
    kind = _text(row, "kind") or "other"
    mode = _text(row, "articles_mode") or "all"
    if mode not in ("all", "any"):
        raise Invalid("articles_mode", "all or any", mode)
    return Case(
        id=_name(_required(row, "id"), "id"),
        question=question,
        lang=_text(row, "lang"),
        kind=kind,
        facts=_facts(row),
        articles=tuple(_name(article, "articles") for article in _strings(row, "articles")),
        articles_mode="any" if mode == "any" else "all",
        history=_history(row),
        answerable=_flag(row, "answerable", default=kind not in REFUSED_KINDS),
        forbid=_strings(row, "forbid"),
        refusal_ok=_flag(row, "refusal_ok", default=False),
        answer=_text(row, "answer"),
        evidence=_evidence(row),
    )


def _text(row: Mapping[str, object], column: str) -> str | None:
    value = row.get(column)
    if value is None or isinstance(value, str):
        return (value or "").strip() or None
    raise Invalid(column, "text", value)


def _required(row: Mapping[str, object], column: str) -> str:
    text = _text(row, column)
    if text is None:
        raise Invalid(column, "text", None)
    return text


def _name(text: str, column: str) -> str:
    """`text`, which files and indexes can store. A question may hold anything, a name may not."""
    if any("\ud800" <= c <= "\udfff" or c in "\0\n\r\t" for c in text):
        raise Invalid(column, "a name of ordinary characters", text)
    return text


def _flag(row: Mapping[str, object], column: str, *, default: bool) -> bool:
    value = row.get(column)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise Invalid(column, "true or false", value)
    return value


def _list(row: Mapping[str, object], column: str, expected: str) -> list[object]:
    value = row.get(column)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid(column, expected, value)
    return value


def _words(value: object, column: str, expected: str) -> tuple[str, ...]:
    """The strings of a list, none of them blank: a blank spelling would be found in every answer."""
    if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
        raise Invalid(column, expected, value)
    return tuple(value)


def _strings(row: Mapping[str, object], column: str) -> tuple[str, ...]:
    expected = 'a list of strings such as ["a", "b"]'
    return _words(_list(row, column, expected), column, expected)


def _facts(row: Mapping[str, object]) -> tuple[tuple[str, ...], ...]:
    expected = 'a list of facts, each a list of spellings, such as [["3 days", "three days"], ["free"]]'
    facts = tuple(_words(fact, "facts", expected) for fact in _list(row, "facts", expected))
    if not all(facts):
        raise Invalid("facts", expected, row["facts"])
    return facts


def _history(row: Mapping[str, object]) -> tuple[Turn, ...]:
    expected = 'a list of turns such as {"role": "user", "content": "..."}, the role user or assistant'
    turns: list[Turn] = []
    for turn in _list(row, "history", expected):
        match turn:
            case {"role": "user" | "assistant" as role, "content": str(content)}:
                turns.append(Turn(role="user" if role == "user" else "assistant", content=content))
            case _:
                raise Invalid("history", expected, turn)
    return tuple(turns)


def _evidence(row: Mapping[str, object]) -> tuple[Evidence, ...]:
    expected = 'a list of quotes such as {"article": "id", "quote": "..."}'
    quotes: list[Evidence] = []
    for piece in _list(row, "evidence", expected):
        match piece:
            case {"article": str(article), "quote": str(quote)}:
                quotes.append(Evidence(article=article, quote=quote))
            case _:
                raise Invalid("evidence", expected, piece)
    return tuple(quotes)
