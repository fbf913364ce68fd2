"""Origins: what a browser says a page is from, and what a site may list. Knows nothing of HTTP and of files.

Everything is compared exactly. Browsers write an origin in one way only: lower case, host names of other scripts as
punycode, no port where it is the usual one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = rf"{_LABEL}(?:\.{_LABEL})*"
_PORT = r"(?::(?P<port>[1-9][0-9]{0,4}))?"
_ORIGIN = re.compile(rf"(?P<scheme>https?)://(?P<host>{_NAME}|\[[0-9a-f:.]+\]){_PORT}", re.ASCII)
_WILDCARD = re.compile(rf"https://\*\.(?P<below>{_NAME}){_PORT}", re.ASCII)
_USUAL_PORT = {"http": "80", "https": "443"}
_LONGEST = 300

# The second-level names that registries sell below, so that `*.gov.cn` means strangers.
_SHARED = frozenset("ac co com edu gob gouv gov govt mil ne net nom or org".split())
# Of .cn also those of the provinces.
_SHARED_CN = frozenset(
    "ah bj cq fj gd gs gx gz ha hb he hi hk hl hn jl js jx ln mo nm nx qh sc sd sh sn sx tj tw xj xz yn zj".split()
)


def fault(listed: str) -> str | None:
    """What is wrong with an origin that a site lists, as `what it is; what is expected`; None if it can be used."""
    if listed in ("*", "null") or listed.endswith("://*"):
        return "this would let anybody in; list each origin, such as https://www.example.gov.cn"
    if not listed.isascii():
        return f"browsers send such a host as {_punycode(listed)}; write it so"
    if listed != listed.lower():
        return f"browsers send it in lower case; write {listed.lower()}"
    if "*" in listed:
        return _wildcard_fault(listed)
    found = _ORIGIN.fullmatch(listed) if len(listed) <= _LONGEST else None
    if not found:
        return "expected scheme, host and perhaps port and nothing after them, such as https://www.example.gov.cn"
    return _host_fault(found["host"]) or _port_fault(found["scheme"], found["port"])


def _wildcard_fault(listed: str) -> str | None:
    found = _WILDCARD.fullmatch(listed) if len(listed) <= _LONGEST else None
    if not found:
        return "expected https and one star for the first name, such as https://*.example.gov.cn"
    labels = found["below"].split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return "expected at least two names after the star, such as https://*.example.gov.cn"
    if len(labels) == 2 and (labels[0] in _SHARED or (labels[1] == "cn" and labels[0] in _SHARED_CN)):
        return (
            f"strangers have names below {found['below']}; write one more, such as https://*.example.{found['below']}"
        )
    return _port_fault("https", found["port"])


def _host_fault(host: str) -> str | None:
    is_number = host.startswith("[") or host.rsplit(".", 1)[-1].isdigit()
    if is_number and _canonical_number(host) != host:
        return f"no address that a browser sends; expected {_canonical_number(host) or 'a host name'}"
    return None


def _canonical_number(host: str) -> str | None:
    try:
        if host.startswith("["):
            return f"[{ipaddress.IPv6Address(host[1:-1])}]"
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        return None


def _port_fault(scheme: str, port: str | None) -> str | None:
    if port and int(port) > 65535:
        return "expected a port up to 65535"
    if port == _USUAL_PORT[scheme]:
        return f"browsers leave :{port} out; leave it out"
    return None


def _punycode(listed: str) -> str:
    try:
        return listed.encode("idna").decode("ascii") if "://" not in listed else _punycode_host(listed)
    except UnicodeError:
        return "punycode (xn--...)"


def _punycode_host(listed: str) -> str:
    scheme, _, rest = listed.partition("://")
    return f"{scheme}://{rest.encode('idna').decode('ascii')}"


def is_secure(origin: str) -> bool:
    """Whether nobody between the citizen and the site can change the page: https, or this very machine."""
    found = _ORIGIN.fullmatch(origin)
    if not found or found["scheme"] == "https":
        return True
    host = found["host"]
    if host == "localhost" or host.endswith(".localhost"):
        return True
    number = _canonical_number(host)
    return number is not None and ipaddress.ip_address(number.strip("[]")).is_loopback


def allows(listed: Iterable[str], origin: str) -> bool:
    """Whether `origin`, as a browser sent it, is one of `listed` or a host below one of their wildcards."""
    if len(origin) > _LONGEST or not _ORIGIN.fullmatch(origin):
        return False
    return any(origin == entry or ("*" in entry and _is_below(origin, entry)) for entry in listed)


def _is_below(origin: str, wildcard: str) -> bool:
    tail = wildcard.removeprefix("https://*")
    return origin.startswith("https://") and origin.endswith(tail)


def origin_of(url: str) -> str | None:
    """The origin of a web address as a browser would write it, or None if it is none."""
    found = re.fullmatch(r"(https?)://([^/?#@\\\s]+?)(?::(\d+))?/?", url.strip(), re.IGNORECASE)
    if not found:
        return None
    scheme, host, port = found[1].lower(), found[2].lower(), found[3]
    origin = f"{scheme}://{host}" + (f":{int(port)}" if port and port != _USUAL_PORT[scheme] else "")
    return origin if _ORIGIN.fullmatch(origin) and fault(origin) is None else None
