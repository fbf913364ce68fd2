"""The password of batch evaluation, the sessions that it opens, and tries that are counted."""

from __future__ import annotations

import asyncio
import time

import pytest

from rag.errors import SettingsError
from rag.settings import load_settings
from web.evaluation_session import SECONDS, Session, Sessions, TooManyTries

PASSWORD = "a horse of 12 colours"
NOW = time.time()


def begun(sessions: Sessions, password: str = PASSWORD, client: str = "10.0.0.1") -> str | None:
    return asyncio.run(sessions.begin(password, client, now=NOW))


def session_of(sessions: Sessions) -> tuple[str, Session]:
    cookie = begun(sessions)
    assert cookie
    session = sessions.of(cookie, now=NOW)
    assert session
    return cookie, session


@pytest.mark.parametrize("password", ["short", "elevenchars", "aaaaaaaaaaaaaaaa", "abababababab"])
def test_a_weak_password_is_refused_at_the_start_without_being_told(password: str) -> None:
    with pytest.raises(SettingsError, match=r"^WENJU_EVALUATION_PASSWORD: too weak; expected at least 12") as refused:
        load_settings(evaluation_password=password)
    assert password not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_empty_password_is_none() -> None:
    assert load_settings(evaluation_password="").evaluation_password is None


def test_no_settings_show_the_password() -> None:
    assert PASSWORD not in repr(load_settings(evaluation_password=PASSWORD))


def test_the_password_opens_a_session_and_another_does_not() -> None:
    sessions = Sessions(PASSWORD)
    assert session_of(sessions)
    for other in ("", PASSWORD + " ", PASSWORD[:-1], PASSWORD.upper(), "\ud800"):
        assert begun(sessions, other, client=repr(other)) is None


def test_a_session_ends_after_its_time_and_when_it_is_ended() -> None:
    sessions = Sessions(PASSWORD)
    cookie, session = session_of(sessions)
    assert sessions.of(cookie, now=NOW + SECONDS - 1)
    assert sessions.of(cookie, now=NOW + SECONDS) is None
    sessions.end(session, now=NOW)
    assert sessions.of(cookie, now=NOW) is None
    assert sessions.of(begun(sessions) or "", now=NOW)


def test_a_cookie_that_was_changed_or_made_elsewhere_is_none() -> None:
    sessions = Sessions(PASSWORD)
    cookie, _ = session_of(sessions)
    kind, expiry, name, signature = cookie.split(".")
    later = f"{kind}.{int(expiry) + 9}.{name}.{signature}"
    for other in ("", "s1", later, cookie + "x", f"{kind}.{expiry}.{'a' * 22}.{signature}", "s1.é.x.y"):
        assert sessions.of(other, now=NOW) is None
    assert Sessions(PASSWORD).of(cookie, now=NOW) is None


def test_a_form_is_good_for_its_own_session_alone() -> None:
    sessions = Sessions(PASSWORD)
    _, mine = session_of(sessions)
    _, another = session_of(sessions)
    token = sessions.form_token(mine, now=NOW)
    assert sessions.is_ours(token, mine, now=NOW)
    assert not sessions.is_ours(token, another, now=NOW)
    assert not sessions.is_ours(token, None, now=NOW)
    assert not sessions.is_ours(token, mine, now=NOW + SECONDS)
    assert not sessions.is_ours("", mine, now=NOW)


def test_after_five_wrong_tries_even_the_right_password_has_to_wait() -> None:
    async def tried() -> int:
        sessions = Sessions(PASSWORD)
        for _ in range(5):
            assert await sessions.begin("wrong", "10.0.0.1", now=NOW) is None
        assert await sessions.begin(PASSWORD, "10.0.0.2", now=NOW)
        with pytest.raises(TooManyTries) as refused:
            await sessions.begin(PASSWORD, "10.0.0.1", now=NOW)
        return refused.value.seconds

    assert 0 < asyncio.run(tried()) <= 900


def test_tries_that_come_at_once_are_all_counted() -> None:
    async def tried() -> list[object]:
        sessions = Sessions(PASSWORD)
        tries = [sessions.begin("wrong", "10.0.0.1", now=NOW) for _ in range(50)]
        return list(await asyncio.gather(*tries, return_exceptions=True))

    found = asyncio.run(tried())
    assert found.count(None) == 5
    assert sum(isinstance(each, TooManyTries) for each in found) == 45


def test_one_network_with_many_addresses_has_twenty_tries() -> None:
    async def tried() -> int:
        sessions = Sessions(PASSWORD)
        refused = 0
        for number in range(30):
            try:
                await sessions.begin("wrong", f"2001:db8:1:{number:x}::/64", now=NOW)
            except TooManyTries:
                refused += 1
        return refused

    assert asyncio.run(tried()) == 10


def test_the_right_password_clears_the_tries() -> None:
    async def tried() -> None:
        sessions = Sessions(PASSWORD)
        for _ in range(4):
            for _ in range(4):
                await sessions.begin("wrong", "10.0.0.1", now=NOW)
            assert await sessions.begin(PASSWORD, "10.0.0.1", now=NOW)

    asyncio.run(tried())
