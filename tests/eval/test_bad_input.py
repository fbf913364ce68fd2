"""Every file that a person may bring by mistake: one clear line, and what is sound in it is still asked."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.eval.conftest import Eval
from tests.eval.test_question_sets import sheet

GOOD = {"id": "1", "question": "Bins?", "facts": [["Monday"]], "articles": ["bins"]}
CSV = "id,question,facts\n1,垃圾什么时候收？,周一\n"


def json_lines(*rows: object) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("none.jsonl", None, "Error: none.jsonl: no such file. Name a question set in JSONL, CSV or XLSX."),
        (
            "empty.jsonl",
            b"",
            "Error: empty.jsonl: no question in it. One question a line or row, with id and question.",
        ),
        ("empty.csv", b"", "Error: empty.csv: no column id in its first row (it is empty). Add it."),
        ("empty.xlsx", b"", "Error: empty.xlsx: not a sound XLSX file. Save it as .xlsx again and try again."),
        ("a.csv", b"id,asked\n1,?\n", "Error: a.csv: no column question in its first row (id, asked). Add it."),
        ("set.ods", b"PK", "Error: set.ods: cannot read .ods. Use JSONL, CSV or XLSX."),
        (
            "a.csv",
            b"id,question\n\xff\xff\n",
            "Error: a.csv: neither UTF-8 nor GB18030. Save it as UTF-8 and try again.",
        ),
    ],
)
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_file_without_a_question(
    evaluate: Eval,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    name: str,
    content: bytes | None,
    told: str,
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert evaluate(command, name) == 1
    assert capsys.readouterr().err == told + "\n"


def test_a_workbook_whose_sheets_are_all_others(
    evaluate: Eval, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet(tmp_path / "set.xlsx", ["name", "price"], ["x", 1], title="prices")
    assert evaluate("check", "set.xlsx") == 1
    assert capsys.readouterr().err == (
        "Error: set.xlsx: no sheet has the columns id and question in its first row (sheets: prices).\n"
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({**GOOD, "question": "Again?"}, "column id: expected an id of its own (row 1 has this one), found 1"),
        (
            {**GOOD, "id": "2", "facts": "Monday"},
            "column facts: expected a list of facts, each a list of spellings, such as",
        ),
        (
            {**GOOD, "id": "2", "question": "问" * 10_000},
            "column question: expected at most 2,000 characters, found 10,000",
        ),
        ({"id": "2"}, "column question: expected text, found nothing"),
        ("no object", "column 1: expected a JSON object, found"),
    ],
)
def test_a_bad_row_is_one_line_and_the_others_are_asked(
    evaluate: Eval, tmp_path: Path, capsys: pytest.CaptureFixture[str], row: object, told: str
) -> None:
    (tmp_path / "set.jsonl").write_bytes(json_lines(GOOD, row))
    assert evaluate("run", "set.jsonl", "--out", "out") == 0
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.startswith(f"set.jsonl, row 2, {told}")
    assert [line for line in rest if line] == ["Left out: 1 of 2 rows of set.jsonl; see above why."]
    assert json.loads((tmp_path / "out/summary.json").read_text())["n"] == 1


def test_check_asks_nothing_and_says_by_its_exit_code_whether_all_rows_are_questions(
    evaluate: Eval, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "set.jsonl").write_bytes(json_lines(GOOD, {"id": "u", "question": "?", "kind": "unanswerable"}))
    assert evaluate("check", "set.jsonl") == 0
    assert capsys.readouterr().out == "set.jsonl: 2 questions, 1 of them without an answer\nother 1, unanswerable 1\n"
    (tmp_path / "set.jsonl").write_bytes(json_lines(GOOD, {"id": "2"}, {"id": "3"}))
    assert evaluate("check", "set.jsonl") == 1
    assert capsys.readouterr().err.splitlines()[-1] == "Error: set.jsonl: 2 rows are no questions; see above why."


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_chinese_spreadsheets_save_is_read(
    evaluate: Eval, tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str, newline: str
) -> None:
    (tmp_path / "set.csv").write_bytes(CSV.replace("\n", newline).encode(encoding))
    assert evaluate("check", "set.csv") == 0
    assert capsys.readouterr().err == ""


def test_a_formula_is_one_line(evaluate: Eval, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["id", "question"], ["1", "Bins?"], ["2", '=HYPERLINK("http://example.org", "Bins?")']]
    sheet(tmp_path / "set.xlsx", *rows)
    assert evaluate("check", "set.xlsx") == 1
    assert capsys.readouterr().err.splitlines()[0] == (
        "set.xlsx, row 3, column question: expected a value (formulas are never evaluated), "
        'found =HYPERLINK("http://example.org", "Bins?")'
    )


def test_questions_that_look_like_formulas_are_escaped_in_the_workbook_of_results(
    evaluate: Eval, tmp_path: Path
) -> None:
    (tmp_path / "set.jsonl").write_bytes(json_lines(*({"id": f"{c}1", "question": f"{c}1+1?"} for c in "=+-@")))
    assert evaluate("run", "set.jsonl", "--out", "out") == 0
    book = openpyxl.load_workbook(tmp_path / "out/results.xlsx")
    cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row if cell.value is not None]
    assert [cell for cell in cells if cell.data_type == "f"] == []
    assert [cell.value for cell in cells if re.match(r"[=+\-@]\d", str(cell.value))] == []


def test_an_index_that_is_missing(evaluate: Eval, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "set.jsonl").write_bytes(json_lines(GOOD))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rag.retrieval.load_embedder", lambda *_, **__: None)
        assert evaluate("check", "set.jsonl", "--index", "nowhere") == 1
    assert re.fullmatch(r"Error: No index at .*nowhere\. Build it with: .*\n", capsys.readouterr().err)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that takes 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() or not mount:
        pytest.skip("only root mounts a small disk")
    mounted = subprocess.run([mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full_keeps_what_came_and_says_how_to_go_on(
    evaluate: Eval, tmp_path: Path, capsys: pytest.CaptureFixture[str], small_disk: Path
) -> None:
    rows = [{"id": str(n), "question": f"Bins? {n} {'x' * 900}"} for n in range(60)]
    (tmp_path / "set.jsonl").write_bytes(json_lines(*rows))
    assert evaluate("run", "set.jsonl", "--out", str(small_disk / "out")) == 1
    told = [line for line in capsys.readouterr().err.splitlines() if line]
    assert told == [
        f"Error: {small_disk}/out/results.jsonl: cannot be written: No space left on device. The answers so far are "
        "kept; the same command goes on from there. Free space, or choose another --out."
    ]
    kept = [json.loads(line)["id"] for line in (small_disk / "out/results.jsonl").read_text().splitlines()]
    assert kept == [str(n) for n in range(len(kept))]
    assert 10 < len(kept) < 60
