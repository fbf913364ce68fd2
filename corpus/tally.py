"""Counts what a cleaning step did, kind by kind, with one example of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from corpus.records import Repair

EXAMPLE_CHARS = 80


class Tally:
    """What has been done so far."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str]] = {}

    def add(self, kind: str, example: str, count: int = 1) -> None:
        """Notes that `kind` was done `count` times, once to `example`."""
        before, first = self._found.get(kind, (0, _shown(example)))
        self._found[kind] = (before + count, first or _shown(example))

    def merge(self, repairs: Iterable[Repair]) -> None:
        """Adds what another step did."""
        for repair in repairs:
            self.add(repair.kind, repair.example, repair.count)

    def repairs(self) -> tuple[Repair, ...]:
        """All of it, in the order in which the kinds first came up."""
        return tuple(Repair(kind=kind, count=n, example=example) for kind, (n, example) in self._found.items())

    def replace(
        self, kind: str, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str], text: str, around: int = 6
    ) -> str:
        """`text` with every match of `pattern` replaced; matches that `new` leaves as they are do not count."""

        def replaced(match: re.Match[str]) -> str:
            put = new(match)
            if put != match[0]:
                self.add(kind, text[max(0, match.start() - around) : match.end() + around])
            return put

        return pattern.sub(replaced, text)


def _shown(example: str) -> str:
    # A lone surrogate or a control character in a report breaks whatever prints the report.
    visible = "".join(c if c.isprintable() else " " if c.isspace() else f"\\u{ord(c):04x}" for c in example)
    return " ".join(visible.split())[:EXAMPLE_CHARS]
