"""The pages of batch evaluation but that of a run: the password, the list with the form for a file, short notices.

Every function is pure. Knows nothing of FastAPI, and of evaluating only what `web.evaluation` says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rag.prompts import label, labels
from rag.records import Language
from web.article_page import document
from web.evaluation import Run
from web.screen import LANGUAGES, shown

HOME = "/evaluation"
_NATIVE_NAMES: dict[Language, str] = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}
_STYLES = '<link rel="icon" href="/look/favicon.png">' + "".join(
    f'<link rel="stylesheet" href="/look/{name}.css">' for name in ("look", "article", "plain", "evaluation")
)
_SCRIPT = '<script src="/look/evaluation.js" defer></script>'
_ENDINGS = ".xlsx,.xlsm,.csv,.tsv,.jsonl,.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """What is the same on all pages for one reader."""

    language: Language
    form_token: str
    here: str
    """The path of the page, to show it again in another language."""
    signed_in: bool
    has_chat: bool
    """Whether there is a chat page to go back to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileFault:
    """Why a file was not kept: one of the kinds that have words, and perhaps a line of the reader's in English."""

    kind: str
    line: str


def page(frame: Frame, title: str, body: str, *, head: str = "") -> str:
    """A whole page. `body` and `head` are HTML."""
    name = label("name", frame.language)
    skip = f'<a class="skip" href="#main">{_said(frame, "evaluation_skip")}</a>'
    marked = f'<div class="label"><p><strong>{_said(frame, "ai_label")}</strong></p></div>' if frame.signed_in else ""
    return document(
        f"{title} – {name}",
        f'{skip}{_head(frame)}<main id="main" tabindex="-1">{marked}{body}</main>',
        frame.language,
        _STYLES + _SCRIPT + head,
    )


def _head(frame: Frame) -> str:
    language = frame.language
    name = f'<span class="page-name">{_said(frame, "name")}</span>'
    chat = f'<a href="/">{_said(frame, "evaluation_chat")}</a>' if frame.has_chat else ""
    tabs = (
        f'<nav class="tabs" aria-label="{_said(frame, "evaluation_places")}">{chat}'
        f'<a href="{HOME}" aria-current="page">{_said(frame, "evaluation")}</a></nav>'
    )
    spoken = "".join(
        f'<a href="{shown(frame.here)}?lang={other}" lang="{other}" hreflang="{other}">{_NATIVE_NAMES[other]}</a>'
        for other in LANGUAGES
        if other != language
    )
    languages = f'<nav class="languages" aria-label="{_said(frame, "plain_languages")}">{spoken}</nav>'
    out = form(frame, "/sign-out", button("evaluation_sign_out", language, "quiet")) if frame.signed_in else ""
    return f'<header class="page-head">{name}{tabs}<div class="aside">{languages}{out}</div></header>'


def sign_in_page(frame: Frame, fault: str = "") -> str:
    """The form for the password. `fault` says why the last one was not taken."""
    wrong = f'<p class="fault" id="password-fault" role="alert">{shown(fault)}</p>' if fault else ""
    described = ' aria-invalid="true" aria-describedby="password-fault"' if fault else ""
    fields = (
        f'<p class="field"><label for="password">{_said(frame, "evaluation_password")}</label></p>{wrong}'
        f'<input type="password" id="password" name="password" autocomplete="current-password" required{described}>'
        f'<p class="buttons">{button("evaluation_sign_in", frame.language, "main")}</p>'
    )
    title = label("evaluation", frame.language)
    body = (
        f'<h1>{shown(title)}</h1><p class="intro">{_said(frame, "evaluation_locked")}</p>'
        f"{form(frame, '/sign-in', fields, kind='narrow')}"
    )
    if fault:
        title = label("plain_error", frame.language, what=fault)
    return page(frame, title, body)


def home_page(frame: Frame, runs: Sequence[Run], fault: FileFault | None = None, *, file_bytes: int) -> str:
    """The form for a file of questions, which may hold `file_bytes`, and the runs there are."""
    title = label("evaluation", frame.language)
    if fault:
        title = label("plain_error", frame.language, what=label("evaluation_file_refused", frame.language))
    body = (
        f'<h1>{_said(frame, "evaluation")}</h1><p class="intro">{_said(frame, "evaluation_intro")}</p>'
        f"{_file_fault(frame, fault)}{_upload(frame, file_bytes)}{_listed(frame, runs)}"
    )
    return page(frame, title, body)


def delete_page(frame: Frame, run: Run) -> str:
    """The question whether a run is really to go."""
    question = label("evaluation_delete_sure", frame.language, name=run.name)
    there = f"{HOME}/runs/{run.id}"
    asked = form(
        frame,
        f"/runs/{run.id}/delete",
        f'<p class="buttons">{button("evaluation_delete", frame.language, "danger")} '
        f'<a class="button" href="{there}">{_said(frame, "evaluation_keep")}</a></p>',
    )
    body = f"<h1>{shown(question)}</h1><p>{_said(frame, 'evaluation_delete_means')}</p>{asked}"
    return page(frame, question, body)


