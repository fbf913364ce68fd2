"""A clerk at the page of batch evaluation: signs in, fills in its forms, waits; and systems that answer for it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fake_assistant import FakeAssistant
from pydantic import SecretStr
from served import serving

from eval.desk import Desk
from rag.records import Answer, Question
from rag.settings import Settings
from tests.eval.fake_system import FakeSystem, answered, citation, hit
from web.server import create_app

PASSWORD = "a horse of 12 colours"
ANSWERS = {
    "Bins?": answered("On Monday. [1]", citation("bins", "Bins go out on Monday."), hits=(hit("bins"),)),
    "<script>alert(1)</script>?": answered("<img src=x onerror=alert(2)> [1]", citation("bins", "Glass")),
}
QUESTIONS = (
    {"id": "1", "question": "Bins?", "facts": [["Monday"]], "articles": ["bins"]},
    {"id": "2", "question": "Mayor?", "kind": "unanswerable", "answerable": False},
    {"id": "3", "question": "Last bus?", "facts": [["23:30"]], "articles": ["buses"]},
    {"id": "=4", "question": "<script>alert(1)</script>?", "facts": [["Glass"]]},
)
BAD_ROWS = ('{"id": "5"}', '{"id": "6", "question": "Q?", "facts": "x"}', '{"id": "1", "question": "Again?"}')


def jsonl(*questions: dict[str, object], bad: tuple[str, ...] = ()) -> bytes:
    return "".join(line + "\n" for line in (*map(json.dumps, questions), *bad)).encode()


SET = jsonl(*QUESTIONS, bad=BAD_ROWS)


class Held(FakeSystem):
    """Answers one question for each turn that it is given, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(ANSWERS)
        self.turns = threading.Semaphore(0)

    def answer(self, question: Question) -> Answer:
        if not question.text.startswith("你好"):  # what warms the system up
            assert self.turns.acquire(timeout=60)
        return super().answer(question)

    @property
    def questions(self) -> list[str]:
        return [asked.text for asked in self.asked if not asked.text.startswith("你好")]


class Clerk:
    """What a browser sends to the page at `address`."""

    def __init__(self, address: str, language: str = "zh-CN") -> None:
        self.client = httpx.Client(
            base_url=address, headers={"Accept-Language": language}, trust_env=False, timeout=120, follow_redirects=True
        )
        self.own = {"Origin": address, "Sec-Fetch-Site": "same-origin"}

    def token(self, path: str = "/evaluation") -> str:
        """That of the forms on a page."""
        found = re.search(r'name="form" value="([^"]+)"', self.client.get(path).text)
        assert found
        return found[1]

    def post(self, path: str, *, page: str = "/evaluation", **fields: str) -> httpx.Response:
        data = {"form": self.token(page), **fields}
        return self.client.post(f"/evaluation{path}", data=data, headers=self.own)

    def sign_in(self, password: str = PASSWORD) -> httpx.Response:
        return self.post("/sign-in", password=password)

    def upload(self, name: str, content: bytes) -> httpx.Response:
        data = {"form": self.token()}
        return self.client.post("/evaluation/upload", data=data, files={"file": (name, content)}, headers=self.own)

    def uploaded(self, name: str = "set.jsonl", content: bytes = SET) -> str:
        """The id of a run of the questions in `content`."""
        shown = self.upload(name, content)
        assert shown.status_code == 200, shown.text
        return shown.url.path.rsplit("/", 1)[1]

    def start(self, id: str, **fields: str) -> httpx.Response:
        return self.post(f"/runs/{id}/start", **fields)

    def show(self, id: str, **query: str) -> str:
        return self.client.get(f"/evaluation/runs/{id}", params=query).text

    def progress(self, id: str) -> dict[str, object]:
        told: dict[str, object] = self.client.get(f"/evaluation/runs/{id}/progress").json()
        return told

    def wait(self, id: str, *states: str, done: int = 0) -> None:
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            told = self.progress(id)
            if told["state"] in states and int(str(told["done"])) >= done:
                return
            time.sleep(0.02)
        raise AssertionError(told)

    def finished(self, id: str) -> str:
        """The page of the run, asked to its end."""
        self.start(id)
        self.wait(id, "finished")
        return self.show(id)


def with_password(settings: Settings, **changes: object) -> Settings:
    return settings.model_copy(update={"evaluation_password": SecretStr(PASSWORD), "chat_page": False, **changes})


@contextmanager
def serving_desk(settings: Settings, system: FakeSystem | None = None) -> Iterator[tuple[str, Desk]]:
    """The address of a server with the page, and the desk behind it, which asks `system`."""
    asked = system or FakeSystem(ANSWERS)
    desk = Desk(settings.index.parent / "evaluations", settings, lambda: asked, lambda: False)
    with serving(create_app(FakeAssistant(), with_password(settings), desk)) as address:
        yield address, desk
    desk.close()


def files_of(settings: Settings, id: str) -> Path:
    return settings.index.parent / "evaluations" / id


@pytest.fixture(scope="module")
def settings(settings_in: Callable[[], Settings]) -> Settings:
    return settings_in()


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    with serving_desk(settings) as (address, _):
        yield address


@pytest.fixture
def clerk(address: str) -> Iterator[Clerk]:
    made = Clerk(address)
    made.sign_in()
    yield made
    made.client.close()
