"""What a page embeds: the widget's two files, a page that is nothing but the widget, and a page to try it on.

There is no build. The parts of the component are joined as they are written, its stylesheet among them; only comment
lines, empty lines, indentation and the blanks of the stylesheet are left out on the way, a quarter of the size.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from rag.prompts import label
from rag.records import Language
from web.article_page import message_page
from web.problems import Refused
from web.screen import language_of, shown
from web.sites import LOCAL_KEY, Site, Sites

_FOLDER = Path(__file__).resolve().parent / "widget"
_PARTS = ("page.js", "chat.js", "panel.js", "exchange.js", "tools.js", "asking.js", "start.js")
_LATEST = "v1"
_KEPT_SECONDS = 300
_MARGIN = re.compile(r"^ *(?:(?://.*|/\*.*\*/)?\n)?", re.MULTILINE)
_BLANKS = re.compile(r"(?<=[{};:,]) +| +(?=\{)")
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none';"
    " form-action 'none'; require-trusted-types-for 'script'; trusted-types {policies}; frame-ancestors {ancestors}"
)
_LANGUAGES: dict[str, Language] = {"zh-Hans": "zh-Hans", "zh-Hant": "zh-Hant", "en": "en"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """A file that pages load."""

    content: bytes
    zipped: bytes
    kind: str

    @property
    def integrity(self) -> str:
        """What a page writes into `integrity` to be sure of this very content."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.content).digest()).decode()


@dataclass(frozen=True, kw_only=True, slots=True)
class Assets:
    """The files by their names."""

    version: str
    """Changes when one of them does."""
    by_name: dict[str, Asset]


@cache
def assets() -> Assets:
    """The files of the widget, read once."""
    contents = {
        "loader.js": (_script("loader.js"), "text/javascript"),
        "widget.js": (component(), "text/javascript"),
        "frame.css": (_script("frame.css"), "text/css"),
        "demo.css": (_script("demo.css"), "text/css"),
        "hostile.css": (_script("hostile.css"), "text/css"),
    }
    digest = hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()
    return Assets(
        version=digest[:12],
        by_name={
            name: Asset(content=text.encode(), zipped=gzip.compress(text.encode(), 9, mtime=0), kind=kind)
            for name, (text, kind) in contents.items()
        },
    )


def component() -> str:
    """`widget.js`: one script that knows no names of the page and gives it none but `Wenju`."""
    look, *parts = (_MARGIN.sub("", _script(name)) for name in ("look.css", *_PARTS))
    look = _BLANKS.sub("", look)
    return f'(function () {{\n"use strict";\nconst LOOK = `\n{look}`;\n{"".join(parts)}}})();\n'


