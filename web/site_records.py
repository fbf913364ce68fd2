"""What there is to know of an invited site. Plain records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.records import Language


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """The people behind a site, who answer where the assistant cannot."""

    name: str
    phone: str | None = None
    url: str | None = None
    email: str | None = None
    days: int | None = None
    """Working days within which they promise to answer a complaint."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteLimits:
    """How much a site and each of its visitors may ask."""

    question_chars: int = 300
    """The most code points of a question, after NFC."""
    client_minute: int = 10
    """Questions of one client (an IPv4 address or an IPv6 /64) in a minute."""
    client_day: int = 100
    client_at_once: int = 2
    """Answers that one client may be waiting for."""
    site_minute: int = 300
    """Questions of all clients in a minute."""
    tokens_day: int = 2_000_000
    """Model tokens a day, read and written; then answers quote the articles."""
    conversation: int = 500
    """Questions of one conversation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One invited site."""

    name: str
    """What the command line calls it; letters, digits, `-`, `_`."""
    key: str
    """Public: `pk_` and 26 base32 characters. It stands in the pages of the site."""
    secret_sha256: str
    """Hexadecimal SHA-256 of the secret key `sk_...`, which is shown once and kept by the site's own server."""
    origins: tuple[str, ...] = ()
    """Exact origins such as `https://www.example.gov.cn`, or `https://*.example.gov.cn` for every host below."""
    articles: tuple[str, ...] = ()
    """Patterns of the ids of the articles that it may see; empty: all."""
    languages: tuple[Language, ...] = ("zh-Hans", "zh-Hant", "en")
    """Those that its widget speaks, the first one by default."""
    titles: Mapping[Language, str] = field(default_factory=dict)
    greetings: Mapping[Language, str] = field(default_factory=dict)
    examples: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)
    """At most 6 example questions a language."""
    contact: Contact | None = None
    publisher: str | None = None
    """Who answers for the generated content: `ContentProducer` of the implicit label. Unset: the site's name."""
    limits: SiteLimits = field(default_factory=SiteLimits)
    theme: Mapping[str, str] = field(default_factory=dict)
    """Values of the theme properties of the widget, checked for contrast."""
    theme_dark: Mapping[str, str] = field(default_factory=dict)
    """Its colours where the reader prefers dark ones."""
    secure: bool = False
    """Whether a question also needs a short-lived token, which the site's own server fetches with the secret key."""
    revoked: bool = False
