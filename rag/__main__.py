"""The command line of the assistant: `python -m rag ingest`, `ask`, `search`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from corpus.errors import CorpusError
from rag.ask import as_text, read_history
from rag.errors import AssistantError
from rag.manifest import current_generation
from rag.records import Hit, Question
from rag.serialise import answer_json, hit_json
from rag.settings import load_settings

cli = typer.Typer(
    help="Questions to the articles, answered with their own words.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

IndexFolder = Annotated[Path | None, typer.Option("--index", help="Folder of the index. Default: WENJU_INDEX.")]


@cli.command(
    epilog="Examples:  python -m rag ingest  |  python -m rag ingest news/ notice.pdf  |  "
    "python -m rag ingest corpus.jsonl --index other/"
)
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders. Default: WENJU_ARTICLES.")] = None,
    index: IndexFolder = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing unless it fails.")] = False,
) -> None:
    """Make the index hold exactly the articles of PATH: new ones are added, changed ones updated, others removed."""
    from rag.ingest import ingest_aloud  # loads the libraries of the index, which takes seconds

    ingest_aloud(load_settings(index=index), paths or [], console=Console(quiet=quiet))


@cli.command(
    epilog='Examples:  python -m rag ask "联盟是做什么的？"  |  python -m rag ask "那第二年呢？" --history turns.json'
    '  |  python -m rag ask "What does the alliance do?" --json'
)
def ask(
    question: Annotated[str, typer.Argument(help="The question, in Chinese or English.")],
    history: Annotated[
        Path | None,
        typer.Option("--history", help='What was said before: JSON, a list of {"role", "content"}.'),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
    index: IndexFolder = None,
) -> None:
    """Answer QUESTION from the articles, each sentence with the words it rests on."""
    from rag.assistant import open_assistant

    turns = read_history(history) if history else ()
    answer = open_assistant(load_settings(index=index)).answer(Question(text=question, history=turns))
    print(json.dumps(answer_json(question, answer), ensure_ascii=False) if as_json else as_text(answer))


@cli.command(epilog='Example:  python -m rag search "谁签署了合作备忘录？" -k 3')
def search(
    query: Annotated[str, typer.Argument(help="A question or some words.")],
    limit: Annotated[int, typer.Option("-k", min=1, max=50, help="How many passages.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
    index: IndexFolder = None,
) -> None:
    """Show the passages nearest to QUERY, best first, without an answer."""
    from rag.retrieval import open_retriever

    settings = load_settings(index=index)
    current_generation(settings.index)  # a missing index is told before seconds go into loading the model
    retriever = open_retriever(settings)
    started = time.monotonic()
    hits = retriever.retrieve(query, limit=limit)
    took_ms = round((time.monotonic() - started) * 1000, 1)
    if as_json:
        print(json.dumps(_search_json(query, hits, took_ms), ensure_ascii=False))
    else:
        print("\n\n".join(map(_hit_text, hits)) or "No passage comes near.")


def _search_json(query: str, hits: Sequence[Hit], took_ms: float) -> dict[str, object]:
    return {
        "question": query,
        "hits": [
            {
                **hit_json(hit),
                "similarity": hit.similarity,
                "share": hit.share,
                "alignment": hit.alignment,
                "ranks": dict(hit.ranks),
                "title": hit.article.title,
                "start": hit.passage.start,
                "end": hit.passage.end,
                "text": hit.passage.text,
                "copies": [article.id for article in hit.copies],
            }
            for hit in hits
        ],
        "timings_ms": {"retrieve": took_ms},
    }


def _hit_text(hit: Hit) -> str:
    ranks = ", ".join(f"{name} {rank}" for name, rank in hit.ranks.items())
    copies = f"\nalso in: {', '.join(article.id for article in hit.copies)}" if hit.copies else ""
    return f"{hit.score:.3f}  {hit.passage.id}  ({ranks})\n{hit.passage.text}{copies}"


def main() -> None:
    """Run the command line. A clear error is one line on stderr and exit code 1."""
    try:
        cli()
    except (AssistantError, CorpusError) as error:
        print(f"rag: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
