"""What readers thought of answers, one JSON object a line. No address, no question and no answer text is kept.

Only answers that this process has shown can be rated, so that the file holds nothing that a stranger made up.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rag.personal import masked
from rag.records import Answer
from web.answers import REASONS, digest
from web.screen import visible

_ANSWERS_KEPT = 10_000
_MOST_BYTES = 20_000_000
RATINGS = ("up", "down")


@dataclass(slots=True)
class _Shown:
    """An answer that may be rated."""

    facts: dict[str, object]
    for_one: bool
    """Whether one reader alone has seen it, who rates it once."""
    rated: bool = False


class FeedbackLog:
    """The file of ratings and the answers that may be rated."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shown: OrderedDict[str, _Shown] = OrderedDict()
        self._lock = threading.Lock()

    def show(self, answer: Answer, name: str | None = None, *, site: str | None = None) -> None:
        """Lets `answer` be rated from now on: once under its `name`, or, without one, by its digest.

        `site` is the name of the site that it was shown on.
        """
        facts: dict[str, object] = {
            "status": answer.status.value,
            "writer": answer.writer,
            "language": answer.language,
            "citations": [{"article_id": c.article_id, "start": c.start, "end": c.end} for c in answer.citations],
        }
        with self._lock:
            key = name or digest(answer)
            self._shown[key] = _Shown(facts=facts | ({"site": site} if site else {}), for_one=name is not None)
            if len(self._shown) > _ANSWERS_KEPT:
                self._shown.popitem(last=False)

    def is_rated(self, name: str) -> bool:
        """Whether the answer of this name has its rating."""
        shown = self._shown.get(name)
        return shown is not None and shown.rated

    def add(self, name: str, rating: str, reason: str | None, comment: str | None = None) -> bool:
        """Whether the rating was written: it is not for an answer that was not shown, nor into a file that is full.

        Personal data in the comment is masked.
        """
        if rating not in RATINGS or reason not in (None, *REASONS):
            return False
        with self._lock:
            shown = self._shown.get(name)
            if shown is None or (shown.for_one and shown.rated) or self._is_full():
                return False
            at = datetime.now(UTC).isoformat(timespec="seconds")
            line = {"at": at, "answer": name, "rating": rating, "reason": reason, **shown.facts}
            if comment:
                line["comment"] = masked(visible(comment))
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line, ensure_ascii=True) + "\n")
            except OSError:
                return False
            shown.rated = True
            return True

    def _is_full(self) -> bool:
        return self._path.exists() and self._path.stat().st_size > _MOST_BYTES
