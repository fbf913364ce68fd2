from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fake_assistant import FakeAssistant
from three_sites import A, B, Embedded, serving_sites

from eval.serving import free_port
from rag.settings import Settings

ROOT = Path(__file__).resolve().parents[3]


def send(embedded: Embedded, body: bytes, name: str, secret: str = A.secret, **headers: str) -> httpx.Response:
    sent = {"Authorization": f"Bearer {secret}", "Content-Type": "application/x-ndjson"} | headers
    address = f"{embedded.address}/api/v1/batch?batch_id={name}"
    return httpx.post(address, content=body, headers=sent, trust_env=False, timeout=60)


def questions(*asked: tuple[str, str]) -> bytes:
    return b"".join(json.dumps({"id": name, "question": text}).encode() + b"\n" for name, text in asked)


def told(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.fixture
def name() -> str:
    return uuid.uuid4().hex


def test_answers_come_in_the_order_of_the_questions(embedded: Embedded, name: str) -> None:
    lines = told(send(embedded, questions(*((str(n), f"联盟 {n}？") for n in range(30))), name))
    assert [line["id"] for line in lines] == [str(n) for n in range(30)]
    assert {line["status"] for line in lines} == {"answered"}
    assert lines[0]["sources"][0]["article_id"] == "alliance"
    assert lines[0]["ai_label"]["AIGC"]["Label"] == "1"


def test_a_bad_line_is_told_in_its_place_and_stops_nothing(embedded: Embedded, name: str) -> None:
    body = b"\n".join(
        [
            b'\xef\xbb\xbf{"id":"a","question":"x"}\r',
            b"{broken",
            b"",
            b'{"id":"a","question":"again"}',
            b'{"id":"b"}',
            b'{"id":"c","question":"' + b"x" * 301 + b'"}',
            b'{"id":"d","question":"\xff"}',
            b'{"id":"e","question":"x","model":"y"}',
            b'{"id":"f","question":"' + b"x" * 20_000 + b'"}',
            b"[1]",
            b'{"id":"g","question":"\xe5\xa4\xb1\xe8\xb4\xa5"}',
            b'{"id":"h","question":"13812345678"}',
            b'{"id":"z","question":"y"}\r',
        ]
    )
    lines = told(send(embedded, body, name))
    assert [(line.get("line"), line.get("id"), line.get("problem", {}).get("type")) for line in lines] == [
        (None, "a", None),
        (2, None, "/problems/invalid-request"),
        (4, "a", "/problems/invalid-request"),
        (5, None, "/problems/invalid-request"),
        (6, "c", "/problems/question-too-long"),
        (7, None, "/problems/bad-request"),
        (8, None, "/problems/invalid-request"),
        (9, None, "/problems/payload-too-large"),
        (10, None, "/problems/invalid-request"),
        (11, "g", "/problems/service-failed"),
        (12, "h", "/problems/personal-data"),
        (None, "z", None),
    ]


def test_a_batch_sent_again_asks_nothing_twice(embedded: Embedded, fake_assistant: FakeAssistant, name: str) -> None:
    body = questions(*((str(n), f"联盟 {n}？") for n in range(8)))
    first = send(embedded, body[: body.index(b"\n", 200) + 1], name)
    before = len(fake_assistant.asked)
    done = len(first.text.splitlines())
    again = send(embedded, body, name)
    assert len(fake_assistant.asked) - before == 8 - done
    assert again.text.startswith(first.text)
    assert send(embedded, body, name).content == again.content


def test_a_question_that_was_changed_is_asked_anew(embedded: Embedded, name: str) -> None:
    assert told(send(embedded, questions(("a", "联盟？")), name))[0]["status"] == "answered"
    assert told(send(embedded, questions(("a", "没有的事？")), name))[0]["status"] == "no_answer"


def test_what_failed_is_tried_again(embedded: Embedded, fake_assistant: FakeAssistant, name: str) -> None:
    for _ in range(2):
        before = len(fake_assistant.asked)
        assert "problem" in told(send(embedded, questions(("a", "失败")), name))[0]
        assert len(fake_assistant.asked) == before + 1


def test_the_batches_of_two_sites_are_kept_apart(embedded: Embedded, fake_assistant: FakeAssistant, name: str) -> None:
    send(embedded, questions(("a", "联盟？")), name)
    before = len(fake_assistant.asked)
    send(embedded, questions(("a", "联盟？")), name, B.secret)
    assert len(fake_assistant.asked) == before + 1


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({"Authorization": ""}, "a", 401),
        ({"Authorization": f"Bearer {A.key}"}, "a", 401),
        ({"Content-Type": "application/json"}, "a", 415),
        ({"Content-Type": ""}, "a", 415),
        ({}, "..%2f..%2fx", 422),
        ({}, "a" * 65, 422),
    ],
)
def test_a_batch_that_makes_no_sense_is_refused(
    embedded: Embedded, headers: dict[str, str], query: str, status: int
) -> None:
    assert send(embedded, questions(("a", "联盟？")), query, **headers).status_code == status


