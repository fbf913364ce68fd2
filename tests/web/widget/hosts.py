"""Pages of an imaginary government site on an origin of their own, and a browser that keeps a record of what they do.

The fixtures are imported by the tests that use them; each module starts one browser.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fake_assistant import FakeAssistant
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from served import serving
from three_sites import A, Embedded, Invited, invite, serving_sites

from rag.settings import Settings
from tests.browser import chromium

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
QUESTION = "联盟是做什么的？"
WATCH = """
window.broken = [];
addEventListener("securitypolicyviolation", (event) => broken.push(event.violatedDirective + " " + event.blockedURI));
"""


@dataclass(frozen=True, slots=True)
class Host:
    """A web server whose pages are put there by the tests."""

    address: str
    pages: dict[str, tuple[str, Mapping[str, str]]]
    tokens: list[str] = field(default_factory=list)
    """What `/wenju-token` hands out, the last one again and again."""

    def page(self, body: str, headers: Mapping[str, str] | None = None, *, lang: str = "zh-CN", head: str = "") -> str:
        """The address of a page with this body."""
        path = f"/{len(self.pages)}"
        self.pages[path] = (
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>示例市人民政府</title>'
            f'<meta name="viewport" content="width=device-width">{head}</head><body>{body}</body></html>',
            headers or {},
        )
        return self.address + path


@dataclass(frozen=True, slots=True)
class Scene:
    """A host, a server of ours, and what a browser did between them."""

    host: Host
    api: Embedded
    context: BrowserContext
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def tag(self, site: Invited = A, file: str = "loader.js", **attributes: str) -> str:
        """The line that puts the widget into a page; `theme_accent` becomes `data-theme-accent`."""
        set_ = {"site_key": site.key, **attributes}
        data = "".join(f' data-{name.replace("_", "-")}="{value}"' for name, value in set_.items())
        return f'<script src="{self.api.address}/embed/v1/{file}"{data} defer></script>'

    def tab(self, size: tuple[int, int] = (1280, 800)) -> Page:
        """A new empty tab, of which a record is kept."""
        page = self.context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def open(self, url: str, size: tuple[int, int] = (1280, 800)) -> Page:
        """The page at `url` in a new tab."""
        page = self.tab(size)
        page.goto(url)
        return page

    def end(self) -> None:
        """Closes the tabs; fails if a request left the two servers, or a page complained of anything."""
        policies = [page.evaluate("window.broken") for page in self.context.pages]
        for page in self.context.pages:
            page.close()
        assert [found for found in policies if found] == []
        assert self.complaints == []
        ours = {urlsplit(address).netloc for address in (self.host.address, self.api.address)}
        assert {urlsplit(url).netloc for url in self.requested if not url.startswith("data:")} <= ours

    def visit(self, body: str | None = None, size: tuple[int, int] = (1280, 800), **attributes: str) -> Page:
        """A plain page of the host with the widget on it."""
        lang = attributes.get("lang", "zh-CN")
        body = body or '<main><h1>办事指南</h1><p>正文。<a href="#x">链接</a></p></main>'
        return self.open(self.host.page(body + self.tag(**attributes), lang=lang), size)


def launcher(page: Page) -> Locator:
    return page.locator("button[aria-haspopup=dialog]").first


def opened(page: Page) -> Page:
    """`page` after the dialog has opened and its words have come."""
    launcher(page).click()
    page.locator("#box").first.wait_for()
    return page


def ask(page: Page, question: str = QUESTION) -> None:
    """Types a question and waits for the end of the answer."""
    page.locator("#box").fill(question)
    page.locator("#box").press("Enter")
    page.locator(".exchange").last.locator(".made, .standing:not([hidden])").first.wait_for()


def violations(page: Page) -> list[str]:
    if not page.evaluate("!!window.axe"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run({{runOnly: {json.dumps(RULES)}}})")["violations"]
    return [f"{v['id']}: {[node['target'] for node in v['nodes']]}" for v in found]


def host_app(pages: Mapping[str, tuple[str, Mapping[str, str]]], tokens: list[str]) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.get("/wenju-token")
    def token() -> Response:
        given = tokens.pop(0) if len(tokens) > 1 else tokens[0]
        return Response(json.dumps({"token": given, "expires_in": 900}), media_type="application/json")

    @app.get("/{path:path}")
    def page(path: str, request: Request) -> Response:
        if f"/{path}" not in pages:
            return Response(status_code=204)
        body, headers = pages[f"/{path}"]
        return HTMLResponse(body, headers=dict(headers))

    return app


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    pages: dict[str, tuple[str, Mapping[str, str]]] = {}
    tokens: list[str] = []
    with serving(host_app(pages, tokens)) as address:
        yield Host(address, pages, tokens)


@pytest.fixture(scope="module")
def api(fake_assistant: FakeAssistant, settings_in: Callable[[], Settings], host: Host) -> Iterator[Embedded]:
    """Our server, to which the pages of `host` are invited."""
    with serving_sites(fake_assistant, settings_in(), host.address) as embedded:
        yield embedded


@pytest.fixture(scope="module")
def context_of(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser profiles, of which there is one for each set of options: they take long to start."""
    known: dict[str, BrowserContext] = {}

    def context(**options: object) -> BrowserContext:
        name = repr(sorted(options.items()))
        if name not in known:
            given = {"locale": "zh-CN", "reduced_motion": "reduce", **options}
            known[name] = browser.new_context(**given)  # type: ignore[arg-type]
            known[name].add_init_script(WATCH)
        return known[name]

    yield context
    for one in known.values():
        one.close()


@pytest.fixture
def scene_of(context_of: Callable[..., BrowserContext], host: Host, api: Embedded) -> Iterator[Callable[..., Scene]]:
    """Makes scenes. Fails the test if a request left the two servers, or a page complained of anything."""
    made: list[Scene] = []

    def scene(api: Embedded = api, **options: object) -> Scene:
        new = Scene(host, api, context_of(**options))
        made.append(new)
        return new

    yield scene
    for one in made:
        one.end()


@pytest.fixture
def scene(scene_of: Callable[..., Scene]) -> Scene:
    return scene_of()


__all__ = [
    "AXE",
    "QUESTION",
    "Host",
    "Scene",
    "api",
    "ask",
    "browser",
    "context_of",
    "host",
    "invite",
    "launcher",
    "opened",
    "scene",
    "scene_of",
    "violations",
]


def keep_paper(page: Page) -> None:
    """Lets nothing be printed: a browser without a window does so at once, and then the widget takes the paper away."""
    page.evaluate("Object.defineProperty(HTMLIFrameElement.prototype, 'contentWindow', {get: () => ({print() {}})})")
