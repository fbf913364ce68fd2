"""Sets that mark the answer as a stretch of a paragraph: CMRC 2018, DRCD, XQuAD. A paragraph becomes an article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.convert_reading import article_row, question_row, read_json, words, wrong_file
from eval.errors import EvaluationError

_CMRC = "Name a JSON file of CMRC 2018, such as cmrc2018_dev.json: paragraphs with context or context_text, and qas."
_DRCD = "Name a JSON file of DRCD, such as DRCD_dev.json: data, in it paragraphs with context and qas."
_XQUAD = "Name JSON files of XQuAD, such as xquad.zh.json: data, in it paragraphs with context and qas."
_HAN = re.compile(r"[\u3400-\u9fff]")

Rows = list[dict[str, object]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """A question about a paragraph."""

    id: str
    text: str
    answers: list[str]
    """As the annotators marked them, the first of whom wrote the question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Paragraph:
    id: str
    title: str
    text: str
    asked: list[_Asked]


def cmrc2018(files: list[Path]) -> Mapping[str, Rows]:
    """Simplified Chinese, paragraphs of Wikipedia; in the layout of SQuAD or in the one of its own."""
    return _files([p for file in files for p in _read(file, _CMRC)], lang="zh-Hans", kind="single")


def drcd(files: list[Path]) -> Mapping[str, Rows]:
    """Traditional Chinese, paragraphs of Wikipedia."""
    return _files([p for file in files for p in _read(file, _DRCD)], lang="zh-Hant", kind="traditional")


def xquad(files: list[Path]) -> Mapping[str, Rows]:
    """The Chinese file gives the articles; any other asks the same questions in its own language about them."""
    read = {file: list(_read(file, _XQUAD)) for file in files}
    chinese = [file for file, paragraphs in read.items() if _HAN.search(paragraphs[0].text)]
    if len(chinese) != 1:
        raise EvaluationError(
            f"{len(chinese)} of these files are in Chinese. Name xquad.zh.json, and others beside it."
        )
    paragraphs = read.pop(chinese[0])
    found = dict(_files(paragraphs, lang="zh-Hans", kind="single"))
    known = {asked.id: (paragraph.id, asked.answers) for paragraph in paragraphs for asked in paragraph.asked}
    for file, others in read.items():
        lang = file.stem.split(".")[-1]
        same = [asked for paragraph in others for asked in paragraph.asked if asked.id in known]
        if not same:
            raise EvaluationError(f"{file}: none of its questions is in {chinese[0].name}. Name files of one release.")
        found[f"questions_{lang}.jsonl"] = [
            _question(f"{asked.id}-{lang}", asked.text, known[asked.id][1], known[asked.id][0], lang, "crosslingual")
            for asked in same
        ]
    return found


def _files(paragraphs: list[_Paragraph], *, lang: str, kind: str) -> Mapping[str, Rows]:
    return {
        "corpus.jsonl": [article_row(p.id, p.text, title=p.title) for p in paragraphs],
        "questions.jsonl": [
            _question(asked.id, asked.text, asked.answers, p.id, lang, kind) for p in paragraphs for asked in p.asked
        ],
    }


def _question(id: str, text: str, answers: list[str], article: str, lang: str, kind: str) -> dict[str, object]:
    return question_row(
        id,
        text,
        lang=lang,
        kind=kind,
        facts=[answers] if answers else [],
        articles=[article],
    )


def _read(path: Path, expected: str) -> Iterator[_Paragraph]:
    value = read_json(path, expected)
    try:
        found = list(_own_layout(value) if isinstance(value, list) else _squad_layout(value, path.stem))
    except (KeyError, TypeError, AttributeError):
        found = []
    if not found:
        raise wrong_file(path, expected)
    yield from found


def _squad_layout(value: Mapping[str, Any], name: str) -> Iterator[_Paragraph]:
    place = 0
    for document in value["data"]:
        for paragraph in document["paragraphs"]:
            yield _Paragraph(
                id=str(paragraph.get("id") or f"{name.split('.')[0]}-{place:04d}"),
                title=str(document.get("title") or "").replace("_", " "),
                text=str(paragraph["context"]),
                asked=[
                    _Asked(
                        id=str(qa["id"]), text=str(qa["question"]), answers=words([a["text"] for a in qa["answers"]])
                    )
                    for qa in paragraph["qas"]
                ],
            )
            place += 1


def _own_layout(value: list[Mapping[str, Any]]) -> Iterator[_Paragraph]:
    for paragraph in value:
        yield _Paragraph(
            id=str(paragraph["context_id"]),
            title=str(paragraph.get("title") or ""),
            text=str(paragraph["context_text"]),
            asked=[
                _Asked(id=str(qa["query_id"]), text=str(qa["query_text"]), answers=words(qa["answers"]))
                for qa in paragraph["qas"]
            ],
        )
