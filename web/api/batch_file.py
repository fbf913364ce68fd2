"""The file of a batch: answers as they come, one JSON object a line, safe from being killed. Knows nothing of HTTP."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import filelock

from web.problems import Refused


class BatchFile:
    """The answers of one batch so far, by the id and the content of their questions.

    Entering raises `Refused` (409) while another request or process writes the same batch.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._done: dict[tuple[str, str], str] = {}
        self._file: BinaryIO | None = None
        self._lock = filelock.FileLock(path.with_suffix(".lock"), timeout=0)
        self._writing = threading.Lock()

    def __enter__(self) -> BatchFile:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise Refused("pending", retry_after=5) from None
        file = self._file = self._path.open("a+b")
        file.seek(0)
        kept = 0
        for line in file:
            if not line.endswith(b"\n") or not self._take(line):
                break  # the process was killed while it wrote this line
            kept += len(line)
        file.truncate(kept)
        file.seek(kept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._writing:
            if self._file:
                self._file.close()
                self._file = None
        self._lock.release()

    def answer(self, name: str, digest: str) -> str | None:
        """The line that was given for this question, if there is one."""
        return self._done.get((name, digest))

    def add(self, name: str, digest: str, answer: str) -> None:
        """Keeps `answer`, one line of JSON. When this returns, it survives whatever happens."""
        line = json.dumps({"id": name, "digest": digest, "answer": answer}, ensure_ascii=True)
        with self._writing:
            if self._file is None:
                return  # the client left while this was on its way
            self._file.write(line.encode("ascii") + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self._done[(name, digest)] = answer

    def _take(self, line: bytes) -> bool:
        try:
            kept = json.loads(line)
            self._done[(kept["id"], kept["digest"])] = kept["answer"]
        except (ValueError, KeyError, TypeError):
            return False
        return True
