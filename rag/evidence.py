"""How well the sentences of the hits answer a question: what is quoted rests on this, and whether anything is.

Everything is compared in folded form. Knows nothing of models: the vectors' view comes with the hits.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from corpus.fold import fold
from corpus.passages import Span, sentences
from corpus.records import Article
from rag.aliases import Names, everywhere, of_article, with_other_names
from rag.asking import Asked
from rag.editions import BESIDE, editions
from rag.enumerations import NTH, counts_to
from rag.faq import Entry, entry_at, is_question
from rag.fitting import fits
from rag.index_lexical import holds
from rag.numerals import from_han, with_years
from rag.proper_names import known_names, knows_all, names_none
from rag.records import Hit, Reading
from rag.relative_dates import DAYS, MONTHS, YEARS
from rag.sounds import respelled
from rag.translated import spelled, ways, weigh_ways

# Characters that hold a sentence together; a pair with one of them tells little about what is asked.
_FUNCTION = frozenset("对将从由为上中里下到会要有这那其之个以于所而则等已曾能可让使给向并且时后前内外者性")

_NUMBER = r"(?P<number>[一二三四五六七八九十百零两]+|\d+)"
_EDITION = re.compile(rf"第{_NUMBER}(?P<what>[届次期批季]?)|(?P<year>\d{{4}})年?")
_SEPARATORS = re.compile(r"[\s，,、·\-—_“”\"'《》「」]")
_LITTLE = 0.15  # what a word weighs that tells next to nothing
_REACH = 12  # characters from the asking word
_THIS = re.compile(r"[本这]一?届")


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One sentence of a hit, weighed against the question."""

    hit: Hit
    span: Span
    """Where the sentence stands in the article's text."""
    similarity: float
    """Cosine of the question with the best window that touches the sentence."""
    alignment: float
    """How far each word of the question finds its like in the sentence, in whatever language (`Hit.alignment`)."""
    coverage: float
    """The weight of the question's terms that the sentence holds, those near the asking word raised, [0, 1]."""
    held: float
    """The same, all terms alike."""
    streak: float
    """The weight of the heaviest terms in a row that the sentence holds, [0, 1]."""
    context: float
    """The same, with the title, the neighbours and the article counted in part, [0, 1]."""
    topic: float
    """`context` without the terms that only say when, as `去年`: an article is no less near for them."""
    gap: float
    """The heaviest stretch of the question that nothing around the sentence holds, share of the whole weight."""
    focus: float
    """The part of the property that is asked for which the sentence names, [0, 1]; 1 where the question names none."""
    givens: float
    """The part of what the question takes for given that the article holds, [0, 1]."""
    contradicts: bool
    """The question names an edition or a year, or in English places or bodies, that the article never does, or the
    sentence names another edition of the same: what is there is of another one."""
    foreign: bool
    """In English it names places or bodies and nothing else, and the article none of them."""
    fits: bool
    """The sentence holds the sort of thing that is asked for."""
    read: bool = False
    """A reader has looked at the hits; which sentences it read, `reading` tells."""
    reading: Reading | None = None
    """What it found in the sentence and those around it, where it read them."""
    entry: Entry | None = None
    """What the article asks itself and answers with the sentence."""

    @property
    def begins(self) -> float:
        """The probability, in [0, 1], that the answer begins in this sentence, given that it stands in `reading`."""
        begins = self.reading.begins.items() if self.reading else ()
        return sum(probability for place, probability in begins if self.span.start <= place < self.span.end)

    @property
    def article(self) -> Article:
        return self.hit.article

    @property
    def text(self) -> str:
        return self.article.text[self.span.start : self.span.end]


@lru_cache(maxsize=4096)
def terms(run: str) -> tuple[str, ...]:
    """The units in which a run is compared: pairs of Chinese characters, whole Latin words and numbers."""
    if not re.match(r"[\u3400-\u9fff]", run):
        return (run,)
    return tuple(run[i : i + 2] for i in range(len(run) - 1)) or (run,)


TIMES = frozenset(term for word in (*YEARS, *MONTHS, *DAYS) for term in terms(word))
"""Of words that count from a day: when an article was written, or when one asks."""


def weigh(asked: Asked, texts: Iterable[str]) -> dict[str, float]:
    """How much each term of the question tells apart: its idf among `texts` (folded), less for function characters."""
    pool = list(texts)
    # In one order: sums of the same numbers may differ in another.
    wanted = dict.fromkeys(term for run in asked.runs for term in terms(run))
    counts = Counter(term for text in pool for term in wanted if term in text)
    # Where none of the texts counts from its own day, no text could hold such a word of the question.
    untold = frozenset() if any(word in text for text in pool for word in TIMES) else TIMES
    return {
        term: math.log1p(len(pool) / (1 + counts[term])) * (_LITTLE if term in untold else _tells(term))
        for term in wanted
    }


def near_asking(asked: Asked, weights: Mapping[str, float]) -> dict[str, float]:
    """`weights` with those raised, up to threefold, that stand close to the asking word.

    The far end of a question says which article is meant, the words around `哪` and `多少` which of its sentences.
    """

    def factor(term: str) -> float:
        place = asked.text.find(term)
        distance = _REACH if place < 0 else abs(place - asked.asking)
        return 1 + 2 * max(0.0, 1 - distance / _REACH)

    return {term: weight * factor(term) for term, weight in weights.items()}


