"""CRUD-RAG: questions about one, two or three news articles, out of `split_merged.json` or `merged.json`.

Its other tasks (continuing, correcting, summing up) are no questions and stay behind. Any further file holds articles
of the background, one a line, as `80000_docs/` has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from eval.convert_reading import article_row, digest_id, question_row, read_json, words, wrong_file
from eval.errors import EvaluationError

_EXPECTED = "Name split_merged.json of CRUD-RAG: an object with questanswer_1doc, questanswer_2docs, questanswer_3docs."
_TASKS = ("questanswer_1doc", "questanswer_2docs", "questanswer_3docs")
_DATE = re.compile(r"\s*(\d{4}-\d{2}-\d{2})\b")


def crud(files: list[Path]) -> Mapping[str, Iterable[Mapping[str, object]]]:
    """The questions of `files` and the articles that they need, with those of the background after them."""
    sets = [file for file in files if file.suffix.lower() == ".json"]
    if not sets:
        raise EvaluationError(f"None of these files ends with .json. {_EXPECTED}")
    entries = [each for file in sets for each in _entries(file)]
    needed = {digest_id("crud", text): text for _, entry in entries for text in _news(entry)}
    background = (_lines(file) for file in files if file not in sets)
    told = (_article(id, text) for id, text in needed.items())
    rest = (_article(id, text) for id, text in chain.from_iterable(background) if id not in needed)
    return {"corpus.jsonl": chain(told, rest), "questions.jsonl": [_question(*each) for each in entries]}


def _entries(path: Path) -> list[tuple[str, Mapping[str, Any]]]:
    value = read_json(path, _EXPECTED)
    found = [(task, entry) for task in _TASKS for entry in (value.get(task) or [])] if isinstance(value, dict) else []
    keys = {"ID", "news1", "questions", "answers"}
    if not found or not all(isinstance(entry, dict) and keys <= entry.keys() for _, entry in found):
        raise wrong_file(path, _EXPECTED)
    return found


def _news(entry: Mapping[str, Any]) -> list[str]:
    return words([entry.get(f"news{number}") for number in (1, 2, 3)])


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """The articles of a file that has one a line, each with its id."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for text in file:
                if text.strip():
                    yield digest_id("crud", text), text
    except OSError as error:
        raise EvaluationError(f"{path}: {error.strerror or error}. Check the file and its permissions.") from None


def _article(id: str, text: str) -> dict[str, object]:
    dated = _DATE.match(text)
    return article_row(id, text, date=dated.group(1) if dated else "")


def _question(task: str, entry: Mapping[str, Any]) -> dict[str, object]:
    articles = [digest_id("crud", text) for text in _news(entry)]
    return question_row(
        f"crud-{task.removeprefix('questanswer_')}-{entry['ID']}",
        "".join(words(entry["questions"])),
        lang="zh-Hans",
        kind="single" if len(articles) == 1 else "multi",
        facts=[],  # its answers are told in free words, which no spelling can be looked for
        articles=articles,
        answer="\n".join(words(entry["answers"])),
        every_article=True,
    )
