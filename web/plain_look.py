"""The colours of a site as a stylesheet for its pages without script, which may hold no style of their own. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from web.site_records import Site
from web.themes import COLOURS, fault


def theme_css(site: Site) -> str:
    """The custom properties that `site` sets, for light and for dark screens; empty where it sets none."""
    light = _properties(site.theme)
    dark = _properties({name: value for name, value in site.theme_dark.items() if name in COLOURS})
    blocks = (("light", light), ("dark", dark))
    return "".join(
        f"@media (prefers-color-scheme: {scheme}) {{ :root {{ {css} }} }}\n" for scheme, css in blocks if css
    )


def _properties(theme: Mapping[str, str]) -> str:
    # What the file may not hold is not written even if it should get here: a value could end the declaration.
    usable = {name: value for name, value in theme.items() if fault(name, value) is None and name in COLOURS}
    return " ".join(f"--wj-{name}: {value};" for name, value in usable.items())
