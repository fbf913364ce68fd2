"""Reads a run of characters again as the GBK bytes that it came from, when those bytes were cut in the wrong places.

Two accidents do that: a byte was lost, or a reading such as `(shù)` was written between the two bytes of a
character. From there on every pair of bytes is formed wrongly until the two ways of pairing fall into step. A `?`
stands for bytes that made no character; which ones they were is decided by what is likely to have stood there.
"""

from __future__ import annotations

import heapq
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from corpus.fold import simplify
from corpus.plausibility import log_likelihood, read_as, step

TONES = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
READING = rf"[a-zêü]{{0,5}}[{TONES}ɑɡ][a-zêɡ]{{0,4}}"
_TOKEN = re.compile(rf"[?\ufffd](?:\(|（)?({READING})[)）]|[(（]({READING})[)）]|(.)", re.DOTALL)
_BEFORE = re.compile(rf"[(（]{READING}[)）]")
_UNKNOWN = -1
HOLE = "□"
"""Stands where text was lost for good."""
_TOLD = 6.0
"""What it is worth that the last two bytes are a character read as the page says, and what it costs if not."""
_BEAM = 24
_FEW = 6
_PER_LEAD = 2
_HOPELESS = 20.0
"""States that are this much less likely than the best one (in log units) are given up."""
_SWALLOWED = -2
"""A character of ASCII that a broken one took with it. It may have been a digit: it is never guessed."""
_SWALLOWED_COST = 6.0
_GUESSED = frozenset("?\ufffd")
_MOST_UNKNOWN = 12
"""`?`s after which a run is given up: too little is left of it to tell what it was."""
_LONGEST = 400
"""Characters after which a run is given up: real ones fall into step within a line."""


@dataclass(frozen=True, slots=True)
class Reread:
    """A run read again: `text` belongs where `[start, end)` stands, and is `gain` more likely (in log units)."""

    start: int
    end: int
    text: str
    gain: float


@dataclass(frozen=True, slots=True)
class _Token:
    end: int
    shown: str
    """What of it stands for bytes of the text: all of it but the reading."""
    ways: tuple[tuple[int, ...], ...]
    """The bytes that this may have been, `_UNKNOWN` for any."""
    reading: str | None = None
    """Written after the two bytes that stand before it."""


@dataclass(frozen=True, slots=True)
class _State:
    score: float
    text: str
    last: tuple[int, int]
    """The last two bytes."""
    lead: int | None
    """The last byte, where it waits for a second one."""


@cache
def _pairs() -> tuple[dict[int, dict[int, str]], dict[str, tuple[int, int]]]:
    rows: dict[int, dict[int, str]] = {lead: {} for lead in range(0x81, 0xFF)}
    back = {}
    for lead, row in rows.items():
        for trail in range(0x40, 0xFF):
            character = bytes((lead, trail)).decode("gbk", "ignore")
            if len(character) == 1:
                row[trail] = character
                back[character] = (lead, trail)
    return rows, back


@cache
def _likely(lead: int) -> tuple[tuple[int, str], ...]:
    """The second bytes and characters of a row, those first that occur in ordinary text."""
    row = _pairs()[0].get(lead, {})
    return tuple(sorted(row.items(), key=lambda pair: -step("", pair[1])))[:80]


@cache
def _gaps() -> dict[int, frozenset[int]]:
    """The bytes after which others make no character, and those others. A byte of ASCII would show as itself."""
    return {first: never for first in range(0x80, 0xFF) if (never := never_after(first))}


@cache
def never_after(first: int) -> frozenset[int]:
    """The bytes that make no character after `first`, which is not ASCII. 0x80 begins none at all."""
    return frozenset(range(0x81, 0xFF)) - _pairs()[0].get(first, {}).keys()


def encoded(character: str) -> tuple[int, ...] | None:
    """The bytes of `character` in GBK, or None if it has none."""
    return (ord(character),) if character < "\x80" else _pairs()[1].get(character)


