"""Turns the text of a scraped page into the article on it, and reports every repair and every removal.

Each step undoes one kind of damage by rule and by plausibility; a text without damage comes back as it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from corpus.characters import without_control, without_entities, without_invisible
from corpus.furniture import taken_apart
from corpus.linebreaks import joined
from corpus.lostbytes import with_lost_bytes
from corpus.metadata import Metadata, of_opening, of_text
from corpus.mojibake import with_holes, with_replacement_holes, without_gbk_reading, without_latin_reading
from corpus.punctuation import without_strewn_commas
from corpus.readings import without_readings
from corpus.records import Repair
from corpus.tally import Tally

_STEPS = (
    without_entities,
    without_invisible,
    without_latin_reading,
    with_holes,
    without_gbk_reading,
    without_control,
    with_lost_bytes,
    without_readings,
    with_replacement_holes,
    without_strewn_commas,
)
_MOST_PASSES = 6
_TITLE_CHARS = 80
_PROSE_CHARS = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Cleaned:
    """What is left of a page, and what was done to it."""

    text: str
    """The title where the page has one, an empty line, then paragraphs with empty lines between them."""
    title: str | None
    source: str | None
    author: str | None
    published: date | None
    repairs: tuple[Repair, ...]


def clean(raw: str) -> Cleaned:
    """The article in `raw`. A text that needs no repair keeps every character."""
    tally = Tally()
    metadata = Metadata()
    text = raw
    for _ in range(_MOST_PASSES):
        after, said, repairs = _pass(text)
        tally.merge(repairs)
        metadata = metadata.or_else(said)
        if after == text:
            break
        text = after
    title, opening = _title_and_opening(text)
    known = metadata.or_else(of_opening(opening)).or_else(of_text(text))
    return Cleaned(
        text=text,
        title=title,
        source=known.source,
        author=known.author,
        published=known.published,
        repairs=tally.repairs(),
    )


def clean_text(raw: str) -> str:
    """The article in `raw`, its title in front where the page has one."""
    return clean(raw).text


def _pass(text: str) -> tuple[str, Metadata, tuple[Repair, ...]]:
    tally = Tally()
    for step in _STEPS:
        text, repairs = step(text)
        tally.merge(repairs)
    page = taken_apart(text)
    tally.merge(page.repairs)
    after, repairs = joined("\n".join(page.lines))
    tally.merge(repairs)
    if tally.repairs():
        after = _laid_out(after)
    return after, page.metadata, tally.repairs()


def _laid_out(text: str) -> str:
    """`text` with an empty line between paragraphs. Short lines that stood together, a poem or a table, still do."""
    out: list[str] = []
    apart = False
    for raw in text.split("\n"):
        line = raw.strip()
        if not line:
            apart = True
            continue
        if out and (apart or len(out) == 1 or len(line) >= _PROSE_CHARS or len(out[-1]) >= _PROSE_CHARS):
            out.append("")
        out.append(line)
        apart = False
    return "\n".join(out)


def _title_and_opening(text: str) -> tuple[str | None, str]:
    """The headline, if the text opens with one, and the first paragraph."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        return None, ""
    opening = next((line for line in lines if len(line) >= _PROSE_CHARS), lines[-1])
    first = lines[0]
    headline = (
        len(lines) > 1
        and len(first) <= _TITLE_CHARS
        and not re.search(r"[。；;，,：:]$|[。].", first)
        and any(len(line) > len(first) or re.search(r"[。！？]$", line) for line in lines[1:4])
    )
    if not headline:
        return None, opening
    body = next((line for line in lines[1:] if len(line) >= _PROSE_CHARS), lines[1])
    return re.sub(r"^#{1,6}\s+", "", first), body
