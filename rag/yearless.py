"""Which day `8月15日` or `15日` is in an article: the one that is nearest to when it was written, or none for sure.

Reads folded text (see `corpus.fold`). Knows nothing of questions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from rag.dates import Day, days
from rag.relative_dates import Moment, Relative, months_from

_NEAR = timedelta(days=60)
"""So far from when an article was written a day is told with its year."""
_NEAR_IN_MONTH = timedelta(days=10)
"""And so far with its month."""
_OF_ANOTHER_YEAR = re.compile(r"[去前明后同当次翌上往历]年|每年|每月|年前|年后")


def yearless(text: str, start: int, *, published: date) -> Iterator[Relative]:
    """The days in `text`, an article or its beginning, from `start` on that are told without their year, where which
    they are follows from when the article was `published`; none behind a word such as `去年` or another year, and not
    the one over an agency's report where another follows."""
    told = list(days(text))
    at = Counter(each.start for each in told)
    year: int | None = None
    written: date | None = None
    for each in told:
        year = each.year or year
        if not each.day or each.year:
            continue
        means = _nearest(each, published)
        if means and each.month:
            written = means
        if means is None or each.start < start or at[each.start] > 1:  # 5日至6日 are two
            continue
        if text.startswith("电", each.end) and told[-1] is not each:  # 新华社8月15日电: when it was sent
            continue
        if means.year != (year or means.year) or means.month != (written or means).month:
            continue
        if not _OF_ANOTHER_YEAR.search(text, max(start, text.rfind("\n", 0, each.start)), each.start):
            moment = Moment(year=means.year, month=means.month, day=means.day)
            yield Relative(start=each.start, end=each.end, means=moment)


def _nearest(said: Day, published: date) -> date | None:
    """The day nearest to `published` that `said` may be; None where that is too far."""
    if said.month:
        places = [(published.year + shift, said.month) for shift in (-1, 0, 1)]
    else:
        months = [months_from(published, shift) for shift in (-1, 0, 1)]
        places = [(each.year, each.month or 0) for each in months]
    found = [day for year, month in places if (day := _day(year, month, said.day or 0))]
    nearest = min(found, key=lambda day: abs(day - published), default=None)
    far = _NEAR if said.month else _NEAR_IN_MONTH
    return nearest if nearest and abs(nearest - published) <= far else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
