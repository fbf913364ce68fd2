"""One line of a page: whether it is prose, and what furniture it is by its own words.

Knows nothing of the lines around it; `corpus.furniture` does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus import vocabulary as words
from corpus.metadata import Metadata, normal

_SENTENCE = re.compile(r"[。;!?…]|\.(?:\s|$)|:$")
_CLAUSE = re.compile(r"[,、]")
_PROSE_CHARS = 28
_LONG_CHARS = 60
_HAN_PAIR = re.compile(r"(?=([\u4e00-\u9fff]{2}))")
_LATIN_WORD = re.compile(r"[a-z]{5,}")
_ARTICLE_OF_LAW = re.compile(r"^第[一二三四五六七八九十百零〇\d]+[条章款]")
_ELLIPSIS = re.compile(r"(?:\.{3,}|…+|。{3,})\s*(?:[\[(（【]?(?:详细|全文|更多|阅读全文|详情)[\])）】]?)?$")


@dataclass(slots=True)
class Line:
    text: str
    folded: str
    kind: str | None = None
    """What furniture it is, or None."""
    metadata: Metadata | None = None
    prose: bool = False
    bullet: bool = False


def line_of(raw: str) -> Line:
    folded = normal(raw).strip().lower()
    line = Line(raw, folded)
    line.bullet = bool(words.BULLET.match(folded))
    long = _LONG_CHARS if _CLAUSE.search(folded) else 2 * _LONG_CHARS
    line.prose = len(folded) >= (_PROSE_CHARS if _SENTENCE.search(folded) else long)
    return line


def kind_anywhere(line: Line) -> str | None:
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
    if words.SIZE.match(folded) or (short and all_navigation(folded) and _strong(folded)):
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


def all_navigation(folded: str) -> bool:
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


def notice_score(line: Line) -> int:
    if _ARTICLE_OF_LAW.match(line.folded) or len(line.folded) > 700:
        return 0
    score = sum(bool(pattern.search(line.folded)) for pattern in words.NOTICE)
    if words.NOTICE_HEAD.match(line.folded):
        score += 2 if score else 1
    return score if words.OWN_VOICE.search(line.folded) or words.NOTICE_HEAD.match(line.folded) else 0


def is_teaser(line: Line) -> bool:
    return bool(_ELLIPSIS.search(line.folded)) or line.bullet


def pairs(folded: str) -> set[str]:
    """The pairs of characters in it, and in English the words."""
    return set(_HAN_PAIR.findall(folded)) | set(_LATIN_WORD.findall(folded))


def kind_around(line: Line) -> str | None:
    folded = line.folded
    if len(folded) > 160:
        return None
    steps = [step for step in words.BREADCRUMB_STEP.split(folded) if step]
    if (
        len(steps) >= 2
        and all(len(step) <= 16 for step in steps)
        and (
            words.SITE_STEP.match(steps[0])
            or steps[-1] in ("正文", "详情", "内容", "新闻")
            or (len(steps) >= 3 and any(step in words.NAVIGATION for step in steps) and "/" not in folded)
        )
    ):
        return "breadcrumb"
    if ">" in folded and len(steps) >= 2 and max(map(len, steps)) <= 8:
        return "breadcrumb"
    tokens = _tokens(folded)
    if len(tokens) >= 3 and sum(token in words.NAVIGATION for token in tokens) * 3 >= len(tokens) * 2:
        return "navigation"
    cells = [cell.strip() for cell in re.split(r"[|丨]", folded) if cell.strip()]
    if len(cells) >= 3 and max(map(len, cells)) <= 8 and any(cell in words.NAVIGATION for cell in cells):
        return "navigation"
    if len(tokens) == 2 and all_navigation(folded):
        return "navigation"
    if len(folded) <= 40 and _only_widgets(folded):
        return "navigation"
    if words.PAPER_PAGE.match(folded) or words.WHERE.match(folded):
        return "particulars"
    if (words.ORIGINAL_TITLE.match(folded) and len(folded) <= 8) or not re.search(r"\w", folded):
        return "navigation"
    if words.TAGS.match(folded) and len(folded) <= 100:
        return "tags"
    if words.COMMENT.match(folded):
        return "comments"
    return None


def repeats(line: str, title: str) -> bool:
    """Whether a line is the headline again, alone or with the name of the site: the title of a browser's window."""
    return len(title) >= 8 and re.fullmatch(re.escape(title) + r"(?:\s*[-_|—–].{0,40})?", line) is not None
