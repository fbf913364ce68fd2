"""Work that is done in one go for several who wait for it at the same time. Knows nothing of what the work is."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")


class _Waiting(Generic[Asked, Given]):
    """One who waits, and what came of it."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.given: list[Given] = []
        self.failure: BaseException | None = None

    @property
    def done(self) -> bool:
        return bool(self.given) or self.failure is not None


class Together(Generic[Asked, Given]):
    """Gives what `work` makes of each thing that is asked, of up to `most` at once. Safe to share between threads.

    Nobody waits for company: who finds nobody at work begins at once, and the next one takes all that came meanwhile.
    What cannot be done for all of them is tried for each alone, so that nobody suffers from another's question.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Given]], *, most: int) -> None:
        self._work = work
        self._most = most
        self._queue: deque[_Waiting[Asked, Given]] = deque()
        self._changed = threading.Condition()
        self._at_work = False

    def one(self, asked: Asked) -> Given:
        """What comes of `asked`. Raises what `work` raises."""
        mine = _Waiting[Asked, Given](asked)
        with self._changed:
            self._queue.append(mine)
            while self._at_work and not mine.done:
                self._changed.wait()
            works = not mine.done
            self._at_work |= works
        try:
            while not mine.done:
                self._next()
        finally:
            if works:
                with self._changed:
                    self._at_work = False
                    self._changed.notify_all()
        if mine.failure is not None:
            raise mine.failure
        return mine.given[0]

    def _next(self) -> None:
        """Do the work of those who have waited longest."""
        with self._changed:
            batch = [self._queue.popleft() for _ in range(min(self._most, len(self._queue)))]
        self._do(batch)
        with self._changed:
            self._changed.notify_all()

    def _do(self, batch: list[_Waiting[Asked, Given]]) -> None:
        try:
            results = self._work([waiting.asked for waiting in batch])
            for waiting, given in zip(batch, results, strict=True):
                waiting.given.append(given)
        except BaseException as failure:
            if len(batch) > 1 and isinstance(failure, Exception):
                for waiting in batch:
                    self._do([waiting])
                return
            for waiting in batch:
                waiting.failure = failure
