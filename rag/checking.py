"""Whether a question is searched at all, and what of it is text. Knows nothing of articles."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from corpus.characters import BLANK
from corpus.fold import fold
from rag import personal
from rag.routes import route

# Orders to drop the rules, not questions. With a model they would be an attack, without one they are no question.
_START = r"^[\s\W]*(?:请你?|你|您|现在|接下来|从现在起|please|now|you must|you should|first)?[,，\s]*"
_RULES = r"(?:规则|指令|指示|要求|提示词?|设定|限制|约束|以上|上述|之前|前面)"
_ENGLISH_RULES = r"(?:rules?|instructions?|prompts?|guidelines?|restrictions?|above|previous)"
_ORDER = re.compile(
    _START + r"(?:"
    rf"(?:忽略|无视|忘记|忘掉|抛开|绕过|跳过|不要遵守|不必遵守)[^。？！?!]{{0,12}}{_RULES}"
    rf"|(?:ignore|disregard|forget|bypass|override)\b[^.?!]{{0,40}}\b{_ENGLISH_RULES}\b"
    r"|(?:输出|打印|显示|告诉我|泄露|重复)[^。？！?!]{0,10}(?:系统提示词?|系统指令|system prompt|初始指令)"
    r"|(?:reveal|print|show|repeat|output)\b[^.?!]{0,30}\b(?:system prompt|initial instructions|hidden instructions)"
    r")"
)
_BLANK = re.compile(f"[{BLANK}]")
_SENTENCE = re.compile(r"(?:[^。！？!?；;\n.]|\.(?!\s|$))+[。！？!?；;\n.]*|[。！？!?；;\n.]+")
_ASKS = re.compile(r"[?？]|谁|什么|哪|多少|几|怎|如何|吗|介绍|\b(?:what|who|when|where|which|how|why)\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A question that is searched, or the name of the reply that is given instead."""

    text: str
    refusal: str | None = None
    """Name in `prompts/replies.*.toml`, or None."""


def plain(text: str) -> str:
    """`text` without characters that do not show (control, format, tag, filler), each run of white space one space."""
    kept = (
        " " if c.isspace() else c
        for c in _BLANK.sub("", text)
        if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )
    return re.sub(r" +", " ", "".join(kept)).strip()


def check(text: str, *, max_chars: int) -> Checked:
    """`text` cleaned of invisible characters, or the reply it gets instead of a search.

    A cry for help is heard first, however long it is and whatever it holds. Then: empty, longer than `max_chars` code
    points, personal data, an order to drop the rules, a message of another kind (see `rag.routes`).
    """
    cleaned = plain(text[: 20 * max_chars])  # a longer one is refused whatever it holds
    if not any(unicodedata.category(c)[0] in "LN" for c in cleaned):
        return Checked(text=cleaned, refusal="question_empty")
    shown = cleaned[:max_chars]
    routed = route(shown)
    if routed == "crisis":
        return Checked(text=shown, refusal=routed)
    if len(cleaned) > max_chars:
        return Checked(text=shown, refusal="question_too_long")
    if personal.find(cleaned):
        return Checked(text=personal.masked(cleaned), refusal="question_personal")
    kept = _without_orders(cleaned)
    if not kept:
        return Checked(text=cleaned, refusal="question_is_order")
    return Checked(text=kept, refusal=route(kept))


def _without_orders(text: str) -> str:
    """`text` without the sentences that order to drop the rules; what is asked beside them may still be answered."""
    if not any(_ORDER.search(fold(sentence)) for sentence in _SENTENCE.findall(text)):
        return text
    kept = [sentence for sentence in _SENTENCE.findall(text) if not _ORDER.search(fold(sentence))]
    return "".join(kept).strip() if any(_ASKS.search(fold(sentence)) for sentence in kept) else ""
