"""What a run is of: which questions, which system, which code. Two runs are one when all of that is the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from eval.cases import Case
from eval.running import System
from eval.serving import ROOT
from rag.settings import Settings

_PACKAGES = ("chromadb", "tantivy", "sentence-transformers", "torch", "opencc", "ir-measures", "numpy")
_SETTINGS = (
    *("embedding_model", "passage_tokens", "passage_overlap", "passages_per_answer", "question_chars"),
    *("chat_model", "chat_base_url", "chat_tokens"),
)
_CODE = ("corpus", "rag", "eval")
OF_A_RUN = frozenset({"set", "set_digest", "system", "retrieval_only"})
"""What makes another run even of a finished one, which nobody would overwrite on purpose."""
_OTHER = frozenset({"at_once", "started", "python", "packages"})
"""What a run tells of itself that does not make it another run."""


def run_of(
    cases: Iterable[Case], name: str, system: System, settings: Settings, *, retrieval_only: bool, at_once: int
) -> dict[str, Any]:
    """`run.json`: what is asked of what, with what."""
    chosen = list(cases)
    return {
        "set": name,
        "set_digest": set_digest(chosen),
        "questions": len(chosen),
        "system": system.name,
        "index": system.fingerprint,
        "retrieval_only": retrieval_only,
        "settings": {name: _told(name, getattr(settings, name)) for name in _SETTINGS},
        "prompts": prompts_digest(),
        "code": code_digest(),
        "at_once": at_once,
        "python": python_version(),
        "packages": {package: found for package in _PACKAGES if (found := _version(package))},
    }


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """What makes two runs different ones, in words; none where one can go on as the other."""
    return [name for name in one if name not in _OTHER and one[name] != other.get(name)]


def set_digest(cases: Iterable[Case]) -> str:
    """Of the questions and of everything that is expected of their answers."""
    digest = hashlib.sha256()
    for case in cases:
        digest.update(json.dumps(asdict(case), sort_keys=True).encode())
    return digest.hexdigest()[:16]


def prompts_digest() -> str:
    """Of every word in `prompts/` that goes into an answer."""
    words = (path for path in (ROOT / "prompts").iterdir() if path.suffix == ".md" or "replies" in path.name)
    return _digest(path for path in words if not path.name.startswith("judge."))


def code_digest() -> str:
    """Of the code that cleans, finds, answers and scores, with what it was taught."""
    files = (path for folder in _CODE for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".toml"))
    return _digest(files)


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _told(name: str, value: object) -> object:
    """A setting without the password that an address may hold."""
    if name != "chat_base_url" or not isinstance(value, str):
        return value
    parts = urlsplit(value)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
