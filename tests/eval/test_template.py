"""The workbook to fill in: what is in it can be read back, and nothing in it can be a formula."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from corpus.fold import fold
from corpus.reading import read_article
from eval.errors import EvaluationError
from eval.reading import read_set
from eval.template import CHOICES, COLUMNS, EXAMPLES, write_template

ARTICLES = Path(__file__).parents[2] / "corpus" / "articles"


@pytest.fixture
def book(tmp_path: Path) -> openpyxl.Workbook:
    write_template(tmp_path / "set.xlsx")
    return openpyxl.load_workbook(tmp_path / "set.xlsx")


def test_its_examples_are_questions_that_can_be_run(tmp_path: Path) -> None:
    write_template(tmp_path / "set.xlsx")
    found = read_set(tmp_path / "set.xlsx")
    assert found.problems == ()
    assert [(case.id, case.kind, case.refuse) for case in found.cases] == [
        ("example-1", "single", False),
        ("example-2", "list", False),
        ("example-3", "unanswerable", True),
    ]
    assert found.cases[1].facts == (("科技金融",), ("数字金融", "數字金融"))
    assert [turn.role for turn in found.cases[2].history] == ["user", "assistant"]
    for case in found.cases:
        texts = [fold(read_article(ARTICLES / f"{id}.txt").text) for id in case.articles]
        for spellings in case.facts:
            assert any(fold(spelling) in text for spelling in spellings for text in texts)


def test_every_column_is_explained_in_both_languages(book: openpyxl.Workbook) -> None:
    questions, explained = book.worksheets
    names = [cell.value for cell in questions[1]]
    assert names == [name for name, *_ in COLUMNS]
    rows = {row[0]: row[1:] for row in explained.iter_rows(values_only=True)}
    for name in names:
        chinese, english = rows[name]
        assert any("\u4e00" <= c <= "\u9fff" for c in str(chinese))
        assert str(english).isascii()


def test_choices_drop_down_in_ten_thousand_rows(book: openpyxl.Workbook) -> None:
    sheet = book["questions"]
    listed = {str(each.sqref): each.formula1 for each in sheet.data_validations.dataValidation}
    names = [cell.value for cell in sheet[1]]
    assert len(listed) == len(CHOICES)
    for place, formula in listed.items():
        name = names[ord(place[0]) - ord("A")]
        assert formula == '"' + ",".join(CHOICES[name]) + '"'
        assert place[1:] == f"2:{place[0]}10001"


def test_nothing_in_it_begins_like_a_formula(book: openpyxl.Workbook) -> None:
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value]
    assert len(cells) > 60
    assert [cell.value for cell in cells if str(cell.value).startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert {cell.data_type for cell in cells} == {"s"}


def test_what_it_asks_to_be_deleted_is_named_so() -> None:
    assert all(example["id"].startswith("example-") for example in EXAMPLES)


@pytest.mark.parametrize(("name", "message"), [("set.csv", "ends in .xlsx"), ("there.xlsx", "is there already")])
def test_a_file_that_may_be_somebodys_work_is_not_overwritten(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "there.xlsx").write_text("filled in")
    with pytest.raises(EvaluationError, match=message):
        write_template(tmp_path / name)
    assert (tmp_path / "there.xlsx").read_text() == "filled in"
