"""`python -m eval table`: every set of a folder asked of every system, side by side in one Markdown table.

An index is built once for each corpus and system and kept, and so are the answers: what is cut short goes on, and what
is done is not asked again while neither the questions nor the articles nor the code have changed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from eval.batch import Plan, evaluate
from eval.errors import EvaluationError
from eval.files import RUN, SUMMARY, read_json, whole, written
from eval.identity import differences, run_of
from eval.reading import QuestionSet, read_set
from eval.report_numbers import shares
from eval.systems import SYSTEMS, open_system
from eval.systems.made import fingerprint_of
from rag.errors import AssistantError
from rag.settings import Settings, load_settings

COLUMNS = {
    "recall@1": "recall@1",
    "recall@5": "recall@5",
    "mrr@10": "mrr@10",
    "right": "right",
    "fact_recall": "facts",
    "refused_unanswerable": "refused",
    "false_refusal": "false refusal",
    "auroc": "AUROC",
}
_LOW_IS_GOOD = frozenset({"false_refusal"})
_AT_ONCE = 2

TABLE_HELP = """Ask every set of a folder of every system, and write one Markdown table.

SETS holds a folder for each set, with corpus.jsonl and questions.jsonl; questions_X.jsonl is asked over corpus_X.jsonl
where there is one. Cut short, the same command goes on where it was.

