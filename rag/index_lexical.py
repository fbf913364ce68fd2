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


@lru_cache(maxsize=4096)
def is_han(term: str) -> bool:
    return bool(_LEADING_HAN.match(term))


def holds(folded: str, term: str) -> bool:
    """Whether `term` stands in a folded text. A word has to stand there as a whole."""
    if term not in folded:
        return False
    return is_han(term) or bool(re.search(rf"(?<![^\W_{_HAN}]){re.escape(term)}(?![^\W_{_HAN}])", folded))


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighed:
    """A question's terms with what each of them tells."""

    weights: Mapping[str, float]
    """Inverse document frequency; a term that no passage holds weighs most."""
    silent: frozenset[str] = frozenset()
    """Terms that a passage earns nothing for."""

    def share(self, folded: str) -> float:
        """The part of the weight that a folded passage holds, in [0, 1]."""
        total = sum(self.weights.values())
        return sum(weight for _, weight in self._held(folded)) / total if total else 0.0

    def bm25(self, folded: str, *, usual_length: float) -> float:
        """The same part, in [0, 2.2), of which a term earns more that stands there often or in a short passage.

        1 where each stands once in a passage of `usual_length` characters. Okapi BM25 (Robertson and Zaragoza 2009)
        over the sum of the weights, so that questions of any length compare.
        """
        total = sum(self.weights.values())
        slow = _K1 * (1 - _B + _B * len(folded) / usual_length) if usual_length else _K1
        counted = ((folded.count(term), weight) for term, weight in self._held(folded))
        return sum(weight * times * (_K1 + 1) / (times + slow) for times, weight in counted) / total if total else 0.0

    def _held(self, folded: str) -> Iterator[tuple[str, float]]:
        return (
            (term, weight)
            for term, weight in self.weights.items()
            if term in folded and term not in self.silent and holds(folded, term)
        )


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

    def weigh(self, folded_query: str, *, counts: Callable[[str], bool] = lambda term: True) -> Weighed:
        """The terms of a question with their weights. Those that `counts` does not approve are silent."""
        weights = {term: self._weight(term) for term in terms(folded_query)}
        return Weighed(weights=weights, silent=frozenset(term for term in weights if not counts(term)))

    def _weight(self, term: str) -> float:
        holders = self._searcher.doc_freq("terms", term)
        return math.log(1 + (self.passages - holders + 0.5) / (holders + 0.5))

    def of_articles(self, article_ids: Iterable[str]) -> tantivy.Query:
        """What holds for the passages of these articles only, and adds nothing to their score."""
        query_of = self._tantivy.Query
        return query_of.const_score_query(query_of.term_set_query(self._schema, "article", sorted(article_ids)), 0.0)

    def nearest(self, weighed: Weighed, *, limit: int, within: tantivy.Query | None = None) -> list[int]:
        """The places of the passages that hold most of the terms, best first; only those `within`, where given."""
        query_of, occur = self._tantivy.Query, self._tantivy.Occur
        parts = [
            (occur.Should, query_of.term_query(self._schema, "terms", term, "freq"))
            for term in weighed.weights
            if term not in weighed.silent
        ]
        if not parts:
            return []
        query = query_of.boolean_query(parts)
        if within is not None:
            query = query_of.boolean_query([(occur.Must, query), (occur.Must, within)])
        found = self._searcher.search(query, limit=limit, count=False).hits
        return [int(self._searcher.doc(address)["place"][0]) for _, address in found]


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
