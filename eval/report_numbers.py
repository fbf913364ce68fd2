"""The numbers of a report as HTML: the headline, the comparison with an earlier run, the tables and the plots.

What a summary does not hold is not shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval import plots
from eval.compare import Comparison
from eval.report_cases import CAUSES, Gathered
from eval.report_stories import label_of
from eval.words import Language, both, in_both, known, safe, word

Summary = Mapping[str, Any]

_TILES = ("right", "fact_recall", "recall@5", "citation_precision", "refused_unanswerable", "false_refusal")
_COLUMNS = ("right", "recall@5", "fact_recall", "citation_precision", "refused_unanswerable", "false_refusal")
_LOW_IS_GOOD = frozenset({"false_refusal"})
_GROUPS = ("retrieval", "answers", "overlap", "refusal")
_LISTED = 20
_PARTS = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """An earlier run of the same set."""

    name: str
    summary: Summary
    comparison: Comparison


def shares(summary: Summary) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Each measure of a summary that has a value, with its interval."""
    groups = [summary[group] for group in _GROUPS if isinstance(summary.get(group), dict)]
    single = {name: summary[name] for name in ("support", "language_kept") if isinstance(summary.get(name), dict)}
    for group in (*groups, single):
        for name, found in group.items():
            if isinstance(found, dict) and found.get("value") is not None:
                yield name, found


def verdict(summary: Summary, gathered: Gathered, earlier: Earlier | None) -> str:
    """What to take home, in one or two sentences."""
    values = dict(shares(summary))
    if right := values.get("right"):
        said = both("verdict", n=gathered.n, right=gathered.right, **_told(right))
    elif first := values.get("recall@1"):
        said = both("verdict_retrieval", n=gathered.n, **_told(first))
    else:
        said = both("verdict_nothing")
    lines = [f"<p class='verdict'>{said}</p>"]
    if earlier:
        fallen = earlier.comparison.fallen
        names = [_joined(fallen, place) for place in (0, 1)]
        lines.append(
            f"<p class='bad banner'>{_pair('verdict_fallen', name=earlier.name, gates=names)}</p>"
            if fallen
            else f"<p class='good banner'>{both('verdict_held', name=earlier.name)}</p>"
        )
    if gathered.causes:
        cause, count = min(gathered.causes.items(), key=lambda pair: (-pair[1], CAUSES.index(pair[0])))
        named = list(in_both(f"cause_{cause}"))
        lines.append(f"<p>{_pair('most_failures', cause=named, count=count)}</p>")
    return "".join(lines)


def tiles(summary: Summary, earlier: Earlier | None) -> str:
    """The few numbers that matter most, each with its interval and how it changed."""
    values, before = dict(shares(summary)), dict(shares(earlier.summary)) if earlier else {}
    shown = [_tile(name, values[name], before.get(name)) for name in _TILES if name in values]
    latency = summary.get("latency_ms") or {}
    if latency.get("p50") is not None:
        shown.append(_latency_tile(latency, (earlier.summary.get("latency_ms") or {}) if earlier else {}))
    return f'<div class="tiles">{"".join(shown)}</div>'


def _tile(name: str, found: Mapping[str, float], before: Mapping[str, float] | None) -> str:
    change = ""
    if before:
        points = round((found["value"] - before["value"]) * 100, 1)
        better = points < 0 if name in _LOW_IS_GOOD else points > 0
        change = _change(points, better, "points_change")
    interval = both("interval", low=percent(found["low"])[:-1], high=percent(found["high"]))
    return (
        f'<div class="tile"><p class="name">{label_of(name)}</p><p class="value">{percent(found["value"])}</p>'
        f'<p class="dim">{interval}</p>{change}</div>'
    )


