"""Tells the article on a page from what stands around it: navigation, lines of particulars, notices, teasers, spam.

By structure (what is prose, what comes before the first and after the last of it) and by generic words
(`corpus.vocabulary`). What the removed lines say of the page is kept as metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from corpus import vocabulary as words
from corpus.metadata import MEDIUM, Metadata, normal, of_line
from corpus.records import Repair
from corpus.tally import Tally

_SENTENCE = re.compile(r"[。;!?…]|\.(?:\s|$)|:$")
_CLAUSE = re.compile(r"[,、]")
_PROSE_CHARS = 28
_LONG_CHARS = 60
_MOST_AROUND = 200
"""Lines above and below an article that are looked at."""
_HAN_PAIR = re.compile(r"(?=([\u4e00-\u9fff]{2}))")
_LATIN_WORD = re.compile(r"[a-z]{5,}")
_SAME_SUBJECT = 0.075
"""The share of its character pairs that a paragraph has in common with the paragraphs before it. Of news articles,
nine in ten paragraphs have more in common with their own article, and nine in ten less with another."""
_END_NOTE = re.compile(
    r"[\[【(（]\s*(?:責任編輯|责任编辑|責編|责编|編輯|编辑|校對|校对)\s*[:：]?\s*[^\[\]【】()（）。\n]{1,30}[\])）】]\s*\d{0,8}\s*$"
    r"|(?<=[。！？”」])\s*返回[\u4e00-\u9fff]{2,6}[，,]?\s*查看更多\s*$"
)
_ARTICLE_OF_LAW = re.compile(r"^第[一二三四五六七八九十百零〇\d]+[条章款]")
_APPENDIX = re.compile(r"^(?:附件|附表|附录|附图|附:|注|备注|参考文献)")
_ELLIPSIS = re.compile(r"(?:\.{3,}|…+|。{3,})\s*(?:[\[(（【]?(?:详细|全文|更多|阅读全文|详情)[\])）】]?)?$")


@dataclass(frozen=True, slots=True)
class Page:
    """A page taken apart."""

    lines: tuple[str, ...]
    """What is left of its lines; a removed line leaves an empty one."""
    metadata: Metadata
    repairs: tuple[Repair, ...]


@dataclass(slots=True)
class _Line:
    text: str
    folded: str
    kind: str | None = None
    """What furniture it is, or None."""
    metadata: Metadata | None = None
    prose: bool = False
    bullet: bool = field(default=False)


def taken_apart(text: str) -> Page:
    """The lines of `text` that belong to the article, and what the others say of it."""
    lines = [_line(raw) for raw in text.split("\n")]
    filled = [line for line in lines if line.folded]
    _spam(filled)
    for line in filled:
        line.kind = line.kind or _kind_anywhere(line)
    _notices(filled)
    _related(filled)
    _around(filled)
    _after_the_end(filled)
    return _page(lines)


def _line(raw: str) -> _Line:
    folded = normal(raw).strip().lower()
    line = _Line(raw, folded)
    line.bullet = bool(words.BULLET.match(folded))
    long = _LONG_CHARS if _CLAUSE.search(folded) else 2 * _LONG_CHARS
    line.prose = len(folded) >= (_PROSE_CHARS if _SENTENCE.search(folded) else long)
    return line


def _kind_anywhere(line: _Line) -> str | None:
    """What furniture a line is wherever it stands, or None."""
    folded = line.folded
    if words.COPYRIGHT.match(folded) and len(folded) <= 600:
        return "footer"
    if len(folded) > 160:
        return None
    if words.IMPRINT.search(folded) or words.EMPTY_LABEL.match(folded):
        return "footer" if words.IMPRINT.search(folded) else "navigation"
    if len(folded) > 120:
        return None
    short = len(folded) <= 60
    if words.BREADCRUMB.match(folded):
        return "breadcrumb"
    if words.SIZE.match(folded) or (short and _all_navigation(folded) and _strong(folded)):
        return "navigation"
    if short and (words.APP_SITE.match(folded) or words.COUNT.match(folded)):
        return "navigation"
    if words.NEIGHBOUR.match(folded):
        return "neighbour"
    if words.SHARE.match(folded) or (len(folded) <= 80 and words.SCAN.match(folded)):
        return "share"
    if not line.prose and (
        words.EDITOR.match(folded) or words.EDITOR.match(words.WIDGET_PART.sub("", folded).lstrip("[]【】 "))
    ):
        return "editor"
    if short and words.LATEST.match(folded):
        return "recommended"
    return None


def _tokens(folded: str) -> list[str]:
    return [token for token in re.split(r"[\s|丨/·•,、>»\[\]【】()_-]+", folded) if token]


def _all_navigation(folded: str) -> bool:
    cells = [cell.strip(" []【】") for cell in re.split(r"[|丨·•]", folded) if cell.strip()]
    if cells and all(cell in words.PHRASES or _are_navigation(_tokens(cell)) for cell in cells):
        return True
    return _are_navigation(_tokens(folded))


def _are_navigation(tokens: Sequence[str]) -> bool:
    return bool(tokens) and all(token in words.NAVIGATION for token in tokens)


def _strong(folded: str) -> bool:
    if any(cell.strip() in words.PHRASES for cell in re.split(r"[|丨·•]", folded)):
        return True
    return any(token in words.STRONG for token in _tokens(folded))


def _only_widgets(folded: str) -> bool:
    """Whether a line is nothing but buttons: 字體 小 中 大 分享到."""
    rest = folded
    for pattern in (words.COUNT_PART, words.SIZE_PART, words.WIDGET_PART):
        rest = pattern.sub(" ", rest)
    return rest != folded and all(token in words.NAVIGATION for token in _tokens(rest.replace(":", " ")))


def _spam(lines: Sequence[_Line]) -> None:
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


def _notice_score(line: _Line) -> int:
    if _ARTICLE_OF_LAW.match(line.folded) or len(line.folded) > 700:
        return 0
    score = sum(bool(pattern.search(line.folded)) for pattern in words.NOTICE)
    if words.NOTICE_HEAD.match(line.folded):
        score += 2 if score else 1
    return score if words.OWN_VOICE.search(line.folded) or words.NOTICE_HEAD.match(line.folded) else 0


def _notices(lines: Sequence[_Line]) -> None:
    """Marks copyright notices and disclaimers before the first paragraph and after the last one."""
    body = any(line.prose and not line.kind and _notice_score(line) < 2 for line in lines)
    for ordered in (lines, lines[::-1]):
        for line in ordered:
            if line.kind:
                continue
            score = _notice_score(line)
            if score >= 2 and body:
                line.kind = "notice"
            elif line.prose and not _teaser(line):
                break
    heading = False
    for line in _tail(lines):
        if words.NOTICE_HEAD.match(line.folded) and len(line.folded) <= 24 and line.kind is None:
            line.kind, heading = "notice", True
        elif heading and line.kind is None and (_notice_score(line) or line.bullet):
            line.kind = "notice"


def _teaser(line: _Line) -> bool:
    return bool(_ELLIPSIS.search(line.folded)) or line.bullet


def _last_prose(lines: Sequence[_Line]) -> int:
    return max((i for i, line in enumerate(lines) if line.prose and not line.kind), default=-1)


def _tail(lines: Sequence[_Line]) -> Sequence[_Line]:
    return lines[max(_last_prose(lines) + 1, len(lines) - _MOST_AROUND) :]


def _head(lines: Sequence[_Line]) -> Sequence[_Line]:
    paragraphs = [i for i, line in enumerate(lines) if line.prose and not line.kind]
    if not paragraphs:
        return lines[:_MOST_AROUND]
    first, after = (*paragraphs, len(lines))[:2]
    # A headline may be a whole sentence; then the particulars of the page stand below it.
    headline = len(lines[first].folded) <= 80 and not lines[first].folded.endswith("。")
    if headline and any(of_line(line.text) for line in lines[first + 1 : after][:_MOST_AROUND]):
        return lines[: min(after, _MOST_AROUND)]
    return lines[: min(first, _MOST_AROUND)]


def _related(lines: Sequence[_Line]) -> None:
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


def _goes_on(before: Sequence[_Line], under: Sequence[_Line], at: int) -> bool:
    """Whether the article itself goes on at `under[at]`: prose that is no teaser and speaks of the same things."""
    line = under[at]
    if not line.prose or _teaser(line) or line.kind:
        return False
    rest = [other.folded for other in under[at:] if other.prose and not other.kind and not _teaser(other)]
    return _shared("\n".join(rest), before) >= _SAME_SUBJECT


def _pairs(folded: str) -> set[str]:
    """The pairs of characters in it, and in English the words."""
    return set(_HAN_PAIR.findall(folded)) | set(_LATIN_WORD.findall(folded))


def _shared(folded: str, before: Iterable[_Line]) -> float:
    """The share of the character pairs of a line that the article had before."""
    known: set[str] = set()
    for line in before:
        if line.prose:
            known |= _pairs(line.folded)
    own = _pairs(folded)
    return len(own & known) / len(own) if own else 0.0


def _around(lines: Sequence[_Line]) -> None:
    """Marks what is furniture only before the first or after the last paragraph."""
    head, tail = _head(lines), _tail(lines)
    body = lines[len(head) :]
    for line, after in zip(head, [*head[1:], *body[:1]], strict=False):
        if line.kind is None and words.TODAY.match(line.folded):
            line.kind = "navigation"
        # The time and the place of an event are its own, not the page's.
        if line.kind is None and not (words.EVENT_TIME.match(line.folded) and words.PLACE.match(after.folded)):
            line.metadata = of_line(line.text)
            line.kind = "particulars" if line.metadata else _kind_around(line)
    ended = False
    for line in tail:
        if line.kind is None:
            said = of_line(line.text)
            # A bare date under the article is part of it, a signature, unless something has ended it before.
            if said and (said.source or said.author or ended or line.folded.startswith("end")):
                line.metadata, line.kind = said, "particulars"
            else:
                line.kind = _kind_around(line) or _kind_at_end(line)
        ended = ended or line.kind in _ENDERS
    _date_as_headline(head)
    _listed_navigation(head)
    _listed_navigation(tail)
    _footers(tail)
    _site_names(head, body)


def _date_as_headline(head: Sequence[_Line]) -> None:
    """Leaves a day that stands alone above the text where nothing else can be the headline."""
    day = [
        line for line in head if line.kind == "particulars" and re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日", line.folded)
    ]
    if len(day) == 1 and all(line.kind for line in head):
        day[0].kind = None
        day[0].metadata = None


def _kind_around(line: _Line) -> str | None:
    folded = line.folded
    if len(folded) > 160:
        return None
    steps = [step for step in words.BREADCRUMB_STEP.split(folded) if step]
    if len(steps) >= 2 and all(len(step) <= 16 for step in steps):
        if (
            words.SITE_STEP.match(steps[0])
            or steps[-1] in ("正文", "详情", "内容", "新闻")
            or (len(steps) >= 3 and any(step in words.NAVIGATION for step in steps) and "/" not in folded)
        ):
            return "breadcrumb"
    tokens = _tokens(folded)
    if len(tokens) >= 3 and sum(token in words.NAVIGATION for token in tokens) * 3 >= len(tokens) * 2:
        return "navigation"
    cells = [cell.strip() for cell in re.split(r"[|丨]", folded) if cell.strip()]
    if len(cells) >= 3 and max(map(len, cells)) <= 8 and any(cell in words.NAVIGATION for cell in cells):
        return "navigation"
    if len(tokens) == 2 and _all_navigation(folded):
        return "navigation"
    if len(folded) <= 40 and _only_widgets(folded):
        return "navigation"
    if words.PAPER_PAGE.match(folded) or words.WHERE.match(folded):
        return "particulars"
    if words.ORIGINAL_TITLE.match(folded) and len(folded) <= 8 or not re.search(r"\w", folded):
        return "navigation"
    if words.TAGS.match(folded) and len(folded) <= 100:
        return "tags"
    if words.COMMENT.match(folded):
        return "comments"
    return None


def _kind_at_end(line: _Line) -> str | None:
    if words.END_MARK.match(line.folded):
        return "end-mark"
    return None


def _listed_navigation(zone: Sequence[_Line]) -> None:
    """Marks navigation that stands one word a line: three such lines in a row."""
    run: list[_Line] = []
    for line in (*zone, None):
        if line and (line.kind == "navigation" or (line.kind is None and _all_navigation(line.folded))):
            run.append(line)
            continue
        if len(run) >= 3:
            for one in run:
                one.kind = "navigation"
        run = []


def _footers(tail: Sequence[_Line]) -> None:
    """Marks the imprint of a site: where one line of it is certain, addresses beside it belong to it as well."""
    certain = re.compile(
        r"icp|公网安备|网站标识码|网站识别码|版权所有|copyright|©|all rights reserved|举报电话|技术支持"
    )
    if any(certain.search(line.folded) for line in tail):
        for line in tail:
            if line.kind is None and words.FOOTER.search(line.folded):
                line.kind = "footer"


def _site_names(head: Sequence[_Line], body: Sequence[_Line]) -> None:
    """Marks what is left above the headline of a page that has furniture there, and the name of a paper beside it.

    Below the headline such a name is the source.
    """
    free = [line for line in head if line.kind is None]
    if not free:
        return
    known: set[str] = set().union(*(_pairs(line.folded) for line in body if line.prose))
    shared = [len(_pairs(line.folded) & known) for line in free]
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
        elif _repeats(line.folded, free[title].folded):
            line.kind = "repeated-title"
    if any(_repeats(free[title].folded, line.folded) and free[title].folded != line.folded for line in free):
        free[title].kind = "repeated-title"


def _repeats(line: str, title: str) -> bool:
    """Whether a line is the headline again, alone or with the name of the site: the title of a browser's window."""
    return len(title) >= 8 and re.fullmatch(re.escape(title) + r"(?:\s*[-_|—–].{0,40})?", line) is not None


_ENDERS = frozenset(
    ("end-mark", "particulars", "editor", "neighbour", "share", "notice", "footer", "comments", "recommended")
)


def _after_the_end(lines: Sequence[_Line]) -> None:
    """Marks what still stands below the article once something has ended it: leftover links and captions."""
    last = _last_prose(lines)
    ended = False
    for line in lines[last + 1 :]:
        if line.kind in _ENDERS:
            ended = True
        elif ended and line.kind is None and not _APPENDIX.match(line.folded):
            line.kind = "recommended" if len(line.folded) > 4 else "navigation"


def _page(lines: Sequence[_Line]) -> Page:
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
