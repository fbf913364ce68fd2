"""Undoes UTF-8 that was read as another encoding: `ä¸­å›½` (Windows-1252), `涓浗` (GBK), and marks 锟斤拷."""

from __future__ import annotations

import re
from functools import cache

from corpus.gbk import HOLE, encoded
from corpus.records import Repair
from corpus.tally import Tally
from corpus.utf8 import SWALLOWED, UNKNOWN, Reading, Ways, read_again

_MISSING = (0x81, 0x8D, 0x8F, 0x90, 0x9D, 0xA0, 0xAD)
"""Bytes that Windows-1252 shows as nothing, or that pages drop: its five gaps, the no-break space, the soft hyphen."""

_KUN = re.compile(r"(?:锟\s*斤\s*拷\s*)+(?:锟(?![斤\s])(.))?|锟[^\s锟拷]{2,5}拷", re.DOTALL)
_REPLACED = re.compile("\ufffd+")
_MAX_HOLES = 0.25
_LONGEST = 4000
_MOST_UNKNOWN = 300
"""`?`s of one text that are puzzled over; one that has more has lost too much."""
_GLIMPSE = 30
"""Characters that show where a run begins."""


@cache
def _single_bytes() -> dict[str, int]:
    """The characters of Windows-1252 above ASCII, and those of Latin-1 in its gaps, with their bytes."""
    table = {chr(byte): byte for byte in range(0x80, 0x100)}
    for byte in range(0x80, 0xA0):
        character = bytes((byte,)).decode("cp1252", "ignore")
        if character:
            table[character] = byte
    return table


@cache
def _single_run() -> re.Pattern[str]:
    letters = re.escape("".join(_single_bytes()))
    return re.compile(rf"[\u00c2-\u00f4][{letters}](?:[{letters}\x20-\x7e\ufffd]{{0,3}}[{letters}])*[?\ufffd]?")


def without_latin_reading(text: str) -> tuple[str, tuple[Repair, ...]]:
    """`text` with UTF-8 that was read as Latin-1 or Windows-1252 read as UTF-8 again."""
    tally = Tally()
    if re.search("[\u00c2-\u00f4][^\x00-\x7f]", text):
        text = tally.replace("utf8-as-latin1", _single_run(), _from_latin, text, around=0)
    return text, tally.repairs()


def _from_latin(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 1) : match.start()]
    parts = []
    for start in range(0, len(match[0]), _LONGEST):
        shown = match[0][start : start + _LONGEST]
        read = read_again(shown, [_latin_ways(c) for c in shown], before, _MISSING)
        if read is None or not _is_text(read.text):
            return match[0]
        parts.append(read.text + shown[read.taken :])
    return "".join(parts)


def _latin_ways(character: str) -> Ways:
    if character in "?\ufffd":
        return ((0x3F,), (UNKNOWN,))
    if character == " ":
        return ((0x20,), (0xA0,))
    return ((_single_bytes().get(character, ord(character)),),)


def _is_text(read: str) -> bool:
    """Whether the new reading is what a page says: Chinese and its marks, or, as in `Ã©`, a single Latin letter."""
    if read.count(HOLE) > _MAX_HOLES * len(read):
        return False
    wide = sum(character > "\u1fff" for character in read)
    return wide > 0 or all("\u00a0" <= c <= "\u024f" for c in read if not c.isascii())


# Two characters of UTF-8 in a row, seen as bytes.
_SEED = re.compile(rb"(?:[\xe2-\xe9\xef][\x80-\xbf]{2}){2}")
_MARK = re.compile(r"\A锘(.)")
_BACK = 4
_MIN_GAIN = 12.0
_MIN_GAIN_A_CHARACTER = 2.0


