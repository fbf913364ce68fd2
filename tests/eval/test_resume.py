"""A run that is cut short, by whatever, and goes on: nothing is lost and nothing that was answered is asked again."""

from __future__ import annotations

import errno
import json
import math
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from eval import files
from eval.batch import Stopped, evaluate
from eval.cases import Case
from eval.errors import EvaluationError
from eval.files import whole_lines
from eval.lines import without_timings
from eval.reading import QuestionSet
from rag.records import Answer, Question
from tests.eval.fake_system import FakeSystem, answered, citation, hit
from tests.eval.resumed_run import plan

ROOT = Path(__file__).parents[2]
WARM_UP = 1
ANSWER = answered("On Monday. [1]", citation("bins", "Bins go out on Monday."), hits=(hit("bins"), hit("buses")))


def cases(count: int) -> QuestionSet:
    return QuestionSet(
        cases=tuple(
            Case(id=f"q{n}", question=f"Question {n}?", facts=(("Monday",),), articles=("bins",)) for n in range(count)
        )
    )


class Counting(FakeSystem):
    """Answers every question; `before` is called with how many were asked."""

    def __init__(self, before: Any = lambda count: None) -> None:
        super().__init__({})
        self._before = before
        self._lock = threading.Lock()

    def answer(self, question: Question) -> Answer:
        with self._lock:
            self.asked.append(question)
        self._before(len(self.asked) - WARM_UP)
        return ANSWER

    @property
    def texts(self) -> list[str]:
        return [question.text for question in self.asked[WARM_UP:]]


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()]


def ids(folder: Path) -> list[str]:
    return [line["id"] for line in lines(folder)]


def test_results_stand_in_the_order_of_the_set_however_they_came(tmp_path: Path) -> None:
    chance = random.Random(4)
    system = Counting(lambda _: time.sleep(chance.random() / 200))
    finished = evaluate(plan(tmp_path, cases(160), system, at_once=8))
    assert ids(tmp_path) == [f"q{n}" for n in range(160)]
    assert (finished.summary["n"], finished.summary["complete"], finished.asked) == (160, True, 160)
    assert Counter(system.texts) == Counter(f"Question {n}?" for n in range(160))


def test_two_runs_are_the_same_but_for_the_time_that_they_took(tmp_path: Path) -> None:
    for name in ("one", "two"):
        evaluate(plan(tmp_path / name, cases(130), Counting(), at_once=4))
    told = [
        "".join(json.dumps(without_timings(line)) + "\n" for line in whole_lines(tmp_path / name / "results.jsonl"))
        for name in ("one", "two")
    ]
    assert told[0] == told[1]


def test_the_first_questions_are_asked_alone(tmp_path: Path) -> None:
    together = []
    now = threading.Semaphore(8)

    def count(_: int) -> None:
        now.acquire()
        time.sleep(0.002)
        together.append(8 - now._value)
        now.release()

    evaluate(plan(tmp_path, cases(160), Counting(count), at_once=4))
    assert max(together[: WARM_UP + 100]) == 1
    assert max(together) > 1
    assert [line["alone"] for line in lines(tmp_path)] == [True] * 100 + [False] * 60


@pytest.mark.parametrize("at", [3, 120])
def test_a_stopped_run_is_summed_up_and_goes_on(tmp_path: Path, at: int) -> None:
    stop = threading.Event()
    first = Counting(lambda count: stop.set() if count == at else None)
    with pytest.raises(Stopped, match=rf"Stopped after \d+ of 150 questions.*--out {tmp_path} goes on") as stopped:
        evaluate(plan(tmp_path, cases(150), first), stop=stop)
    done = len(lines(tmp_path))
    assert at <= done <= at + 1
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert (summary["n"], summary["complete"], stopped.value.finished.summary["n"]) == (done, False, done)
    assert (tmp_path / "report.html").exists()

    second = Counting()
    assert evaluate(plan(tmp_path, cases(150), second)).asked == 150 - done
    assert ids(tmp_path) == [f"q{n}" for n in range(150)]
    assert sorted(first.texts + second.texts) == sorted(f"Question {n}?" for n in range(150))
    assert json.loads((tmp_path / "summary.json").read_text())["complete"] is True


def test_progress_is_told(tmp_path: Path) -> None:
    stop = threading.Event()
    seen = []

    def progress(done: int, of: int) -> None:
        seen.append((done, of))
        if done == 5:
            stop.set()

    with pytest.raises(Stopped):
        evaluate(plan(tmp_path, cases(20), Counting()), progress=progress, stop=stop)
    assert seen == [(n, 20) for n in range(1, 6)]
    assert ids(tmp_path) == ["q0", "q1", "q2", "q3", "q4"]


