"""Windows of a browser in which nothing may leave this machine and nothing may be complained about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page


@contextmanager
def watched(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens addresses, each in a window of its own, which `changes` make other than usual.

    Fails at the end if a page asked for anything from another machine, or if its policy forbade something.
    """
    contexts: list[BrowserContext] = []
    requested: list[str] = []
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # The status of a page that tells of an error is an error to the console too.
        if message.type == "error" and "the server responded with" not in message.text:
            complaints.append(message.text)

    def opened(address: str, size: tuple[int, int], *, scripts: bool, **changes: Any) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripts, **changes
        )
        contexts.append(context)
        context.on("request", lambda request: requested.append(request.url))
        context.on("console", heard)
        page = context.new_page()
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert {urlsplit(url).hostname for url in requested} == {"127.0.0.1"}, requested
    assert complaints == [], complaints
