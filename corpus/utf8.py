"""Reads a run of characters again as the UTF-8 that it came from, where single bytes may be unknown or missing.

Which bytes those were is decided by what is likely to have stood there. Knows nothing of the encoding that the
bytes were wrongly read as: the caller says which bytes each character may stand for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from corpus.gbk import HOLE, never_after
from corpus.plausibility import certainty, known_characters, step

UNKNOWN = -1
SWALLOWED = -2
"""A character of ASCII that a broken one took with it. It may have been a digit: it is never guessed."""
Ways = tuple[tuple[int, ...], ...]
"""The bytes that one character may stand for. `(UNKNOWN, UNKNOWN)`: two that make no character of GBK."""

_CONTINUES = range(0x80, 0xC0)
_LEADS = (0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEF)
_GUESSED = 0x100
_MIN_CERTAINTY = 0.5
_BEAM = 32
_MOST_STATES = 64
_MOST_INTO_A_GAP = 12
_HOPELESS = 15.0
"""States that are this much less likely than the best one (in log units) are given up."""
_HOLE_COST = 16.0
_SWALLOWED_COST = 6.0
_MISSING_COST = 4.0
_SEEN_COST = 7.0
"""What it costs to suppose that a byte is gone that shows as something, if only as a blank."""
_SEEN = (0xA0, 0xAD)
_FEW = 6


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
    """The bytes of the character that has begun; `_GUESSED` is added to those that are guessed."""
    guesses: tuple[tuple[int, tuple[int, ...]], ...] = ()
    """Where in `text` characters stand that were guessed, and their bytes, as in `pending`."""

    @property
    def need(self) -> int:
        """How many bytes the character that has begun still wants."""
        if not self.pending:
            return 0
        lead = self.pending[0] & 0xFF
        return (2 if lead < 0xE0 else 3 if lead < 0xF0 else 4) - len(self.pending)

    def said(self, character: str) -> _State:
        # Of two forms of one character the Simplified one: the other encoding was GBK, or the bytes decide.
        rarer = _rarer(character)
        return _State(self.score + step(self.text[-1:], character) - rarer, self.text + character, (), self.guesses)

    def lost(self, cost: float = _HOLE_COST) -> _State:
        return _State(self.score - cost, self.text + HOLE, (), self.guesses)


@lru_cache(maxsize=65536)
def _rarer(character: str) -> float:
    return 0.0 if character.encode("gb2312", "ignore") else 0.3


def read_again(shown: str, ways: Sequence[Ways], before: str, missing: Sequence[int] = ()) -> Reading | None:
    """The most likely way to read the longest worthwhile beginning of `shown` as UTF-8, or None.

    `ways[i]` is what `shown[i]` may stand for; `missing` are bytes that may have been dropped unseen.
    """
    states = [_State(0.0, before, ())]
    best: tuple[float, int, _State] | None = None
    raw = 0.0
    for place, (character, choices) in enumerate(zip(shown, ways, strict=True)):
        raw += step(shown[place - 1] if place else before, character)
        if len(states) == 1 and len(choices) == 1 and _settled(states[0], choices[0]):
            states = [_plainly(states[0], choices[0])]
        else:
            if len(choices) > 1:
                states = states[:_MOST_INTO_A_GAP]  # best first
            states = _kept(after for state in states for way in choices for after in _fed(state, way, missing))
        if not states:
            break
        whole = [state for state in states if not state.pending]
        if whole:
            top = max(whole, key=lambda state: state.score)
            if best is None or top.score - raw > best[0]:
                best = (top.score - raw, place + 1, top)
    if best is None:
        return None
    gain, taken, state = best
    return Reading(taken, _certain(state, tuple(missing))[len(before) :], gain)


def _settled(state: _State, way: tuple[int, ...]) -> bool:
    """Whether there is only one way to go on: what was begun is continued, and nothing but what is begun."""
    need = state.need
    for byte in way:
        if need:
            if not 0x80 <= byte < 0xC0:
                return False
            need -= 1
        elif 0xE1 <= byte < 0xF0:
            need = 2
        elif not 0 <= byte < 0x80:
            return False
    return True


def _plainly(state: _State, way: tuple[int, ...]) -> _State:
    for byte in way:
        if state.pending:
            state = _longer(state, byte)
        else:
            state = state.said(chr(byte)) if byte < 0x80 else _State(state.score, state.text, (byte,), state.guesses)
    return state


def _fed(state: _State, way: Iterable[int], missing: Sequence[int]) -> Iterable[_State]:
    way = tuple(way)
    if way == (UNKNOWN, UNKNOWN):
        return _gap(state)
    states = [state]
    for byte in way:
        states = [after for one in states for after in _one(one, byte, missing)]
    return states


def _one(state: _State, byte: int, missing: Sequence[int]) -> Iterator[_State]:
    if byte == SWALLOWED:
        if not state.pending:
            yield state.lost(_SWALLOWED_COST)
    elif byte == UNKNOWN:
        for known in _CONTINUES if state.pending else _LEADS:
            yield from _one(state, known | _GUESSED, ())
    elif not state.pending:
        if byte < 0x80:
            yield state.said(chr(byte))
        elif 0xC2 <= byte & 0xFF <= 0xF4:
            yield _State(state.score, state.text, (byte,), state.guesses)
        else:
            yield state.lost()
    elif 0x80 <= byte & 0xFF < 0xC0:
        yield _longer(state, byte)
    else:
        for pending in _completed(state, missing):
            added = len(pending) - len(state.pending)
            cost = _SEEN_COST if any(byte & 0xFF in _SEEN for byte in pending[1:]) else _MISSING_COST * added
            filled = _longer(_State(state.score - cost, state.text, pending[:-1], state.guesses), pending[-1])
            if filled.text[-1:] != HOLE:
                yield from _one(filled, byte, ())
        yield from _one(state.lost(), byte, ())


def _completed(state: _State, missing: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """The bytes of `state` with the one that it still wants, behind them or among them."""
    if state.need == 1:
        for dropped in missing:
            for at in range(1, len(state.pending) + 1):
                yield (*state.pending[:at], dropped | _GUESSED, *state.pending[at:])
    elif len(state.pending) == 1 and state.need == 2:
        silent = [byte for byte in missing if byte not in _SEEN]
        yield from ((*state.pending, first | _GUESSED, second | _GUESSED) for first in silent for second in silent)


def _longer(state: _State, byte: int) -> _State:
    pending = (*state.pending, byte)
    if state.need > 1:
        return _State(state.score, state.text, pending, state.guesses)
    character = bytes(one & 0xFF for one in pending).decode("utf-8", "ignore")
    guessed = character and max(pending) >= _GUESSED
    guesses = (*state.guesses, (len(state.text), pending)) if guessed else state.guesses
    whole = _State(state.score, state.text, (), guesses)
    return whole.said(character) if character else whole.lost()


@cache
def _gaps(need: int) -> tuple[tuple[int, int], ...]:
    """Two bytes that make no character of GBK, where a character of UTF-8 still needs `need` bytes."""
    firsts = _CONTINUES if need else _LEADS
    seconds = _LEADS if need == 1 else _CONTINUES
    return tuple((one | _GUESSED, two | _GUESSED) for one in firsts for two in never_after(one) if two in seconds)


def _gap(state: _State) -> Iterator[_State]:
    after: dict[int, _State] = {}
    for first, second in _gaps(min(state.need, 2)):
        if first not in after:
            after[first] = next(_one(state, first, ()))
        yield from _one(after[first], second, ())


@cache
def _common() -> tuple[tuple[bytes, str], ...]:
    """The characters that a guess may mean, with their bytes."""
    marks = "，。、；：！？“”‘’（）《》「」『』…—·％"
    return tuple((c.encode("utf-8"), c) for c in (*marks, *known_characters()))


@lru_cache(maxsize=4096)
def _rivals(pending: tuple[int, ...], missing: tuple[int, ...], last: int, lead: int) -> tuple[str, ...]:
    """The characters that a guess may mean as well: they share the bytes that are not guessed.

    The guessed ones are `missing` bytes if there are such; else, two in a row make no character of GBK, and neither
    do one with the byte that ends the character before (`last`) or begins the one behind (`lead`).
    """
    found = []
    for code, character in _common():
        if len(code) != len(pending):
            continue
        guessed = [at for at, byte in enumerate(pending) if byte >= _GUESSED]
        if any(code[at] != byte for at, byte in enumerate(pending) if at not in guessed):
            continue
        around = (last, *code, lead)
        gaps = [(around[at], around[at + 1]) for at in range(len(around) - 1) if at - 1 in guessed and at in guessed]
        gaps += [(last, code[0])] if 0 in guessed else [(code[-1], lead)] if guessed == [len(code) - 1] else []
        allowed = (code[at] in missing for at in guessed) if missing else (b in never_after(a) for a, b in gaps)
        if all(allowed):
            found.append(character)
    return tuple(found)


def _certain(state: _State, missing: tuple[int, ...]) -> str:
    """The text of `state`, with `HOLE` for the characters that are mere guesses."""
    text = list(state.text)
    for at, pending in state.guesses:
        before, after = state.text[at - 1 : at] if at else "", state.text[at + 1 : at + 2]
        lead = 0 if after == HOLE else (after.encode() or b"\0")[0]
        rivals = _rivals(pending, missing, (before.encode() or b"\0")[-1], lead)
        if certainty(before, state.text[at], after, rivals) < _MIN_CERTAINTY:
            text[at] = HOLE
    return "".join(text)


def _kept(states: Iterable[_State]) -> list[_State]:
    best: dict[tuple[tuple[int, ...], str], _State] = {}
    for state in states:
        key = (state.pending, state.text[-1:])
        if key not in best or best[key].score < state.score:
            best[key] = state
    if len(best) == 1:
        return list(best.values())
    ranked = sorted(best.values(), key=lambda state: -state.score)
    # What waits for its last byte is judged only later: room for every beginning.
    room = Counter[tuple[int, ...]]()
    kept: list[_State] = []
    for place, state in enumerate(ranked):
        room[state.pending] += 1
        if state.score < ranked[0].score - _HOPELESS or len(kept) == _MOST_STATES:
            break
        if place < _BEAM or room[state.pending] <= _FEW:
            kept.append(state)
    return kept
