from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_assistant import ALLIANCE, ALLIANCE_QUOTE, answer, citation

from web.answers import digest
from web.feedback import FeedbackLog

SHOWN = answer("联盟推动披露。[1]", citation(1, ALLIANCE, ALLIANCE_QUOTE))


@pytest.fixture
def log(tmp_path: Path) -> FeedbackLog:
    made = FeedbackLog(tmp_path / "new" / "feedback.jsonl")
    made.show(SHOWN)
    return made


def lines(tmp_path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (tmp_path / "new" / "feedback.jsonl").read_text().splitlines()]


def test_a_rating_is_a_line_without_question_text_or_address(log: FeedbackLog, tmp_path: Path) -> None:
    assert log.add(digest(SHOWN), "down", "citation")
    (line,) = lines(tmp_path)
    assert line.pop("at")
    start = ALLIANCE.text.index(ALLIANCE_QUOTE)
    assert line == {
        "answer": digest(SHOWN),
        "rating": "down",
        "reason": "citation",
        "status": "ANSWERED",
        "writer": "quote",
        "language": "zh-Hans",
        "citations": [{"article_id": "alliance", "start": start, "end": start + len(ALLIANCE_QUOTE)}],
    }


@pytest.mark.parametrize(
    ("rated", "rating", "reason"),
    [("0" * 16, "up", None), (digest(SHOWN), "sideways", None), (digest(SHOWN), "down", "because")],
)
def test_what_no_reader_can_have_sent_is_not_written(
    log: FeedbackLog, tmp_path: Path, rated: str, rating: str, reason: str | None
) -> None:
    assert not log.add(rated, rating, reason)
    assert not (tmp_path / "new").exists()


def test_a_full_file_grows_no_further(log: FeedbackLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.feedback._MOST_BYTES", 10)
    assert log.add(digest(SHOWN), "up", None)
    assert not log.add(digest(SHOWN), "up", None)
    assert len(lines(tmp_path)) == 1


def test_a_file_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    blocked = FeedbackLog(tmp_path / "file" / "feedback.jsonl")
    blocked.show(SHOWN)
    assert not blocked.add(digest(SHOWN), "up", None)
