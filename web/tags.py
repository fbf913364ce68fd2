"""What the owner of a page is given: the tag, and what its Content-Security-Policy needs. Knows nothing of HTTP."""

from __future__ import annotations

from html import escape

from web.site_records import Site

_BROWSER_NAMES = {"zh-Hans": "zh-CN", "zh-Hant": "zh-TW", "en": "en"}


def tag(site: Site, own_origin: str) -> str:
    """The line that the pages of `site` hold; the server is at `own_origin`."""
    language = _BROWSER_NAMES[site.languages[0]]
    source = escape(f"{own_origin}/embed/v1/loader.js")
    return f'<script src="{source}" data-site-key="{escape(site.key)}" data-lang="{language}" defer></script>'


def host_policy(own_origin: str) -> str:
    """The directives of a host page: the widget needs a script and a connection, the page without scripts a frame."""
    return f"script-src {own_origin}; connect-src {own_origin}; frame-src {own_origin}"
