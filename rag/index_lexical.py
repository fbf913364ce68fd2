"""The lexical part of an index: which passages share characters and words with a question. The door to tantivy.

A term is a Chinese character, two neighbouring ones, or a word or number of another script, all in folded form.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.fold import fold
from rag.aliases import Names, with_other_names

if TYPE_CHECKING:
    import tantivy

_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_TERM = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:[.'][^\W_{_HAN}]+)*")
_LEADING_HAN = re.compile(f"[{_HAN}]")
_HEAP_BYTES = 20_000_000
_MOST_TRANSLATIONS = 16  # of one word
_K1, _B = 1.2, 0.75  # of BM25, as usual


def terms(folded: str) -> list[str]:
    """The terms of a folded text in their order."""
    found: list[str] = []
    for match in _TERM.finditer(folded):
        run = match.group()
        if _LEADING_HAN.match(run):
            found += run
            found += (run[place : place + 2] for place in range(len(run) - 1))
        else:
            found.append(run)
    return found


def _indexed(term: str) -> list[str]:
    """The terms of the index that a passage with `term` holds."""
    return [term[place : place + 2] for place in range(len(term) - 1)] if is_han(term) and len(term) > 2 else [term]


@lru_cache(maxsize=4096)
def is_han(term: str) -> bool:
    return bool(_LEADING_HAN.match(term))


def holds(folded: str, term: str) -> bool:
    """Whether `term` stands in a folded text. A word has to stand there as a whole."""
    if term not in folded:
        return False
    return is_han(term) or bool(re.search(rf"(?<![^\W_{_HAN}]){re.escape(term)}(?![^\W_{_HAN}])", folded))


@dataclass(frozen=True, kw_only=True, slots=True)
class Translated:
    """A word of a question in another language than the passages'."""

    weight: float
    """Inverse document frequency of what it may be, each as likely as it is."""
    terms: Mapping[str, float]
    """What it may be in the language of the passages, each with how likely, in (0, 1]."""

    def held(self, folded: str) -> float:
        """How likely a folded passage holds it, in [0, 1]."""
        return max((likely for term, likely in self.terms.items() if holds(folded, term)), default=0.0)

    def times(self, folded: str) -> float:
        """How often a folded passage holds it, each time as likely as it is."""
        return sum(likely * folded.count(term) for term, likely in self.terms.items() if holds(folded, term))


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighed:
    """A question's terms with what each of them tells."""

    weights: Mapping[str, float]
    """Inverse document frequency; a term that no passage holds weighs most."""
    translated: tuple[Translated, ...] = ()
    """Words that the passages have in another language."""

    @property
    def _total(self) -> float:
        return sum(self.weights.values()) + sum(word.weight for word in self.translated)

    def share(self, folded: str) -> float:
        """The part of the weight that a folded passage holds, in [0, 1]."""
        held = sum(weight for _, weight in self._held(folded))
        held += sum(word.weight * word.held(folded) for word in self.translated)
        return held / self._total if self._total else 0.0

    def bm25(self, folded: str, *, usual_length: float) -> float:
        """The same part, in [0, 2.2), of which a term earns more that stands there often or in a short passage.

        1 where each stands once in a passage of `usual_length` characters. Okapi BM25 (Robertson and Zaragoza 2009)
        over the sum of the weights, so that questions of any length compare.
        """
        slow = _K1 * (1 - _B + _B * len(folded) / usual_length) if usual_length else _K1
        counted: list[tuple[float, float]] = [(folded.count(term), weight) for term, weight in self._held(folded)]
        counted += [(word.times(folded), word.weight) for word in self.translated]
        earned = sum(weight * times * (_K1 + 1) / (times + slow) for times, weight in counted)
        return earned / self._total if self._total else 0.0

    def _held(self, folded: str) -> Iterator[tuple[str, float]]:
        return ((term, weight) for term, weight in self.weights.items() if holds(folded, term))


