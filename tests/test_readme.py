"""What the README says is so: the commands, the settings, the file map, the help."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rag.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
READMES = ("README.md", "README.zh-CN.md")
SETTINGS = {f"WENJU_{name.upper()}" for name in Settings.model_fields}


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("readme", READMES)
def test_both_commands_stand_in_the_first_screen(readme: str) -> None:
    first_screen = text_of(readme).splitlines()[:40]
    assert "make run" in first_screen
    assert "make test" in first_screen


@pytest.mark.parametrize("readme", READMES)
def test_the_table_of_settings_has_each_setting_once_and_no_other(readme: str) -> None:
    rows = re.findall(r"^\| `(WENJU_[A-Z_]+)` \|", text_of(readme), re.MULTILINE)
    assert sorted(rows) == sorted(SETTINGS)


@pytest.mark.parametrize("readme", READMES)
def test_the_table_of_settings_tells_the_defaults(readme: str) -> None:
    rows = dict(re.findall(r"^\| `(WENJU_[A-Z_]+)` \| (.*?) \|", text_of(readme), re.MULTILINE))
    plain = {
        f"WENJU_{name.upper()}": f"`{field.default:g}`" if isinstance(field.default, float) else f"`{field.default}`"
        for name, field in Settings.model_fields.items()
        if isinstance(field.default, int | float | str) and field.default != ""
    }
    assert {name: rows[name] for name in plain} == plain


@pytest.mark.parametrize("file", [*READMES, "docs/operations.md", ".env.example"])
def test_no_setting_is_named_that_does_not_exist(file: str) -> None:
    assert set(re.findall(r"WENJU_[A-Z_]+", text_of(file))) <= SETTINGS


def test_the_example_of_an_env_file_lists_every_setting_and_sets_none() -> None:
    lines = text_of(".env.example").splitlines()
    assert sorted(re.findall(r"^# (WENJU_[A-Z_]+)=", text_of(".env.example"), re.MULTILINE)) == sorted(SETTINGS)
    assert [line for line in lines if line and not line.startswith("#")] == []


@pytest.mark.parametrize("readme", READMES)
def test_the_file_map_is_true(readme: str) -> None:
    """Every path in it is there, and every folder and file of the top level is in it."""
    map_ = re.search(r"^```text\n(app\.py .*?)^```", text_of(readme), re.MULTILINE | re.DOTALL)
    assert map_
    paths = [line.split()[0] for line in map_[1].splitlines() if not line.startswith(" ")]
    assert [path for path in paths if not (ROOT / path).exists()] == []
    made_here = {"runs", "__pycache__"}
    top = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - made_here
    assert top - {path.strip("/").split("/")[0] for path in paths} == set()


@pytest.mark.parametrize("readme", READMES)
def test_every_file_that_is_linked_is_there(readme: str) -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", text_of(readme)) + re.findall(r'src="([^"]+)"', text_of(readme))
    assert len(links) >= 4
    assert [link for link in links if not (ROOT / link).exists()] == []


def help_of(*command: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-m", *command, "--help"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", "NO_COLOR": "1", "LANG": "C.UTF-8", "HOME": str(Path.home())},
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


COMMANDS = sorted(set(re.findall(r"python -m (corpus|rag|eval|web sites) ([a-z]+)", text_of("README.md"))))


def test_the_readme_shows_every_command() -> None:
    assert {("corpus", "clean"), ("rag", "ingest"), ("rag", "ask"), ("rag", "search"), ("eval", "run")} <= set(COMMANDS)


@pytest.mark.parametrize(("package", "word"), COMMANDS)
def test_every_option_in_the_readme_is_in_the_help(package: str, word: str) -> None:
    lines = [line for line in text_of("README.md").splitlines() if f"python -m {package} {word}" in line]
    options = {option for line in lines for option in re.findall(r"(?<!\S)--?[a-z][a-z-]*", line.split(word, 1)[1])}
    shown = help_of(*package.split(), word)
    assert {option for option in options if not re.search(rf"(?<![\w-]){option}(?![\w-])", shown)} == set()
