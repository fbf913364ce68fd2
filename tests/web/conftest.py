"""A real server over a fake assistant, for tests that speak HTTP or drive a browser.

`address` is the whole application with the chat page; `embedded` (see `three_sites`) has invited sites and no chat
page.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from fake_assistant import FakeAssistant
from fastapi import FastAPI

from rag.settings import Settings
from web.conversation import Assistant
from web.server import create_app

if TYPE_CHECKING:
    from three_sites import Embedded


@contextmanager
def serving(app: FastAPI, listener: socket.socket | None = None) -> Iterator[str]:
    """The address of `app`, served from a thread, on `listener` where its port must be known before."""
    config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1, proxy_headers=False)
    server = uvicorn.Server(config)
    with listener or socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        assert server.started
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def app_over(assistant: Assistant, settings: Settings) -> FastAPI:
    """The application, made inside an event loop: outside of one Gradio opens loops that it never closes.

    In a thread, because Playwright has a loop of its own in this one.
    """

    async def made() -> FastAPI:
        return create_app(assistant, settings)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(made())).result()


@pytest.fixture(scope="session")
def settings_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Settings]:
    """Settings whose files are in a folder of their own."""

    def made() -> Settings:
        folder: Path = tmp_path_factory.mktemp("wenju")
        return Settings(_env_file=None, index=folder / "index", sites=folder / "sites.toml")  # type: ignore[call-arg]

    return made


@pytest.fixture(scope="session")
def fake_assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture(scope="session")
def address(fake_assistant: FakeAssistant, settings_in: Callable[[], Settings]) -> Iterator[str]:
    """Where `fake_assistant` is served, without a pause between its pieces."""
    with serving(app_over(fake_assistant, settings_in())) as address:
        yield address


@pytest.fixture(scope="session")
def embedded(fake_assistant: FakeAssistant, settings_in: Callable[[], Settings]) -> Iterator[Embedded]:
    """Where `fake_assistant` is served to three invited sites."""
    from three_sites import serving_sites

    with serving_sites(fake_assistant, settings_in()) as embedded:
        yield embedded
