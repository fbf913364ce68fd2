"""The desk of batch evaluation: takes files in, asks their questions one run at a time, and gives out what came of it.

It asks the assistant that the server has open already, one question after the other, and lets those of readers go
first. Everything of a run is in a folder whose name holds nothing that anybody sent.
"""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import filelock

from corpus.records import Article
from eval.batch import Plan, Stopped, evaluate
from eval.desk_files import ABOUT, FAILURE, RunFiles
from eval.desk_records import Comparison, Failure, RefusedRow, Results, Run
from eval.errors import EvaluationError
from eval.files import RESULTS, RUN, SUMMARY, read_json, whole
from eval.identity import differences, run_of
from eval.intake import ENDINGS, QUESTIONS, Unusable, refused_rows, take_in
from eval.reading import Problem, QuestionSet, read_set
from eval.running import System
from eval.template import write_template
from rag.errors import AssistantError
from rag.records import Answer, Hit, Question
from rag.settings import Settings

_log = logging.getLogger(__name__)

_MOST_RUNS = 500
_NAME_CHARS = 80
_YIELD_SECONDS = 10.0
"""So long a run lets readers go first before it asks one more question all the same."""
_LOOK_SECONDS = 0.05
_END_SECONDS = 10.0
_PROBLEMS_KEPT = 1_000


@dataclass(slots=True)
class _Running:
    """The run that is being asked now."""

    id: str
    questions: int
    stop: threading.Event
    begun: float | None = None
    """When its first question of now was asked, by the monotonic clock."""
    before: int = 0
    """Questions that had been answered then."""
    done: int = 0
    thread: threading.Thread | None = None

    @property
    def seconds_left(self) -> float | None:
        asked = self.done - self.before
        if self.begun is None or asked < 2:
            return None
        return (time.monotonic() - self.begun) / asked * (self.questions - self.done)


class _Unanswerable(BaseException):
    """The assistant cannot be used any more. No `Exception`: as such it would be written down as an answer, and the
    question never be asked again."""

    def __init__(self, reason: AssistantError) -> None:
        self.reason = reason
        super().__init__(str(reason))


