"""The places, bodies and the like that an English question names, as Chinese articles write them.

Who asks about France, or the Bank of China, is not answered by an article that names neither. Works on folded text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rag.aliases import everywhere
from rag.dictionary.lookup import Word, look_up
from rag.dictionary.words import tells, words
from rag.index_lexical import holds
from rag.names import in_chinese
from rag.romanised import readings, written
from rag.sounds import syllables

_CAPITAL = r"[A-Z][\w’'&.\-]*"
_NAME = re.compile(rf"{_CAPITAL}(?:\s+(?:(?:of|the)\s+){{0,2}}{_CAPITAL})*")
_OPENS = re.compile(r"(?:^|[.?!:;])\W*$")
_NO_NAMES = frozenset(
    "january february march april may june july august september october november december monday tuesday wednesday"
    " thursday friday saturday sunday china chinese mandarin".split()
)
"""Months and days are met as dates; and what is of China a Chinese text seldom says of itself."""
_SHORT = 3
"""So few letters are written in too many ways, but for well-known places: UK, EU."""
_OF_A_PLACE = "语人文话"
"""What the words for people and languages end in: 日本人, 日语. A text that speaks of their country is near as well."""


def proper_names(question: str) -> tuple[str, ...]:
    """What an English question writes with capitals, in lower case; none where it has nothing else."""
    found = []
    for match in _NAME.finditer(question) if question.upper() != question else ():
        name = [word for word in words(match.group()) if word != "s"]
        opens = _OPENS.search(question[: match.start()])
        while name and not tells(name[0]):  # What, Is the
            name, opens = name[1:], None
        if name and not (opens and len(name) == 1):  # any word has a capital there
            found.append(" ".join(name))
    return tuple(dict.fromkeys(found))


def known_names(question: str, texts: Sequence[str]) -> tuple[frozenset[str], ...]:
    """How a text may write each of the names in `question` that the dictionary knows as a whole; one in pinyin also as
    `texts` do. In a question without capitals a name is what is nothing else."""
    found: dict[str, set[str]] = {}
    if question == question.lower():
        named = [word for word in look_up(question) if _full(word) <= set(word.names)]
    else:
        capitals = proper_names(question)
        named = [word for name in capitals for word in look_up(name) if word.english == name]
        found = {name: {name, *in_chinese(name)} for name in capitals if in_chinese(name)}
    for word in filter(_tells, named):
        places = {way[:-1] for way in word.names if len(way) > 2 and way[-1] in _OF_A_PLACE}
        spelled = written(word.english, texts) if readings(word.english) else None
        ways = found.setdefault(word.english, {word.english, *filter(None, [spelled])})
        ways.update(word.names, _full(word), places, everywhere().others(word.english))
    return tuple(map(frozenset, found.values()))


def knows_all(question: str, names: Sequence[frozenset[str]]) -> bool:
    """Whether `names`, which are known, are all the names that `question` writes with capitals."""
    named = [name for name in proper_names(question) if name.removesuffix("s") not in _NO_NAMES]
    return len(named) == len(names)


def _full(word: Word) -> set[str]:
    """What a gloss says `word` is and no more; no single characters, which nearly every text holds."""
    return {way for way, likely in word.ways.items() if likely == 1 and len(way) > 1 and way != word.english}


def _tells(word: Word) -> bool:
    name = word.english
    short = len(name) <= _SHORT or name in syllables() or name.removesuffix("s") in _NO_NAMES
    return not short and any(way[-1] not in _OF_A_PLACE for way in word.names)


def names_none(names: Iterable[frozenset[str]], text: str) -> bool:
    """Whether `text` holds none of `names`; not where there are none."""
    held = [any(holds(text, way) for way in ways) for ways in names]
    return bool(held) and not any(held)
