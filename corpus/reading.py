"""Reads files and folders into clean articles. What holds no article is reported and never stops the rest.

Knows which ending means what; the formats themselves are in `corpus.webpages`, `corpus.documents` and `corpus.sets`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from corpus.characters import line_shown
from corpus.cleaning import clean
from corpus.decoding import decoded
from corpus.documents import docx_text, markdown_text, pdf_text
from corpus.errors import UnreadableArticle
from corpus.metadata import date_in, normal
from corpus.records import Article, Rejected
from corpus.script import script_of
from corpus.sets import BadLine, Line, set_lines
from corpus.webpages import declared_encoding, html_page

MAX_BYTES = 20_000_000
ARTICLES = (".txt", ".md", ".html", ".htm", ".pdf", ".docx")
SETS = (".jsonl", ".csv")
_ADDRESS = re.compile(r"https?://\S+$")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Given:
    """What is known of an article besides its text."""

    title: str | None = None
    source: str | None = None
    author: str | None = None
    published: date | None = None
    url: str | None = None


def read_articles(*paths: Path) -> Iterator[Article | Rejected]:
    """The articles of files, folders and sets of articles, in the order of their names, and what was rejected.

    A folder is read with all folders in it; links that lead out of it are rejected. Ids occur once.
    """
    first_seen: dict[str, str] = {}
    for path in paths:
        for found in _read(path):
            if isinstance(found, Rejected):
                yield found
                continue
            article, where, line = found
            if article.id in first_seen:
                yield Rejected(where, line, f"the id {article.id} is taken by {first_seen[article.id]}")
                continue
            first_seen[article.id] = where if line is None else f"{where}, line {line}"
            yield article


def read_article(path: Path) -> Article:
    """The article in a file. Raises `UnreadableArticle`, with a reason of a few words, if it holds none."""
    kind = path.suffix.lower()
    try:
        if not path.is_file():
            raise UnreadableArticle("no such file" if not path.exists() else "not a file")
        if kind not in ARTICLES:
            raise UnreadableArticle(f"not one of {' '.join((*ARTICLES, *SETS))}")
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableArticle("larger than 20 MB")
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableArticle(f"unreadable: {error.strerror or error}") from error
    if not data.strip():
        raise UnreadableArticle("empty")
    raw, given = _text_of(kind, data)
    return _article(path.stem, raw, given)


def _text_of(kind: str, data: bytes) -> tuple[str, _Given]:
    match kind:
        case ".pdf":
            return pdf_text(data), _Given()
        case ".docx":
            return docx_text(data), _Given()
        case ".md":
            text, front = markdown_text(decoded(data))
            return text, _Given(
                title=front.get("title"),
                source=front.get("source"),
                author=front.get("author"),
                published=date_in(normal(front.get("date", ""))),
                url=front.get("url"),
            )
        case ".html" | ".htm":
            page = html_page(decoded(data, declared_encoding(data)))
            dates = (page.names.get(name, "") for name in _DATE_NAMES)
            return page.text, _Given(
                title=page.heading,
                source=page.names.get("contentsource") or page.names.get("source"),
                author=page.names.get("author") if "articletitle" not in page.names else None,
                published=next((day for text in dates if (day := date_in(normal(text)))), None),
                url=page.url,
            )
        case _:
            return decoded(data), _Given()


_DATE_NAMES = (
    "pubdate",
    "publishdate",
    "article:published_time",
    "datepublished",
    "publish_date",
    "date",
    "weibo: article:create_at",
)


def _article(article_id: str, raw: str, given: _Given) -> Article:
    cleaned = clean(raw)
    title = line_shown(given.title or "") or cleaned.title
    text = _under_title(cleaned.text, title) if title else cleaned.text
    if not text.strip():
        raise UnreadableArticle("no text left after cleaning" if raw.strip() else "empty")
    return Article(
        id=article_id,
        title=title or None,
        text=text,
        source=line_shown(given.source or "") or cleaned.source,
        author=line_shown(given.author or "") or cleaned.author,
        published=given.published or cleaned.published,
        url=given.url,
        script=script_of(text),
        repairs=cleaned.repairs,
    )


def _under_title(text: str, title: str) -> str:
    """`text` with `title` as its first line; what stood above the title on the page is dropped."""
    lines = text.split("\n")
    if lines[0].strip() == title:
        return text
    near = next((i for i, line in enumerate(lines[:12]) if " ".join(line.split()) == title), None)
    rest = lines if near is None else lines[near + 1 :]
    return f"{title}\n\n" + "\n".join(rest).lstrip("\n")


_Found = tuple[Article, str, int | None]


def _read(path: Path) -> Iterator[_Found | Rejected]:
    if not path.is_dir():
        yield from _read_file(path)
        return
    for file in _files(path):
        if isinstance(file, Rejected):
            yield file
        else:
            yield from _read_file(file)


def _files(folder: Path) -> Iterator[Path | Rejected]:
    """The files in `folder` and the folders in it, in order. Hidden ones are passed over."""
    home = folder.resolve()
    unreadable: list[Rejected] = []

    def note(error: OSError) -> None:
        unreadable.append(Rejected(str(error.filename), None, f"unreadable: {error.strerror}"))

    for place, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            file = Path(place, name)
            if file.is_symlink() and not file.resolve().is_relative_to(home):
                yield Rejected(str(file), None, "a link that leads out of the folder")
            else:
                yield file
    yield from unreadable


def _read_file(path: Path) -> Iterator[_Found | Rejected]:
    try:
        if path.suffix.lower() in SETS:
            for line in set_lines(path):
                yield _read_line(path, line)
        else:
            yield read_article(path), str(path), None
    except UnreadableArticle as error:
        yield Rejected(str(path), None, str(error))


def _read_line(path: Path, line: Line | BadLine) -> _Found | Rejected:
    if isinstance(line, BadLine):
        return Rejected(str(path), line.number, line.reason)
    # Many sets give the address of a page as its source; an address names no publisher.
    address = line.source if line.source and _ADDRESS.match(line.source) else None
    given = _Given(
        title=line.title,
        source=None if address else line.source,
        author=line.author,
        published=date_in(normal(line.date)),
        url=line.url or address,
    )
    try:
        return _article(line.id or f"{path.stem}-{line.number}", line.text, given), str(path), line.number
    except UnreadableArticle as error:
        return Rejected(str(path), line.number, str(error))
