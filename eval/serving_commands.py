"""The commands that measure the serving process from outside: `startup` and `memory`."""

from __future__ import annotations

from itertools import cycle, islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.reading import read_set
from eval.serving import ROOT, memory_after, seconds_to_ready, serving_app, serving_clone

_OWN_QUESTIONS = ROOT / "eval" / "questions" / "articles.jsonl"


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
