"""Whether what was sent is a question at all. Every function is pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from rag.checking import plain
from rag.personal import find
from rag.records import Turn
from web.api.schema import HISTORY_CHARS, SaidBefore
from web.problems import Refused


def checked(text: str, *, most: int) -> str:
    """`text` in NFC. Raises `Refused` where it is blank, has more than `most` code points or personal data."""
    question = unicodedata.normalize("NFC", text).strip()
    if not plain(question[: 2 * most + 100]):
        raise Refused("question-empty", errors=[{"pointer": "/question", "code": "empty"}])
    if len(question) > most:
        raise Refused("question-too-long", errors=[{"pointer": "/question", "code": "too-long"}], values={"most": most})
    if find(question):
        raise Refused("personal-data", errors=[{"pointer": "/question", "code": "personal-data"}])
    return question


def turns(history: Sequence[SaidBefore] | None) -> tuple[Turn, ...]:
    """What was said before. Raises `Refused` where it is too much."""
    said = tuple(Turn(role=turn.role, content=turn.content) for turn in history or ())
    if sum(len(turn.content) for turn in said) > HISTORY_CHARS:
        raise Refused("invalid-request", errors=[{"pointer": "/history", "code": "too-long"}])
    return said
