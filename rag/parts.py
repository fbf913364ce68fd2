"""A question that asks several things, taken apart, so that each part is searched and answered. Knows no articles."""

from __future__ import annotations

import re

from rag.asking import asked

_MOST = 4
_LONGEST = 200  # characters in which the words that join two things are looked for
_ENDS = re.compile(r"(?<=[?？；;])")
_EACH = re.compile(r"(?:各自?|分别|分別|各是|各在|respectively)")
_AND = re.compile(r"[和与與及]")
_CLAUSE = re.compile(r"[，,：:]")
_SHAPE = re.compile(r"[一二三四五六七八九十百\d]+")
_ASKS = re.compile(
    r"[?？]|谁|誰|什么|什麼|哪|多少|几|幾|怎|如何|吗|嗎|\b(?:what|who|when|where|which|how|why|did|does|is|are|was|were)\b",
    re.IGNORECASE,
)


def parts(question: str) -> tuple[str, ...]:
    """The questions that `question` holds, each able to stand alone; `(question,)` where it asks one thing.

    Several questions in a row, each with its question mark or semicolon, an afterthought kept with what it asks about;
    or one about two things, joined by 和 or 与, asked for each (各、分别). At most four parts; what is more goes with
    the last.
    """
    groups: list[str] = []
    opening = ""
    for piece in (piece.strip() for piece in _ENDS.split(question)):
        asks = bool(_ASKS.search(piece))
        if groups and (len(groups) == _MOST or not asks or not _has_subject(piece)):
            groups[-1] += piece
        elif asks:
            groups.append(opening + piece)
            opening = ""
        else:
            opening += piece  # says what the question after it is about
    if len(groups) > 1:
        lead = _lead(groups[0])
        return (groups[0], *(lead + piece for piece in groups[1:]))
    return _coordinated(question) or (question,)


def _has_subject(piece: str) -> bool:
    """False for an afterthought such as `报道点了哪几家的名？`, which asks about what was just named."""
    taken = asked(piece)
    return taken.english or sum(map(len, taken.runs)) >= 6


def _lead(first: str) -> str:
    """The words before a colon say what all parts are about: `跟汽车有关：……？……？`"""
    head, colon, _ = first.partition("：")
    return head + colon if colon and len(head) <= 20 else ""


def _coordinated(question: str) -> tuple[str, ...] | None:
    each = _EACH.search(question[:_LONGEST])
    if not each:
        return None
    head, tail = question[: each.start()].rstrip("，, "), question[each.end() :]
    clauses = [*(m.end() for m in _CLAUSE.finditer(head)), len(head)]
    # 甲和乙分别…… names them in the last clause; 甲和乙，地点分别…… in the one before.
    for place in range(len(clauses) - 1, max(-1, len(clauses) - 3), -1):
        begin, end = clauses[place - 1] if place else 0, clauses[place]
        named = _named(head[begin:end].rstrip("，,：:"))
        if named:
            rest = ("，" if head[end:] else "") + head[end:] + tail
            return tuple(head[:begin] + each_one + rest for each_one in named)
    return None


def _named(clause: str) -> list[str]:
    """The two to four things that `clause` joins, each with what they share: `走廊在第三届和第七届大会`."""
    joints = [m.start() for m in _AND.finditer(clause) if m.start() >= 2 and m.end() < len(clause) - 1][:_MOST]
    if not joints:
        return []
    starts = {joint: _shared_start(clause[:joint], clause[joint + 1 :]) for joint in joints}
    joint = max(joints, key=lambda at: (at - starts[at] if starts[at] else 0, at))
    first, second = clause[:joint], clause[joint + 1 :]
    shared = first[: starts[joint]]
    listed = [name for name in first[len(shared) :].split("、") if name]
    return [shared + name for name in [*listed, second][:_MOST]]


def _shared_start(first: str, second: str) -> int:
    """Where the part of `first` begins that `second` stands in for: `G60在第三届进博会` / `第七届进博会` -> 4."""
    shape = _SHAPE.sub("#", second)
    for start in range(len(first)):
        tail = _SHAPE.sub("#", first[start:])
        if len(tail) >= 3 and "#" in tail and shape.startswith(tail) and not first[:start].endswith(("第", "#")):
            return start
    return 0
