"""How good one answer is: facts, citations, what is forbidden, refusal. Knows nothing of retrieval or of files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from corpus.fold import fold
from corpus.records import Article
from eval.cases import Case
from rag.records import Answer, Status

_SPACE = re.compile(r"\s+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """What an answer holds of what its case asks for. Shares are in [0, 1], None where nothing is to be counted."""

    right: bool
    """All of `facts_ok`, `cited_ok`, `forbid_ok` and `refusal_ok`, and the answer is no error."""
    facts_ok: bool
    """Every fact is in the answer."""
    cited_ok: bool
    """The needed articles are cited: all of them, or one where the case says `any`."""
    forbid_ok: bool
    """Nothing forbidden is in the answer."""
    refusal_ok: bool
    """It refuses where it must and nowhere else. An answer with every fact is not held to be a refusal."""
    refused: bool
    """The status is not ANSWERED."""
    missing: tuple[str, ...]
    """The facts that are not in the answer, by their first spelling."""
    fact_recall: float | None
    """The share of the facts that are in the answer."""
    citation_precision: float | None
    """The share of the cited articles that are needed ones. None where none is cited or none is named as needed."""
    citation_recall: float | None
    """The share of the needed articles that are cited, or 1 with one of them for `any`."""
    quotes: int
    """How many citations the answer has."""
    true_quotes: int
    """How many of them quote exactly the characters `[start, end)` of their article."""

    @property
    def failed(self) -> tuple[str, ...]:
        """The checks that did not pass, for the reader."""
        checks = {"facts": self.facts_ok, "citations": self.cited_ok, "forbidden": self.forbid_ok}
        return tuple(name for name, ok in {**checks, "refusal": self.refusal_ok}.items() if not ok)


def normalised(text: str) -> str:
    """`text` as facts are looked for in it: folded, without white space and thousands separators."""
    return _THOUSANDS.sub("", _SPACE.sub("", fold(text)))


def occurs(spelling: str, answer: str) -> bool:
    """Whether `spelling` is in the `normalised` answer. A number at its edge may not be part of a longer number."""
    wanted = normalised(spelling)
    before = r"(?<![\d.])" if wanted[:1].isdigit() else ""
    after = r"(?!\.?\d)" if wanted[-1:].isdigit() else ""
    return re.search(before + re.escape(wanted) + after, answer) is not None


def score(case: Case, answer: Answer, article: Callable[[str], Article | None]) -> Score:
    """How `answer` stands to `case`. `article` gives the article of an id, to compare the quotes with."""
    text = normalised(answer.text)
    missing = tuple(fact[0] for fact in case.facts if not any(occurs(spelling, text) for spelling in fact))
    cited = {citation.article_id for citation in answer.citations}
    needed = set(case.articles)
    cited_ok = not needed or (bool(needed & cited) if case.articles_mode == "any" else needed <= cited)
    forbid_ok = not any(normalised(word) in text for word in case.forbid)
    refused = answer.status is not Status.ANSWERED
    complete = bool(needed) and not missing
    refusal_ok = case.refusal_ok or refused == case.refuse or complete
    return Score(
        # An answer that failed says nothing about the articles, so it is no right refusal either.
        right=not missing and cited_ok and forbid_ok and refusal_ok and answer.status is not Status.SERVICE_ERROR,
        facts_ok=not missing,
        cited_ok=cited_ok,
        forbid_ok=forbid_ok,
        refusal_ok=refusal_ok,
        refused=refused,
        missing=missing,
        fact_recall=1 - len(missing) / len(case.facts) if case.facts else None,
        citation_precision=len(cited & needed) / len(cited) if cited and needed else None,
        citation_recall=_recall(case, cited),
        quotes=len(answer.citations),
        true_quotes=sum(
            (found := article(citation.article_id)) is not None
            and found.text[citation.start : citation.end] == citation.quote
            for citation in answer.citations
        ),
    )


def _recall(case: Case, cited: set[str]) -> float | None:
    needed = set(case.articles)
    if not needed:
        return None
    return float(bool(needed & cited)) if case.articles_mode == "any" else len(needed & cited) / len(needed)