\b
Examples:
  python -m eval table sets --out table.md
  python -m eval table sets --only cmrc --limit 100 --out table.md
  python -m eval table sets --only news --articles 2000 --out table.md
  python -m eval table sets --only cmrc --only drcd --pool --out table.md
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A set of questions with the articles that it is about."""

    name: str
    questions: Path
    corpus: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """What one system made of one set."""

    asked: Asked
    system: str
    summary: Mapping[str, Any] | None
    """None where it could not be asked."""
    reason: str = ""


def sets_in(folder: Path) -> list[Asked]:
    """The sets in the folders under `folder`, by name. Raises `EvaluationError` where there is none."""
    found = []
    for questions in sorted(folder.glob("*/questions*.jsonl")):
        variant = questions.stem.removeprefix("questions")
        own = questions.with_name(f"corpus{variant}.jsonl")
        corpus = own if own.exists() else questions.with_name("corpus.jsonl")
        if corpus.exists():
            name = questions.parent.name + variant.replace("_", " ", 1)
            found.append(Asked(name=name, questions=questions, corpus=corpus))
    if not found:
        raise EvaluationError(f"{folder}: no set there. A set is a folder with questions.jsonl and corpus.jsonl.")
    return found


def measured(
    sets: Sequence[Asked],
    systems: Sequence[str],
    work: Path,
    settings: Settings,
    *,
    limit: int | None,
    console: Console,
    any_code: bool = False,
) -> Iterator[Cell]:
    """Each set asked of each system in turn, what is known taken from `work`; of older code too with `any_code`."""
    for corpus in dict.fromkeys(asked.corpus for asked in sets):
        index = index_of(corpus, work)
        for system in systems:
            todo = [asked for asked in sets if asked.corpus == corpus]
            questions = {asked.name: sample(read_set(asked.questions), limit) for asked in todo}
            folders = {asked.name: _folder(work, asked, system, limit) for asked in todo}
            missing = []
            for asked in todo:
                known = _known(folders[asked.name], questions[asked.name], asked, system, settings, any_code=any_code)
                if known:
                    yield Cell(asked=asked, system=system, summary=known)
                else:
                    missing.append(asked)
            if not missing:
                continue
            try:
                with open_system(system, corpus, index, settings, console) as opened:
                    for asked in missing:
                        console.print(f"{asked.name}: {system}", highlight=False, markup=False)
                        plan = Plan(
                            name=asked.name,
                            questions=questions[asked.name],
                            system=opened,
                            settings=settings,
                            folder=folders[asked.name],
                            at_once=_AT_ONCE,
                            resume=_goes_on(folders[asked.name], questions[asked.name], asked, opened, settings),
                        )
                        summary = evaluate(plan).summary
                        _remember(folders[asked.name], asked)
                        yield Cell(asked=asked, system=system, summary=summary)
            except (AssistantError, EvaluationError) as error:
                for asked in missing:
                    yield Cell(asked=asked, system=system, summary=None, reason=str(error))


def cut(asked: Asked, most: int, folder: Path) -> Asked:
    """`asked` over at most `most` of its articles: all that its questions are about, and others by chance.

    They are the same ones every time, and are written below `folder`. Raises `EvaluationError`.
    """
    place = folder / asked.questions.parent.name / f"{asked.corpus.stem}-{most}.jsonl"
    if not place.exists():
        # Of every question beside them: questions in the other script are asked over the same articles.
        files = sorted(asked.questions.parent.glob("questions*.jsonl"))
        needed = {article for file in files for case in read_set(file).cases for article in case.articles}
        lines = asked.corpus.read_text(encoding="utf-8").splitlines()
        chosen = {number for number, text in enumerate(lines) if str(json.loads(text)["id"]) in needed}
        others = [number for number in range(len(lines)) if number not in chosen]
        chosen |= set(random.Random(0).sample(others, max(0, min(most - len(chosen), len(others)))))
        with written(place) as file:
            file.writelines(lines[number] + "\n" for number in sorted(chosen))
    return replace(asked, corpus=place)


def pooled(sets: Sequence[Asked], folder: Path) -> list[Asked]:
    """`sets` over all their articles together, written below `folder`; without those that have articles of their own.

    Raises `EvaluationError` where two articles have the same id.
    """
    usual = [asked for asked in sets if asked.corpus.stem.partition("-")[0] == "corpus"]
    lines: dict[str, str] = {}
    corpora = list(dict.fromkeys(asked.corpus for asked in usual))
    for corpus in corpora:
        for line in corpus.read_text(encoding="utf-8").splitlines():
            id_ = str(json.loads(line)["id"])
            if id_ in lines:
                raise EvaluationError(
                    f"{corpus}: the id {id_} stands in another set too. Sets are pooled by their ids."
                )
            lines[id_] = line
    names = "-".join(f"{corpus.parent.name}{corpus.stem.removeprefix('corpus')}" for corpus in corpora)
    place = folder / "pool" / f"{names}.jsonl"
    text = "".join(line + "\n" for line in lines.values())
    if not place.exists() or place.read_text(encoding="utf-8") != text:
        with written(place) as file:
            file.write(text)
    return [replace(asked, name=f"pool: {asked.name}", corpus=place) for asked in usual]


def chosen(
    sets: Path, only: Sequence[str] | None, articles: int | None, work: Path, *, pool: bool = False
) -> list[Asked]:
    """The sets in `sets`, or those in its folders `only`; `cut` to so many `articles`, and with `pool` over the
    articles of all of them. Raises `EvaluationError`.
    """
    wanted = [asked for asked in sets_in(sets) if not only or asked.questions.parent.name in only]
    if not wanted:
        raise EvaluationError(f"{sets}: no set of the name {', '.join(only or ())}.")
    wanted = [cut(asked, articles, work) for asked in wanted] if articles else wanted
    return pooled(wanted, work) if pool else wanted


def index_of(corpus: Path, work: Path) -> Path:
    """Where the index of the articles in `corpus` is kept."""
    return work / corpus.parent.name / corpus.stem


def heading(sets: Path, limit: int | None, articles: int | None) -> str:
    """When, of which sets and how much of them was asked, for the head of a table."""
    some = "all questions" if limit is None else f"{limit} questions of each set, by chance (seed 0)"
    some += f", over {articles} articles of each" if articles else ""
    return f"{datetime.now():%Y-%m-%d}, {sets.name}, {some}"


def sample(questions: QuestionSet, limit: int | None) -> QuestionSet:
    """`limit` of the questions by chance, the same ones every time, in the order of the set."""
    if limit is None or limit >= len(questions.cases):
        return questions
    places = sorted(random.Random(0).sample(range(len(questions.cases)), limit))
    return QuestionSet(cases=tuple(questions.cases[place] for place in places))


def table(cells: Sequence[Cell]) -> str:
    """The cells as a Markdown table, the best of each column of a set in bold; what could not be asked, below it."""
    head = ["set", "n", "system", *COLUMNS.values(), "p50 ms"]
    lines = ["| " + " | ".join(head) + " |", "|---|---:|---|" + "---:|" * (len(COLUMNS) + 1)]
    for name in dict.fromkeys(cell.asked.name for cell in cells):
        group = [cell for cell in cells if cell.asked.name == name and cell.summary is not None]
        values = {cell.system: _values(cell.summary or {}) for cell in group}
        best = {column: _best(column, [each.get(column) for each in values.values()]) for column in COLUMNS}
        for cell in group:
            summary = cell.summary or {}
            shown = [_shown(values[cell.system].get(column), best[column]) for column in COLUMNS]
            p50 = (summary.get("latency_ms") or {}).get("p50")
            row = [name, str(summary.get("n")), cell.system, *shown, "–" if p50 is None else f"{p50:.0f}"]
            lines.append("| " + " | ".join(row) + " |")
    missing = [f"- {cell.asked.name}, {cell.system}: {cell.reason}" for cell in cells if cell.summary is None]
    return "\n".join([*lines, *(["", "Not measured:", "", *missing] if missing else []), ""])


def _values(summary: Mapping[str, Any]) -> dict[str, float]:
    return {name: found["value"] for name, found in shares(summary)}


def _best(column: str, values: Sequence[float | None]) -> str | None:
    """The best of several values as it is shown; None where there is nothing to compare."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    return f"{min(known) if column in _LOW_IS_GOOD else max(known):.3f}"


