"""The folder of an index: what its manifest says, which generation is current, and how a new one takes its place.

    current                the number of the generation in use, one line
    writing.lock           held by the one ingest that may write
    generations/000003/    a complete generation, never changed once it is current
    generations/000004.building/   one that is being built, or was cut short
    embedded-*.part        what a build that was cut short had embedded (`rag.index_spool`)

Knows nothing of what a generation holds beside its manifest.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import filelock

from rag.errors import BUILD_AGAIN, IndexBusy, IndexDamaged, IndexForeign, IndexMissing

FORMAT = 4
"""Of everything in a generation, the folding of the texts included. Raise it when older ones cannot be read."""

_VECTORS_ALIKE = (1, 2, 3, 4)
"""Formats whose texts, vectors and names of collections are those of this one: what an ingest may take from them."""

_BUILDING = ".building"


@dataclass(frozen=True, kw_only=True, slots=True)
class PassageSettings:
    """How articles are cut."""

    tokens: int
    overlap_sentences: int
    window_chars: int = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a generation was built with and what it holds."""

    format: int
    versions: Mapping[str, str]
    """Of the libraries that wrote its files."""
    model: str
    dimension: int
    fingerprint: str
    """Of the embedding model's weights."""
    passage_settings: PassageSettings
    collection: str
    """How its Chroma collections begin."""
    chroma_url: str | None
    """The server that holds them, or None: they are in the generation's folder."""
    articles: Mapping[str, str]
    """Digest of each article, by id."""
    passages: int
    vectors: int
    """Of passages and windows together."""
    files: Mapping[str, str]
    """SHA-256 of each file that no library changes when it opens it."""

    def write(self, folder: Path) -> None:
        (folder / "manifest.json").write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")


def read_manifest(folder: Path, *, older: bool = False) -> Manifest:
    """The manifest of a generation. Raises `IndexForeign` or `IndexDamaged`.

    With `older` also that of one that cannot be searched any more, but whose vectors can be taken over.
    """
    path = folder / "manifest.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] not in (_VECTORS_ALIKE if older else (FORMAT,)):
            raise IndexForeign(f"The index {folder} has format {values['format']}, this is {FORMAT}. {BUILD_AGAIN}")
        values["passage_settings"] = PassageSettings(**values["passage_settings"])
        return Manifest(**values)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamaged(f"The index {folder} has no readable manifest ({error}). {BUILD_AGAIN}") from None


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_digests(folder: Path, *, without: str) -> dict[str, str]:
    """The SHA-256 of every file under `folder`, but for the manifest and the subfolder `without`."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    names = ((path.relative_to(folder).as_posix(), path) for path in files)
    return {
        name: file_digest(path)
        for name, path in names
        if name != "manifest.json" and not name.startswith(without + "/") and not name.endswith(".lock")
    }


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Returns if every file is as it was written. Raises `IndexDamaged` with the name of the first that is not."""
    for name, wanted in manifest.files.items():
        try:
            intact = file_digest(folder / name) == wanted
        except OSError:
            intact = False
        if not intact:
            raise IndexDamaged(f"The index {folder} is damaged: {name} is lost or changed. {BUILD_AGAIN}")


def pointer(path: Path) -> Path:
    return path / "current"


def current_generation(path: Path) -> Path:
    """The folder of the generation in use. Raises `IndexMissing` or `IndexDamaged`."""
    try:
        number = pointer(path).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise IndexMissing(f"No index at {path}. Build it with: python -m rag ingest") from None
    except (OSError, ValueError) as error:
        raise IndexDamaged(f"The index {path} cannot be read: {error}. {BUILD_AGAIN}") from None
    folder = path / "generations" / number
    if not number.isdigit() or not folder.is_dir():
        raise IndexDamaged(f"The index {path} names a generation {number!r} that is not there. {BUILD_AGAIN}")
    return folder


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """The right to write the index at `path`. Raises `IndexBusy` at once where another process has it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(path / "writing.lock", timeout=0):
            yield
    except filelock.Timeout:
        raise IndexBusy(f"Another ingest is writing the index {path}. Wait until it is done, then try again.") from None


def unfinished_generations(path: Path) -> list[Path]:
    """What ingests that were killed left behind. Call it with the right to write."""
    return sorted((path / "generations").glob(f"*{_BUILDING}"))


def new_generation(path: Path) -> Path:
    """An empty folder to build the next generation in."""
    folder = path / "generations"
    folder.mkdir(exist_ok=True)
    building = folder / f"{_highest(folder) + 1:06d}{_BUILDING}"
    building.mkdir()
    return building


def make_current(path: Path, building: Path) -> Path:
    """Put a complete generation in the place of the one in use, all at once, and return its folder."""
    _sync_to_disk(building)
    folder = building.with_name(building.name.removesuffix(_BUILDING))
    os.replace(building, folder)
    fresh = pointer(path).with_suffix(".new")
    fresh.write_text(folder.name + "\n", encoding="ascii")
    _sync_to_disk(folder.parent, fresh)
    os.replace(fresh, pointer(path))
    _sync_to_disk(path, deep=False)
    return folder


def older_generations(path: Path) -> list[Path]:
    """The generations before the one in use and the one before it, which a reader may still hold."""
    current = current_generation(path).name
    older = sorted(folder for folder in (path / "generations").iterdir() if folder.name < current)
    return older[:-1]


def _highest(folder: Path) -> int:
    return max((int(child.name) for child in folder.iterdir() if child.name.isdigit()), default=0)


def _sync_to_disk(*places: Path, deep: bool = True) -> None:
    for place in places:
        children = [*place.rglob("*"), place] if deep and place.is_dir() else [place]
        for child in children:
            if child.is_dir() and os.name == "nt":  # Windows opens no folders
                continue
            descriptor = os.open(child, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
