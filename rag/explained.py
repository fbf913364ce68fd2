"""What `今年`, `昨日` or `本届` in the quotes of an article mean, or that nobody can tell: said where it is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.fold import simplify_with_offsets
from corpus.records import Article
from rag.prompts import reply
from rag.records import Citation, Language
from rag.relative_dates import Moment, relatives


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """A word of a quote with what it means."""

    word: str
    means: Moment | str | None
    edition: bool


def explained(citations: Sequence[Citation], article: Article, language: Language) -> list[str]:
    """What the words of `citations`, all of `article`, count from, in a few words each; nothing where none does."""
    said = list(_said(citations, article))
    known = [_means(each, language) for each in said if each.means is not None]
    undated = [each.word for each in said if each.means is None and not each.edition]
    editions = [each.word for each in said if each.means is None and each.edition]
    return [
        *([reply("counted", language, told=_joined(known, language))] if known else []),
        *([reply("undated", language, words=_quoted(undated, language))] if undated else []),
        *([reply("not_told", language, words=_quoted(editions, language))] if editions else []),
    ]


def _said(citations: Sequence[Citation], article: Article) -> Iterator[_Said]:
    for citation in citations:
        so_far = article.text[: citation.end]  # what comes later may be of another edition
        quote = simplify_with_offsets(citation.quote)
        for each in relatives(quote.text, published=article.published, title=article.title or "", article=so_far):
            start, end = quote.span(each.start, each.end)
            yield _Said(word=citation.quote[start:end], means=each.means, edition=each.edition)


def _means(said: _Said, language: Language) -> str:
    if isinstance(said.means, Moment):
        name = "day" if said.means.day else "month" if said.means.month else "year"
        meaning = reply(name, language, year=said.means.year, month=said.means.month, day=said.means.day)
    else:
        meaning = (said.means or "").replace("届", "屆" if language == "zh-Hant" else "届")
    return reply("means", language, word=said.word, meaning=meaning)


def _quoted(words: Sequence[str], language: Language) -> str:
    return _joined([reply("word", language, word=word) for word in words], language)


def _joined(words: Sequence[str], language: Language) -> str:
    return reply("between_names", language).join(dict.fromkeys(words))
