"""Turns the bytes of a file into text, whatever Chinese or Unicode encoding they are in.

Valid UTF-8 is UTF-8; otherwise the encoding under which the bytes read most like text wins. Knows no file formats.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from corpus.errors import UnreadableArticle
from corpus.plausibility import log_likelihood

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC: tuple[bytes, ...] = (
    b"\x7fELF",
    b"MZ\x90",
    b"PK\x03\x04",
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"BZh",
)
_MAGIC += (b"7z\xbc\xaf", b"Rar!", b"\xd0\xcf\x11\xe0", b"SQLite format", b"ID3", b"OggS", b"RIFF", b"\xfd7zXZ")
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "big5": "big5hkscs", "iso-8859-1": "cp1252"}
_SAMPLE = 6000
_MAX_ODD = 0.1
_MAX_BROKEN = 0.02


def decoded(data: bytes, declared: str | None = None) -> str:
    """The text that `data` is. `declared` is what the file itself says of its encoding.

    Raises `UnreadableArticle` if it is no text.
    """
    encoding = encoding_of(data, declared)
    text = data.decode(encoding, "replace")
    odd = sum(
        1 for c in text[:_SAMPLE] if c == "\ufffd" or (c < " " and c not in "\t\n\r\f\x0b") or "\ue000" <= c <= "\uf8ff"
    )
    if odd > _MAX_ODD * min(len(text), _SAMPLE):
        raise UnreadableArticle("binary")
    return text


def encoding_of(data: bytes, declared: str | None = None) -> str:
    """The encoding of `data`, or of the file that it is the beginning of.

    Raises `UnreadableArticle` if that is no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if data.startswith(_MAGIC):
        raise UnreadableArticle("binary")
    if (zeros := data[:_SAMPLE].count(0)) and zeros * 20 > len(data[:_SAMPLE]):
        return _wide(data)
    if _is_utf8(data):
        return "utf-8"
    if _is_western(data):
        return "cp1252"
    known = _known(declared)
    if known and _reads(data, known):
        return known
    best = max(("gb18030", "big5hkscs", "utf-16-le", "utf-16-be"), key=lambda name: _plausibility(data, name))
    if _plausibility(data, best) > -9.0:
        return best
    guess = from_bytes(data[:_SAMPLE]).best()
    if guess is None:
        raise UnreadableArticle("binary")
    return guess.encoding


def _is_utf8(data: bytes) -> bool:
    """Whether `data` is UTF-8, but for a few broken bytes and a character that its end cuts."""
    text = data.decode("utf-8", "replace")
    broken = text[: len(text) - 2].count("\ufffd")
    real = sum(1 for character in text[:_SAMPLE] if character > "\x7f" and character != "\ufffd")
    return broken == 0 or (broken <= _MAX_BROKEN * len(text) and broken * 5 < real)


def _is_western(data: bytes) -> bool:
    """Whether the bytes above ASCII are few and stand alone: accented letters. Those of Chinese come in runs."""
    runs = re.findall(rb"[\x80-\xff]+", data[:_SAMPLE])
    alone = sum(len(run) == 1 for run in runs)
    return alone * 10 >= len(runs) * 8 and sum(map(len, runs)) * 6 < len(data[:_SAMPLE])


def _known(declared: str | None) -> str | None:
    if not declared:
        return None
    try:
        name = codecs.lookup(declared.strip()).name
    except (LookupError, ValueError):
        return None
    return _WIDER.get(name, name)


def _reads(data: bytes, encoding: str) -> bool:
    text = data.decode(encoding, "replace")
    return text.count("\ufffd") <= _MAX_BROKEN * len(text)


def _wide(data: bytes) -> str:
    """Which UTF-16 the many zero bytes belong to."""
    even, odd = data[:_SAMPLE:2].count(0), data[1:_SAMPLE:2].count(0)
    name = "utf-16-le" if odd >= even else "utf-16-be"
    if min(even, odd) * 10 > max(even, odd) or not _reads(data, name):
        raise UnreadableArticle("binary")
    return name


def _plausibility(data: bytes, encoding: str) -> float:
    """How much like text `data` reads in `encoding`: the mean logarithm of the likelihood of a character."""
    text = data[:_SAMPLE].decode(encoding, "replace")
    return log_likelihood(text) / max(1, len(text)) - 20 * text[:-2].count("\ufffd") / max(1, len(text))
