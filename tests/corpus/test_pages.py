"""Pages as news and government sites build them come out as their article and nothing else.

The pages in `pages/` were written for these tests: invented news under invented furniture. Their first lines, up to
the empty one, say what a reader takes from the page. Below, a line that begins with `-` stands around the article and
must go; one that begins with `|` belongs to it, but for what stands in ⟦ ⟧.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from corpus.cleaning import clean


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    name: str
    raw: str
    article: tuple[str, ...]
    known: dict[str, str]


def page(path: Path) -> Page:
    head, _, body = path.read_text("utf-8").strip("\n").partition("\n\n")
    lines = body.split("\n")
    kept = (re.sub("⟦.*?⟧", "", line[1:]).strip() for line in lines if line.startswith("|"))
    return Page(
        name=path.stem,
        raw="\n".join(line[1:].replace("⟦", "").replace("⟧", "") for line in lines),
        article=tuple(line for line in kept if line),
        known=dict(line.split(": ", 1) for line in head.split("\n")),
    )


PAGES = [page(path) for path in sorted((Path(__file__).parent / "pages").glob("*.txt"))]
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("\n") if line.strip())


@pages
def test_the_article_is_left_and_nothing_else(page: Page):
    assert lines(clean(page.raw).text) == page.article


@pages
def test_what_the_page_says_of_itself_is_known_and_nothing_is_guessed(page: Page):
    cleaned = clean(page.raw)
    found = {"title": cleaned.title, "source": cleaned.source, "author": cleaned.author}
    found["published"] = cleaned.published.isoformat() if cleaned.published else None
    assert {name: value for name, value in found.items() if value} == page.known


@pages
def test_a_clean_page_stays_as_it_is(page: Page):
    once = clean(page.raw).text
    assert clean(once).text == once
