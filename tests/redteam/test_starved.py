"""A server that is given next to nothing: 64 descriptors, a proxy that is not there, readers who do not read."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from rag.settings import Settings
from web.sites import LOCAL_KEY

pytestmark = pytest.mark.alone

ROOT = Path(__file__).resolve().parents[2]
QUESTION = "长三角G60科创走廊ESG发展联盟是做什么的？"


@pytest.fixture(scope="module")
def starved(poisoned_settings: Settings) -> Iterator[str]:
    """The address of `app.py` over the index of the tests, with a limit of 64 descriptors and proxies that are not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"), "http://127.0.0.1:9")
    settings = {"WENJU_INDEX": str(poisoned_settings.index), "WENJU_CHAT_PAGE": "false", "WENJU_SITES": "none.toml"}
    words = f'ulimit -n 64 && exec "{sys.executable}" app.py --port {port}'
    with subprocess.Popen(["sh", "-c", words], cwd=ROOT, env={**os.environ, **proxies, **settings}) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            assert is_ready(address, process)
            yield address
        finally:
            process.terminate()
            process.wait(20)


def is_ready(address: str, process: subprocess.Popen[bytes]) -> bool:
    ends = time.monotonic() + 120
    while time.monotonic() < ends and process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz", trust_env=False, timeout=5).status_code == 200:
                return True
        except httpx.HTTPError:
            time.sleep(0.2)
    return False


def connection(address: str, sent: bytes = b"") -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    made = socket.create_connection((host, int(port)), timeout=10)
    made.sendall(sent)
    return made


def request(address: str) -> bytes:
    body = json.dumps({"question": QUESTION}).encode()
    lines = (
        "POST /api/v1/ask HTTP/1.1",
        f"Host: {address.removeprefix('http://')}",
        f"Origin: {address}",
        f"X-Site-Key: {LOCAL_KEY}",
        "Accept: text/event-stream",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "",
        "",
    )
    return "\r\n".join(lines).encode() + body


def test_a_question_is_answered_beside_readers_who_do_not_read(starved: str) -> None:
    """Their answers fit into what the machine keeps for a connection, so they hold up nobody."""
    with ExitStack() as readers:
        readers.enter_context(connection(starved, request(starved)))
        readers.enter_context(connection(starved, request(starved)))
        time.sleep(0.5)
        headers = {"X-Site-Key": LOCAL_KEY, "Origin": starved}
        ends = time.monotonic() + 20
        while True:
            # These two are of the same client as ours, who may wait for two answers at once: theirs are soon written.
            answer = httpx.post(
                f"{starved}/api/v1/ask", json={"question": QUESTION}, headers=headers, trust_env=False, timeout=30
            )
            if answer.status_code != 429 or time.monotonic() > ends:
                break
            time.sleep(0.2)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "answered"


def test_more_connections_than_descriptors_are_survived(starved: str) -> None:
    with ExitStack() as idle:
        for _ in range(100):
            idle.enter_context(connection(starved))
        time.sleep(0.5)
    ends = time.monotonic() + 20
    status = 0
    while status != 200 and time.monotonic() < ends:
        try:
            status = httpx.get(f"{starved}/healthz", trust_env=False, timeout=5).status_code
        except httpx.HTTPError:
            time.sleep(0.1)
    assert status == 200
    headers = {"X-Site-Key": LOCAL_KEY, "Origin": starved}
    answer = httpx.post(
        f"{starved}/api/v1/ask", json={"question": QUESTION}, headers=headers, trust_env=False, timeout=30
    )
    assert answer.json()["status"] == "answered"
