"""An uploaded file made into questions, in a process of its own: whatever it holds, the server goes on.

The process has a limit of memory and of time, which a file that unpacks to gigabytes meets before the machine does.
It leaves `questions.jsonl` (the sound rows, as `eval.reading` reads them) and `refused.jsonl` (the others) beside the
file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.errors import EvaluationError
from eval.files import line, written
from eval.reading import read_set
from eval.serving import ROOT
from rag.settings import bare_environment

QUESTIONS = "questions.jsonl"
REFUSED = "refused.jsonl"
ENDINGS = frozenset({".jsonl", ".json", ".csv", ".tsv", ".xlsx", ".xlsm"})
MOST_QUESTIONS = 20_000
_UNPACKED_BYTES = 200_000_000
"""The most that the parts of a workbook may unpack to. 10,000 long questions make 30 MB."""
_PART_BYTES = 5_000_000
"""The most of a part that is not read row by row."""
_STREAMED = ("xl/worksheets/", "xl/sharedstrings.xml")
_MEMORY_BYTES = 2_000_000_000
_SECONDS = 300
_WORKING_SECONDS = 60
"""What a processor may spend on a file; 10,000 rows take it three seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unusable:
    """Why a file cannot be taken in."""

    kind: str
    """`encoding`, `column`, `sheet`, `unsound`, `no_question`, `too_large`, `too_many` or `unreadable`."""
    line: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """How many rows of a file are questions, and how many are not."""

    questions: int
    refused: int


def take_in(source: Path, name: str) -> Taken | Unusable:
    """What is in the file `source`, which its reader calls `name`; the rows are left beside it.

    Raises `EvaluationError` where the disk does not take them.
    """
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "eval.intake", str(source)],
            cwd=ROOT,
            # What it is limited to is what it needs: no setting, and no password, is known there.
            env=bare_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return Unusable(kind="too_large", line=f"{name}: reading took longer than {_SECONDS} seconds.")
    match ended.returncode, _told(ended.stdout):
        case 0, {"questions": int(questions), "refused": int(refused)}:
            return Taken(questions=questions, refused=refused)
        case 1, {"kind": "disk", "line": str(line)}:
            raise EvaluationError(line, kind="disk")
        case 1, {"kind": str(kind), "line": str(line)}:
            return Unusable(kind=kind or "unreadable", line=line.replace(str(source), name))
        case 0 | 1, _:
            return Unusable(kind="unreadable", line=f"{name}: cannot be read.")
    return Unusable(kind="too_large", line=f"{name}: needs more memory or time than a file of questions does.")


def _told(said: bytes) -> object:
    """What the process said as JSON; None where it was something else."""
    try:
        return json.loads(said)
    except ValueError:
        return None


def refused_rows(folder: Path) -> Iterator[Mapping[str, object]]:
    """The rows that are no questions: `row`, `column`, `expected` and `found` of each."""
    path = folder / REFUSED
    if path.exists():
        with path.open(encoding="utf-8") as file:
            yield from (json.loads(text) for text in file)


def sort_rows(source: Path) -> Taken:
    """Reads `source` and writes its rows beside it. Raises `EvaluationError`."""
    if source.suffix.lower() in (".xlsx", ".xlsm"):
        check_archive(source)
    question_set = read_set(source)
    if len(question_set.cases) > MOST_QUESTIONS:
        raise EvaluationError(f"{source}: more than {MOST_QUESTIONS:,} questions. Divide the file.", kind="too_many")
    with written(source.with_name(QUESTIONS)) as file:
        file.writelines(line(asdict(case)) for case in question_set.cases)
    with written(source.with_name(REFUSED)) as file:
        for problem in question_set.problems:
            told = {"column": problem.column, "expected": problem.expected, "found": problem.found}
            file.write(line({"row": problem.row, **told}))
    return Taken(questions=len(question_set.cases), refused=len(question_set.problems))


def check_archive(path: Path) -> None:
    """Returns where no part of a workbook unpacks to more than may be read. Raises `EvaluationError`.

    What an archive says of its parts is believed: the reader takes no byte more than that from any of them.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return  # the reader says so in its own words
    total = sum(part.file_size for part in parts)
    whole = [p for p in parts if p.filename.endswith((".xml", ".rels")) and not _is_streamed(p.filename)]
    if total > _UNPACKED_BYTES or any(part.file_size > _PART_BYTES for part in whole):
        raise EvaluationError(
            f"{path}: unpacks to {total / 1e6:,.0f} MB. A workbook of questions is smaller.", kind="too_large"
        )


def _is_streamed(name: str) -> bool:
    return name.lower().startswith(_STREAMED)


def _limit() -> None:
    try:
        import resource
    except ImportError:  # there are no such limits on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_WORKING_SECONDS, _WORKING_SECONDS))
    os.nice(5)


def main() -> int:
    """0 with the counts as JSON, 1 with what is wrong as JSON, 3 where the memory did not do."""
    _limit()
    try:
        taken = sort_rows(Path(sys.argv[1]))
    except EvaluationError as error:
        shown = str(error).encode("utf-8", "backslashreplace").decode("utf-8")  # a lone surrogate fits into no page
        sys.stdout.write(json.dumps({"kind": error.kind, "line": shown}))
        return 1
    except MemoryError:
        return 3
    sys.stdout.write(json.dumps(asdict(taken)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
