"""How the file of the sites is changed: its comments stay, and no reader ever sees half of it."""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
from base64 import b32encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import tomlkit

from rag.records import Language
from web.site_file import SiteFileError, parsed, read_text
from web.site_records import Contact, Site

_BEGINNING = """\
# The sites that may embed the assistant. A running server reads this file again when it has changed.
# Made by `python -m web sites add`; check it with `python -m web sites check`. The fields: docs/embedding.md.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSite:
    """What a person says of a site that is to be invited."""

    name: str
    origins: Sequence[str]
    articles: Sequence[str] = ()
    languages: Sequence[Language] = ()
    titles: Mapping[Language, str]
    contact: Contact | None = None
    secure: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """The two keys of a site. The file holds only a digest of the secret one."""

    public: str
    secret: str


def new_keys() -> Keys:
    """Keys that nobody can guess: 130 and 260 random bits."""
    return Keys(public=f"pk_{_letters(26)}", secret=f"sk_{_letters(52)}")


def _letters(count: int) -> str:
    return b32encode(secrets.token_bytes(count)).decode("ascii").lower()[:count]


def add(path: Path, new: NewSite, keys: Keys) -> Site:
    """Writes `new` into the file. Raises `SiteFileError` when that would make it one that cannot be used."""
    with _alone(path):
        text = read_text(path) if path.exists() else _BEGINNING
        known = _usable(text, path)
        if new.name in {site.name for site in known}:
            raise SiteFileError(f'{path}: there is a site "{new.name}". Choose another name.')
        _ensure(not isinstance(tomlkit.parse(text).get("sites"), tomlkit.items.InlineTable), path)
        written = _with_site(text, new, keys)
        *others, added = _usable(written, path)
        _ensure(tuple(others) == known and added.name == new.name, path)
        _write(path, written)
        return added


def revoke(path: Path, name: str) -> bool:
    """Writes that site `name` is not invited any more; False if that is written already. Raises `SiteFileError`."""
    with _alone(path):
        text = read_text(path)
        known = _usable(text, path)
        found = next((site for site in known if site.name == name), None)
        if found is None:
            raise SiteFileError(f'{path}: there is no site "{name}". List them with: python -m web sites list')
        if found.revoked:
            return False
        document = tomlkit.parse(text)
        document["sites"][name]["revoked"] = True  # type: ignore[index]
        written = tomlkit.dumps(document)
        expected = tuple(replace(site, revoked=True) if site.name == name else site for site in known)
        _ensure(_usable(written, path) == expected, path)
        _write(path, written)
        return True


def _ensure(is_as_meant: bool, path: Path) -> None:
    if not is_as_meant:
        raise SiteFileError(
            f"{path}: its tables are arranged in a way that cannot be changed by itself; edit it by hand."
        )


def _usable(text: str, path: Path) -> tuple[Site, ...]:
    found, mistakes = parsed(text, path)
    if mistakes:
        raise SiteFileError(mistakes[0])
    return found


def _with_site(text: str, new: NewSite, keys: Keys) -> str:
    document = tomlkit.parse(text)
    table = tomlkit.table()
    table.add("key", keys.public)
    table.add("secret_sha256", sha256(keys.secret.encode("ascii")).hexdigest())
    table.add("origins", _lines(new.origins))
    if new.articles:
        table.add("articles", _lines(new.articles))
    if new.languages:
        table.add("languages", list(new.languages))
    if new.titles:
        table.add("titles", _inline(new.titles))
    if new.contact:
        contact = {"name": new.contact.name, "phone": new.contact.phone, "url": new.contact.url}
        table.add("contact", _inline({name: value for name, value in contact.items() if value}))
    if new.secure:
        table.add("secure", True)
    sites = document.get("sites")
    if sites is None:
        sites = tomlkit.table(is_super_table=True)
        sites.add(new.name, table)
        document.add("sites", sites)
    else:
        sites.add(new.name, table)
    return tomlkit.dumps(document)


def _lines(values: Sequence[str]) -> tomlkit.items.Array:
    array = tomlkit.array()
    array.extend(values)
    return array.multiline(len(values) > 1)


def _inline(values: Mapping[Language, str] | Mapping[str, str]) -> tomlkit.items.InlineTable:
    table = tomlkit.inline_table()
    table.update(values)
    return table


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Lets one process at a time change the file."""
    try:
        folder = os.open(path.resolve().parent, os.O_RDONLY)
    except OSError as error:
        raise SiteFileError(f"{path}: its folder cannot be used ({error.strerror}).") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _write(path: Path, text: str) -> None:
    """Puts a file with `text` in place of `path` at one stroke, for its owner only.

    The owner stays who it was: what root adds, the server must be able to read.
    """
    target = path.resolve()
    try:
        owner = target.stat() if target.exists() else target.parent.stat()
        handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if os.geteuid() == 0:
                os.chown(beside, owner.st_uid, owner.st_gid)
            os.replace(beside, target)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SiteFileError(f"{path}: cannot be written ({error.strerror}).") from None
