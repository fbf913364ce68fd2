"""RGB: questions with web snippets that answer them, snippets that do not, and snippets with a changed answer.

`zh_refine.json` and `zh_int.json` become `questions.jsonl`. Without the snippets that answer, the questions of
`zh_refine.json` must be refused: `questions_without_answers.jsonl` over `corpus_without_answers.jsonl`. And
`zh_fact.json` brings snippets that contradict each other: `questions_conflict.jsonl` over `corpus_conflict.jsonl`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.convert_reading import article_row, digest_id, question_row, read_json_lines, words, wrong_file

_EXPECTED = "Name files of RGB, such as zh_refine.json: one object a line with id, query, answer, positive, negative."

Rows = list[dict[str, object]]


def rgb(files: list[Path]) -> Mapping[str, Rows]:
    """The files of RGB as ours. Snippets with the same text are one article."""
    entries = [(file, entry) for file in files for entry in _read(file)]
    telling = {text for _, entry in entries for text in _snippets(entry["positive"])}
    wrong = {text for _, entry in entries for text in _snippets(entry.get("positive_wrong", []))}
    others = {text for _, entry in entries for text in _snippets(entry["negative"])} - telling - wrong
    found = {"corpus.jsonl": _corpus(telling | others), "questions.jsonl": [_question(*each) for each in entries]}
    plain = [(file, entry) for file, entry in entries if not _has_parts(entry) and "positive_wrong" not in entry]
    if plain:
        found["corpus_without_answers.jsonl"] = _corpus(others)
        found["questions_without_answers.jsonl"] = [_unanswerable(*each) for each in plain]
    if wrong:
        found["corpus_conflict.jsonl"] = _corpus(telling | wrong | others)
        conflicting = [(file, entry) for file, entry in entries if entry.get("positive_wrong")]
        found["questions_conflict.jsonl"] = [_question(*each, suffix="-conflict") for each in conflicting]
    return found


def _read(path: Path) -> Iterator[Mapping[str, Any]]:
    empty = True
    for number, entry in enumerate(read_json_lines(path, _EXPECTED), start=1):
        if not {"id", "query", "answer", "positive", "negative"} <= entry.keys():
            raise wrong_file(path, _EXPECTED, line=number)
        empty = False
        yield entry
    if empty:
        raise wrong_file(path, _EXPECTED)


def _has_parts(entry: Mapping[str, Any]) -> bool:
    """Whether the answer has parts that stand in different snippets, which then are grouped by part."""
    return any(isinstance(group, list) for group in entry["positive"])


def _snippets(value: list[object]) -> list[str]:
    return [text for each in value for text in words(each)]


def _corpus(texts: set[str]) -> Rows:
    return sorted((article_row(digest_id("rgb", text), text) for text in texts), key=lambda row: str(row["id"]))


def _question(path: Path, entry: Mapping[str, Any], *, suffix: str = "") -> dict[str, object]:
    answers = entry["answer"] if isinstance(entry["answer"], list) else [entry["answer"]]
    facts = [spellings for answer in answers if (spellings := words(answer))]  # the authors want each of them
    return question_row(
        _id(path, entry) + suffix,
        str(entry["query"]),
        lang="zh-Hans",
        kind="conflict" if suffix else "multi" if _has_parts(entry) else "single",
        facts=facts,
        # Any one of them: where parts come from several, the facts make sure of all parts.
        articles=[digest_id("rgb", text) for text in dict.fromkeys(_snippets(entry["positive"]))],
        answer="；".join(fact[0] for fact in facts),
    )


def _unanswerable(path: Path, entry: Mapping[str, Any]) -> dict[str, object]:
    return question_row(
        _id(path, entry) + "-without",
        str(entry["query"]),
        lang="zh-Hans",
        kind="unanswerable",
        facts=[],
        articles=[],
        answerable=False,
    )


def _id(path: Path, entry: Mapping[str, Any]) -> str:
    return f"rgb-{path.stem.removeprefix('zh_')}-{entry['id']}"
