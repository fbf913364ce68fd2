"""What readers thought of answers, one JSON object a line. No address, no question and no answer text is kept.

Only answers that this process has shown can be rated, so that the file holds nothing that a stranger made up.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from datetime import UTC, datetime
from pathlib import Path

from rag.records import Answer
from web.answers import REASONS, digest

_ANSWERS_KEPT = 10_000
_MOST_BYTES = 20_000_000
RATINGS = ("up", "down")


class FeedbackLog:
    """The file of ratings and the answers that may be rated."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shown: OrderedDict[str, dict[str, object]] = OrderedDict()
        self._lock = threading.Lock()

    def show(self, answer: Answer, name: str | None = None) -> None:
        """Lets `answer` be rated from now on, under `name` or its digest."""
        facts: dict[str, object] = {
            "status": answer.status.value,
            "writer": answer.writer,
            "language": answer.language,
            "citations": [{"article_id": c.article_id, "start": c.start, "end": c.end} for c in answer.citations],
        }
        with self._lock:
            self._shown[name or digest(answer)] = facts
            if len(self._shown) > _ANSWERS_KEPT:
                self._shown.popitem(last=False)

    def add(self, answer_digest: str, rating: str, reason: str | None) -> bool:
        """Whether the rating was written: it is not for an answer that was not shown, nor into a file that is full."""
        if rating not in RATINGS or reason not in (None, *REASONS):
            return False
        with self._lock:
            facts = self._shown.get(answer_digest)
            if facts is None or self._is_full():
                return False
            at = datetime.now(UTC).isoformat(timespec="seconds")
            line = {"at": at, "answer": answer_digest, "rating": rating, "reason": reason, **facts}
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line, ensure_ascii=True) + "\n")
            except OSError:
                return False
            return True

    def _is_full(self) -> bool:
        return self._path.exists() and self._path.stat().st_size > _MOST_BYTES
