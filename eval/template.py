"""A workbook to write questions into: examples, drop-downs, and a sheet that explains the columns.

Its first sheet is named as the one that is read, and its example rows are questions about the articles that ship.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from eval.errors import EvaluationError
from eval.files import cannot_be_written

_ROWS = 10_000
_HEAD = PatternFill("solid", fgColor="FFE8EEF7")
_KINDS = (
    "single list multi number when who traditional simplified english followup unanswerable noise injection typo other"
)

COLUMNS: tuple[tuple[str, int, str, str], ...] = (
    (
        "id",
        12,
        "编号，每题一个，不可重复。必填。",
        "Names the question; each once. Needed.",
    ),
    (
        "question",
        46,
        "问题，最多 2,000 个字。必填。",
        "The question, at most 2,000 characters. Needed.",
    ),
    (
        "lang",
        10,
        "提问的语言：zh-Hans 简体，zh-Hant 繁体，en 英文。不填则自动判断。",
        "Language it is asked in. Left empty, it is found out.",
    ),
    (
        "kind",
        14,
        "题型，用于分组统计。unanswerable（文章里没有答案）与 noise（问网页边角内容）应当拒答。",
        "What to group by. unanswerable and noise (page furniture) must be refused.",
    ),
    (
        "facts",
        34,
        "答案必须包含的要点。要点之间用分号 ; 隔开，同一要点的不同写法用竖线 | 隔开。",
        "What the answer must hold: facts divided by ; and the spellings of one fact by |",
    ),
    (
        "articles",
        26,
        "必须引用的文章编号（文件名去掉扩展名），用分号 ; 隔开。",
        "Ids of the articles that must be cited: file names without ending, divided by ;",
    ),
    (
        "articles_mode",
        14,
        "all：以上文章都要引用（默认）；any：引用其中一篇即可。",
        "all: all of them (as when empty); any: one of them.",
    ),
    (
        "answerable",
        12,
        "文章里是否有答案：是 / 否。不填为是。",
        "Whether the articles hold an answer: yes / no. Empty: yes.",
    ),
    (
        "answer",
        34,
        "参考答案，用于计算字面重合度（精确匹配、F1、ROUGE-L）。可不填。",
        "A reference answer, for exact match, F1 and ROUGE-L. May be left empty.",
    ),
    (
        "forbid",
        20,
        "答案里不得出现的词语，用分号 ; 隔开。可不填。",
        "Words that must not be in the answer, divided by ; May be left empty.",
    ),
    (
        "refusal_ok",
        12,
        "拒答也算对：是 / 否。不填为否。",
        "A refusal is as good as an answer: yes / no. Empty: no.",
    ),
    (
        "history",
        30,
        "之前的对话，每行以 user: 或 assistant: 开头。追问时填写。",
        "What was said before, lines that begin with user: or assistant: For follow-up questions.",
    ),
    (
        "evidence",
        26,
        "答案依据的原文，JSON 格式，仅供阅读报告时对照。可不填。",
        'The words that the answer rests on, for the reader, in JSON: [{"article": "id", "quote": "..."}]',
    ),
)
"""Name, width, and what it is for in Chinese and in English."""

CHOICES = {
    "lang": ("zh-Hans", "zh-Hant", "en"),
    "kind": tuple(_KINDS.split()),
    "articles_mode": ("all", "any"),
    "answerable": ("是", "否", "yes", "no"),
    "refusal_ok": ("是", "否", "yes", "no"),
}

EXAMPLES: tuple[dict[str, str], ...] = (
    {
        "id": "example-1",
        "question": "马桥人工智能试验区要发布的线路叫什么？",
        "lang": "zh-Hans",
        "kind": "single",
        "facts": "智游线路|智游線路",
        "articles": "001_fda4e5a990aaeddb",
        "answerable": "是",
        "answer": "“智游线路”",
    },
    {
        "id": "example-2",
        "question": "与上交所的合作备忘录，会让哪些金融“大文章”在G60科创走廊先行先试？",
        "lang": "zh-Hans",
        "kind": "list",
        "facts": "科技金融; 数字金融|數字金融",
        "articles": "002_40cff2c05ace707d",
        "answerable": "是",
        "answer": "科技金融、数字金融等“五篇大文章”",
    },
    {
        "id": "example-3",
        "question": "这个试验区明年的预算是多少？",
        "lang": "zh-Hans",
        "kind": "unanswerable",
        "answerable": "否",
        "history": "user: 马桥人工智能试验区要发布的线路叫什么？\nassistant: “智游线路”。",
    },
)

NOTES = (
    ("每行一题。填好后先检查：", "One question a row. Check the file before you run it:"),
    ("python -m eval check FILE.xlsx", "python -m eval run FILE.xlsx"),
    (
        "请先删除三行示例（编号以 example 开头）。公式不会被计算：含公式的行会被略去并说明。",
        "Delete the three example rows first. Formulas are never evaluated: a row with one is left out, and named.",
    ),
    (
        "第一行的列名不要改动；列的次序可以改，不用的列可以删除。",
        "Keep the names in the first row; columns may be moved, and those you do not need deleted.",
    ),
)


def write_template(path: Path) -> None:
    """Writes the workbook to `path`. Raises `EvaluationError`, also where a file is there: it may be filled in."""
    if path.suffix.lower() != ".xlsx":
        raise EvaluationError(f"{path}: the name of a workbook ends in .xlsx. Choose such a name.")
    if path.exists():
        raise EvaluationError(f"{path}: is there already. Choose another name, or remove it first.")
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "questions"
    _questions(sheet)
    _explained(book.create_sheet("说明 columns"))
    with cannot_be_written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        book.save(path)


def _questions(sheet: Worksheet) -> None:
    _row(sheet, (name for name, _, _, _ in COLUMNS), bold=True)
    for example in EXAMPLES:
        _row(sheet, (example.get(name) for name, _, _, _ in COLUMNS))
    sheet.freeze_panes = "C2"
    for number, (name, width, chinese, english) in enumerate(COLUMNS, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = width
        sheet.column_dimensions[letter].number_format = "@"  # an id such as 0012 stays what it is
        if choices := CHOICES.get(name):
            listed = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
            # A kind may be one's own; what is no choice elsewhere cannot be read.
            listed.errorStyle = "warning" if name == "kind" else "stop"
            listed.errorTitle, listed.error = name, f"{chinese}\n{english}"
            listed.showErrorMessage = True
            sheet.add_data_validation(listed)
            listed.add(f"{letter}2:{letter}{_ROWS + 1}")


def _explained(sheet: Worksheet) -> None:
    _row(sheet, ("column", "说明", "what it is"), bold=True)
    for name, _, chinese, english in COLUMNS:
        _row(sheet, (name, chinese, english))
    _row(sheet, ())
    for chinese, english in NOTES:
        _row(sheet, ("", chinese, english))
    for letter, width in (("A", 16), ("B", 64), ("C", 76)):
        sheet.column_dimensions[letter].width = width


def _row(sheet: Worksheet, cells: Iterable[str | None], *, bold: bool = False) -> None:
    sheet.append(list(cells))
    for cell in sheet[sheet.max_row]:
        cell.number_format = "@"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if bold:
            cell.font, cell.fill = Font(bold=True), _HEAD
