from __future__ import annotations

import pytest
from fake_assistant import FakeAssistant

from rag.errors import IndexMissing
from rag.records import Question
from web.conversation import Assistant
from web.opening import OpeningAssistant


class Door:
    """Fails to open until it is unlocked. Counts the attempts."""

    def __init__(self) -> None:
        self.locked = True
        self.attempts = 0

    def open(self) -> Assistant:
        self.attempts += 1
        if self.locked:
            raise IndexMissing("No index.")
        return FakeAssistant()


def test_an_assistant_that_cannot_be_opened_is_tried_again_until_it_can() -> None:
    door = Door()
    assistant = OpeningAssistant(door.open, "quote", retry_seconds=0)
    with pytest.raises(IndexMissing, match="No index"):
        assistant.check()
    door.locked = False
    assistant.check()
    assert assistant.article("alliance") is not None
    assert len(assistant.articles()) == 3
    assert list(assistant.stream(Question(text="联盟")))[-1].citations
    assert door.attempts == 2


def test_many_requests_do_not_make_many_attempts() -> None:
    door = Door()
    assistant = OpeningAssistant(door.open, "quote", retry_seconds=60)
    for _ in range(5):
        with pytest.raises(IndexMissing):
            assistant.articles()
    assert door.attempts == 1
