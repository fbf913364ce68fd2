"""How the server holds under many readers at once: time, memory, and what is left behind by those who leave.

Starts `app.py` over the articles that ship, for one invited site whose limits do not get in the way. What is measured
is the server; the model before it is a slow one of our own.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, product
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from eval.errors import EvaluationError
from eval.files import written
from eval.reading import read_set
from eval.serving import ROOT, Server, free_port, resident_bytes, seconds_to_ready, served
from eval.slow_model import SlowModel, slow_model
from eval.streams import Door, Timing, asked, opened, quantile

_KEY, _SECRET = "pk_" + "q" * 26, "sk_" + "q" * 52
_FREELY = "client_minute = 1000000, client_day = 1000000, client_at_once = 1000, site_minute = 1000000"
_PATIENTLY = ("WENJU_CHAT_FIRST_TOKEN_SECONDS=120", "WENJU_CHAT_TOTAL_SECONDS=180")
_QUESTIONS = ROOT / "eval" / "questions" / "articles.jsonl"
_READY_SECONDS = 600.0
_WARMING = 3
_MODEL_SECONDS = 0.5
"""How long the model is silent while the time beside it is measured."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How much load."""

    at_once: int = 20
    """Readers who ask one question after the other."""
    seconds: float = 20
    """How long they do."""
    held: int = 200
    """Streams that are open at the same time."""
    leaving: int = 100
    """Readers who close their tab in the middle of an answer."""
    settle_seconds: float = 60
    """How long the server may take to be where it is waited for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One figure."""

    name: str
    value: float
    unit: str
    floor: float | None
    """The most that it may be; None: it is only told."""

    @property
    def holds(self) -> bool:
        return self.floor is None or self.value <= self.floor


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """What the serving process holds."""

    descriptors: int
    threads: int

    def beyond(self, before: Resources) -> Resources:
        """How much more than `before`."""
        return Resources(
            descriptors=max(0, self.descriptors - before.descriptors), threads=max(0, self.threads - before.threads)
        )


def measured(size: Size, *, app: Path = ROOT / "app.py", index: Path | None = None) -> list[Measured]:
    """Every figure of the server `app`. Raises `EvaluationError` where it does not start or does not answer."""
    return asyncio.run(_measured(size, app, index))


async def _measured(size: Size, app: Path, index: Path | None) -> list[Measured]:
    questions = _distinct([case.question for case in read_set(_QUESTIONS).cases if not case.history])
    figures: list[Measured] = []
    with _serving(app, index) as (server, door):
        await asked(door, questions, at_once=4, seconds=min(2.0, size.seconds))
        used = processor_seconds(server.process.pid)
        timings = await asked(door, questions, at_once=size.at_once, seconds=size.seconds)
        used = processor_seconds(server.process.pid) - used
        figures += _figures(f"{size.at_once} streams, no model", timings, 0.0)
        figures.append(
            Measured(name="processor time an answer", value=round(1000 * used / len(timings), 1), unit="ms", floor=None)
        )
    async with slow_model() as model:
        at_once = max(size.held, size.leaving, size.at_once)
        with _serving(app, index, model=model, at_once=at_once) as (server, door):
            await asked(door, questions, at_once=4, seconds=min(2.0, size.seconds))
            model.first_seconds = _MODEL_SECONDS
            timings = await asked(door, questions, at_once=size.at_once, seconds=size.seconds)
            figures += _figures(f"{size.at_once} streams, beside a model", timings, _MODEL_SECONDS)
            figures += await _held(server, door, questions, model, size)
            figures += await _left(server, door, questions, model, size)
    return figures


def _distinct(questions: Sequence[str]) -> Iterator[str]:
    """`questions` again and again, each time asked in other words: what was asked before is remembered."""
    polite = ("", "请问", "您好，", "我想知道", "麻烦问一下，", "想了解一下，", "劳驾，", "请教一下，")
    thanks = ("", "谢谢。", "请说明。", "多谢！", "请详细一点。", "麻烦了。", "请简单回答。")
    for before, after in cycle(product(polite, thanks)):
        for question in questions:
            yield f"{before}{question}{after}"