@pytest.mark.parametrize("torn", ['{"id": "q', '{"id": "q3"}', "\x00\x00\x00"])
def test_a_torn_last_line_is_dropped_and_asked_again(tmp_path: Path, torn: str) -> None:
    evaluate(plan(tmp_path, cases(6), Counting()))
    whole = (tmp_path / "results.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "results.jsonl").write_text("".join(whole[:3]) + torn)
    (tmp_path / "summary.json").unlink()
    system = Counting()
    evaluate(plan(tmp_path, cases(6), system))
    assert system.texts == ["Question 3?", "Question 4?", "Question 5?"]
    assert ids(tmp_path) == [f"q{n}" for n in range(6)]


def test_a_finished_run_is_asked_anew(tmp_path: Path) -> None:
    for _ in range(2):
        system = Counting()
        evaluate(plan(tmp_path, cases(6), system))
        assert len(system.texts) == len(lines(tmp_path)) == 6


def test_a_run_of_something_else_is_not_touched(tmp_path: Path) -> None:
    evaluate(plan(tmp_path, cases(6), Counting()))
    before = (tmp_path / "results.jsonl").read_bytes()
    other = Counting()
    other.name = "another"
    for questions, system, differs in ((cases(7), Counting(), "set_digest, questions"), (cases(6), other, "system")):
        with pytest.raises(EvaluationError) as error:
            evaluate(plan(tmp_path, questions, system))
        assert str(error.value) == (
            f"{tmp_path}: holds another run ({differs} differ). Choose another --out, or --anew."
        )
        assert system.asked == []
    assert (tmp_path / "results.jsonl").read_bytes() == before
    evaluate(plan(tmp_path, cases(7), Counting(), resume=False))
    assert len(lines(tmp_path)) == 7


def test_over_another_index_a_finished_run_is_asked_anew_and_an_unfinished_one_is_not_touched(tmp_path: Path) -> None:
    evaluate(plan(tmp_path, cases(6), Counting()))
    other = Counting()
    other.fingerprint = "another"
    assert evaluate(plan(tmp_path, cases(6), other)).asked == 6
    (tmp_path / "summary.json").unlink()
    with pytest.raises(EvaluationError, match=r"holds another run \(index differ\)"):
        evaluate(plan(tmp_path, cases(6), Counting()))
    assert {line["index"] for line in lines(tmp_path)} == {"another"}


def test_results_of_nobody_knows_what_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_text("precious\n")
    with pytest.raises(EvaluationError, match="holds results, but not of which run"):
        evaluate(plan(tmp_path, cases(2), Counting()))
    assert (tmp_path / "results.jsonl").read_text() == "precious\n"


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    told: list[str] = []

    def second(count: int) -> None:
        if count == 2:
            with pytest.raises(EvaluationError) as error:
                evaluate(plan(tmp_path, cases(4), Counting()))
            told.append(str(error.value))

    evaluate(plan(tmp_path, cases(4), Counting(second)))
    assert told == [f"{tmp_path}: another run is being written there. Choose another --out."]
    assert ids(tmp_path) == ["q0", "q1", "q2", "q3"]


def test_a_full_disk_is_one_clear_line_and_what_came_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    def full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 4:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "_to_disk", full)
    monkeypatch.setattr(files, "_SYNC_SHARE", math.inf)
    with pytest.raises(EvaluationError) as error:
        evaluate(plan(tmp_path, cases(9), Counting()))
    assert str(error.value) == (
        f"{tmp_path}/results.jsonl: cannot be written: No space left on device. The answers so far are kept; "
        "the same command goes on from there. Free space, or choose another --out."
    )
    assert ids(tmp_path) == ["q0", "q1", "q2"]  # the first write was run.json
    monkeypatch.undo()
    system = Counting()
    evaluate(plan(tmp_path, cases(9), system))
    assert system.texts == [f"Question {n}?" for n in range(3, 9)]
    assert ids(tmp_path) == [f"q{n}" for n in range(9)]


def test_killed_at_five_random_moments_nothing_is_lost_or_asked_twice(tmp_path: Path) -> None:
    count, at_once = 400, 2
    questions, log, results = tmp_path / "set.jsonl", tmp_path / "asked.log", tmp_path / "run" / "results.jsonl"
    rows = ({"id": f"q{n}", "question": f"Question {n}?", "articles": ["bins"]} for n in range(count))
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = [sys.executable, "-m", "tests.eval.resumed_run", str(tmp_path / "run"), str(questions), str(log)]
    chance = random.Random(20240607)
    killed = sorted(chance.sample(range(10, 340), 5))
    kept: set[str] = set()
    for lines_wanted in killed:
        process = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE)
        while process.poll() is None and (not results.exists() or results.read_bytes().count(b"\n") < lines_wanted):
            time.sleep(0.001)
        time.sleep(chance.random() / 100)
        process.send_signal(signal.SIGKILL)
        _, said = process.communicate()
        assert process.returncode == -signal.SIGKILL, said.decode()
        now = {line["id"] for line in whole_lines(results)}
        assert kept <= now
        kept = now
        with log.open("a") as file:
            file.write(f"killed {' '.join(sorted(kept))}\n")
    subprocess.run(words, cwd=ROOT, check=True, timeout=120)

    answered_by_then: set[str] = set()
    asked: Counter[str] = Counter()
    again = []
    for entry in log.read_text().splitlines():
        if entry.startswith("killed "):
            answered_by_then = {f"Question {id[1:]}?" for id in entry.split()[1:]}
        elif entry.startswith("Question"):
            asked[entry] += 1
            again += [entry] if entry in answered_by_then else []
    assert again == []
    assert len(asked) == count
    # A question under way when the process was killed has no answer, so it has to be asked again.
    assert sum(asked.values()) - count <= at_once * len(killed)
    assert [line["id"] for line in whole_lines(results)] == [f"q{n}" for n in range(count)]
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["n"] == count