class _Careful:
    """A system that does not answer rather than fail for all the questions that are left."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.name = system.name
        self.fingerprint = system.fingerprint

    def answer(self, question: Question) -> Answer:
        try:
            return self._system.answer(question)
        except AssistantError as error:
            raise _Unanswerable(error) from None

    def standalone(self, question: Question) -> str:
        return self._system.standalone(question)

    def retrieve(self, query: str, *, limit: int | None = None) -> tuple[Hit, ...]:
        try:
            return self._system.retrieve(query, limit=limit)
        except AssistantError as error:
            raise _Unanswerable(error) from None

    def article(self, article_id: str) -> Article | None:
        return self._system.article(article_id)


class Desk:
    """The runs below `folder`. `opened` gives what is asked; `is_wanted` says whether readers wait for it now."""

    file_bytes = 10_000_000

    def __init__(
        self, folder: Path, settings: Settings, opened: Callable[[], System], is_wanted: Callable[[], bool]
    ) -> None:
        self._files = RunFiles(folder)
        self._settings = settings
        self._opened = opened
        self._is_wanted = is_wanted
        self._lock = threading.RLock()
        self._taking_in = threading.Lock()
        self._running: _Running | None = None
        # Held by the process whose run is under way, so that two servers over one folder do not ask two at once.
        self._turn = filelock.FileLock(folder / "running.lock", timeout=0, thread_local=False)

    def template(self) -> bytes:
        with tempfile.TemporaryDirectory(prefix="wenju-") as folder:
            path = Path(folder) / "questions.xlsx"
            write_template(path)
            return path.read_bytes()

    def keep(self, name: str, content: BinaryIO) -> str | Failure:
        """The id of a new run, or why the file is none. `name` is shown and decides how the file is read, no more."""
        title, ending = _named(name)
        if ending not in ENDINGS:
            return Failure(kind="ending")
        if len(self._files.ids()) >= _MOST_RUNS:
            return Failure(kind="too_many_runs")
        if not self._taking_in.acquire(blocking=False):
            return Failure(kind="busy")
        now = datetime.now()
        id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        place = self._files.folder / id
        try:
            place.mkdir(parents=True)
            source = place / f"upload{ending}"
            with source.open("wb") as file:
                shutil.copyfileobj(content, file)
            fault = _fault(source, self.file_bytes)
            taken = take_in(source, f"{title}{ending}") if fault is None else fault
            source.unlink(missing_ok=True)
            if isinstance(taken, Unusable):
                shutil.rmtree(place, ignore_errors=True)
                return Failure(kind=taken.kind, line=taken.line)
            about = {"name": title, "ending": ending, "when": now.isoformat(timespec="seconds")}
            whole(place / ABOUT, {**about, "questions": taken.questions, "refused": taken.refused})
        except (OSError, EvaluationError) as error:
            shutil.rmtree(place, ignore_errors=True)
            _log.error("A file of questions could not be kept: %s", getattr(error, "strerror", None) or error)
            return Failure(kind="disk")
        finally:
            self._taking_in.release()
        return id

    def runs(self) -> Sequence[Run]:
        return [run for id in self._files.ids() if (run := self.run(id))]

    def run(self, id: str) -> Run | None:
        found = self._files.run(id)
        with self._lock:
            running = self._running
            if found is None or running is None or running.id != id:
                return found
            return replace(
                found,
                state="running",
                done=max(running.done, running.before),
                seconds_left=running.seconds_left,
                failure=None,
                shares=(),
            )

    def start(self, id: str, *, anew: bool) -> bool:
        with self._lock:
            run = self.run(id)
            place = self._files.place(id)
            if run is None or place is None:
                return False
            if run.state == "running" or (run.state == "finished" and not anew):
                return True
            if self._running or not self._has_turn():
                return False
            running = _Running(id=id, questions=run.questions, stop=threading.Event(), before=0 if anew else run.done)
            self._running = running
            running.thread = threading.Thread(
                target=self._work, args=(running, place, run.name, anew), daemon=True, name="evaluation"
            )
            running.thread.start()
            return True

    def cancel(self, id: str) -> None:
        with self._lock:
            if self._running and self._running.id == id:
                self._running.stop.set()

    def delete(self, id: str) -> bool:
        with self._lock:
            place = self._files.place(id)
            if place is None:
                return True
            if self._running and self._running.id == id:
                return False
            lock = filelock.FileLock(place / "run.lock", timeout=0)
            try:
                with lock:  # another process may be asking its questions
                    gone = place.with_name(f".{id}-deleted")
                    place.rename(gone)
            except filelock.Timeout:
                return False
            except OSError as error:
                _log.error("A run could not be deleted: %s", error.strerror)
                return False
        shutil.rmtree(gone, ignore_errors=True)
        return True

    def refused(self, id: str, most: int) -> Sequence[RefusedRow]:
        return self._files.refused(id, most)

    def results(self, id: str, which: str, page: int, rows: int) -> Results:
        return self._files.results(id, which, page, rows)

    def others(self, id: str) -> Sequence[Run]:
        return self._files.others(id)

    def compare(self, before: str, after: str) -> Comparison | None:
        return self._files.compare(before, after)

    def file(self, id: str, name: str) -> Path | Iterator[bytes] | None:
        return self._files.file(id, name)

    def close(self) -> None:
        """Lets a run under way end after its question, and waits for that a while."""
        with self._lock:
            running = self._running
        if running and running.thread:
            running.stop.set()
            running.thread.join(_END_SECONDS)

    def _has_turn(self) -> bool:
        try:
            self._turn.acquire()
        except (filelock.Timeout, OSError):
            return False
        return True

    def _work(self, running: _Running, place: Path, name: str, anew: bool) -> None:
        """Asks the questions of a run to its end, and writes down why where it does not get there."""
        try:
            (place / FAILURE).unlink(missing_ok=True)
            failure = self._asked(running, place, name, anew)
            if failure:
                whole(place / FAILURE, {"kind": failure.kind, "line": failure.line})
        except (OSError, EvaluationError) as error:
            _log.error("What became of a batch evaluation could not be written down: %s", error)
        finally:
            with self._lock:
                self._running = None
                self._turn.release()

    def _asked(self, running: _Running, place: Path, name: str, anew: bool) -> Failure | None:
        try:
            system = _Careful(self._opened())
            plan = Plan(
                name=name,
                questions=_questions(place, name),
                system=system,
                settings=self._settings,
                folder=place,
                at_once=1,
                resume=not anew,
            )
            if not anew and _is_another(plan):
                return Failure(kind="changed")
            if anew:
                (place / SUMMARY).unlink(missing_ok=True)
            self._let_readers_go_first(running.stop)
            running.begun = time.monotonic()
            evaluate(plan, progress=lambda done, _: self._after_one(running, done), stop=running.stop)
        except Stopped:
            return None
        except (AssistantError, _Unanswerable) as error:
            return Failure(kind="index", line=str(error))
        except EvaluationError as error:
            _log.error("%s", error)
            return Failure(kind="disk" if error.kind == "disk" else "other", line=str(error))
        except Exception:  # whatever it was: the page of the run says that it failed, the log says where
            _log.exception("A batch evaluation failed.")
            return Failure(kind="other")
        return None

    def _after_one(self, running: _Running, done: int) -> None:
        running.done = done
        if done < running.questions:
            self._let_readers_go_first(running.stop)

    def _let_readers_go_first(self, stop: threading.Event) -> None:
        until = time.monotonic() + _YIELD_SECONDS
        while self._is_wanted() and time.monotonic() < until and not stop.wait(_LOOK_SECONDS):
            pass


def _named(name: str) -> tuple[str, str]:
    """What the file is called, without folders and what no screen shows, and how its name ends."""
    last = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable()).strip()
    path = Path(last or "questions")
    return path.stem[:_NAME_CHARS] or "questions", path.suffix.lower()


def _fault(source: Path, most_bytes: int) -> Unusable | None:
    size = source.stat().st_size
    if size > most_bytes:
        return Unusable(kind="too_large", line="")
    return None if size else Unusable(kind="empty", line="")


def _questions(place: Path, name: str) -> QuestionSet:
    """The sound rows, and some of the others for the report."""
    problems = [
        Problem(
            file=name,
            row=int(str(row["row"])),
            message=f"column {row['column']}: expected {row['expected']}, found {row['found']}",
        )
        for row, _ in zip(refused_rows(place), range(_PROBLEMS_KEPT), strict=False)
    ]
    return replace(read_set(place / QUESTIONS), problems=tuple(problems))


def _is_another(plan: Plan) -> bool:
    """Whether what is answered so far was answered by other code or out of other articles."""
    there = read_json(plan.folder / RUN)
    if there is None:
        if (plan.folder / RESULTS).exists():
            (plan.folder / RESULTS).unlink()  # what is not known of what it is worth nothing
        return False
    about = run_of(plan.cases, plan.name, plan.system, plan.settings, retrieval_only=False, at_once=plan.at_once)
    return bool(differences(json.loads(json.dumps(about)), there))
