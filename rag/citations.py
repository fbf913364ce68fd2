"""Citations: the words of a passage that a sentence rests on, and the numbers that a model writes for passages.

Knows nothing of models or of how an answer is worded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from corpus.fold import fold
from corpus.passages import Span, sentences
from rag.reader.reading import Ask
from rag.records import Citation, Hit
from rag.support import Support, check

MOST_QUOTED = 240
"""How many characters a quote may have that grows over several sentences."""

_WORD = (
    r"(?:来源|來源|资料|資料|文档|文檔|文章|段落|引用|参考|參考|出处|出處|passages?|sources?|documents?|docs?|refs?|id)"
    r"\s*[:：#]?\s*"
)
_NUMBERS = rf"(?:\^|{_WORD})?(\d{{1,3}}(?:\s*(?:[,，、;；&]|[-–—~～]|至|到|to|and|和|\s)\s*(?:\^|{_WORD})?\d{{1,3}})*)"
_TAIL = r"\s*(?:†[^\]】］]*|[:：]\s*\d+(?:-\d+)?)?\s*"
_SQUARE = re.compile(rf"\s*[\[【［]\s*{_NUMBERS}{_TAIL}[\]】］](?:\s*\((?:https?:)?[^()\s]*\))?", re.IGNORECASE)
# In round brackets a number may also count a list or belong to the words, so only the end of a sentence is read.
_ROUND = re.compile(rf"\s*[(（]\s*{_NUMBERS}\s*[)）](?=[\s。.！!？?；;]*$)", re.IGNORECASE)
# 1200m² and 10^4 count and cite nothing.
_RAISED = re.compile(r"(?<!\d)\s*\^\[?(\d{1,2})\]?|(?<![mM\d])([⁰¹²³⁴-⁹]{1,2})(?=[\s。.！!？?；;，,、]|$)")
_EMPTY = re.compile(r"[\[【［]\s*(?:[nN?]|编号|編號|number)?\s*[\]】］]")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def on_one_line(quote: str) -> str:
    """A quote as answers show it: without its line breaks and the white space around them."""
    return re.sub(r"\s*\n\s*", " ", quote)


def cite(hit: Hit, start: int, end: int, number: int, *, inferred: bool = False) -> Citation:
    """The citation `number` of `hit.article.text[start:end]`."""
    article = hit.article
    return Citation(
        number=number,
        passage_id=hit.passage.id,
        article_id=article.id,
        title=article.title,
        source=article.source,
        published=article.published,
        url=article.url,
        quote=article.text[start:end],
        start=start,
        end=end,
        inferred=inferred,
    )


def marks(sentence: str, *, most: int) -> tuple[str, tuple[int, ...]]:
    """`sentence` without the numbers of passages in it, and the numbers from 1 to `most` among them, each once.

    Reads what models make of `[1]`: `【1】`, `［1］`, `[1,2]`, `[1-3]`, `[来源 1]`, `(1)` at the end, `^1`, `¹`.
    """
    found: list[int] = []

    def take(match: re.Match[str]) -> str:
        found.extend(_listed(next(group for group in match.groups() if group)))
        return ""

    def take_given(match: re.Match[str]) -> str:
        numbers = _listed(match.group(1))
        if not all(1 <= number <= most for number in numbers):
            return match.group()  # `(28)` at the end of a sentence is no passage where there are eight
        return take(match)

    text = _EMPTY.sub("", _SQUARE.sub(take, sentence))
    text = _RAISED.sub(take, _ROUND.sub(take_given, text))
    return text.strip(), tuple(dict.fromkeys(number for number in found if 1 <= number <= most))


def _listed(written: str) -> list[int]:
    """The numbers of `1, 3`, `1-3`."""
    numbers: list[int] = []
    written = written.translate(_SUPERSCRIPTS)
    for first, last in re.findall(r"(\d+)(?:\s*(?:[-–—~～]|至|到|to)\s*\D*?(\d+))?", written):
        numbers.extend(range(int(first), min(int(last or first), int(first) + 20) + 1))
    return numbers


def evidence_of(hit: Hit) -> str:
    """What counts as evidence of a hit: its passage and what is known of the article."""
    about = (hit.article.title, hit.article.source, hit.article.author, hit.article.published)
    return "\n".join([*(str(known) for known in about if known), hit.passage.text])


def support_of(claim: str, *hits: Hit, ask: Ask | None = None) -> Support:
    """Whether `hits` together hold what `claim` says; a reader may be there to `ask`."""
    published = [hit.article.published for hit in hits if hit.article.published]
    return check(claim, "\n".join(map(evidence_of, hits)), published=published[0] if published else None, ask=ask)


def best_quote(claim: str, hit: Hit) -> Span:
    """The sentences of the hit's passage, next to each other, that hold `claim` best: as few as will do."""
    text = hit.article.text
    spans = sentences(text, hit.passage.start, hit.passage.end)
    if not spans:
        return Span(hit.passage.start, hit.passage.end)
    weights = [_weight(claim, hit, span) for span in spans]
    first = last = max(range(len(spans)), key=lambda place: weights[place])
    while grown := _grown(claim, hit, spans, first, last):
        first, last = grown
    return Span(spans[first].start, spans[last].end)


