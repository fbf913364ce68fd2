"""Puts back the byte that some pages lost before a quotation mark: `建設!毙旖ㄇ嗾f。` is 建設。”徐建青說。

In GBK a full stop and a closing quotation mark are A1 A3 A1 B1. Without the first A1 the page shows `！` and a
character whose first byte is B1, and goes on with the wrong pairs. Most places that look so are not damaged; a
repair must make the text far more likely, or the text stays.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from corpus.gbk import READING, Reread, encoded, reread
from corpus.plausibility import log_likelihood
from corpus.records import Repair
from corpus.tally import Tally

# What a mark shows as, and the byte that was lost in front of it or behind it. The second byte of the next pair
# then starts a character: B0 and B1 of the quotation marks, B6 and B7 of the title marks.
_MARK = re.compile(r"[！!，,：:？?；;](?=[\u4e00-\u9fff])")
_HALF = str.maketrans("!,:?;", "！，：？；")
_SECOND = frozenset((0xB0, 0xB1, 0xB6, 0xB7))
_PLAUSIBLE = -14.0
_MOST = 100
"""Places in one text that are looked into; one that has more is not a text."""
_MIN_GAIN = 9.0
_MIN_GAIN_ON_A_DAMAGED_PAGE = 5.0
_GLOSSES = re.compile(rf"[\u4e00-\u9fff][(（]{READING}[)）]")
_MIN_GAIN_A_CHARACTER = 2.0


def with_lost_bytes(text: str) -> tuple[str, tuple[Repair, ...]]:
    """`text` with the bytes put back that were lost beside a quotation mark."""
    tally = Tally()
    if sum(1 for _ in itertools.islice(_GLOSSES.finditer(text), 5)) < 5:
        text = _mended_all(text, _MIN_GAIN, tally)
        if not tally.repairs():
            return text, ()
    # A page that went through the converter that loses bytes has lost more of them.
    return _mended_all(text, _MIN_GAIN_ON_A_DAMAGED_PAGE, tally), tally.repairs()


def _mended_all(text: str, min_gain: float, tally: Tally) -> str:
    parts: list[str] = []
    done = looked = 0
    for match in _MARK.finditer(text):
        if match.start() < done or looked == _MOST:
            continue
        if not _suspicious(text, match.start()):
            continue
        looked += 1
        mended = _mended(text, match.start(), min_gain)
        if mended:
            parts.extend((text[done : match.start()], mended.text))
            done = mended.end
            tally.add("lost-byte", text[max(0, match.start() - 6) : done])
    return "".join((*parts, text[done:]))


def _mended(text: str, start: int, min_gain: float) -> Reread | None:
    best = max(_rivals(text, start), key=lambda rival: rival.gain, default=None)
    if best is None or best.gain < max(min_gain, _MIN_GAIN_A_CHARACTER * len(best.text)):
        return None
    return best


def _suspicious(text: str, start: int) -> bool:
    """Whether what follows the mark can be the second half of another one, and hardly begins a clause."""
    following = encoded(text[start + 1])
    return bool(following and following[0] in _SECOND) and log_likelihood(text[start + 1 : start + 3]) < _PLAUSIBLE


def _rivals(text: str, start: int) -> Iterator[Reread]:
    mark = encoded(text[start].translate(_HALF))
    if mark == (0xA3, 0xA1) and (again := reread(text, start, lost=(0xA1,), as_bytes=mark)):
        yield again
    # Behind the mark: 。 in front of it is the commoner reading of the same bytes.
    if (again := reread(text, start + 1, lost=(0xA1,))) and mark != (0xA3, 0xA1):
        yield Reread(start, again.end, text[start] + again.text, again.gain)