class Lexical:
    """A reader. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        self._tantivy = tantivy
        index = tantivy.Index.open(str(folder))
        _register(index)
        index.reload()
        self._searcher = index.searcher()
        self._schema = index.schema
        self.passages = int(self._searcher.num_docs)

    def weigh(
        self,
        folded_query: str,
        *,
        counts: Callable[[str], bool] = lambda term: True,
        translated: Iterable[Mapping[str, float]] = (),
    ) -> Weighed:
        """The terms of a question that `counts` approves, with their weights.

        `translated` has a mapping for each of its words that the passages have in another language: what it may be
        there, folded, with how likely. It counts as one term (probabilistic structured queries, Darwish and Oard 2003).
        """
        weights = {term: self._weight(self._holders(term)) for term in terms(folded_query) if counts(term)}
        words = (self._translated(word) for word in translated)
        return Weighed(weights=weights, translated=tuple(word for word in words if word.terms))

    def _translated(self, word: Mapping[str, float]) -> Translated:
        holders = {term: self._holders(term) for term in word}
        known = sorted((term for term in word if holders[term]), key=lambda term: (-word[term], -holders[term], term))
        likely = {term: word[term] for term in known[:_MOST_TRANSLATIONS]}
        usual = sum(holders[term] * each for term, each in likely.items()) / (sum(likely.values()) or 1.0)
        return Translated(weight=self._weight(usual), terms=likely)

    def _holders(self, term: str) -> int:
        """How many passages hold `term`; of one that is longer than what is indexed, the rarest part."""
        return min((self._searcher.doc_freq("terms", part) for part in _indexed(term)), default=0)

    def _weight(self, holders: float) -> float:
        return math.log(1 + (self.passages - holders + 0.5) / (holders + 0.5))

    def of_articles(self, article_ids: Iterable[str]) -> tantivy.Query:
        """What holds for the passages of these articles only, and adds nothing to their score."""
        query_of = self._tantivy.Query
        return query_of.const_score_query(query_of.term_set_query(self._schema, "article", sorted(article_ids)), 0.0)

    def nearest(self, weighed: Weighed, *, limit: int, within: tantivy.Query | None = None) -> list[int]:
        """The places of the passages that hold most of the terms, best first; only those `within`, where given."""
        query_of, occur = self._tantivy.Query, self._tantivy.Occur
        parts = [(occur.Should, self._holding(term)) for term in weighed.weights]
        for word in weighed.translated:
            ways = [query_of.boost_query(self._holding(term), likely) for term, likely in word.terms.items()]
            parts.append((occur.Should, query_of.disjunction_max_query(ways)))
        if not parts:
            return []
        query = query_of.boolean_query(parts)
        if within is not None:
            query = query_of.boolean_query([(occur.Must, query), (occur.Must, within)])
        found = self._searcher.search(query, limit=limit, count=False).hits
        return [int(self._searcher.doc(address)["place"][0]) for _, address in found]

    def _holding(self, term: str) -> tantivy.Query:
        query_of, must = self._tantivy.Query, self._tantivy.Occur.Must
        parts = [query_of.term_query(self._schema, "terms", part, "freq") for part in _indexed(term)]
        return parts[0] if len(parts) == 1 else query_of.boolean_query([(must, part) for part in parts])


def write_lexical(folder: Path, passages: Iterable[tuple[str, str]], progress: Callable[[int], None]) -> None:
    """Index passages, each the id of its article and its folded text, in the order of their places, in a new folder.

    Raises `OSError`.
    """
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("place", stored=True)
    builder.add_text_field("article", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("terms", stored=False, tokenizer_name="terms", index_option="freq")
    folder.mkdir()
    try:
        index = tantivy.Index(builder.build(), path=str(folder))
        _register(index)
        writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        for place, (article_id, text) in enumerate(passages):
            document = tantivy.Document()
            document.add_integer("place", place)
            document.add_text("article", article_id)
            document.add_text("terms", " ".join(terms(text)))
            writer.add_document(document)
            progress(1)
        writer.commit()
        writer.wait_merging_threads()
    except ValueError as error:  # what tantivy raises for a full disk, too
        raise OSError(f"{folder}: {error}") from None


def _register(index: tantivy.Index) -> None:
    import tantivy

    analyzer: Any = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("terms", analyzer)


def matched_text(title: str | None, text: str, *, starts_article: bool, names: Sequence[Names]) -> str:
    """What of a passage is matched: its article's title, unless it begins with it, and its text, folded; behind them
    the other `names` of what they name."""
    folded = fold(text if starts_article or not title else f"{title}\n{text}")
    # Half of a surrogate pair matches nothing and can be stored nowhere.
    return with_other_names(folded, *names).encode("utf-8", "replace").decode("utf-8")


def version() -> str:
    import tantivy

    return str(getattr(tantivy, "__version__", "unknown"))
