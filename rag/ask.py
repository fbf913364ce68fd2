"""One question on the command line: what `python -m rag ask` reads and shows. Knows nothing of flags."""

from __future__ import annotations

import json
from pathlib import Path

from rag.errors import SettingsError
from rag.records import Answer, Citation, Turn

_FORM = 'a JSON list, or a line each, of {"role": "user" or "assistant", "content": "..."}'


def read_history(path: Path) -> tuple[Turn, ...]:
    """The turns in the file at `path`, oldest first: a JSON list, or one JSON object a line.

    Raises `SettingsError` with one line that names the file, the turn and what is expected.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SettingsError(f"{path} cannot be read: {reason}. Give {_FORM}.") from None
    try:
        if text.lstrip().startswith("["):
            said = json.loads(text)
        else:
            said = [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise SettingsError(f"{path} is not JSON ({error}). Give {_FORM}.") from None
    return tuple(_turn(path, number, each) for number, each in enumerate(said, start=1))


def _turn(path: Path, number: int, said: object) -> Turn:
    match said:
        case {"role": "user" | "assistant" as role, "content": str(content)}:
            return Turn(role=role, content=content)
    raise SettingsError(f"{path}, turn {number}: expected {_FORM}.")


def as_text(answer: Answer) -> str:
    """`answer` for the terminal: its notice, its text and a line for each citation."""
    pieces = [answer.notice or "", answer.text, "\n".join(map(_line, answer.citations))]
    return "\n\n".join(piece for piece in pieces if piece)


def _line(citation: Citation) -> str:
    published = citation.published.isoformat() if citation.published else None
    about = ", ".join(filter(None, (citation.title, citation.source, published, citation.url)))
    return f"[{citation.number}] {citation.article_id}, {citation.start}-{citation.end}" + (
        f": {about}" if about else ""
    )
