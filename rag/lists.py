"""The lists in an article's text: which line says what is listed, and where the list ends.

Knows nothing of questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.passages import Span, sentences

_ITEM = re.compile(
    r"\s*(?:[一二三四五六七八九十]+[是、.．]|[（(][一二三四五六七八九十\d]+[)）]|\d+(?:[.、．)）]|[:：](?!\d))|[①-⑳⑴-⒇]|[•·\-*◆●]"
    r"|第[一二三四五六七八九十\d]+[步项条类]?[,，、:：])"
)
_WHOLE = re.compile(r"[。！？!?]")
_MOST_LIST_CHARS = 2000
_MOST_ITEM_CHARS = 40  # of an item without a mark
_MOST_HEADING_CHARS = 40
_MOST_LISTED_CHARS = 100  # of an item: longer ones are paragraphs


def start_of_list(text: str, start: int) -> int:
    """Where the line stands that says what the list lists that the line at `start` is an item of; `start` where it is
    none, or where its items are paragraphs."""
    lines = list(_lines(text, 0))
    own = next((place for place, line in enumerate(lines) if line.start <= start < line.end), 0)
    marks = [_mark(text[line.start : line.end]) for line in lines]
    first = last = own
    while first and marks[first - 1] == marks[own]:
        first -= 1
    while last + 1 < len(lines) and marks[last + 1] == marks[own]:
        last += 1
    short = all(line.end - line.start <= _MOST_LISTED_CHARS for line in lines[first : last + 1])
    if not first or not marks[own] or not short:
        return start
    over = lines[first - 1]
    opens = text[over.end - 1] in "：:" or is_heading(text, over.start)
    return over.start if opens and start - over.start <= _MOST_LIST_CHARS else start


def _mark(line: str) -> str | None:
    """The sort of mark that `line` begins with, None where it has none."""
    found = _ITEM.match(line)
    return re.sub(r"[一二三四五六七八九十\d]+|[①-⑳⑴-⒇]", "1", found.group().strip()) if found else None


def is_heading(text: str, start: int) -> bool:
    """Whether the line at `start` stands over a list: it is short, ends with no mark, and the next one is an item of
    another sort."""
    following = _under_short_line(text, start)
    mark = _mark(text[following.start : following.end]) if following else None
    return mark is not None and mark != _mark(text[start : line_end(text, start)])


def under_numbered_heading(text: str, start: int) -> Span | None:
    """The line under the one at `start`, where that is a heading with a number and this its first paragraph."""
    following = _under_short_line(text, start)
    numbered = _mark(text[start : line_end(text, start)]) is not None
    return following if following and numbered and _mark(text[following.start : following.end]) is None else None


def _under_short_line(text: str, start: int) -> Span | None:
    """The line under the one at `start`, where that is short and ends with no mark."""
    end = line_end(text, start)
    line = text[start:end].rstrip()
    if not line or len(line) > _MOST_HEADING_CHARS or line[-1] in "。！？!?；;，,、":
        return None
    return next(_lines(text, end), None)


def line_end(text: str, start: int) -> int:
    """Where the line ends that `start` stands in."""
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def end_of_list(text: str, end: int) -> int:
    """Where the list ends that opens before `end`: with its last item, or the last whole one that is not too far."""
    last = end
    for start, stop in _items(text, end):
        if stop - end > _MOST_LIST_CHARS:
            if last == end:  # of an item that is too long the first sentence
                last = sentences(text, start, stop)[0].end
            break
        last = stop
    return last


def _items(text: str, start: int) -> Iterator[tuple[int, int]]:
    """The items of the list that begins at `start`: on its line the sentences, on those that follow the lines.

    Items have a mark each, or none has one and each is a short line.
    """
    own = _mark(text[text.rfind("\n", 0, start) + 1 : start])
    same_line = sentences(text, start, line_end(text, start))
    for place, span in enumerate(same_line):
        if place and not _ITEM.match(text[span.start : span.end]):
            return
        yield span.start, span.end
    marked = bool(same_line)
    for place, line in enumerate(_lines(text, line_end(text, start))):
        words = text[line.start : line.end]
        marked = marked or (not place and bool(_ITEM.match(words)))
        if marked and (not _ITEM.match(words) or _mark(words) == own):
            return
        whole = None if marked else _WHOLE.search(words)
        if not marked and (len(words) > _MOST_ITEM_CHARS or (whole and whole.end() < len(words))):
            if not place:  # no list: what the colon announces is a sentence
                first = sentences(text, line.start, line.end)[0]
                yield first.start, first.end
            return
        yield line.start, line.end
        if whole:
            return


def _lines(text: str, start: int) -> Iterator[Span]:
    """The lines of `text` from `start` on that are not blank, without the blanks at their ends."""
    for match in re.finditer(r"\S.*?(?=\s*(?:\n|$))", text[start:]):
        yield Span(start + match.start(), start + match.end())
