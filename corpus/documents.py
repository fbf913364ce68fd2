"""The text of PDF, DOCX and Markdown files. Knows nothing of what a line means."""

from __future__ import annotations

import io
import logging
import re
import zipfile

import docx
import pypdf
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.hyperlink import Hyperlink
from docx.text.paragraph import Paragraph
from pypdf.errors import PyPdfError

from corpus.errors import UnreadableArticle

_MAX_UNPACKED = 200_000_000
_MAX_PAGES = 3000
_PAGE_NUMBER = re.compile(r"\s*(?:[-—–－·]*\s*\d{1,4}\s*[-—–－·]*|第\s*\d+\s*[页頁].{0,12}|\d+\s*/\s*\d+)\s*")
_MARKDOWN = (
    (re.compile(r"<!--.*?(?:-->|\Z)", re.S), ""),
    (
        re.compile(
            r"<(\w+)\b[^<>]*(?:\shidden\b|display\s*:\s*none|visibility\s*:\s*hidden)[^<>]*>.*?(?:</\1\s*>|\Z)", re.S
        ),
        "",
    ),
    (re.compile(r"^ {0,3}\[[^\]\n]+\]:[ \t]+\S[^\n]*\n?", re.M), ""),
    (re.compile(r"^(#{1,6})[ \t]+(.*?)[ \t]*#*$", re.M), r"\2"),
    (re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)"), ""),
    (re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)([^\n]*?\S)\1"), r"\2"),
    (re.compile(r"^[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*(?:\|[ \t]*:?-{3,}:?[ \t]*)+\|?[ \t]*\n", re.M), ""),
    (re.compile(r"^[ \t]*\|(.*)\|[ \t]*$", re.M), r"\1"),
)
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.S)


def pdf_text(data: bytes) -> str:
    """The text of a PDF, page after page, without page numbers. Raises `UnreadableArticle` if it has none."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableArticle("encrypted PDF")
        pages = [reader.pages[i].extract_text() for i in range(min(len(reader.pages), _MAX_PAGES))]
    # pypdf raises whatever its parser stumbles over in a broken file, besides its own errors.
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        RecursionError,
        OSError,
        AssertionError,
    ) as error:
        raise UnreadableArticle("broken PDF") from error
    text = "\n".join(map(_without_page_numbers, pages))
    if not text.strip():
        raise UnreadableArticle("PDF without text, perhaps scanned")
    return text


def _without_page_numbers(page: str) -> str:
    lines = page.strip().split("\n")
    for edge in (0, -1):
        if lines and _PAGE_NUMBER.fullmatch(lines[edge]):
            lines.pop(edge)
    return "\n".join(lines)


def docx_text(data: bytes) -> str:
    """The paragraphs, lists and tables of a DOCX file. Raises `UnreadableArticle` if it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MAX_UNPACKED:
                raise UnreadableArticle("unpacks to more than 200 MB")
        document = docx.Document(io.BytesIO(data))
        parts = [
            _table(part) if isinstance(part, Table) else _paragraph(_shown(part), part.style.name if part.style else "")
            for part in document.iter_inner_content()
        ]
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError, OSError, NotImplementedError) as error:
        raise UnreadableArticle("broken DOCX") from error
    return "\n\n".join(part for part in parts if part.strip())


def _paragraph(text: str, style: str | None) -> str:
    return f"• {text}" if text.strip() and (style or "").startswith("List Bullet") else text


def _shown(paragraph: Paragraph) -> str:
    """The text of a paragraph without its hidden runs."""
    inside = ((part.runs if isinstance(part, Hyperlink) else [part]) for part in paragraph.iter_inner_content())
    return "".join(run.text for runs in inside for run in runs if not run.font.hidden)


def _table(table: Table) -> str:
    cells = ((" ".join(map(_shown, cell.paragraphs)) for cell in row.cells) for row in table.rows)
    return "\n".join(" | ".join(" ".join(cell.split()) for cell in row) for row in cells)


def markdown_text(markup: str) -> tuple[str, dict[str, str]]:
    """The text of a Markdown file without its marks, and what its front matter says."""
    front: dict[str, str] = {}
    if match := _FRONT.match(markup):
        pairs = (line.partition(":") for line in match[1].split("\n"))
        front = {key.strip().lower(): value.strip().strip("\"'") for key, colon, value in pairs if colon}
        markup = markup[match.end() :]
    for pattern, put in _MARKDOWN:
        markup = pattern.sub(put, markup)
    return markup, front
