"""The folder of a run: `results.jsonl` as it grows, `summary.json` and `report.html` when it is done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

from eval.errors import EvaluationError


def run_folder(questions: Path, *, now: datetime) -> Path:
    """Where a run goes that is not told: `runs/<set>-<time>`."""
    return Path("runs") / f"{questions.stem}-{now:%Y%m%d-%H%M%S}"


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """`path` open for writing in UTF-8, its folder made. Raises `EvaluationError`; what was written stays."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            yield file
    except OSError as error:
        reason = error.strerror or str(error)
        raise EvaluationError(f"{path}: cannot be written: {reason}. Free space, or choose another --out.") from None


def line(value: Mapping[str, object]) -> str:
    """`value` as one line of JSON. Readable where it can be; with escapes where it holds a lone surrogate."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value)
    return text + "\n"
