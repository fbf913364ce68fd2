"""`python -m eval`: run a question set, compare two runs, measure the serving process."""

from __future__ import annotations

import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from corpus.errors import CorpusError
from corpus.records import Article
from eval.batch import Finished, Plan, Stopped, evaluate
from eval.bench import measure
from eval.cases import Case
from eval.commands import COMMANDS
from eval.compare import BASELINE, keep_as_baseline, read_gates, read_results
from eval.compare import compare as compare_runs
from eval.errors import EvaluationError
from eval.files import run_folder
from eval.load import load
from eval.reading import QuestionSet, read_set
from eval.running import System
from eval.serving_commands import memory, startup
from eval.tables import changed_lines, comparison_table, kinds_table, summary_table
from eval.tokens import Prices
from rag.errors import AssistantError
from rag.settings import Settings, load_settings

app = typer.Typer(
    help="Ask the questions of a set, score the answers, compare two runs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command()(startup)
app.command()(memory)

_RUN_HELP = """Ask the questions of a set and score the answers.

QUESTIONS is JSONL, CSV or XLSX with the columns id and question; docs/evaluation.md describes the others.

\b
Examples:
  python -m eval run eval/questions/articles.jsonl
  python -m eval run questions.xlsx --articles FOLDER --out runs/today
  python -m eval run questions.jsonl --articles corpus.jsonl --limit 100 --retrieval-only

A row that is no question is named and left out. Exit codes: 0 done, 1 an error, 2 wrong usage.
"""

_COMPARE_HELP = """Compare two runs of the same questions, question by question.

BEFORE and AFTER are folders that `python -m eval run` wrote; without BEFORE, the baseline in eval/baseline is taken.
Exit code 1 when a gate of eval/gates.toml falls.

\b
Examples:
  python -m eval compare runs/yesterday runs/today
  python -m eval compare runs/articles
"""


@app.command(help=_RUN_HELP)
def run(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS", help="The question set.")],
    articles: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Folder or corpus.jsonl to ask about, in a throw-away index.")
    ] = None,
    index: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Index to ask; with --articles it is built there and stays.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where to write; runs/<set>-<time> if unset.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Ask only the first N questions.")] = None,
    retrieval_only: Annotated[bool, typer.Option("--retrieval-only", help="Search only; write no answers.")] = False,
    system: Annotated[str, typer.Option(metavar="NAME", help="ours, tutorial, bm25 or dense.")] = "ours",
    at_once: Annotated[int, typer.Option(min=1, max=64, metavar="N", help="How many questions at a time.")] = 2,
    resume: Annotated[
        bool, typer.Option("--resume/--anew", help="Go on with an unfinished run in --out, or begin anew.")
    ] = True,
    prices: Annotated[
        str | None, typer.Option(metavar="READ,WRITTEN", help="What a million tokens cost, to count the cost.")
    ] = None,
) -> None:
    question_set = _told(questions)
    folder = out or run_folder(questions, now=datetime.now())
    settings = load_settings()
    with _system(system, articles, index, settings) as asked:
        plan = Plan(
            name=questions.stem,
            questions=question_set,
            system=asked,
            settings=settings,
            folder=folder,
            limit=limit,
            retrieval_only=retrieval_only,
            at_once=at_once,
            resume=resume,
            prices=_prices(prices),
        )
        _check_articles(plan.cases, asked, questions.name)
        with _progress("asking") as progress, _stopped_by_hand() as stop:
            finished = evaluate(plan, progress=progress, stop=stop)
    _show(questions.stem, finished)
    _left_out(questions, question_set)


@app.command()
def check(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS", help="The question set.")],
    index: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also look whether the articles are in this index.")
    ] = None,
) -> None:
    """Read a question set and name every row that is no question; ask nothing. Exit code 1 where there is one.

    \b
    Example:
      python -m eval check questions.xlsx
    """
    question_set = _told(questions)
    kinds = Counter(case.kind for case in question_set.cases)
    refuse = sum(case.refuse for case in question_set.cases)
    console = Console()
    console.print(f"{questions}: {len(question_set.cases)} questions, {refuse} of them without an answer", markup=False)
    console.print(", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())), markup=False)
    if index:
        from rag.retrieval import open_retriever

        retriever = open_retriever(load_settings(index=index))
        retriever.check()
        _check_articles(question_set.cases, retriever, questions.name)
    if wrong := len(question_set.problems):
        raise EvaluationError(f"{questions}: {wrong} rows are no questions; see above why.")


@app.command()
def template(
    path: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="The workbook to write.")] = Path("questions.xlsx"),
) -> None:
    """Write a workbook to fill in: examples, drop-downs, and a sheet that explains the columns.

    \b
    Example:
      python -m eval template questions.xlsx
    """
    from eval.template import write_template

    write_template(path)
    Console().print(f"Written: {path}. Fill it in, then: python -m eval check {path}", markup=False, soft_wrap=True)


