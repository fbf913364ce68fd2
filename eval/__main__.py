"""`python -m eval`: run a question set, compare two runs, measure the serving process."""

from __future__ import annotations

import random
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from corpus.errors import CorpusError
from eval.bench import measure
from eval.cases import Case
from eval.compare import compare as compare_runs
from eval.compare import read_gates, read_results
from eval.convert import CONVERT_HELP, convert
from eval.errors import EvaluationError
from eval.files import line, run_folder, written
from eval.reading import Problem, read_set
from eval.report import report
from eval.running import Outcome, System, outcome_json
from eval.running import run as ask_all
from eval.serving import ROOT, memory_after, seconds_to_ready, serving_app, serving_clone
from eval.summary import summarise
from eval.tables import changed_lines, comparison_table, kinds_table, summary_table
from rag.errors import AssistantError
from rag.settings import Settings, load_settings

app = typer.Typer(
    help="Ask the questions of a set, score the answers, compare two runs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_OWN_QUESTIONS = ROOT / "eval" / "questions" / "articles.jsonl"

_RUN_HELP = """Ask the questions of a set and score the answers.

QUESTIONS is JSONL, CSV or XLSX with the columns id and question; docs/results.md describes the others.

\b
Examples:
  python -m eval run eval/questions/articles.jsonl
  python -m eval run questions.xlsx --articles FOLDER --out runs/today
  python -m eval run questions.jsonl --articles corpus.jsonl --limit 100 --retrieval-only

A row that is no question is named and left out. Exit codes: 0 done, 1 an error, 2 wrong usage.
"""

_COMPARE_HELP = """Compare two runs of the same questions, question by question.

BEFORE and AFTER are folders that `python -m eval run` wrote. Exit code 1 when a gate of eval/gates.toml falls.

\b
Example:
  python -m eval compare runs/baseline runs/today
"""


@app.command(help=_RUN_HELP)
def run(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS", help="The question set.")],
    articles: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Folder or corpus.jsonl to ask about, in a throw-away index.")
    ] = None,
    index: Annotated[Path | None, typer.Option(metavar="DIR", help="Index to ask, if not the usual one.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where to write; runs/<set>-<time> if unset.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Ask only the first N questions.")] = None,
    retrieval_only: Annotated[bool, typer.Option("--retrieval-only", help="Search only; write no answers.")] = False,
) -> None:
    if articles and index:
        raise typer.BadParameter("Give --articles or --index, not both.")
    now = datetime.now()
    question_set = read_set(questions)
    cases = question_set.cases[:limit]
    for problem in question_set.problems:
        _complain(str(problem))
    folder = out or run_folder(questions, now=now)
    with _system(articles, index, load_settings()) as system:
        _check_articles(cases, system, questions.name)
        outcomes = _ask(cases, system, folder, retrieval_only=retrieval_only)
    _conclude(questions.stem, folder, outcomes, question_set.problems, now)
    if left_out := len(question_set.problems):
        _complain(f"Left out: {left_out} of {left_out + len(question_set.cases)} rows of {questions}; see above why.")


@app.command(help=_COMPARE_HELP)
def compare(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="Folder of the earlier run.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="Folder of the later run.")],
    gates: Annotated[Path | None, typer.Option(metavar="FILE", help="Gates, if not eval/gates.toml.")] = None,
) -> None:
    console = Console()
    comparison = compare_runs(read_results(before), read_results(after), read_gates(gates) if gates else read_gates())
    console.print(comparison_table(comparison))
    for name, pairs in (("better", comparison.better), ("worse", comparison.worse)):
        console.print(f"{name}: {len(pairs)}")
        console.print("\n".join(changed_lines(pairs)) or "  none", markup=False, highlight=False, soft_wrap=True)
    for name, ids in (("not asked again", comparison.lost), ("new", comparison.new), ("reworded", comparison.reworded)):
        if ids:
            console.print(f"{name}: {len(ids)} ({', '.join(ids[:5])})", markup=False)
    if comparison.fallen:
        raise EvaluationError(f"Fallen: {', '.join(comparison.fallen)}. See the questions that got worse above.")


@app.command()
def startup(
    index: Annotated[Path | None, typer.Option(metavar="DIR", help="Index to serve, if not the usual one.")] = None,
    clone: Annotated[bool, typer.Option("--clone", help="Time `make run` in a fresh clone instead.")] = False,
    limit: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="How long to wait at most.")] = 600,
) -> None:
    """Print the seconds from the start of the server until it is ready to answer.

    \b
    Examples:
      python -m eval startup
      python -m eval startup --clone
    """
    with serving_clone() if clone else serving_app(index) as server:
        seconds = seconds_to_ready(server, limit=limit)
    what = "make run in a fresh clone" if clone else "python app.py"
    Console().print(f"{what}: ready after {seconds:.1f} s", highlight=False)


@app.command()
def memory(
    index: Annotated[Path | None, typer.Option(metavar="DIR", help="Index to serve, if not the usual one.")] = None,
    questions: Annotated[Path, typer.Option(metavar="QUESTIONS", help="What to ask.")] = _OWN_QUESTIONS,
    count: Annotated[int, typer.Option(min=1, metavar="N", help="How many to ask, in turn and over again.")] = 100,
) -> None:
    """Print the memory that the server holds before and after it has answered questions on its page.

    \b
    Example:
      python -m eval memory --count 100
    """
    texts = [case.question for case in read_set(questions).cases]
    with serving_app(index) as server:
        seconds_to_ready(server, limit=600)
        held = memory_after(server, islice(cycle(texts), count))
    ready, after = (f"{size / 1e6:.0f} MB" for size in (held.ready, held.after))
    Console().print(f"resident memory: {ready} when ready, {after} after {held.questions} questions", highlight=False)


