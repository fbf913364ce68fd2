"""From files to the index: read the articles, bring the index up to them, and tell what became of each.

Remembers beside the index which files it came from, so that a stale index is seen without reading an article.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

import corpus
from corpus.reading import read_articles
from corpus.records import Article, Rejected
from rag.errors import AssistantError, IndexUnusable
from rag.index_sync import SyncReport, sync
from rag.manifest import current_generation
from rag.models import Embedder, load_embedder
from rag.retrieval import open_index, passage_settings
from rag.settings import Settings

_SOURCES = "sources.json"
_SHOWN = 20
_CODE = Path(corpus.__file__).parent
_NO_CODE = {"articles", "__pycache__"}
_STAGES = {"embed": "embedding", "terms": "indexing words", "vectors": "indexing vectors"}


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestReport:
    """What an ingest did."""

    sync: SyncReport
    rejected: tuple[Rejected, ...]
    """What held no article, each with its reason."""


class NothingToIngest(AssistantError):
    """The paths hold no usable article."""


def ingest(
    settings: Settings,
    paths: Sequence[Path] = (),
    *,
    embedder: Embedder | None = None,
    reading: Callable[[int], None] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> IngestReport:
    """Make the index of `settings` hold the articles under `paths`, and no others. Default: `settings.articles`.

    `reading` is told how many articles have been read, `progress` how far the stages after that are. Raises
    `NothingToIngest`, `IndexBusy`, `ModelUnavailable` or `IndexUnusable`; the index that was there then stays.
    """
    places = tuple(path.absolute() for path in paths) or (settings.articles.absolute(),)
    sources = _fingerprints(places)
    for place in places:
        if not place.exists():
            raise NothingToIngest(f"There is no file or folder {place}. Name one that holds articles.")
    articles: list[Article] = []
    rejected: list[Rejected] = []
    for read in read_articles(*places):
        if isinstance(read, Rejected):
            rejected.append(read)
        elif read.id != _sound(read.id):
            rejected.append(Rejected(_sound(read.id), None, "its name is not valid text"))
        else:
            articles.append(read)
            if reading:
                reading(len(articles))
    if not articles:
        raise NothingToIngest(_nothing_usable(places, rejected))
    report = sync(
        articles,
        path=settings.index,
        embedder=embedder or load_embedder(settings.embedding_model, cache=settings.cache),
        settings=passage_settings(settings),
        chroma_url=settings.chroma_url,
        progress=progress,
    )
    _remember(settings.index, places if paths else (), sources)
    return IngestReport(sync=report, rejected=tuple(rejected))


def build_index_if_stale(settings: Settings, *, console: Console | None = None) -> IngestReport | None:
    """Build the index of `settings` where it is missing, cannot be used, or its files have changed since; else None.

    An index that was built from paths of somebody's choice is kept up to these, and stays as it is where they are gone.
    """
    paths, sources = _remembered(settings.index)
    places = paths or (settings.articles.absolute(),)
    if not all(place.exists() for place in paths):
        return None
    if sources == _fingerprints(places):
        try:
            current_generation(settings.index)
            open_index(settings, load_embedder(settings.embedding_model, cache=settings.cache)).check()
            return None
        except IndexUnusable:
            pass
    report = ingest_aloud(settings, paths, console=console or Console(stderr=True))
    _return_memory()
    return report


def _return_memory() -> None:
    """Give what the build took back to the system: a server that goes on to answer would keep it."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim:  # glibc has it, musl has not
        trim(0)


def ingest_aloud(settings: Settings, paths: Sequence[Path], *, console: Console) -> IngestReport:
    """`ingest`, with its progress and its report shown on `console`."""
    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    shown: AbstractContextManager[object] = nullcontext() if console.quiet else bars
    with shown:
        reader = bars.add_task("reading articles", total=None)
        stages = {stage: bars.add_task(words, total=None, visible=False) for stage, words in _STAGES.items()}

        def advance(stage: str, done: int, total: int) -> None:
            bars.update(reader, visible=False)
            bars.update(stages[stage], completed=done, total=total, visible=done < total)

        report = ingest(settings, paths, reading=lambda count: bars.update(reader, completed=count), progress=advance)
    show(report, console=console)
    return report


def show(report: IngestReport, *, console: Console) -> None:
    """Write a table of what became of the articles, and the reason of each that was rejected."""
    done = report.sync
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("articles")
    table.add_column("count", justify="right")
    table.add_column("")
    for what, names in {
        "added": done.added,
        "updated": done.updated,
        "removed": done.removed,
        "unchanged": done.unchanged,
        "rejected": tuple(dict.fromkeys(Path(each.path).name for each in report.rejected)),
    }.items():
        count = len(report.rejected) if what == "rejected" else len(names)
        table.add_row(what, str(count), Text(_listed(names), style="dim"))
    console.print(table)
    for each in report.rejected[:_SHOWN]:
        console.print(Text(f"rejected: {_named(each)}", style="yellow"), soft_wrap=True)
    if len(report.rejected) > _SHOWN:
        console.print(f"... and {len(report.rejected) - _SHOWN} more")
    if done.rebuilt:
        reason, _, _ = done.rebuilt.partition(" Build ")
        console.print(Text(f"The index was built anew: {reason}"), soft_wrap=True)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def _named(rejected: Rejected) -> str:
    line = f", line {rejected.line}" if rejected.line else ""
    return _sound(f"{rejected.path}{line}: {rejected.reason}")


def _sound(name: str) -> str:
    """`name` with question marks for bytes of a file name that are no text, which can be neither stored nor shown."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _nothing_usable(places: Sequence[Path], rejected: Sequence[Rejected]) -> str:
    where = ", ".join(map(str, places))
    first = f" The first of {len(rejected)} that were rejected: {_named(rejected[0])}." if rejected else ""
    return f"There is no usable article in {where}.{first} Name a file or folder that holds articles."


def _fingerprints(places: Sequence[Path]) -> dict[str, list[int]]:
    """Size and time of change of every file under `places`, and of the code that reads and cleans them."""
    code = [path for path in _files(_CODE) if not _NO_CODE & set(path.relative_to(_CODE).parts)]
    read = [path for place in places for path in _files(place)]
    return {str(path): [status.st_size, status.st_mtime_ns] for path in [*code, *read] if (status := path.stat())}


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    for folder, folders, names in os.walk(place):
        folders.sort()
        yield from (path for name in sorted(names) if (path := Path(folder, name)).is_file())


def _remember(index: Path, paths: Sequence[Path], sources: dict[str, list[int]]) -> None:
    fresh = index / (_SOURCES + ".new")
    fresh.write_text(json.dumps({"paths": list(map(str, paths)), "files": sources}), encoding="utf-8")
    os.replace(fresh, index / _SOURCES)


def _remembered(index: Path) -> tuple[tuple[Path, ...], dict[str, list[int]] | None]:
    """The paths of somebody's choice that the index was built from, none for the default, and the files it read."""
    try:
        stored = json.loads((index / _SOURCES).read_text(encoding="utf-8"))
        return tuple(map(Path, stored["paths"])), stored["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return (), None
