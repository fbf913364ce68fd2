"""The sites that may embed the widget and call the API, as `sites.toml` lists them. Knows nothing of HTTP."""

from __future__ import annotations

import hmac
import logging
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from rag.errors import SettingsError
from web import origins
from web.site_file import SiteFileError, read_sites
from web.site_records import Contact, Site, SiteLimits

__all__ = ["LOCAL_KEY", "Contact", "Site", "SiteLimits", "Sites", "allows", "own_origins"]

_log = logging.getLogger(__name__)

LOCAL_KEY = "pk_" + "local".ljust(26, "a")
"""Public key of the built-in site, which there is while no `sites.toml` is."""
_KEPT = "The invited sites stay as they were."


def allows(site: Site, origin: str) -> bool:
    """Whether `site` lists `origin`, as a browser sent it."""
    return origins.allows(site.origins, origin)


@dataclass(frozen=True, kw_only=True, slots=True)
class _State:
    """What the file held when it was last read without a mistake."""

    stamp: tuple[int, int, int] | None
    """Of the file as it was last seen, whether it could be used or not."""
    sites: tuple[Site, ...]
    by_key: Mapping[str, Site]


class Sites:
    """The invited sites. The file is read again when it has changed; a broken edit changes nothing."""

    def __init__(self, path: Path, *, public_url: str | None, port: int) -> None:
        """Raises `SettingsError` when `public_url` is no address. A broken file invites nobody."""
        self._path = path
        self._own = own_origins(public_url, port)
        self._lock = threading.Lock()
        self._state = self._first_state()

    @property
    def own_origins(self) -> frozenset[str]:
        """Where this server itself is reached: its demo, frame and plain pages may ask for every site."""
        return self._own

    @property
    def all(self) -> tuple[Site, ...]:
        """Every site, in the order of the file, those that were revoked included."""
        return self._fresh().sites

    def by_key(self, key: str) -> Site | None:
        """The site with this public key. It may have been revoked."""
        return self._fresh().by_key.get(key)

    def by_secret(self, secret: str) -> Site | None:
        """The site with this secret key. It may have been revoked. Takes as long for every secret."""
        digest = sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
        found = [site for site in self._fresh().sites if hmac.compare_digest(site.secret_sha256, digest)]
        return found[0] if found else None

    def invited(self, origin: str) -> bool:
        """Whether any site that was not revoked lists `origin`."""
        return any(allows(site, origin) for site in self._fresh().sites if not site.revoked)

    def lets(self, site: Site, origin: str) -> bool:
        """Whether a page of `origin` may speak for `site`: it is listed, or it is a page of this server."""
        return allows(site, origin) or origin in self._own

    def _first_state(self) -> _State:
        stamp = _stamp(self._path)
        if stamp is None:
            return _state(None, (_local(self._own),))
        return self._read(stamp, "Nobody is invited.") or _state(stamp, ())

    def _fresh(self) -> _State:
        state = self._state
        stamp = _stamp(self._path)
        if stamp == state.stamp:
            return state
        with self._lock:
            if stamp != self._state.stamp:
                if stamp is None:
                    _log.error("%s is gone. %s", self._path, _KEPT)
                kept = _state(stamp, self._state.sites)
                self._state = (self._read(stamp, _KEPT) if stamp else None) or kept
            return self._state

    def _read(self, stamp: tuple[int, int, int], otherwise: str) -> _State | None:
        try:
            return _state(stamp, read_sites(self._path))
        except SiteFileError as error:
            _log.error("%s %s", error, otherwise)
            return None


def _state(stamp: tuple[int, int, int] | None, sites: tuple[Site, ...]) -> _State:
    return _State(stamp=stamp, sites=sites, by_key={site.key: site for site in sites})


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError:  # it is there, and reading it will say what is wrong
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def own_origins(public_url: str | None, port: int) -> frozenset[str]:
    """Where browsers reach this server. Raises `SettingsError` when `public_url` is no address."""
    if public_url is None:
        suffix = "" if port == 80 else f":{port}"
        return frozenset({f"http://127.0.0.1{suffix}", f"http://localhost{suffix}"})
    origin = origins.origin_of(public_url)
    if origin is None:
        raise SettingsError(f"WENJU_PUBLIC_URL: {public_url!r} is no address such as https://qa.example.gov.cn.")
    return frozenset({origin})


def _local(own: frozenset[str]) -> Site:
    # Nobody knows a secret with this digest; it signs the tokens of this process.
    return Site(name="local", key=LOCAL_KEY, secret_sha256=secrets.token_hex(32), origins=tuple(sorted(own)))
