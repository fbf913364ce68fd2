"""How much a site and its visitors may still ask. The only importer of `limits`.

Windows are fixed and begin with the first question, so that what a refusal promises is exact: after
`Retry-After` seconds the allowance is there again, whole.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar
from urllib.parse import urlsplit

from limits.aio.storage import RedisStorage, Storage
from limits.errors import ConfigurationError, StorageError

from rag.errors import SettingsError
from web.clients import network_of
from web.problems import Refused
from web.site_records import Site

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

_MINUTE = 60
_DAY = 86_400
_STORE_SECONDS = 1.0
"""How long the store may take to count a question before it is taken to be down."""
_AWAY_SECONDS = 10.0
"""How long a store that is down is left alone."""
_STORES = ("redis", "rediss", "redis+unix")
_MOST_COUNTS = 200_000
"""The most counters of one length in memory, about 60 MB; then the oldest are forgotten."""
_FORGOTTEN_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Passed:
    """A question that was counted and may be asked."""

    headers: Mapping[str, str]
    """`RateLimit-Policy` and `RateLimit`, as the IETF draft has them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Policy:
    """One allowance, and where it is counted."""

    name: str
    most: int
    seconds: int
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Left:
    """What a policy still allows."""

    policy: _Policy
    remaining: int
    seconds: int
    """Until the allowance is there again, whole."""


class Limiter:
    """Counts questions and model tokens in the store at `url`, or in memory while that cannot be reached.

    Belongs to one event loop.
    """

    def __init__(self, url: str) -> None:
        """`url` is `memory://` or `redis://host:port/0`. Raises `SettingsError` for anything else."""
        self._memory = Counters()
        self._store = _store(url)
        self._where = urlsplit(url).netloc.rpartition("@")[2] or urlsplit(url).path
        self._is_away = False
        self._away_until = 0.0

    async def hit(self, site: Site, client: str) -> Passed:
        """Counts a question of `client`. Raises `Refused` (429) when one of the allowances is used up."""
        policies = _policies(site, client)
        passed, left = await self._asked(lambda counters: _counted(policies, counters))
        headers = _headers(left)
        if not passed:
            seconds = max((entry.seconds for entry in left if not entry.remaining), default=1)
            raise Refused("rate-limited", retry_after=seconds, headers=headers)
        return Passed(headers=headers)

    async def budget_left(self, site: Site) -> int:
        """How many model tokens `site` may still use today."""
        return max(0, site.limits.tokens_day - (await self._spent(site))[0])

    async def budget_seconds(self, site: Site) -> int:
        """How long until the budget of `site` is there again, whole."""
        return (await self._spent(site))[1]

    async def spend(self, site: Site, tokens: int) -> None:
        """Counts what an answer has cost."""
        if tokens > 0:
            key = _budget_key(site)
            await self._memory.incr(key, _DAY, tokens)  # a store that forgets forgives nothing
            await self._from_store(lambda counters: counters.incr(key, _DAY, tokens))

    async def close(self) -> None:
        """Lets go of the connections to the store."""
        if self._store:
            await self._store.bridge.get_connection().aclose()  # type: ignore[attr-defined]

    async def _spent(self, site: Site) -> tuple[int, int]:
        """The tokens that were used in this window, and the seconds that are left of it."""
        key = _budget_key(site)
        here = await _window(key, self._memory)
        there = await self._from_store(lambda counters: _window(key, counters))
        return max(here, there) if there else here

    async def _asked(self, question: Callable[[Storage], Awaitable[_T]]) -> _T:
        """What the store says, or the memory where there is none or it is down."""
        answer = await self._from_store(question)
        return await question(self._memory) if answer is None else answer

    async def _from_store(self, question: Callable[[Storage], Awaitable[_T]]) -> _T | None:
        if not self._store or time.monotonic() < self._away_until:
            return None
        if self._is_away:  # one question finds out whether it is back, the others do not wait for that
            self._away_until = time.monotonic() + _AWAY_SECONDS
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                answer = await question(self._store)
        except (StorageError, OSError) as error:
            self._leave_alone(error)
            return None
        if self._is_away:
            self._is_away, self._away_until = False, 0.0
            _log.warning("The store of the limits at %s is back.", self._where)
        return answer

    def _leave_alone(self, error: Exception) -> None:
        self._away_until = time.monotonic() + _AWAY_SECONDS
        if not self._is_away:
            self._is_away = True
            reason = "no answer" if isinstance(error, TimeoutError) else type(error.__cause__ or error).__name__
            _log.error("The store of the limits at %s is down (%s). Counting in memory.", self._where, reason)


async def _counted(policies: Sequence[_Policy], counters: Storage) -> tuple[bool, list[_Left]]:
    """Whether a question may be asked, which is counted then, and what is left."""
    *_, whole = policies
    counts: dict[str, int] = {}
    # Looked at before anything is counted: strangers who come while the site is full leave no trace in the memory.
    passed = await counters.get(whole.key) < whole.most
    for policy in policies:  # the site's comes last: a client that is refused uses up nothing of the others
        if passed:
            counts[policy.key] = await counters.incr(policy.key, policy.seconds)
            passed = counts[policy.key] <= policy.most
    left = []
    for policy in policies:
        count = counts[policy.key] if policy.key in counts else await counters.get(policy.key)
        seconds = _seconds_until(await counters.get_expiry(policy.key))
        left.append(_Left(policy=policy, remaining=max(0, policy.most - count), seconds=seconds))
    return passed, left


