"""What the page of batch evaluation asks of whoever evaluates. Knows no question set, no score and no folder.

`eval.desk.Desk` has all of it; this side may not import that one, so the records are told by their shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

State = Literal["ready", "running", "stopped", "finished"]
Which = Literal["all", "right", "wrong"]
File = Literal["report.html", "results.xlsx", "results.jsonl", "refused.csv"]


class Share(Protocol):
    """A measure of a run, with its 95 % interval; all in [0, 1]."""

    @property
    def name(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class Failure(Protocol):
    """Why a run stands still that nobody cancelled."""

    @property
    def kind(self) -> str:
        """`changed`, `index`, `disk` or `other`."""

    @property
    def line(self) -> str:
        """The same in one English line; may be empty."""


class Run(Protocol):
    """An uploaded set, and how far its questions are answered."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def when(self) -> datetime:
        """When it was uploaded."""

    @property
    def questions(self) -> int: ...
    @property
    def refused(self) -> int:
        """How many rows of the file are no questions."""

    @property
    def state(self) -> State: ...
    @property
    def done(self) -> int: ...
    @property
    def seconds_left(self) -> float | None:
        """While it runs, once that can be told."""

    @property
    def failure(self) -> Failure | None: ...
    @property
    def shares(self) -> Sequence[Share]:
        """What it was measured at; empty before it has been summed up."""

    @property
    def median_ms(self) -> float | None:
        """From the question to the final answer."""


class RefusedRow(Protocol):
    """A row that is no question."""

    @property
    def row(self) -> int: ...
    @property
    def column(self) -> str: ...
    @property
    def expected(self) -> str: ...
    @property
    def found(self) -> str: ...


class Result(Protocol):
    """A question and what came of it."""

    @property
    def id(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def right(self) -> bool | None: ...
    @property
    def status(self) -> str: ...
    @property
    def answer(self) -> str: ...
    @property
    def cause(self) -> str:
        """Why it is wrong; empty where it is right."""

    @property
    def missing(self) -> Sequence[str]:
        """The facts that are not in the answer."""


class Results(Protocol):
    """Some rows of a run, and how many there are."""

    @property
    def rows(self) -> Sequence[Result]: ...
    @property
    def total(self) -> int: ...


class Changed(Protocol):
    """A question whose answer was right in one run and wrong in the other."""

    @property
    def id(self) -> str: ...
    @property
    def question(self) -> str: ...


class Change(Protocol):
    """How a measure changed, with the 95 % interval of the change."""

    @property
    def measure(self) -> str: ...
    @property
    def before(self) -> float: ...
    @property
    def after(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class Comparison(Protocol):
    """A run beside an earlier one of the same questions."""

    @property
    def better(self) -> Sequence[Changed]: ...
    @property
    def worse(self) -> Sequence[Changed]: ...
    @property
    def p(self) -> float:
        """How likely chance alone changes as many, or more: McNemar's exact test."""

    @property
    def fallen(self) -> Sequence[str]:
        """The measures that got worse beyond chance and beyond what is allowed; `questions` where some are missing."""

    @property
    def changes(self) -> Sequence[Change]: ...
    @property
    def shared(self) -> int:
        """How many questions both runs have."""


class Refusal(Protocol):
    """Why a file was not kept."""

    @property
    def kind(self) -> str: ...
    @property
    def line(self) -> str:
        """The same in one English line; may be empty."""


class Evaluations(Protocol):
    """The runs of this server. Every method may be called from any thread, and with any text as an id."""

    @property
    def file_bytes(self) -> int:
        """The most that a file of questions may hold."""

    def template(self) -> bytes:
        """A workbook to fill in."""

    def keep(self, name: str, content: BinaryIO) -> str | Refusal:
        """The id of a new run of the questions in `content`, or why there is none. May take seconds."""

    def runs(self) -> Sequence[Run]:
        """All of them, newest first."""

    def run(self, id: str) -> Run | None: ...

    def start(self, id: str, *, anew: bool) -> bool:
        """Whether it runs now: not where another one does. Goes on where it was unless it is to begin `anew`."""

    def cancel(self, id: str) -> None:
        """Lets the run end after the question under way. What is done is kept."""

    def delete(self, id: str) -> bool:
        """Whether it is gone: not while it runs."""

    def refused(self, id: str, most: int) -> Sequence[RefusedRow]: ...

    def results(self, id: str, which: Which, page: int, rows: int) -> Results:
        """Page `page`, from 1, where a page has `rows` of them."""

    def others(self, id: str) -> Sequence[Run]:
        """The earlier runs that it can be compared with, newest first."""

    def compare(self, before: str, after: str) -> Comparison | None: ...

    def file(self, id: str, name: File) -> Path | Iterator[bytes] | None:
        """A file of a run, or its parts as they are to be sent; None where there is none."""

    def close(self) -> None:
        """Lets a run under way end, for the server does; it can go on later."""
