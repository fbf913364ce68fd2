from __future__ import annotations

import re
from pathlib import Path

import pytest

from web.contrast import faults, ratio
from web.themes import DARK, LIGHT

LOOK = Path(__file__).resolve().parents[2] / "web" / "look" / "look.css"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#FFFFFF", 4.54),
        ("#0000ff", "#ffffff", 8.59),
        ("#ff0000", "#00ff00", 2.91),
    ],
)
def test_ratios_are_those_of_wcag(one: str, other: str, expected: float) -> None:
    assert ratio(one, other) == pytest.approx(expected, abs=0.005)
    assert ratio(other, one) == ratio(one, other)


def test_the_usual_colours_can_be_read_by_day_and_by_night() -> None:
    assert [*faults({}, LIGHT), *faults({}, DARK)] == []


def test_the_usual_colours_are_those_of_the_chat_page() -> None:
    blocks = [
        dict(re.findall(r"--wj-([a-z-]+): (#[0-9a-f]{6});", block))
        for block in LOOK.read_text().split("}")
        if "#" in block
    ]
    assert dict(LIGHT) in blocks
    assert dict(DARK) in blocks


def test_a_pale_accent_is_told_wherever_it_is_text() -> None:
    assert list(faults({"accent": "#66ccff"}, LIGHT)) == [
        "accent #66ccff on paper #fcfcfa has a contrast of 1.75; expected 4.5",
        "accent #66ccff on sheet #ffffff has a contrast of 1.8; expected 4.5",
        "on-accent #ffffff on accent #66ccff has a contrast of 1.8; expected 4.5",
    ]


def test_an_edge_may_be_paler_than_text() -> None:
    assert list(faults({"edge": "#8f8f8f"}, LIGHT)) == []
    assert len(list(faults({"edge": "#aaaaaa"}, LIGHT))) == 2


def test_a_ratio_that_is_just_too_low_is_not_rounded_up() -> None:
    (line,) = faults(
        {"on-accent": "#ffffff", "accent": "#777777", "paper": "#000000", "sheet": "#000000"} | READABLE, LIGHT
    )
    assert "4.47" in line


READABLE = {"ink": "#ffffff", "muted": "#ffffff", "warn": "#ffffff", "edge": "#ffffff", "mark": "#000000"}
