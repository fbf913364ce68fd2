"""A written answer as it grows: sentences that passages hold, each with the citations that it rests on.

A sentence that no passage holds never enters it. Knows nothing of the model that writes.
"""

from __future__ import annotations

import re

from corpus.fold import fold
from rag.citations import Numbering, best_quote, marks, support_of
from rag.language import convert, detect, is_english
from rag.model_text import Written, plain_words, without_no_answer
from rag.reader.reading import Ask
from rag.records import Citation, Hit, Language
from rag.support import LEAST_WORDS, Support, without_numbers

MOST_CITED = 3
"""How many passages a sentence may cite."""
LEAST_SHARED = 0.75
"""The share of a sentence's words that a passage must have to be cited for it although the model did not."""
ECHO_CHARS = 14
"""How many letters in a row of the instructions make a sentence an echo of them."""
ECHO_HAN = 10
"""The same for Chinese characters, each of which says as much as a word."""

_LETTERS = re.compile(r"[\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_CONTENT = re.compile(r"[\u3400-\u9fffA-Za-z]")
_LEADS_IN = re.compile(r"[:：]\W*$")
_HEADING = re.compile(
    r"\W*(?:\d+\W+)?(?:标题|標題|Title)\s*[:：].*(?:来源|來源|source|日期|date)\s*[:：]", re.IGNORECASE
)
_ASKS = re.compile(r"[?？]\W*$")


class Binding:
    """The sentences of one answer to a question, checked against the hits that the model was given."""

    def __init__(self, hits: tuple[Hit, ...], language: Language, *, instructions: str, ask: Ask | None = None) -> None:
        """`instructions` is what the model was told to do: a sentence that repeats it is no answer. A reader may be
        there to `ask` whether the passages say a sentence's facts."""
        self._hits = hits
        self._ask = ask
        self._language: Language = language
        told = _LETTERS.sub("", fold(instructions))
        self._told = _runs(told)
        self._said: set[str] = set()
        self._numbering = Numbering()
        self._gap = ""
        self.text = ""
        """The sentences so far."""
        self.removed = 0
        """How many sentences were left out because no passage holds them."""
        self.foreign = 0
        """How many sentences were left out because they are in another language."""
        self.echoed = 0
        """How many sentences repeat the instructions."""
        self.unchecked = 0
        """How many sentences hold nothing that could be looked up in a text of another language."""
        self.declined = False
        """Whether the model wrote that the passages hold no answer."""

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations of the sentences so far, in the order of their numbers."""
        return self._numbering.citations

    def add_all(self, written: list[Written]) -> None:
        """Takes in the sentences that a passage holds."""
        for sentence in written:
            self.add(sentence)

    def add(self, written: Written) -> None:
        """Takes the sentence in, if a passage holds it."""
        self._gap = max(self._gap, written.before, key=lambda gap: (gap.count("\n"), len(gap)))
        numbered, declined = without_no_answer(written.text)
        self.declined |= declined
        unmarked, numbers = marks(numbered, most=len(self._hits))
        words = plain_words(unmarked)
        letters = _LETTERS.sub("", fold(words))
        if not letters or letters in self._said or _ASKS.search(words) or self._is_reference(numbered, letters):
            return  # said already, or says nothing
        if _runs(letters) & self._told:
            self.echoed += 1
        elif self._is_foreign(words):
            self.foreign += 1
        elif len(_CONTENT.findall(words)) < 2 and not re.search(r"\d", words):
            return
        elif cited := self._support(without_numbers(words), [self._hits[number - 1] for number in numbers]):
            self._said.add(letters)
            self._append(words, *cited)
        elif not _LEADS_IN.search(words):
            self.removed += 1  # a line that only leads to a list is not missed

    def _append(self, words: str, hits: list[Hit], inferred: bool) -> None:
        claim = without_numbers(words)
        numbers: list[int] = []
        for hit in hits[:MOST_CITED]:
            self._numbering, number = self._numbering.with_quote(hit, best_quote(claim, hit), inferred=inferred)
            numbers.append(number)
        shown = words if self._language == "en" or detect(words) == self._language else convert(words, self._language)
        space = " " if self._language == "en" else ""
        gap = self._gap or space
        self.text += (gap if self.text else "") + shown + space + "".join(f"[{n}]" for n in dict.fromkeys(numbers))
        self._gap = ""

    def _support(self, claim: str, cited: list[Hit]) -> tuple[list[Hit], bool] | None:
        """The passages that hold `claim` and whether they were inferred; None where no passage does.

        Those that the model cited come first: each by itself, then together. Failing that, another passage is taken
        if it has next to all of the words.
        """
        read = [(hit, support_of(claim, hit)) for hit in cited]
        held = [(hit, support) for hit, support in read if support.ok and not _is_bare(claim, hit, support)]
        if held:
            self.unchecked += all(not support.words and not support.held for _, support in held)
            return self._read_again(claim, [hit for hit, _ in held[:MOST_CITED]], inferred=False)
        if len(cited) > 1 and support_of(claim, *cited, ask=self._ask).ok:
            return [hit for hit in cited if _adds(support_of(claim, hit))], False
        others = [(hit, support_of(claim, hit)) for hit in self._hits if hit not in cited]
        evident = [(hit, support) for hit, support in others if support.ok and _is_evident(support)]
        if not evident:
            return None
        best, _ = max(evident, key=lambda found: (found[1].coverage, found[1].held))
        return self._read_again(claim, [best], inferred=True)

    def _read_again(self, claim: str, hits: list[Hit], *, inferred: bool) -> tuple[list[Hit], bool] | None:
        """Those of `hits`, whose words hold `claim`, in which a reader finds nothing else in the place of its facts."""
        held = [hit for hit in hits if support_of(claim, hit, ask=self._ask).ok] if self._ask else hits
        return (held, inferred) if held else None

    def _is_reference(self, raw: str, letters: str) -> bool:
        """Whether the line only names an article: in a list of sources that a model adds of itself, or as the line over
        a passage of the prompt."""
        if _HEADING.match(raw):
            return True
        if not re.match(r"\s*(?:[-*]\s*)?[\[【［]?\d", raw):
            return False
        names = (_LETTERS.sub("", fold(f"{h.article.title or ''}{h.article.source or ''}")) for h in self._hits)
        return any(letters.lstrip("0123456789") in name for name in names)

    def _is_foreign(self, words: str) -> bool:
        han = len(re.findall(r"[\u3400-\u9fff]", words))
        latin = len(re.findall(r"[A-Za-z]{2,}", words))
        return han > 2 * latin + 4 if self._language == "en" else not han and latin > 3


def _runs(letters: str) -> set[str]:
    """The runs of `letters` that are long enough to be an echo."""
    long = {letters[i : i + ECHO_CHARS] for i in range(len(letters) - ECHO_CHARS + 1)}
    return long | {run[i : i + ECHO_HAN] for run in _HAN.findall(letters) for i in range(len(run) - ECHO_HAN + 1)}


def _adds(support: Support) -> bool:
    return support.held > 0 or (support.words > 0 and support.coverage > 0.2)


def _is_bare(claim: str, hit: Hit, support: Support) -> bool:
    """Whether too little is said for the passage, of the same language, to confirm it: `可以。`, `他已被捕。`"""
    if support.held or support.words >= LEAST_WORDS or is_english(claim) != is_english(hit.passage.text):
        return False
    return support.words < 2 or support.coverage < 1


def _is_evident(support: Support) -> bool:
    """Whether the passage could not hold the claim by chance. In another language, a number or a name has to meet."""
    if not support.words:
        return support.held > 0
    return support.words >= 4 and support.coverage >= LEAST_SHARED
