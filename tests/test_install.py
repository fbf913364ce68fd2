"""`install.sh` against a `uv` and a `python3.11` that only write down what they were asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


class Machine:
    """A folder with a checkout in it, and the programs that its PATH has."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "a checkout"
        self.bin = folder / "bin"
        self.log = folder / "log"
        self.checkout.mkdir()
        self.bin.mkdir()
        self.log.write_text("", encoding="utf-8")
        (self.checkout / "install.sh").write_bytes((ROOT / "install.sh").read_bytes())
        (self.checkout / "requirements.txt").write_text("torch==2.13.0\n", encoding="utf-8")
        self.program("uname", "echo Linux")
        self.program("uv", self.note_down())
        self.program("python3.11", "exit 0")

    def note_down(self) -> str:
        return f"""[ "$1" = --version ] || printf '%s\\n' "$@" END >>'{self.log}'"""

    def program(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def with_venv(self) -> Machine:
        (self.checkout / ".venv/bin").mkdir(parents=True)
        (self.checkout / ".venv/bin/python").symlink_to(sys.executable)
        return self

    def install(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/bash", "install.sh", *arguments],
            cwd=self.checkout,
            env={"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(self.checkout), **environment},
            text=True,
            capture_output=True,
            timeout=60,
        )

    def asked(self) -> list[list[str]]:
        """The arguments of each call of `uv` so far."""
        calls = self.log.read_text(encoding="utf-8").split("END\n")[:-1]
        return [call.splitlines() for call in calls]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_second_call_installs_nothing(machine: Machine) -> None:
    machine.with_venv()
    assert machine.install().returncode == 0
    assert machine.install().returncode == 0
    assert len(machine.asked()) == 1


def test_changed_requirements_are_installed_again(machine: Machine) -> None:
    machine.with_venv().install()
    (machine.checkout / "requirements.txt").write_text("torch==2.14.0\n", encoding="utf-8")
    machine.install()
    assert len(machine.asked()) == 2


def test_a_failed_installation_is_tried_again_at_the_next_call(machine: Machine) -> None:
    machine.with_venv().program("uv", '[ "$1" = --version ]')
    assert machine.install().returncode != 0
    machine.program("uv", machine.note_down())
    assert machine.install().returncode == 0
    assert len(machine.asked()) == 1


def test_the_venv_is_made_with_the_first_python_that_runs(machine: Machine) -> None:
    machine.program("python3.11", "echo 'not installed in this version manager' >&2; exit 127")
    machine.program("python3.12", "exit 0")
    machine.install()
    assert machine.asked()[0] == ["venv", "--quiet", "--python", str(machine.bin / "python3.12"), ".venv"]


def test_a_python_that_is_too_old_is_named_in_one_line(machine: Machine) -> None:
    for name in ("python3.11", "python3.12", "python3.13", "python3.14", "python3", "python"):
        machine.program(name, "echo Python 3.9.2; exit 1")
    machine.program("uv", "exit 1")
    finished = machine.install()
    assert finished.returncode == 1
    assert finished.stderr.startswith("install: Python 3.11 or newer is needed; found Python 3.9.2. Install one")
    assert finished.stderr.count("\n") == 1


def test_linux_asks_for_the_cpu_build_of_torch(machine: Machine) -> None:
    machine.with_venv().install()
    assert machine.asked()[0][-2:] == ["--torch-backend", "cpu"]


def test_elsewhere_the_ordinary_torch_is_taken(machine: Machine) -> None:
    machine.with_venv().program("uname", "echo Darwin")
    machine.install()
    assert "--torch-backend" not in machine.asked()[0]


def test_the_ordinary_torch_is_taken_where_no_cpu_build_is_offered(machine: Machine) -> None:
    refuse_cpu = f"""case "$*" in *--torch-backend*) {machine.note_down()}; exit 1 ;; esac; {machine.note_down()}"""
    machine.with_venv().program("uv", refuse_cpu)
    finished = machine.install()
    assert finished.returncode == 0
    assert "the CPU build of torch is not to be had here" in finished.stderr
    assert ["--torch-backend" in call for call in machine.asked()] == [True, False]


def test_a_choice_of_torch_in_the_environment_is_left_alone(machine: Machine) -> None:
    machine.with_venv().install(UV_TORCH_BACKEND="auto")
    assert "--torch-backend" not in machine.asked()[0]


def test_a_folder_of_wheels_is_passed_on_whole_and_used_for_torch(machine: Machine, tmp_path: Path) -> None:
    wheels = tmp_path / "my wheels"
    wheels.mkdir()
    (wheels / "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl").touch()
    machine.with_venv().install(PIP_FIND_LINKS=str(wheels))
    asked = machine.asked()[0]
    assert asked[asked.index("--find-links") + 1] == str(wheels)
    assert "--torch-backend" not in asked


def test_the_mirror_that_pip_is_set_to_is_passed_on(machine: Machine) -> None:
    listed = "global.index-url='https://mirror.example/simple'\nuser.timeout='60'\n"
    machine.program("python3.11", f"""[ "$2" = pip ] && printf '%s' "{listed}"; exit 0""")
    machine.with_venv().install()
    asked = machine.asked()[0]
    assert asked[asked.index("--default-index") + 1] == "https://mirror.example/simple"


def test_the_environment_outweighs_what_pip_is_set_to(machine: Machine) -> None:
    machine.program("python3.11", """[ "$2" = pip ] && echo "global.find-links='/old'"; exit 0""")
    machine.with_venv().install(PIP_FIND_LINKS="/new")
    asked = machine.asked()[0]
    assert "/new" in asked
    assert "/old" not in asked


def test_several_extra_indexes_are_passed_on_one_by_one(machine: Machine) -> None:
    machine.with_venv().install(PIP_EXTRA_INDEX_URL="https://a.example/simple https://b.example/simple")
    asked = machine.asked()[0]
    assert [asked[i + 1] for i, word in enumerate(asked) if word == "--index"] == [
        "https://a.example/simple",
        "https://b.example/simple",
    ]


def test_an_unknown_word_is_wrong_usage(machine: Machine) -> None:
    finished = machine.install("everything")
    assert finished.returncode == 2
    assert finished.stderr == "install: unknown: everything. Use ./install.sh or ./install.sh test.\n"


def test_make_without_a_word_prints_the_words() -> None:
    finished = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, text=True, capture_output=True, env={**os.environ, "MAKEFLAGS": ""}
    )
    words = [line.split()[1] for line in finished.stdout.splitlines()]
    assert words == ["help", "run", "test", "eval", "bench", "lock", "format"]
