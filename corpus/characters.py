"""Undoes damage to single characters: entities, invisible and control characters, odd spaces and line ends."""

from __future__ import annotations

import html
import re

from corpus.records import Repair
from corpus.tally import Tally

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});|&nbsp(?![A-Za-z])")
_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_JOINED = "\u00a9\u00ae\u2190-\u2bff\ufe0e\ufe0f\U0001f000-\U0001faff\u0590-\u0dff\u1780-\u18af"
# Joiners hold together emoji and the letters of Indic and Arabic scripts; elsewhere they are debris.
_INVISIBLE = re.compile(
    rf"(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])|[\u200b\u2060-\u2064\u180e\ufeff\ufff9-\ufffb]"
)
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
    """`text` without zero-width and direction characters. Control characters stay: other damage may need them."""
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
