"""How an answer stands on what it cites: which of its sentences cite, whether what they cite holds them, its language.

Knows nothing of what a right answer would be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from corpus.records import Article
from rag.citations import evidence_of, marks, on_one_line
from rag.language import convert, detect, is_english
from rag.model_text import Sentences
from rag.prompts import reply
from rag.records import Answer, Citation, Language, Status
from rag.support import check

_ANSWERS = frozenset({Status.ANSWERED, Status.PARTIAL})
_LETTER = re.compile(r"[^\W_]")
_LEAD_IN = re.compile(r"^[^\n\ue000]*[：:][ \t]*$", re.MULTILINE)
# What stands before the few words that answer, in each language.
_IN_SHORT = "|".join(
    re.escape(reply("short", each, answer="\n", number=0).split("\n")[0].rstrip("“「")) for each in get_args(Language)
)
_BEFORE_FEW_WORDS = re.compile(f"^(?:{_IN_SHORT})", re.MULTILINE)
_HELD_PLACE = re.compile("\ue000(\\d+)\ue001")
_IN_TITLE_MARKS = re.compile(r"《[^《》]*》|“[^“”]*”|「[^「」]*」")
_SPACE = re.compile(r"\s+")
_OPENING = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A sentence of an answer that states something."""

    words: str
    """Without the numbers of its citations."""
    numbers: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Grounding:
    """Counts of an answer's sentences."""

    claims: int = 0
    cited: int = 0
    """How many of them have the number of a citation."""
    held: int = 0
    """How many of those say nothing that the cited passages do not say, by `rag.support.check`."""

    @property
    def cited_share(self) -> float | None:
        return self.cited / self.claims if self.claims else None

    @property
    def held_share(self) -> float | None:
        return self.held / self.cited if self.cited else None


def claims(answer: Answer) -> tuple[Claim, ...]:
    """The sentences that state something; a quote, however many sentences it has, is one. None of a refusal.

    A line that ends with a colon and cites nothing says who is quoted, or what comes next.
    """
    if answer.status not in _ANSWERS:
        return ()
    cutter = Sentences()
    found = []
    for written in [*cutter.feed(_with_places(answer)), *cutter.rest()]:
        words, numbers = marks(written.text, most=max((c.number for c in answer.citations), default=0))
        words = _HELD_PLACE.sub(lambda place: _shown(answer.citations[int(place[1])]), words)
        if _LETTER.search(words):
            found.append(Claim(words=words, numbers=numbers))
    return tuple(found)


def _with_places(answer: Answer) -> str:
    """The answer's text without its lead-ins, and for each whole quote its place, which holds no end of a sentence."""
    text = answer.text
    for place, citation in sorted(enumerate(answer.citations), key=lambda each: -len(each[1].quote)):
        if shown := _shown(citation):
            text = re.sub(f"[“「]{re.escape(shown)}[”」]|{re.escape(shown)}", f"\ue000{place}\ue001", text)
    return _BEFORE_FEW_WORDS.sub("", _LEAD_IN.sub("", text))


def _shown(citation: Citation) -> str:
    """The quote on one line, as answers show it."""
    return on_one_line(citation.quote).strip()


def said(stated: Sequence[Claim]) -> str:
    """What an answer states, without citation numbers and without the words around its quotes; empty for a refusal."""
    return "\n".join(claim.words for claim in stated)


def grounding(stated: Sequence[Claim], answer: Answer, article: Callable[[str], Article | None]) -> Grounding:
    """The counts of the `claims` of `answer`. `article` gives the article of an id, to look up what is cited."""
    cited = [claim for claim in stated if claim.numbers]
    return Grounding(
        claims=len(stated), cited=len(cited), held=sum(_is_held(claim, answer, article) for claim in cited)
    )


def _is_held(claim: Claim, answer: Answer, article: Callable[[str], Article | None]) -> bool:
    """Whether one of the cited passages holds `claim`, or all of them together."""
    by_number = {citation.number: citation for citation in answer.citations}
    cited = [by_number[number] for number in claim.numbers if number in by_number]
    evidence = [_evidence(citation, answer, article) for citation in cited]
    said = _SPACE.sub("", claim.words)
    if any(said in _SPACE.sub("", text) for text in evidence):
        return True  # word for word
    dated = [citation.published for citation in cited]
    alone = zip(evidence, dated, strict=True)
    if any(check(claim.words, text, published=published).ok for text, published in alone):
        return True
    published = next((day for day in dated if day), None)
    return len(evidence) > 1 and check(claim.words, "\n".join(evidence), published=published).ok


def _evidence(citation: Citation, answer: Answer, article: Callable[[str], Article | None]) -> str:
    """The passage that is cited, with what is known of its article, and the quote, which may reach beyond it."""
    passage = next((evidence_of(hit) for hit in answer.hits if hit.passage.id == citation.passage_id), "")
    source = article(citation.article_id)
    true = source is not None and source.text[citation.start : citation.end] == citation.quote
    return f"{passage}\n{citation.quote}" if true else passage


def language_kept(answer: Answer, asked: Language) -> bool:
    """Whether the answer's own words, without quotes and names of articles, are in the language and script `asked`."""
    words = _own_words(answer)
    if is_english(words) or asked == "en":
        return is_english(words) == (asked == "en") or not _LETTER.search(words)
    if detect(words) == asked:
        return True
    return convert(words, asked) == words  # nothing in it is written otherwise in the other script


def _own_words(answer: Answer) -> str:
    words = answer.text
    for name in sorted(set(_names(answer)), key=len, reverse=True):
        words = words.replace(name, " ")
    return _IN_TITLE_MARKS.sub(" ", words)


def _names(answer: Answer) -> Iterable[str]:
    """What stands in an answer in the words of the articles."""
    for citation in answer.citations:
        yield from filter(None, (_shown(citation), citation.title, citation.source))
    for hit in answer.hits:
        yield from filter(None, (hit.article.title, hit.article.source, hit.article.text[:_OPENING].strip()))
