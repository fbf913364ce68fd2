"""Every page of `pages.py` comes out as its article and nothing else."""

from __future__ import annotations

import pytest

from corpus.cleaning import clean
from tests.corpus.pages import PAGES, Page

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
