"""What `今年`, `昨日` or `本届` mean: in quotes, from when the article was written; in a question, from today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from corpus.fold import fold, fold_with_offsets, simplify, simplify_with_offsets
from corpus.passages import Span
from corpus.records import Article
from rag.dates import Day, days
from rag.numerals import with_years
from rag.prompts import reply
from rag.records import Citation, Language
from rag.relative_dates import Moment, Relative, relatives
from rag.yearless import yearless

_ABOUT_THEN = timedelta(days=180)
"""So far from a day an article does not name it without its year."""
_MOST_DAYS = 3
"""More are a calendar, which explains itself."""
_LONGEST_WORD = 4
"""As many characters has `下下个月`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """A word of a quote with what it means."""

    word: str
    means: Moment | str | None
    edition: bool


def explained(
    citations: Sequence[Citation], article: Article, language: Language, *, asks_when: bool = False
) -> list[str]:
    """What the words of `citations`, all of `article`, count from, in a few words each; nothing where none does.

    Who `asks_when` is also told the year, and the month, of a day that a quote tells without it.
    """
    said = [*_said(citations, article), *(_days_said(citations, article) if asks_when else ())]
    known = [_means(each, language) for each in said if each.means is not None]
    undated = [each.word for each in said if each.means is None and not each.edition]
    editions = [each.word for each in said if each.means is None and each.edition]
    return [
        *([reply("counted", language, told=_joined(known, language))] if known else []),
        *([reply("undated", language, words=_quoted(undated, language))] if undated else []),
        *([reply("not_told", language, words=_quoted(editions, language))] if editions else []),
    ]


def in_full(span: Span, article: Article, language: Language) -> str | None:
    """The one time that the words at `span` of `article` tell, with its year; None where they have it, tell no time or
    several, or where which one it is does not follow."""
    text = fold_with_offsets(article.text[: span.end])
    start = next(place for place, offset in enumerate(text.offsets) if offset >= span.start)
    told = [replace(each, start=each.start + start, end=each.end + start) for each in days(text.text[start:])]
    before = max(0, start - _LONGEST_WORD)  # the reader may have left out the 今年 of 今年3月
    said = relatives(text.text[before:], published=article.published, title="", article="")
    counted = [replace(each, start=each.start + before, end=each.end + before) for each in said if not each.edition]
    counted = [each for each in counted if each.end > start or (told and each.end == told[0].start)]
    if len(told) > 1 or len(counted) > 1 or any(each.year for each in told):
        return None
    if not counted:
        line = text.text.rfind("\n", 0, start) + 1
        found = yearless(text.text, line, published=article.published) if told and article.published else ()
        means = next((each.means for each in found if each.start == told[0].start), None)
    elif told:
        means = _joint(counted[0], told[0])
    else:
        means = counted[0].means
    return _written(means, language) if isinstance(means, Moment) else None


def _joint(counted: Relative, told: Day) -> Moment | None:
    """`今年` and `3月10日`, or `本月` and `10日`, as one; None where they stand apart or do not go together."""
    means = counted.means
    if counted.end != told.start or not isinstance(means, Moment) or means.day or (means.month and told.month):
        return None
    month = means.month or told.month
    return Moment(year=means.year, month=month, day=told.day) if month else None


def older_than_asked(question: str, citations: Sequence[Citation], language: Language, today: date) -> str | None:
    """A line that says of which time `question` asks, counted from `today`, and that no citation is from then.

    None where the question says nothing such as `今年`, or where an article is from that time or its quote names it.
    """
    asked = simplify_with_offsets(question)
    said = []
    for each in relatives(asked.text, published=today, title="", article=""):
        if isinstance(each.means, Moment) and not any(_is_of(each.means, citation, today) for citation in citations):
            start, end = asked.span(each.start, each.end)
            said.append(_Said(word=question[start:end], means=each.means, edition=False))
    if not said or not citations:
        return None
    told = _joined([_means(each, language) for each in said], language)
    newest = max((citation.published for citation in citations if citation.published), default=None)
    if newest is None:
        return reply("asked_of_undated", language, told=told)
    return reply("asked_of_later", language, told=told, newest=_written(newest, language))


def _is_of(time: Moment, citation: Citation, today: date) -> bool:
    """Whether `citation` may tell of `time`: its article is from then or newer, or its quote names that time.

    Of a year that is over a newer article tells only where it says so: what it tells else is of its own year.
    """
    published = citation.published
    if time.month is None and time.year < today.year:
        is_from_then = published is not None and published.year == time.year
    else:
        now = (today.year, today.month if time.month else 1, today.day if time.day else 1)
        begins = min((time.year, time.month or 1, time.day or 1), now)  # of what is yet to come, what is new by now
        is_from_then = published is not None and (published.year, published.month, published.day) >= begins
    said = relatives(simplify(citation.quote), published=published, title="", article="")
    years = {each.means.year for each in said if isinstance(each.means, Moment)}
    counts_to_it = time.month is None and time.year in years
    return is_from_then or counts_to_it or _names(time, citation)


def _names(time: Moment, citation: Citation) -> bool:
    """Whether the quote says `time`; a day also without its year, where the article was written about then."""
    said = days(with_years(fold(citation.quote)))
    if time.month and time.day and citation.published:
        near = abs(date(time.year, time.month, time.day) - citation.published) < _ABOUT_THEN
        said = tuple(replace(day, year=time.year) if near and not day.year else day for day in said)
    wanted = (time.year, time.month, time.day)
    return any(
        all(part in (None, told) for part, told in zip(wanted, (day.year, day.month, day.day), strict=True))
        for day in said
    )


def _said(citations: Sequence[Citation], article: Article) -> Iterator[_Said]:
    for citation in citations:
        so_far = article.text[: citation.end]  # what comes later may be of another edition
        quote = simplify_with_offsets(citation.quote)
        for each in relatives(quote.text, published=article.published, title=article.title or "", article=so_far):
            start, end = quote.span(each.start, each.end)
            yield _Said(word=citation.quote[start:end], means=each.means, edition=each.edition)


def _days_said(citations: Sequence[Citation], article: Article) -> Iterator[_Said]:
    """The days in `citations` without their year, each once; none where they are many."""
    found: dict[Moment | str | None, _Said] = {}
    for citation in citations:
        text = fold_with_offsets(article.text[: citation.end])
        start = next(place for place, offset in enumerate(text.offsets) if offset >= citation.start)
        for each in yearless(text.text, start, published=article.published) if article.published else ():
            begin, end = text.span(each.start, each.end)
            found.setdefault(each.means, _Said(word=article.text[begin:end], means=each.means, edition=False))
    yield from found.values() if len(found) <= _MOST_DAYS else ()


def _means(said: _Said, language: Language) -> str:
    if isinstance(said.means, Moment):
        meaning = _written(said.means, language)
    else:
        meaning = (said.means or "").replace("届", "屆" if language == "zh-Hant" else "届")
    return reply("means", language, word=said.word, meaning=meaning)


def _written(time: Moment | date, language: Language) -> str:
    name = "day" if time.day else "month" if time.month else "year"
    return reply(name, language, year=time.year, month=time.month, day=time.day)


def _quoted(words: Sequence[str], language: Language) -> str:
    return _joined([reply("word", language, word=word) for word in words], language)


def _joined(words: Sequence[str], language: Language) -> str:
    return reply("between_names", language).join(dict.fromkeys(words))
