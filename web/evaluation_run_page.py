"""The page of one run: the rows that are no questions, how far it is, what came of it, beside an earlier run.

Every function is pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from rag.language import detect
from rag.prompts import label, labels
from rag.records import Language
from web.aigc import aigc_json, aigc_label
from web.evaluation import (
    Change,
    Changed,
    Comparison,
    RefusedRow,
    Result,
    Results,
    Run,
    Share,
    Which,
)
from web.evaluation_page import HOME, Frame, button, form, moment_html, page, percent, progress_words, state_words
from web.problems import public_line
from web.screen import shown

ROWS_A_PAGE = 100
"""Of results."""
_HEADLINES = ("right", "fact_recall", "citation_precision", "refused_unanswerable", "false_refusal", "support")
_FILES = ("results.xlsx", "results.jsonl")
_CHANGED_SHOWN = 50
_CHANCE = 0.05
_STATUSES = {
    "ANSWERED": "evaluation_answered",
    "PARTIAL": "status_partial",
    "NO_PASSAGES": "status_no_passages",
    "CANNOT_ANSWER": "status_cannot_answer",
    "REFUSED": "status_refused",
    "SERVICE_ERROR": "status_service_error",
}
_EXPECTED = (
    (re.compile(r"text"), "text"),
    (re.compile(r"at most [\d,]+ characters"), "length"),
    (re.compile(r"an id of its own \(row (?P<row>\d+) has this one\)"), "own_id"),
    (re.compile(r"true or false"), "flag"),
    (re.compile(r"all or any"), "mode"),
    (re.compile(r"a value \(formulas are never evaluated\)"), "value"),
    (re.compile(r"a list of facts.*"), "facts"),
    (re.compile(r"a list of strings.*"), "strings"),
    (re.compile(r"a list of turns.*|lines that begin with user: or assistant:"), "turns"),
    (re.compile(r"a list of quotes.*"), "quotes"),
    (re.compile(r"a list in JSON"), "list"),
    (re.compile(r"a name of ordinary characters"), "name"),
    (re.compile(r"a JSON object"), "object"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunView:
    """All that is on the page."""

    run: Run
    refused: Sequence[RefusedRow]
    """The first ones."""
    which: Which
    page: int
    results: Results | None
    others: Sequence[Run]
    earlier: Run | None
    comparison: Comparison | None
    fault: str = ""
    """Why what was asked for was not done."""


def run_page(frame: Frame, view: RunView) -> str:
    """The whole page."""
    run, language = view.run, frame.language
    fault = f'<div class="faults" role="alert"><p>{shown(view.fault)}</p></div>' if view.fault else ""
    body = (
        f'<p class="crumb"><a href="{HOME}">{_said(frame, "evaluation_back")}</a></p>{fault}<h1>{shown(run.name)}</h1>'
        f'<p class="about"><span>{moment_html(run.when)}</span>'
        f"<span>{shown(label('evaluation_questions', language, count=run.questions))}</span>"
        f'<span id="state">{shown(state_words(run, language))}</span></p>'
        f"{_standing(frame, run)}{_headline(frame, run)}{_comparing(frame, view)}{_results(frame, view)}"
        f"{_refused(frame, view)}{_deleting(frame, run)}"
    )
    content = aigc_json(aigc_label(label("name", language), run.id))
    return page(frame, run.name, body, head=f'<meta name="AIGC" content="{shown(content)}">')


def _standing(frame: Frame, run: Run) -> str:
    """What the run waits for, or how far it is, and what can be done about it."""
    there = f"/runs/{run.id}"
    if run.state == "running":
        words = progress_words(run, frame.language)
        asked = form(frame, f"{there}/cancel", f'<p class="buttons">{button("evaluation_cancel", frame.language)}</p>')
        return (
            f'<section class="progress" id="progress" data-address="{HOME}{there}/progress">'
            f'<h2 id="progress-name">{_said(frame, "evaluation_running")}</h2>'
            f'<progress aria-labelledby="progress-name" max="{run.questions}" value="{run.done}"></progress>'
            f'<p id="progress-words">{shown(words)}</p><p class="hint">{_said(frame, "evaluation_running_means")} '
            f'<a href="{HOME}{there}">{_said(frame, "evaluation_refresh")}</a></p>{asked}</section>'
        )
    go = {"ready": "evaluation_start", "stopped": "evaluation_go_on"}.get(run.state, "")
    failed = _failure(frame, run)
    if run.failure and run.failure.kind == "changed":
        go = ""
    buttons = button(go, frame.language, "main") if go else ""
    if run.state in ("stopped", "finished"):
        kind = "" if go or run.state == "finished" else " main"
        words = _said(frame, "evaluation_anew")
        buttons += f' <button type="submit" name="anew" value="yes" class="anew{kind}">{words}</button>'
    if run.state == "finished":
        return failed
    return f"{failed}{form(frame, f'{there}/start', f'<p class=buttons>{buttons}</p>', kind='standing')}"


def _failure(frame: Frame, run: Run) -> str:
    if run.failure is None:
        return ""
    name = f"evaluation_failed_{run.failure.kind}"
    words = label(name if name in labels(frame.language) else "evaluation_failed_other", frame.language)
    line = public_line(ValueError(run.failure.line)) if run.failure.line else ""
    told = f'<p class="hint" lang="en">{shown(line)}</p>' if line else ""
    return f'<div class="faults"><p>{shown(words)}</p>{told}</div>'


def _headline(frame: Frame, run: Run) -> str:
    """The few numbers that matter, each with what it means and how sure it is."""
    if run.state == "running" or not run.shares:
        return ""
    by_name = {share.name: share for share in run.shares}
    tiles = "".join(_tile(frame, by_name[name]) for name in _HEADLINES if name in by_name)
    unfinished = f'<p class="hint">{_said(frame, "evaluation_so_far")}</p>' if run.state != "finished" else ""
    seconds = f"{run.median_ms / 1000:.2f}" if run.median_ms is not None else ""
    taken = f"<p>{shown(label('evaluation_median', frame.language, seconds=seconds))}</p>" if seconds else ""
    return (
        f'<section><h2>{_said(frame, "evaluation_headline")}</h2>{unfinished}<ul class="tiles">{tiles}</ul>{taken}'
        f'<p class="hint">{_said(frame, "evaluation_interval_means")}</p>{_files(frame, run)}</section>'
    )


def _tile(frame: Frame, share: Share) -> str:
    told = {"low": percent(share.low), "high": percent(share.high)}
    return (
        f"<li><p class='measure'>{shown(_measure(share.name, frame.language))}</p>"
        f"<p class='value'>{percent(share.value)}</p>"
        f"<p class='interval'>{shown(label('evaluation_interval', frame.language, **told))}</p>"
        f"<p class='hint'>{_said(frame, f'evaluation_measure_{share.name}_means')}</p></li>"
    )


def _files(frame: Frame, run: Run) -> str:
    there = f"{HOME}/runs/{run.id}/files"
    look = f'<a href="{there}/report.html?look=yes">{_said(frame, "evaluation_look_at_report")}</a>'
    report = f'<a href="{there}/report.html" download>{_said(frame, "evaluation_report")}</a>'
    others = "".join(
        f'<li><a href="{there}/{name}" download>{_said(frame, "evaluation_" + name.replace(".", "_"))}</a></li>'
        for name in _FILES
    )
    return f'<h3>{_said(frame, "evaluation_files")}</h3><ul class="files"><li>{look}</li><li>{report}</li>{others}</ul>'


def _comparing(frame: Frame, view: RunView) -> str:
    """The choice of an earlier run, and how this one stands to it."""
    if not view.others:
        return ""
    chosen = view.earlier.id if view.earlier else ""
    options = "".join(
        f'<option value="{shown(other.id)}"{" selected" if other.id == chosen else ""}>'
        f"{shown(other.name)} {other.when:%Y-%m-%d %H:%M}</option>"
        for other in view.others
    )
    words = _said(frame, "evaluation_compare")
    asked = (
        f'<form method="get" action="{HOME}/runs/{shown(view.run.id)}#comparison" class="compare">'
        f'<p class="field"><label for="with">{_said(frame, "evaluation_compare_with")}</label></p>'
        f'<p class="buttons"><select id="with" name="with">{options}</select> '
        f'<button type="submit">{words}</button></p></form>'
    )
    heading = _said(frame, "evaluation_comparison")
    told = _compared(frame, view.comparison) if view.comparison else ""
    if view.earlier and view.comparison is None:
        told = f"<p>{_said(frame, 'evaluation_not_comparable')}</p>"
    return f'<section id="comparison"><h2>{heading}</h2>{asked}{told}</section>'


def _compared(frame: Frame, found: Comparison) -> str:
    language = frame.language
    counts = {"better": len(found.better), "worse": len(found.worse), "shared": found.shared}
    certain = "evaluation_certain" if found.p < _CHANCE else "evaluation_by_chance"
    p = f"{found.p:.3f}" if found.p >= 0.001 else "< 0.001"
    fallen = label("comma", language).join(_measure(name, language) for name in found.fallen)
    verdict = (
        f'<p class="bad"><strong>{shown(label("evaluation_fallen", language, measures=fallen))}</strong></p>'
        if fallen
        else f'<p class="good"><strong>{_said(frame, "evaluation_held")}</strong></p>'
    )
    rows = "".join(_change(frame, change) for change in found.changes if change.measure in _HEADLINES)
    heads = _heads(frame, ("measure", "before", "after", "change"))
    return (
        f"{verdict}<p>{shown(label('evaluation_changed', language, **counts))} "
        f"{shown(label(certain, language, p=p))}</p>"
        f"{_table(frame, 'evaluation_comparison', heads, rows)}"
        f"{_changed(frame, 'worse', found.worse)}{_changed(frame, 'better', found.better)}"
    )


def _change(frame: Frame, change: Change) -> str:
    low, high = (f"{100 * value:+.1f}" for value in (change.low, change.high))
    points = label(
        "evaluation_points", frame.language, change=f"{100 * (change.after - change.before):+.1f}", low=low, high=high
    )
    if change.before == change.after and change.low == change.high == 0:
        points = label("evaluation_unchanged", frame.language)
    name = shown(_measure(change.measure, frame.language))
    return (
        f'<tr role="row"><th scope="row" role="rowheader">{name}</th><td role="cell">{percent(change.before)}</td>'
        f'<td role="cell">{percent(change.after)}</td><td role="cell">{shown(points)}</td></tr>'
    )


def _changed(frame: Frame, name: str, questions: Sequence[Changed]) -> str:
    if not questions:
        return ""
    items = "".join(
        f'<li><code>{shown(each.id)}</code> <span lang="{detect(each.question)}">{shown(each.question)}</span></li>'
        for each in questions[:_CHANGED_SHOWN]
    )
    left = len(questions) - _CHANGED_SHOWN
    more = f"<p class='hint'>{shown(label('evaluation_and_more', frame.language, count=left))}</p>" if left > 0 else ""
    heading = shown(label(f"evaluation_got_{name}", frame.language, count=len(questions)))
    return f"<h3>{heading}</h3><ul class='changed'>{items}</ul>{more}"


def _results(frame: Frame, view: RunView) -> str:
    """The questions that were chosen, some at a time."""
    if view.results is None:
        return ""
    tabs = "".join(
        f'<a href="{_address(view, show=which, page=1)}"{" aria-current=true" if which == view.which else ""}>'
        f"{_said(frame, f'evaluation_show_{which}')}</a>"
        for which in ("wrong", "right", "all")
    )
    heading = _said(frame, "evaluation_results")
    filtered = f'<nav class="filter" aria-label="{_said(frame, "evaluation_filter")}">{tabs}</nav>'
    total = shown(label("evaluation_rows", frame.language, count=view.results.total))
    rows = "".join(_result(frame, row) for row in view.results.rows)
    heads = _heads(frame, ("id", "question", "result", "answer"))
    listed = _table(frame, "evaluation_results", heads, rows, kind="results") if rows else ""
    return (
        f'<section id="results"><h2>{heading}</h2>{filtered}<p class="hint">{total}</p>{listed}'
        f"{_turning(frame, view)}</section>"
    )


def _result(frame: Frame, row: Result) -> str:
    language = frame.language
    marks: dict[bool | None, tuple[str, str]] = {
        True: ("good", "evaluation_right"),
        False: ("bad", "evaluation_wrong"),
    }
    kind, name = marks.get(row.right, ("", "evaluation_unjudged"))
    status = label(_STATUSES[row.status], language) if row.status in _STATUSES else row.status
    cause_name = f"evaluation_cause_{row.cause}"
    cause = label(cause_name, language) if cause_name in labels(language) else row.cause
    missing = label("comma", language).join(row.missing)
    why = f"<br>{shown(cause)}" if cause else ""
    lacking = f"<br>{shown(label('evaluation_missing', language, facts=missing))}" if missing else ""
    return (
        f'<tr role="row"><td role="cell"><code>{shown(row.id)}</code></td>'
        f'<td role="cell" lang="{detect(row.question)}">{shown(row.question)}</td>'
        f'<td role="cell"><strong class="{kind}">{_said(frame, name)}</strong><br>{shown(status)}{why}{lacking}</td>'
        f'<td role="cell" lang="{detect(row.answer)}">{shown(row.answer)}</td></tr>'
    )


def _turning(frame: Frame, view: RunView) -> str:
    assert view.results is not None
    pages = max(1, -(-view.results.total // ROWS_A_PAGE))
    if pages == 1:
        return ""
    back = _address(view, show=view.which, page=view.page - 1)
    on = _address(view, show=view.which, page=view.page + 1)
    before = f'<a href="{back}">{_said(frame, "evaluation_previous")}</a>' if view.page > 1 else ""
    after = f'<a href="{on}">{_said(frame, "evaluation_next")}</a>' if view.page < pages else ""
    place = shown(label("page_of", frame.language, page=view.page, pages=pages))
    name = _said(frame, "evaluation_pages")
    return f'<nav class="turning" aria-label="{name}">{before}<span>{place}</span>{after}</nav>'


def _address(view: RunView, *, show: str, page: int) -> str:
    chosen = {"with": view.earlier.id} if view.earlier else {}
    query = urlencode({"show": show, "page": page, **chosen})
    return f"{HOME}/runs/{shown(view.run.id)}?{shown(query)}#results"


def _refused(frame: Frame, view: RunView) -> str:
    """The rows that are no questions: where, and what is expected there."""
    if not view.refused:
        return ""
    rows = "".join(
        f'<tr role="row"><td role="cell">{row.row}</td><td role="cell"><code>{shown(row.column)}</code></td>'
        f'<td role="cell">{_expected(row.expected, frame.language)}</td>'
        f'<td role="cell">{_found(frame, row.found)}</td></tr>'
        for row in view.refused
    )
    left = view.run.refused - len(view.refused)
    more = f"<p>{shown(label('evaluation_and_more', frame.language, count=left))}</p>" if left > 0 else ""
    heading = shown(label("evaluation_refused", frame.language, count=view.run.refused))
    there = f"{HOME}/runs/{shown(view.run.id)}/files/refused.csv"
    heads = _heads(frame, ("row", "column", "expected", "found"))
    table = _table(frame, "evaluation_refused_rows", heads, rows)
    return (
        f'<section id="refused"><h2>{heading}</h2><p class="hint">{_said(frame, "evaluation_refused_means")} '
        f'<a href="{there}" download>{_said(frame, "evaluation_refused_csv")}</a></p>{table}{more}</section>'
    )


def _expected(words: str, language: Language) -> str:
    """What a column takes, in the language of the page where there are words for it."""
    for pattern, name in _EXPECTED:
        if found := pattern.fullmatch(words):
            return shown(label(f"evaluation_expected_{name}", language, **found.groupdict()))
    return f'<span lang="en">{shown(words)}</span>'


def _found(frame: Frame, words: str) -> str:
    return _said(frame, "evaluation_nothing") if words == "nothing" else shown(words)


def _deleting(frame: Frame, run: Run) -> str:
    if run.state == "running":
        return ""
    anew = ""
    if run.state == "finished":
        words = _said(frame, "evaluation_anew")
        again = f'<button type="submit" name="anew" value="yes">{words}</button>'
        anew = form(frame, f"/runs/{run.id}/start", again)
    name = _said(frame, "evaluation_delete")
    return f'<section class="ends">{anew}<a class="button" href="{HOME}/runs/{run.id}/delete">{name}</a></section>'


def _table(frame: Frame, name: str, heads: str, rows: str, *, kind: str = "") -> str:
    """A table that moves sideways in a narrow window, also by the keyboard.

    The roles say what is one all the same where a style shows the cells below each other.
    """
    named = f' class="{kind}"' if kind else ""
    return (
        f'<div class="scroll" role="region" aria-label="{_said(frame, name)}" tabindex="0"><table role="table"{named}>'
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead><tbody role="rowgroup">{rows}</tbody></table></div>'
    )


def _heads(frame: Frame, names: Sequence[str]) -> str:
    return "".join(
        f'<th scope="col" role="columnheader">{_said(frame, f"evaluation_head_{name}")}</th>' for name in names
    )


def _measure(name: str, language: Language) -> str:
    """What a measure is called, or its own name where there are no words for it."""
    key = f"evaluation_measure_{name}"
    return label(key, language) if key in labels(language) else name


def _said(frame: Frame, name: str) -> str:
    return shown(label(name, frame.language))
