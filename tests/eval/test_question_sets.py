"""What a question set may look like in JSONL, CSV and XLSX, and what is said of one that does not."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from eval.cases import Case, Evidence
from eval.errors import EvaluationError
from eval.reading import read_cases, read_set
from rag.records import Turn

BUS = {"id": "bus", "question": "When does the last bus leave?", "facts": [["23:30", "half past eleven"]]}
FULL = {
    "id": "全部",
    "question": "垃圾什麼時候收？",
    "lang": "zh-Hant",
    "kind": "when",
    "facts": [["週一", "周一"], ["免費"]],
    "articles": ["bins", "fees"],
    "articles_mode": "any",
    "history": [{"role": "user", "content": "你好"}, {"role": "assistant", "content": "請問"}],
    "answerable": True,
    "forbid": ["週二"],
    "refusal_ok": True,
    "answer": "週一，免費",
    "evidence": [{"article": "bins", "quote": "每週一"}],
    "facts_if_answered": [["anything"]],
    "note": None,
}
FULL_CASE = Case(
    id="全部",
    question="垃圾什麼時候收？",
    lang="zh-Hant",
    kind="when",
    facts=(("週一", "周一"), ("免費",)),
    articles=("bins", "fees"),
    articles_mode="any",
    history=(Turn(role="user", content="你好"), Turn(role="assistant", content="請問")),
    answerable=True,
    forbid=("週二",),
    refusal_ok=True,
    answer="週一，免費",
    evidence=(Evidence(article="bins", quote="每週一"),),
)
HEADER = "id,question,lang,kind,facts,articles,articles_mode,history,answerable,forbid,refusal_ok,answer,evidence"


def json_lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def sheet(path: Path, *rows: list[object], title: str = "questions") -> Path:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def problems(path: Path) -> list[str]:
    return [str(problem) for problem in read_set(path).problems]


def test_a_json_line_becomes_a_case_and_keys_without_a_meaning_are_left_alone(tmp_path: Path) -> None:
    assert read_cases(json_lines(tmp_path / "q.jsonl", FULL)) == [FULL_CASE]


def test_what_a_line_leaves_out_has_a_default(tmp_path: Path) -> None:
    case = read_cases(json_lines(tmp_path / "q.jsonl", {"id": "a", "question": "b?"}))[0]
    assert case == Case(id="a", question="b?", kind="other", articles_mode="all", answerable=True, refusal_ok=False)


def test_a_question_of_page_furniture_is_to_be_refused(tmp_path: Path) -> None:
    rows = [{"id": str(n), "question": "?", "kind": kind} for n, kind in enumerate(["noise", "unanswerable", "single"])]
    assert [case.refuse for case in read_cases(json_lines(tmp_path / "q.jsonl", *rows))] == [True, True, False]


def test_a_csv_row_in_the_short_forms_becomes_the_same_case(tmp_path: Path) -> None:
    row = (
        '全部,垃圾什麼時候收？,zh-Hant,when,週一|周一; 免費,bins; fees,any,"user: 你好\nassistant: 請問",是,'
        '週二,yes,週一，免費,"[{""article"": ""bins"", ""quote"": ""每週一""}]"'
    )
    path = tmp_path / "q.csv"
    path.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    assert read_cases(path) == [FULL_CASE]


def test_an_xlsx_row_in_json_and_in_the_short_forms_becomes_the_same_case(tmp_path: Path) -> None:
    row = [
        *("全部", "垃圾什麼時候收？", "zh-Hant", "when", '[["週一", "周一"], ["免費"]]', '["bins", "fees"]', "any"),
        *("user：你好\nassistant：請問", True, '["週二"]', 1, "週一，免費", '[{"article": "bins", "quote": "每週一"}]'),
    ]
    assert read_cases(sheet(tmp_path / "q.xlsx", HEADER.split(","), row)) == [FULL_CASE]


def test_a_number_in_a_cell_is_its_text(tmp_path: Path) -> None:
    path = sheet(tmp_path / "q.xlsx", ["id", "question", "facts", "articles"], [12, "How many?", 136, 7.0])
    case = read_cases(path)[0]
    assert (case.id, case.facts, case.articles) == ("12", (("136",),), ("7",))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_what_spreadsheets_write(tmp_path: Path, encoding: str, newline: str, delimiter: str) -> None:
    path = tmp_path / "q.csv"
    rows = [["id", "question", "kind"], ["一", "长三角有几个城市？", "number"], ["", "", ""], ["二", "谁说的？", "who"]]
    path.write_bytes("".join(delimiter.join(row) + newline for row in rows).encode(encoding))
    expected = [("一", "长三角有几个城市？", "number"), ("二", "谁说的？", "who")]
    assert [(case.id, case.question, case.kind) for case in read_cases(path)] == expected


def test_jsonl_with_a_bom_crlf_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(BUS).encode() + b"\r\n\r\n")
    assert [case.id for case in read_cases(path)] == ["bus"]


def test_a_bad_row_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    rows = [BUS, {**BUS, "id": "b", "facts": "23:30"}, {**BUS, "id": "c"}]
    found = read_set(json_lines(tmp_path / "q.jsonl", *rows))
    assert [case.id for case in found.cases] == ["bus", "c"]
    assert [str(problem) for problem in found.problems] == [
        "q.jsonl, row 2, column facts: expected a list of facts, each a list of spellings, "
        'such as [["3 days", "three days"], ["free"]], found 23:30'
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"facts": ["23:30"]}, "column facts: expected a list of facts"),
        ({"facts": [[]]}, "column facts: expected a list of facts"),
        ({"facts": [[" "]]}, "column facts: expected a list of facts"),
        ({"facts": [[23]]}, "column facts: expected a list of facts"),
        ({"question": " "}, "column question: expected text, found nothing"),
        ({"question": 7}, "column question: expected text, found 7"),
        ({"question": "问" * 10_000}, "column question: expected at most 2,000 characters, found 10,000"),
        ({"id": "a\nb"}, "column id: expected a name of ordinary characters, found a b"),
        ({"articles": ["\ud800"]}, r"column articles: expected a name of ordinary characters, found \ud800"),
        ({"id": None}, "column id: expected text, found nothing"),
        ({"articles": "bins"}, "column articles: expected a list of strings"),
        ({"articles_mode": "some"}, "column articles_mode: expected all or any, found some"),
        ({"answerable": "maybe"}, "column answerable: expected true or false, found maybe"),
        ({"history": [{"role": "system", "content": "x"}]}, "column history: expected a list of turns"),
        ({"evidence": [{"quote": "x"}]}, "column evidence: expected a list of quotes"),
        ({"forbid": [1]}, "column forbid: expected a list of strings"),
    ],
)
def test_a_wrong_value_is_told_with_what_is_expected(tmp_path: Path, change: dict[str, object], message: str) -> None:
    (problem,) = problems(json_lines(tmp_path / "q.jsonl", {"id": "a", "question": "b?"}, {**BUS, **change}))
    assert problem.startswith(f"q.jsonl, row 2, {message}")
    assert "\n" not in problem


def test_a_second_row_with_the_same_id_is_left_out(tmp_path: Path) -> None:
    found = read_set(json_lines(tmp_path / "q.jsonl", BUS, {**BUS, "question": "Again?"}))
    assert [case.question for case in found.cases] == ["When does the last bus leave?"]
    assert str(found.problems[0]).endswith("column id: expected an id of its own (row 1 has this one), found bus")


@pytest.mark.parametrize("line", ["{", "[1]", '"text"', "[" * 100_000])
def test_a_line_that_is_no_json_object_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps(BUS) + "\n" + line + "\n")
    (problem,) = problems(path)
    assert problem.startswith("q.jsonl, row 2, column 1: expected a JSON object, found ")


def test_a_lone_surrogate_is_a_question_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"id": "a", "question": "\\ud800?"}\n')
    assert read_cases(path)[0].question == "\ud800?"


def test_a_formula_is_refused_and_never_evaluated(tmp_path: Path) -> None:
    header, good = ["id", "question", "answer"], ["a", "b?", "= is a sign"]
    path = sheet(tmp_path / "q.xlsx", header, good, ["c", '=HYPERLINK("http://example.org","d")', ""])
    book = openpyxl.load_workbook(path)
    book.active["C2"].data_type = "s"
    book.save(path)
    found = read_set(path)
    assert [(case.id, case.answer) for case in found.cases] == [("a", "= is a sign")]
    assert str(found.problems[0]) == (
        "q.xlsx, row 3, column question: expected a value (formulas are never evaluated), "
        'found =HYPERLINK("http://example.org","d")'
    )


MEASURED = """
import resource, sys, time
from pathlib import Path
from eval.reading import read_set

