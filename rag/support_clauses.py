"""A text cut into clauses and the words of each, so that a fact can be sought where it is said.

A word is a pair of Chinese characters, a single one at less weight, or the beginning of an English word. Reads folded
text; knows nothing of what is true or of which facts there are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

FUNCTION = frozenset(
    "的了在是和与及或为以于对将等也都就还并被由从到向其这那此上中下内外之而且则所有无不未很更最把让使给用做作个们着过得地"
)
"""Characters that say little by themselves."""
PARTICLES = frozenset("的了在是和与及或以于对将等也都就还并被由从到向其这那此之而且则所很更最把让给个们着过得地为已")
"""Those of which no pair says much either."""
SINGLE = 0.25
"""What a single Chinese character weighs against a pair."""

_HAN = re.compile(r"[\u3400-\u9fff]+")
_ENGLISH = re.compile(r"[a-z]{3,}")
STOP = frozenset(
    "the and for that this with from have has had was were will would are been its their they his her not but also"
    " than which who into about over said says per out all any can may more most some such after before during under"
    " when where while between each one two there need".split()
)
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_WAYS = {
    "+up": re.compile(r"增[长加]|上升|提[高升]|上涨|攀升|\bro?i?se|\bgrew|\bgrow|\bincreas|\bup\b"),
    "-down": re.compile(r"下[降跌滑]|减少|降低|回落|\bfe?a?ll\b|\bdeclin|\bdecreas|\bdrop|\bdown\b"),
}
"""Words that say the same of a number."""
_TITLE = re.compile(r"《([^《》]{1,2})[^《》]*》")
_SENTENCE_END = re.compile(r"[。!?！？\n]|\.(?=\s|$)")
_CLAUSE_END = re.compile(r"[,，。;；:：!?！？\n]|\.(?=\s|$)|(?<=[\u3400-\u9fff])\s(?=[\u3400-\u9fff])")
_NUMBER_COMMA = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """A stretch of a text between two commas, with the next one where it says nothing itself: `3月14日，`."""

    start: int
    end: int
    sentence: int
    """The place of its sentence among those of the text."""
    text: str
    words: frozenset[str]


class Clauses:
    """The clauses of a text and how much each word tells them apart."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.all = tuple(_cut(text))

    @cached_property
    def _sentences(self) -> dict[int, frozenset[str]]:
        found: dict[int, frozenset[str]] = {}
        for clause in self.all:
            found[clause.sentence] = found.get(clause.sentence, frozenset()) | clause.words
        return found

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(word for clause in self.all for word in clause.words)

    def at(self, place: int) -> Clause | None:
        """The clause in which the character at `place` stands."""
        return next((clause for clause in self.all if clause.start <= place < clause.end), None)

    def sentence_of(self, clause: Clause) -> frozenset[str]:
        """The words of the sentence that `clause` is part of."""
        return self._sentences[clause.sentence]

    def weight(self, word: str) -> float:
        """How much `word` tells: less where many clauses have it, nothing where none has."""
        count = self._counts[word]
        return (SINGLE if len(word) == 1 else 1.0) / count if count else 0.0

    def weigh(self, words: Iterable[str]) -> float:
        """How much `words` tell together."""
        return sum(map(self.weight, words))


def words_of(text: str) -> frozenset[str]:
    """The words of folded `text` without those that say little; a 《title》 or a number is one word."""
    found = {f"《{title}" for title in _TITLE.findall(text)}
    text = _TITLE.sub(" ", text)
    found |= {f"#{number}" for number in _DIGITS.findall(text)}
    found |= {way for way, pattern in _WAYS.items() if pattern.search(text)}
    found |= {word[:4] for word in _ENGLISH.findall(text) if word not in STOP}
    for run in _HAN.findall(text):
        found.update(character for character in run if character not in FUNCTION)
        telling = [character not in PARTICLES for character in run]
        found.update(run[i : i + 2] for i in range(len(run) - 1) if telling[i] and telling[i + 1])
    return frozenset(found)


def _cut(text: str) -> Iterator[Clause]:
    text = _NUMBER_COMMA.sub(".", text)  # keeps every place
    start, sentence = 0, 0
    ends = [match.end() for match in _CLAUSE_END.finditer(text)]
    for end in [*ends, len(text)]:
        piece = text[start:end]
        closes = bool(_SENTENCE_END.search(piece[-1:])) or end == len(text)
        words = words_of(piece)
        telling = [word for word in words if len(word) > 1 and word[0] != "#"]
        if closes or len(telling) > 1 or (telling and _DIGITS.search(piece)):
            if words or piece.strip():
                yield Clause(start=start, end=end, sentence=sentence, text=piece, words=words)
            start = end
        sentence += closes
