from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

import app
from rag.errors import SettingsError
from rag.settings import Settings
from web.clients import UNKNOWN, Clients, network_of

PROXIES = "127.0.0.1, 10.0.0.0/8, fd00::/8"


def client(peer: str, *forwarded: str, proxies: str = PROXIES) -> str:
    return Clients(proxies).behind(peer, forwarded)


def test_who_connects_is_the_client() -> None:
    assert client("203.0.113.5") == "203.0.113.5"


def test_a_stranger_cannot_say_who_he_is() -> None:
    assert client("203.0.113.5", "198.51.100.1") == "203.0.113.5"
    assert client("127.0.0.1", "198.51.100.1", proxies="") == "127.0.0.1"


def test_behind_a_proxy_it_is_the_address_that_the_proxy_wrote() -> None:
    assert client("127.0.0.1", "198.51.100.1") == "198.51.100.1"


def test_what_a_stranger_wrote_before_the_proxy_did_is_not_believed() -> None:
    assert client("127.0.0.1", "1.1.1.1, 2.2.2.2, 198.51.100.1") == "198.51.100.1"
    assert client("127.0.0.1", "1.1.1.1", "198.51.100.1") == "198.51.100.1"
    assert client("127.0.0.1", "127.0.0.1, 198.51.100.1") == "198.51.100.1"


def test_a_chain_of_proxies_is_followed_to_the_first_stranger() -> None:
    assert client("127.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.7, 10.1.2.3") == "198.51.100.1"


def test_a_request_of_a_proxy_itself_is_its_own() -> None:
    assert client("10.0.0.7") == "10.0.0.7"
    assert client("127.0.0.1", "10.0.0.7, 10.0.0.8") == "10.0.0.7"


@pytest.mark.parametrize(
    "entry", ["", "unknown", "_hidden", "198.51.100.1.2", "健康", "0x7f.1", "for=1.2.3.4", "[", "::1%"]
)
def test_what_is_no_address_ends_the_chain(entry: str) -> None:
    assert client("127.0.0.1", f"198.51.100.1, {entry}") == "127.0.0.1"


@pytest.mark.parametrize(
    "entry", ["198.51.100.1:4711", " 198.51.100.1 ", "::ffff:198.51.100.1", "[::ffff:198.51.100.1]:80"]
)
def test_an_address_is_known_in_every_way_that_proxies_write_it(entry: str) -> None:
    assert client("127.0.0.1", entry) == "198.51.100.1"


def test_a_network_of_ipv6_is_one_client() -> None:
    assert client("2001:db8:1:2:aaaa::1") == client("2001:db8:1:2:bbbb::9") == "2001:db8:1:2::/64"
    assert client("2001:db8:1:3::1") != client("2001:db8:1:2::1")
    assert client("127.0.0.1", "[2001:db8:1:2::1]:4711") == "2001:db8:1:2::/64"
    assert client("fe80::1%eth0") == "fe80::/64"


def test_an_ipv4_address_inside_ipv6_is_that_address() -> None:
    assert client("::ffff:203.0.113.5") == "203.0.113.5"
    assert client("2002:cb00:7105:1::1") == client("2002:cb00:7105:ffff::1") == "203.0.113.5"


def test_ipv4_that_is_translated_for_a_server_without_it_is_no_single_client() -> None:
    assert client("64:ff9b::203.0.113.5") == "203.0.113.5"
    assert client("64:ff9b::203.0.113.6") == "203.0.113.6"


def test_a_network_is_what_one_person_may_have() -> None:
    assert network_of("2001:db8:1:2::/64") == network_of("2001:db8:1:ffff::/64") == "2001:db8:1::/48"
    assert [network_of(name) for name in ("203.0.113.5", UNKNOWN, "batch:health", "")] == [None] * 4


def connection(peer: str, forwarded: str | None) -> HTTPConnection:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    return HTTPConnection({"type": "http", "client": (peer, 4711), "headers": headers})


def test_a_proxy_that_nobody_named_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    clients = Clients("")
    assert {clients.of(connection("127.0.0.1", "198.51.100.1")) for _ in range(3)} == {"127.0.0.1"}
    assert len(caplog.messages) == 1
    assert "WENJU_PROXIES" in caplog.messages[0]


def test_no_stranger_and_no_known_proxy_makes_it_warn(caplog: pytest.LogCaptureFixture) -> None:
    clients = Clients("10.0.0.1")
    for peer, forwarded in (("8.8.8.8", "1.1.1.1"), ("10.0.0.1", "1.1.1.1"), ("127.0.0.1", None)):
        clients.of(connection(peer, forwarded))
    assert caplog.messages == []


def test_a_proxy_is_known_by_its_mapped_address() -> None:
    assert client("::ffff:127.0.0.1", "198.51.100.1") == "198.51.100.1"


@pytest.mark.parametrize("peer", ["", "testclient", "/run/wenju.sock"])
def test_a_connection_without_an_address_is_unknown(peer: str) -> None:
    assert client(peer, "198.51.100.1") == UNKNOWN


@given(st.lists(st.text(), max_size=4))
def test_nothing_that_is_sent_breaks_it(forwarded: list[str]) -> None:
    assert client("203.0.113.5", *forwarded) == "203.0.113.5"
    assert client("127.0.0.1", *forwarded)


@pytest.mark.parametrize("proxies", ["nginx", "10.0.0.1/8", "0.0.0.0/0", "::/0", "127.0.0.1;10.0.0.1"])
def test_proxies_that_make_no_sense_are_told(proxies: str) -> None:
    with pytest.raises(SettingsError, match="WENJU_PROXIES"):
        Clients(proxies)


def test_the_server_itself_believes_no_forwarded_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """uvicorn would, from this machine, before we are asked."""
    import uvicorn

    made: list[uvicorn.Config] = []
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: made.append(self.config))
    with app.listen("127.0.0.1", 0) as listener:
        app.run(app=lambda: None, listener=listener, settings=Settings())  # type: ignore[arg-type]
    assert not made[0].proxy_headers
