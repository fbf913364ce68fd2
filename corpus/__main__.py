"""The command line of the corpus: `python -m corpus clean FILE...`."""

from __future__ import annotations

import io
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from corpus.reading import ARTICLES, SETS, read_articles
from corpus.records import Article, Rejected

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode="rich", pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """From scraped pages to clean articles."""


@app.command(
    epilog="""[bold]Examples[/bold]

    python -m corpus clean corpus/articles/003_064bbb9c2f72048a.txt

    python -m corpus clean page.html notice.pdf set.jsonl --json > articles.jsonl

    cat page.txt | python -m corpus clean - --json
    """
)
def clean(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help=f"Files or folders: {' '.join((*ARTICLES, *SETS))}; `-` is a text on standard input.",
            show_default=False,
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line instead of a readable view.")] = False,
) -> None:
    """Show the articles in FILE... without damage and page furniture, and what was repaired and removed.

    What holds no article is named on standard error, one line each; the other files are still done and the exit
    code is 1.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # whatever the terminal says: JSON is UTF-8, and so are the articles
    failed = False
    out = Console(soft_wrap=True, highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        for found in read_articles(*(_path(name, Path(folder)) for name in files)):
            if isinstance(found, Rejected):
                failed = True
                sys.stderr.write(_complaint(found, Path(folder)) + "\n")
            elif as_json:
                sys.stdout.write(as_line(found) + "\n")
            else:
                _show(found, out)
    raise typer.Exit(1 if failed else 0)


def _path(name: str, folder: Path) -> Path:
    if name != "-":
        return Path(name)
    path = folder / "stdin.txt"
    path.write_bytes(sys.stdin.buffer.read())
    return path


def _complaint(rejected: Rejected, folder: Path) -> str:
    where = "standard input" if Path(rejected.path).parent == folder else rejected.path
    line = f", line {rejected.line}" if rejected.line is not None else ""
    return f"{where}{line}: {rejected.reason}".encode("utf-8", "replace").decode()


def as_line(article: Article) -> str:
    """`article` as one JSON object."""
    fields = asdict(article)
    fields["published"] = article.published.isoformat() if article.published else None
    order = ("id", "title", "text", "source", "author", "published", "url", "script", "repairs")
    return json.dumps({name: fields[name] for name in order}, ensure_ascii=False)


def _show(article: Article, out: Console) -> None:
    out.rule(Text(article.id, style="bold"))
    particulars = (
        ("source", article.source),
        ("author", article.author),
        ("published", article.published),
        ("script", {"hans": "Simplified", "hant": "Traditional"}[article.script]),
    )
    out.print(Text(" · ".join(f"{name}: {value}" for name, value in particulars if value), style="dim"))
    out.print()
    out.print(Text(article.text))
    out.print()
    if not article.repairs:
        out.print(Text("Nothing was repaired or removed.", style="dim"))
        return
    table = Table("repaired or removed", "times", "for example", box=None, pad_edge=False, header_style="bold")
    for repair in article.repairs:
        table.add_row(Text(repair.kind), Text(str(repair.count), justify="right"), Text(repair.example))
    out.print(table)


if __name__ == "__main__":
    app(prog_name="python -m corpus")
