"""Who may see the page of batch evaluation: a password, the session that it opens, and tries that are counted.

Knows nothing of pages. The key that signs sessions is made when the server starts, so that a stolen cookie tells
nothing of the password and none outlives the process.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass

from web.clients import network_of
from web.limiting import Counters

SECONDS = 8 * 3600
"""How long a session is good for."""
FORM_SECONDS = 3600
"""How long the form of the password is good for."""
_TRY_SECONDS = 900
_TRIES = 5
_TRIES_OF_NETWORK = 20
_TRIES_OF_ALL = 300
_MOST_ENDED = 10_000
_SESSION = re.compile(
    r"s1\.(?P<expiry>[1-9][0-9]{9,10})\.(?P<name>[A-Za-z0-9_-]{22})\.(?P<signature>[A-Za-z0-9_-]{43})"
)
_TOKEN = re.compile(r"f1\.(?P<expiry>[1-9][0-9]{9,10})\.(?P<signature>[A-Za-z0-9_-]{43})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """Somebody who knew the password."""

    name: str
    expiry: int
    """In seconds since 1970."""


class TooManyTries(Exception):
    """The password was guessed at too often."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Too many tries. Come back in {seconds} seconds.")


class Sessions:
    """The sessions that one password opens. Belongs to one event loop."""

    def __init__(self, password: str) -> None:
        self._key = secrets.token_bytes(32)
        self._password = self._mixed(password)
        self._tries = Counters()
        self._ended: OrderedDict[str, int] = OrderedDict()

    async def begin(self, password: str, client: str, *, now: float) -> str | None:
        """The cookie of a new session, or None where the password is another one. Raises `TooManyTries`."""
        keys = _counted(client)
        # Counted before it is looked at: tries that come at the same time cannot slip through together.
        for key, most in keys:
            if await self._tries.incr(key, _TRY_SECONDS) > most:
                raise TooManyTries(max(1, round(await self._tries.get_expiry(key) - time.time())))
        if not hmac.compare_digest(self._mixed(password), self._password):
            return None
        for key, _ in keys:
            await self._tries.clear(key)
        return self._signed(f"s1.{int(now) + SECONDS}.{secrets.token_urlsafe(16)}", "session")

    def of(self, cookie: str, *, now: float) -> Session | None:
        """The session of a cookie; None where it is none of ours, has ended or is over."""
        found = _SESSION.fullmatch(cookie)
        if not found or not self._is_signed(cookie, "session") or now >= int(found["expiry"]):
            return None
        return None if found["name"] in self._ended else Session(name=found["name"], expiry=int(found["expiry"]))

    def end(self, session: Session, *, now: float) -> None:
        """Makes the cookie of `session` worthless."""
        self._ended[session.name] = session.expiry
        while self._ended and (len(self._ended) > _MOST_ENDED or next(iter(self._ended.values())) <= now):
            self._ended.popitem(last=False)

    def form_token(self, session: Session | None, *, now: float) -> str:
        """What a form of ours holds, for this session or for nobody yet."""
        expiry = session.expiry if session else int(now) + FORM_SECONDS
        return self._signed(f"f1.{expiry}", f"form {session.name if session else ''}")

    def is_ours(self, token: str, session: Session | None, *, now: float) -> bool:
        """Whether a form was given away by this server for `session`."""
        found = _TOKEN.fullmatch(token)
        purpose = f"form {session.name if session else ''}"
        return bool(found) and self._is_signed(token, purpose) and now < int(found["expiry"] if found else 0)

    def _mixed(self, password: str) -> bytes:
        """Of the same length for every password, so that comparing takes the same time."""
        return hmac.digest(self._key, password.encode("utf-8", "surrogatepass"), "sha256")

    def _signed(self, text: str, purpose: str) -> str:
        return f"{text}.{self._signature(text, purpose)}"

    def _is_signed(self, signed: str, purpose: str) -> bool:
        text, _, signature = signed.rpartition(".")
        return hmac.compare_digest(self._signature(text, purpose), signature)

    def _signature(self, text: str, purpose: str) -> str:
        digest = hmac.digest(self._key, f"wenju evaluation 1\n{purpose}\n{text}".encode(), "sha256")
        return urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def _counted(client: str) -> list[tuple[str, int]]:
    """What a try of `client` is counted against, that of everybody last."""
    keys = [(f"client/{_digest(client)}", _TRIES)]
    network = network_of(client)
    if network:
        keys.append((f"network/{_digest(network)}", _TRIES_OF_NETWORK))
    return [*keys, ("all", _TRIES_OF_ALL)]


def _digest(client: str) -> str:
    return hashlib.blake2b(client.encode(), digest_size=16).hexdigest()
