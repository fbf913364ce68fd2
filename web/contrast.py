"""Whether the colours of a site can be read: the ratios of WCAG 2. Knows nothing of sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

TEXT = 4.5
"""The least ratio of text to what is behind it (1.4.3)."""
EDGE = 3.0
"""The least ratio of the edge of a control to what is beside it (1.4.11)."""

_PAIRS = (
    ("ink", "paper", TEXT),
    ("ink", "sheet", TEXT),
    ("ink", "mark", TEXT),
    ("muted", "paper", TEXT),
    ("muted", "sheet", TEXT),
    ("accent", "paper", TEXT),
    ("accent", "sheet", TEXT),
    ("on-accent", "accent", TEXT),
    ("warn", "paper", TEXT),
    ("warn", "sheet", TEXT),
    ("edge", "paper", EDGE),
    ("edge", "sheet", EDGE),
)


def ratio(one: str, other: str) -> float:
    """The contrast of two colours `#rrggbb`, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def faults(theme: Mapping[str, str], usual: Mapping[str, str]) -> Iterator[str]:
    """A line for each pair of colours that is too close, where `theme` is laid over the `usual` colours."""
    colours = {**usual, **theme}
    for front, back, least in _PAIRS:
        found = ratio(colours[front], colours[back])
        if found < least:
            shown = int(found * 100) / 100  # 4.499 is not shown as 4.5
            yield f"{front} {colours[front]} on {back} {colours[back]} has a contrast of {shown}; expected {least}"
