"""`python -m eval convert`: public question sets, as their authors publish them, turned into our files.

Nothing is downloaded: the files are named by the one who has them. `docs/public-sets.md` says where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.cases import Invalid, case_of
from eval.convert_crud import crud
from eval.convert_rgb import rgb
from eval.convert_spans import cmrc2018, drcd, xquad
from eval.errors import EvaluationError
from eval.files import line, written

Row = Mapping[str, object]
Files = Mapping[str, Iterable[Row]]
"""The lines of each file to write, by its name. Names that begin with `corpus` hold articles, the others questions."""

SETS: Mapping[str, Callable[[list[Path]], Files]] = {
    "cmrc2018": cmrc2018,
    "drcd": drcd,
    "xquad": xquad,
    "rgb": rgb,
    "crud": crud,
}

CONVERT_HELP = """Turn a public question set into corpus.jsonl and questions.jsonl.

FILES are those of the set, as its authors publish them; OUT is the folder to write. docs/public-sets.md says where
they are published and under which licence.

\b
Examples:
  python -m eval convert cmrc2018 cmrc2018_dev.json sets/cmrc
  python -m eval convert xquad xquad.zh.json xquad.en.json sets/xquad
  python -m eval convert rgb zh_refine.json zh_int.json zh_fact.json sets/rgb
  python -m eval convert crud split_merged.json 80000_docs/documents_dup_part_* sets/crud
"""


@dataclass(slots=True)
class _Sieve:
    """Lets through each sound row once, and counts what it keeps back."""

    kept: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def articles(self, rows: Iterable[Row]) -> Iterator[Row]:
        return self._once(rows, lambda row: None if str(row["text"]).strip() else "an article without text")

    def questions(self, rows: Iterable[Row]) -> Iterator[Row]:
        return self._once(rows, _unsound)

    def _once(self, rows: Iterable[Row], wrong: Callable[[Row], str | None]) -> Iterator[Row]:
        for row in rows:
            reason = "an id that was there before" if str(row["id"]) in self.seen else wrong(row)
            if reason:
                self.left_out[reason] = self.left_out.get(reason, 0) + 1
            else:
                self.seen.add(str(row["id"]))
                self.kept += 1
                yield row


def _unsound(row: Row) -> str | None:
    """Why our reader would not take a question, or None. One that nothing can be checked of is no question either."""
    try:
        case = case_of(row)
    except Invalid as error:
        return str(error)
    return None if case.facts or case.answer or case.refuse else "a question without an answer"


def convert_set(name: str, files: list[Path], out: Path) -> dict[str, _Sieve]:
    """Writes the files of the set `name` into `out`; what became of the rows of each. Raises `EvaluationError`."""
    if name not in SETS:
        raise EvaluationError(f"There is no set {name}. Choose one of: {', '.join(SETS)}.")
    for path in files:
        if not path.is_file():
            raise EvaluationError(f"{path}: no such file. Name the files of {name} as their authors publish them.")
    sieves: dict[str, _Sieve] = {}
    for file, rows in SETS[name](files).items():
        sieve = sieves.setdefault(file, _Sieve())
        with written(out / file) as target:
            for row in sieve.articles(rows) if file.startswith("corpus") else sieve.questions(rows):
                target.write(line(row))
    return sieves


def convert(
    name: Annotated[str, typer.Argument(metavar="SET", help=f"One of: {', '.join(SETS)}.")],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE... OUT", help="The set's files, then the folder to write.")
    ],
) -> None:
    *sources, out = files
    if not sources:
        raise typer.BadParameter("Name at least one file of the set and, last, the folder to write.")
    console = Console()
    for file, sieve in convert_set(name, sources, out).items():
        what = "articles" if file.startswith("corpus") else "questions"
        console.print(f"{out / file}: {sieve.kept:,} {what}", highlight=False, markup=False, soft_wrap=True)
        for reason, count in sieve.left_out.items():
            console.print(f"  left out {count:,}: {reason}", highlight=False, markup=False, soft_wrap=True)
