"""Takes out commas that were strewn before other marks: `舉行,。證券` and `獲悉,,本屆`. Lone commas stay."""

from __future__ import annotations

import re

from corpus.records import Repair
from corpus.tally import Tally

_STREWN = re.compile(r"[,，][ \u3000]*\n?[ \u3000]*[。、；]|[,，];(?=[^\x00-\x7f])")
_RUN = re.compile(r"[,，](?:[ \u3000]*\n?[ \u3000]*[,，])*(?:[ \u3000]*\n?[ \u3000]*[,，。、；;：:！？])")
_SENTENCE = re.compile(r"[\u4e00-\u9fff”」』）)》%％][。！？；]")


def without_strewn_commas(text: str) -> tuple[str, tuple[Repair, ...]]:
    """`text` without commas before other punctuation, if the page shows that they were strewn over it."""
    tally = Tally()
    if _STREWN.search(text) or _doubled_in_prose(text):
        text = tally.replace("strewn-comma", _RUN, _last, text)
    return text, tally.repairs()


def _doubled_in_prose(text: str) -> bool:
    """Whether commas are doubled between words of sentences. Empty cells of a table are commas in a row as well."""
    doubled = re.findall(r"[\u4e00-\u9fff”」』）)》%％\d][,，]{2}[\u4e00-\u9fff“「『（(《\dA-Za-z]", text)
    return len(doubled) * 4 > text.count("\n") and bool(_SENTENCE.search(text))


def _last(match: re.Match[str]) -> str:
    before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    if before.isascii() and after.isascii() and match[0].isascii():
        return match[0]  # 1,,000 and a,;b are no prose
    marks = [character for character in match[0] if not character.isspace()]
    return "，" if set(marks) == {",", "，"} else marks[-1]
