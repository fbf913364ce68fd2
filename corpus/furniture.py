"""Tells the article on a page from what stands around it: navigation, lines of particulars, notices, teasers, spam.

By structure (what is prose, what comes before the first and after the last of it) and by generic words
(`corpus.vocabulary`). What the removed lines say of the page is kept as metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus import vocabulary as words
from corpus.lines import (
    Line,
    all_navigation,
    is_teaser,
    kind_anywhere,
    kind_around,
    line_of,
    notice_score,
    pairs,
    repeats,
)
from corpus.metadata import MEDIUM, Metadata, of_line
from corpus.records import Repair
from corpus.tally import Tally

_MOST_AROUND = 200
"""Lines above and below an article that are looked at."""
_SAME_SUBJECT = 0.075
"""The share of its character pairs that a paragraph has in common with the paragraphs before it. Of news articles,
nine in ten paragraphs have more in common with their own article, and nine in ten less with another."""
_END_NOTE = re.compile(
    r"[\[【(（]\s*(?:責任編輯|责任编辑|責編|责编|編輯|编辑|校對"
    r"|校对)\s*[:：]?\s*[^\[\]【】()（）。\n]{1,30}[\])）】]\s*\d{0,8}\s*$"
    r"|(?<=[。！？”」])\s*返回[\u4e00-\u9fff]{2,6}[，,]?\s*查看更多\s*$"
)
_APPENDIX = re.compile(r"^(?:附件|附表|附录|附图|附:|注|备注|参考文献)")


@dataclass(frozen=True, slots=True)
class Page:
    """A page taken apart."""

    lines: tuple[str, ...]
    """What is left of its lines; a removed line leaves an empty one."""
    metadata: Metadata
    repairs: tuple[Repair, ...]


def taken_apart(text: str) -> Page:
    """The lines of `text` that belong to the article, and what the others say of it."""
    lines = [line_of(raw) for raw in text.split("\n")]
    filled = [line for line in lines if line.folded]
    _spam(filled)
    for line in filled:
        line.kind = line.kind or kind_anywhere(line)
    _notices(filled)
    _related(filled)
    _around(filled)
    _after_the_end(filled)
    return _page(lines)


def _spam(lines: Sequence[Line]) -> None:
    """Marks lines of names strung together with `|`. Rows of a table have neighbours with as many cells."""
    cells = [[cell.strip() for cell in re.split(r"[|丨]", line.folded)] for line in lines]
    for place, line in enumerate(lines):
        names = [cell for cell in cells[place] if cell]
        if len(names) < 6 or (re.search(r"[。!?;]\s*[^|丨\s]", line.folded) and not line.folded.endswith("|")):
            continue
        neighbours = {len(cells[other]) for other in (place - 1, place + 1) if 0 <= other < len(lines)}
        if len(cells[place]) in neighbours or max(map(len, names)) > 24:
            continue
        line.kind = "navigation" if _mostly_navigation(names) else "spam"


def _mostly_navigation(names: Sequence[str]) -> bool:
    return sum(name in words.NAVIGATION for name in names) * 2 >= len(names)


def _notices(lines: Sequence[Line]) -> None:
    """Marks copyright notices and disclaimers before the first paragraph and after the last one."""
    body = any(line.prose and not line.kind and notice_score(line) < 2 for line in lines)
    for ordered in (lines, lines[::-1]):
        for line in ordered:
            if line.kind:
                continue
            score = notice_score(line)
            if score >= 2 and body:
                line.kind = "notice"
            elif line.prose and not is_teaser(line):
                break
    heading = False
    for line in _tail(lines):
        if words.NOTICE_HEAD.match(line.folded) and len(line.folded) <= 24 and line.kind is None:
            line.kind, heading = "notice", True
        elif heading and line.kind is None and (notice_score(line) or line.bullet):
            line.kind = "notice"


def _last_prose(lines: Sequence[Line]) -> int:
    return max((i for i, line in enumerate(lines) if line.prose and not line.kind), default=-1)


def _tail(lines: Sequence[Line]) -> Sequence[Line]:
    return lines[max(_last_prose(lines) + 1, len(lines) - _MOST_AROUND) :]


def _head(lines: Sequence[Line]) -> Sequence[Line]:
    paragraphs = [i for i, line in enumerate(lines) if line.prose and not line.kind]
    if not paragraphs:
        return lines[:_MOST_AROUND]
    first, after = (*paragraphs, len(lines))[:2]
    # A headline may be a whole sentence; then the particulars of the page stand below it.
    headline = len(lines[first].folded) <= 80 and not lines[first].folded.endswith("。")
    if headline and any(of_line(line.text) for line in lines[first + 1 : after][:_MOST_AROUND]):
        return lines[: min(after, _MOST_AROUND)]
    return lines[: min(first, _MOST_AROUND)]


def _related(lines: Sequence[Line]) -> None:
    """Marks lists of other articles: a heading such as 相關新聞 and what hangs under it."""
    for place, line in enumerate(lines):
        if line.kind or not words.RELATED.match(line.folded):
            continue
        line.kind = "recommended"
        under = lines[place + 1 :]
        for at, other in enumerate(under):
            if other.kind in ("notice", "spam", "editor"):
                continue
            if _goes_on(lines[:place], under, at):
                break
            other.kind = other.kind or "recommended"


def _goes_on(before: Sequence[Line], under: Sequence[Line], at: int) -> bool:
    """Whether the article itself goes on at `under[at]`: prose that is no teaser and speaks of the same things."""
    line = under[at]
    if not line.prose or is_teaser(line) or line.kind:
        return False
    rest = [other.folded for other in under[at:] if other.prose and not other.kind and not is_teaser(other)]
    return _shared("\n".join(rest), before) >= _SAME_SUBJECT


def _shared(folded: str, before: Iterable[Line]) -> float:
    """The share of the character pairs of a line that the article had before."""
    known: set[str] = set()
    for line in before:
        if line.prose:
            known |= pairs(line.folded)
    own = pairs(folded)
    return len(own & known) / len(own) if own else 0.0


def _around(lines: Sequence[Line]) -> None:
    """Marks what is furniture only before the first or after the last paragraph."""
    head, tail = _head(lines), _tail(lines)
    body = lines[len(head) :]
    for line, after in zip(head, [*head[1:], *body[:1]], strict=False):
        if line.kind is None and words.TODAY.match(line.folded):
            line.kind = "navigation"
        # The time and the place of an event are its own, not the page's.
        if line.kind is None and not (words.EVENT_TIME.match(line.folded) and words.PLACE.match(after.folded)):
            line.metadata = of_line(line.text)
            line.kind = "particulars" if line.metadata else kind_around(line)
    ended = False
    for line in tail:
        if line.kind is None:
            said = of_line(line.text)
            # A bare date under the article is part of it, a signature, unless something has ended it before.
            if said and (said.source or said.author or ended or line.folded.startswith("end")):
                line.metadata, line.kind = said, "particulars"
            else:
                line.kind = kind_around(line) or _kind_at_end(line)
        ended = ended or line.kind in _ENDERS
    _date_as_headline(head)
    _listed_navigation(head)
    _listed_navigation(tail)
    _footers(tail)
    _site_names(head, body)


def _date_as_headline(head: Sequence[Line]) -> None:
    """Leaves a day that stands alone above the text where nothing else can be the headline."""
    day = [
        line for line in head if line.kind == "particulars" and re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日", line.folded)
    ]
    if len(day) == 1 and all(line.kind for line in head):
        day[0].kind = None
        day[0].metadata = None


def _kind_at_end(line: Line) -> str | None:
    if words.END_MARK.match(line.folded):
        return "end-mark"
    return None


def _listed_navigation(zone: Sequence[Line]) -> None:
    """Marks navigation that stands one word a line: three such lines in a row."""
    run: list[Line] = []
    for line in (*zone, None):
        if line and (line.kind == "navigation" or (line.kind is None and all_navigation(line.folded))):
            run.append(line)
            continue
        if len(run) >= 3:
            for one in run:
                one.kind = "navigation"
        run = []


def _footers(tail: Sequence[Line]) -> None:
    """Marks the imprint of a site: where one line of it is certain, addresses beside it belong to it as well."""
    certain = re.compile(
        r"icp|公网安备|网站标识码|网站识别码|版权所有|copyright|©|all rights reserved|举报电话|技术支持"
    )
    if any(certain.search(line.folded) for line in tail):
        for line in tail:
            if line.kind is None and words.FOOTER.search(line.folded):
                line.kind = "footer"


def _site_names(head: Sequence[Line], body: Sequence[Line]) -> None:
    """Marks what is left above the headline of a page that has furniture there, and the name of a paper beside it.

    Below the headline such a name is the source.
    """
    free = [line for line in head if line.kind is None]
    if not free:
        return
    known: set[str] = set().union(*(pairs(line.folded) for line in body if line.prose))
    shared = [len(pairs(line.folded) & known) for line in free]
    names = [bool(MEDIUM.match(line.folded)) and line.folded not in words.NAVIGATION for line in free]
    if all(names):
        return
    title = max(range(len(free)), key=lambda i: (not names[i], shared[i], -i))
    furnished = any(line.kind for line in head)
    for place, line in enumerate(free):
        if place == title:
            continue
        if names[place]:
            line.kind = "particulars"
            line.metadata = Metadata(source=line.text.strip()) if place > title else None
        elif place < title and furnished and len(line.folded) <= 16 and not shared[place] and shared[title]:
            line.kind = "navigation"
        elif repeats(line.folded, free[title].folded):
            line.kind = "repeated-title"
    for before, line, after in zip(head, head[1:], head[2:], strict=False):
        # A word alone between lines of particulars: a place, a column.
        if line.kind is None and line is not free[title] and len(line.folded) <= 6 and before.kind and after.kind:
            line.kind = "particulars"
    if any(repeats(free[title].folded, line.folded) and free[title].folded != line.folded for line in free):
        free[title].kind = "repeated-title"


_ENDERS = frozenset(
    ("end-mark", "particulars", "editor", "neighbour", "share", "notice", "footer", "comments", "recommended")
)


def _after_the_end(lines: Sequence[Line]) -> None:
    """Marks what still stands below the article once something has ended it: leftover links and captions."""
    last = _last_prose(lines)
    ended = False
    for line in lines[last + 1 :]:
        if line.kind in _ENDERS:
            ended = True
        elif ended and line.kind is None and not _APPENDIX.match(line.folded):
            line.kind = "recommended" if len(line.folded) > 4 else "navigation"


def _page(lines: Sequence[Line]) -> Page:
    tally = Tally()
    metadata = Metadata()
    kept = []
    for line in lines:
        if line.kind:
            tally.add(line.kind, line.text)
            kept.append("")
        else:
            kept.append(_without_end_note(line.text, tally) if line.prose else line.text)
        if line.metadata:
            metadata = metadata.or_else(line.metadata)
    return Page(tuple(kept), metadata, tally.repairs())


def _without_end_note(text: str, tally: Tally) -> str:
    match = _END_NOTE.search(text[-80:])
    if not match:
        return text
    tally.add("editor", match[0])
    return text[: len(text) - len(match[0])].rstrip()
