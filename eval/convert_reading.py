"""What the converters of public sets share: reading their JSON, and telling what is wrong with a file in one line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.errors import EvaluationError


def read_json(path: Path, expected: str) -> Any:
    """The value that `path` holds. Raises `EvaluationError`, which names what was `expected`."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        raise wrong_file(path, expected) from None


def read_json_lines(path: Path, expected: str) -> Iterator[Mapping[str, Any]]:
    """The objects of `path`, one a line. Raises `EvaluationError`, which names what was `expected`."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, text in enumerate(file, start=1):
                if text.strip():
                    value = json.loads(text)
                    if not isinstance(value, dict):
                        raise wrong_file(path, expected, line=number)
                    yield value
    except (OSError, ValueError, RecursionError):
        raise wrong_file(path, expected) from None


def wrong_file(path: Path, expected: str, *, line: int | None = None) -> EvaluationError:
    where = f"{path}, line {line}" if line else str(path)
    return EvaluationError(f"{where}: not what was expected. {expected}")


def words(value: object) -> list[str]:
    """The strings that are not blank in `value`, a string or a list of them, each once and without space around it."""
    found = value if isinstance(value, list) else [value]
    stripped = (word.strip() for word in found if isinstance(word, str))
    return list(dict.fromkeys(word for word in stripped if word))


def digest_id(prefix: str, text: str) -> str:
    """An id for a text that has none: the same for the same text."""
    return f"{prefix}-{hashlib.sha256(text.strip().encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def article_row(id: str, text: str, *, title: str = "", date: str = "", source: str = "") -> dict[str, object]:
    """A line of `corpus.jsonl`."""
    return {"id": id, "title": title, "text": text.strip(), "date": date, "source": source}


def question_row(
    id: str,
    question: str,
    *,
    lang: str,
    kind: str,
    facts: Sequence[Sequence[str]],
    articles: Sequence[str],
    answer: str | None = None,
    every_article: bool = False,
    answerable: bool = True,
) -> dict[str, object]:
    """A line of `questions.jsonl`."""
    return {
        "id": id,
        "question": question.strip(),
        "lang": lang,
        "kind": kind,
        "facts": [list(fact) for fact in facts],
        "articles": list(articles),
        "articles_mode": "all" if every_article else "any",
        "answerable": answerable,
        **({"answer": answer} if answer else {}),
    }
