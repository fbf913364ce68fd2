"""Every word that the model or the public reads, out of the files in `prompts/`. Knows no model."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from rag.records import Language

_FOLDER = Path(__file__).resolve().parent.parent / "prompts"


@cache
def _table(kind: str, language: Language) -> dict[str, str]:
    return tomllib.loads((_FOLDER / f"{kind}.{language}.toml").read_text(encoding="utf-8"))


def reply(name: str, language: Language, /, **values: object) -> str:
    """The approved words `name` of `prompts/replies.{language}.toml`, with `values` filled in."""
    return _table("replies", language)[name].format(**values)


def label(name: str, language: Language, /, **values: object) -> str:
    """The screen's words `name` of `prompts/labels.{language}.toml`, with `values` filled in."""
    return _table("labels", language)[name].format(**values)


def labels(language: Language) -> Mapping[str, str]:
    """All the screen's words of a language, by name, with nothing filled in."""
    return MappingProxyType(_table("labels", language))


@cache
def prompt(name: str, language: Language) -> str:
    """The prompt `prompts/{name}.{language}.md`, without its first line, which lists the variables."""
    return (_FOLDER / f"{name}.{language}.md").read_text(encoding="utf-8").split("\n", 1)[1].strip()
