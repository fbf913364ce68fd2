"""Plots as inline SVG: plain shapes with classes that the page's style colours, so they follow light, dark and print.

Every plot is a figure with a heading in both languages, and a table of the same numbers for those who do not see it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.words import both, in_both, safe

_WIDTH, _HEIGHT = 480, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 22, 14, 38
_BAR = 26
_LABEL = 118
_MOST_BARS = 14


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A share with its 95 % interval."""

    name: str
    n: int
    value: float
    low: float
    high: float


def figure(id: str, heading: str, svg: str, head: Sequence[str], rows: Sequence[Sequence[str]], note: str = "") -> str:
    """A plot with its heading and the table of its numbers. `heading` and what `head` holds are HTML."""
    cells = "".join(f"<th scope='col'>{name}</th>" for name in head)
    body = "".join(
        f"<tr><th scope='row'>{row[0]}</th>" + "".join(f"<td class='number'>{cell}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    noted = f"<p class='dim'>{note}</p>" if note else ""
    return (
        f'<figure id="{id}"><figcaption id="{id}-heading">{heading}</figcaption>'
        f'{svg.replace("<svg", f"""<svg role="img" aria-labelledby="{id}-heading" """, 1)}{noted}'
        f"<details class='numbers'><summary>{both('plot_numbers')}</summary>"
        f"<div class='scroll' tabindex='0' role='region' aria-labelledby='{id}-heading'>"
        f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div></details></figure>"
    )


def recall_curve(points: Sequence[tuple[int, float]], intervals: Sequence[tuple[int, float, float]]) -> str:
    """The share of needed articles among the first k, for each k, with the intervals that are known."""
    last = max(k for k, _ in points)

    def x(k: float) -> float:
        return _across((k - 1) / max(1, last - 1))

    whiskers = "".join(
        f'<path class="whisker" d="M{x(k):.1f} {_up(low):.1f}V{_up(high):.1f}M{x(k) - 4:.1f} {_up(low):.1f}h8'
        f'M{x(k) - 4:.1f} {_up(high):.1f}h8"/>'
        for k, low, high in intervals
    )
    line = " ".join(f"{x(k):.1f},{_up(value):.1f}" for k, value in points)
    dots = "".join(f'<circle class="dot" cx="{x(k):.1f}" cy="{_up(value):.1f}" r="3.5"/>' for k, value in points)
    ticks = "".join(_tick_below(x(k), str(k)) for k, _ in points)
    return _svg(
        _share_grid() + ticks + whiskers + f'<polyline class="line" points="{line}"/>' + dots + _below("plot_k")
    )


def risk_curve(points: Sequence[tuple[float, float]], now: tuple[float, float] | None) -> str:
    """The share of wrong answers at each share of questions answered, and where the system stands now."""
    highest = max((risk for _, risk in points), default=0.0)
    top = next(step for step in (0.1, 0.25, 0.5, 1.0) if highest <= step)
    line = " ".join(f"{_across(cover):.1f},{_up(risk / top):.1f}" for cover, risk in points)
    ground = f"{_across(points[-1][0]):.1f},{_up(0):.1f} {_across(points[0][0]):.1f},{_up(0):.1f}"
    mark = ""
    if now:
        cx, cy = _across(now[0]), _up(min(1.0, now[1] / top))
        mark = f'<path class="cross" d="M{cx:.1f} {_TOP}V{_up(0):.1f}"/>'
        mark += f'<circle class="mark" cx="{cx:.1f}" cy="{cy:.1f}" r="5"/>'
    ticks = "".join(_tick_below(_across(share), _percent(share)) for share in (0, 0.25, 0.5, 0.75, 1))
    return _svg(
        _share_grid(top)
        + ticks
        + f'<polygon class="area" points="{line} {ground}"/><polyline class="line" points="{line}"/>'
        + mark
        + _below("plot_coverage")
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Bin:
    """How many questions took from `low` to `high` milliseconds."""

    low: float
    high: float
    count: int


def bins_of(taken: Sequence[float], *, most: int = 24) -> list[Bin]:
    """The times `taken` (ms) sorted into bins whose widths grow alike, as slow answers are few and far off."""
    counted = np.maximum(np.asarray(taken, dtype=np.float64), 0.1)
    low, high = float(counted.min()), float(counted.max())
    if high / low < 1.05:
        low, high = low * 0.8, high * 1.25
    edges = np.geomspace(low * 0.999, high * 1.001, most + 1)
    counts, _ = np.histogram(counted, edges)
    return [
        Bin(low=float(a), high=float(b), count=int(n)) for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)
    ]


def latency_bars(bins: Sequence[Bin], marks: Sequence[tuple[str, float]]) -> str:
    """How many questions took how long, on a logarithmic scale, with `marks` such as p50 in milliseconds."""
    low, high = math.log(bins[0].low), math.log(bins[-1].high)
    most = max(each.count for each in bins)
    room = 0.86  # above the highest bar, for the names of the marks

    def y(count: float) -> float:
        return _up(room * count / most)

    def x(ms: float) -> float:
        return _across((math.log(max(ms, bins[0].low)) - low) / (high - low))

    bars = "".join(
        f'<rect class="bar" x="{x(b.low) + 0.5:.1f}" y="{y(b.count):.1f}" '
        f'width="{max(1.0, x(b.high) - x(b.low) - 1):.1f}" height="{_up(0) - y(b.count):.1f}"/>'
        for b in bins
        if b.count
    )
    counts = "".join(
        f'<path class="grid" d="M{_LEFT} {y(count):.1f}H{_WIDTH - _RIGHT}"/>'
        + _text(_LEFT - 6, y(count) + 4, f"{count:,}", anchor="end")
        for count in sorted({0, most // 2, most})
    )
    ticks = "".join(_tick_below(x(ms), _milliseconds(ms)) for ms in _round_times(bins[0].low, bins[-1].high))
    lines = "".join(
        f'<path class="cross" d="M{x(ms):.1f} {_TOP}V{_up(0):.1f}"/>'
        + _beside(x(ms), _TOP + 8 + 15 * place, f"{name} {_milliseconds(ms)}")
        for place, (name, ms) in enumerate(marks)
    )
    return _svg(counts + bars + ticks + lines + _below("plot_ms"))


def share_bars(bars: Sequence[Bar]) -> str:
    """A bar a line, each with its interval; the first `_MOST_BARS`."""
    shown = bars[:_MOST_BARS]
    height = _TOP + _BAR * len(shown) + _BOTTOM
    left, right = _LABEL, _WIDTH - 58

    def x(share: float) -> float:
        return left + (right - left) * share

    grid = "".join(
        f'<path class="grid" d="M{x(share):.1f} {_TOP}V{height - _BOTTOM}"/>'
        + _text(x(share), height - _BOTTOM + 16, _percent(share))
        for share in (0, 0.25, 0.5, 0.75, 1)
    )
    drawn = []
    for place, bar in enumerate(shown):
        y = _TOP + _BAR * place
        middle = y + _BAR / 2
        drawn.append(
            _text(left - 8, middle + 4, _clipped(bar.name), anchor="end", kind="name")
            + f'<rect class="bar" x="{left}" y="{y + 5}" width="{x(bar.value) - left:.1f}" height="{_BAR - 10}"/>'
            f'<path class="whisker" d="M{x(bar.low):.1f} {middle:.1f}H{x(bar.high):.1f}'
            f'M{x(bar.low):.1f} {middle - 4:.1f}v8M{x(bar.high):.1f} {middle - 4:.1f}v8"/>'
            + _text(right + 8, middle + 4, _percent(bar.value), anchor="start", kind="tick strong")
        )
    return _svg(grid + "".join(drawn), height=height)


def count_bars(bars: Sequence[tuple[str, str, int]]) -> str:
    """A bar a line for counts; each name is given in Chinese and in English."""
    height = _TOP + _BAR * len(bars) + 10
    left, right = 190, _WIDTH - 48
    most = max(count for _, _, count in bars)
    drawn = []
    for place, (chinese, english, count) in enumerate(bars):
        y = _TOP + _BAR * place
        at = f'text-anchor="end" x="{left - 8}" y="{y + _BAR / 2 + 4:.1f}"'
        drawn.append(
            f'<text class="name zh" lang="zh-Hans" {at}>{safe(chinese)}</text>'
            f'<text class="name en" lang="en" {at}>{safe(english)}</text>'
            f'<rect class="bar bad" x="{left}" y="{y + 5}" '
            f'width="{max(1.0, (right - left) * count / most):.1f}" height="{_BAR - 10}"/>'
            f'<text class="tick strong" x="{left + (right - left) * count / most + 7:.1f}" '
            f'y="{y + _BAR / 2 + 4:.1f}">{count}</text>'
        )
    return _svg("".join(drawn), height=height)


def _svg(inside: str, *, height: int = _HEIGHT) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height}">{inside}</svg>'


def _across(part: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * part


def _up(part: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * part


def _share_grid(top: float = 1.0) -> str:
    return "".join(
        f'<path class="grid" d="M{_LEFT} {_up(part):.1f}H{_WIDTH - _RIGHT}"/>'
        + _text(_LEFT - 6, _up(part) + 4, _percent(part * top), anchor="end")
        for part in (0, 0.25, 0.5, 0.75, 1)
    )


def _tick_below(x: float, text: str) -> str:
    return _text(x, _HEIGHT - _BOTTOM + 16, text)


def _text(x: float, y: float, text: str, *, anchor: str = "middle", kind: str = "tick") -> str:
    return f'<text class="{kind}" text-anchor="{anchor}" x="{x:.1f}" y="{y:.1f}">{safe(text)}</text>'


def _below(word: str) -> str:
    """What is counted along the bottom, in both languages."""
    at = f'class="tick {{}}" lang="{{}}" text-anchor="middle" x="{_across(0.5):.1f}" y="{_HEIGHT - 5}"'
    chinese, english = (safe(text) for text in in_both(word))
    return f"<text {at.format('zh', 'zh-Hans')}>{chinese}</text><text {at.format('en', 'en')}>{english}</text>"


def _beside(x: float, y: float, text: str) -> str:
    """`text` on the side of a line at `x` where there is room."""
    left = x > _WIDTH - 120
    return _text(x - 5 if left else x + 5, y, text, anchor="end" if left else "start", kind="tick strong")


def _percent(share: float) -> str:
    shown = f"{share * 100:.1f}".rstrip("0").rstrip(".")
    return f"{shown}%"


def _milliseconds(ms: float) -> str:
    return f"{ms / 1000:.3g} s" if ms >= 1000 else f"{ms:.3g} ms"


def _round_times(low: float, high: float) -> list[float]:
    """Round times from `low` to `high` (ms), far enough apart to be read."""
    for digits in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), range(10, 100)):
        scale = 0.1 if len(digits) > 9 else 1
        rounds = [digit * scale * 10.0**power for power in range(-1, 7) for digit in digits]
        inside = [ms for ms in rounds if low <= ms <= high]
        if len(inside) >= 3:
            break
    return inside[:: max(1, math.ceil(len(inside) / 7))]


def _clipped(name: str) -> str:
    return name if len(name) <= 15 else name[:14] + "…"
