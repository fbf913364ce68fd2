"""Asks the questions of a set, some at a time, and scores what comes back. Knows nothing of files or screens."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from corpus.records import Article
from eval import overlap
from eval.cases import Case
from eval.certainty import certainty_of
from eval.grounding import Grounding, claims, grounding, language_kept, said
from eval.retrieval import DEPTH, MEASURES, article_ranking, retrieval_scores
from eval.scoring import Score, score
from eval.tokens import NONE, Tokens, tokens_of
from rag.checking import plain
from rag.language import detect
from rag.records import Answer, Hit, Language, Question, Status

FIRST_DEPTH, SEARCH_DEPTH = 20, 50
"""How many passages are looked at for the ranking of articles: most often the first number shows enough articles."""
ALONE = 100
"""So many questions, the first ones, are asked one after the other, whatever runs at once later: what one answer takes
is measured on them."""
_WARM_UP = "你好，请问这里有什么文章？"
_LANGUAGES: Mapping[str, Language] = {"zh-Hans": "zh-Hans", "zh-Hant": "zh-Hant", "en": "en"}


class System(Protocol):
    """What can be evaluated: the assistant, or something to compare it with. Several threads may ask it at once."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str:
        """Of what it answers from: its index and its settings."""

    def answer(self, question: Question) -> Answer: ...

    def standalone(self, question: Question) -> str: ...

    def retrieve(self, query: str, *, limit: int | None = None) -> tuple[Hit, ...]: ...

    def article(self, article_id: str) -> Article | None: ...


@runtime_checkable
class ForMany(Protocol):
    """A system that knows a cheaper way to give the same answers to many questions."""

    def for_many(self, questions: Sequence[str]) -> System: ...


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
    standalone: str = ""
    """The question with what it leans on put in."""
    alone: bool = True
    """No other question was asked at the same time."""
    overlap: Mapping[str, float] = field(default_factory=dict)
    """With the reference; empty where there is none, or the right answer is a refusal."""
    grounding: Grounding = field(default_factory=Grounding)
    language_kept: bool | None = None
    certainty: float | None = None
    """How sure the hits make an answer, in [0, 1]."""
    tokens: Tokens = NONE

    @property
    def right(self) -> bool | None:
        return self.score.right if self.score else None

    @property
    def refused(self) -> bool | None:
        """None where there is no answer: a failure is no refusal."""
        failed = self.answer is None or self.answer.status is Status.SERVICE_ERROR
        return None if failed or self.score is None else self.score.refused


def run(
    cases: Iterable[Case],
    system: System,
    *,
    retrieval_only: bool = False,
    at_once: int = 1,
    alone: int = ALONE,
    coming: Sequence[str] = (),
    stop: threading.Event | None = None,
) -> Iterator[Outcome]:
    """The outcome of each case, as they come: in the order of `cases` where `at_once` is 1.

    The first `alone` are asked one after the other, the rest `at_once` at a time. A question that fails has the status
    SERVICE_ERROR and the others go on. Once `stop` is set, no further question is asked, and those under way still
    come. `coming` are the questions of the whole set, of which `cases` may be the rest.
    """
    if retrieval_only:  # the first of all loads what the others find loaded
        system.retrieve(_WARM_UP)
    else:
        system.answer(Question(text=_WARM_UP))
    stop = stop or threading.Event()
    todo = iter(cases)
    for case in todo if at_once == 1 else itertools.islice(todo, alone):
        yield _outcome(case, system, retrieval_only=retrieval_only, alone=True)
        if stop.is_set():
            return
    if at_once > 1:
        many = system.for_many(coming) if isinstance(system, ForMany) else system
        yield from _together(todo, many, retrieval_only=retrieval_only, at_once=at_once, stop=stop)


