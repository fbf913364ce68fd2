from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from web.problems import Refused
from web.turns import Turns


def within(scenario: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        async with asyncio.timeout(20):
            await scenario()

    asyncio.run(run())


async def holding(turns: Turns, client: str, done: asyncio.Event, order: list[str] | None = None) -> None:
    async with turns.one(client, most=2):
        if order is not None:
            order.append(client)
        await done.wait()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_as_many_as_allowed_have_a_turn_and_the_others_wait_in_line() -> None:
    async def scenario() -> None:
        turns, done = Turns(2, 2, 10), asyncio.Event()
        tasks = [asyncio.create_task(holding(turns, f"c{n}", done)) for n in range(4)]
        await settled()
        assert (turns.free, turns.waiting, turns.clients) == (0, 2, 4)
        done.set()
        await asyncio.gather(*tasks)
        assert (turns.free, turns.waiting, turns.clients) == (2, 0, 0)

    within(scenario)


def test_the_line_is_first_come_first_served() -> None:
    async def scenario() -> None:
        turns, order = Turns(1, 20, 10), list[str]()
        gates = [asyncio.Event() for _ in range(10)]
        tasks = []
        for n, gate in enumerate(gates):
            tasks.append(asyncio.create_task(holding(turns, f"c{n}", gate, order)))
            await settled()
        for gate in gates:
            gate.set()
        await asyncio.gather(*tasks)
        assert order == [f"c{n}" for n in range(10)]

    within(scenario)


def test_nobody_overtakes_the_line_when_a_turn_is_given_back() -> None:
    async def scenario() -> None:
        turns, first, rest, order = Turns(1, 20, 10), asyncio.Event(), asyncio.Event(), list[str]()
        rest.set()
        one = asyncio.create_task(holding(turns, "one", first, order))
        await settled()
        two = asyncio.create_task(holding(turns, "two", rest, order))
        await settled()
        first.set()
        await one  # the turn is on its way to the second
        await asyncio.gather(two, holding(turns, "three", rest, order))
        assert order == ["one", "two", "three"]

    within(scenario)


def test_a_full_line_is_told_at_once_when_to_come_back() -> None:
    async def scenario() -> None:
        turns, done = Turns(1, 1, 10), asyncio.Event()
        tasks = [asyncio.create_task(holding(turns, f"c{n}", done)) for n in range(2)]
        await settled()
        with pytest.raises(Refused) as refused:
            await holding(turns, "late", done)
        assert (refused.value.kind, refused.value.status, refused.value.retry_after) == ("busy", 503, 5)
        assert (turns.free, turns.waiting, turns.clients) == (0, 1, 2)
        done.set()
        await asyncio.gather(*tasks)

    within(scenario)


def test_nobody_waits_longer_than_allowed() -> None:
    async def scenario() -> None:
        turns, done = Turns(1, 5, 0.05), asyncio.Event()
        task = asyncio.create_task(holding(turns, "a", done))
        await settled()
        with pytest.raises(Refused, match="busy"):
            await holding(turns, "b", done)
        assert (turns.free, turns.waiting, turns.clients) == (0, 0, 1)
        done.set()
        await task

    within(scenario)


def test_no_line_means_that_nobody_waits() -> None:
    async def scenario() -> None:
        turns, done = Turns(1, 0, 10), asyncio.Event()
        task = asyncio.create_task(holding(turns, "a", done))
        await settled()
        with pytest.raises(Refused, match="busy"):
            await holding(turns, "b", done)
        done.set()
        await task

    within(scenario)


def test_one_client_cannot_take_every_turn() -> None:
    async def scenario() -> None:
        turns, done = Turns(8, 8, 10), asyncio.Event()
        tasks = [asyncio.create_task(holding(turns, "greedy", done)) for _ in range(2)]
        await settled()
        with pytest.raises(Refused) as refused:
            await holding(turns, "greedy", done)
        assert (refused.value.kind, refused.value.status) == ("rate-limited", 429)
        assert refused.value.retry_after == 5
        tasks.append(asyncio.create_task(holding(turns, "other", done)))
        await settled()
        assert turns.free == 5
        done.set()
        await asyncio.gather(*tasks)
        assert turns.clients == 0

    within(scenario)


def test_a_place_in_line_counts_for_the_client_too() -> None:
    async def scenario() -> None:
        turns, done = Turns(1, 8, 10), asyncio.Event()
        tasks = [asyncio.create_task(holding(turns, "greedy", done)) for _ in range(2)]
        await settled()
        assert turns.waiting == 1
        with pytest.raises(Refused, match="rate-limited"):
            await holding(turns, "greedy", done)
        done.set()
        await asyncio.gather(*tasks)

    within(scenario)


def test_one_person_with_a_whole_ipv6_network_leaves_half_of_everything_to_others() -> None:
    async def scenario() -> None:
        turns, done = Turns(2, 4, 10), asyncio.Event()
        tasks = [asyncio.create_task(holding(turns, f"2001:db8:1:{n:x}::/64", done)) for n in range(3)]
        await settled()
        with pytest.raises(Refused, match="rate-limited"):
            await holding(turns, "2001:db8:1:ff::/64", done)
        tasks.append(asyncio.create_task(holding(turns, "2001:db8:2::/64", done)))
        await settled()
        assert (turns.free, turns.waiting) == (0, 2)
        done.set()
        await asyncio.gather(*tasks)
        assert (turns.free, turns.waiting, turns.clients) == (2, 0, 0)

    within(scenario)


def test_who_is_called_away_leaves_the_line() -> None:
    async def scenario() -> None:
        turns, done = Turns(1, 8, 10), asyncio.Event()
        holder = asyncio.create_task(holding(turns, "a", done))
        await settled()
        waiter = asyncio.create_task(holding(turns, "b", done))
        await settled()
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
        assert (turns.free, turns.waiting, turns.clients) == (0, 0, 1)
        done.set()
        await holder
        assert turns.free == 1

    within(scenario)


def test_who_is_called_away_gives_the_turn_to_the_next() -> None:
    async def scenario() -> None:
        turns, done = Turns(1, 8, 10), asyncio.Event()
        holder = asyncio.create_task(holding(turns, "a", done))
        await settled()
        waiter = asyncio.create_task(holding(turns, "b", done))
        await settled()
        holder.cancel()
        await settled()
        assert (turns.free, turns.waiting, turns.clients) == (0, 0, 1)
        done.set()
        await waiter
        assert turns.free == 1

    within(scenario)


def test_a_turn_that_comes_while_its_owner_is_called_away_goes_on() -> None:
    async def scenario() -> None:
        turns, first, done = Turns(1, 8, 10), asyncio.Event(), asyncio.Event()
        order: list[str] = []
        holder = asyncio.create_task(holding(turns, "a", first, order))
        await settled()
        unlucky = asyncio.create_task(holding(turns, "b", done, order))
        await settled()
        lucky = asyncio.create_task(holding(turns, "c", done, order))
        await settled()
        first.set()
        await asyncio.sleep(0)
        assert turns.waiting == 1  # the turn is b's now, though b has not run since
        unlucky.cancel()
        await settled()
        assert order == ["a", "c"]
        done.set()
        await asyncio.gather(holder, lucky)
        assert (turns.free, turns.waiting, turns.clients) == (1, 0, 0)

    within(scenario)


def test_a_failure_gives_the_turn_back() -> None:
    async def scenario() -> None:
        turns = Turns(1, 8, 10)
        with pytest.raises(ValueError, match="broken"):
            async with turns.one("a", most=2):
                raise ValueError("broken")
        assert (turns.free, turns.clients) == (1, 0)

    within(scenario)


@pytest.mark.parametrize("seed", range(5))
def test_no_turn_is_lost_over_hundreds_of_departures(seed: int) -> None:
    chance = random.Random(seed)

    async def asking(turns: Turns) -> None:
        async with turns.one(f"c{chance.randrange(12)}", most=3):
            assert turns.free >= 0
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(chance.choice((0, 0, 0.001)))

    async def scenario() -> None:
        turns = Turns(3, 10, 0.002)
        tasks: list[asyncio.Task[None]] = []
        for _ in range(400):
            tasks.append(asyncio.create_task(asking(turns)))
            if chance.random() < 0.6:
                chance.choice(tasks[-10:]).cancel()
            if chance.random() < 0.5:
                await asyncio.sleep(0)
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(end) for end in ended} == {type(None), Refused, asyncio.CancelledError}
        assert (turns.free, turns.waiting, turns.clients) == (3, 0, 0)

    within(scenario)
