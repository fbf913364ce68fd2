"""Reads a run of characters again as the UTF-8 that it came from, where single bytes may be unknown or missing.

Which bytes those were is decided by what is likely to have stood there. Knows nothing of the encoding that the
bytes were wrongly read as: the caller says which bytes each character may stand for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from corpus.gbk import never_after
from corpus.plausibility import step

UNKNOWN = -1
HOLE = "□"
"""Stands where text was lost for good."""

Ways = tuple[tuple[int, ...], ...]
"""The bytes that one character may stand for. `(UNKNOWN, UNKNOWN)`: two that make no character of GBK."""

_CONTINUES = range(0x80, 0xC0)
_LEADS = (0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEF)
_BEAM = 24
_HOLE_COST = 16.0
_MISSING_COST = 4.0


@dataclass(frozen=True, slots=True)
class Reading:
    """The first `taken` characters read again: `text`, and how much more likely that is (in log units)."""

    taken: int
    text: str
    gain: float


@dataclass(frozen=True, slots=True)
class _State:
    score: float
    text: str
    pending: tuple[int, ...]

    @property
    def need(self) -> int:
        """How many bytes the character that has begun still wants."""
        if not self.pending:
            return 0
        lead = self.pending[0]
        return (2 if lead < 0xE0 else 3 if lead < 0xF0 else 4) - len(self.pending)

    def said(self, character: str) -> _State:
        # Of two forms of one character the Simplified one: the other encoding was GBK, or the bytes decide.
        rarer = 0.0 if character.encode("gb2312", "ignore") else 0.3
        return _State(self.score + step(self.text[-1:], character) - rarer, self.text + character, ())

    def lost(self) -> _State:
        return _State(self.score - _HOLE_COST, self.text + HOLE, ())


def read_again(shown: str, ways: Sequence[Ways], before: str, missing: Sequence[int] = ()) -> Reading | None:
    """The most likely way to read the longest worthwhile beginning of `shown` as UTF-8, or None.

    `ways[i]` is what `shown[i]` may stand for; `missing` are bytes that may have been dropped unseen.
    """
    states = [_State(0.0, before, ())]
    best: Reading | None = None
    raw = 0.0
    for place, (character, choices) in enumerate(zip(shown, ways, strict=True)):
        raw += step(shown[place - 1] if place else before, character)
        states = _kept(after for state in states for way in choices for after in _fed(state, way, missing))
        if not states:
            break
        whole = [state for state in states if not state.pending]
        if whole:
            top = max(whole, key=lambda state: state.score)
            if best is None or top.score - raw > best.gain:
                best = Reading(place + 1, top.text[len(before) :], top.score - raw)
    return best


def _fed(state: _State, way: Iterable[int], missing: Sequence[int]) -> Iterable[_State]:
    way = tuple(way)
    if way == (UNKNOWN, UNKNOWN):
        return _gap(state)
    states = [state]
    for byte in way:
        states = [after for one in states for after in _one(one, byte, missing)]
    return states


def _one(state: _State, byte: int, missing: Sequence[int]) -> Iterator[_State]:
    if byte == UNKNOWN:
        for known in _CONTINUES if state.pending else _LEADS:
            yield from _one(state, known, ())
    elif not state.pending:
        if byte < 0x80:
            yield state.said(chr(byte))
        elif 0xC2 <= byte <= 0xF4:
            yield _State(state.score, state.text, (byte,))
        else:
            yield state.lost()
    elif 0x80 <= byte < 0xC0:
        yield _longer(state, byte)
    else:
        for pending in _completed(state, missing):
            filled = _longer(_State(state.score - _MISSING_COST, state.text, pending[:-1]), pending[-1])
            if filled.text[-1:] != HOLE:
                yield from _one(filled, byte, ())
        yield from _one(state.lost(), byte, ())


def _completed(state: _State, missing: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """The bytes of `state` with the one that it still wants, behind them or among them."""
    if state.need == 1:
        for dropped in missing:
            for at in range(1, len(state.pending) + 1):
                yield (*state.pending[:at], dropped, *state.pending[at:])


def _longer(state: _State, byte: int) -> _State:
    pending = (*state.pending, byte)
    if state.need > 1:
        return _State(state.score, state.text, pending)
    character = bytes(pending).decode("utf-8", "ignore")
    whole = _State(state.score, state.text, ())
    return whole.said(character) if character else whole.lost()


def _gap(state: _State) -> Iterator[_State]:
    for first in _CONTINUES if state.pending else _LEADS:
        for after in _one(state, first, ()):
            for second in never_after(first):
                if (0x80 <= second < 0xC0) if after.pending else second in _LEADS:
                    yield from _one(after, second, ())


def _kept(states: Iterable[_State]) -> list[_State]:
    best: dict[tuple[tuple[int, ...], str], _State] = {}
    for state in states:
        key = (state.pending, state.text[-1:])
        if key not in best or best[key].score < state.score:
            best[key] = state
    if len(best) == 1:
        return list(best.values())
    ranked = sorted(best.values(), key=lambda state: -state.score)
    waiting: dict[tuple[int, ...], _State] = {}
    for state in ranked:
        waiting.setdefault(state.pending, state)
    return list({id(state): state for state in (*ranked[:_BEAM], *waiting.values())}.values())