def _together(
    cases: Iterator[Case], system: System, *, retrieval_only: bool, at_once: int, stop: threading.Event
) -> Iterator[Outcome]:
    came: queue.SimpleQueue[Outcome | BaseException | None] = queue.SimpleQueue()
    taking = threading.Lock()
    # Nobody takes a question before the reader is done with an earlier one: what is not yet stored would be lost.
    free = threading.Semaphore(at_once)

    def work() -> None:
        try:
            while free.acquire() and not stop.is_set():
                with taking:
                    case = next(cases, None)
                if case is None:
                    break
                came.put(_outcome(case, system, retrieval_only=retrieval_only, alone=False))
        except BaseException as failure:  # a thread's own failure would be seen by nobody
            came.put(failure)
        came.put(None)

    for _ in range(at_once):
        threading.Thread(target=work, daemon=True, name="evaluation").start()
    working = at_once
    try:
        while working:
            got = came.get()
            if isinstance(got, BaseException):
                raise got
            if got is None:
                working -= 1
                free.release()
            else:
                yield got
                free.release()
    finally:
        stop.set()
        free.release(at_once)


def _outcome(case: Case, system: System, *, retrieval_only: bool, alone: bool) -> Outcome:
    question = Question(text=case.question, history=case.history)
    answer: Answer | None = None
    ranking: tuple[str, ...] = ()
    error: str | None = None
    standalone = case.question
    certainty: float | None = None
    started = time.perf_counter()
    elapsed_ms = 0.0
    try:
        if not retrieval_only:
            answer = system.answer(question)
            elapsed_ms = _since(started)
        if case.history:
            standalone = system.standalone(question)
        if retrieval_only or (case.articles and not case.refuse):
            ranking = _ranking(plain(standalone), system)
        elif answer:
            ranking = article_ranking(answer.hits)
        if answer:
            certainty = certainty_of(plain(standalone), answer.hits) if answer.hits else 0.0
    except Exception as failure:  # whatever one question does to the system, the other questions are still asked
        error = f"{type(failure).__name__}: {failure}"
        if not retrieval_only:
            answer = Answer(text="", status=Status.SERVICE_ERROR, language="en", writer="none")
    failed = answer is None or answer.status is Status.SERVICE_ERROR
    stated = claims(answer) if answer else ()
    return Outcome(
        case=case,
        answer=answer,
        score=score(case, answer, system.article) if answer else None,
        ranking=ranking,
        retrieval=retrieval_scores(case, ranking),
        elapsed_ms=elapsed_ms or _since(started),
        error=error,
        standalone=standalone,
        alone=alone,
        overlap={} if failed or case.refuse else overlap.overlap(case.references, said(stated)),
        grounding=grounding(stated, answer, system.article) if answer else Grounding(),
        language_kept=None if answer is None or failed else language_kept(answer, _asked_in(case)),
        certainty=None if failed else certainty,
        tokens=NONE if answer is None else tokens_of(standalone, answer),
    )


def _ranking(query: str, system: System) -> tuple[str, ...]:
    """The first articles, best first, as a search of `SEARCH_DEPTH` shows them."""
    hits = system.retrieve(query, limit=FIRST_DEPTH)
    if len(hits) >= FIRST_DEPTH and len(article_ranking(hits)) < DEPTH:
        hits = system.retrieve(query, limit=SEARCH_DEPTH)
    return article_ranking(hits)


def _asked_in(case: Case) -> Language:
    return _LANGUAGES.get(case.lang or "") or detect(case.question)


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
        "cited_sentences": outcome.grounding.cited_share,
        "support": outcome.grounding.held_share,
        "language_kept": _share(outcome.language_kept),
        **{name: outcome.overlap.get(name) for name in overlap.MEASURES},
        "refused_unanswerable": _share(outcome.refused) if refuse else None,
        "false_refusal": None if refuse or outcome.case.refusal_ok else _share(outcome.refused),
    }


def _share(flag: bool | None) -> float | None:
    return None if flag is None else float(flag)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
