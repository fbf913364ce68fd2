"""A real server in a thread of the test, over an application of ours."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from rag.settings import Settings
from web.conversation import Assistant
from web.server import create_app


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