def _ways(character: str, following: str) -> tuple[tuple[int, ...], ...]:
    if character in "?\ufffd":
        # Two bytes that make no character, or one that took the character of ASCII behind it along.
        alone = (_UNKNOWN,) if character == "\ufffd" or following in ("", "\n") else (_UNKNOWN, _SWALLOWED)
        return ((0x3F,), (_UNKNOWN, _UNKNOWN), alone)
    own = encoded(character)
    if own is None:
        return ()
    # A page whose punctuation was made half-width after the accident holds `!` where A3 A1 was.
    return (own, (0xA3, own[0] + 0x80)) if character in "!,.:;?()" else (own,)


def _tokens(text: str, start: int) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text, start, start + _LONGEST):
        split, after, character = match.groups()
        if split:
            yield _Token(match.end(), "\ufffd", ((_UNKNOWN,),), split)
        elif after:
            yield _Token(match.end(), "", ((),), after)
        else:
            yield _Token(match.end(), character, _ways(character, text[match.end() : match.end() + 1]))


def _with_next(tokens: Iterable[_Token]) -> Iterator[tuple[_Token, _Token | None]]:
    one, ahead = itertools.tee(tokens)
    next(ahead, None)
    return itertools.zip_longest(one, ahead)


def _said(state: _State, character: str, byte: int) -> _State:
    before = state.text[-1:]
    return _State(state.score + step(before, character), state.text + character, (state.last[1], byte), None)


def _fed(state: _State, byte: int) -> Iterator[_State]:
    """The states after one more byte."""
    if byte == _SWALLOWED:
        if state.lead is None:
            yield _State(state.score - _SWALLOWED_COST, state.text + HOLE, (state.last[1], 0), None)
    elif state.lead is not None:
        if byte == _UNKNOWN:
            for trail, character in _likely(state.lead):
                yield _said(state, character, trail)
        elif character := _pairs()[0].get(state.lead, {}).get(byte, ""):
            yield _said(state, character, byte)
    elif byte == _UNKNOWN:
        return
    elif byte < 0x80:
        yield _said(state, chr(byte), byte)
    else:
        yield _State(state.score, state.text, (state.last[1], byte), byte)


def _after(states: Sequence[_State], token: _Token) -> Iterator[_State]:
    """The states after one more token."""
    if token.reading:
        for state in states:
            yield from _after_reading(state, token, token.reading)
        return
    for way in token.ways:
        if way == (_UNKNOWN, _UNKNOWN):
            yield from _over_a_gap(states)
            continue
        likeliest = heapq.nlargest(_BEAM, states, key=_score) if way[0] == _UNKNOWN else states
        fed = [after for state in likeliest for after in _fed(state, way[0])]
        for byte in way[1:]:
            fed = [after for state in heapq.nlargest(_BEAM, fed, key=_score) for after in _fed(state, byte)]
        yield from fed


def _after_reading(state: _State, token: _Token, reading: str) -> Iterator[_State]:
    if not token.ways[0]:
        yield replace(state, score=state.score + _told(token, state))
        return
    for character in read_as(reading):
        own = encoded(character)
        if own and own[0] == state.last[1]:
            # The converter glossed what differs between the scripts; it read them in the Traditional one.
            favoured = 0.5 if simplify(character) != character else 0.0
            yield from _fed(replace(state, score=state.score + favoured), own[1])


def _told(token: _Token, state: _State) -> float:
    """What a reading says of the bytes before it: they are a character, or its first half, that is read so."""
    read_so = read_as(token.reading or "")
    if token.ways == ((_UNKNOWN,),):
        # Falling into step just to fall out of it again at once is possible, but no reason to believe in it.
        fits = any((encoded(character) or (0,))[0] == state.last[1] for character in read_so)
        return -_TOLD if fits else -2 * _TOLD
    return _TOLD if bytes(state.last).decode("gbk", "ignore") in read_so else -_TOLD