def _shown(value: float | None, best: str | None) -> str:
    if value is None:
        return "–"
    return f"**{value:.3f}**" if f"{value:.3f}" == best else f"{value:.3f}"


def _folder(work: Path, asked: Asked, system: str, limit: int | None) -> Path:
    size = "all" if limit is None else str(limit)
    return work / asked.questions.parent.name / f"{asked.questions.stem}-{size}{_cut(asked)}" / system


def _cut(asked: Asked) -> str:
    """`-of-corpus-2000` where the articles are some of the set's."""
    return "" if asked.corpus.parent == asked.questions.parent else f"-of-{asked.corpus.stem}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Named:
    """As much of a system as a run tells of it."""

    name: str
    fingerprint: str


def _known(
    folder: Path, questions: QuestionSet, asked: Asked, system: str, settings: Settings, *, any_code: bool
) -> Mapping[str, Any] | None:
    """The summary in `folder` where it is of just these questions, articles and code; no model is loaded for that."""
    summary, about = read_json(folder / SUMMARY), read_json(folder / RUN)
    if not summary or not about or summary.get("complete") is not True or about.get("corpus") != _stamp(asked):
        return None
    named: Any = _Named(name=system, fingerprint=str(about.get("index")))
    different = _differences(about, questions, asked, named, settings)
    return None if set(different) - ({"code"} if any_code else set()) else summary


def _goes_on(folder: Path, questions: QuestionSet, asked: Asked, system: Any, settings: Settings) -> bool:
    """Whether an unfinished run of the same stands in `folder`; another one is begun anew."""
    about = read_json(folder / RUN)
    return about is not None and not _differences(about, questions, asked, system, settings)


def _differences(
    about: Mapping[str, Any], questions: QuestionSet, asked: Asked, system: Any, settings: Settings
) -> list[str]:
    now = run_of(questions.cases, asked.name, system, settings, retrieval_only=False, at_once=_AT_ONCE)
    return differences(now, about)


def _stamp(asked: Asked) -> str:
    status = asked.corpus.stat()
    return fingerprint_of(asked.corpus.resolve(), status.st_size, status.st_mtime_ns)


def _remember(folder: Path, asked: Asked) -> None:
    """Writes beside what a run tells of itself which articles it was about."""
    whole(folder / RUN, {**(read_json(folder / RUN) or {}), "corpus": _stamp(asked)})


def standings(
    sets: Annotated[Path, typer.Argument(metavar="SETS", help="Folder that holds a folder for each set.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the table.")] = Path("table.md"),
    work: Annotated[Path, typer.Option(metavar="DIR", help="Where indexes and answers are kept.")] = Path("runs")
    / "table",
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Ask N questions of each set, by chance but always the same.")
    ] = None,
    articles: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Over N articles of each set: those asked about, others by chance."),
    ] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="SET", help="Only this folder; may be given again.")] = None,
    pool: Annotated[
        bool, typer.Option("--pool", help="Ask each set over the articles of all of them together.")
    ] = False,
    system: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help=f"Only this of {', '.join(SYSTEMS)}; may be given again.")
    ] = None,
    any_code: Annotated[bool, typer.Option("--any-code", help="Take answers that older code gave, too.")] = False,
) -> None:
    wanted = chosen(sets, only, articles, work, pool=pool)
    if unknown := [name for name in system or () if name not in SYSTEMS]:
        raise EvaluationError(f"There is no system {unknown[0]}. Choose one of: {', '.join(SYSTEMS)}.")
    console = Console(stderr=True)
    cells: list[Cell] = []
    asked_of = system or SYSTEMS
    for cell in measured(wanted, asked_of, work, load_settings(), limit=limit, console=console, any_code=any_code):
        cells.append(cell)
        _write(out, table(_in_order(cells, wanted)), sets, limit, articles)
    Console().print(table(_in_order(cells, wanted)), markup=False, highlight=False, soft_wrap=True)


def _in_order(cells: Sequence[Cell], sets: Sequence[Asked]) -> list[Cell]:
    order = [asked.name for asked in sets]
    return sorted(cells, key=lambda cell: (order.index(cell.asked.name), SYSTEMS.index(cell.system)))


def _write(out: Path, text: str, sets: Path, limit: int | None, articles: int | None) -> None:
    with written(out) as file:
        file.write(f"{heading(sets, limit, articles)}; best of each set in bold.\n\n{text}")