def without_gbk_reading(text: str) -> tuple[str, tuple[Repair, ...]]:
    """`text` with UTF-8 that was read as GBK read as UTF-8 again."""
    tally = Tally()
    text = tally.replace("utf8-as-gbk", _MARK, _after_mark, text)
    lines = text.split("\n")
    unknown = 0
    for place, line in enumerate(lines):
        if unknown < _MOST_UNKNOWN and (read := _line_from_gbk(line, tally)) != line:
            unknown += line.count("?") + line.count("\ufffd")
            lines[place] = read
    return "\n".join(lines), tally.repairs()


def _after_mark(match: re.Match[str]) -> str:
    """What is left of the character that swallowed the last byte of a byte order mark."""
    if match[1] in "?\ufffd":
        return ""
    codes = encoded(match[1])
    return chr(codes[1]) if codes and len(codes) == 2 and codes[0] == 0xBF and codes[1] < 0x80 else match[0]


def _line_from_gbk(line: str, tally: Tally) -> str:
    parts: list[str] = []
    done = 0
    for seed in _seeds(line):
        if seed < done:
            continue
        starts = range(max(done, seed - _BACK), seed + 1)
        start = max(starts, key=lambda start: _gain(_from_gbk(line, start, _GLIMPSE)))
        read = _from_gbk(line, start, _LONGEST)
        if read and read.gain >= max(_MIN_GAIN, _MIN_GAIN_A_CHARACTER * len(read.text)):
            parts.extend((line[done:start], read.text))
            done = start + read.taken
            tally.add("utf8-as-gbk", line[start:done])
    return "".join((*parts, line[done:]))


def _seeds(line: str) -> list[int]:
    """The places where two characters of UTF-8 seem to begin."""
    codes = line.encode("gbk", "replace")
    if not _SEED.search(codes):
        return []
    places = {}
    at = 0
    for place, character in enumerate(line):
        places[at] = place
        at += len(character.encode("gbk", "replace"))
    return [places[match.start()] for match in _SEED.finditer(codes) if match.start() in places]


def _gain(read: Reading | None) -> float:
    return read.gain if read else 0.0


def _from_gbk(line: str, start: int, most: int) -> Reading | None:
    shown = line[start : start + most]
    ways = [_gbk_ways(*pair) for pair in zip(shown, (*shown[1:], line[start + most : start + most + 1]), strict=True)]
    return read_again(shown, ways, line[max(0, start - 1) : start])


def _gbk_ways(character: str, following: str) -> Ways:
    if character == "?":
        # Two bytes that make no character, or one that took the character of ASCII or the line end behind it along.
        alone = ((UNKNOWN,),) if following in ("", "\n") else ((UNKNOWN, SWALLOWED),)
        return ((0x3F,), (UNKNOWN, UNKNOWN), *alone)
    if character == "\ufffd":
        return ((UNKNOWN, UNKNOWN), (UNKNOWN,))
    if character == "€":
        return ((0x80,),)
    own = encoded(character)
    return (own,) if own else ()


def with_holes(text: str) -> tuple[str, tuple[Repair, ...]]:
    """`text` with one `□` for each run of 锟斤拷: what stood there is lost, and the reader should know."""
    tally = Tally()
    return tally.replace("lost-characters", _KUN, _hole, text), tally.repairs()


def with_replacement_holes(text: str) -> tuple[str, tuple[Repair, ...]]:
    """`text` with one `□` for each run of U+FFFD. Until here they were bytes that other repairs might find."""
    tally = Tally()
    return tally.replace("lost-characters", _REPLACED, lambda _: HOLE, text), tally.repairs()


def _hole(match: re.Match[str]) -> str:
    if match[0][0] == "锟" and "斤" not in match[0]:
        # Some bytes between two lost ones made a character: EF BF BD … EF BF BD all the same.
        first, last = encoded(match[0][1]), encoded(match[0][-2])
        return HOLE if first and last and (first[0], last[-1]) == (0xBD, 0xEF) else match[0]
    last = encoded(match[1]) if match[1] else None
    if not match[1] or last is None or last[0] != 0xBD:
        return HOLE + (("锟" + match[1]) if match[1] else "")
    return HOLE + (chr(last[1]) if last[1] < 0x80 else "")
