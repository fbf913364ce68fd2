"""Files of questions at the page of batch evaluation: what is read, and what is refused in one clear line."""

from __future__ import annotations

import http.client
import io
import zipfile

import openpyxl
import pytest
from evaluation_clerk import SET, Clerk, address, clerk, files_of, settings

from rag.prompts import label
from rag.settings import Settings

__all__ = ["address", "clerk", "settings"]


@pytest.mark.parametrize("name", ["../../evil.jsonl", "C:\\temp\\evil.jsonl", "/etc/evil.jsonl"])
def test_the_name_of_a_file_is_never_a_path(clerk: Clerk, settings: Settings, name: str) -> None:
    id = clerk.uploaded(name)
    assert sorted(path.name for path in files_of(settings, id).iterdir()) == [
        "about.json",
        "questions.jsonl",
        "refused.jsonl",
    ]
    assert "<h1>evil</h1>" in clerk.show(id)
    assert list(settings.index.parent.parent.glob("evil*")) == []


def zip_bomb() -> bytes:
    """A workbook of 300 kB whose sheet unpacks to 300 MB."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet,
    ):
        for _ in range(300):
            sheet.write(b" " * 1_000_000)
    return packed.getvalue()


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        assert book.active is not None
        book.active.append(row)  # type: ignore[union-attr]
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.jsonl", b"", "empty"),
        ("a.pdf", b"%PDF", "ending"),
        ("a", b"x", "ending"),
        ("a.csv", "编号,问题\n1,什么？\n".encode("gbk"), "column"),
        ("a.csv", b"\xff\xff\x80id,question\n", "encoding"),
        ("a.xlsx", workbook(("name", "text"), ("1", "Bins?")), "sheet"),
        ("a.xlsx", workbook(("id", "question"), ("1", '=CONCAT("a","b")')), "no_question"),
        ("a.jsonl", b"There is no column, and more than one is not a sound XLSX.", "no_question"),
        ("a.xlsx", b"no workbook", "unsound"),
        ("a.xlsx", zip_bomb(), "too_large"),
        ("a.jsonl", b"x" * 10_000_001, "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "content",
)
def test_a_file_that_cannot_be_read_gets_one_clear_line(clerk: Clerk, name: str, content: bytes, kind: str) -> None:
    before = clerk.client.get("/evaluation").text.count("/evaluation/runs/")
    answer = clerk.upload(name, content)
    assert answer.status_code == 422
    assert label(f"evaluation_fault_{kind}", "zh-Hans") in answer.text
    assert answer.text.count("/evaluation/runs/") == before


def test_no_file_at_all_is_told(clerk: Clerk) -> None:
    assert label("evaluation_fault_none", "zh-Hans") in clerk.upload("", b"").text


@pytest.mark.parametrize(
    "files",
    [
        [("file", ("长" * 10_000 + ".jsonl", SET))],
        [("file", ("a.jsonl", SET)), ("file", ("b.jsonl", SET))],
    ],
    ids=["a name that no disk takes", "two files"],
)
def test_a_form_that_cannot_be_read_is_no_expired_page(
    clerk: Clerk, files: list[tuple[str, tuple[str, bytes]]]
) -> None:
    data = {"form": clerk.token()}
    answer = clerk.client.post("/evaluation/upload", data=data, files=files, headers=clerk.own)
    assert answer.status_code == 422
    assert label("evaluation_fault_unreadable", "zh-Hans") in answer.text


def test_a_sheet_in_gbk_is_read(clerk: Clerk) -> None:
    id = clerk.uploaded("题.csv", "id,question\n1,什么？\n".encode("gbk"))
    assert "1 题" in clerk.show(id)


def test_the_template_is_a_workbook_that_is_read_back(clerk: Clerk) -> None:
    template = clerk.client.get("/evaluation/template.xlsx")
    assert template.headers["content-disposition"].startswith('attachment; filename="questions.xlsx"')
    assert "3 题" in clerk.show(clerk.uploaded("questions.xlsx", template.content))


def test_what_the_page_says_of_the_size_is_what_the_desk_takes(clerk: Clerk) -> None:
    shown = clerk.client.get("/evaluation").text
    assert 'data-most="10000000"' in shown
    assert "10 MB" in shown
    assert clerk.uploaded("full.jsonl", SET + b"\n" * (10_000_000 - len(SET)))


def test_more_than_any_file_may_have_is_not_even_read(address: str) -> None:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", "/evaluation/upload")
    connection.putheader("Content-Length", "40000001")
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
