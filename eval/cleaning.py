"""How well pages are cleaned: `python -m eval.cleaning [--bench DIR]`.

Two tables: pairs of a damaged page and its clean text, by kind of page, and the articles that ship beside what a
person made of them. DIR holds `cleaning/pairs_dev.jsonl` and `seeds/`.
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.table import Table

from corpus.cleaning import clean_text
from corpus.fold import simplify
from corpus.reading import read_article

ROOT = Path(__file__).parents[1]
BENCH = ROOT / "../shared/bench"
ARTICLES = ROOT / "corpus/articles"


@dataclass(frozen=True, kw_only=True, slots=True)
class PairScore:
    """How near one cleaned page came to its clean text."""

    id: str
    profile: str
    similarity: float
    """1 is equal; both in Simplified characters, without white space."""
    exact: bool
    stable: bool
    """Whether cleaning it again changes nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleScore:
    """How near one shipped article came to what a person made of it."""

    id: str
    similarity: float
    missing: tuple[str, ...]
    """What should be in it and is not."""
    left: tuple[str, ...]
    """What should have gone and has not."""
    wrong: tuple[str, ...]
    """Of title, source, author and published, those that differ."""


def squeezed(text: str) -> str:
    """`text` in NFKC without white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def similarity(text: str, reference: str) -> float:
    """1 less the share of characters to change to turn one into the other, the scripts taken as one."""
    return Levenshtein.normalized_similarity(squeezed(simplify(text)), squeezed(simplify(reference)))


def score_pairs(path: Path) -> list[PairScore]:
    """The scores of all pairs in a file of `{"id", "profile", "corrupted", "clean"}` a line."""
    scores = []
    for line in path.read_text("utf-8").splitlines():
        pair = json.loads(line)
        text = clean_text(pair["corrupted"])
        near = similarity(text, pair["clean"])
        scores.append(
            PairScore(
                id=pair["id"],
                profile=pair["profile"],
                similarity=near,
                exact=near == 1.0,
                stable=clean_text(text) == text,
            )
        )
    return scores


def score_articles(seeds: Path, articles: Path) -> list[ArticleScore]:
    """The scores of the shipped articles against `expected_clean.json` and the texts beside it."""
    expected = json.loads((seeds / "expected_clean.json").read_text("utf-8"))
    return [
        _score_article(key, fields, (seeds / fields["clean_file"]).read_text("utf-8"), articles / fields["file"])
        for key, fields in expected.items()
        if not key.startswith("_")
    ]


def _score_article(key: str, fields: dict[str, Any], reference: str, path: Path) -> ArticleScore:
    article = read_article(path)
    text = squeezed(article.text)
    found = {
        "title": article.title,
        "source": article.source,
        "author": article.author,
        "date": article.published.isoformat() if article.published else None,
    }
    return ArticleScore(
        id=key,
        similarity=Levenshtein.normalized_similarity(text, squeezed(reference)),
        missing=tuple(part for part in fields["must_contain"] if squeezed(part) not in text),
        left=tuple(part for part in fields["must_not_contain"] if squeezed(part) in text),
        wrong=tuple(name for name, value in found.items() if value != fields[name]),
    )


def _print_pairs(scores: Sequence[PairScore], out: Console) -> None:
    groups: dict[str, list[PairScore]] = defaultdict(list)
    for score in scores:
        groups["all"].append(score)
        groups[score.profile].append(score)
    table = Table("pages", "n", "similarity", "lowest", "exact", "stable", title="Damaged pages")
    for name in ("all", *sorted(groups.keys() - {"all"})):
        own = groups[name]
        table.add_row(
            name,
            str(len(own)),
            f"{sum(score.similarity for score in own) / len(own):.4f}",
            f"{min(score.similarity for score in own):.4f}",
            f"{sum(score.exact for score in own) / len(own):.3f}",
            f"{sum(score.stable for score in own) / len(own):.3f}",
        )
    out.print(table)


def _print_articles(scores: Sequence[ArticleScore], out: Console) -> None:
    table = Table("article", "similarity", "missing", "left over", "wrong particulars", title="The articles that ship")
    for score in scores:
        table.add_row(
            score.id,
            f"{score.similarity:.4f}",
            "; ".join(score.missing) or "none",
            "; ".join(score.left) or "none",
            ", ".join(score.wrong) or "none",
        )
    out.print(table)


def main(
    bench: Annotated[Path, typer.Option(help="The folder with `cleaning/pairs_dev.jsonl` and `seeds/`.")] = BENCH,
    articles: Annotated[Path, typer.Option(help="The folder of the articles that ship.")] = ARTICLES,
) -> None:
    """Print how well damaged pages and the articles that ship are cleaned."""
    out = Console()
    pairs = bench / "cleaning" / "pairs_dev.jsonl"
    if not pairs.is_file():
        typer.echo(f"No pairs at {pairs}. Name the folder that holds them: --bench DIR", err=True)
        raise typer.Exit(1)
    _print_pairs(score_pairs(pairs), out)
    _print_articles(score_articles(bench / "seeds", articles), out)


if __name__ == "__main__":
    typer.run(main)
