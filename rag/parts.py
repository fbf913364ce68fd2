"""A question that asks several things, taken apart, so that each part is searched and answered. Knows no articles."""

from __future__ import annotations

import re

from corpus.fold import simplify, simplify_with_offsets
from corpus.passages import Span
from rag.asking import asked

_MOST = 4
_LONGEST = 200  # characters in which the words that join two things are looked for
_ENDS = re.compile(r"(?<=[?？；;])")
_EACH = re.compile(
    r"各自(?![治主费考])|各(?=[是为有由占需要应可得去来叫约已将曾涨增减降哪怎谁几]|在(?!京)|能(?!源)|多[少大高长远久]|什么|如何"
    r"|属于|达到|负责|承担|聚焦|主营|包[括含]|大[概约]|一共|吸引|引进|生产|举[办行]|设[了有]|签[了署约]|发[布放了]"
    r"|投(?:了|入|资(?!者|人))|领[取了到]|缴[纳多了])"
    r"|(?<![么何无没的])分别|respectively"
)
_AND = re.compile(
    r"以及"
    r"|(?<![温饱缓颐总])(?<!(?<!怀)柔)和(?![谐睦尚浩]|平(?![台均板])|田(?!径)|解(?![除决释放])|气(?![象温候体])|(?<=共和)国)"
    r"|(?<![参给赠授])与(?!否|会(?![计议展员]))"
    r"|(?<![以涉普顾提触危埃不遍累])(?<!(?<!宁)波)及(?![早至其]|格(?!力)|时(?![间代]))"
)
"""What joins two names: no part of 参与, 及格, 和平."""
_PROPERTY = re.compile(
    r"(?:面积|人口|[医社]保|公积金|养老金|补贴|津贴|待遇|工资|比例|标准|规模|收入|增速|时间|日期|地[点址]|电话|条件|材料|流程"
    r"|期限|主题|内容|目标|任务|职责|[率线额数费价值量度])$"
)
_ONLY_IS = re.compile(r"^(?:各?[是为占达有]到?)?(?:多少|几|什么|哪|怎|如何)")
_MOST_LONGER = 1
"""Of so many characters more, what a second name ends in may well be meant of the first too."""
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
    for piece in in_a_row(question):
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


def in_a_row(question: str) -> list[str]:
    """What ends with a question mark or a semicolon in `question`, and the rest behind the last one."""
    return [piece.strip() for piece in _ENDS.split(question) if piece.strip()]


def _has_subject(piece: str) -> bool:
    """False for an afterthought such as `报道点了哪几家的名？`, which asks about what was just named."""
    taken = asked(piece)
    return taken.english or sum(map(len, taken.runs)) >= 6


def _lead(first: str) -> str:
    """The words before a colon say what all parts are about: `跟汽车有关：……？……？`"""
    head, colon, _ = first.partition("：")
    return head + colon if colon and len(head) <= 20 else ""


def _coordinated(question: str) -> tuple[str, ...] | None:
    each = next(iter(_places(_EACH, question[:_LONGEST])), None)
    if not each:
        return None
    head, tail = question[: each.start].rstrip("，, "), question[each.end :]
    clauses = [*(m.end() for m in _CLAUSE.finditer(head)), len(head)]
    # 甲和乙分别…… names them in the last clause; 甲和乙，地点分别…… in the one before.
    for place in range(len(clauses) - 1, max(-1, len(clauses) - 3), -1):
        begin, end = clauses[place - 1] if place else 0, clauses[place]
        named = _named(head[begin:end].rstrip("，,：:"), told=head[end:] + tail)
        if named:
            rest = ("，" if head[end:] else "") + head[end:] + tail
            return tuple(head[:begin] + each_one + rest for each_one in named)
    return None


def _named(clause: str, *, told: str) -> list[str]:
    """The two to four things that `clause` joins, each with what they share: `走廊在第三届和第七届大会`.

    None where what is `told` of them may lack what only the second is written with: `语文和数学及格线` are how many.
    """
    joints = [at for at in _places(_AND, clause) if at.start >= 2 and at.end < len(clause) - 1][:_MOST]
    if not joints:
        return []
    starts = {joint: _shared_start(clause[: joint.start], clause[joint.end :]) for joint in joints}
    joint = max(joints, key=lambda at: (at.start - starts[at] if starts[at] else 0, at.start))
    first, second = clause[: joint.start], clause[joint.end :]
    shared = first[: starts[joint]]
    listed = [name for name in first[len(shared) :].split("、") if name]
    name, of, owned = second.partition("的")
    if of and listed and "的" not in first:
        if not _PROPERTY.search(simplify(owned)) and abs(len(name) - len(listed[-1])) > _MOST_LONGER:
            return []
        listed = [each + of + owned for each in listed]
    elif listed and _lacks_property(listed[-1], second) and _ONLY_IS.match(simplify(told)):
        return []
    owner, of, owned = listed[0].rpartition("的") if listed else ("", "", "")
    if "的" not in second and all(_PROPERTY.search(simplify(each)) for each in (listed[-1], second) if listed):
        if any("的" in each for each in listed[1:]):
            return []  # 上海、苏州的面积和人口: two things of two
        if of:
            shared, listed = shared + owner + of, [owned, *listed[1:]]
    return [shared + name for name in [*listed, second][:_MOST]]


def _lacks_property(first: str, second: str) -> bool:
    """Whether `second` names a property of what it names, and `first` none."""
    longer = len(second) > len(first) + _MOST_LONGER
    return longer and bool(_PROPERTY.search(simplify(second))) and not _PROPERTY.search(simplify(first))


def _places(pattern: re.Pattern[str], text: str) -> list[Span]:
    """Where `pattern`, written in Simplified characters, stands in `text` of either script."""
    folded = simplify_with_offsets(text)
    return [Span(*folded.span(*found.span())) for found in pattern.finditer(folded.text)]


def _shared_start(first: str, second: str) -> int:
    """Where the part of `first` begins that `second` stands in for: `G60在第三届进博会` / `第七届进博会` -> 4."""
    shape = _SHAPE.sub("#", second)
    for start in range(len(first)):
        tail = _SHAPE.sub("#", first[start:])
        if len(tail) >= 3 and "#" in tail and shape.startswith(tail) and not first[:start].endswith(("第", "#")):
            return start
    return 0
