"""The twelve properties that a site may give the widget, and what may stand in them. Knows nothing of sites.

No value can end a CSS declaration or fetch anything: colours are `#rrggbb`, the radius is a number of pixels, fonts are
plain names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

COLOURS = ("accent", "on-accent", "paper", "sheet", "ink", "muted", "rule", "edge", "mark", "warn")
PROPERTIES = (*COLOURS, "radius", "font")
"""In the widget they are the custom properties `--wenju-NAME`."""

LIGHT: Mapping[str, str] = {
    "accent": "#1a5785",
    "on-accent": "#ffffff",
    "paper": "#fcfcfa",
    "sheet": "#ffffff",
    "ink": "#20242a",
    "muted": "#59616b",
    "rule": "#dcddd8",
    "edge": "#868d95",
    "mark": "#fdeeb5",
    "warn": "#8a4b08",
}
"""The colours of a property that a site leaves out."""
DARK: Mapping[str, str] = {
    "accent": "#8dbfe6",
    "on-accent": "#10222f",
    "paper": "#17191c",
    "sheet": "#1e2125",
    "ink": "#e4e4e0",
    "muted": "#a5abb3",
    "rule": "#353a40",
    "edge": "#7d858e",
    "mark": "#574a17",
    "warn": "#e5b070",
}

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)
_RADIUS = re.compile(r"(?:[0-9]|1[0-9]|2[0-4])px", re.ASCII)
_FAMILY = r"[A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff-]+(?: [A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff-]+)*"
_FONT = re.compile(rf"""(?:{_FAMILY}|"{_FAMILY}"|'{_FAMILY}')(?:, ?(?:{_FAMILY}|"{_FAMILY}"|'{_FAMILY}'))*""")


def fault(name: str, value: str) -> str | None:
    """What is expected of the property `name` instead of `value`, or None if it can be used."""
    if name not in PROPERTIES:
        return f"unknown; expected one of {', '.join(PROPERTIES)}"
    if name == "radius":
        return None if _RADIUS.fullmatch(value) else "expected 0px to 24px"
    if name == "font":
        usable = len(value) <= 200 and _FONT.fullmatch(value)
        return None if usable else 'expected names of fonts with commas between, such as "Noto Sans SC", sans-serif'
    return colour_fault(name, value)


def colour_fault(name: str, value: str) -> str | None:
    """What is expected of the colour `name` instead of `value`, or None if it can be used."""
    if name not in COLOURS:
        return f"expected colours only: {', '.join(COLOURS)}"
    return None if _COLOUR.fullmatch(value) else "expected a colour such as #1a5785"
