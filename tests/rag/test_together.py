"""Who waits at the same time is served in one go, gets what is theirs, and suffers from nobody else."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.together import Together


class Work:
    """Doubles numbers, and remembers how many came at once. The first batch waits until it is told to go on."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(len(numbers))
        self.begun.set()
        assert self.go_on.wait(10)
        if 13 in numbers:
            raise ValueError("13")
        return [2 * number for number in numbers]


def asked_while_one_is_at_work(work: Work, numbers: Sequence[int], *, most: int) -> list[int | str]:
    """What each of `numbers` gets, all of them asked while another is being worked on."""
    together = Together[int, int](work, most=most)

    def ask(number: int) -> int | str:
        try:
            return together.one(number)
        except ValueError as error:
            return f"failed: {error}"

    with ThreadPoolExecutor(max_workers=len(numbers) + 1) as threads:
        first = threads.submit(ask, 0)
        assert work.begun.wait(10)
        others = [threads.submit(ask, number) for number in numbers]
        while len(together._queue) < len(numbers):
            pass
        work.go_on.set()
        assert first.result(10) == 0
        return [other.result(10) for other in others]


def test_nobody_waits_for_company() -> None:
    work = Work()
    work.go_on.set()
    together = Together[int, int](work, most=8)
    assert [together.one(number) for number in (1, 2, 3)] == [2, 4, 6]
    assert work.batches == [1, 1, 1]


def test_those_who_come_meanwhile_are_served_in_one_go() -> None:
    work = Work()
    assert asked_while_one_is_at_work(work, (1, 2, 3, 4, 5), most=8) == [2, 4, 6, 8, 10]
    assert work.batches == [1, 5]


def test_no_more_than_the_most_are_served_at_once() -> None:
    work = Work()
    assert asked_while_one_is_at_work(work, range(1, 8), most=3) == [2, 4, 6, 8, 10, 12, 14]
    assert work.batches == [1, 3, 3, 1]


def test_one_that_fails_takes_nobody_along() -> None:
    assert asked_while_one_is_at_work(Work(), (1, 13, 3), most=8) == [2, "failed: 13", 6]


def test_a_failure_leaves_the_way_free_for_the_next() -> None:
    work = Work()
    work.go_on.set()
    together = Together[int, int](work, most=8)
    with pytest.raises(ValueError, match="13"):
        together.one(13)
    assert together.one(1) == 2


def test_many_threads_get_what_is_theirs() -> None:
    together = Together[int, int](lambda numbers: [2 * number for number in numbers], most=4)
    with ThreadPoolExecutor(max_workers=20) as threads:
        assert list(threads.map(together.one, range(2000))) == [2 * number for number in range(2000)]
