"""Short-lived tokens: a site's own server vouches for one page of it. Knows nothing of HTTP.

A token is `t1.EXPIRY.SIGNATURE`. The signature binds it to what it is for, the public key, the origin and the expiry,
so that it is of no use to another site or page and never outlives its time.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from typing import Literal

from web.site_records import Site

Purpose = Literal["ask", "form"]
"""`ask`: questions of a page; `form`: the page without scripts."""

SECONDS = 900
"""How long a token is good for."""

_TOKEN = re.compile(r"t1\.(?P<expiry>[1-9][0-9]{9,10})\.(?P<signature>[A-Za-z0-9_-]{43})", re.ASCII)


def issue(site: Site, *, origin: str, purpose: Purpose, now: float, seconds: int = SECONDS) -> str:
    """A token for pages of `origin`, good until `seconds` after `now` (seconds since 1970)."""
    expiry = int(now) + seconds
    return f"t1.{expiry}.{_signature(site, origin, purpose, expiry)}"


def verdict(
    token: str, site: Site, *, origin: str, purpose: Purpose, now: float
) -> Literal["good", "expired", "wrong"]:
    """What to think of `token` when a page of `origin` shows it for `site`."""
    found = _TOKEN.fullmatch(token)
    if not found:
        return "wrong"
    expiry = int(found["expiry"])
    if not hmac.compare_digest(_signature(site, origin, purpose, expiry), found["signature"]):
        return "wrong"
    return "good" if now < expiry else "expired"


def _signature(site: Site, origin: str, purpose: Purpose, expiry: int) -> str:
    signed = "\n".join(("wenju token 1", purpose, site.key, origin, str(expiry)))
    digest = hmac.digest(bytes.fromhex(site.secret_sha256), signed.encode("utf-8", "surrogatepass"), "sha256")
    return urlsafe_b64encode(digest).decode("ascii").rstrip("=")