async def _window(key: str, counters: Storage) -> tuple[int, int]:
    return await counters.get(key), _seconds_until(await counters.get_expiry(key))


def _seconds_until(moment: float) -> int:
    return max(1, math.ceil(moment - time.time()))


def _headers(left: Sequence[_Left]) -> dict[str, str]:
    policies = [entry.policy for entry in left]
    return {
        "RateLimit-Policy": ", ".join(f'"{policy.name}";q={policy.most};w={policy.seconds}' for policy in policies),
        "RateLimit": ", ".join(f'"{entry.policy.name}";r={entry.remaining};t={entry.seconds}' for entry in left),
    }


def _policies(site: Site, client: str) -> tuple[_Policy, ...]:
    """What a question of `client` is counted against, that of the whole site last."""
    limits = site.limits

    def of(name: str, most: int, seconds: int, whose: str = "") -> _Policy:
        return _Policy(name=name, most=most, seconds=seconds, key=f"{name}/{site.name}/{whose}")

    visitor = _digest(site, client)
    policies = [
        of("client-minute", limits.client_minute, _MINUTE, visitor),
        of("client-day", limits.client_day, _DAY, visitor),
    ]
    network = network_of(client)
    if network:  # one person can have all of its clients: half of what the site has is left to others
        most = max(limits.client_minute, limits.site_minute // 2)
        policies.append(of("network-minute", most, _MINUTE, _digest(site, network)))
    return (*policies, of("site-minute", limits.site_minute, _MINUTE))


def _digest(site: Site, client: str) -> str:
    """Stands for an address of a visitor, which goes into no store and no log of one."""
    key = bytes.fromhex(site.secret_sha256)
    return blake2b(client.encode(), key=key, digest_size=16).hexdigest()


def _budget_key(site: Site) -> str:
    return f"tokens-day/{site.name}"


def _store(url: str) -> RedisStorage | None:
    if url == "memory://":
        return None
    if url.partition("://")[0] not in _STORES:
        raise SettingsError("WENJU_LIMITS_URL: expected memory:// or redis://host:port/0.")
    try:
        return RedisStorage(
            f"async+{url}",
            implementation="redispy",
            wrap_exceptions=True,
            key_prefix="wenju",
            socket_timeout=_STORE_SECONDS,
            socket_connect_timeout=_STORE_SECONDS,
        )
    except (ConfigurationError, ValueError) as error:
        raise SettingsError(f"WENJU_LIMITS_URL: {error}") from None


@dataclass(slots=True)
class _Counter:
    count: int
    ends: float
    """By the monotonic clock, which nobody sets back."""


class Counters(Storage):
    """Counters in memory that go when their time is over, without a timer and without ever looking at all of them.

    Those of the same length end in the order in which they began, so that the oldest are always in front.
    """

    STORAGE_SCHEME = None

    def __init__(self, most: int = _MOST_COUNTS) -> None:
        super().__init__()
        self._most = most
        self._by_seconds: dict[int, OrderedDict[str, _Counter]] = {}

    def __len__(self) -> int:
        return sum(len(counters) for counters in self._by_seconds.values())

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return ()

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """The count of `key` with `amount` added; the first one makes it end in `expiry` seconds."""
        now = time.monotonic()
        counters = self._by_seconds.setdefault(int(expiry), OrderedDict())
        found = counters.get(key)
        if found is None or found.ends <= now:
            counters.pop(key, None)
            found = counters[key] = _Counter(count=0, ends=now + expiry)
        self._forget(now)
        found.count += amount
        return found.count

    async def get(self, key: str) -> int:
        """The count of `key`."""
        found = self._found(key)
        return found.count if found else 0

    async def get_expiry(self, key: str) -> float:
        """When `key` ends, in seconds since 1970."""
        found = self._found(key)
        return time.time() + (found.ends - time.monotonic() if found else 0)

    async def check(self) -> bool:
        """Memory is always there."""
        return True

    async def reset(self) -> int:
        """Forgets everything."""
        count = len(self)
        self._by_seconds.clear()
        return count

    async def clear(self, key: str) -> None:
        """Forgets `key`."""
        for counters in self._by_seconds.values():
            counters.pop(key, None)

    def _found(self, key: str) -> _Counter | None:
        found = next((counters[key] for counters in self._by_seconds.values() if key in counters), None)
        return found if found and found.ends > time.monotonic() else None

    def _forget(self, now: float) -> None:
        for counters in self._by_seconds.values():
            for _ in range(_FORGOTTEN_AT_ONCE):
                if not counters or next(iter(counters.values())).ends > now:
                    break
                counters.popitem(last=False)
            if len(counters) > self._most:
                counters.popitem(last=False)
