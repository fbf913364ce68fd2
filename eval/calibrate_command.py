"""`python -m eval calibrate`: learns `rag/certainty_read.toml`, or without a reader `rag/certainty.toml`."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.cases import Case
from eval.errors import EvaluationError
from eval.learned import learned_on
from eval.near_misses import near_misses
from eval.reading import read_set
from eval.standings import index_of
from eval.systems import open_system
from rag.certainty import READ_STORE, STORE
from rag.language import is_english
from rag.reader.loading import NONE
from rag.reader.marked import Share, share_of
from rag.settings import load_settings

CALIBRATE_HELP = """Learn which sentence answers best and when it counts as an answer.

Writes rag/certainty_read.toml, or with WENJU_RERANKER=none rag/certainty.toml. QUESTIONS are asked of the index; what
stands in two of them word for word counts once, as the first has it. For the reader that part of a public set is taken
which it was not trained on and which does not judge it either.

\b
Examples:
  python -m eval calibrate eval/questions/articles.jsonl eval/questions/unanswerable.jsonl
  python -m eval calibrate eval/questions/articles.jsonl --also ../sets/cmrc/questions.jsonl --work runs/table
"""


class _Language(StrEnum):
    CHINESE = "zh"
    ENGLISH = "en"


def calibrate(
    questions: Annotated[
        list[Path], typer.Argument(metavar="QUESTIONS", help="Sets, of which one has unanswerable questions.")
    ],
    also: Annotated[
        list[Path] | None,
        typer.Option(metavar="SET", help="Public set with a corpus.jsonl beside it, to learn from as well."),
    ] = None,
    most: Annotated[int, typer.Option(min=50, metavar="N", help="Questions taken from each public set.")] = 400,
    index: Annotated[Path | None, typer.Option(metavar="DIR", help="Index to ask, if not the usual one.")] = None,
    language: Annotated[
        _Language | None,
        typer.Option(help="Learn the rules for questions in this language alone; those for the other stay."),
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where `table` keeps the indexes of public sets. Default: nowhere."),
    ] = None,
) -> None:
    from eval.calibration import LANGUAGES, learn, relearned, samples  # loads scikit-learn, which takes a second
    from rag.manifest import current_generation, read_manifest

    settings = load_settings(index=index)
    console = Console(stderr=True)
    read = settings.reranker != NONE
    store = READ_STORE if read else STORE
    names = _named([*questions, *(also or [])])
    sets = {names[path]: read_set(path).cases for path in questions}
    asked = _once(case for cases in sets.values() for case in cases)
    if not any(case.refuse for case in asked):
        told = ", ".join(map(str, questions))
        raise EvaluationError(f"{told}: no unanswerable question. Name a set that has some, too.")
    with open_system("ours", None, index, settings, console) as system:
        own = samples(system, _in(language, asked))
    public = []
    for path in also or []:
        cases = sets[names[path]] = _some(path, most, read=read)
        corpus = path.with_name("corpus.jsonl")
        kept = index_of(corpus, work) if work else None
        with open_system("ours", corpus, kept, settings, console) as system:
            cases = _in(language, cases)
            public += samples(system, cases) + samples(system, cases, without_articles=True)
            if read:
                public += samples(system, near_misses(cases, system.article), of=cases)
    learned = learned_on(read_manifest(current_generation(settings.index)), sets, reader=settings.reranker)
    text = learn(own, public, learned, languages=(language.value,) if language else LANGUAGES)
    if language:
        text = relearned(store.read_text(encoding="utf-8"), text)
    store.write_text(text, encoding="utf-8")
    Console().print(text, markup=False, highlight=False)


def _some(path: Path, most: int, *, read: bool) -> tuple[Case, ...]:
    """At most `most` questions of a set, the same ones every time; with a reader, of those that it never saw."""
    cases = read_set(path).cases
    if read:
        name = path.parent.name
        cases = tuple(c for c in cases if c.articles and share_of(name, c.articles[0]) is Share.CALIBRATION)
    return tuple(random.Random(0).sample(cases, min(most, len(cases))))


def _in(language: _Language | None, cases: Iterable[Case]) -> tuple[Case, ...]:
    """Those of `cases` in `language`, where one is given."""
    english = language is _Language.ENGLISH
    return tuple(case for case in cases if not language or is_english(case.question) is english)


def _once(cases: Iterable[Case]) -> list[Case]:
    """`cases` without those whose question, after the same conversation, stood there before word for word."""
    first: dict[object, Case] = {}
    for case in cases:
        first.setdefault((case.question, case.history), case)
    return list(first.values())


def _named(paths: Sequence[Path]) -> dict[Path, str]:
    """Each path by its last two parts, or by as many more as tell it from the others. Raises `EvaluationError`."""
    for n, path in enumerate(paths):
        if path.resolve() in [other.resolve() for other in paths[:n]]:
            raise EvaluationError(f"{path}: named twice. Name each set once.")
    whole = {path: path.resolve().parts for path in paths}
    names = {}
    for path, parts in whole.items():
        others = [other for other in whole.values() if other != parts]
        length = 2
        while any(other[-length:] == parts[-length:] for other in others):
            length += 1
        names[path] = Path(*parts[-length:]).as_posix()
    return names