def _weight(claim: str, hit: Hit, span: Span) -> float:
    """How much of `claim` the words of `span` hold; a nearer window decides where they hold alike."""
    found = _found(claim, hit, span)
    near = [w.similarity for w in hit.windows if w.start < span.end and span.start < w.end]
    said = _shared_pairs(claim, hit.article.text[span.start : span.end])
    return said + found.coverage * 0.1 + 0.3 * (found.held - len(found.missing)) + 0.5 * max(near, default=0.0)


def _found(claim: str, hit: Hit, span: Span) -> Support:
    return check(claim, hit.article.text[span.start : span.end], published=hit.article.published)


def _shared_pairs(claim: str, words: str) -> float:
    wanted, held = _pairs(claim), _pairs(words)
    return len(wanted & held) / len(wanted) if wanted else 0.0


@lru_cache(maxsize=1024)
def _pairs(words: str) -> frozenset[str]:
    letters = re.sub(r"[\W_]+", "", fold(words))
    return frozenset(letters[i : i + 2] for i in range(len(letters) - 1))


def _grown(claim: str, hit: Hit, spans: list[Span], first: int, last: int) -> tuple[int, int] | None:
    """The stretch with one more sentence on the side that adds most, or None where none adds enough."""
    now = Span(spans[first].start, spans[last].end)
    sides = [(first - 1, last)] * (first > 0) + [(first, last + 1)] * (last + 1 < len(spans))
    best, gain = None, 0.12
    for begin, stop in sides:
        then = Span(spans[begin].start, spans[stop].end)
        if then.end - then.start > MOST_QUOTED:
            continue
        added = _shared(claim, hit, then) - _shared(claim, hit, now)
        added += 0.3 * (len(_found(claim, hit, now).missing) - len(_found(claim, hit, then).missing))
        if added > gain:
            best, gain = (begin, stop), added
    return best


def _shared(claim: str, hit: Hit, span: Span) -> float:
    return _shared_pairs(claim, hit.article.text[span.start : span.end])


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbering:
    """The citations of an answer so far, numbered in the order of first use."""

    citations: tuple[Citation, ...] = ()

    def with_quote(self, hit: Hit, span: Span, *, inferred: bool) -> tuple[Numbering, int]:
        """The numbering with `span` of `hit` in it, and its number: that of a quote which it touches, or a new one."""
        for place, known in enumerate(self.citations):
            if known.passage_id == hit.passage.id and _touch(hit.article.text, known, span):
                start, end = min(known.start, span.start), max(known.end, span.end)
                grown = cite(hit, start, end, known.number, inferred=known.inferred and inferred)
                return Numbering(citations=(*self.citations[:place], grown, *self.citations[place + 1 :])), known.number
        new = cite(hit, span.start, span.end, len(self.citations) + 1, inferred=inferred)
        return Numbering(citations=(*self.citations, new)), new.number


def _touch(text: str, known: Citation, span: Span) -> bool:
    """Whether the two overlap, or stand next to each other and make a short quote together."""
    if known.start < span.end and span.start < known.end:
        return True
    between = text[min(known.end, span.end) : max(known.start, span.start)]
    return between.strip(" \u3000") == "" and max(known.end, span.end) - min(known.start, span.start) <= MOST_QUOTED
