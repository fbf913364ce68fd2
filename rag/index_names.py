"""The names for one thing that an index has learned from its articles (`rag.aliases`), in one file of a generation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rag.aliases import Names
from rag.errors import BUILD_AGAIN, IndexDamaged

_FILE = "names.json"


def write_names(folder: Path, names: Sequence[tuple[str, str]]) -> None:
    """Raises `OSError`."""
    (folder / _FILE).write_text(json.dumps(names, indent=0), encoding="utf-8")


def read_names(folder: Path) -> Names:
    """Raises `IndexDamaged`."""
    try:
        return Names(tuple(group) for group in json.loads((folder / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, IndexError) as error:
        raise IndexDamaged(f"The index {folder} is damaged: {_FILE}: {error}. {BUILD_AGAIN}") from None
