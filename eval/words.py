"""The words of a report, in Chinese and in English: `prompts/report.*.toml`. And text made safe for HTML."""

from __future__ import annotations

import tomllib
from functools import cache
from html import escape
from pathlib import Path
from typing import Literal

_FOLDER = Path(__file__).resolve().parent.parent / "prompts"

Language = Literal["zh-Hans", "en"]


@cache
def _table(language: Language) -> dict[str, str]:
    return tomllib.loads((_FOLDER / f"report.{language}.toml").read_text(encoding="utf-8"))


def word(name: str, language: Language, /, **values: object) -> str:
    """The words `name` of `prompts/report.{language}.toml`, with `values` filled in."""
    return _table(language)[name].format(**values)


def known(name: str) -> bool:
    """Whether there are words of this name."""
    return name in _table("en")


def in_both(name: str, /, **values: object) -> tuple[str, str]:
    """The words `name` in Chinese and in English."""
    return word(name, "zh-Hans", **values), word(name, "en", **values)


def both(name: str, /, **values: object) -> str:
    """HTML of the words `name` in both languages, of which the page shows the one that its reader has chosen."""
    chinese, english = (safe(text) for text in in_both(name, **values))
    return f'<span class="zh" lang="zh-Hans">{chinese}</span><span class="en" lang="en">{english}</span>'


def safe(text: object) -> str:
    """`text` for HTML; control characters and lone surrogates as escapes, so that any browser reads the file."""
    shown = (c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in str(text))
    return escape("".join(shown))
