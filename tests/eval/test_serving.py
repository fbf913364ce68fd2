"""Measuring a server from outside, with small servers that behave and misbehave."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from eval.errors import EvaluationError
from eval.serving import Server, ask_page, free_port, memory_after, resident_bytes, seconds_to_ready, served

PAGE = """
    import json, sys, time
    from http.server import BaseHTTPRequestHandler, HTTPServer

    BORN, ASKED, KEPT = time.monotonic(), [], []

    class Page(BaseHTTPRequestHandler):
        def say(self, status, body=b""):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            if self.path == "/readyz":
                self.say(200 if time.monotonic() - BORN > 0.3 else 503)
            elif self.path == "/config":
                self.say(200, json.dumps({"dependencies": [
                    {"id": 3, "api_name": "other", "inputs": []},
                    {"id": 7, "api_name": "on_ask", "inputs": [1, 2]},
                ]}).encode())
            elif self.path == "/asked":
                self.say(200, json.dumps(ASKED).encode())
            else:
                good = b"true" if ASKED[-1][0] != "fail" else b"false"
                self.say(200, b'data: {"msg": "process_starts"}\\n\\n'
                              b'data: {"msg": "process_completed", "success": ' + good + b'}\\n\\n')

        def do_POST(self):
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            ASKED.append([*sent["data"], sent["fn_index"]])
            KEPT.append(bytearray(4_000_000))
            self.say(200, b"{}")

        def log_message(self, *_):
            pass

    HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""

Start = Callable[[str], Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a server whose program is given."""
    with ExitStack() as stack:

        def run(program: str) -> Server:
            (tmp_path / "server.py").write_text(textwrap.dedent(program))
            port = free_port()
            return stack.enter_context(served([sys.executable, "server.py", str(port)], port=port, folder=tmp_path))

        yield run


def test_a_server_is_timed_until_it_is_ready(start: Start) -> None:
    assert 0.3 < seconds_to_ready(start(PAGE), limit=30) < 30


def test_a_server_that_ends_is_told_with_its_last_words(start: Start) -> None:
    with pytest.raises(EvaluationError, match="The server ended: no index"):
        seconds_to_ready(start("print('starting'); raise SystemExit('no index')"), limit=30)


def test_a_server_that_is_never_ready_is_told(start: Start) -> None:
    with pytest.raises(EvaluationError, match=r"not ready after 0 s: nothing was said"):
        seconds_to_ready(start("import time; time.sleep(60)"), limit=0.2)


def test_the_server_and_what_it_started_end_with_the_measurement(tmp_path: Path) -> None:
    with served(["sh", "-c", "sleep 61 & sleep 62"], port=free_port(), folder=tmp_path) as server:
        assert resident_bytes(server.process.pid) > 0
    assert server.process.returncode is not None
    with pytest.raises(EvaluationError):
        resident_bytes(server.process.pid)


def test_memory_is_taken_before_and_after_the_questions(start: Start) -> None:
    server = start(PAGE)
    seconds_to_ready(server, limit=30)
    held = memory_after(server, ["one?", "two?", "三？", "four?", "five?"])
    assert held.questions == 5
    assert 10_000_000 < held.after - held.ready < 60_000_000


def test_a_page_that_fails_to_answer_is_told(start: Start) -> None:
    server = start(PAGE)
    seconds_to_ready(server, limit=30)
    ask_page(server.url, "fine?")
    with pytest.raises(EvaluationError, match="the page gave no answer to: fail"):
        ask_page(server.url, "fail")


def test_what_is_no_page_is_told() -> None:
    with pytest.raises(EvaluationError, match="the page cannot be asked"):
        ask_page(f"http://127.0.0.1:{free_port()}", "anyone?")
