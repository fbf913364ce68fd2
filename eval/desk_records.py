"""What the browser is told of a run. The fields are those that `web.evaluation` asks for; see there what they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["ready", "running", "stopped", "finished"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownShare:
    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    kind: str
    line: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    id: str
    name: str
    when: datetime
    questions: int
    refused: int
    state: State = "ready"
    done: int = 0
    seconds_left: float | None = None
    failure: Failure | None = None
    shares: tuple[ShownShare, ...] = ()
    median_ms: float | None = None
    digest: str = ""
    """Of the questions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedRow:
    row: int
    column: str
    expected: str
    found: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownResult:
    id: str
    question: str
    kind: str
    right: bool | None
    status: str
    answer: str
    cause: str
    missing: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Results:
    rows: tuple[ShownResult, ...]
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    id: str
    question: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    better: tuple[Changed, ...]
    worse: tuple[Changed, ...]
    p: float
    fallen: tuple[str, ...]
    changes: tuple[ShownChange, ...]
    shared: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownChange:
    measure: str
    before: float
    after: float
    low: float
    high: float
