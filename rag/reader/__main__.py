"""The command line of the reader: `python -m rag.reader train`, `judge`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.errors import AssistantError
from rag.settings import keep_process_quiet, load_settings

if TYPE_CHECKING:
    from rag.reader.marked import MarkedSet
    from rag.reader.train import Step

cli = typer.Typer(
    help="The small model that looks at a question and a few sentences together: train it, judge it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_TOLD = 25  # steps
_KEPT = 0.95  # of what was told before, in the mean that is told

Sets = Annotated[
    list[Path],
    typer.Argument(metavar="SET...", help="Folders that `python -m eval convert` wrote.", show_default=False),
]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="Processor threads. Default: one a core.")]


@cli.command(
    epilog="Examples:  python -m rag.reader train sets/cmrc sets/drcd sets/xquad --out runs/reader  |  "
    "python -m rag.reader train sets/cmrc --out runs/small --steps 600 --decay 200"
)
def train(
    sets: Sets,
    out: Annotated[Path, typer.Option("--out", help="Folder of the checkpoint and of reader.safetensors.")],
    steps: Annotated[int, typer.Option("--steps", min=1, help="How many steps, of five questions each.")] = 4200,
    decay: Annotated[int, typer.Option("--decay", min=0, help="Over how many of the last the rate falls.")] = 1500,
    made: Annotated[
        int, typer.Option("--made", min=0, max=5, help="So many of a step's questions are made of the articles.")
    ] = 2,
    start: Annotated[
        Path | None, typer.Option("--start", help="Weights to go on from. Default: the embedding model's.")
    ] = None,
    rate: Annotated[float | None, typer.Option("--rate", min=0.0, help="How fast is learned. Default: 1.2e-4.")] = None,
    threads: Threads = None,
) -> None:
    """Train the reader on SET and judge it on the fifth of the articles that is held out.

    A run that was cut short goes on from its checkpoint in OUT, which is written every 150 steps.
    """
    read = _read(sets)
    _prepare(threads, wait="active")  # many small steps, with all threads at each
    from rag.e5 import model_folder
    from rag.reader.network import load
    from rag.reader.train import RATE, WEIGHTS, first_weights
    from rag.reader.train import train as train_weights

    folder = model_folder(load_settings().cache)
    train_weights(
        read,
        folder=folder,
        weights=load(start) if start else first_weights(folder),
        out=out,
        steps=steps,
        decay=decay,
        made=made,
        rate=RATE if rate is None else rate,
        tell=_teller(),
    )
    _judge(read, folder, out / WEIGHTS, None)


@cli.command(
    epilog="Examples:  python -m rag.reader judge sets/cmrc sets/drcd --limit 100  |  "
    "python -m rag.reader judge sets/cmrc --weights runs/reader/reader.safetensors"
)
def judge(
    sets: Sets,
    weights: Annotated[Path | None, typer.Option("--weights", help="Weights. Default: those that ship.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many questions of each.")] = None,
    threads: Threads = None,
) -> None:
    """Judge the reader on the fifth of the articles of SET that it never learned from."""
    read = _read(sets)
    _prepare(threads)
    from rag.e5 import model_folder
    from rag.reader.network import STORE

    _judge(read, model_folder(load_settings().cache), weights or STORE, limit)


@cli.command(
    epilog="Example:  python -m rag.reader mean runs/one/reader.safetensors runs/two/reader.safetensors --out mean"
)
def mean(
    weights: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files that `train` wrote.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for reader.safetensors.")],
) -> None:
    """Write the mean of the weights of several runs, which often reads better than any of them."""
    from rag.reader.network import load, mean_of, save
    from rag.reader.train import WEIGHTS

    out.mkdir(parents=True, exist_ok=True)
    save(mean_of([load(path) for path in weights]), out / WEIGHTS)


def _read(folders: Sequence[Path]) -> list[MarkedSet]:
    from rag.reader.marked import read_set

    return [read_set(folder) for folder in folders]


def _prepare(threads: int | None, *, wait: str = "passive") -> None:
    keep_process_quiet(wait=wait)
    import torch

    if threads is not None:
        torch.set_num_threads(threads)


def _judge(sets: Sequence[MarkedSet], folder: Path, weights: Path, limit: int | None) -> None:
    from rag.reader.reading import Reader
    from rag.reader.train import judge as judge_reader

    held_out = judge_reader(sets, Reader(folder, weights).read, limit=limit)
    if not held_out:
        print("These sets hold no article that is held out.")
        return
    width = max(3, *(len(held.name) for held in held_out))
    print(f"{'set':{width}}  questions  exact     F1  AUROC")
    for held in held_out:
        auroc = "    –" if held.auroc is None else f"{held.auroc:.3f}"
        print(f"{held.name:{width}}  {held.questions:9}  {held.exact:.3f}  {held.f1:.3f}  {auroc}")


def _teller() -> Callable[[Step], None]:
    """What prints, every 25 steps, the mean of what the last were losing."""
    started = time.monotonic()
    means: list[float] = []

    def tell(step: Step) -> None:
        lost = [step.relevance, step.answer, step.order]
        means[:] = [_KEPT * mean + (1 - _KEPT) * new for mean, new in zip(means or lost, lost, strict=True)]
        if step.number % _TOLD == 0:
            relevance, answer, order = means
            print(
                f"step {step.number}  {(time.monotonic() - started) / 60:.1f} min  "
                f"relevance {relevance:.3f}  answer {answer:.3f}  order {order:.3f}",
                flush=True,
            )

    return tell


def main() -> None:
    """Run the command line. A clear error is one line on stderr and exit code 2."""
    try:
        cli()
    except AssistantError as error:
        print(f"reader: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