@app.command(help=_COMPARE_HELP)
def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="[BEFORE] AFTER", help="Folders of the earlier run, and of the later one.")
    ],
    baseline: Annotated[
        Path, typer.Option(metavar="DIR", help="The earlier run where only the later one is named.")
    ] = BASELINE,
    gates: Annotated[Path | None, typer.Option(metavar="FILE", help="Gates, if not eval/gates.toml.")] = None,
) -> None:
    if len(runs) > 2:
        raise typer.BadParameter("Name one run, or two.")
    before, after = runs if len(runs) == 2 else (baseline, runs[0])
    console = Console()
    comparison = compare_runs(read_results(before), read_results(after), read_gates(gates) if gates else read_gates())
    console.print(comparison_table(comparison))
    for name, pairs in (("better", comparison.better), ("worse", comparison.worse)):
        console.print(f"{name}: {len(pairs)}")
        console.print("\n".join(changed_lines(pairs)) or "  none", markup=False, highlight=False, soft_wrap=True)
    console.print(f"right or wrong, McNemar's exact test: p = {comparison.p_right:.3g}", highlight=False)
    for name, ids in (("not asked again", comparison.lost), ("new", comparison.new), ("reworded", comparison.reworded)):
        if ids:
            console.print(f"{name}: {len(ids)} ({', '.join(ids[:5])})", markup=False)
    if comparison.fallen:
        raise EvaluationError(f"Fallen: {', '.join(comparison.fallen)}. See the questions that got worse above.")


@app.command()
def baseline(run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")]) -> None:
    """Keep a run as the one that `compare` and the tests measure later ones against, in eval/baseline.

    \b
    Example:
      python -m eval baseline runs/articles
    """
    count = keep_as_baseline(run)
    Console().print(f"{count} questions kept in {BASELINE}. Commit that folder.", markup=False, soft_wrap=True)


app.command()(load)


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


for _name, _help, _command in COMMANDS:
    app.command(_name, help=_help)(_command)


@contextmanager
def _system(name: str, articles: Path | None, index: Path | None, settings: Settings) -> Iterator[System]:
    """The system to ask, over a throw-away index of `articles`, over `index`, or over the usual one."""
    from eval.systems import open_system  # takes seconds to import, and --help needs none of it

    with open_system(name, articles, index, settings, Console(stderr=True)) as system:
        if (found := getattr(system, "foreign", None)) and (told := found()):
            _complain(told)
        yield system


def _told(questions: Path) -> QuestionSet:
    """The set of a file, each row that is no question named on the way."""
    question_set = read_set(questions)
    for problem in question_set.problems:
        _complain(str(problem))
    return question_set


def _left_out(questions: Path, question_set: QuestionSet) -> None:
    if left_out := len(question_set.problems):
        _complain(f"Left out: {left_out} of {left_out + len(question_set.cases)} rows of {questions}; see above why.")


def _prices(text: str | None) -> Prices | None:
    if text is None:
        return None
    try:
        read, written = (float(price) for price in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"--prices takes two numbers such as 2,8, not {text}") from None
    return Prices(read=read, written=written)


class _Articles(Protocol):
    def article(self, article_id: str) -> Article | None: ...


def _check_articles(cases: Sequence[Case], system: _Articles, file: str) -> None:
    """Names each article id that the index does not hold. Raises `EvaluationError` where it holds none of them."""
    named = [(case.id, article) for case in cases for article in case.articles]
    known = {article: system.article(article) is not None for article in {article for _, article in named}}
    if named and not any(known.values()):
        raise EvaluationError(
            f"{file}: the index holds none of the articles that the questions need ({named[0][1]}, ...). "
            "Name the articles with --articles, or the index with --index."
        )
    for case, article in named:
        if not known[article]:
            _complain(f"{file}, question {case}, column articles: the index holds no article {article}")


def _show(name: str, finished: Finished) -> None:
    console = Console()
    console.print(summary_table(f"{name}: {finished.summary['n']} questions", finished.summary))
    console.print(kinds_table(finished.summary))
    console.print(f"{finished.asked:,} questions asked in {finished.seconds:.1f} s", highlight=False)
    console.print(f"Report: {finished.folder / 'report.html'}", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """What shows how many are done, of how many: a bar, from the first call on."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bars = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bars.add_task(what)

    def show(done: int, of: int) -> None:
        bars.update(task, completed=done, total=of)
        bars.start()

    try:
        yield show
    finally:
        if bars.live.is_started:
            bars.stop()


@contextmanager
def _stopped_by_hand() -> Iterator[threading.Event]:
    """What is set when somebody presses Ctrl-C or ends the process; the second time it is ended at once."""
    stop = threading.Event()

    def on_signal(number: int, _: object) -> None:
        if stop.is_set():
            sys.exit(128 + number)
        stop.set()
        _complain("Stopping after the questions under way. Again: stop at once.")

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
    except Stopped as stopped:
        _complain(str(stopped))
        sys.exit(130)


if __name__ == "__main__":
    main()
