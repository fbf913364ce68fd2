from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import SettingsError
from web.limiting import Counters, Limiter, Passed
from web.problems import Refused
from web.site_records import Site, SiteLimits

SITE = Site(
    name="health",
    key="pk_health" + "a" * 20,
    secret_sha256="11" * 32,
    limits=SiteLimits(client_minute=2, client_day=5, site_minute=6, tokens_day=1000),
)
TAX = replace(SITE, name="tax", secret_sha256="22" * 32)
A, B = "203.0.113.1", "203.0.113.2"


class Clock:
    """Both clocks, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.since_1970 = 1_800_000_000.0
        monkeypatch.setattr("web.limiting.time.monotonic", lambda: self.now)
        monkeypatch.setattr("web.limiting.time.time", lambda: self.since_1970 + self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def hit(limiter: Limiter, client: str = A, site: Site = SITE) -> Passed | Refused:
    """What a question of `client` meets."""

    async def asked() -> Passed | Refused:
        try:
            return await limiter.hit(site, client)
        except Refused as refused:
            return refused

    return asyncio.run(asked())


def done(*work: Awaitable[object]) -> list[object]:
    async def run() -> list[object]:
        return [await one for one in work]

    return asyncio.run(run())


def test_a_client_may_ask_so_often_a_minute(clock: Clock) -> None:
    limiter = Limiter("memory://")
    assert [type(hit(limiter)) for _ in range(3)] == [Passed, Passed, Refused]
    clock.now += 59.9
    assert isinstance(hit(limiter), Refused)
    clock.now += 0.2
    assert [type(hit(limiter)) for _ in range(3)] == [Passed, Passed, Refused]


def test_a_refusal_says_when_to_come_back(clock: Clock) -> None:
    limiter = Limiter("memory://")
    hit(limiter), hit(limiter)
    clock.now += 18
    refused = hit(limiter)
    assert isinstance(refused, Refused)
    assert (refused.kind, refused.status, refused.retry_after) == ("rate-limited", 429, 42)
    assert refused.headers["RateLimit"].startswith('"client-minute";r=0;t=42, "client-day";r=3;t=86382')


def test_who_comes_back_when_told_is_let_in(clock: Clock) -> None:
    limiter = Limiter("memory://")
    for _ in range(8):
        found = hit(limiter)
        if isinstance(found, Refused):
            assert found.retry_after
            clock.now += found.retry_after
            assert isinstance(hit(limiter), Passed)


def test_the_headers_name_every_allowance() -> None:
    found = hit(Limiter("memory://"))
    assert found.headers["RateLimit-Policy"] == (
        '"client-minute";q=2;w=60, "client-day";q=5;w=86400, "site-minute";q=6;w=60'
    )
    assert re.fullmatch(
        r'"client-minute";r=1;t=60, "client-day";r=4;t=86400, "site-minute";r=5;t=60', found.headers["RateLimit"]
    )


def test_a_client_may_ask_so_often_a_day(clock: Clock) -> None:
    limiter = Limiter("memory://")
    for _ in range(5):
        assert isinstance(hit(limiter), Passed)
        clock.now += 61
    refused = hit(limiter)
    assert isinstance(refused, Refused)
    assert refused.retry_after == 86400 - 5 * 61
    clock.now += 86400
    assert isinstance(hit(limiter), Passed)


def test_all_clients_of_a_site_share_its_minute() -> None:
    limiter = Limiter("memory://")
    found = [hit(limiter, f"203.0.113.{n}") for n in range(8)]
    assert [type(one) for one in found] == [Passed] * 6 + [Refused] * 2
    assert isinstance(hit(limiter, A, TAX), Passed)


def test_a_client_that_is_refused_uses_up_nothing_of_the_site() -> None:
    limiter = Limiter("memory://")
    for _ in range(50):
        hit(limiter, A)
    assert [type(hit(limiter, f"203.0.113.{n}")) for n in range(2, 7)] == [Passed] * 4 + [Refused]


def test_strangers_who_come_while_the_site_is_full_leave_no_trace() -> None:
    counters = Limiter("memory://")
    for n in range(1000):
        hit(counters, f"10.0.{n // 256}.{n % 256}")
    assert len(counters._memory) == 6 * 2 + 1


def test_clients_of_different_sites_are_counted_apart() -> None:
    limiter = Limiter("memory://")
    hit(limiter), hit(limiter)
    assert isinstance(hit(limiter, A, TAX), Passed)


def test_one_person_with_a_whole_ipv6_network_leaves_half_of_the_site_to_others() -> None:
    limiter = Limiter("memory://")
    found = [hit(limiter, f"2001:db8:1:{n:x}::/64") for n in range(6)]
    assert [type(one) for one in found] == [Passed] * 3 + [Refused] * 3
    assert '"network-minute";q=3;w=60' in found[0].headers["RateLimit-Policy"]
    assert isinstance(hit(limiter, A), Passed)
    assert isinstance(hit(limiter, "2001:db8:2::/64"), Passed)


def test_the_counters_hold_no_address() -> None:
    limiter = Limiter("memory://")
    hit(limiter, "203.0.113.77"), hit(limiter, "2001:db8:1:2::/64")
    keys = [key for counters in limiter._memory._by_seconds.values() for key in counters]
    assert len(keys) == 6
    assert not [key for key in keys if "203.0" in key or "db8" in key]


def test_a_clock_that_is_set_back_keeps_nobody_out(clock: Clock) -> None:
    limiter = Limiter("memory://")
    hit(limiter), hit(limiter)
    clock.since_1970 -= 86400
    clock.now += 61
    assert isinstance(hit(limiter), Passed)


def test_limits_that_are_edited_count_from_now_without_beginning_anew() -> None:
    limiter = Limiter("memory://")
    hit(limiter), hit(limiter)
    generous = replace(SITE, limits=replace(SITE.limits, client_minute=3))
    assert [type(hit(limiter, A, generous)) for _ in range(2)] == [Passed, Refused]


def test_the_budget_is_what_answers_leave_of_it(clock: Clock) -> None:
    limiter = Limiter("memory://")
    assert done(limiter.budget_left(SITE), limiter.spend(SITE, 300), limiter.budget_left(SITE)) == [1000, None, 700]
    clock.now += 3600
    assert done(limiter.spend(SITE, 5000), limiter.budget_left(SITE), limiter.budget_seconds(SITE)) == [None, 0, 82800]
    assert done(limiter.budget_left(TAX)) == [1000]
    clock.now += 82800
    assert done(limiter.budget_left(SITE)) == [1000]


def test_a_budget_that_is_edited_does_not_begin_anew() -> None:
    limiter = Limiter("memory://")
    richer = replace(SITE, limits=replace(SITE.limits, tokens_day=1500))
    assert done(limiter.spend(SITE, 900), limiter.budget_left(richer)) == [None, 600]


@pytest.mark.parametrize("tokens", [0, -5])
def test_nothing_can_be_put_back_into_the_budget(tokens: int) -> None:
    limiter = Limiter("memory://")
    assert done(limiter.spend(SITE, 10), limiter.spend(SITE, tokens), limiter.budget_left(SITE))[-1] == 990


def test_a_budget_of_nothing_is_spent_from_the_beginning() -> None:
    assert done(Limiter("memory://").budget_left(replace(SITE, limits=SiteLimits(tokens_day=0)))) == [0]


def test_questions_at_the_same_time_are_counted_one_by_one() -> None:
    async def scenario() -> list[object]:
        limiter = Limiter("memory://")
        return await asyncio.gather(*(limiter.hit(SITE, A) for _ in range(10)), return_exceptions=True)

    assert sorted(type(one).__name__ for one in asyncio.run(scenario())) == ["Passed"] * 2 + ["Refused"] * 8


def test_memory_stays_bounded_while_half_a_million_addresses_come(clock: Clock) -> None:
    async def scenario() -> tuple[int, int]:
        counters, most = Counters(most=5_000), 0
        for n in range(500_000):
            await counters.incr(f"client-minute/{n}", 60)
            if n % 10_000 == 9_999:
                clock.now += 10
                most = max(most, len(counters))
        clock.now += 61
        for n in range(60):  # each one that comes takes a hundred that are over with it
            await counters.incr(f"later/{n}", 60)
        return most, len(counters)

    most, after = asyncio.run(scenario())
    assert most <= 5_000
    assert after == 60


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from((10, 100)), st.floats(0, 40)), max_size=40))
def test_counters_agree_with_counting_by_hand(steps: list[tuple[str, int, float]]) -> None:
    now = 0.0
    begun: dict[tuple[str, int], tuple[float, int]] = {}
    counters = Counters()

    async def scenario(monkeypatch: pytest.MonkeyPatch) -> None:
        nonlocal now
        monkeypatch.setattr("web.limiting.time.monotonic", lambda: now)
        for name, seconds, pause in steps:
            now += pause
            start, count = begun.get((name, seconds), (now, 0))
            if now >= start + seconds:
                start, count = now, 0
            begun[name, seconds] = (start, count + 1)
            assert await counters.incr(f"{name}{seconds}", seconds) == count + 1
            assert await counters.get(f"{name}{seconds}") == count + 1

    with pytest.MonkeyPatch.context() as monkeypatch:
        asyncio.run(scenario(monkeypatch))


@pytest.mark.parametrize(
    "url", ["", "memory", "memory://x", "http://localhost", "redis", "mongodb://x", "redis://h:port"]
)
def test_a_place_that_makes_no_sense_is_told(url: str) -> None:
    with pytest.raises(SettingsError, match="WENJU_LIMITS_URL"):
        Limiter(url)


def test_a_store_that_is_not_there_lets_people_ask(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> list[object]:
        limiter = Limiter("redis://:hunter2@127.0.0.1:1/0")
        try:
            return [
                *await asyncio.gather(*(limiter.hit(SITE, A) for _ in range(4)), return_exceptions=True),
                await limiter.spend(SITE, 10),
                await limiter.budget_left(SITE),
            ]
        finally:
            await limiter.close()

    with caplog.at_level(logging.WARNING):
        found = asyncio.run(scenario())
    assert sorted(type(one).__name__ for one in found[:4]) == ["Passed"] * 2 + ["Refused"] * 2
    assert found[4:] == [None, 990]
    assert caplog.messages == ["The store of the limits at 127.0.0.1:1 is down (ConnectionError). Counting in memory."]


@pytest.mark.alone
def test_a_store_that_says_nothing_keeps_nobody_waiting_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.limiting._STORE_SECONDS", 0.2)

    async def scenario(waits: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> list[float]:
        server = await asyncio.start_server(waits, "127.0.0.1", 0)
        limiter = Limiter(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0")
        loop, took = asyncio.get_running_loop(), []
        for client in (A, B):
            started = loop.time()
            await limiter.hit(SITE, client)
            took.append(loop.time() - started)
        await limiter.close()
        server.close()
        return took

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    first, second = asyncio.run(scenario(silent))
    assert 0.15 < first < 5
    assert second < 0.15