def _figures(what: str, timings: Sequence[Timing], model_seconds: float) -> list[Measured]:
    failed = sum(not timing.answered for timing in timings)
    values = {
        "first event": ([timing.first for timing in timings], 200),
        "complete answer": ([max(0.0, timing.whole - model_seconds) for timing in timings], 500),
    }
    return [
        *(
            Measured(
                name=f"{what}: {name}, {label}",
                value=round(1000 * quantile(seconds, share), 1),
                unit="ms",
                floor=most if share == 0.95 else None,
            )
            for name, (seconds, most) in values.items()
            for share, label in ((0.5, "median"), (0.95, "p95"))
        ),
        Measured(name=f"{what}: answers", value=len(timings), unit="", floor=None),
        Measured(name=f"{what}: failed", value=failed, unit="", floor=0),
    ]


async def _held(server: Server, door: Door, questions: Iterator[str], model: SlowModel, size: Size) -> list[Measured]:
    """The memory that open streams add while the model thinks, and whether all of them are answered."""
    count = size.held
    before = resident_bytes(server.process.pid)
    model.first_seconds = 0
    model.speaks.clear()
    streams = await opened(door, questions, count=count)
    await _until(lambda: model.open >= count, size, f"the model never had {count} questions at once")
    added = resident_bytes(server.process.pid) - before
    model.speaks.set()
    timings = await asyncio.gather(*(stream.timing() for stream in streams))
    for stream in streams:
        await stream.close()
    failed = sum(not timing.answered for timing in timings)
    return [
        Measured(name=f"{count} open streams: memory added", value=round(added / 1e6, 1), unit="MB", floor=150),
        Measured(name=f"{count} open streams: failed", value=failed, unit="", floor=0),
    ]


async def _left(server: Server, door: Door, questions: Iterator[str], model: SlowModel, size: Size) -> list[Measured]:
    """What is left behind when every reader closes the tab in the middle of an answer."""
    model.first_seconds, model.piece_seconds = 0.0, 5.0
    for _ in range(_WARMING):  # pools of threads and sockets have their size from now on
        await _leave(door, questions, model, size)
    before = await _settled(server, size, None)
    slowest = await _leave(door, questions, model, size)
    after = await _settled(server, size, before)
    leaked = after.beyond(before)
    model.speaks.clear()
    streams = await opened(door, questions, count=size.held)
    await _until(lambda: model.open >= size.held, size, "")
    lost = max(0, size.held - model.open)
    for stream in streams:
        await stream.close()
    await _until(lambda: model.open == 0, size, "the model was not left")
    what = f"{size.leaving} tabs closed in mid-answer"
    return [
        Measured(name=f"{what}: until the model is left, slowest", value=round(1000 * slowest), unit="ms", floor=1000),
        Measured(name=f"{what}: leaked descriptors", value=leaked.descriptors, unit="", floor=0),
        Measured(name=f"{what}: leaked threads", value=leaked.threads, unit="", floor=0),
        Measured(name=f"{what}: lost turns", value=lost, unit="", floor=0),
    ]


async def _leave(door: Door, questions: Iterator[str], model: SlowModel, size: Size) -> float:
    """Seconds from the moment that all readers hang up until the model has lost the last of them."""
    count = size.leaving
    streams = await opened(door, questions, count=count)
    await _until(lambda: model.open >= count, size, f"the model never had {count} questions at once")
    await asyncio.sleep(0.5)  # some words have come
    model.left.clear()
    writing = model.open
    left_at = time.monotonic()
    await asyncio.gather(*(stream.close() for stream in streams))
    await _until(lambda: model.open == 0, size, "the model was not left")
    if writing < count:
        raise EvaluationError("Answers were over before their readers could leave.")
    return max(model.left) - left_at


async def _until(condition: Callable[[], bool], size: Size, complaint: str) -> None:
    """Returns when `condition` holds. After a while raises `EvaluationError` if there is a `complaint`."""
    ends = time.monotonic() + size.settle_seconds
    while not condition():
        if time.monotonic() > ends:
            if complaint:
                raise EvaluationError(f"After {size.settle_seconds:.0f} s {complaint}.")
            return
        await asyncio.sleep(0.02)