def test_a_batch_has_at_most_10_000_lines_and_10_megabytes(embedded: Embedded, name: str) -> None:
    assert send(embedded, b"{}\n" * 10_001, name).status_code == 413
    assert send(embedded, b" " * 10_000_001, name).status_code == 413
    assert len(told(send(embedded, b"{}\n" * 10_000, name))) == 10_000


def test_a_batch_runs_once_at_a_time(embedded: Embedded, settings_in: Callable[[], Settings], name: str) -> None:
    with serving_sites(FakeAssistant(pause=0.1), settings_in()) as slow:
        headers = {"Authorization": f"Bearer {A.secret}", "Content-Type": "application/x-ndjson"}
        address = f"{slow.address}/api/v1/batch?batch_id={name}"
        body = questions(("a", "联盟？"), ("b", "联盟？"))
        with httpx.stream("POST", address, content=body, headers=headers, trust_env=False) as running:
            assert running.status_code == 200
            assert send(slow, body, name).status_code == 409
        assert len(told(send(slow, body, name))) == 2


def test_who_leaves_in_the_middle_keeps_what_is_done(settings_in: Callable[[], Settings], name: str) -> None:
    assistant = FakeAssistant(pause=0.005)
    body = questions(*((str(n), f"联盟 {n}？") for n in range(20)))
    with serving_sites(assistant, settings_in()) as slow:
        headers = {"Authorization": f"Bearer {A.secret}", "Content-Type": "application/x-ndjson"}
        address = f"{slow.address}/api/v1/batch?batch_id={name}"
        with httpx.stream("POST", address, content=body, headers=headers, trust_env=False) as running:
            lines = running.iter_lines()
            first = [next(lines) for _ in range(5)]
        time.sleep(0.5)
        asked = len(assistant.asked)
        assert asked < 20
        again = send(slow, body, name)
        assert again.text.splitlines()[:5] == first
        assert len(assistant.asked) < 20 + 5  # those that were being written when the client left are asked again


SERVER = """
import sys
sys.path[:0] = ["tests/web", "."]
from pathlib import Path
from served import app_over
from fake_assistant import FakeAssistant
from rag.settings import Settings
import uvicorn
from three_sites import invite

folder = Path(sys.argv[1])
settings = Settings(_env_file=None, index=folder / "index", sites=invite(folder / "sites.toml"), chat_page=False)
app = app_over(FakeAssistant(pause=0.002), settings)
uvicorn.run(app, port=int(sys.argv[2]), log_level="error")
"""


def test_a_server_that_is_killed_loses_no_answer_that_was_given(tmp_path: Path, name: str) -> None:
    body = questions(*((str(n), f"联盟 {n}？") for n in range(60)))
    given: list[str] = []
    for _ in range(3):
        port = free_port()
        server = subprocess.Popen([sys.executable, "-c", SERVER, str(tmp_path), str(port)], cwd=ROOT)
        try:
            _wait(port)
            headers = {"Authorization": f"Bearer {A.secret}", "Content-Type": "application/x-ndjson"}
            address = f"http://127.0.0.1:{port}/api/v1/batch?batch_id={name}"
            now: list[str] = []
            with httpx.stream("POST", address, content=body, headers=headers, trust_env=False, timeout=30) as running:
                for line in running.iter_lines():
                    now.append(line)
                    if len(now) == len(given) + 15:
                        break
                os.kill(server.pid, signal.SIGKILL)
        finally:
            server.kill()
            server.wait(10)
        assert now[: len(given)] == given
        given = now
    assert len(given) == 45


def _wait(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("The server did not start.")
