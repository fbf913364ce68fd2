"""Damages clean texts the way scraped pages are damaged, so that tests can see whether the damage is undone."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Iterable

MISSING = frozenset(b"\x81\x8d\x8f\x90\x9d")


def as_shown(data: bytes) -> str:
    """`data` as a decoder of GBK shows it that puts `?` for two bytes that make no character."""
    shown = []
    at = 0
    while at < len(data):
        if data[at] < 0x80:
            shown.append(chr(data[at]))
            at += 1
            continue
        pair = data[at : at + 2]
        whole = len(pair) == 2 and pair[1] >= 0x40
        shown.append((pair.decode("gbk", "ignore") if whole else "") or "?")
        at += 2
    return "".join(shown)


def with_readings(text: str, readings: dict[str, str]) -> str:
    """`text` after a converter wrote readings behind characters, looking for them among the bytes."""
    data = text.encode("gbk")
    marks = {character: f"\x01{number}\x02".encode() for number, character in enumerate(readings)}
    for character, mark in marks.items():
        code = character.encode("gbk")
        data = data.replace(code, code + b"(" + mark + b")")
    shown = as_shown(data)
    for character, mark in marks.items():
        # A `?` that swallowed the bracket stays; what it left of the reading is shown.
        shown = shown.replace(mark.decode(), readings[character])
    return shown


def with_lost_byte(text: str) -> str:
    """`text` with the first byte of every 。” gone."""
    return as_shown(text.encode("gbk").replace("。”".encode("gbk"), "。”".encode("gbk")[1:]))


def with_strewn_commas(text: str, seed: int) -> str:
    """`text` with commas before some of its other marks."""
    dice = random.Random(seed)
    return "".join("," + c if c in "，、。；" and dice.random() < 0.5 else c for c in text)


def with_entities(text: str, seed: int) -> str:
    """`text` with some characters escaped, some of them twice."""
    dice = random.Random(seed)
    named = {"“": "&ldquo;", "”": "&rdquo;", "&": "&amp;", "—": "&mdash;"}
    forms = (lambda c: f"&#{ord(c)};", lambda c: f"&#x{ord(c):x};", lambda c: f"&amp;#{ord(c)};")
    return "".join(named.get(c) or (dice.choice(forms)(c) if dice.random() < 0.1 and c > "\x7f" else c) for c in text)


def with_invisible(text: str, seed: int) -> str:
    """`text` with zero-width, direction and control characters in it."""
    dice = random.Random(seed)
    debris = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u202c\x00\x08\ud800"
    return "".join(c + dice.choice(debris) if dice.random() < 0.1 and c != "\n" else c for c in text)


def as_latin1(text: str, *, dropped: bool = False) -> str:
    """`text` in UTF-8, read as Windows-1252; with `dropped`, bytes that show nothing are gone."""
    shown = []
    for byte in text.encode("utf-8"):
        if byte in MISSING:
            shown.append("" if dropped else chr(byte))
        else:
            shown.append(bytes((byte,)).decode("cp1252"))
    return "".join(shown)


def as_gbk(text: str) -> str:
    """`text` in UTF-8, read as GBK."""
    return as_shown(text.encode("utf-8"))


def wrapped(text: str, width: int) -> str:
    """`text` with every paragraph cut into lines of `width` characters."""
    return "\n".join("\n".join(line[i : i + width] for i in range(0, len(line), width)) for line in text.split("\n"))


def indented(lines: Iterable[str]) -> str:
    return textwrap.indent("\n".join(lines), "　　")