async def _settled(server: Server, size: Size, wanted: Resources | None) -> Resources:
    """What the process holds once it holds no more than `wanted`, or once that has stopped falling."""
    lowest, since = _resources(server), time.monotonic()
    ends = since + size.settle_seconds
    while time.monotonic() < ends:
        await asyncio.sleep(0.2)
        now = _resources(server)
        if wanted and now.beyond(wanted) == Resources(descriptors=0, threads=0):
            return now
        if now.descriptors < lowest.descriptors or now.threads < lowest.threads:
            lowest, since = now, time.monotonic()
        elif wanted is None and time.monotonic() - since > 3:
            break
    return _resources(server)


def processor_seconds(pid: int) -> float:
    """The processor time that a process has used: what an answer costs, however busy the machine is."""
    try:
        times = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
        return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError) as error:
        raise EvaluationError(f"The processor time of {pid} is not told: {error}. This needs Linux.") from None


def _resources(server: Server) -> Resources:
    place = Path("/proc") / str(server.process.pid)
    try:
        return Resources(
            descriptors=sum(1 for _ in (place / "fd").iterdir()), threads=sum(1 for _ in (place / "task").iterdir())
        )
    except OSError as error:
        raise EvaluationError(f"{place} does not tell what the server holds: {error}. This needs Linux.") from None


@contextmanager
def _serving(
    app: Path, index: Path | None, *, model: SlowModel | None = None, at_once: int | None = None
) -> Iterator[tuple[Server, Door]]:
    """`python app.py`, ready, with one invited site; before `model` where there is one."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="wenju-load-") as place:
        sites = Path(place) / "sites.toml"
        digest = hashlib.sha256(_SECRET.encode()).hexdigest()
        sites.write_text(
            f'[sites.load]\nkey = "{_KEY}"\nsecret_sha256 = "{digest}"\norigins = ["{url}"]\n'
            f"limits = {{ {_FREELY}, tokens_day = 1000000000 }}\n",
            encoding="utf-8",
        )
        # `env` becomes the server itself, so that its process is the one that is looked at.
        words = ["env", f"WENJU_SITES={sites}", "WENJU_CHAT_MODEL=", "WENJU_CHAT_BASE_URL="]
        if model:
            words += ["WENJU_CHAT_MODEL=slow", f"WENJU_CHAT_BASE_URL={model.url}", *_PATIENTLY]
        if at_once:
            words += [f"WENJU_ANSWERS_AT_ONCE={at_once}"]
        words += [sys.executable, str(app), "--port", str(port)]
        words += ["--index", str(index.absolute())] if index else []
        with served(words, port=port) as server:
            seconds_to_ready(server, limit=_READY_SECONDS)
            yield server, Door(url=url, key=_KEY)


def load(
    seconds: Annotated[float, typer.Option(min=0.2, help="How long the readers ask.")] = Size().seconds,
    at_once: Annotated[int, typer.Option(min=1, help="Readers who ask at the same time.")] = Size().at_once,
    held: Annotated[int, typer.Option(min=1, max=500, help="Streams to hold open.")] = Size().held,
    leaving: Annotated[int, typer.Option(min=1, max=500, help="Readers who leave.")] = Size().leaving,
    index: Annotated[Path | None, typer.Option(metavar="DIR", help="Index to serve, if not the usual one.")] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the figures.")] = Path("runs/load.json"),
) -> None:
    """Measure the server under many readers at once. Exit code 1 when a floor is missed.

    \b
    Example:
      python -m eval load --seconds 20
    """
    size = Size(at_once=at_once, seconds=seconds, held=held, leaving=leaving)
    figures = measured(size, index=index)
    out.parent.mkdir(parents=True, exist_ok=True)
    with written(out) as file:
        told = {f.name: {"value": f.value, "unit": f.unit, "floor": f.floor, "holds": f.holds} for f in figures}
        file.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    console = Console()
    console.print(_table(figures))
    console.print(f"Figures: {out}", markup=False, highlight=False, soft_wrap=True)
    if missed := [figure.name for figure in figures if not figure.holds]:
        raise EvaluationError(f"Missed: {'; '.join(missed)}.")


def _table(figures: Sequence[Measured]) -> Table:
    table = Table(title="load", title_justify="left")
    for name in ("figure", "measured", "floor"):
        table.add_column(name, justify="left" if name == "figure" else "right")
    for figure in figures:
        floor = "" if figure.floor is None else f"<= {figure.floor:g} {figure.unit}".strip()
        table.add_row(
            figure.name, f"{figure.value:g} {figure.unit}".strip(), floor, style=None if figure.holds else "red"
        )
    return table
