"""Whether a text holds what a sentence says, by its words, and where there is a reader, by what it reads.

What can be looked up must be there, in either script, and be said of the same thing: numbers with their units, dates,
names, 《titles》, “quotations”. What is said the other way round (`未`, `下降`) or added is found by its words. Two
texts in different languages are compared only by what both write alike. Knows nothing of citations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rag import names, support_facts, support_names
from rag.reader.reading import Ask
from rag.support_added import LEAST_WORDS, added, coverage
from rag.support_asked import contradicted
from rag.support_bounds import turned_bounds
from rag.support_opposites import opposites, wrong_ways
from rag.support_polarity import turned_round
from rag.support_reading import Reading

_LETTERS_OF_NUMBERS = re.compile(
    r"(?<![A-Za-z\d])([$£€¥]?\d[\d,.]*)[ -]?(?:m|bn?|k|[kc]?m|mm|kg|m?g|ml|ha|h|hrs?|min|[kmg]wh?|st|nd|rd|th|s)\b"
    r"|(\d{1,2}) ?[ap]m\b|\b(?:[Uu]nder|[Oo]ver|[Mm]id|[Pp]ost|[Pp]re|[Aa]ged?|[Tt]op|[Nn]on)-(?=\d)"
)
"""What makes a name of a number that is none: `£1.1m`, `3pm`, `14km`, `May 31st`, `Under-16s`."""

_VERB = re.compile(r"[\u3400-\u9fff]?[去找到让叫请归是有跟被把及还再先才要应须座个入任经届近]")
"""The two characters before `市` or `局` that name none."""

__all__ = ["LEAST_WORDS", "Support", "check", "without_numbers"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Support:
    """What the check found."""

    ok: bool
    missing: tuple[str, ...] = ()
    """What the sentence says and the evidence does not, in folded words, the gravest first."""
    held: int = 0
    """How many numbers, dates, names, titles and quotations of the sentence the evidence has."""
    words: int = 0
    """How many of the sentence's words could be compared: none where the two are in different languages."""
    coverage: float = 1.0
    """The share of these words that the evidence has, in [0, 1]; 1 where there are none."""


def check(sentence: str, evidence: str, *, published: date | None = None, ask: Ask | None = None) -> Support:
    """Whether `evidence` holds what `sentence` says.

    `published` is when the evidence said it, from which `去年` counts. `sentence` comes without its citation numbers.
    Where the words tell nothing against it, a reader is asked about its facts, if there is one to `ask`.
    """
    held = _read(evidence, published)
    said = Reading(sentence, published)
    found = coverage(said, held)
    looked_up: dict[str, bool] = {}
    for some in (
        support_facts.look_up(said, held),
        _without_words(names.look_up(_LETTERS_OF_NUMBERS.sub(r"\1\2 ", sentence), held.text)),
        support_names.look_up(said, held),
    ):
        looked_up |= {words: there and looked_up.get(words, True) for words, there in some.items()}
    facts = sum(looked_up.values())
    missing = [
        *(words for words, there in looked_up.items() if not there),
        *turned_round(said, held),
        *wrong_ways(said, held),
        *opposites(said, held),
        *turned_bounds(said, held),
        *added(said, held, found, facts=facts),
    ]
    if ask and not missing:
        missing = contradicted(said, held, ask)
    return Support(
        ok=not missing,
        missing=tuple(dict.fromkeys(missing)),
        held=facts,
        words=found.words,
        coverage=found.share,
    )


def _without_words(names_: dict[str, bool]) -> dict[str, bool]:
    """The names without those that begin with a verb: `去找市`."""
    return {name: there for name, there in names_.items() if there or not _VERB.match(name)}


@lru_cache(maxsize=256)
def _read(evidence: str, published: date | None) -> Reading:
    return Reading(evidence, published)


def without_numbers(text: str) -> str:
    """`text` without the number of a list item before it: `2. `, `（三）`, `- `."""
    return re.sub(r"^\s*(?:[-*•·–]\s+|[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）.、．]\s*)+", "", text)
