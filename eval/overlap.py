"""How far an answer and a reference are the same words: exact match, F1 and ROUGE-L.

Exact match and F1 are those of the evaluator of CMRC 2018, which DRCD is scored with too; for an English reference,
those of SQuAD 1.1. ROUGE-L is counted on characters, with precision and recall weighed alike (beta = 1). None of them
folds scripts, as their authors' programs do not: an answer in Simplified Chinese is not the same as one in Traditional.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from rapidfuzz.distance import LCSseq

from rag.language import is_english

MEASURES = ("exact_match", "f1", "rouge_l")

_HAN = re.compile(r"[\u4e00-\u9fa5]")
# What CMRC's evaluator takes for punctuation. It means an ellipsis too, but compares it with single characters.
_PUNCTUATION = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_ASCII_PUNCTUATION = str.maketrans("", "", string.punctuation)

# The words of English as the Penn Treebank cuts them, which CMRC's evaluator has NLTK do. In this order.
_GAP = re.compile(r"(?<=[.?!])[\"')\]”’]?(\s+)")
# After these no sentence ends, as NLTK learned it from newspapers.
_ABBREVIATIONS = (
    "adm ala ariz ave bros calif chg cie co col colo conn corp cos ct dec dr feb fla fri ft ga gen ill inc jan jr "
    "kan ky la lt ltd maj messrs mg mich minn mr mrs ms nev nov oct okla ore pa ph.d prof rep reps sen sep sept "
    "sr st sw tenn tues va vs vt w.va wash wed wis yr a.a a.c a.d a.g a.h a.m a.m.e a.s a.t b.f b.v c.i.t c.o.m.b "
    "c.r c.v d.c d.h d.w e.f e.h e.l e.m f.f f.g f.j g.d g.f g.k h.f h.m i.m.s j.b j.c j.j j.k j.p j.r k.n l.a "
    "l.f l.p m.b.a m.d.c m.j n.c n.d n.h n.j n.m n.v n.y p.a.m p.m r.a r.h r.i r.j r.k r.t s.a s.a.y s.c s.g "
    "s.p.a s.s t.j u.k u.n u.s u.s.a u.s.s.r v w.c w.r w.w"
).split()
_ABBREVIATION = re.compile(rf"(?:^|[^\w.])(?:[a-z]|{'|'.join(map(re.escape, _ABBREVIATIONS))})\.$")
_CUTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"([«“‘„]|`+)", r" \1 "),
        (r"^\"", "``"),
        (r"(``)", r" \1 "),
        (r"([ (\[{<])(\"|'{2})", r"\1 `` "),
        (r"(?<!\w)(')(?!(?:re|ve|ll|m|t|s|d|n)\b)(?=\w)", r"\1 "),
        (r"([^.])(\.)([\])}>\"'»”’ ]*)\s*$", r"\1 \2 \3 "),
        (r"([:,])(\D)", r" \1 \2"),
        (r"([:,])$", r" \1 "),
        (r"(\.{2,}|[;@#$%&]|[\u2012-\u2015])", r" \1 "),
        (r"([^.])(\.)([\])}>\"']*)\s*$", r"\1 \2\3 "),
        (r"([?!])", r" \1 "),
        (r"([^'])' ", r"\1 ' "),
        (r"([*\][(){}<>]|--)", r" \1 "),
        (r"^|$", " "),
        (r"([»”’]|'')", r" \1 "),
        (r"\"", " '' "),
        (r"\s+", " "),
        (r"([^' ])('[smd]|') ", r"\1 \2 "),
        (r"([^' ])('ll|'re|'ve|n't) ", r"\1 \2 "),
        (r"\b(can)(not)\b|\b(d)('ye)\b|\b(gim|lem)(me)\b|\b(gon)(na)\b|\b(got)(ta)\b|\b(more)('n)\b", r" \g<0> "),
    )
)


def overlap(references: Sequence[str], answer: str) -> dict[str, float]:
    """Each of `MEASURES` in [0, 1] of `answer` and the reference that it is nearest to; empty without a reference."""
    told: dict[str, list[float]] = {name: [] for name in MEASURES}
    for reference in references:
        english = is_english(reference)
        told["exact_match"].append((squad_exact if english else exact)(reference, answer))
        told["f1"].append((squad_f1 if english else f1)(reference, answer))
        told["rouge_l"].append(rouge_l(reference, answer))
    return {name: max(values) for name, values in told.items() if values}


def exact(reference: str, answer: str) -> float:
    """1 where both are the same but for case and punctuation, as CMRC 2018 counts it."""
    return float(_without_punctuation(reference) == _without_punctuation(answer))


def f1(reference: str, answer: str) -> float:
    """The F1 of CMRC 2018: of the longest stretch of characters and English words that both have."""
    wanted, given = pieces(reference), pieces(answer)
    common = SequenceMatcher(None, wanted, given, autojunk=False).find_longest_match().size
    return _harmonic(common, len(given), len(wanted))


def squad_exact(reference: str, answer: str) -> float:
    """1 where both are the same words but for case, punctuation and articles, as SQuAD 1.1 counts it."""
    return float(_squad_words(reference) == _squad_words(answer))


def squad_f1(reference: str, answer: str) -> float:
    """The F1 of SQuAD 1.1: of the words that both have, in whatever order."""
    wanted, given = _squad_words(reference), _squad_words(answer)
    return _harmonic((Counter(wanted) & Counter(given)).total(), len(given), len(wanted))


def rouge_l(reference: str, answer: str) -> float:
    """The F1 of the longest common subsequence of characters, in lower case and without white space."""
    wanted, given = ("".join(text.lower().split()) for text in (reference, answer))
    return _harmonic(LCSseq.similarity(wanted, given), len(given), len(wanted))


def _harmonic(common: int, given: int, wanted: int) -> float:
    return 2 * common / (given + wanted) if common else 0.0


@lru_cache(maxsize=4096)
def pieces(text: str) -> tuple[str, ...]:
    """What CMRC's evaluator compares: Chinese characters, and words of what stands between them, in lower case."""
    found: list[str] = []
    other = ""
    for character in (*text.lower().strip(), "\u4e00"):
        if character in _PUNCTUATION:
            continue
        if _HAN.match(character):
            found += _words(other) if other else ()
            found.append(character)
            other = ""
        else:
            other += character
    return tuple(found[:-1])


def _words(text: str) -> list[str]:
    """The English words of `text`, cut sentence by sentence, because only the last full stop of one stands alone."""
    found: list[str] = []
    begin = 0
    for gap in _GAP.finditer(text):
        if not _ABBREVIATION.search(text, begin, gap.start()):
            found += _cut(text[begin : gap.start(1)])
            begin = gap.end()
    return found + _cut(text[begin:])


def _cut(sentence: str) -> list[str]:
    for pattern, replacement in _CUTS:
        sentence = pattern.sub(replacement, sentence)
    return sentence.split()


def _without_punctuation(text: str) -> str:
    return "".join(c for c in text.lower().strip() if c not in _PUNCTUATION)


def _squad_words(text: str) -> list[str]:
    return _ARTICLES.sub(" ", text.lower().translate(_ASCII_PUNCTUATION)).split()