def notice_page(frame: Frame, name: str) -> str:
    """A page that says one thing: the words `name`, and what they mean."""
    body = (
        f"<h1>{_said(frame, name)}</h1><p>{_said(frame, f'{name}_means')}</p>"
        f'<p><a href="{HOME}">{_said(frame, "evaluation_back")}</a></p>'
    )
    return page(frame, label(name, frame.language), body)


def form(frame: Frame, path: str, fields: str, *, kind: str = "", more: str = "") -> str:
    """A form that changes something. `fields` is HTML."""
    named = f' class="{kind}"' if kind else ""
    return (
        f'<form method="post" action="{HOME}{path}" accept-charset="utf-8"{named}{more}>'
        f'<input type="hidden" name="form" value="{shown(frame.form_token)}">{fields}</form>'
    )


def button(name: str, language: Language, kind: str = "") -> str:
    """The button with the words `name`."""
    named = f' class="{kind}"' if kind else ""
    return f'<button type="submit"{named}>{shown(label(name, language))}</button>'


def _upload(frame: Frame, file_bytes: int) -> str:
    hint = label("evaluation_file_hint", frame.language, most=file_bytes // 1_000_000)
    large = _said(frame, "evaluation_fault_too_large")
    fields = (
        f'<p class="field"><label for="file">{_said(frame, "evaluation_file")}</label></p>'
        f'<p class="hint" id="file-hint">{shown(hint)}</p>'
        f'<input type="file" id="file" name="file" accept="{_ENDINGS}" required '
        f'aria-describedby="file-hint file-fault" data-most="{file_bytes}" data-large="{large}">'
        f'<p class="fault" id="file-fault" role="alert"></p>'
        f'<p class="buttons">{button("evaluation_upload", frame.language, "main")} '
        f'<span class="hint">{_said(frame, "evaluation_upload_wait")}</span></p>'
    )
    sent = form(frame, "/upload", fields, more=' enctype="multipart/form-data" id="upload"')
    template = (
        f'<p class="hint">{_said(frame, "evaluation_template_means")} '
        f'<a href="{HOME}/template.xlsx" download>{_said(frame, "evaluation_template")}</a></p>'
    )
    return f'<section class="upload"><h2>{_said(frame, "evaluation_new")}</h2>{template}{sent}</section>'


def _file_fault(frame: Frame, fault: FileFault | None) -> str:
    if fault is None:
        return ""
    name = f"evaluation_fault_{fault.kind}"
    words = label(name if name in labels(frame.language) else "evaluation_fault_unreadable", frame.language)
    line = f'<p class="hint" lang="en">{shown(fault.line)}</p>' if fault.line else ""
    heading = _said(frame, "evaluation_file_refused")
    return f'<div class="faults" role="alert"><h2>{heading}</h2><p>{shown(words)}</p>{line}</div>'


def _listed(frame: Frame, runs: Sequence[Run]) -> str:
    items = "".join(
        f'<li><a href="{HOME}/runs/{shown(run.id)}">{shown(run.name)}</a>'
        f'<span class="about"><span>{moment_html(run.when)}</span>'
        f"<span>{shown(state_words(run, frame.language))}</span>"
        f"<span>{shown(label('evaluation_questions', frame.language, count=run.questions))}</span>"
        f"{_right(frame, run)}</span></li>"
        for run in runs
    )
    none = f"<p>{_said(frame, 'evaluation_runs_none')}</p>"
    listed = f'<ul class="article-list">{items}</ul>' if items else none
    return f'<section class="runs"><h2>{_said(frame, "evaluation_runs")}</h2>{listed}</section>'


def _right(frame: Frame, run: Run) -> str:
    """How much was right, for a list."""
    found = next((share for share in run.shares if share.name == "right"), None)
    if found is None or run.state != "finished":
        return ""
    told = {"value": percent(found.value), "low": percent(found.low), "high": percent(found.high)}
    return f"<span>{shown(label('evaluation_right_line', frame.language, **told))}</span>"


def state_words(run: Run, language: Language) -> str:
    """Whether the run is done, and how far it is where it is not."""
    if run.failure:
        return label("evaluation_state_failed", language)
    if run.state == "stopped":
        return label("evaluation_state_stopped", language, done=run.done, of=run.questions)
    if run.state == "running":
        return label("evaluation_state_running", language, done=run.done, of=run.questions)
    return label(f"evaluation_state_{run.state}", language)


def progress_words(run: Run, language: Language) -> str:
    """How far a run is, and how long it will take."""
    told = label("evaluation_progress", language, done=run.done, of=run.questions)
    if run.seconds_left is None:
        return told
    comma = label("comma", language)
    if run.seconds_left < 60:
        return f"{told}{comma}{label('evaluation_left_seconds', language)}"
    return f"{told}{comma}{label('evaluation_left_minutes', language, minutes=round(run.seconds_left / 60))}"


def percent(value: float) -> str:
    """`value` in [0, 1] as a percentage, without a fraction that would say nothing."""
    return re.sub(r"\.0(?= %)", "", f"{100 * value:.1f} %")


def moment_html(when: datetime) -> str:
    """Day and time as a `<time>` element."""
    return f'<time datetime="{when.isoformat()}">{when:%Y-%m-%d %H:%M}</time>'


def _said(frame: Frame, name: str) -> str:
    return shown(label(name, frame.language))
