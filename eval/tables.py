"""What the terminal shows of a run and of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from rich.table import Table
from rich.text import Text

from eval.compare import Comparison, Result
from eval.summary import Share, shares


def _shown(group: object, name: str) -> Share:
    return Share(**cast(Mapping[str, Mapping[str, float | None]], group)[name])


def summary_table(title: str, summary: Mapping[str, object]) -> Table:
    """Each measure with its 95 % interval, then what it took."""
    table = Table(title=title, title_justify="left", show_lines=False)
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("95 % interval")
    for name, found in shares(summary):
        if found.value is not None:
            table.add_row(name, f"{found.value:.3f}", f"{found.low:.3f} – {found.high:.3f}")
    latency = cast(Mapping[str, Any], summary["latency_ms"])
    stages = {"": latency, **{f"{name} ": part for name, part in latency.items() if isinstance(part, Mapping)}}
    for stage, part in stages.items():
        if part["p50"] is not None:
            table.add_row(f"{stage}latency p50 / p95", f"{part['p50']} / {part['p95']} ms", f"of {latency['n']}, alone")
    tokens = cast(Mapping[str, int], summary["tokens"])
    if any(tokens.values()):
        table.add_row("tokens read / written", f"{tokens['read']:,} / {tokens['written']:,}", "")
    if "cost" in summary:
        table.add_row("cost", f"{summary['cost']}", "")
    return table


def kinds_table(summary: Mapping[str, object]) -> Table:
    """Right answers and retrieval by kind."""
    table = Table(title="by kind", title_justify="left")
    table.add_column("kind")
    for name in ("n", "right", "recall@5", "fact_recall"):
        table.add_column(name, justify="right")
    for kind, part in cast(Mapping[str, Mapping[str, object]], summary["by_kind"]).items():
        shares = (_shown(part["answers"], "right"), _shown(part["retrieval"], "recall@5"))
        shown = [
            "–" if s.value is None else f"{s.value:.3f}" for s in (*shares, _shown(part["answers"], "fact_recall"))
        ]
        table.add_row(Text(kind), str(part["n"]), *shown)
    return table


def comparison_table(comparison: Comparison) -> Table:
    """Each measure before and after, and whether its gate holds."""
    table = Table(title="before and after, question by question", title_justify="left")
    table.add_column("measure", no_wrap=True)
    for name in ("n", "before", "after", "change", "95 %", "gate"):
        table.add_column(name, justify="right", no_wrap=True)
    for change in comparison.changes:
        table.add_row(
            change.measure,
            str(change.n),
            f"{change.before:.3f}",
            f"{change.after:.3f}",
            f"{change.after - change.before:+.3f}",
            f"{change.low:+.2f} {change.high:+.2f}",
            Text("FALLEN", style="bold red") if change.fallen else "holds",
        )
    return table


def changed_lines(pairs: Sequence[tuple[Result, Result]]) -> list[str]:
    """A line for each question that changed: its id, its words, how it stands now."""
    lines = []
    for _, after in pairs:
        failed = ", ".join(cast(Sequence[str], after.get("failed") or ()))
        stands = f"{after.get('status')}{': ' + failed if failed else ''}"
        question = str(after.get("question")).encode("utf-8", "backslashreplace").decode("utf-8")
        lines.append(f"  {after.get('id')}  {question[:60]}  ({stands})")
    return lines
