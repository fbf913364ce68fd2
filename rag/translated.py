"""How the texts that were found write the words of an English question. Works on folded text."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from rag.aliases import everywhere
from rag.asking import Asked
from rag.dictionary.lookup import look_up
from rag.index_lexical import holds
from rag.romanised import written

_WHEN = re.compile(r"\b(?:this|last|next) (?:year|month|week)\b|\b(?:today|yesterday|tomorrow|now|so far)\b")
"""Words that count from the day on which one asks: a text that answers need not hold them."""


def spelled(asked: Asked, texts: Sequence[str]) -> list[str]:
    """The names of an English question as `texts` write them: in Chinese, in pinyin or as they are."""
    if not asked.english:
        return []
    found = [
        written(name, texts) or (name.casefold() if any(name.casefold() in t for t in texts) else None)
        for name in asked.names
    ]
    found += [name for name in everywhere().others(asked.text) if any(name in t for t in texts)]
    return [name for name in found if name and not any(other and other != name and name in other for other in found)]


def ways(asked: Asked, texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """How `texts` write each telling word of an English question that is no name; none of another question."""
    if not asked.english:
        return {}
    everything = "\n".join(texts)
    names = {name.casefold() for name in asked.names}
    found = {}
    for word in look_up(_WHEN.sub(" ", asked.text)):
        if word.english not in names:
            known = tuple(way for way in word.ways if holds(everything, way))
            # Nearly every text holds a single character.
            found[word.english] = tuple(way for way in known if len(way) > 1) or known
    return found


def weigh_ways(ways: Mapping[str, Sequence[str]], texts: Sequence[str]) -> dict[str, float]:
    """How much each word tells apart: its idf among `texts`, which hold it in any of its `ways`."""
    counts = {word: sum(any(holds(text, way) for way in of_word) for text in texts) for word, of_word in ways.items()}
    return {word: math.log1p(len(texts) / (1 + count)) for word, count in counts.items()}