before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
found = read_set(Path(sys.argv[1]))
added = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(len(found.cases), len(found.problems), time.process_time() - started, added)
"""


@pytest.mark.alone
def test_ten_thousand_rows_are_read_in_seconds_and_little_memory(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("set")
    page.append(HEADER.split(","))
    for n in range(10_000):
        page.append(
            [
                *(
                    f"q{n}",
                    f"第{n}号公告说，服务中心什么时候开门？",
                    "zh-Hans",
                    "when",
                    f"周一{n}|週一{n}; 9:00",
                    "bins; fees",
                ),
                *(
                    "any",
                    "user: 你好\nassistant: 请问",
                    "是",
                    "周日",
                    "否",
                    f"周一{n}，9:00",
                    '[{"article": "bins", "quote": "周一"}]',
                ),
            ]
        )
    book.save(tmp_path / "set.xlsx")
    words = [sys.executable, "-c", MEASURED, str(tmp_path / "set.xlsx")]
    said = subprocess.run(words, cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True).stdout
    cases, problems, seconds, megabytes = map(float, said.split())
    print(f"{seconds:.1f} s of the processor, {megabytes:.0f} MB added")  # `pytest -s` shows it
    assert (cases, problems) == (10_000, 0)
    assert seconds <= 10  # of the processor, since others may be at work beside the tests
    assert megabytes <= 300


def test_the_questions_may_be_on_any_sheet(tmp_path: Path) -> None:
    path = sheet(tmp_path / "q.xlsx", ["Read me first"], title="notes")
    book = openpyxl.load_workbook(path)
    for row in (["ID", "Question "], ["a", "b?"]):
        book.create_sheet("set") if "set" not in book.sheetnames else None
        book["set"].append(row)
    book.save(path)
    assert [case.question for case in read_cases(path)] == ["b?"]


def test_a_workbook_without_questions_names_its_sheets(tmp_path: Path) -> None:
    path = sheet(tmp_path / "q.xlsx", ["name", "price"], ["x", 1], title="prices")
    with pytest.raises(EvaluationError, match=r"no sheet has the columns id and question .*\(sheets: prices\)"):
        read_set(path)


@pytest.mark.parametrize(
    ("name", "content", "message", "kind"),
    [
        ("q.jsonl", None, "no such file", ""),
        ("q.jsonl", b"", "no question in it", "no_question"),
        ("q.csv", b"", "no column id in its first row", "column"),
        ("q.csv", b"id,answer\na,b\n", r"no column question in its first row \(id, answer\)", "column"),
        ("q.csv", b"id,question\n", "no question in it", "no_question"),
        ("q.csv", b"id,question\n\xff\xff\xff", "neither UTF-8 nor GB18030", "encoding"),
        ("q.xlsx", b"", "not a sound XLSX file", "unsound"),
        ("q.xlsx", b"PK\x03\x04 broken", "not a sound XLSX file", "unsound"),
        ("q.xls", b"\xd0\xcf\x11\xe0", r"cannot read \.xls", ""),
        ("q", b"x", "cannot read a file without ending", ""),
    ],
)
def test_a_file_without_questions_is_one_clear_line(
    tmp_path: Path, name: str, content: bytes | None, message: str, kind: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EvaluationError, match=message) as error:
        read_set(path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    assert error.value.kind == kind


def test_a_workbook_with_a_damaged_sheet_is_one_clear_line(tmp_path: Path) -> None:
    path = sheet(tmp_path / "q.xlsx", ["id", "question"], ["a", "b?"])
    parts = {name: zipfile.ZipFile(path).read(name) for name in zipfile.ZipFile(path).namelist()}
    with zipfile.ZipFile(path, "w") as damaged:
        for name, data in parts.items():
            damaged.writestr(name, data[: len(data) // 2] if "worksheets" in name else data)
    with pytest.raises(EvaluationError, match="not a sound XLSX file"):
        read_set(path)