def _tells(term: str) -> float:
    if len(term) == 1:
        return _LITTLE
    return 0.25 if any(c in _FUNCTION for c in term) else 1.0


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of a passage, made ready to be compared. The same for every question."""

    span: Span
    folded: str
    matched: str
    """With the other names of what it names."""
    near: str
    """The same of what stands around it, and over its article."""
    entry: Entry | None
    """What the article asks itself and answers with it."""


@dataclass(frozen=True, slots=True)
class _Of:
    """What a question finds in an article as a whole."""

    terms: frozenset[str]
    givens: float
    contradicts: bool
    foreign: bool


class Weighing:
    """The sentences of some hits, weighed against one question."""

    def __init__(self, asked: Asked, hits: Sequence[Hit]) -> None:
        texts = [_matched(hit.article, hit.passage.start, hit.passage.end, hit.names) for hit in hits]
        known = frozenset[str]().union(*map(pairs, texts))
        self._asked = replace(
            asked,
            runs=(
                *(respelled(run, known) for run in asked.runs),
                *spelled(asked, [_folded(hit.passage.text) for hit in hits]),
            ),
            givens=tuple(respelled(given, known) for given in asked.givens),
        )
        self._ways = ways(self._asked, texts)
        self._names = known_names(asked.original, texts) if asked.english else ()
        self._knows_all = knows_all(asked.original, self._names)
        self._weights = {**weigh(self._asked, texts), **weigh_ways(self._ways, texts)}
        self._total = sum(self._weights.values()) or 1.0
        self._topic = {term: weight for term, weight in self._weights.items() if term not in TIMES}
        self._pointed = near_asking(self._asked, self._weights)
        self._all_pointed = sum(self._pointed.values()) or 1.0
        rows = [*map(terms, self._asked.runs), tuple(self._ways)]
        self._rows = [[(term, self._weights[term]) for term in row] for row in rows]
        self._hits = hits
        self._readings: dict[str, list[Reading]] = {}
        for hit in hits:
            self._readings.setdefault(hit.article.id, []).extend(hit.readings)
        self._read = any(self._readings.values())

    def evidence(self) -> list[Evidence]:
        """Every sentence of the hits once, in the order of the hits."""
        found: dict[tuple[str, int], Evidence] = {}
        wholes: dict[str, _Of] = {}
        for hit in self._hits:
            article = hit.article
            if article.id not in wholes:
                wholes[article.id] = self._found_in(article, hit.names)
            for sentence in _sentences(article, hit.passage.start, hit.passage.end, hit.names):
                key = (article.id, sentence.span.start)
                if key not in found:
                    found[key] = self._weighed(hit, sentence, wholes[article.id])
        return list(found.values())

    def _found_in(self, article: Article, names: Names) -> _Of:
        far = _far(article, names)
        names_none_of_it = names_none(self._names, _folded(f"{article.title or ''}\n{article.text}"))
        return _Of(
            terms=frozenset(self._held_by(far)),
            givens=_held_givens(self._asked, far),
            contradicts=any(_EDITION.fullmatch(given) and not _numbers(far, given) for given in self._asked.givens)
            or _of_another(self._asked, far)
            or names_none_of_it,
            foreign=names_none_of_it and self._knows_all,
        )

    def _weighed(self, hit: Hit, sentence: _Sentence, whole: _Of) -> Evidence:
        span = sentence.span
        held = self._held_by(sentence.matched)
        near = self._held_by(sentence.near).keys()
        credits = {
            term: weight * (1.0 if term in held else 0.75 if term in near else 0.4 if term in whole.terms else 0.0)
            for term, weight in self._weights.items()
        }
        entry = sentence.entry
        said = [span, entry.question] if entry else [span]  # who asks as the article does
        return Evidence(
            hit=hit,
            span=span,
            similarity=max(
                (w.similarity for w in hit.windows if any(w.start < each.end and each.start < w.end for each in said)),
                default=hit.similarity,
            ),
            alignment=max(hit.alignments.get(each.start, 0.0) for each in said),
            coverage=sum(self._pointed[term] for term in held) / self._all_pointed,
            held=sum(held.values()) / self._total,
            streak=self._in_a_row(held),
            context=sum(credits.values()) / self._total,
            topic=sum(credits[term] for term in self._topic) / (sum(self._topic.values()) or 1.0),
            gap=self._in_a_row(self._weights.keys() - near),
            focus=_held_focus(self._asked, sentence.matched),
            givens=whole.givens,
            contradicts=whole.contradicts
            or (not _THIS.search(sentence.folded) and _of_another(self._asked, sentence.folded)),
            foreign=whole.foreign,
            fits=fits(self._asked, sentence.folded),
            read=self._read,
            reading=max(
                (r for r in self._readings[hit.article.id] if r.start <= span.start and span.end <= r.end),
                key=lambda reading: reading.relevance,
                default=None,
            ),
            entry=entry,
        )

    def _held_by(self, text: str) -> dict[str, float]:
        """The terms that a folded text holds, in whatever language, with their weights."""
        return {
            term: weight
            for term, weight in self._weights.items()
            if (any(holds(text, way) for way in self._ways[term]) if term in self._ways else term in text)
        }

    def _in_a_row(self, counted: Container[str]) -> float:
        """The weight of the heaviest run of terms in a row that are `counted`, as a share of the whole."""
        heaviest = 0.0
        for row in self._rows:
            weight = 0.0
            for term, of_term in row:
                weight = weight + of_term if term in counted else 0.0
                if weight > heaviest:
                    heaviest = weight
        return heaviest / self._total


@lru_cache(maxsize=1024)
def _sentences(article: Article, start: int, end: int, names: Names) -> tuple[_Sentence, ...]:
    """The sentences of a passage; not the title, which stands over every quote anyway, nor what the article asks."""
    text, known = article.text, _names(article, names)
    spans = sentences(text, start, end)
    folded = [with_years(fold(text[span.start : span.end])) for span in spans]
    matched = [with_other_names(each, *known) for each in folded]
    over = with_other_names(fold(_about(article)), *known)
    entries = [entry_at(text, span.start) for span in spans]
    asks = [is_question(text, span) for span in spans]
    found = []
    for place, (span, entry) in enumerate(zip(spans, entries, strict=True)):
        if asks[place] or (span.start == 0 and article.title is not None):
            continue
        beside = range(max(0, place - 2), min(place + 2, len(spans)))
        around = [n for n in beside if entries[n] == entry and not asks[n]]
        question = _matching(text[entry.question.start : entry.question.end], known) if entry else ""
        near = " ".join([question, *(matched[n] for n in around), over])
        found.append(_Sentence(span, folded[place], matched[place], near, entry))
    return tuple(found)


def _matching(text: str, known: Sequence[Names]) -> str:
    """`text` folded, with the other names of what it names."""
    return with_other_names(with_years(fold(text)), *known)


_folded = lru_cache(maxsize=1024)(fold)


@lru_cache(maxsize=256)
def _far(article: Article, names: Names) -> str:
    """All that the article says, folded, with the other names of what it names."""
    return _matching(article.text + "\n" + _about(article), _names(article, names))


@lru_cache(maxsize=1024)
def _matched(article: Article, start: int, end: int, names: Names) -> str:
    """What a passage says, folded, with the other names of what it names."""
    return _matching(article.text[start:end], _names(article, names))


@lru_cache(maxsize=256)
def _names(article: Article, names: Names) -> tuple[Names, ...]:
    """The names that hold in `article`: everywhere, in its index (`names`), and those that it gives itself."""
    return everywhere(), names, of_article(fold(article.text))


@lru_cache(maxsize=1024)
def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters in `text`, folded."""
    return frozenset(a + b for a, b in pairwise(fold(text)))