def _latency_tile(latency: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    change = ""
    if before.get("p50") is not None:
        difference = round(latency["p50"] - before["p50"], 1)
        change = _change(difference, difference < 0, "times_change")
    return (
        f'<div class="tile"><p class="name">{both("latency")}</p><p class="value">{milliseconds(latency["p50"])}</p>'
        f'<p class="dim">{both("median", p95=milliseconds(latency["p95"]))}</p>{change}</div>'
    )


def _change(change: float, better: bool, unit: str) -> str:
    sign = "＝" if not change else "▲" if change > 0 else "▼"
    kind = "dim" if not change else "good" if better else "bad"
    return f'<p class="{kind}">{sign} {both(unit, change=f"{change:+.1f}")}</p>'


def compared(earlier: Earlier) -> str:
    """The table of the comparison, and the questions that changed sides."""
    found = earlier.comparison
    rows = []
    for each in found.changes:
        held = (
            f"<span class='bad'>{both('fallen')}</span>" if each.fallen else f"<span class='dim'>{both('held')}</span>"
        )
        rows.append(
            [
                label_of(each.measure),
                str(each.n),
                percent(each.before),
                percent(each.after),
                f"{(each.after - each.before) * 100:+.1f} [{each.low * 100:+.1f}, {each.high * 100:+.1f}]",
                held,
            ]
        )
    head = [both(name) for name in ("measure", "questions", "before", "after", "change", "gate")]
    lists = [_changed("got_worse", [after for _, after in found.worse], opened=True)]
    lists.append(_changed("got_better", [after for _, after in found.better]))
    ids = {"not_asked": found.lost, "new_asked": found.new, "reworded": found.reworded}
    lists += [_changed(name, [{"id": id} for id in some]) for name, some in ids.items()]
    return table(head, rows, "comparison") + "".join(lists)


def _changed(name: str, lines: Sequence[Mapping[str, Any]], *, opened: bool = False) -> str:
    if not lines:
        return ""
    rows = "".join(
        f"<li><code>{safe(line['id'])}</code> {safe(str(line.get('question') or '')[:120])}</li>"
        for line in lines[:_LISTED]
    )
    more = f"<p class='dim'>{both('and_more', n=len(lines) - _LISTED)}</p>" if len(lines) > _LISTED else ""
    is_open = " open" if opened else ""
    return f"<details{is_open}><summary>{both(name, n=len(lines))}</summary><ul>{rows}</ul>{more}</details>"


def all_measures(summary: Summary) -> str:
    """Every measure with its interval, a bar and what it counts."""
    rows = [
        [
            label_of(name) + f' <code class="dim">{safe(name)}</code>',
            percent(found["value"]),
            f"{percent(found['low'])} – {percent(found['high'])}",
            _gauge(found),
            label_of(f"what_{name}"),
        ]
        for name, found in shares(summary)
    ]
    head = [both("measure"), both("value"), "95%", both("share"), both("counts")]
    return table(head, rows, "measures", gauge=True)


def _gauge(found: Mapping[str, float]) -> str:
    """A bar with the interval on it, drawn: a meter's colours cannot be had in every browser."""
    value, low, high = (max(0.0, min(1.0, found[x])) * 100 for x in ("value", "low", "high"))
    return (
        f'<svg class="gauge" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="rail" width="100" height="10"/><rect class="bar" width="{value:.1f}" height="10"/>'
        f'<rect class="span" x="{low:.1f}" y="4" width="{max(0.6, high - low):.1f}" height="2"/></svg>'
    )


def parts(summary: Summary, group: str, first: str) -> str:
    """A table of the main measures for each kind, language or article."""
    found: Mapping[str, Summary] = summary.get(group) or {}
    if not found:
        return ""
    biggest = sorted(found.items(), key=lambda pair: (-pair[1].get("n", 0), pair[0]))[:_PARTS]
    values = {name: dict(shares(part)) for name, part in biggest}
    columns = [name for name in _COLUMNS if any(name in each for each in values.values())]
    rows = [
        [safe(name), str(part.get("n", "–"))]
        + [percent(values[name][column]["value"]) if column in values[name] else "–" for column in columns]
        for name, part in biggest
    ]
    head = [both(first), both("questions"), *map(label_of, columns)]
    cut = f"<p class='dim'>{both('article_cut', n=_PARTS)}</p>" if len(found) > _PARTS else ""
    return table(head, rows, group) + cut


def figures(summary: Summary, gathered: Gathered) -> str:
    """The plots for which there are numbers."""
    drawn = [_recall(summary, gathered), _latency(gathered), _causes(gathered)]
    drawn += [_risk(summary, gathered), _kinds(summary)]
    return f'<div class="plots">{"".join(drawn)}</div>'


def _recall(summary: Summary, gathered: Gathered) -> str:
    points = gathered.recall_curve
    if not points:
        return ""
    values = dict(shares(summary))
    known = [(k, values[f"recall@{k}"]) for k in (1, 5, 10) if f"recall@{k}" in values]
    svg = plots.recall_curve(points, [(k, found["low"], found["high"]) for k, found in known])
    intervals = {k: f"{percent(found['low'])} – {percent(found['high'])}" for k, found in known}
    rows = [[str(k), percent(value), intervals.get(k, "")] for k, value in points]
    return plots.figure("recall", both("plot_recall"), svg, ["k", both("share"), "95%"], rows)


def _risk(summary: Summary, gathered: Gathered) -> str:
    points = [(p["coverage"], p["risk"]) for p in summary.get("risk_coverage") or ()]
    if len(points) < 2:
        return ""
    points.sort()
    now = gathered.standing
    note = both("plot_now", coverage=percent(now[0]), risk=percent(now[1])) if now else ""
    if auroc := dict(shares(summary)).get("auroc"):
        note += " " + both("plot_auroc", value=f"{auroc['value']:.3f} [{auroc['low']:.3f}, {auroc['high']:.3f}]")
    rows = [[percent(coverage), percent(risk)] for coverage, risk in points]
    svg = plots.risk_curve(points, now)
    return plots.figure("risk", both("plot_risk"), svg, [both("coverage"), both("risk")], rows, note)


def _latency(gathered: Gathered) -> str:
    if not gathered.taken:
        return ""
    bins = plots.bins_of(gathered.taken)
    ordered = sorted(gathered.taken)
    marks = [(f"p{share}", ordered[min(len(ordered) - 1, len(ordered) * share // 100)]) for share in (50, 95)]
    rows = [[f"{milliseconds(b.low)} – {milliseconds(b.high)}", str(b.count)] for b in bins if b.count]
    svg = plots.latency_bars(bins, marks)
    return plots.figure("latency", both("plot_latency"), svg, [both("times"), both("questions")], rows)


def _kinds(summary: Summary) -> str:
    bars = [
        plots.Bar(name=str(kind), n=part.get("n", 0), value=right["value"], low=right["low"], high=right["high"])
        for kind, part in (summary.get("by_kind") or {}).items()
        if (right := dict(shares(part)).get("right"))
    ]
    if not bars:
        return ""
    bars.sort(key=lambda bar: (bar.value, bar.name))
    rows = [[safe(b.name), str(b.n), percent(b.value), f"{percent(b.low)} – {percent(b.high)}"] for b in bars[:_PARTS]]
    head = [both("kind"), both("questions"), label_of("right"), "95%"]
    return plots.figure("kinds", both("plot_kinds"), plots.share_bars(bars), head, rows)


def _causes(gathered: Gathered) -> str:
    causes = sorted(gathered.causes.items(), key=lambda pair: (-pair[1], CAUSES.index(pair[0])))
    if not causes:
        return ""
    named = [(*in_both(f"cause_{cause}"), count) for cause, count in causes]
    rows = [[both(f"cause_{cause}"), str(count)] for cause, count in causes]
    svg = plots.count_bars(named)
    return plots.figure("causes", both("plot_causes"), svg, [both("cause"), both("questions")], rows)


def stages(summary: Summary) -> str:
    """The latency of each stage, and what a model read and wrote."""
    latency = summary.get("latency_ms") or {}
    timed = {"all": latency} | {name: each for name, each in latency.items() if isinstance(each, dict)}
    rows = [
        [both(f"stage_{name}") if known(f"stage_{name}") else safe(name)]
        + [milliseconds(each[point]) for point in ("p50", "p95")]
        for name, each in timed.items()
        if each.get("p50") is not None
    ]
    tokens = summary.get("tokens") or {}
    told = ""
    if tokens.get("read") or tokens.get("written"):
        told += f"<p>{both('tokens', read=format(tokens['read'], ','), written=format(tokens['written'], ','))}</p>"
    if summary.get("cost") is not None:
        told += f"<p>{both('cost', cost=summary['cost'])}</p>"
    return (table([both("stage"), "p50", "p95"], rows, "stages") if rows else "") + told


def judged(found: Mapping[str, Any]) -> str:
    """What a model has judged, apart from all that code has counted."""
    rows = [
        [both(name), percent(each["value"]), f"{percent(each['low'])} – {percent(each['high'])}"]
        for name in ("faithfulness", "correctness", "completeness", "agreement")
        if (each := found.get(name)) and each.get("value") is not None
    ]
    about = {name: found.get(name, "–") for name in ("model", "runs", "n", "unjudged")}
    return f"<p class='dim'>{both('judged_note', **about)}</p>" + table(
        [both("measure"), both("value"), "95%"], rows, "judged"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]], label: str, *, gauge: bool = False) -> str:
    """A table that scrolls by itself where it is too wide. Cells are HTML."""
    columns = "".join(f'<th scope="col">{name}</th>' for name in head)
    body = []
    for row in rows:
        cells = "".join(
            f'<td class="{"wide" if gauge and place >= 2 else "number"}">{cell}</td>'
            for place, cell in enumerate(row[1:])
        )
        body.append(f'<tr><th scope="row">{row[0]}</th>{cells}</tr>')
    named = f"{word(label, 'zh-Hans', name='')} {word(label, 'en', name='')}".replace(": ", " ").strip()
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{safe(named)}">'
        f"<table><thead><tr>{columns}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def percent(share: float) -> str:
    return f"{share * 100:.1f}%"


def milliseconds(ms: float) -> str:
    return f"{ms / 1000:.2f} s" if ms >= 1000 else f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"


def _told(found: Mapping[str, float]) -> dict[str, str]:
    return {"share": percent(found["value"]), "low": percent(found["low"]), "high": percent(found["high"])}


def _joined(names: Sequence[str], place: int) -> str:
    words = [in_both(name)[place] if known(name) else name for name in names]
    return ("、" if place == 0 else ", ").join(words)


def _pair(name: str, /, **values: object) -> str:
    """The words `name` in both languages, where a list among `values` holds one for each."""

    def told(language: Language, place: int) -> str:
        return word(name, language, **{k: v[place] if isinstance(v, list) else v for k, v in values.items()})

    chinese, english = told("zh-Hans", 0), told("en", 1)
    return f'<span class="zh" lang="zh-Hans">{safe(chinese)}</span><span class="en" lang="en">{safe(english)}</span>'
