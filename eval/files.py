"""The folder of a run: `run.json` says what is asked, `results.jsonl` grows with the answers, `summary.json` ends it.

A line counts once it is whole. So a run that was cut short, at whatever moment, goes on where it was.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import filelock

from eval.errors import EvaluationError

RUN = "run.json"
RESULTS = "results.jsonl"
SUMMARY = "summary.json"


def run_folder(questions: Path, *, now: datetime) -> Path:
    """Where a run goes that is not told: `runs/<set>-<time>`."""
    return Path("runs") / f"{questions.stem}-{now:%Y%m%d-%H%M%S}"


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """`path` open for writing in UTF-8, its folder made. Raises `EvaluationError`; what was written stays."""
    with cannot_be_written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            yield file


@contextmanager
def cannot_be_written(path: Path, kept: str = "") -> Iterator[None]:
    """Says in one line that `path` cannot be written, and what is `kept` all the same. Raises `EvaluationError`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise EvaluationError(
            f"{path}: cannot be written: {reason}. {kept}Free space, or choose another --out.", kind="disk"
        ) from None


def line(value: Mapping[str, object]) -> str:
    """`value` as one line of JSON. Readable where it can be; with escapes where it holds a lone surrogate."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value)
    return text + "\n"


def whole(path: Path, value: Mapping[str, object]) -> None:
    """Writes `value` as JSON to `path`, all of it or nothing. Raises `EvaluationError`."""
    with cannot_be_written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        try:
            with fresh.open("w", encoding="utf-8", newline="\n") as file:
                file.write(line(value))
                _to_disk(file.fileno())
            os.replace(fresh, path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object at `path`; None where there is none that can be read."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """The right to write a run into `folder`. Raises `EvaluationError` where another process has it."""
    lock = folder / "run.lock"
    with cannot_be_written(folder / RESULTS):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(lock, timeout=0):
            try:
                yield
            finally:
                lock.unlink(missing_ok=True)
    except filelock.Timeout:
        raise EvaluationError(f"{folder}: another run is being written there. Choose another --out.") from None


def whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of `results.jsonl` that are whole; none where there is no file. A torn last one is left out.

    Raises `EvaluationError` where a line before the last one is none.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            read = _read(raw)
            if read is not None:
                yield read
            elif file.read(1):
                raise EvaluationError(f"{path}, line {number}: not a line of results. Choose another --out.")


def _read(raw: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(raw) if raw.endswith(b"\n") else None
    except ValueError:
        return None
    return value if isinstance(value, dict) and "id" in value else None


_SYNC_SHARE = 0.1
"""The most of its time that a run may wait for the disk."""


class Results:
    """`results.jsonl`, open to be added to. What was there and is whole stays."""

    def __init__(self, path: Path, *, fresh: bool) -> None:
        self._path = path
        with cannot_be_written(path):
            end = 0 if fresh else _whole_bytes(path)
            self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
            self._file.truncate(end)
            self._file.seek(end)
        self._end = end
        self._next_sync = 0.0

    def add(self, text: str) -> None:
        """Adds a line, which outlives this process when this returns. Raises `EvaluationError`; those before it stay.

        It is on the disk, too, unless lines come faster than the disk takes them: then at the latest with the next
        but few. Only a machine that loses its power forgets those.
        """
        with cannot_be_written(self._path, kept="The answers so far are kept; the same command goes on from there. "):
            data = text.encode("utf-8")
            try:
                self._write(data)
                if time.monotonic() >= self._next_sync:
                    self._sync()
            except OSError:
                self._cut()
                raise
            self._end += len(data)

    def _write(self, data: bytes) -> None:
        while data:  # a disk that is nearly full takes a part
            data = data[self._file.write(data) :]

    def _sync(self) -> None:
        started = time.monotonic()
        _to_disk(self._file.fileno())
        ended = time.monotonic()
        self._next_sync = ended + (ended - started) / _SYNC_SHARE

    def _cut(self) -> None:
        """Takes a line away that was not written to its end."""
        self._file.truncate(self._end)
        self._file.seek(self._end)

    def end(self) -> None:
        """Returns when every line is on the disk. Raises `EvaluationError`."""
        with cannot_be_written(self._path):
            self._sync()

    def close(self) -> None:
        self._file.close()


def _whole_bytes(path: Path) -> int:
    """Up to where `path` holds whole lines."""
    if not path.exists():
        return 0
    end = 0
    with path.open("rb") as file:
        for raw in file:
            if _read(raw) is None:
                break
            end += len(raw)
    return end


def put_in_order(path: Path, ids: Sequence[str]) -> None:
    """Sorts the lines of `results.jsonl` as the set has its questions. Raises `EvaluationError`; the lines stay."""
    places: dict[str, tuple[int, int]] = {}
    start = 0
    with path.open("rb") as file:
        for raw in file:
            places[json.loads(raw)["id"]] = (start, len(raw))
            start += len(raw)
        wanted = [id for id in ids if id in places]
        if list(places) == wanted:
            return
        with cannot_be_written(path, kept="The answers are all there, in the order in which they came. "):
            fresh = path.with_name(path.name + ".new")
            try:
                with fresh.open("wb") as sorted_file:
                    for id in wanted:
                        at, length = places[id]
                        file.seek(at)
                        sorted_file.write(file.read(length))
                    sorted_file.flush()
                    _to_disk(sorted_file.fileno())
                os.replace(fresh, path)
            except OSError:
                fresh.unlink(missing_ok=True)
                raise


def _to_disk(descriptor: int) -> None:
    os.fsync(descriptor)
