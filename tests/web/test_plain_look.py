from __future__ import annotations

import pytest

from web.plain_look import theme_css
from web.site_records import Site

SITE = Site(name="a", key="pk_" + "a" * 26, secret_sha256="5" * 64)


def themed(theme: dict[str, str], dark: dict[str, str] | None = None) -> str:
    return theme_css(Site(name="a", key=SITE.key, secret_sha256=SITE.secret_sha256, theme=theme, theme_dark=dark or {}))


def test_a_site_without_colours_keeps_ours() -> None:
    assert theme_css(SITE) == ""


def test_the_colours_of_a_site_are_those_of_its_widget_for_light_and_dark_screens() -> None:
    css = themed({"accent": "#0b5cab", "radius": "8px"}, {"accent": "#9fd0ff"})
    assert css == (
        "@media (prefers-color-scheme: light) { :root { --wj-accent: #0b5cab; } }\n"
        "@media (prefers-color-scheme: dark) { :root { --wj-accent: #9fd0ff; } }\n"
    )


@pytest.mark.parametrize(
    "value", ["red", "#fff;} body{display:none", "url(http://evil.example/)", "#12345", "expression(1)"]
)
def test_what_is_no_colour_is_not_written(value: str) -> None:
    assert themed({"accent": value}) == ""
    assert themed({value: "#123456"}) == ""