def _about(article: Article) -> str:
    """What stands over the article: title, source and date, the date also as it is spoken."""
    published = article.published
    date = f"{published:%Y}年{published.month}月{published.day}日" if published else ""
    return " ".join(filter(None, (article.title, article.source, article.author, date)))


def _held_focus(asked: Asked, sentence: str) -> float:
    if not asked.focus:
        return 1.0
    wanted = terms(asked.focus)
    return sum(term in sentence for term in wanted) / len(wanted)


def _held_givens(asked: Asked, article: str) -> float:
    if not asked.givens:
        return 1.0
    return sum(_holds(article, given) for given in asked.givens) / len(asked.givens)


def _numbers(article: str, given: str) -> bool:
    """Whether `article` holds the edition or year `given`, in any writing: `第七届` is `第7届`."""
    match = _EDITION.fullmatch(given)
    if given in article or match is None:
        return given in article
    if match["year"]:
        return bool(re.search(rf"(?<!\d){match['year']}(?![\d万亿千百个家人元名位])", article))
    what, number = match["what"], from_han(match["number"])
    told = re.finditer(rf"{'第?' if what == '季' else '第'}{_NUMBER}{what}", article)
    return any(from_han(each["number"]) == number for each in told)


def _of_another(asked: Asked, folded: str) -> bool:
    """Whether `folded` names editions of what the question names one of, and only others."""
    if not asked.editions:
        return False
    told = editions(BESIDE.sub("", folded))
    same = [one for one in told if one.name and any(each.name and each.same_event(one.name) for each in asked.editions)]
    return bool(same) and not {one.number for one in same} & {each.number for each in asked.editions}


def _holds(article: str, given: str) -> float:
    """1 where `article` holds `given`; for words, not for numbers and ordinals, the part of them that it holds."""
    item = NTH.fullmatch(given)
    if given in article or (item and counts_to(article, item["number"])):
        return 1.0
    squeezed = _SEPARATORS.sub("", given)
    if squeezed in _SEPARATORS.sub("", article):
        return 1.0
    if re.search(r"\d|^第", given):
        return float(_numbers(article, given))
    pairs = [a + b for a, b in pairwise(squeezed)]
    return sum(pair in article for pair in pairs) / len(pairs) if pairs else 0.0
