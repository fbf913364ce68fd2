"""A set of a few articles and questions, as `python -m eval convert` writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

ARTICLES = {
    "park": "滨江公园于2019年建成。公园每天6时开放。入园不收门票。6时前后人少。公园里有3个厕所。",
    "school": "第一小学于2003年建成。学校每天7时开门。全校有900名学生。校长是王芳。",
    "bus": "票价2元。12路公交车每天5时发车。全线有18个站。老人免费乘车。",
    "pool": "游泳馆于2015年建成。游泳馆每天9时开放。门票30元。馆长是李明。",
    "library": "圖書館於1998年建成。圖書館每天8時開放。館長是陳靜。借書不收押金。",
    "tax": "税务大厅每天10时开门。大厅于2011年建成。大厅有25个窗口。办税不收费。",
    "7-1": "博物馆于1985年建成。博物馆每天11时开放。馆长是赵强。",
    "7-2": "博物馆的展厅有40个展柜。讲解费50元。",
}
QUESTIONS = [
    ("park-1", "滨江公园是哪一年建成的？", "2019年", "park"),
    ("park-2", "滨江公园每天几时开放？", "6时", "park"),
    ("school-1", "第一小学的校长是谁？", "王芳", "school"),
    ("school-2", "第一小学有多少名学生？", "900名", "school"),
    ("bus-1", "12路公交车的票价是多少？", "2元", "bus"),
    ("bus-2", "12路公交车每天几时发车？", "5时", "bus"),
    ("pool-1", "游泳馆的馆长是谁？", "李明", "pool"),
    ("pool-2", "游泳馆的门票是多少？", "30元", "pool"),
    ("library-1", "圖書館的館長是誰？", "陳靜", "library"),
    ("library-2", "圖書館是哪一年建成的？", "1998年", "library"),
    ("tax-1", "税务大厅有多少个窗口？", "25个", "tax"),
    ("tax-2", "税务大厅是哪一年建成的？", "2011年", "tax"),
    ("7-1-1", "博物馆的馆长是谁？", "赵强", "7-1"),
    ("7-2-1", "博物馆的讲解费是多少？", "50元", "7-2"),
]
HELD_OUT = {"tax", "7-1", "7-2"}


def question(id: str, text: str, answer: str, article: str, **more: object) -> dict[str, object]:
    return {"id": id, "question": text, "lang": "zh-Hans", "facts": [[answer]], "articles": [article], **more}


def write_lines(path: Path, rows: Sequence[object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def write_set(folder: Path) -> Path:
    write_lines(folder / "corpus.jsonl", [{"id": id, "text": text} for id, text in ARTICLES.items()])
    write_lines(folder / "questions.jsonl", [question(*each) for each in QUESTIONS])
    return folder
