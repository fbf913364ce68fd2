"""Asks the questions of a set, one after the other, and scores what comes back. Knows nothing of files or screens."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from corpus.records import Article
from eval.cases import Case
from eval.retrieval import MEASURES, article_ranking, retrieval_scores
from eval.scoring import Score, score
from rag.checking import plain
from rag.records import Answer, Hit, Question, Status
from rag.serialise import answer_json

SEARCH_DEPTH = 50
"""How many passages are looked at for the ranking of articles. Answers are written from fewer."""
_WARM_UP = "你好，请问这里有什么文章？"


class System(Protocol):
    """What can be evaluated: an `Assistant`, or something to compare it with."""

    def answer(self, question: Question) -> Answer: ...

    def standalone(self, question: Question) -> str: ...

    def retrieve(self, query: str, *, limit: int | None = None) -> tuple[Hit, ...]: ...

    def article(self, article_id: str) -> Article | None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of one case."""

    case: Case
    answer: Answer | None
    """None where only retrieval was asked for."""
    score: Score | None
    ranking: tuple[str, ...]
    """Article ids, best first."""
    retrieval: Mapping[str, float] = field(default_factory=dict)
    elapsed_ms: float = 0.0
    """From the question to the final answer, or to the hits where only retrieval was asked for."""
    error: str | None = None
    """Why there is no real answer."""

    @property
    def right(self) -> bool | None:
        return self.score.right if self.score else None

    @property
    def refused(self) -> bool | None:
        """None where there is no answer: a failure is no refusal."""
        failed = self.answer is None or self.answer.status is Status.SERVICE_ERROR
        return None if failed or self.score is None else self.score.refused


def run(cases: Iterable[Case], system: System, *, retrieval_only: bool = False) -> Iterator[Outcome]:
    """The outcome of each case in turn. A question that fails has the status SERVICE_ERROR and the others go on."""
    if retrieval_only:  # the first of all loads what the others find loaded
        system.retrieve(_WARM_UP)
    else:
        system.answer(Question(text=_WARM_UP))
    for case in cases:
        yield _outcome(case, system, retrieval_only=retrieval_only)


def _outcome(case: Case, system: System, *, retrieval_only: bool) -> Outcome:
    question = Question(text=case.question, history=case.history)
    answer: Answer | None = None
    ranking: tuple[str, ...] = ()
    error: str | None = None
    started = time.perf_counter()
    elapsed_ms = 0.0
    try:
        if not retrieval_only:
            answer = system.answer(question)
            elapsed_ms = _since(started)
        deep = retrieval_only or (case.articles and not case.refuse)
        ranking = _deep_ranking(question, system) if deep or answer is None else article_ranking(answer.hits)
    except Exception as failure:  # whatever one question does to the system, the other questions are still asked
        error = f"{type(failure).__name__}: {failure}"
        if not retrieval_only:
            answer = Answer(text="", status=Status.SERVICE_ERROR, language="en", writer="none")
    return Outcome(
        case=case,
        answer=answer,
        score=score(case, answer, system.article) if answer else None,
        ranking=ranking,
        retrieval=retrieval_scores(case, ranking),
        elapsed_ms=elapsed_ms or _since(started),
        error=error,
    )


def _deep_ranking(question: Question, system: System) -> tuple[str, ...]:
    return article_ranking(system.retrieve(plain(system.standalone(question)), limit=SEARCH_DEPTH))


def measures(outcome: Outcome) -> dict[str, float | None]:
    """Everything about `outcome` that a summary averages, in [0, 1]; None where it does not count for this case."""
    scored, refuse = outcome.score, outcome.case.refuse
    answered = scored if scored and not refuse else None
    return {
        **{name: outcome.retrieval.get(name) for name in MEASURES},
        "fact_recall": answered.fact_recall if answered else None,
        "right": float(scored.right) if scored else None,
        "citation_precision": answered.citation_precision if answered else None,
        "citation_recall": answered.citation_recall if answered else None,
        "quote_equals_source": scored.true_quotes / scored.quotes if scored and scored.quotes else None,
        "refused_unanswerable": _share(outcome.refused) if refuse else None,
        "false_refusal": None if refuse or outcome.case.refusal_ok else _share(outcome.refused),
    }


def outcome_json(outcome: Outcome) -> dict[str, object]:
    """A line of `results.jsonl`: the JSON of `rag ask` with `id`, `kind`, `right` and the scores of the question."""
    case, scored = outcome.case, outcome.score
    asked = answer_json(case.question, outcome.answer) if outcome.answer else {"question": case.question}
    failed: dict[str, object] = {"failed": list(scored.failed), "missing": list(scored.missing)} if scored else {}
    error = {"error": outcome.error} if outcome.error else {}
    scores = {name: value for name, value in measures(outcome).items() if name != "right" and value is not None}
    return {
        "id": case.id,
        "kind": case.kind,
        "right": outcome.right,
        **asked,
        **failed,
        **scores,
        "ranking": list(outcome.ranking),
        "elapsed_ms": outcome.elapsed_ms,
        **error,
    }


def _share(flag: bool | None) -> float | None:
    return None if flag is None else float(flag)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
