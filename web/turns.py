"""Turns: how many answers are written at once, and who waits in line. Knows nothing of sites.

Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from web.clients import network_of
from web.problems import Refused

_COME_BACK_SECONDS = 5


class Turns:
    """Gives `at_once` turns, first come, first served. `waiting` more may stand in line for `wait_seconds`."""

    def __init__(self, at_once: int, waiting: int, wait_seconds: float) -> None:
        self._free = at_once
        self._most_waiting = waiting
        self._wait_seconds = wait_seconds
        self._line: deque[asyncio.Future[None]] = deque()
        self._of: Counter[str] = Counter()
        # One person can be every client of an IPv6 network; half of everything is left to others.
        self._most_of_network = max(1, (at_once + waiting) // 2)

    @property
    def free(self) -> int:
        """How many turns nobody has."""
        return self._free

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._line)

    @property
    def clients(self) -> int:
        """How many clients and their networks have a turn or stand in line."""
        return len(self._of)

    @asynccontextmanager
    async def one(self, client: str, *, most: int) -> AsyncIterator[None]:
        """One turn for `client`, kept while the block runs.

        Raises `Refused`: 429 when the client has `most` turns or places in line already, 503 when the line is full or
        the wait was too long.
        """
        network = network_of(client)
        if self._of[client] >= most or (network and self._of[network] >= self._most_of_network):
            raise Refused("rate-limited", retry_after=_COME_BACK_SECONDS)
        counted = (client, network) if network else (client,)
        self._of.update(counted)
        try:
            await self._take()
            try:
                yield
            finally:
                self._give()
        finally:
            self._of.subtract(counted)
            for name in counted:
                if not self._of[name]:
                    del self._of[name]

    async def _take(self) -> None:
        if self._free:  # nobody waits then: a turn that is given back goes to the line first
            self._free -= 1
            return
        if len(self._line) >= self._most_waiting:
            raise Refused("busy", retry_after=_COME_BACK_SECONDS)
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(place)
        try:
            async with asyncio.timeout(self._wait_seconds):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():
                self._give()  # the turn came while we were being called away
            elif place in self._line:
                self._line.remove(place)
            if isinstance(error, TimeoutError):
                raise Refused("busy", retry_after=_COME_BACK_SECONDS) from None
            raise

    def _give(self) -> None:
        while self._line:
            place = self._line.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1