def _over_a_gap(states: Sequence[_State]) -> Iterator[_State]:
    """Two unknown bytes that make no character together, so the pairs must be formed across them."""
    said = [
        _said(state, character, trail)
        for state in states
        if state.lead is not None
        for trail, character in _likely(state.lead)
        if trail in _gaps()
    ]
    room = Counter[int]()
    for state in sorted(said, key=_score, reverse=True):
        for lead in _gaps()[state.last[1]]:
            room[lead] += 1
            if room[lead] <= _FEW:
                yield _State(state.score, state.text, (state.last[1], lead), lead)


def _score(state: _State) -> float:
    return state.score


def _kept(states: Iterator[_State]) -> list[_State]:
    """The best states, at most one of two that differ only in what lies further back."""
    best: dict[tuple[int | None, str], _State] = {}
    for state in states:
        key = (state.lead, state.text[-1:])
        if key not in best or best[key].score < state.score:
            best[key] = state
    ranked = sorted(best.values(), key=_score, reverse=True)
    while ranked and ranked[-1].score < ranked[0].score - _HOPELESS:
        ranked.pop()
    # What waits for its second byte is judged only later: room for every first byte.
    room = Counter[int | None]()
    kept = []
    for place, state in enumerate(ranked):
        room[state.lead] += 1
        if place < _BEAM or room[state.lead] <= _PER_LEAD:
            kept.append(state)
    return kept


def reread(text: str, start: int, *, lost: Sequence[int] = (), as_bytes: Sequence[int] = ()) -> Reread | None:
    """The most likely way to read `text` from `start` on, up to where both readings fall into step, or None.

    `lost` are bytes to put in front; `as_bytes` replaces the bytes of the character at `start`.
    """
    before = _BEFORE.sub("", text[max(0, start - 12) : start])[-1:]
    known = encoded(before) or (0,) if before else (0,)
    states = [_State(0.0, before, (0, known[-1]), None)]
    for byte in lost:
        states = [fed for state in states for fed in _fed(state, byte)]
    run = _Run(text=text, start=start, before=before, best=None)
    unknown = 0
    for count, (token, following) in enumerate(_with_next(_tokens(text, start))):
        ways = (tuple(as_bytes),) if as_bytes and count == 0 else token.ways
        if token.shown == "\n" or not ways:
            break
        unknown += token.shown in _GUESSED
        if unknown > _MOST_UNKNOWN:
            return run.best
        run.show(token.shown)
        states = _kept(_after(states, replace(token, ways=ways)))
        for state in states:
            if state.lead is None:
                run.offer(token.end, state, following)
        states = [state for state in states if state.lead is not None and not run.hopeless(state)]
        if not states:
            return run.best
    stop = text.find("\n", start)
    stop = len(text) if stop < 0 else stop
    for state in states:
        # The last byte of a line was dropped: a lone first byte shows nothing there.
        if state.lead == 0xA1 and stop - start <= _LONGEST:
            run.offer(stop, _said(state, "。", 0xA3), None)
    return run.best


@dataclass(slots=True)
class _Run:
    """The best reading of one run so far."""

    text: str
    start: int
    before: str
    best: Reread | None
    shown: str = ""
    likelihood: float = 0.0
    """Of what is shown, in log units."""

    def show(self, shown: str) -> None:
        """Goes on by what a token shows."""
        self.likelihood += log_likelihood(shown, self.shown or self.before)
        self.shown += shown

    def hopeless(self, state: _State) -> bool:
        """Whether `state` is so much less likely than what is shown, or than the best, that it will not be best."""
        gain = state.score - self.likelihood
        return gain < -_HOPELESS or (self.best is not None and gain < self.best.gain - 2 * _HOPELESS)

    def offer(self, end: int, state: _State, following: _Token | None) -> None:
        """Takes the reading of `state`, which is in step at `end`, if it is the best one."""
        read = state.text[len(self.before) :]
        tail = _BEFORE.sub("", self.text[end : end + 20])[:2]
        gain = state.score + log_likelihood(tail, state.text)
        gain -= self.likelihood + log_likelihood(tail, self.shown or self.before)
        if following and following.reading:
            gain += _told(following, state) - (0 if read_as(following.reading) & {self.shown[-1:]} else -_TOLD)
        if not self.best or self.best.gain < gain:
            self.best = Reread(self.start, end, read, gain)
