"""Undoes damage to single characters: entities, invisible and control characters, odd spaces and line ends."""

from __future__ import annotations

import html
import re

from corpus.records import Repair
from corpus.tally import Tally

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});|&nbsp(?![A-Za-z])")
_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_JOINED = "\u00a9\u00ae\u2190-\u2bff\ufe0e\ufe0f\U0001f000-\U0001faff\u0590-\u0dff\u1780-\u18af"
BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
"""Characters that count as letters, marks or symbols and show nothing, for a class of a regular expression."""
# Joiners hold together emoji and the letters of Indic and Arabic scripts, and Mongolian and Korean have fillers of
# their own; elsewhere they are debris. Tags, overrides of the direction and controls of notes are in no article.
_INVISIBLE = re.compile(
    rf"(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])"
    r"|(?<![\u1800-\u18af])[\u180b-\u180d\u180f]|(?<![\u1100-\u115e\u1161-\u11ff])[\u115f\u1160](?![\u1161-\u11ff])"
    r"|[\u200b\u2060-\u2065\u206a-\u206f\u180e\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\u202d\u202e]"
    r"|[\u034f\u17b4\u17b5\u2800\u3164\uffa0\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
)
# One chooses between forms of a character; a row of them is a message that no screen shows.
_SELECTORS = re.compile("(?<=[\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_BIDI = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\ufdd0-\ufdef\ufffe\uffff]")
_CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u2018-\u201d,;:.!?]")
_SPACES = re.compile("[ \u00a0\u2000-\u200a\u202f\u205f\u3000]+")


def without_entities(text: str) -> tuple[str, tuple[Repair, ...]]:
    """`text` with `&ldquo;` and `&#x4f20;` as the characters that they mean, however often they were escaped."""
    tally = Tally()
    for _ in range(4):
        after = tally.replace("entity", _ENTITY, _meant, text)
        if after == text:
            break
        text = after
    return text, tally.repairs()


def _meant(match: re.Match[str]) -> str:
    meant = html.unescape(match[0] if match[0].endswith(";") else match[0] + ";")
    return meant if len(meant) == 1 else match[0]


def without_invisible(text: str) -> tuple[str, tuple[Repair, ...]]:
    """`text` without zero-width, tag and direction characters. Control characters stay: other damage may need them."""
    tally = Tally()
    text = tally.replace("line-end", _LINE_END, lambda _: "\n", text)
    text = tally.replace("surrogate", _SURROGATE, lambda _: "", text)
    text = tally.replace("invisible-character", _INVISIBLE, lambda _: "", text)
    if not _RIGHT_TO_LEFT.search(text):
        text = tally.replace("invisible-character", _BIDI, lambda _: "", text)
    return text, tally.repairs()


def without_control(text: str) -> tuple[str, tuple[Repair, ...]]:
    """`text` without control characters, soft hyphens and no-break spaces between Chinese characters."""
    tally = Tally()
    text = tally.replace("control-character", _CONTROL, lambda _: "", text)
    text = tally.replace("invisible-character", _SELECTORS, lambda _: "", text)
    text = tally.replace("no-break-space", _SPACES, _spaced, text)
    return text, tally.repairs()


def _spaced(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1 : match.start()] if match.start() else "\n"
    after = match.string[match.end() : match.end() + 1]
    if not set(match[0]) - {" ", "\u3000"} or not (_CJK.match(before) or _CJK.match(after) or before == "\n"):
        return match[0]
    return (
        "" if (after and after in "，。、；：！？”’）」』》") or before in "\n，。、；：！？,;:.!?”’）」』》" else " "
    )


def line_shown(text: str) -> str:
    """What a reader sees of a title or a name: on one line, without characters that do not show."""
    for step in (without_invisible, without_control):
        text, _ = step(text)
    return " ".join(text.split())
