"""What an article counts off in running text: `提出三项要求。一是……。二是……。` Knows nothing of questions.

Lists whose items are lines, each with a mark, are those of `rag.lists`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.passages import Span, sentences
from rag.lists import line_end
from rag.numerals import from_han

NTH = re.compile(r"第(?P<number>[一二三四五六七八九十])[个项点种类]")
"""How a question names one of what is counted off."""
_HAN = "一二三四五六七八九十"
_IN_TURN = {"首先": 1, "其次": 2, "再次": 3, "最后": None}
"""Words for numbers, which go together with 第三. The last one is whichever is next."""
_MARK = (
    rf"(?:(?P<plain>[{_HAN}])(?P<verb>[是要])|第(?P<nth>[{_HAN}])[，,、：:是]|其(?P<its>[{_HAN}])[，,、：:是]"
    rf"|(?P<turn>{'|'.join(_IN_TURN)}))"
)
_OPENS = re.compile(rf"[\s“「]*{_MARK}")
_INSIDE = re.compile(rf"(?:^|[：:，,；;])[\s“「]*{_MARK}")
_MOST_CHARS = 2000
_MOST_BETWEEN = 600  # of what an item says besides its first sentence


def counted_off(text: str, span: Span) -> tuple[Span, ...]:
    """The sentence that opens the enumeration which the sentence at `span` is part of, and the first one of each item;
    none where it is part of none. Items may go on over several sentences or lines."""
    begin = text.rfind("\n", 0, max(0, span.start - _MOST_CHARS)) + 1
    spans = sentences(text, begin, line_end(text, span.end + _MOST_CHARS))
    found = (_opened_at(text, spans, place) for place, each in enumerate(spans) if each.start <= span.start)
    return next((of_one for of_one in found if any(each.start == span.start for each in of_one)), ())


def item_at(text: str, items: Sequence[Span], number: str) -> Span | None:
    """The one of `items` that has `number`, written as `三`; None where none begins with it."""
    marks = ((_mark(text, item), item) for item in items)
    return next((item for mark, item in marks if mark and mark[1] == from_han(number)), None)


def counts_to(text: str, number: str) -> bool:
    """Whether `text` counts something off as far as `number`, written as `三`."""
    words = [word for word, of_word in _IN_TURN.items() if of_word == from_han(number)]
    ways = [f"{number}[是要]", f"[第其]{number}[，,、：:是]", *words]  # 唯一要求 counts nothing
    return bool(re.search(rf"(?<!\w)(?:{'|'.join(ways)})", text))


def _opened_at(text: str, spans: list[Span], place: int) -> tuple[Span, ...]:
    """The enumeration that the sentence at `place` opens: the first mark is in it, or begins the next one."""
    own = _marks_inside(text[spans[place].start : spans[place].end])
    following = _mark(text, spans[place + 1]) if place + 1 < len(spans) else None
    if own and own[0][1] == 1 and _mark(text, spans[place]) is None:
        style, number = own[-1]
    elif following and following[1] == 1 and _mark(text, spans[place]) is None:
        style, number = following[0], 0
    else:
        return ()
    found, last = [spans[place]], spans[place].end
    for each in spans[place + 1 :]:
        mark = _mark(text, each)
        begins_another = number > 0 and mark == (style, 1)
        if begins_another or each.start - last > _MOST_BETWEEN or each.end - spans[place].start > _MOST_CHARS:
            break
        if mark in ((style, number + 1), (style, None)):
            inside = [n for s, n in _marks_inside(text[each.start : each.end]) if s == style]
            number, last = max([number + 1, *inside]), each.end
            found.append(each)
            if mark == (style, None):
                break
    return tuple(found) if number > 1 else ()


def _mark(text: str, span: Span) -> tuple[str, int | None] | None:
    """The sort of mark that a sentence begins with, and its number; None for the number that is next and last."""
    return _read(_OPENS.match(text, span.start, span.end))


def _marks_inside(sentence: str) -> list[tuple[str, int]]:
    found = filter(None, map(_read, _INSIDE.finditer(sentence)))
    return [(style, number) for style, number in found if number is not None]


def _read(match: re.Match[str] | None) -> tuple[str, int | None] | None:
    if match is None:
        return None
    if word := match["turn"]:
        return "第", _IN_TURN[word]
    number = match["plain"] or match["nth"] or match["its"]
    style = match["verb"] or ("第" if match["nth"] else "其")
    return style, int(from_han(number) or 0)
