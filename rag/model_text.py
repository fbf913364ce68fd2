"""What a model writes, cut into whole sentences as it comes and made plain text.

Knows nothing of passages or of what is true: see `rag/citations.py` and `rag/support.py`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from corpus.fold import fold_with_offsets

_THINK = re.compile(r"<\s*(?:think|thinking|thought|reasoning)\s*>", re.IGNORECASE)
_THOUGHT = re.compile(r"<\s*/\s*(?:think|thinking|thought|reasoning)\s*>", re.IGNORECASE)
_TAG_BEGINS = re.compile(r"<[^<>\s]{0,12}\s{0,2}$")

_CLOSERS = r"[\"'”’」』）)》〉*_]*"
_MARK = (
    r"(?:\s*(?:[\[【［][^\]】］）)\n]{0,40}[\]】］](?:\([^()\s]*\))?|\^\[?\d{1,2}\]?|[⁰¹²³⁴-⁹]+"
    r"|[(（]\s*\d{1,3}\s*[)）]))"
)
_END = re.compile(
    rf"(?P<mark>(?:(?:[。！？]|[!?](?![\w=&%/]))+|…{{2,}}|\.(?=[\s\"'”’)\]\[【［^]|$)){_CLOSERS})(?P<numbers>{_MARK}*[。.]?)|\n+"
)
_MARK_BEGINS = re.compile(r"^\s*(?:[\[【［(（^][^\]】］)）\n]{0,40})?$")
_ABBREVIATION = re.compile(
    r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|Prof|No|vs|Inc|Ltd|Co|Corp|St|Jr|Sr|approx|est|e\.g|i\.e|etc"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)|^\s*\d{1,3})$"
)

_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])")
_LINK = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\[(?!\d)[^\]]+\])")
_LINK_TARGET = re.compile(r"^\s*\[[^\]]+\]:\s*\S+.*$", re.MULTILINE)
_CODE = re.compile(r"<\s*(script|style)\b.*?(?:<\s*/\s*\1\s*>|$)", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z!][^<>]*>|<[a-z][a-z0-9+.-]*:[^<>\s]*>", re.IGNORECASE)
# What a browser would wait for the end of. Other words after `<` may be a comparison.
_OPEN_TAG = re.compile(
    r"<\s*/?\s*(?:a|audio|base|body|button|div|embed|form|frame|html|iframe|image|img|input|link|math|meta|object|p|script"
    r"|source|span|style|svg|table|template|video)(?![a-z0-9])[^<>]*$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:/{1,2}|www\.|\b(?:javascript|data|mailto|tel):)[!-~]+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w.@-])(?:[a-z0-9-]+\.)+(?:com|cn|net|org|gov|edu|io|info|top|xyz|cc|vip|site|online|shop|app|dev|me|tv|co|hk|tw"
    r"|mo|ru|biz|club|link|click|example|test|invalid|local)\b(?:[/:?#][!-~]*)?",
    re.ASCII,
)
_LEFT_OF_ADDRESS = re.compile(r"[(（<＜]\s*[)）>＞]")
_EMPHASIS = re.compile(r"(\*\*\*|\*\*|__|`+|~~)")
_STAR = re.compile(r"(?<![*\w])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![*\w])")
_LINE_BEGINS = re.compile(r"^\s*(?:#{1,6}\s+|>\s*)+", re.MULTILINE)
_BULLET = re.compile(r"^\s*[*•·–]\s+")
_RULE = re.compile(r"^[\s|:*_=\-—]+$")
_NO_ANSWER = re.compile(r"NO\\?[_ ]ANSWER|^\W*(?i:no[_ ]?answer)\W*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """One sentence as the model wrote it, with the numbers in it."""

    text: str
    before: str
    """What stands between it and the one before: nothing, a space, or line breaks."""


class Sentences:
    """Cuts what a model streams into whole sentences.

    A sentence is given out when it is sure to be over: its end mark and the numbers behind it are followed by
    something else. What the model thinks between `<think>` tags is dropped.
    """

    def __init__(self) -> None:
        self._raw = ""  # may be the beginning of a tag
        self._held = ""  # text that is not yet a whole sentence
        self._thinking = False
        self._before = ""

    def feed(self, piece: str) -> list[Written]:
        """The sentences that `piece` completes."""
        self._take(self._raw + piece)
        return self._cut(final=False)

    def rest(self) -> list[Written]:
        """The sentences that are left at the end of the stream."""
        if not self._thinking:
            self._held += self._raw
        self._raw = ""
        return self._cut(final=True)

    @property
    def unfinished(self) -> bool:
        """Whether the stream so far stops in the middle of a sentence."""
        text = (self._held + self._raw).strip()
        ended = any(match.end() == len(text) for match in _END.finditer(text)) or re.search(rf"{_MARK}$", text)
        return bool(text) and not ended and not without_no_answer(text)[1]

    def _take(self, raw: str) -> None:
        """Moves what is no thought from `raw` to the text held."""
        while True:
            begun, over = _THINK.search(raw), _THOUGHT.search(raw)
            if self._thinking and over:
                raw, self._thinking = raw[over.end() :], False
            elif self._thinking:
                self._raw = raw[-16:]  # the closing tag may have begun
                return
            elif over and (not begun or over.start() < begun.start()):
                self._held, raw = "", raw[over.end() :]  # some models' tag opens in the prompt: all this was thought
            elif begun:
                self._held, raw, self._thinking = self._held + raw[: begun.start()], raw[begun.end() :], True
            else:
                tag = _TAG_BEGINS.search(raw)
                cut = tag.start() if tag else len(raw)
                self._held, self._raw = self._held + raw[:cut], raw[cut:]
                return

    def _cut(self, *, final: bool) -> list[Written]:
        found: list[Written] = []
        while end := self._end(final=final):
            self._give(found, self._held[:end])
            self._held = self._held[end:]
        if final:
            self._give(found, self._held)
            self._held = ""
        return found

    def _give(self, found: list[Written], text: str) -> None:
        stripped = text.strip()
        if stripped:
            lead = text[: len(text) - len(text.lstrip())]
            found.append(Written(text=stripped, before=_gap(self._before + lead)))
            self._before = text[len(text.rstrip()) :]
        else:
            self._before += text

    def _end(self, *, final: bool) -> int | None:
        for match in _END.finditer(self._held):
            after = self._held[match.end() :]
            if match["mark"] is None:
                if not final and not after.strip() and not self._held[: match.start()].strip():
                    continue
                return match.end()
            if match["mark"].startswith(".") and _ABBREVIATION.search(self._held[: match.start()].rpartition("\n")[2]):
                continue
            if not match["numbers"] and re.search(r"[”」\"]$", match["mark"]) and re.match(r"[\u3400-\u9fff]", after):
                continue  # who said it follows what was said
            if final or not _MARK_BEGINS.match(after):
                return match.end()
            return None
        return None


def _gap(white: str) -> str:
    breaks = white.count("\n")
    return "\n" * min(breaks, 2) if breaks else " " if white else ""


def plain_words(sentence: str) -> str:
    """`sentence` without markup, links, addresses and characters that do not show."""
    text = "".join(c for c in sentence if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    text = _LINK_TARGET.sub("", _IMAGE.sub("", text))
    text = _LINK.sub(r"\1", text)
    text = _without_addresses(_OPEN_TAG.sub("", _TAG.sub("", _CODE.sub("", text))))
    text = _LINE_BEGINS.sub("", _STAR.sub(r"\1", _EMPHASIS.sub("", text)))
    text = _BULLET.sub("- ", text)
    if "|" in text:
        text = "，".join(cell.strip() for cell in text.split("|") if cell.strip() and not _RULE.match(cell))
    return "" if _RULE.match(text) else re.sub(r"[ \t\u3000]+", " ", text).strip()


def _without_addresses(text: str) -> str:
    folded = fold_with_offsets(text)  # full-width letters make addresses too
    cuts = [folded.span(*match.span()) for match in _ADDRESS.finditer(folded.text)]
    for start, end in reversed(cuts):
        kept = re.search(r"[.,!?;:)，。！？；：）]*$", text[start:end])
        text = text[:start] + (kept.group() if kept else "") + text[end:]
    return _LEFT_OF_ADDRESS.sub("", text) if cuts else text


def without_no_answer(text: str) -> tuple[str, bool]:
    """`text` without the word that says that the passages hold no answer, and whether it was there."""
    cleaned = _NO_ANSWER.sub("", text)
    return cleaned.strip(), cleaned != text