@app.command()
def calibrate(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS", help="Set with unanswerable questions.")],
    also: Annotated[
        list[Path] | None,
        typer.Option(metavar="SET", help="Public set with a corpus.jsonl beside it, to learn the ranking from."),
    ] = None,
    most: Annotated[int, typer.Option(min=50, metavar="N", help="Questions taken from each public set.")] = 400,
    index: Annotated[Path | None, typer.Option(metavar="DIR", help="Index to ask, if not the usual one.")] = None,
) -> None:
    """Learn which sentence answers best and when it counts as an answer; write rag/certainty.toml.

    \b
    Example:
      python -m eval calibrate eval/questions/articles.jsonl --also ../sets/cmrc/questions.jsonl
    """
    from eval.calibration import learn, samples
    from rag.certainty import STORE

    settings = load_settings()
    with _system(None, index, settings) as system:
        own = samples(system, read_set(questions).cases)
    public = []
    for path in also or []:
        everything = read_set(path).cases
        cases = random.Random(0).sample(everything, min(most, len(everything)))
        with _system(path.with_name("corpus.jsonl"), None, settings) as system:
            public += samples(system, cases) + samples(system, cases, without_articles=True)
    names = ", ".join(f"{path.parent.name}/{path.name}" for path in (questions, *(also or [])))
    text = learn(own, public, sets=names, embedding=settings.embedding_model)
    STORE.write_text(text, encoding="utf-8")
    Console().print(text, markup=False, highlight=False)


@app.command()
def bench() -> None:
    """Print every figure of docs/results.md, each with its floor and the command that measures it.

    \b
    Example:
      python -m eval bench
    """
    console = Console()
    if failed := measure(lambda text: console.print(text, markup=False, highlight=False, soft_wrap=True)):
        raise EvaluationError(f"Not measured: {'; '.join(failed)}. What each of them said is above.")


app.command(help=CONVERT_HELP)(convert)


@contextmanager
def _system(articles: Path | None, index: Path | None, settings: Settings) -> Iterator[System]:
    """The assistant to ask: over a throw-away index of `articles`, over `index`, or over the usual one."""
    from rag.assistant import open_assistant  # takes seconds to import, and --help needs none of it

    if articles is None:
        assistant = open_assistant(settings, index=index)
        assistant.check()
        yield assistant
        return
    from rag.ingest import ingest_aloud

    with TemporaryDirectory(prefix="wenju-eval-", ignore_cleanup_errors=True) as folder:
        own = settings.model_copy(update={"index": Path(folder) / "index", "chroma_url": None})
        ingest_aloud(own, [articles], console=Console(stderr=True))
        yield open_assistant(own)


def _check_articles(cases: Sequence[Case], system: System, file: str) -> None:
    """Names each article id that the index does not hold. Raises `EvaluationError` where it holds none of them."""
    named = [(case.id, article) for case in cases for article in case.articles]
    unknown = [(case, article) for case, article in named if system.article(article) is None]
    if named and len(unknown) == len(named):
        raise EvaluationError(
            f"{file}: the index holds none of the articles that the questions need ({named[0][1]}, ...). "
            "Name the articles with --articles, or the index with --index."
        )
    for case, article in unknown:
        _complain(f"{file}, question {case}, column articles: the index holds no article {article}")


def _ask(cases: Sequence[Case], system: System, folder: Path, *, retrieval_only: bool) -> list[Outcome]:
    outcomes: list[Outcome] = []
    with written(folder / "results.jsonl") as results, _progress() as progress:
        task = progress.add_task("asking", total=len(cases))
        for outcome in ask_all(cases, system, retrieval_only=retrieval_only):
            results.write(line(outcome_json(outcome)))
            results.flush()  # a run that is cut short leaves what it has
            outcomes.append(outcome)
            progress.advance(task)
    return outcomes


def _conclude(name: str, folder: Path, outcomes: Sequence[Outcome], problems: Sequence[Problem], now: datetime) -> None:
    summary = {**summarise(outcomes), "problems": [str(problem) for problem in problems]}
    with written(folder / "summary.json") as file:
        file.write(line(summary))
    with written(folder / "report.html") as file:
        file.write(report(name, summary, outcomes, when=now))
    console = Console()
    console.print(summary_table(f"{name}: {len(outcomes)} questions", summary))
    console.print(kinds_table(summary))
    console.print(f"Report: {folder / 'report.html'}", markup=False, highlight=False, soft_wrap=True)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _complain(message: str) -> None:
    Console(stderr=True).print(
        message.encode("utf-8", "backslashreplace").decode(), markup=False, highlight=False, soft_wrap=True
    )


def main() -> None:
    """The command line. One clear line and exit code 1 where something cannot be done."""
    # Told to end, it still removes what it made for a while: a throw-away index, a server, a clone.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        app()
    except (EvaluationError, AssistantError, CorpusError) as error:
        _complain(f"Error: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
