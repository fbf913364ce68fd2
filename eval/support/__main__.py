"""`python -m eval.support`: precision and recall of the support check over the sentences beside this file.

A sentence is flagged when the check finds it unsupported. `tune` is the half on which the check was set, `report` the
half over other texts that tells how it does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from rag.models import load_embedder
from rag.reader.loading import load_reader
from rag.reader.reading import Ask
from rag.settings import load_settings
from rag.support import Support, check

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One sentence, what it is, and what the check says."""

    sentence: str
    text: str
    split: str
    kind: str
    """`supported`, or what was altered: `number`, `unit`, `date`, `name`, `negated`, `added`."""
    support: Support


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """Counts of flagged sentences."""

    altered: int
    altered_flagged: int
    supported: int
    supported_flagged: int

    @property
    def precision(self) -> float:
        """The share of the flagged sentences that are altered."""
        flagged = self.altered_flagged + self.supported_flagged
        return self.altered_flagged / flagged if flagged else 1.0

    @property
    def recall(self) -> float:
        """The share of the altered sentences that are flagged."""
        return self.altered_flagged / self.altered if self.altered else 1.0


def judge(ask: Ask | None = None) -> list[Judged]:
    """Every sentence of `sentences.jsonl` with the finding of the check, which may have a reader to `ask`."""
    texts = {text["id"]: text for text in _lines("texts.jsonl")}
    return [_judged(row, texts[row["text"]], ask) for row in _lines("sentences.jsonl")]


def tally(judged: Sequence[Judged]) -> Tally:
    """How many of `judged` are flagged, by whether they are supported."""
    altered = [one for one in judged if one.kind != "supported"]
    supported = [one for one in judged if one.kind == "supported"]
    return Tally(
        altered=len(altered),
        altered_flagged=sum(not one.support.ok for one in altered),
        supported=len(supported),
        supported_flagged=sum(not one.support.ok for one in supported),
    )


def _reader() -> Ask | None:
    settings = load_settings()
    reader = load_reader(
        settings.reranker, cache=settings.cache, embedder=load_embedder(settings.embedding_model, cache=settings.cache)
    )
    return reader.read if reader and reader.tells_places else None


def _lines(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines()]


def _judged(row: dict[str, str], text: dict[str, str], ask: Ask | None) -> Judged:
    published = date.fromisoformat(text["published"])
    support = check(row["sentence"], f"{published.isoformat()}\n{text['text']}", published=published, ask=ask)
    return Judged(sentence=row["sentence"], text=row["text"], split=text["split"], kind=row["kind"], support=support)


def main(
    wrong: Annotated[bool, typer.Option("--wrong", help="List what the check gets wrong in the tune half.")] = False,
) -> None:
    """Print how many sentences of each kind the check flags, with precision and recall for each half.

    The reader of the settings is asked; with WENJU_RERANKER=none the words alone tell.
    """
    judged = judge(_reader())
    for split in ("tune", "report"):
        half = [one for one in judged if one.split == split]
        counts = tally(half)
        print(f"{split}: n={len(half)} precision={counts.precision:.3f} recall={counts.recall:.3f}")
        for kind in dict.fromkeys(one.kind for one in half):
            of_kind = [one for one in half if one.kind == kind]
            print(f"  {kind:<10} flagged {sum(not one.support.ok for one in of_kind):>3} of {len(of_kind)}")
    if wrong:
        for one in judged:
            if one.split == "tune" and one.support.ok != (one.kind == "supported"):
                missing = ", ".join(one.support.missing)
                print(f"{one.kind:<10} {one.support.coverage:.2f} {one.sentence}  [{missing}]")


if __name__ == "__main__":
    typer.run(main)
