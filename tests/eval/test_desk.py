"""The desk behind the page of batch evaluation, without the page."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from eval.desk import Desk
from eval.desk_records import Failure, Run
from eval.intake import Taken, Unusable, take_in
from rag.errors import IndexMissing
from rag.records import Answer, Question
from rag.settings import Settings
from tests.eval.fake_system import FakeSystem

QUESTIONS = [{"id": str(number), "question": f"Why {number}?"} for number in range(5)]
SET = "".join(json.dumps(question) + "\n" for question in QUESTIONS).encode()


class Breaking(FakeSystem):
    """Loses its index after some answers, and finds it again when `mended`."""

    def __init__(self, good: int) -> None:
        super().__init__({})
        self.good = good

    def answer(self, question: Question) -> Answer:
        if len(self.asked) > self.good:  # the first one warms up
            raise IndexMissing("No index at /secret/place/.wenju/index. Build it with: python -m rag ingest")
        return super().answer(question)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, index=tmp_path / "index")  # type: ignore[call-arg]


def desk_over(settings: Settings, system: FakeSystem, is_wanted: Callable[[], bool] = lambda: False) -> Desk:
    return Desk(settings.index.parent / "evaluations", settings, lambda: system, is_wanted)


def kept(desk: Desk, name: str = "set.jsonl", content: bytes = SET) -> str:
    id = desk.keep(name, io.BytesIO(content))
    assert isinstance(id, str)
    return id


def ended(desk: Desk, id: str, *, anew: bool = False) -> Run:
    """The run after it was started and has come to an end of whatever kind."""
    assert desk.start(id, anew=anew)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        run = desk.run(id)
        assert run
        if run.state != "running":
            return run
        time.sleep(0.01)
    raise AssertionError("It does not end.")


def test_a_run_whose_index_is_lost_stops_there_and_goes_on_when_it_is_back(settings: Settings) -> None:
    system = Breaking(good=2)
    desk = desk_over(settings, system)
    id = kept(desk)
    run = ended(desk, id)
    assert (run.state, run.done) == ("stopped", 2)
    assert run.failure
    assert run.failure.kind == "index"
    system.good = 100
    run = ended(desk, id)
    assert (run.state, run.done, run.failure) == ("finished", 5, None)
    asked = [question.text for question in system.asked if question.text.startswith("Why")]
    assert sorted(asked) == [question["question"] for question in QUESTIONS]


def test_a_run_does_not_go_on_over_other_articles_but_begins_anew(settings: Settings) -> None:
    system = Breaking(good=2)
    desk = desk_over(settings, system)
    id = kept(desk)
    ended(desk, id)
    system.good, system.fingerprint = 100, "fedcba9876543210"
    run = ended(desk, id)
    assert run.failure == Failure(kind="changed")
    assert run.done == 2
    run = ended(desk, id, anew=True)
    assert (run.state, run.done, run.failure) == ("finished", 5, None)


def test_a_full_disk_is_told_and_keeps_the_answers(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from eval.files import Results

    desk = desk_over(settings, FakeSystem({}))
    id = kept(desk)
    written = []
    whole = Results._write

    def full(self: Results, data: bytes) -> None:
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        written.append(data)
        whole(self, data)

    monkeypatch.setattr(Results, "_write", full)
    run = ended(desk, id)
    assert (run.state, run.done) == ("stopped", 3)
    assert run.failure
    assert run.failure.kind == "disk"
    monkeypatch.undo()
    assert ended(desk, id).state == "finished"


def test_a_failure_that_nobody_foresaw_is_told_on_the_page_and_traced_in_the_log(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def opened() -> FakeSystem:
        raise ZeroDivisionError

    desk = Desk(settings.index.parent / "evaluations", settings, opened, lambda: False)
    run = ended(desk, kept(desk))
    assert (run.state, run.failure) == ("stopped", Failure(kind="other"))
    assert "ZeroDivisionError" in caplog.text


def test_a_run_whose_folder_takes_nothing_does_not_stand_in_the_way_of_the_next(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    desk = desk_over(settings, FakeSystem({}))
    id = kept(desk)
    (settings.index.parent / "evaluations" / id / "failure.json").mkdir()
    assert ended(desk, id).state == "ready"
    assert "What became of a batch evaluation could not be written down" in caplog.text
    assert ended(desk, kept(desk)).state == "finished"


def test_readers_are_served_first(settings: Settings) -> None:
    wanted = threading.Event()
    wanted.set()
    system = FakeSystem({})
    desk = desk_over(settings, system, wanted.is_set)
    id = kept(desk)
    desk.start(id, anew=False)
    time.sleep(0.4)
    assert system.asked == []
    wanted.clear()
    deadline = time.monotonic() + 30
    while (run := desk.run(id)) and run.state == "running" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert run
    assert run.state == "finished"


def test_a_server_that_ends_leaves_a_run_that_the_next_one_goes_on_with(settings: Settings) -> None:
    asked = threading.Event()

    class Slow(FakeSystem):
        def answer(self, question: Question) -> Answer:
            asked.set()
            time.sleep(0.05)
            return super().answer(question)

    first = desk_over(settings, Slow({}))
    id = kept(first)
    first.start(id, anew=False)
    assert asked.wait(30)
    first.close()
    run = first.run(id)
    assert run
    assert run.state == "stopped"
    system = FakeSystem({})
    assert ended(desk_over(settings, system), id).state == "finished"
    assert len(system.asked) - 1 == 5 - run.done


def test_two_servers_over_one_folder_ask_one_run_at_a_time(settings: Settings) -> None:
    go = threading.Event()

    class Waiting(FakeSystem):
        def answer(self, question: Question) -> Answer:
            assert go.wait(30)
            return super().answer(question)

    one, other = desk_over(settings, Waiting({})), desk_over(settings, FakeSystem({}))
    first, second = kept(one), kept(one)
    assert one.start(first, anew=False)
    assert one.start(first, anew=False), "it runs already, as was asked for"
    assert not one.start(second, anew=False)
    assert not other.start(second, anew=False)
    assert not one.delete(first)
    go.set()
    one.close()
    assert ended(other, second).state == "finished"


def test_the_newest_run_stands_first_and_tells_its_share_right(settings: Settings) -> None:
    desk = desk_over(settings, FakeSystem({}))
    kept(desk, "old.jsonl")
    time.sleep(1.01)  # ids are told apart by the second, then by chance
    new = kept(desk, "new.jsonl")
    run = ended(desk, new)
    assert [run.name for run in desk.runs()] == ["new", "old"]
    right = next(share for share in run.shares if share.name == "right")
    assert (right.value, right.low < 0.01, 0.3 < right.high < 0.6) == (0.0, True, True)


@pytest.mark.parametrize(
    "id", ["", "..", "../x", "running.lock", "20240101-000000-0000000", "20240101-000000-00000000", "\0"]
)
def test_whatever_is_no_run_has_nothing(settings: Settings, id: str) -> None:
    desk = desk_over(settings, FakeSystem({}))
    kept(desk)
    assert desk.run(id) is None
    assert not desk.start(id, anew=True)
    assert desk.file(id, "report.html") is None
    assert desk.results(id, "all", 1, rows=9).total == 0
    assert desk.refused(id, 9) == ()
    assert desk.compare(id, id) is None
    desk.cancel(id)
    desk.delete(id)
    assert len(desk.runs()) == 1


def test_a_file_that_needs_more_memory_than_it_may_have_ends_its_own_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "upload.csv"
    source.write_bytes(b"id,question\n1,Bins?\n")
    assert take_in(source, "set.csv") == Taken(questions=1, refused=0)
    monkeypatch.setattr("eval.intake._SECONDS", 0.001)
    refused = take_in(source, "set.csv")
    assert isinstance(refused, Unusable)
    assert (refused.kind, str(tmp_path) in refused.line) == ("too_large", False)


@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize(
    "said", [b"", b"\xff", b"Traceback", b"[]", b'{"kind": 1, "line": "x"}', b'{"questions": "1"}']
)
def test_a_process_that_says_anything_else_leaves_the_file_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: bytes
) -> None:
    monkeypatch.setattr("subprocess.run", lambda *_, **__: CompletedProcess([], code, stdout=said))
    assert take_in(tmp_path / "upload.csv", "set.csv") == Unusable(kind="unreadable", line="set.csv: cannot be read.")


def test_rows_that_the_disk_does_not_take_are_told_without_its_folders(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    line = "/srv/secret/questions.jsonl: cannot be written: No space left on device."
    said = json.dumps({"kind": "disk", "line": line}).encode()
    monkeypatch.setattr("subprocess.run", lambda *_, **__: CompletedProcess([], 1, stdout=said))
    desk = desk_over(settings, FakeSystem({}))
    assert desk.keep("set.jsonl", io.BytesIO(SET)) == Failure(kind="disk")
    assert line in caplog.text
    assert desk.runs() == []


@pytest.mark.alone
def test_ten_thousand_rows_are_checked_within_ten_seconds(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("questions")
    sheet.append(["id", "question", "facts", "answerable"])
    for number in range(10_000):
        sheet.append(
            [f"q{number}", f"第{number}题：项目总投资是多少？", "一亿元|1亿元", "否" if number % 5 else "也许"]
        )
    path = tmp_path / "upload.xlsx"
    book.save(path)
    started = time.monotonic()
    assert take_in(path, "set.xlsx") == Taken(questions=8_000, refused=2_000)
    assert time.monotonic() - started < 10
