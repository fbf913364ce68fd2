"""The serving process from outside: how long it takes to be ready, and how much memory it holds after questions.

Speaks HTTP to the page like any browser does. Knows nothing of what is inside.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from eval.errors import EvaluationError

ROOT = Path(__file__).resolve().parent.parent
_POLL_SECONDS = 0.05
_END_SECONDS = 10
_ANSWER_SECONDS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A process that serves the page."""

    url: str
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    """What it said."""
    started: float

    def said(self) -> str:
        """All that it said, to be asked for once it has ended."""
        self.log.seek(0)
        return self.log.read().decode("utf-8", "replace")

    def last_words(self) -> str:
        """The last line that it said."""
        lines = self.said().strip().splitlines()
        return lines[-1] if lines else "nothing was said"


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """Resident memory of the serving process in bytes."""

    ready: int
    """When it was ready, before the first question."""
    after: int
    """After the last question."""
    questions: int


@contextmanager
def served(words: Sequence[str], *, port: int, folder: Path = ROOT) -> Iterator[Server]:
    """Runs the command `words` in `folder`, which serves on `port`; ends it and what it started afterwards."""
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            yield Server(url=f"http://127.0.0.1:{port}", process=process, log=log, started=started)
        finally:
            _end(process)


@contextmanager
def serving_app(index: Path | None = None) -> Iterator[Server]:
    """`python app.py` on a free port."""
    port = free_port()
    chosen = ["--index", str(index.absolute())] if index else []
    with served([sys.executable, str(ROOT / "app.py"), "--port", str(port), *chosen], port=port) as server:
        yield server


@contextmanager
def serving_clone() -> Iterator[Server]:
    """`make run` in a fresh clone of this repository's last commit, with a cache of its own for the model."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="wenju-clone-", ignore_cleanup_errors=True) as place:
        clone = Path(place) / "clone"
        try:
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise EvaluationError(f"{ROOT}: cannot be cloned: {error}. Run this inside a git checkout.") from None
        (clone / ".env").write_text(f"WENJU_PORT={port}\nWENJU_CACHE={Path(place) / 'cache'}\n", encoding="utf-8")
        with served(["make", "run"], port=port, folder=clone) as server:
            yield server


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def seconds_to_ready(server: Server, *, limit: float) -> float:
    """Seconds from the start of `server` until `/readyz` says 200. Raises `EvaluationError` after `limit` seconds."""
    while time.perf_counter() - server.started < limit:
        if server.process.poll() is not None:
            raise EvaluationError(f"The server ended: {server.last_words()}")
        try:
            with urllib.request.urlopen(f"{server.url}/readyz", timeout=5) as reply:
                if reply.status == 200:
                    return time.perf_counter() - server.started
        except OSError:
            time.sleep(_POLL_SECONDS)
    raise EvaluationError(f"The server was not ready after {limit:.0f} s: {server.last_words()}")


def memory_after(server: Server, questions: Iterable[str]) -> Memory:
    """The memory of the ready `server` before and after it answered `questions` on its page."""
    ready = resident_bytes(server.process.pid)
    count = 0
    for question in questions:
        ask_page(server.url, question)
        count += 1
    return Memory(ready=ready, after=resident_bytes(server.process.pid), questions=count)


def ask_page(url: str, question: str) -> None:
    """Asks the chat page at `url` and returns when its answer is complete. Raises `EvaluationError`."""
    try:
        with _open(f"{url}/config") as reply:
            page = json.load(reply)
        ask = next(each for each in page["dependencies"] if str(each["api_name"]).startswith("on_ask"))
        session = uuid.uuid4().hex[:11]
        data = [question, *[None] * (len(ask["inputs"]) - 1)]
        event = {"data": data, "fn_index": ask["id"], "session_hash": session, "trigger_id": None}
        _open(f"{url}/gradio_api/queue/join", json.dumps(event).encode()).close()
        with _open(f"{url}/gradio_api/queue/data?session_hash={session}") as stream:
            completed = any(_completes(line) for line in stream)
    except (OSError, ValueError, KeyError, StopIteration) as error:
        raise EvaluationError(f"{url}: the page cannot be asked: {type(error).__name__} {error}") from None
    if not completed:
        raise EvaluationError(f"{url}: the page gave no answer to: {question}")


def _completes(line: bytes) -> bool:
    """Whether an event of Gradio's queue says that the answer is complete."""
    message = json.loads(line[5:]) if line.startswith(b"data:") else {}
    return message.get("msg") == "process_completed" and bool(message["success"])


def _open(url: str, body: bytes | None = None) -> Any:
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    return urllib.request.urlopen(request, timeout=_ANSWER_SECONDS)


def resident_bytes(pid: int) -> int:
    """The resident memory of a process. Raises `EvaluationError` where the system does not tell."""
    try:
        said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
        return int(said) * 1024
    except (OSError, ValueError, subprocess.CalledProcessError):
        raise EvaluationError("The command ps does not tell the memory of a process here. Install procps.") from None


def _end(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, sign)
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                continue
