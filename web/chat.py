"""The chat page in Gradio: its parts, its words in three languages, and what its buttons do.

Gradio is imported when the page is built, not before: it takes seconds, and must find its reporting turned off.
The answers are shown by the Markdown component, because `gr.HTML` evaluates code, which the page's policy forbids, and
`gr.Chatbot` reads the markup of a message aloud and puts it on the clipboard.
"""

# No `from __future__ import annotations` here: Gradio looks at the types of the handlers when they are registered.
import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.checking import plain
from rag.errors import AssistantError
from rag.prompts import label
from rag.records import Language
from rag.settings import Settings, keep_process_quiet
from web.conversation import Assistant, Conversation, Stop, converse
from web.feedback import FeedbackLog
from web.screen import LANGUAGES, language_of, shown

if TYPE_CHECKING:
    from fastapi import FastAPI

LOOK = Path(__file__).resolve().parent / "look"

_AT_ONCE = 8
_WAITING = 64
_SECONDS_TO_END = 5.0
_LOCALES: dict[Language, str] = {"zh-Hans": "zh-CN", "zh-Hant": "zh-TW", "en": "en"}
_WORDS = ("question", "question_placeholder", "ask", "stop", "retry", "clear")
_FONTS = ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "system-ui", "sans-serif")


def mount_chat(app: "FastAPI", assistant: Assistant, settings: Settings, feedback: FeedbackLog) -> None:
    """Puts the chat page of `assistant` at `/` of `app`, below every route that it already has."""
    keep_process_quiet()
    import gradio as gr

    words = gr.I18n(**{_LOCALES[name]: _screen(name, assistant) for name in LANGUAGES})
    gr.mount_gradio_app(
        app,
        _page(words, assistant, settings, feedback),
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


def _screen(language: Language, assistant: Assistant) -> dict[str, str]:
    """The fixed words of the page in one language. Those that start with `html_` are HTML."""
    writer = assistant.writer_name
    wording = label("wording_quote", language) if writer == "quote" else label("wording_model", language, writer=writer)
    return {name: label(name, language) for name in _WORDS} | {
        "html_head": f'<div class="wj-head" lang="{language}"><h1>{shown(label("name", language))}</h1>'
        f"<p>{shown(label('tagline', language))}</p></div>",
        "html_label": f'<p class="wj-label" lang="{language}"><strong>{shown(label("ai_label", language))}</strong> '
        f'<span class="wj-wording">{shown(wording)}</span></p>',
    }


def _page(words: Any, assistant: Assistant, settings: Settings, feedback: FeedbackLog) -> Any:
    import gradio as gr

    threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="answer")
    running: dict[str, Stop] = {}
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

    def markup(name: str, value: Any = "") -> Any:
        return gr.Markdown(
            value, elem_id=name, elem_classes="wj-part", sanitize_html=True, latex_delimiters=[], header_links=False
        )

    with gr.Blocks(title=label("name", "zh-Hans"), analytics_enabled=False) as page:
        conversation = gr.State(Conversation(), time_to_live=6 * 3600)
        head = markup("wj-head", words("html_head"))
        notice = markup("wj-label", words("html_label"))
        welcome = markup("wj-welcome")
        earlier = markup("wj-earlier")
        current = markup("wj-current")
        with gr.Column(elem_id="wj-desk"):
            hint = markup("wj-hint")
            with gr.Row(elem_id="wj-ask-row"):
                box = gr.Textbox(
                    label=words("question"),
                    placeholder=words("question_placeholder"),
                    lines=1,
                    max_lines=5,
                    max_length=settings.question_chars,
                    container=False,
                    elem_id="wj-box",
                    scale=1,
                )
                ask = gr.Button(words("ask"), variant="primary", elem_id="wj-ask", min_width=88, scale=0)
                stop = gr.Button(words("stop"), elem_id="wj-stop", min_width=88, scale=0, visible=False)
            with gr.Row(elem_id="wj-after-row"):
                retry = gr.Button(words("retry"), size="sm", elem_id="wj-retry", interactive=False, scale=0)
                clear = gr.Button(words("clear"), size="sm", elem_id="wj-clear", interactive=False, scale=0)

        def at_rest(state: Conversation) -> dict[Any, Any]:
            some = bool(state.told)
            if some:
                feedback.show(state.told[-1].answer)
            return {
                conversation: state,
                current: state.current_html,
                ask: gr.update(visible=True),
                stop: gr.update(visible=False),
                retry: gr.update(interactive=some),
                clear: gr.update(interactive=some),
            }

        async def answering(before: Conversation, question: str, session: str) -> AsyncIterator[dict[Any, Any]]:
            stop_it = running[session] = Stop()
            try:
                async for update in growing(before, question, stop_it):
                    yield update
            finally:
                stop_it.ended.set()
                if running.get(session) is stop_it:
                    del running[session]

        async def growing(before: Conversation, question: str, stop_it: Stop) -> AsyncIterator[dict[Any, Any]]:
            begun = False
            async for state in converse(before, question, assistant, threads, stop_it):
                if state.running and begun:
                    yield {conversation: state, current: state.current_html}
                elif state.running:
                    begun = True
                    yield {
                        box: "",
                        hint: "",
                        welcome: gr.update(visible=False),
                        earlier: state.earlier_html,
                        current: state.current_html,
                        conversation: state,
                        ask: gr.update(visible=False),
                        stop: gr.update(visible=True),
                        retry: gr.update(interactive=False),
                        clear: gr.update(interactive=True),
                    }
                else:
                    yield at_rest(state)

        async def on_ask(question: str, state: Conversation, request: gr.Request) -> AsyncIterator[dict[Any, Any]]:
            asked = (question or "").encode("utf-8", "ignore").decode("utf-8")  # without lone surrogates
            if not plain(asked):
                words_of_hint = label("question_blank", _language(request))
                yield {hint: f'<p class="wj-hint">{shown(words_of_hint)}</p>', box: ""}
                return
            async for update in answering(state, asked, _session(request)):
                yield update

        async def on_retry(state: Conversation, request: gr.Request) -> AsyncIterator[dict[Any, Any]]:
            if state.last_question is None:
                yield {hint: ""}
                return
            async for update in answering(state.without_last(), state.last_question, _session(request)):
                yield update

        # The answering event alone writes the conversation; the buttons ask it to end. An event that Gradio cancels
        # may still send its last state after the one that cancelled it.
        async def end_answer(session: str) -> None:
            stop_it = running.get(session)
            if stop_it:
                stop_it.request()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop_it.ended.wait(), _SECONDS_TO_END)

        async def on_stop(request: gr.Request) -> None:
            await end_answer(_session(request))

        async def on_clear(request: gr.Request) -> dict[Any, Any]:
            await end_answer(_session(request))
            return at_rest(Conversation()) | {earlier: "", hint: "", welcome: gr.update(visible=True)}

        async def on_load(request: gr.Request) -> dict[Any, Any]:
            language = _language(request)
            said = _screen(language, assistant)
            # Gradio knows the browser's language only where it has translations of its own: not `zh` and not `zh-HK`.
            return {
                head: said["html_head"],
                notice: said["html_label"],
                box: gr.update(label=said["question"], placeholder=said["question_placeholder"]),
                ask: gr.update(value=said["ask"]),
                stop: gr.update(value=said["stop"]),
                retry: gr.update(value=said["retry"]),
                clear: gr.update(value=said["clear"]),
                welcome: await asyncio.to_thread(welcome_html, assistant, language),
            }

        parts = [conversation, welcome, earlier, current, hint, box, ask, stop, retry, clear]
        limits: dict[str, Any] = {"concurrency_limit": _AT_ONCE, "concurrency_id": "answer", "trigger_mode": "once"}
        gr.on([box.submit, ask.click], on_ask, [box, conversation], parts, **limits, **private)
        retry.click(on_retry, [conversation], parts, **limits, **private)
        stop.click(on_stop, None, None, concurrency_limit=None, **private)
        clear.click(on_clear, None, parts, concurrency_limit=None, **private)
        worded = [head, notice, box, ask, stop, retry, clear, welcome]
        page.load(on_load, None, worded, concurrency_limit=None, **private)
    return page.queue(max_size=_WAITING, default_concurrency_limit=_AT_ONCE, api_open=False)


def _session(request: Any) -> str:
    """What Gradio calls this open page; events of one page share it."""
    return request.session_hash or ""


def _language(request: Any) -> Language:
    return language_of(request.headers.get("accept-language"))


def welcome_html(assistant: Assistant, language: Language) -> str:
    """What stands in place of a conversation: the articles that can be asked about, with questions, or why not."""
    try:
        assistant.check()
        articles = assistant.articles()
    except AssistantError as error:
        return (
            f'<div class="wj-welcome wj-not-ready" lang="{language}"><h2>{shown(label("not_ready", language))}</h2>'
            f'<p lang="en">{shown(" ".join(str(error).split()))}</p></div>'
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
