"""`python -m eval.support`: precision and recall of the support check over the sentences beside this file.

A sentence is flagged when the check finds it unsupported. `tune` is the half on which the check was set, `report` the
half over other texts that tells how it does. With `--notices` the same of the statements on `eval/notices`, of which
four fifths of the articles may be looked at.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from rag.models import load_embedder
from rag.reader.loading import load_reader
from rag.reader.marked import Share, share_of
from rag.reader.reading import Ask
from rag.settings import load_settings
from rag.support import Support, check

_FOLDER = Path(__file__).parent
_NOTICES = _FOLDER.parent / "notices"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One sentence, what it is, and what the check says."""

    sentence: str
    text: str
    split: str
    supported: bool
    kind: str
    """What was altered: `number`, `unit`, `date`, `name`, `negated`, `added`, ...; or how it is supported."""
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
    texts = {text["id"]: text for text in _lines(_FOLDER / "texts.jsonl")}
    return [
        _judged(row, text["id"], text["split"], text["published"], text["text"], ask)
        for row in _lines(_FOLDER / "sentences.jsonl")
        for text in [texts[row["text"]]]
    ]


def judge_notices(ask: Ask | None = None) -> list[Judged]:
    """The same of every statement on `eval/notices`, over its whole article; `report` are those held out."""
    articles = {article["id"]: article for article in _lines(_NOTICES / "corpus.jsonl")}
    found = []
    for row in _lines(_NOTICES / "statements.jsonl"):
        article = articles[row["article"]]
        split = "tune" if share_of(_NOTICES.name, article["id"]) is Share.TRAINING else "report"
        text = f"{article['title']}\n{article['text']}"
        found.append(_judged(row, article["id"], split, article["date"], text, ask))
    return found


def tally(judged: Sequence[Judged]) -> Tally:
    """How many of `judged` are flagged, by whether they are supported."""
    altered = [one for one in judged if not one.supported]
    supported = [one for one in judged if one.supported]
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


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _judged(row: dict[str, Any], text: str, split: str, published: str, evidence: str, ask: Ask | None) -> Judged:
    support = check(row["sentence"], f"{published}\n{evidence}", published=date.fromisoformat(published), ask=ask)
    return Judged(
        sentence=row["sentence"],
        text=text,
        split=split,
        supported=row["supported"],
        kind=row["kind"],
        support=support,
    )


def main(
    wrong: Annotated[bool, typer.Option("--wrong", help="List what the check gets wrong in the tune half.")] = False,
    notices: Annotated[bool, typer.Option("--notices", help="Of the statements on eval/notices.")] = False,
) -> None:
    """Print how many sentences of each kind the check flags, with precision and recall for each half.

    The reader of the settings is asked; with WENJU_RERANKER=none the words alone tell.
    """
    judged = (judge_notices if notices else judge)(_reader())
    for split in ("tune", "report"):
        half = [one for one in judged if one.split == split]
        counts = tally(half)
        flagged = counts.supported_flagged / counts.supported
        print(
            f"{split}: n={len(half)} precision={counts.precision:.3f} recall={counts.recall:.3f} flagged={flagged:.3f}"
        )
        for kind in dict.fromkeys(one.kind for one in half):
            of_kind = [one for one in half if one.kind == kind]
            print(f"  {kind:<10} flagged {sum(not one.support.ok for one in of_kind):>3} of {len(of_kind)}")
    if wrong:
        for one in judged:
            if one.split == "tune" and one.support.ok != one.supported:
                missing = ", ".join(one.support.missing)
                print(f"{one.kind:<10} {one.support.coverage:.2f} {one.sentence}  [{missing}]")


if __name__ == "__main__":
    typer.run(main)
