"""Who may ask: the key of a site, the page it is shown on, and a token where the site wants one.

Only the name of a site and the place of a page are looked at, before anything costs anything. CORS by itself would
keep a stranger's page from reading an answer, not from having it written.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import tokens
from web.clients import Clients
from web.problems import Refused
from web.sites import Site, Sites

_LONGEST_KEY = 100
_BEARER = {"WWW-Authenticate": "Bearer"}
_FORM = "form"
"""Stands in place of an origin in the tokens of forms."""

_METHODS = "GET, POST, OPTIONS"
_REQUEST_HEADERS = "content-type,x-site-key,x-site-token,accept-language"
_RESPONSE_HEADERS = "Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, ETag"
_PREFLIGHT_SECONDS = "600"


@dataclass(frozen=True, kw_only=True, slots=True)
class Admitted:
    """A request that may be served."""

    site: Site
    client: str
    """Whose request it is, for the limits."""
    origin: str | None
    """Of the page; None for a site's own server."""


class Admission:
    """Decides whose requests are served."""

    def __init__(self, sites: Sites, proxies: str, clock: Callable[[], float] = time.time) -> None:
        """`proxies` as in the settings. Raises `SettingsError` where they make no sense."""
        self._sites = sites
        self._clients = Clients(proxies)
        self._clock = clock

    def client(self, request: HTTPConnection) -> str:
        """The client of a request, admitted or not."""
        return self._clients.of(request)

    def admit(self, request: HTTPConnection, *, key: str | None = None, token: str | None = None) -> Admitted:
        """The site that a request of a page is for. Raises `Refused`.

        `key` and `token` are those of the headers `X-Site-Key` and `X-Site-Token` unless they are given.
        """
        headers = request.headers
        site = self.site(key if key is not None else headers.get("x-site-key"))
        origin = self._origin(request)
        if not self._sites.lets(site, origin):
            raise Refused("origin-not-allowed")
        if site.secure:
            self._check(site, origin, token if token is not None else headers.get("x-site-token"), "ask")
        return Admitted(site=site, client=self.client(request), origin=origin)

    def admit_server(self, request: HTTPConnection) -> Admitted:
        """The site whose own server sent a request, known by `Authorization: Bearer sk_...`. Raises `Refused`."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        secret = secret.strip()
        usable = scheme.lower() == "bearer" and 0 < len(secret) <= _LONGEST_KEY
        site = self._sites.by_secret(secret) if usable else None
        if site is None:
            raise Refused("unknown-site-key", headers=_BEARER)
        return Admitted(site=_unrevoked(site), client=self.client(request), origin=None)

    def admit_form(self, request: HTTPConnection, *, key: str | None, token: str | None) -> Admitted:
        """The site that the form of a page without scripts is for. Raises `Refused`.

        Browsers send no `Origin` with such a form, or `null`, where they are old or told to keep the referrer to
        themselves; that this server gave the page away is shown by `token`, which `form_token` makes.
        """
        site = self.site(key)
        origin = request.headers.get("origin", "null")
        initiator = request.headers.get("sec-fetch-site", "same-origin")
        if (origin != "null" and origin not in self._sites.own_origins) or initiator != "same-origin":
            raise Refused("origin-not-allowed")
        self._check(site, _FORM, token, "form")
        return Admitted(site=site, client=self.client(request), origin=None)

    def form_token(self, site: Site, *, seconds: int = tokens.SECONDS) -> str:
        """The token for a form that is sent to this server."""
        return tokens.issue(site, origin=_FORM, purpose="form", now=self._clock(), seconds=seconds)

    def token_for(self, site: Site, origin: str) -> str:
        """A token for pages of `origin`, which must be of the site or of this server. Raises `Refused`."""
        if not self._sites.lets(site, origin):
            raise Refused("origin-not-allowed")
        return tokens.issue(site, origin=origin, purpose="ask", now=self._clock())

    def site(self, key: str | None) -> Site:
        """The site with this public key. Raises `Refused`."""
        site = self._sites.by_key(key) if key and len(key) <= _LONGEST_KEY else None
        if site is None:
            raise Refused("unknown-site-key")
        return _unrevoked(site)

    def _origin(self, request: HTTPConnection) -> str:
        headers = request.headers
        given = headers.getlist("origin")
        if len(given) == 1:
            return given[0]
        reads = request.scope["method"] in ("GET", "HEAD")
        # Browsers send no Origin when a page reads from its own server, but this, which no page can make up.
        if not given and reads and headers.get("sec-fetch-site") == "same-origin":
            # The host is looked at, because strangers can point a name of theirs at this server.
            host = headers.get("host", "")
            own = [origin for origin in self._sites.own_origins if origin.partition("://")[2] == host]
            if own:
                return own[0]
        raise Refused("origin-not-allowed")

    def _check(self, site: Site, origin: str, token: str | None, purpose: tokens.Purpose) -> None:
        if not token:
            raise Refused("token-required")
        match tokens.verdict(token, site, origin=origin, purpose=purpose, now=self._clock()):
            case "wrong":
                raise Refused("token-required")
            case "expired":
                raise Refused("token-expired")


def _unrevoked(site: Site) -> Site:
    if site.revoked:
        raise Refused("site-revoked")
    return site


class SiteCors:
    """Lets browsers read what `app` answers to the pages of invited sites, and nobody else's.

    Never `*`, never `null`, never credentials.
    """

    def __init__(self, app: ASGIApp, sites: Sites) -> None:
        self._app = app
        self._sites = sites

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(("/api/v1/", "/embed/")):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if scope["method"] == "OPTIONS" and origin is not None and "access-control-request-method" in headers:
            await self._preflight(origin)(scope, receive, send)
            return
        allowed = origin if origin is not None and self._may_read(origin, path, headers) else None

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                marked = MutableHeaders(scope=message)
                # The same address of the API says something else for another site.
                _vary(marked, "Origin", *(["X-Site-Key"] if path.startswith("/api/") else []))
                if allowed:
                    marked["Access-Control-Allow-Origin"] = allowed
                    marked["Access-Control-Expose-Headers"] = _RESPONSE_HEADERS
            await send(message)

        await self._app(scope, receive, send_marked)

    def _may_read(self, origin: str, path: str, headers: Headers) -> bool:
        if path.startswith("/embed/"):
            return origin in self._sites.own_origins or self._sites.invited(origin)
        site = self._sites.by_key(headers.get("x-site-key", ""))
        return site is not None and not site.revoked and self._sites.lets(site, origin)

    def _preflight(self, origin: str) -> Response:
        # A preflight carries no key yet, so that any site's page may send the request that does.
        if not (origin in self._sites.own_origins or self._sites.invited(origin)):
            return Response(status_code=403, headers={"Vary": "Origin"})
        return Response(
            status_code=204,
            headers={
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": _METHODS,
                "Access-Control-Allow-Headers": _REQUEST_HEADERS,
                "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
                "Vary": "Origin",
            },
        )


def _vary(headers: MutableHeaders, *names: str) -> None:
    """Adds to `Vary` those of `names` that it lacks."""
    there = [name.strip() for name in headers.get("vary", "").split(",") if name.strip()]
    missing = [name for name in names if name.lower() not in {known.lower() for known in there}]
    headers["Vary"] = ", ".join([*there, *missing])
