"""`python -m eval judge`: lets a chat model judge the answers of a run. Its view stands apart from the counted scores.

Written to `judged.jsonl` and, summed up, under `judged` in `summary.json`; the report gets a section of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from eval.errors import EvaluationError
from eval.files import line as json_line
from eval.files import whole, whole_lines, written
from eval.judge_asking import TOKENS, Judge, NotJudged
from eval.judge_verdicts import CLOSE, MEASURES
from eval.report_cases import Line
from eval.report_files import SUMMARY, articles_of, run_summary, write_reports
from eval.summary import share
from rag.settings import Settings, load_settings

JUDGED = "judged.jsonl"
_ANSWERS = frozenset({"ANSWERED", "PARTIAL"})

JUDGE_HELP = """Let a chat model judge the answers of a run: faithful, correct, complete.

RUN is a folder that `python -m eval run` wrote. The model is that of WENJU_CHAT_MODEL; the answers, their quotes and
the references are sent to it. What it has said is remembered, so that the same is never asked twice.

\b
Example:
  WENJU_CHAT_MODEL=openai:gpt-4o-mini python -m eval judge runs/today
"""


def judge(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")],
    runs: Annotated[int, typer.Option(min=1, max=9, metavar="N", help="How often each answer is judged.")] = 3,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Judge only the first N answers.")] = None,
    at_once: Annotated[int, typer.Option(min=1, max=32, metavar="N", help="How many answers at a time.")] = 4,
    index: Annotated[Path | None, typer.Option(metavar="DIR", help="Index to show articles of in the report.")] = None,
) -> None:
    settings = load_settings()
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("judging", total=None)
        found = judge_run(
            folder,
            settings,
            runs=runs,
            limit=limit,
            at_once=at_once,
            index=index,
            progress=lambda done, of: progress.update(task, completed=done, total=of),
        )
    for name in MEASURES:
        if found[name]["value"] is not None:
            console.print(
                f"{name}: {found[name]['value']:.3f} [{found[name]['low']:.3f}, {found[name]['high']:.3f}]",
                highlight=False,
                markup=False,
            )
    console.print(f"judged: {found['n']}; not judged: {found['unjudged']}", highlight=False)
    for reason, count in found["reasons"].items():
        console.print(f"  {count}: {reason}", highlight=False, markup=False, soft_wrap=True)


def judge_run(
    folder: Path,
    settings: Settings,
    *,
    runs: int = 3,
    limit: int | None = None,
    at_once: int = 4,
    index: Path | None = None,
    progress: Any = lambda done, of: None,
) -> dict[str, Any]:
    """Judges the answers in `folder` and writes what was said there; what `summary.json` then holds under `judged`.

    Raises `EvaluationError`: there is no run, or no chat model; and `SettingsError`.
    """
    from rag.chat import chat_model  # a provider's client takes seconds to import

    summary = run_summary(folder)
    model = chat_model(settings.model_copy(update={"chat_tokens": max(TOKENS, settings.chat_tokens)}))
    if model is None:
        raise EvaluationError("There is no chat model to judge with. Set WENJU_CHAT_MODEL, and its key or address.")
    lines = [line for line in whole_lines(folder / "results.jsonl") if line.get("status") in _ANSWERS][:limit]
    told = []
    with ThreadPoolExecutor(at_once) as threads:
        for done, each in enumerate(threads.map(_judging(Judge(model=model, settings=settings, runs=runs)), lines), 1):
            told.append(each)
            progress(done, len(lines))
    with written(folder / JUDGED) as file:
        file.writelines(json_line(each) for each in told)
    found = summed_up(told, model=str(settings.chat_model), runs=runs)
    whole(folder / SUMMARY, {**summary, "judged": found})
    name = str((summary.get("run") or {}).get("set") or folder.name)
    find = articles_of(index or settings.index)
    write_reports(folder, name, {**summary, "judged": found}, when=datetime.now(), find=find)
    return found


def _judging(judge: Judge) -> Any:
    def judged(line: Line) -> dict[str, Any]:
        try:
            return {"id": line["id"], **judge.judged(line).json()}
        except NotJudged as reason:
            return {"id": line["id"], "reason": str(reason)}

    return judged


def summed_up(told: Iterable[Line], *, model: str, runs: int) -> dict[str, Any]:
    """The means of what was judged, with their intervals, and why the rest was not."""
    all_told = list(told)
    judged = [each for each in all_told if "reason" not in each]
    return {
        "model": model,
        "runs": runs,
        "n": len(judged),
        "unjudged": len(all_told) - len(judged),
        "reasons": dict(Counter(each["reason"] for each in all_told if "reason" in each).most_common(5)),
        **{name: share(each.get(name) for each in judged).json() for name in MEASURES},
        "agreement": share(each["spread"] <= CLOSE for each in judged).json(),
    }
