"""The chat page in Gradio: its parts, its words in three languages, and what its buttons do.

Gradio is imported when the page is built, not before: it takes seconds, and must find its reporting turned off.
The answers are shown by the Markdown component, because `gr.HTML` evaluates code, which the page's policy forbids, and
`gr.Chatbot` reads the markup of a message aloud and puts it on the clipboard.
"""

# No `from __future__ import annotations` here: Gradio looks at the types of the handlers when they are registered.
import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.checking import plain
from rag.errors import AssistantError
from rag.prompts import label
from rag.records import Language
from rag.settings import Settings, keep_process_quiet
from web.collection import Collection
from web.conversation import Assistant, Conversation
from web.desk import Desk
from web.feedback import FeedbackLog
from web.problems import public_line
from web.screen import LANGUAGES, language_of, shown

if TYPE_CHECKING:
    from fastapi import FastAPI

LOOK = Path(__file__).resolve().parent / "look"

_AT_ONCE = 8
_WAITING = 64
_SECONDS_REMEMBERED = 6 * 3600
_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_LOCALES: dict[Language, str] = {"zh-Hans": "zh-CN", "zh-Hant": "zh-TW", "en": "en"}
_WORDS = ("question", "question_placeholder", "ask", "stop", "retry", "clear")
_FONTS = ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "system-ui", "sans-serif")


def mount_chat(
    app: "FastAPI",
    assistant: Assistant,
    collection: Collection,
    settings: Settings,
    feedback: FeedbackLog,
    *,
    evaluation: bool,
) -> None:
    """Puts the chat page of `assistant` at `/` of `app`, below every route that it already has.

    `evaluation`: whether there is a page of batch evaluation, which this one links to.
    """
    keep_process_quiet()
    import gradio as gr

    words = gr.I18n(**{_LOCALES[name]: _screen(name, assistant, evaluation=evaluation) for name in LANGUAGES})
    gr.mount_gradio_app(
        app,
        _page(words, assistant, collection, settings, feedback, evaluation=evaluation),
        "/",
        app_kwargs={"openapi_url": None, "docs_url": None, "redoc_url": None},
        i18n=words,
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        max_file_size=1,
        favicon_path=str(LOOK / "favicon.png"),
        theme=gr.themes.Base(font=list(_FONTS), font_mono=["ui-monospace", "monospace"]),
        css_paths=[LOOK / "look.css", LOOK / "chat.css"],
        head='<script src="/look/chat.js" defer></script>',
    )


def _screen(language: Language, assistant: Assistant, *, evaluation: bool) -> dict[str, str]:
    """The fixed words of the page in one language. Those that start with `html_` are HTML."""
    writer = assistant.writer_name
    wording = label("wording_quote", language) if writer == "quote" else label("wording_model", language, writer=writer)
    return {name: label(name, language) for name in _WORDS} | {
        "html_head": f'<div class="wj-head" lang="{language}"><h1>{shown(label("name", language))}</h1>'
        f"<p>{shown(label('tagline', language))}</p>{_tabs(language) if evaluation else ''}</div>",
        "html_label": f'<p class="wj-label" lang="{language}"><strong>{shown(label("ai_label", language))}</strong> '
        f'<span class="wj-wording">{shown(wording)}</span></p>',
    }


