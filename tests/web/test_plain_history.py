from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.records import Turn
from web.plain_history import CHARS, SECONDS, opened, remembered, sealed
from web.site_records import Site

SITE = Site(name="a", key="pk_" + "a" * 26, secret_sha256="5" * 64)
NOW = 1_800_000_000.0
SAID = (Turn(role="user", content="联盟是做什么的？"), Turn(role="assistant", content="推动信息披露。[1]"))


def test_what_was_said_comes_back_from_the_field() -> None:
    assert opened(sealed(SAID, SITE, now=NOW), SITE, now=NOW + SECONDS - 1) == SAID
    assert sealed((), SITE, now=NOW) == ""
    assert opened("", SITE, now=NOW) == ()


@pytest.mark.parametrize(
    "other",
    [replace(SITE, key="pk_" + "b" * 26), replace(SITE, secret_sha256="6" * 64)],
    ids=["key", "secret"],
)
def test_a_field_of_another_site_says_nothing(other: Site) -> None:
    assert opened(sealed(SAID, SITE, now=NOW), other, now=NOW) == ()


def test_an_old_field_says_nothing() -> None:
    assert opened(sealed(SAID, SITE, now=NOW), SITE, now=NOW + SECONDS) == ()


def test_no_letter_of_the_field_can_be_changed() -> None:
    field = sealed(SAID, SITE, now=NOW)
    for place in range(len(field)):
        for letter in {"A", "9", "."} - {field[place]}:
            assert opened(field[:place] + letter + field[place + 1 :], SITE, now=NOW) == ()


@given(st.text(max_size=60))
def test_any_other_text_says_nothing(text: str) -> None:
    assert opened(text, SITE, now=NOW) == ()


@given(st.lists(st.tuples(st.text(max_size=900), st.text(max_size=3000)), max_size=6))
def test_it_never_grows_beyond_its_limits_and_keeps_the_newest(exchanges: list[tuple[str, str]]) -> None:
    turns: tuple[Turn, ...] = ()
    for question, answer in exchanges:
        turns = remembered(turns, question, answer)
        assert len(turns) <= 6
        assert len(turns) % 2 == 0
        assert sum(len(turn.content) for turn in turns) <= CHARS
        assert turns[-2].content == question
        assert answer.startswith(turns[-1].content)
        assert len(sealed(turns, SITE, now=NOW)) < 17_000


def test_a_long_answer_loses_its_end_and_not_the_question() -> None:
    turns = remembered(SAID, "问" * 300, "答" * 5000)
    assert [len(turn.content) for turn in turns] == [300, 1700]
