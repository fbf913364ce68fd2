"""Asks a chat model to judge an answer, some times over, and remembers what it said."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from eval.judge_verdicts import Judged, Unreadable, Verdict, together, verdict_of
from eval.report_cases import Line
from rag.chat import Limits, RequestRefused, pieces
from rag.errors import ModelUnavailable
from rag.prompts import prompt
from rag.records import Language
from rag.settings import Settings

TOKENS = 3000
"""What a judge may write: it takes an answer apart, which is longer than the answer."""
_CHARS = 40_000
_IN_A_ROW = 6
"""So many failures of the service one after the other, and it is not asked any more."""
_LANGUAGES: Mapping[str, Language] = {"zh-Hans": "zh-Hans", "zh-Hant": "zh-Hant", "en": "en"}


class NotJudged(Exception):
    """Why an answer was not judged."""


@dataclass(slots=True)
class Judge:
    """A chat model that judges. Several threads may ask it at once."""

    model: Any
    """What `rag.chat.chat_model` gives."""
    settings: Settings
    runs: int = 3
    _failures: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def judged(self, line: Line) -> Judged:
        """What the runs say of the answer in `line`. Raises `NotJudged` where fewer than half of them say anything."""
        verdicts: list[Verdict] = []
        reason = ""
        for run in range(self.runs):
            try:
                verdicts.append(self._verdict(line, run))
            except (Unreadable, ModelUnavailable) as error:
                reason = str(error)
        if 2 * len(verdicts) <= self.runs:
            raise NotJudged(f"{len(verdicts)} of {self.runs} runs gave a verdict: {reason}")
        return together(verdicts)

    def _verdict(self, line: Line, run: int) -> Verdict:
        """What one run says, remembered from an earlier time or asked now. Raises `Unreadable`, `ModelUnavailable`."""
        system, _, human = prompt("judge", _LANGUAGES.get(str(line.get("language")), "en")).partition("\n---\n")
        messages = [("system", system), ("human", human.replace("{material}", material(line)))]
        about = [self.settings.chat_model, self.settings.chat_base_url, messages, run]
        path = _place(self.settings.cache, json.dumps(about, ensure_ascii=True))
        with contextlib.suppress(OSError, ValueError):
            return verdict_of(path.read_text(encoding="utf-8"))
        text = self._asked(messages)
        verdict = verdict_of(text)
        _remember(path, text)
        return verdict

    def _asked(self, messages: list[tuple[str, str]]) -> str:
        with self._lock:
            if self._failures >= _IN_A_ROW:
                raise ModelUnavailable(f"not asked any more: the model failed {self._failures} times in a row")
        limits = Limits(
            first=self.settings.chat_first_token_seconds, total=self.settings.chat_total_seconds, chars=_CHARS
        )
        try:
            # The client takes pairs of role and text for messages, which its types do not say.
            text = "".join(piece.text for piece in pieces(self.model, cast(Any, messages), limits))
        except RequestRefused:  # this one answer is too long or filtered; the service is well
            raise
        except ModelUnavailable:
            with self._lock:
                self._failures += 1
            raise
        with self._lock:
            self._failures = 0
        return text


def material(line: Line) -> str:
    """What a judge is given to read, as JSON: so that no text can end it before its end."""
    expected = line.get("expected") or {}
    given = {
        "question": line.get("standalone") or line["question"],
        "answer": line["answer"],
        "quotes": [f"[{each['number']}] {each['quote']}" for each in line.get("citations") or ()],
        "reference": expected.get("answer"),
        "facts": [" | ".join(fact) for fact in expected.get("facts") or ()],
    }
    return json.dumps({name: value for name, value in given.items() if value}, ensure_ascii=False, indent=1)


def _place(cache: Path, about: str) -> Path:
    digest = hashlib.sha256(about.encode()).hexdigest()
    return cache / "verdicts" / digest[:2] / f"{digest}.json"


def _remember(path: Path, text: str) -> None:
    with contextlib.suppress(OSError):  # without it the next time asks again
        path.parent.mkdir(parents=True, exist_ok=True)
        half_written = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        half_written.write_text(text, encoding="utf-8", errors="replace")
        os.replace(half_written, path)
