"""Whoever leaves, whenever: the model stops, and the turn, the claim, the thread and the descriptors are given back."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from events import ask, ask_events, post
from fake_assistant import FakeAssistant
from three_sites import HOST, A, B, Embedded, serving_sites

from rag.language import detect
from rag.records import Answer, Question, Status
from rag.settings import Settings

pytestmark = pytest.mark.alone

AT_ONCE = 3


OPENED: list[socket.socket] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Closes what a test that failed has left open."""
    yield
    while OPENED:
        OPENED.pop().close()


class Silent(FakeAssistant):
    """Says the same again and again, as a model that is silent does, until it is closed or told to end."""

    def __init__(self) -> None:
        super().__init__()
        self.writing = 0
        self.go = threading.Event()
        self._lock = threading.Lock()

    def stream(self, question: Question) -> Iterator[Answer]:
        if "快" in question.text:
            yield from super().stream(question)
            return
        self.asked.append(question)
        final = replace(self._final(question), language=detect(question.text))
        with self._lock:
            self.writing += 1
        try:
            while not self.go.wait(0.05):
                yield replace(final, text="", status=Status.WRITING, citations=())
            yield final
        finally:
            with self._lock:
                self.writing -= 1


@pytest.fixture
def silent() -> Silent:
    return Silent()


@pytest.fixture
def slow(silent: Silent, settings_in: Callable[[], Settings]) -> Iterator[Embedded]:
    with serving_sites(
        silent, settings_in(), answers_at_once=AT_ONCE, answers_waiting=4, answers_wait_seconds=0.6
    ) as slow:
        yield slow
        silent.go.set()


