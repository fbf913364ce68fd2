"""Files of sites for tests."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

KEY = "pk_health" + "a" * 20
SECRET = "sk_" + "h" * 52
OTHER_KEY = "pk_tax" + "b" * 23
OTHER_SECRET = "sk_" + "t" * 52
ORIGIN = "https://www.health.example.gov.cn"
OTHER_ORIGIN = "https://www.tax.example.gov.cn"
PUBLIC_URL = "https://qa.example.gov.cn"


def entry(
    name: str = "health", key: str = KEY, secret: str = SECRET, origins: tuple[str, ...] = (ORIGIN,), more: str = ""
) -> str:
    """A table of the file, with the lines `more`."""
    digest = sha256(secret.encode()).hexdigest()
    return f'[sites.{name}]\nkey = "{key}"\nsecret_sha256 = "{digest}"\norigins = {list(origins)}\n{more}\n'


def other_entry(more: str = "") -> str:
    """The table of a second site."""
    return entry("tax", OTHER_KEY, OTHER_SECRET, (OTHER_ORIGIN,), more)


def written(folder: Path, *entries: str) -> Path:
    """A file of these tables in `folder`."""
    path = folder / "sites.toml"
    path.write_text("".join(entries), encoding="utf-8")
    return path
