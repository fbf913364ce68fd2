from __future__ import annotations

import pytest
from fake_assistant import FakeAssistant

from corpus.records import Article
from rag.errors import IndexMissing
from rag.records import Question
from web.collection import Collection
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
    assistant = OpeningAssistant(door.open, "demo", retry_seconds=0)
    with pytest.raises(IndexMissing, match="No index"):
        assistant.check()
    assert assistant.writer_name == "demo"
    door.locked = False
    assistant.check()
    assert assistant.writer_name == "quote"
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


class Examined(FakeAssistant):
    """Counts how often it is examined."""

    checks = 0

    def check(self) -> None:
        self.checks += 1


def test_many_visitors_do_not_make_the_index_examine_itself_all_the_time() -> None:
    inside = Examined()
    assistant = OpeningAssistant(lambda: inside, "quote", retry_seconds=60)
    for _ in range(5):
        assistant.check()
    assert inside.checks == 1


class Read(FakeAssistant):
    """Counts how often its articles are read."""

    reads = 0

    def articles(self) -> list[Article]:
        self.reads += 1
        return super().articles()


def test_the_lists_keep_the_articles_without_their_texts_for_a_while() -> None:
    inside = Read()
    collection = Collection(inside, kept_seconds=60)
    assert [a.title for a in collection.articles()] == [a.title for a in FakeAssistant().articles()]
    assert all(len(a.text) <= 60 and a.repairs == () for a in collection.articles())
    assert inside.reads == 1


def test_the_lists_see_new_articles_after_that_while() -> None:
    inside = Read()
    collection = Collection(inside, kept_seconds=-1)
    collection.articles()
    collection.articles()
    assert inside.reads == 2
