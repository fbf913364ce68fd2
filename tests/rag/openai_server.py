"""A real HTTP server on the loopback that speaks the OpenAI chat protocol and misbehaves as the model's name says."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STATUSES = {"400": 400, "401": 401, "403": 403, "404": 404, "429": 429, "500": 500, "503": 503}
HTML = b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"


class Server(ThreadingHTTPServer):
    """Answers every chat request in the manner of its model's name; `say` streams `text`."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.text = ""
        """What the models that answer write."""
        self.requests: list[dict[str, Any]] = []
        """The bodies of the requests so far."""
        self.keys: list[str] = []
        """The Authorization headers of the requests so far."""
        self.left = threading.Event()
        """Set when a client has closed its connection in the middle of an answer."""
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what the tests ask for."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        self.server.keys.append(self.headers.get("Authorization", ""))
        self.close_connection = True
        try:
            self._answer(body["model"], body)
        except (BrokenPipeError, ConnectionResetError):
            self.server.left.set()

    def _answer(self, mode: str, body: dict[str, Any]) -> None:
        if mode in STATUSES:
            repeats_key = {"error": {"message": f"Bad key {self.headers.get('Authorization')}", "code": mode}}
            return self._plain(STATUSES[mode], "application/json", json.dumps(repeats_key).encode())
        if mode == "silent":
            return self._wait()
        if mode == "html":
            return self._plain(200, "text/html", HTML)
        if mode == "json":
            return self._plain(200, "application/json", b'{"message": "streaming is not supported"}')
        if mode == "no-body":
            return self._plain(200, "text/event-stream", b"")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        self._stream(mode, body)
        self._write(b"0\r\n\r\n")

    def _stream(self, mode: str, body: dict[str, Any]) -> None:
        text = self.server.text
        if mode == "echo":
            text = body["messages"][0]["content"]
        if mode == "bytes":  # every character of three bytes arrives in three pieces
            for byte in _event(text).encode() + _event("", stop="stop").encode() + b"data: [DONE]\n\n":
                self._chunk(bytes([byte]))
            return
        self._chunk(_event("").encode())
        if mode == "mute":
            return self._wait()
        if mode == "not-utf-8":
            return self._chunk(b'data: {"choices": [{"index": 0, "delta": {"content": "\xff\xfe\xd6\xd0"}}]}\n\n')
        if mode == "wrong-schema":
            return self._chunk(b'data: {"answer": {"words": ["a", "b"]}}\n\ndata: [DONE]\n\n')
        if mode == "wrong-types":
            return self._chunk(b'data: {"choices": "none", "object": 7}\n\ndata: [DONE]\n\n')
        if mode == "half-json":
            return self._chunk(b'data: {"choices": [{"index": 0, "delta": {"conte\n\n')
        if mode == "error-event":
            return self._chunk(b'data: {"error": {"message": "CUDA out of memory", "code": 500}}\n\n')
        if mode in ("endless", "endless-thought"):
            while not self.server.stopping.is_set():
                self._chunk(_event(text if mode == "endless" else "").encode())
                time.sleep(0.001)
            return
        for place, character in enumerate(text):
            self._chunk(_event(character).encode())
            if mode == "stall" and place == len(text) - 3:
                return self._wait()
            if mode == "drip":
                time.sleep(0.3)
        if mode == "hang-up":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if mode != "no-end":
            self._chunk(_event("", stop="length" if mode == "length" else "stop").encode() + b"data: [DONE]\n\n")

    def _wait(self) -> None:
        """Says nothing until the client hangs up or the test is over."""
        while not self.server.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.02)
            if readable and not self.connection.recv(1024):
                self.server.left.set()
                raise ConnectionResetError

    def _plain(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        if status == 429:
            self.send_header("Retry-After", "60")
        self.end_headers()
        self._write(body)

    def _chunk(self, body: bytes) -> None:
        self._write(f"{len(body):x}\r\n".encode() + body + b"\r\n")

    def _write(self, body: bytes) -> None:
        self.wfile.write(body)
        self.wfile.flush()


def _event(text: str, stop: str | None = None) -> str:
    delta = {"role": "assistant", "content": text} if text or stop is None else {}
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": stop}],
    }
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"


@contextmanager
def openai_server() -> Iterator[Server]:
    """A running server; it and all that waits in it end with the block."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()
