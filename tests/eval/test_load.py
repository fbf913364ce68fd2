"""Load on small servers that behave and misbehave: a measurement that cannot fail would measure nothing."""

from __future__ import annotations

import asyncio
import itertools
import textwrap
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval.__main__ import app as command_line
from eval.errors import EvaluationError
from eval.load import Measured, Size, measured, processor_seconds
from eval.slow_model import slow_model
from eval.streams import Door, asked, quantile

pytestmark = pytest.mark.alone

SMALL = Size(at_once=3, seconds=0.3, held=5, leaving=4, settle_seconds=4)

# Tells `meta` at once, asks the model where there is one, and tells `done`; leaves the model when its reader leaves.
SERVER = r"""
    import asyncio, json, os, sys
    from urllib.parse import urlsplit

    MODEL, PORT = os.environ["WENJU_CHAT_BASE_URL"], int(sys.argv[sys.argv.index("--port") + 1])
    PROMPT = '<passage number="1">\ntitle\nAll of the text of this passage。\n</passage>'
    KEPT = []

    async def model(sent):
        if not MODEL:
            return
        reader, writer = await asyncio.open_connection(urlsplit(MODEL).hostname, urlsplit(MODEL).port)
        try:
            body = json.dumps({"messages": [{"content": PROMPT}]}).encode()
            writer.write(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await reader.read()
        finally:
            writer.close()

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        if b"/readyz" not in head:
            DEED
            writer.write(b"event: meta\ndata: {}\n\n")
            answer = asyncio.ensure_future(model(head))
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            gone = asyncio.ensure_future(reader.read())
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            answer.cancel()
            gone.cancel()
            writer.write(b"event: done\ndata: {}\n\n")
        writer.close()

    async def main():
        async with await asyncio.start_server(serve, "127.0.0.1", PORT) as server:
            await server.serve_forever()

    asyncio.run(main())
"""


def program(folder: Path, deed: str = "pass") -> Path:
    """The server, which does `deed` at every question."""
    path = folder / "server.py"
    path.write_text(textwrap.dedent(SERVER).replace("DEED", deed), encoding="utf-8")
    return path


def by_name(figures: list[Measured], part: str) -> Measured:
    (found,) = [figure for figure in figures if part in figure.name]
    return found


def test_a_server_that_gives_everything_back_leaks_nothing(tmp_path: Path) -> None:
    figures = measured(SMALL, app=program(tmp_path))
    # How long it takes is not for a test to say that may run beside anything.
    assert [figure.name for figure in figures if not figure.unit and not figure.holds] == []
    assert by_name(figures, "no model: answers").value > 3
    assert by_name(figures, "no model: first event, p95").value > 0
    assert by_name(figures, "until the model is left").value > 0


def test_descriptors_that_are_not_given_back_are_seen(tmp_path: Path) -> None:
    figures = measured(SMALL, app=program(tmp_path, "KEPT.append(os.dup(0))"))
    assert by_name(figures, "leaked descriptors").value >= SMALL.leaving
    assert not by_name(figures, "leaked descriptors").holds


def test_a_server_that_does_not_answer_in_events_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="ended a stream too early"):
        measured(SMALL, app=program(tmp_path, "writer.close(); return"))


def test_the_model_is_silent_as_long_as_it_is_told_and_knows_who_left() -> None:
    async def seen() -> tuple[int, int]:
        async with slow_model() as model:
            model.speaks.clear()
            port = int(model.url.rpartition(":")[2].partition("/")[0])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            body = b'{"messages": [{"content": "x"}]}'
            writer.write(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"text/event-stream" in head
            before = model.open
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.readline(), 0.1)
            writer.close()
            await writer.wait_closed()
            while model.open:
                await asyncio.sleep(0.01)
            return before, len(model.left)

    assert asyncio.run(seen()) == (1, 1)


def test_nobody_there_is_one_clear_line() -> None:
    with pytest.raises(EvaluationError, match="stopped answering"):
        asyncio.run(asked(Door(url="http://127.0.0.1:1", key="pk_"), itertools.repeat("?"), at_once=2, seconds=0.1))


def test_quantiles_are_values_that_were_measured() -> None:
    values = [float(n) for n in range(1, 101)]
    assert quantile(values, 0.95) == 95
    assert quantile(values, 0.5) == 50.5
    assert quantile([7.0], 0.95) == 7


def test_a_process_that_is_gone_is_one_clear_line() -> None:
    with pytest.raises(EvaluationError, match="This needs Linux"):
        processor_seconds(2**22 + 1)


def test_the_command_tells_what_it_measures() -> None:
    told = CliRunner().invoke(command_line, ["load", "--help"])
    assert told.exit_code == 0
    assert "--seconds" in told.output
