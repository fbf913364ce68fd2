"""The web process: opens the assistant, serves the chat. `python app.py --help`"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from rag.errors import AssistantError

if TYPE_CHECKING:
    from fastapi import FastAPI

    import rag.assistant
    from eval.running import System
    from rag.settings import Settings
    from web.evaluation import Evaluations
    from web.opening import OpeningAssistant

_SECONDS_TO_FINISH = 5
"""How long running answers may take to end when the server is told to stop."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=1, max=65535)] = None,
    index: Annotated[Path | None, typer.Option(help="Folder of the index.")] = None,
) -> None:
    """Serve the chat page. An index that is missing or older than its articles is built first."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("wenju.requests").setLevel(logging.INFO)
    try:
        from rag.settings import load_settings

        settings = load_settings(host=host, port=port, index=index)
        with listen(settings.host, settings.port) as listener:
            run(build(settings), listener, settings)
    except AssistantError as error:
        typer.echo(f"wenju: {error}", err=True)
        raise typer.Exit(1) from None


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to `host` and `port`. Raises `AssistantError` where that is not possible."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(128)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            line = f"{host}:{port} is in use. Choose another port, such as --port {port % 65535 + 1}."
        else:
            line = f"{host}:{port} cannot be used ({error.strerror}). Choose another --host or --port."
        raise AssistantError(line) from None
    return listener


def build(settings: Settings) -> FastAPI:
    """The application. What keeps the assistant from answering is logged and told on the page; the server starts."""
    from web.conversation import Assistant
    from web.opening import OpeningAssistant
    from web.server import create_app

    def opened() -> Assistant:
        from rag.assistant import open_assistant
        from rag.ingest import build_index_if_stale

        build_index_if_stale(settings)
        # A rush is answered sooner without the reader than late with it.
        return open_assistant(settings, readings_at_once=os.cpu_count() or 1)

    assistant = OpeningAssistant(opened, settings.chat_model or "quote")
    try:
        assistant.check()
    except AssistantError as error:
        typer.echo(f"wenju: {error}", err=True)
    evaluations = _desk(assistant, settings) if settings.evaluation_password else None
    return create_app(assistant, settings, evaluations)


def _desk(assistant: OpeningAssistant, settings: Settings) -> Evaluations:
    """Who evaluates for the page of batch evaluation, with the assistant that answers the readers."""
    from eval.desk import Desk
    from eval.systems.ours import ours

    def system() -> System:
        return ours(cast("rag.assistant.Assistant", assistant.opened()), settings)

    folder = settings.index.parent / "evaluations"
    return Desk(folder, settings, system, lambda: assistant.is_writing)


def run(app: FastAPI, listener: socket.socket, settings: Settings) -> None:
    """Serves `app` until the process is interrupted or told to end; running answers get a few seconds to finish."""
    import uvicorn

    config = uvicorn.Config(
        app,
        log_level="warning",
        timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        server_header=False,
        date_header=True,
        proxy_headers=False,  # uvicorn believes whatever comes from this machine; `web.clients` knows the proxies
    )
    shown = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    typer.echo(f"问据 Wenju: http://{f'[{shown}]' if ':' in shown else shown}:{settings.port}  (Ctrl-C to stop)")
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    typer.run(serve)
