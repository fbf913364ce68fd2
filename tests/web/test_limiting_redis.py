"""The limits counted by a real Redis, where there is one on this machine."""

from __future__ import annotations

import asyncio
import logging
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from web.limiting import Limiter, Passed
from web.problems import Refused
from web.site_records import Site, SiteLimits

SERVER = shutil.which("redis-server")
pytestmark = pytest.mark.skipif(SERVER is None, reason="no redis-server on this machine")

SITE = Site(
    name="health",
    key="pk_health" + "a" * 20,
    secret_sha256="11" * 32,
    limits=SiteLimits(client_minute=2, client_day=5, site_minute=6, tokens_day=1000),
)
A = "203.0.113.1"


@contextmanager
def redis(folder: Path, port: int) -> Iterator[None]:
    words = [str(SERVER), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait(10)


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def outcomes(limiter: Limiter, clients: list[str]) -> list[str]:
    found = await asyncio.gather(*(limiter.hit(SITE, client) for client in clients), return_exceptions=True)
    assert {type(one) for one in found} <= {Passed, Refused}
    return sorted(type(one).__name__ for one in found)


def test_two_replicas_count_together(tmp_path: Path, port: int) -> None:
    async def scenario() -> None:
        one, other = (Limiter(f"redis://127.0.0.1:{port}/0") for _ in range(2))
        first = await one.hit(SITE, A)
        assert (
            first.headers["RateLimit"] == '"client-minute";r=1;t=60, "client-day";r=4;t=86400, "site-minute";r=5;t=60'
        )
        await other.hit(SITE, A)
        with pytest.raises(Refused) as refused:
            await one.hit(SITE, A)
        assert refused.value.retry_after in (59, 60)
        assert await outcomes(other, [f"203.0.113.{n}" for n in range(2, 9)]) == ["Passed"] * 4 + ["Refused"] * 3
        await one.spend(SITE, 300)
        assert await other.budget_left(SITE) == 700
        assert await other.budget_seconds(SITE) in (86399, 86400)
        await one.close()
        await other.close()

    with redis(tmp_path, port):
        asyncio.run(scenario())


def test_many_at_the_same_time_are_counted_exactly(tmp_path: Path, port: int) -> None:
    async def scenario() -> None:
        limiters = [Limiter(f"redis://127.0.0.1:{port}/0") for _ in range(3)]
        found = await asyncio.gather(*(outcomes(limiter, [A] * 10) for limiter in limiters))
        assert sum(one.count("Passed") for one in found) == 2
        for limiter in limiters:
            await limiter.close()

    with redis(tmp_path, port):
        asyncio.run(scenario())


def test_no_address_of_a_visitor_is_in_the_store_and_every_counter_ends(tmp_path: Path, port: int) -> None:
    async def scenario() -> None:
        limiter = Limiter(f"redis://127.0.0.1:{port}/0")
        await limiter.hit(SITE, "203.0.113.77")
        await limiter.hit(SITE, "2001:db8:1:2::/64")
        await limiter.spend(SITE, 5)
        await limiter.close()

    with redis(tmp_path, port):
        asyncio.run(scenario())
        keys = asked(port, "KEYS *")
        assert len(keys) == 7
        assert not [key for key in keys if "203.0" in key or "db8" in key or not key.startswith("wenju")]
        assert all(int(asked(port, f"TTL {key}")[0]) > 0 for key in keys)


def asked(port: int, command: str) -> list[str]:
    """What Redis answers, without the lengths."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(f"{command}\r\n".encode())
        time.sleep(0.2)
        lines = connection.recv(65536).decode().split("\r\n")
    return [line.removeprefix(":") for line in lines if line and line[0] not in "*$"]


def test_a_store_that_goes_and_comes_back(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("web.limiting._AWAY_SECONDS", 0.3)

    async def scenario() -> None:
        limiter = Limiter(f"redis://127.0.0.1:{port}/0")
        with redis(tmp_path, port):
            await limiter.hit(SITE, A)
            await limiter.spend(SITE, 400)
        assert await outcomes(limiter, [A] * 5) == ["Passed"] * 2 + ["Refused"] * 3
        assert await limiter.budget_left(SITE) == 600
        with redis(tmp_path, port):
            await asyncio.sleep(0.4)
            assert await outcomes(limiter, [A]) == ["Passed"]
            assert await limiter.budget_left(SITE) == 600, "what the store forgot was spent all the same"
        await limiter.close()

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    assert caplog.messages == [
        f"The store of the limits at 127.0.0.1:{port} is down (ConnectionError). Counting in memory.",
        f"The store of the limits at 127.0.0.1:{port} is back.",
    ]
