"""Which edition of what: `第三届进博会` is the third of 进博会. Names are of one event where one shortens the other.

Reads Simplified or folded text. Knows nothing of questions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.numerals import from_han

_ORDINAL = re.compile(r"第(?P<number>[一二三四五六七八九十百]{1,4}|\d{1,3})届")
BESIDE = re.compile(rf"(?:[比较继]|超过){_ORDINAL.pattern}")
"""An edition that another one is compared with."""
_INSIDE = re.compile(r"[()（）“”\"「」·\-–—―~]|^[ \u3000]+")
"""What stands inside a name: 中国(上海)国际技术进出口交易会, 中国—东盟博览会."""
_NAME = re.compile(
    r"(?:(?![的在将是有与和于由共吸昨今明去前后首]|上(?!海)|中(?![国华])|对(?!外))[\u4e00-\u9fffa-z\d]){2,30}",
    re.IGNORECASE,
)
_LONGEST = 40
_EVENT = re.compile(
    r".{1,28}?(?:论坛|大赛|联赛|锦标赛|(?<!社)会议|(?<!社)会(?![计员场馆长])|展览|杯赛|(?<!环)节(?![能约水])|文化周|活动周)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    number: int
    written: str
    """The number as it is written."""
    name: str
    """What it is the edition of; empty where that does not follow."""

    def same_event(self, name: str) -> bool:
        """Whether `name` may be what this is an edition of; nothing in place of a name fits any."""
        return not name or not self.name or _shortens(name, self.name) or _shortens(self.name, name)


def editions(text: str) -> list[Edition]:
    """The editions that `text` names, in their order."""
    found = []
    for match in _ORDINAL.finditer(text):
        number = from_han(match["number"])
        if number is not None:
            found.append(Edition(number=int(number), written=match["number"], name=name_at(text, match.end())))
    return found


def name_at(text: str, start: int) -> str:
    """The name of an event that begins at `start`; empty where none does."""
    name = _NAME.match(_INSIDE.sub("", text[start : start + _LONGEST]))
    event = _EVENT.match(name.group()) if name else None
    return event.group() if event else name.group() if name else ""


def is_event(name: str) -> bool:
    """Whether `name` is the name of an event that has editions."""
    return bool(_EVENT.fullmatch(name))


def _shortens(short: str, full: str) -> bool:
    """Whether the characters of `short` stand in `full` in their order: 进博会, 中国国际进口博览会."""
    letters = iter(full)
    return all(character in letters for character in short)