def _script(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def add_widget(app: FastAPI, sites: Sites) -> None:
    """Adds the files and pages below `/embed` to `app`."""

    def add(path: str, handler: Callable[[Request], Response]) -> None:
        app.add_api_route(path, handler, methods=["GET", "HEAD"], include_in_schema=False)

    def frame(request: Request) -> Response:
        return _frame(request, sites)

    def demo(request: Request) -> Response:
        return _demo(request, sites)

    add("/embed/frame", frame)
    add("/embed/demo", demo)
    for name in ("loader.js", "widget.js", "frame.css", "demo.css", "hostile.css"):
        add(f"/embed/{{version}}/{name}", _asset)


def _asset(request: Request) -> Response:
    """The latest file for some minutes, or the one of a version for good."""
    found = assets()
    version, _, name = request.scope["path"].removeprefix("/embed/").partition("/")
    if version not in (_LATEST, found.version):
        raise Refused("not-found")
    asset = found.by_name[name]
    etag = f'"{found.version}"'
    headers = {
        "Content-Type": f"{asset.kind}; charset=utf-8",
        "Cache-Control": f"public, max-age={_KEPT_SECONDS}"
        if version == _LATEST
        else "public, max-age=31536000, immutable",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "ETag": etag,
        "Vary": "Accept-Encoding",
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.zipped, headers={**headers, "Content-Encoding": "gzip"})
    return Response(asset.content, headers=headers)


def _frame(request: Request, sites: Sites) -> Response:
    """A page that is nothing but the widget, for pages that take a frame of ours but no script."""
    site = sites.by_key(request.query_params.get("site_key", ""))
    language = _language(request, site)
    if site is None or site.revoked:
        return _message("plain_no_site" if site is None else "plain_revoked", language, 404 if site is None else 403)
    if site.secure:
        return _message("plain_enter", language, 403)
    plain = "/embed/plain?" + urlencode({"site_key": site.key, "lang": language})
    title = site.titles.get(language) or label("name", language)
    body = (
        '<main id="wenju">'
        f'<noscript><a href="{shown(plain)}">{shown(label("widget_plain", language))}</a></noscript></main>'
        f'<script src="v1/widget.js" data-site-key="{shown(site.key)}" data-lang="{language}" data-target="#wenju">'
        "</script>"
    )
    ancestors = " ".join(("'self'", *site.origins))
    return _page(title, body, language, style="frame.css", policies="'none'", ancestors=ancestors)


def _demo(request: Request, sites: Sites) -> Response:
    """A page of a made-up host, friendly or hostile, with the widget on it and the lines that put it there."""
    query = request.query_params
    site = sites.by_key(query.get("site_key", LOCAL_KEY))
    language = _language(request, site)
    if site is None or site.revoked:
        return _message("plain_no_site", language, 404)
    hostile = query.get("hostile") == "1"
    folder = f"{request.url.scheme}://{request.url.netloc}/embed"
    plain = (
        f'<noscript><a href="{{}}/plain?site_key={site.key}">{shown(label("widget_title", language))}</a></noscript>'
    )
    lines = f"{_tag(f'{folder}/{_LATEST}', site, language)}\n{plain.format(folder)}"
    other = "?" + urlencode({"site_key": site.key, "lang": language, "hostile": 0 if hostile else 1})
    other_words = label("demo_friendly" if hostile else "demo_hostile", language)
    body = (
        f"<header><p>{shown(label('name', language))}</p></header><main><h1>{shown(label('demo_title', language))}</h1>"
        f"<p>{shown(label('demo_means', language))}</p><h2>{shown(label('demo_lines', language))}</h2>"
        f'<pre tabindex="0">{shown(lines)}</pre><p><a href="{shown(other)}">{shown(other_words)}</a></p></main>'
        f"{_tag(_LATEST, site, language)}{plain.format('.')}"
    )
    style = "hostile.css" if hostile else "demo.css"
    return _page(label("demo_title", language), body, language, style=style, policies="wenju", ancestors="'none'")


def _tag(folder: str, site: Site, language: Language) -> str:
    data = f'data-site-key="{shown(site.key)}" data-lang="{language}"'
    return f'<script src="{shown(folder)}/loader.js" {data} defer></script>'


def _language(request: Request, site: Site | None) -> Language:
    wanted = _LANGUAGES.get(request.query_params.get("lang", ""))
    language = wanted or language_of(request.headers.get("accept-language"))
    return language if site is None or language in site.languages else site.languages[0]


def _message(name: str, language: Language, status: int) -> Response:
    page = message_page(label(name, language), label(f"{name}_means", language), language)
    return HTMLResponse(page, status_code=status)


def _page(title: str, body: str, language: Language, *, style: str, policies: str, ancestors: str) -> Response:
    markup = (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{shown(title)}</title>"
        f'<link rel="icon" href="look/favicon.png"><link rel="stylesheet" href="v1/{style}"></head>'
        f"<body>{body}</body></html>\n"
    )
    policy = _POLICY.format(policies=policies, ancestors=ancestors)
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache", "Vary": "Accept-Language"}
    return HTMLResponse(markup, headers=headers)