def connected(slow: Embedded, question: str = "慢", accept: str = "text/event-stream", **body: object) -> socket.socket:
    """A connection that has sent a question and read nothing."""
    import json

    host, port = slow.address.removeprefix("http://").split(":")
    content = json.dumps({"question": question, **body}).encode()
    connection = socket.create_connection((host, int(port)), timeout=10)
    OPENED.append(connection)
    head = (
        f"POST /api/v1/ask HTTP/1.1\r\nHost: {host}\r\nOrigin: {HOST}\r\nX-Site-Key: {A.key}\r\nAccept: {accept}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    connection.sendall(head.encode() + content)
    return connection


def read_until(connection: socket.socket, mark: bytes) -> bytes:
    """What came until `mark` was in it."""
    came = b""
    while mark not in came:
        piece = connection.recv(65536)
        assert piece, came
        came += piece
    return came


def until(true: Callable[[], bool], seconds: float = 5.0) -> float:
    """How long it took to become true. Fails after `seconds`."""
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < seconds
        time.sleep(0.01)
    return time.monotonic() - started


def at_rest(slow: Embedded) -> bool:
    turns = slow.service.answering.turns
    return turns.free == AT_ONCE and turns.waiting == 0 and slow.service.pending.running == 0


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
@pytest.mark.parametrize("after", [0.0, 0.02, 0.2])
def test_the_model_stops_within_a_second_when_its_reader_leaves(
    slow: Embedded, silent: Silent, accept: str, after: float
) -> None:
    connection = connected(slow, accept=accept)
    time.sleep(after)
    connection.close()
    until(lambda: silent.writing == 0 and at_rest(slow), 1)
    assert ask(slow, "快").status_code == 200


def test_who_leaves_after_the_first_event_or_the_last_leaves_nothing_behind(slow: Embedded, silent: Silent) -> None:
    connection = connected(slow)
    read_until(connection, b"event: meta")
    until(lambda: silent.writing == 1)
    connection.close()
    until(lambda: silent.writing == 0 and at_rest(slow))
    connection = connected(slow, "快")
    read_until(connection, b"event: done")
    connection.close()
    until(lambda: at_rest(slow))


def test_who_leaves_while_waiting_in_line_is_forgotten(slow: Embedded, silent: Silent) -> None:
    writing = [connected(slow) for _ in range(AT_ONCE)]
    until(lambda: silent.writing == AT_ONCE)
    waiting = [connected(slow) for _ in range(2)]
    until(lambda: slow.service.answering.turns.waiting == 2)
    for connection in waiting:
        connection.close()
    until(lambda: slow.service.answering.turns.waiting == 0)
    for connection in writing:
        connection.close()
    until(lambda: at_rest(slow))
    assert len(silent.asked) == AT_ONCE


def test_a_hundred_tabs_that_are_closed_leave_nothing_behind(slow: Embedded, silent: Silent) -> None:
    ask(slow, "快")
    until(lambda: at_rest(slow))
    descriptors, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    for number in range(100):
        connection = connected(slow, accept="text/event-stream" if number % 2 else "application/json")
        if number % 3 == 0:
            time.sleep(0.02)
        connection.close()
    until(lambda: silent.writing == 0 and at_rest(slow), 5)
    until(lambda: len(os.listdir("/proc/self/fd")) <= descriptors, 5)
    assert threading.active_count() <= threads + AT_ONCE
    assert ask(slow, "快").status_code == 200


def test_no_task_is_left(slow: Embedded, silent: Silent) -> None:
    for _ in range(20):
        connection = connected(slow)
        time.sleep(0.01)
        connection.close()
    until(lambda: silent.writing == 0 and at_rest(slow), 3)
    time.sleep(0.2)
    # The server of the test before may be ending still.
    until(lambda: len({id(task.get_loop()) for task in _tasks()}) <= 2, 5)
    names = [task.get_coro().__qualname__ for task in _tasks()]
    assert not [name for name in names if "answer" in name.lower() or "_next" in name or "_enter" in name]


def _tasks() -> list[asyncio.Task[Any]]:
    """The tasks that are not done, in all loops."""
    import gc

    # By its type: to be asked for its class, an object of torch's warns that it is deprecated.
    found = [each for each in gc.get_objects() if issubclass(type(each), asyncio.Task)]
    return [task for task in found if not task.done()]


def test_a_full_line_is_told_at_once_and_a_long_wait_in_the_end(slow: Embedded, silent: Silent) -> None:
    writing = [connected(slow) for _ in range(AT_ONCE)]
    until(lambda: silent.writing == AT_ONCE)
    waiting = [connected(slow) for _ in range(4)]
    until(lambda: slow.service.answering.turns.waiting == 4)
    started = time.monotonic()
    full = post(slow, {"question": "慢"}, Accept="text/event-stream")
    assert time.monotonic() - started < 0.4
    assert (full.status_code, full.json()["type"]) == (503, "/problems/busy")
    assert full.headers["retry-after"] == "5"
    told = read_until(waiting[0], b"event: error")
    assert b"event: meta" in told
    assert b"/problems/busy" in told
    for connection in writing + waiting:
        connection.close()
    until(lambda: at_rest(slow))


def test_who_waits_gets_the_next_turn(slow: Embedded, silent: Silent) -> None:
    writing = [connected(slow) for _ in range(AT_ONCE)]
    until(lambda: silent.writing == AT_ONCE)
    with ThreadPoolExecutor(1) as thread:
        later = thread.submit(ask, slow, "快")
        until(lambda: slow.service.answering.turns.waiting == 1)
        writing[0].close()
        assert later.result(5).status_code == 200
    for connection in writing:
        connection.close()


def test_a_conversation_has_one_pending_question(slow: Embedded, silent: Silent) -> None:
    connection = connected(slow, conversation_id="talk")
    until(lambda: silent.writing == 1)
    second = ask(slow, "快", conversation_id="talk")
    assert (second.status_code, second.json()["type"]) == (409, "/problems/pending")
    assert ask(slow, "快", conversation_id="other").status_code == 200
    assert ask(slow, "快", site=B, conversation_id="talk").status_code == 200
    connection.close()
    until(lambda: at_rest(slow))
    assert ask(slow, "快", conversation_id="talk").status_code == 200


def test_a_message_that_is_sent_twice_is_answered_once(slow: Embedded, silent: Silent) -> None:
    connection = connected(slow, client_msg_id="m1")
    until(lambda: silent.writing == 1)
    assert ask(slow, "慢", client_msg_id="m1").status_code == 409
    silent.go.set()
    told = read_until(connection, b"event: done")
    connection.close()
    until(lambda: at_rest(slow))
    asked = len(silent.asked)
    again = ask(slow, "慢", client_msg_id="m1").json()
    events = ask_events(slow, "慢", client_msg_id="m1")
    assert len(silent.asked) == asked
    assert again["answer_id"].encode() in told
    assert events[0].data["answer_id"] == again["answer_id"]
    assert events[0].data["conversation_id"] == again["conversation_id"]
    assert events[-1].name == "done"
    other = ask(slow, "快", client_msg_id="m1")
    assert (other.status_code, other.json()["errors"]) == (422, [{"pointer": "/client_msg_id", "code": "used-before"}])
    assert ask(slow, "快", site=B, client_msg_id="m1").status_code == 200


def test_a_message_whose_reader_left_may_be_sent_again(slow: Embedded, silent: Silent) -> None:
    connection = connected(slow, client_msg_id="m2")
    until(lambda: silent.writing == 1)
    connection.close()
    until(lambda: silent.writing == 0 and at_rest(slow))
    silent.go.set()
    assert ask(slow, "慢", client_msg_id="m2").status_code == 200


def test_a_silent_model_is_covered_by_pings(slow: Embedded, silent: Silent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.api.streaming.PING_SECONDS", 0.05)
    connection = connected(slow)
    for _ in range(3):
        read_until(connection, b": ping\n\n")
    silent.go.set()
    read_until(connection, b"event: done")
    connection.close()


def test_an_answer_that_never_comes_is_given_up(
    silent: Silent, settings_in: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.api.answering._SECONDS_TO_SPARE", 0.1)
    with serving_sites(silent, settings_in(), chat_total_seconds=0.2) as hasty:
        told = ask_events(hasty, "慢")
        assert [event.name for event in told] == ["meta", "error"]
        assert told[-1].data["problem"]["type"] == "/problems/service-failed"
        assert ask(hasty, "慢").status_code == 500
        until(lambda: silent.writing == 0)


def test_one_client_has_so_many_answers_at_once(silent: Silent, settings_in: Callable[[], Settings]) -> None:
    with serving_sites(silent, settings_in(), limits="client_at_once = 2") as strict:
        writing = [connected(strict) for _ in range(2)]
        until(lambda: silent.writing == 2)
        third = ask(strict, "快")
        assert (third.status_code, third.json()["type"]) == (429, "/problems/rate-limited")
        for connection in writing:
            connection.close()


def test_too_many_questions_are_told_when_to_come_back(settings_in: Callable[[], Settings]) -> None:
    assistant = FakeAssistant()
    with serving_sites(assistant, settings_in(), limits="client_minute = 3") as strict:
        allowed = [ask(strict) for _ in range(3)]
        assert [answer.status_code for answer in allowed] == [200, 200, 200]
        assert '"client-minute";r=0' in allowed[-1].headers["ratelimit"]
        refused = post(strict, {"question": "联盟？"}, X_Forwarded_For="1.2.3.4")
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/rate-limited")
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert refused.json()["retry_after"] == int(refused.headers["retry-after"])
        assert refused.headers["access-control-allow-origin"] == HOST
        assert len(assistant.asked) == 3
        assert ask(strict, " ").status_code == 422  # what is no question is not counted


def test_a_conversation_ends_one_day(settings_in: Callable[[], Settings]) -> None:
    limits = "conversation = 2, client_minute = 100"
    with serving_sites(FakeAssistant(), settings_in(), limits=limits) as strict:
        assert [ask(strict, conversation_id="talk").status_code for _ in range(3)] == [200, 200, 429]
        assert ask(strict, conversation_id="new").status_code == 200


class Model(FakeAssistant):
    """Says that a model words its answers."""

    writer_name = "openai:fake"

    def _final(self, question: Question) -> Answer:
        return replace(super()._final(question), writer=self.writer_name)


def test_a_site_whose_tokens_are_spent_gets_no_more(settings_in: Callable[[], Settings]) -> None:
    model = Model()
    with serving_sites(model, settings_in(), limits="tokens_day = 100") as strict:
        first = ask(strict)
        assert first.status_code == 200
        assert first.json()["model"] == "openai:fake"
        refused = ask(strict)
        while refused.status_code == 200:
            refused = ask(strict)
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/budget-exhausted")
        assert refused.headers["retry-after"]
        assert len(model.asked) <= 3
        assert httpx.get(strict.address + "/healthz", trust_env=False).status_code == 200


class Endless(FakeAssistant):
    """Answers at great length."""

    def stream(self, question: Question) -> Iterator[Answer]:
        self.asked.append(question)
        yield replace(self._final(question), text="长" * 4_000_000)


def test_who_reads_nothing_does_not_keep_a_turn(
    settings_in: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.api.streaming._SEND_SECONDS", 0.3)
    monkeypatch.setattr("web.api.wording.visible", str)  # it takes seconds for so many characters
    endless = Endless()
    with serving_sites(endless, settings_in(), answers_at_once=AT_ONCE) as slow, connected(slow):
        until(lambda: len(endless.asked) == 1)
        until(lambda: at_rest(slow), 30)
