"""`python -m eval reader`: what the reader adds, set by set, on articles that neither it nor the rules learned from."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from corpus.passages import Span
from eval.cases import Case
from eval.certainty import auroc, certainty_of
from eval.files import written
from eval.near_misses import near_misses
from eval.overlap import overlap
from eval.reading import QuestionSet, read_set
from eval.retrieval import article_ranking
from eval.running import FIRST_DEPTH, System
from eval.scoring import normalised, occurs
from eval.standings import Asked, chosen, heading, index_of, sample
from eval.systems import open_system
from rag.asking import asked as asked_of
from rag.certainty import ranked_evidence
from rag.evidence import Evidence
from rag.reader.loading import NONE
from rag.reader.marked import Share, share_of
from rag.rereading import HITS
from rag.settings import Settings, load_settings
from rag.short_answer import likeliest, short_answer

_TRAINED_ON = frozenset({"cmrc", "drcd", "xquad"})
_REFUSED = 0.1  # of the answerable, for the share of the others that is refused then

READER_HELP = """Measure what the reader adds: order of articles, answers in a few words, refusal, time.

SETS is a folder as `table` takes it, and the indexes that `table` built in --work serve here too. Of the sets that the
reader was trained on only the articles count that neither it nor the calibration saw.

\b
Examples:
  python -m eval reader sets --limit 100 --out runs/reader.md
  python -m eval reader sets --only squad2 --only dureader --limit 300
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What came of one question."""

    refuse: bool
    near_miss: bool
    """Its question was changed so that nothing answers it."""
    first: bool | None
    """Whether the first article is one that is needed; None where none is."""
    first_five: float | None
    """The part of the articles that are needed among the first five."""
    exact: float | None
    """Of the few words that the reader saw, in the sentence that is quoted first, against the reference."""
    f1: float | None
    short: bool | None
    """Whether the few words before the quote are right; None where none are shown."""
    certainty: float
    milliseconds: float


def told(case: Case, system: System, *, near_miss: bool = False) -> Told:
    """What `system` finds for `case`."""
    started = time.perf_counter()
    found = system.retrieve(case.question, limit=FIRST_DEPTH)
    milliseconds = (time.perf_counter() - started) * 1000
    hits, ranking = found[:HITS], article_ranking(found)
    needed = set() if case.refuse else set(case.articles)
    what = asked_of(case.question)
    best = next(iter(ranked_evidence(what, hits)), None)
    same = overlap(case.references, _words(best, likeliest)) if needed and case.references else {}
    short = _words(best, lambda evidence: short_answer(evidence, what))
    return Told(
        refuse=case.refuse,
        near_miss=near_miss,
        first=any(article in needed for article in ranking[:1]) if needed else None,
        first_five=len(needed & set(ranking[:5])) / min(5, len(needed)) if needed else None,
        exact=same.get("exact_match"),
        f1=same.get("f1"),
        short=_is_right(short, case) if short else None,
        certainty=certainty_of(case.question, hits) if hits else 0.0,
        milliseconds=milliseconds,
    )


def _words(evidence: Evidence | None, found: Callable[[Evidence], Span | None]) -> str:
    span = found(evidence) if evidence else None
    return evidence.article.text[span.start : span.end] if evidence and span else ""


def _is_right(words: str, case: Case) -> bool:
    """Whether `words` hold a fact that is asked for, or are a part of it."""
    told = normalised(words)
    spellings = [spelling for fact in case.facts for spelling in fact]
    return any(occurs(spelling, told) or told in normalised(spelling) for spelling in spellings)


def row(found: Sequence[Told]) -> list[str]:
    """The figures of one set as they are printed: see `HEAD`."""
    usual = [each for each in found if not each.near_miss]
    answerable = [each.certainty for each in usual if not each.refuse]
    unanswerable = [each.certainty for each in usual if each.refuse]
    missed = [each.certainty for each in found if each.near_miss]
    return [
        str(len(usual)),
        _mean([each.first for each in usual]),
        _mean([each.first_five for each in usual]),
        _mean([each.exact for each in usual]),
        _mean([each.f1 for each in usual]),
        _mean([each.short is not None for each in usual]),
        _mean([each.short for each in usual if not each.refuse]),
        *_refusal(answerable, unanswerable),
        _refusal(answerable, missed)[0],
        f"{statistics.median(each.milliseconds for each in usual):.0f}",
    ]


HEAD = [
    "n",
    "R@1",
    "R@5",
    "exact",
    "F1",
    "short",
    "of these right",
    "AUROC",
    "refused at 10 %",
    "AUROC one word changed",
    "p50 ms",
]


def _refusal(answerable: Sequence[float], unanswerable: Sequence[float]) -> tuple[str, str]:
    area = auroc(answerable, unanswerable)
    if area is None:
        return "–", "–"
    floor = np.quantile(answerable, _REFUSED, method="lower")
    return f"{area[0]:.3f}", f"{sum(each < floor for each in unanswerable) / len(unanswerable):.3f}"


def _mean(values: Sequence[float | bool | None]) -> str:
    known = [float(value) for value in values if value is not None]
    return f"{statistics.fmean(known):.3f}" if known else "–"


def reader_report(
    sets: Annotated[Path, typer.Argument(metavar="SETS", help="Folder that holds a folder for each set.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the table.")] = Path("runs") / "reader.md",
    work: Annotated[Path, typer.Option(metavar="DIR", help="Where indexes are kept.")] = Path("runs") / "table",
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Ask N questions of each set.")] = None,
    articles: Annotated[int | None, typer.Option(min=1, metavar="N", help="Over N articles of each set.")] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="SET", help="Only this folder; may be given again.")] = None,
    pool: Annotated[
        bool, typer.Option("--pool", help="Ask each set over the articles of all of them together.")
    ] = False,
) -> None:
    wanted = chosen(sets, only, articles, work, pool=pool)
    settings = load_settings()
    names = (NONE, settings.reranker) if settings.reranker != NONE else (NONE,)
    lines = ["| " + " | ".join(["set", "reader", *HEAD]) + " |", "|---|---|" + "---:|" * len(HEAD)]
    together: dict[tuple[str, str], list[Told]] = {}
    for asked in wanted:
        for name in names:
            Console(stderr=True).print(f"{asked.name}: {name}", highlight=False, markup=False)
            found = list(_found(asked, limit, work, settings.model_copy(update={"reranker": name})))
            together.setdefault((asked.questions.parent.name, name), []).extend(found)
            lines.append("| " + " | ".join([asked.name, name, *row(found)]) + " |")
    for (folder, name), found in together.items():
        if sum(asked.questions.parent.name == folder for asked in wanted) > 1:
            lines.append("| " + " | ".join([f"all of {folder}", name, *row(found)]) + " |")
    text = f"{heading(sets, limit, articles)}.\n\n" + "\n".join([*lines, ""])
    with written(out) as file:
        file.write(text)
    Console().print(text, markup=False, highlight=False, soft_wrap=True)


def _found(asked: Asked, limit: int | None, work: Path, settings: Settings) -> Iterator[Told]:
    """What comes of each question of a set, and where the reader was trained on it, of each with one word changed."""
    folder = asked.questions.parent.name
    cases = read_set(asked.questions).cases
    if folder in _TRAINED_ON:
        cases = tuple(c for c in cases if c.articles and share_of(folder, c.articles[0]) is Share.REPORT)
    cases = sample(QuestionSet(cases=cases), limit).cases
    with open_system("ours", asked.corpus, index_of(asked.corpus, work), settings, Console(stderr=True)) as system:
        system.retrieve("你好")  # the first of all loads what the others find loaded
        for case in cases:
            yield told(case, system)
        if folder in _TRAINED_ON:
            for case in near_misses(cases, system.article):
                yield told(case, system, near_miss=True)
