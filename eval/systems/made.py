"""Fingerprints: what a system and its index are made of, in 16 characters."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path

from rag.manifest import current_generation, read_manifest


def fingerprint_of(*made_of: object) -> str:
    """A digest of everything in `made_of`, in its order."""
    return hashlib.sha256("\n".join(map(str, made_of)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def index_fingerprint(index: Path) -> str:
    """The fingerprint of the index in use at `index`: its articles, its embedding model and how passages are cut.

    The same for the same articles, wherever and whenever it was built. Raises `IndexUnusable`.
    """
    manifest = read_manifest(current_generation(index))
    return fingerprint_of(
        manifest.format,
        manifest.model,
        manifest.fingerprint,
        sorted(asdict(manifest.passage_settings).items()),
        sorted(manifest.articles.items()),
    )