def _tabs(language: Language) -> str:
    """The way to the page of batch evaluation, beside the name of this one.

    Gradio opens whatever is linked in a new tab, so that no conversation is lost.
    """
    opens = f'<span class="wj-unseen">{shown(label("new_tab", language))}</span>'
    return (
        f'<p class="wj-tabs"><strong>{shown(label("evaluation_chat", language))}</strong>'
        f'<a href="/evaluation">{shown(label("evaluation", language))}{opens}</a></p>'
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    """The parts of the page, from top to bottom."""

    conversation: Any
    head: Any
    notice: Any
    welcome: Any
    earlier: Any
    current: Any
    hint: Any
    box: Any
    ask: Any
    stop: Any
    retry: Any
    clear: Any

    def all(self) -> list[Any]:
        return [getattr(self, field.name) for field in fields(self)]


def _page(
    words: Any,
    assistant: Assistant,
    collection: Collection,
    settings: Settings,
    feedback: FeedbackLog,
    *,
    evaluation: bool,
) -> Any:
    import gradio as gr

    with gr.Blocks(title=label("name", "zh-Hans"), analytics_enabled=False) as page:
        parts = _laid_out(words, settings)
        _connect(page, parts, Desk(assistant, at_once=_AT_ONCE), feedback)
        _word(page, parts, assistant, collection, evaluation=evaluation)
    return page.queue(max_size=_WAITING, default_concurrency_limit=_AT_ONCE, api_open=False)


def _laid_out(words: Any, settings: Settings) -> _Parts:
    import gradio as gr

    def markup(name: str, value: Any = "") -> Any:
        return gr.Markdown(
            value, elem_id=name, elem_classes="wj-part", sanitize_html=True, latex_delimiters=[], header_links=False
        )

    conversation = gr.State(Conversation(), time_to_live=_SECONDS_REMEMBERED)
    head, notice = markup("wj-head", words("html_head")), markup("wj-label", words("html_label"))
    welcome, earlier, current = markup("wj-welcome"), markup("wj-earlier"), markup("wj-current")
    with gr.Column(elem_id="wj-desk"):
        hint = markup("wj-hint")
        with gr.Row(elem_id="wj-ask-row"):
            box = gr.Textbox(
                label=words("question"),
                placeholder=words("question_placeholder"),
                lines=1,
                max_lines=5,
                max_length=settings.question_chars,  # a help for the reader; the assistant checks for itself
                container=False,
                elem_id="wj-box",
                scale=1,
            )
            ask = gr.Button(words("ask"), variant="primary", elem_id="wj-ask", min_width=88, scale=0)
            stop = gr.Button(words("stop"), elem_id="wj-stop", min_width=88, scale=0, visible=False)
        with gr.Row(elem_id="wj-after-row"):
            retry = gr.Button(words("retry"), size="sm", elem_id="wj-retry", interactive=False, scale=0)
            clear = gr.Button(words("clear"), size="sm", elem_id="wj-clear", interactive=False, scale=0)
    return _Parts(
        conversation=conversation,
        head=head,
        notice=notice,
        welcome=welcome,
        earlier=earlier,
        current=current,
        hint=hint,
        box=box,
        ask=ask,
        stop=stop,
        retry=retry,
        clear=clear,
    )


def _connect(page: Any, parts: _Parts, desk: Desk, feedback: FeedbackLog) -> None:
    """Gives the buttons their work."""
    import gradio as gr

    async def answering(name: str, before: Conversation, question: str) -> AsyncGenerator[dict[Any, Any], None]:
        begun = False
        async with aclosing(desk.answer(name, before, question)) as states:
            async for state in states:
                if state.running is None and state.told:
                    feedback.show(state.told[-1].answer)
                    yield _at_rest(parts, state)
                elif state.running is None:
                    yield _emptied(parts)
                elif begun:
                    yield {parts.conversation: state, parts.current: state.current_html}
                else:
                    begun = True
                    yield _asked(parts, state)

    async def on_ask(question: str, state: Conversation, request: gr.Request) -> AsyncGenerator[dict[Any, Any], None]:
        asked = (question or "").encode("utf-8", "ignore").decode("utf-8")  # without lone surrogates
        if not plain(asked):
            words = label("question_blank", _language(request))
            yield {parts.hint: f'<p class="wj-hint">{shown(words)}</p>', parts.box: ""}
            return
        async with aclosing(answering(_name(request), state, asked)) as updates:
            async for update in updates:
                yield update

    async def on_retry(state: Conversation, request: gr.Request) -> AsyncGenerator[dict[Any, Any], None]:
        if state.last_question is None:
            yield {parts.hint: ""}
            return
        async with aclosing(answering(_name(request), state.without_last(), state.last_question)) as updates:
            async for update in updates:
                yield update

    async def on_stop(request: gr.Request) -> None:
        await desk.end(_name(request))

    async def on_clear(request: gr.Request) -> dict[Any, Any]:
        await desk.end(_name(request), forget=True)
        return _emptied(parts)

    every = parts.all()
    limits: dict[str, Any] = {"concurrency_limit": _AT_ONCE, "concurrency_id": "answer", "trigger_mode": "once"}
    gr.on([parts.box.submit, parts.ask.click], on_ask, [parts.box, parts.conversation], every, **limits, **_PRIVATE)
    parts.retry.click(on_retry, [parts.conversation], every, **limits, **_PRIVATE)
    parts.stop.click(on_stop, None, None, concurrency_limit=None, **_PRIVATE)
    parts.clear.click(on_clear, None, every, concurrency_limit=None, **_PRIVATE)


def _asked(parts: _Parts, state: Conversation) -> dict[Any, Any]:
    """The page when a question has just been put."""
    import gradio as gr

    return {
        parts.conversation: state,
        parts.welcome: gr.update(visible=False),
        parts.earlier: state.earlier_html,
        parts.current: state.current_html,
        parts.hint: "",
        parts.box: "",
        parts.ask: gr.update(visible=False),
        parts.stop: gr.update(visible=True),
        parts.retry: gr.update(interactive=False),
        parts.clear: gr.update(interactive=True),
    }


def _at_rest(parts: _Parts, state: Conversation) -> dict[Any, Any]:
    """The page when nothing is being written."""
    import gradio as gr

    return {
        parts.conversation: state,
        parts.current: state.current_html,
        parts.ask: gr.update(visible=True),
        parts.stop: gr.update(visible=False),
        parts.retry: gr.update(interactive=bool(state.told)),
        parts.clear: gr.update(interactive=bool(state.told)),
    }


def _emptied(parts: _Parts) -> dict[Any, Any]:
    """The page as it was before the first question."""
    import gradio as gr

    emptied = {parts.earlier: "", parts.hint: "", parts.welcome: gr.update(visible=True)}
    return _at_rest(parts, Conversation()) | emptied


def _word(page: Any, parts: _Parts, assistant: Assistant, collection: Collection, *, evaluation: bool) -> None:
    """Puts the words of the browser's language on the page when it is opened.

    Gradio does so by itself, but only for languages that it has translations for: not for `zh`, and not for `zh-HK`.
    """
    import gradio as gr

    async def on_load(request: gr.Request) -> dict[Any, Any]:
        language = _language(request)
        said = _screen(language, assistant, evaluation=evaluation)
        buttons = {"ask": parts.ask, "stop": parts.stop, "retry": parts.retry, "clear": parts.clear}
        return {
            parts.head: said["html_head"],
            parts.notice: said["html_label"],
            parts.welcome: await asyncio.to_thread(welcome_html, assistant, collection, language),
            parts.box: gr.update(label=said["question"], placeholder=said["question_placeholder"]),
            **{button: gr.update(value=said[name]) for name, button in buttons.items()},
        }

    page.load(on_load, None, parts.all(), concurrency_limit=None, **_PRIVATE)


def _name(request: Any) -> str:
    """What Gradio calls this open page; all events of one page share it."""
    return request.session_hash or ""


def _language(request: Any) -> Language:
    return language_of(request.headers.get("accept-language"))


def welcome_html(assistant: Assistant, collection: Collection, language: Language) -> str:
    """What stands in place of a conversation: the articles that can be asked about, with questions, or why not."""
    try:
        assistant.check()
        articles = collection.articles()
    except AssistantError as error:
        return (
            f'<div class="wj-welcome wj-not-ready" lang="{language}"><h2>{shown(label("not_ready", language))}</h2>'
            f'<p lang="en">{shown(public_line(error))}</p></div>'
        )
    known = {article.id for article in articles}
    lines = [line.split(" ", 1) for line in label("examples", language).splitlines() if " " in line]
    questions = "".join(
        f'<li><button type="button" class="wj-example">{shown(question)}</button></li>'
        for article_id, question in lines
        if article_id in known
    )
    examples = f'<h2>{shown(label("examples_heading", language))}</h2><ul class="wj-examples">{questions}</ul>'
    count = shown(label("articles_count", language, count=len(articles)))
    listing = shown(label("articles_list", language))
    return (
        f'<div class="wj-welcome" lang="{language}">{examples if questions else ""}'
        f'<p class="wj-collected">{count} <a href="/articles">{listing}</a></p></div>'
    )
