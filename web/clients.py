"""Whose request it is: the address that limits count by. Knows nothing of sites."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence

from starlette.requests import HTTPConnection

from rag.errors import SettingsError

_log = logging.getLogger(__name__)

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052

UNKNOWN = "unknown"
"""The client of a connection without an address, such as one over a Unix socket."""


class Clients:
    """Tells the clients apart, believing `X-Forwarded-For` only where a proxy of ours wrote it."""

    def __init__(self, proxies: str) -> None:
        """`proxies` are addresses and networks, comma-separated. Raises `SettingsError` for anything else."""
        self._proxies = tuple(_network(part.strip()) for part in proxies.split(",") if part.strip())
        self._has_warned = False

    def of(self, connection: HTTPConnection) -> str:
        """The client of a request: an IPv4 address, or the /64 of an IPv6 address."""
        peer = connection.client.host if connection.client else ""
        forwarded = connection.headers.getlist("x-forwarded-for")
        if forwarded and not self._has_warned:
            self._warn_of(peer)
        return self.behind(peer, forwarded)

    def behind(self, peer: str, forwarded: Sequence[str]) -> str:
        """The client behind `peer`: the right-most address that is no proxy of ours.

        What stands left of it was written by strangers.
        """
        address = _address(peer)
        if address is None:
            return UNKNOWN
        for entry in reversed([part for line in forwarded for part in line.split(",")]):
            if not self._is_proxy(address):
                break
            nearer = _address(entry)
            if nearer is None:
                break
            address = nearer
        return _client(address)

    def _warn_of(self, peer: str) -> None:
        """Says once that everybody who comes through a proxy nearby is counted as one."""
        address = _address(peer)
        if address and address.is_private and not self._is_proxy(address):
            self._has_warned = True
            _log.warning(
                "WENJU_PROXIES does not name the proxy at %s: all visitors that come through it count as one.",
                address,
            )

    def _is_proxy(self, address: _Address) -> bool:
        return any(address in network for network in self._proxies)


def _network(text: str) -> _Network:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise SettingsError(
            f"WENJU_PROXIES: {text!r} is no address or network such as 127.0.0.1 or 10.0.0.0/8."
        ) from None
    if network.prefixlen == 0:
        raise SettingsError(f"WENJU_PROXIES: {text} would believe everybody; list the proxies.")
    return network


def _address(text: str) -> _Address | None:
    """The address in an entry of `X-Forwarded-For`, which may carry a port."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return _plain(ipaddress.ip_address(text))
    except ValueError:
        return None


def _plain(address: _Address) -> _Address:
    """The IPv4 address that an IPv6 address carries, where it carries one.

    Otherwise one IPv4 address could be many clients, or, where IPv4 is translated for a server, all of them be one.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address


def _client(address: _Address) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))


def network_of(client: str) -> str | None:
    """The /48 that an IPv6 client is in, of which one person may have all 65,536 clients; None for any other."""
    try:
        return str(ipaddress.IPv6Network(client).supernet(new_prefix=48))
    except ValueError:
        return None
