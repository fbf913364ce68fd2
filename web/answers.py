"""A question and its answer as HTML for the chat, and as plain text for the clipboard.

Every function is pure. The HTML has no line breaks and no `data-` or `aria-` attributes: it goes through Gradio's
Markdown component, whose sanitizer keeps elements, `id`, `class`, `lang`, `href` and `target`. Knows nothing of Gradio.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.citations import on_one_line
from rag.language import detect
from rag.prompts import label
from rag.records import Answer, Citation, Hit, Language, Status
from web.screen import about_html, article_path, date_words, script_tag, shown, title_words

_NUMBERS = re.compile(r"\[(\d{1,3})\]")
_END_NUMBER = re.compile(r"\[(\d{1,3})\]\s*$")
_ITEM = re.compile(r"^(?:[-*•·])\s+")
_SNIPPET_CHARS = 120
_QUESTION_CHARS = 2000
_ROUTES = ("about", "abuse", "crisis", "off_topic", "opinion")
"""Reasons of a refusal whose reply is the answer: nobody in need may read that the service could not help."""
_WITHOUT_ANSWER = (Status.NO_PASSAGES, Status.CANNOT_ANSWER, Status.REFUSED, Status.SERVICE_ERROR)
REASONS = ("wrong", "incomplete", "citation", "other")


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """One question of a conversation and how far its answer has come."""

    number: int
    """From 1, unique on the page."""
    question: str
    answer: Answer
    stopped: bool = False
    """The reader stopped the answer before it was complete."""


def digest(answer: Answer) -> str:
    """16 hexadecimal digits that stand for this answer in feedback, where its text is not kept."""
    cited = [(c.article_id, c.start, c.end) for c in answer.citations]
    content = repr((answer.text, answer.status.value, answer.writer, cited)).encode("utf-8", "backslashreplace")
    return hashlib.sha256(content).hexdigest()[:16]


def made_by(answer: Answer) -> str:
    """Who worded the answer, with the words that mark it as generated."""
    if answer.status is Status.REFUSED:
        return label("made_reply", answer.language)
    if answer.writer != "quote":
        return label("made_model", answer.language, writer=answer.writer)
    return label("made_quote" if answer.citations else "made_search", answer.language)


def is_reply(answer: Answer) -> bool:
    """Whether the answer is an approved reply to what was said, such as to a cry for help, and no error."""
    return answer.status is Status.REFUSED and answer.reason in _ROUTES


def standing(answer: Answer) -> str:
    """The words for how an answer stands that does not hold all that was asked; empty for the others."""
    stated = answer.status in (*_WITHOUT_ANSWER, Status.PARTIAL) and not is_reply(answer)
    return label(f"status_{answer.status.value.lower()}", answer.language) if stated else ""


def exchange_html(exchange: Exchange) -> str:
    """The question as a heading, below it the answer, its citations, what was found beside them, and the tools."""
    answer, name = exchange.answer, f"x{exchange.number}"
    finished = exchange.stopped or answer.status is not Status.WRITING
    question = exchange.question[:_QUESTION_CHARS]
    parts = [
        f'<section class="wj-exchange {"wj-finished" if finished else "wj-working"}" id="{name}"'
        f' lang="{answer.language}">',
        f'<h2 class="wj-question" lang="{detect(question)}">'
        f'<span class="wj-unseen">{shown(label("you_asked", answer.language))}</span> {shown(question)}</h2>',
        _before(answer),
        text_html(answer, name),
        _after(exchange),
        _citations(answer, name),
        _uncited(answer) if finished else "",
        _tools(exchange) if finished else "",
        f'<div class="wj-announce wj-unseen">{shown(announcement(exchange))}</div>',
        "</section>",
    ]
    return _one_line("".join(parts))


def announcement(exchange: Exchange) -> str:
    """What a screen reader is told when this state is reached."""
    answer = exchange.answer
    if exchange.stopped:
        return label("status_stopped", answer.language)
    if answer.status is Status.WRITING:
        return label("writing" if answer.text else "searching", answer.language)
    if answer.citations:
        return label("done", answer.language, count=len(answer.citations))
    if is_reply(answer):
        return answer.text
    return f"{standing(answer)} {label('done_without', answer.language)}"


def plain_text(exchange: Exchange) -> str:
    """What the copy button puts on the clipboard: question, answer, citations, and the label that it is generated."""
    answer, language = exchange.answer, exchange.answer.language
    lines = [exchange.question, "", answer.text]
    if answer.citations:
        lines += ["", label("citations", language), *(_cited_line(c, language) for c in answer.citations)]
    lines += ["", label("copied_label", language, made=made_by(answer))]
    return "\n".join(lines)


def _cited_line(citation: Citation, language: Language) -> str:
    about = (title_words(citation.title, language), citation.source, date_words(citation.published, language))
    words = label("comma", language).join(part for part in about if part)
    quoted = label("quoted", language, quote=re.sub(r"\s+", " ", citation.quote))
    return f"[{citation.number}] {words} {quoted}"


def _one_line(markup: str) -> str:
    """`markup` with its line breaks as references: a blank line would make Markdown of what follows."""
    return re.sub(r"\r\n?|\n", "&#10;", markup)


def _before(answer: Answer) -> str:
    """What must be known before the text is read: that there is no answer, or that another writer took over."""
    told = ""
    if answer.status is not Status.PARTIAL and standing(answer):
        told = f'<p class="wj-standing"><strong>{shown(standing(answer))}</strong></p>'
    return told + (_notice(answer) if answer.writer == "quote" else "")


def _after(exchange: Exchange) -> str:
    """What is known only when the text is complete. It stands below, so that nothing moves while one reads."""
    answer, language = exchange.answer, exchange.answer.language
    name = "stopped" if exchange.stopped else "partial" if answer.status is Status.PARTIAL else None
    told = (
        f'<p class="wj-standing"><strong>{shown(label(f"status_{name}", language))}</strong> '
        f"{shown(label(f'status_{name}_means', language))}</p>"
        if name
        else ""
    )
    return told + (_notice(answer) if answer.writer != "quote" else "")


def _notice(answer: Answer) -> str:
    return f'<p class="wj-notice">{shown(answer.notice)}</p>' if answer.notice else ""


def text_html(answer: Answer, name: str) -> str:
    """The text of the answer, each number linked to the citation `{name}-c{number}`."""
    if not answer.text:
        words = label("searching", answer.language) if answer.status is Status.WRITING else ""
        return f'<p class="wj-waiting">{shown(words)}</p>' if words else ""
    known = {citation.number: citation for citation in answer.citations}
    pieces: list[str] = []
    listing = False
    for line in filter(None, map(str.strip, answer.text.split("\n"))):
        item = _ITEM.match(line)
        if bool(item) != listing:
            pieces.append("<ul>" if item else "</ul>")
            listing = bool(item)
        pieces.append(
            f"<li>{_numbered(line[item.end() :], known, name, answer.language)}</li>"
            if item
            else _line(line, known, name, answer.language)
        )
    return '<div class="wj-text">' + "".join(pieces) + ("</ul>" if listing else "") + "</div>"


def _line(line: str, known: Mapping[int, Citation], name: str, language: Language) -> str:
    """One line of the answer; a line that is nothing but a quote stands apart, in the language of its article."""
    last = _END_NUMBER.search(line)
    citation = known.get(int(last[1])) if last else None
    if last and citation and _is_quote_of(line, citation):
        # Brackets inside are the article's own.
        words = shown(line[: last.start()].rstrip()) + _number_link(citation.number, name, language)
        return f'<blockquote lang="{detect(citation.quote)}">{words}</blockquote>'
    return f"<p>{_numbered(line, known, name, language)}</p>"


def _is_quote_of(line: str, citation: Citation) -> bool:
    words = _END_NUMBER.sub("", line).strip().strip("“”「」\"'")
    return words == on_one_line(citation.quote).strip("“”「」\"'")


def _numbered(text: str, known: Mapping[int, Citation], name: str, language: Language) -> str:
    """`text` with each `[n]` that has a citation linked to it; other text in brackets stays text."""
    pieces, end = [], 0
    for mark in _NUMBERS.finditer(text):
        pieces.append(shown(text[end : mark.start()].rstrip() if int(mark[1]) in known else text[end : mark.start()]))
        pieces.append(_number_link(int(mark[1]), name, language) if int(mark[1]) in known else shown(mark[0]))
        end = mark.end()
    return "".join([*pieces, shown(text[end:])])


def _number_link(number: int, name: str, language: Language) -> str:
    unseen = f'<span class="wj-unseen">{shown(label("citation", language))} </span>'
    return f'<sup><a class="wj-number" href="#{name}-c{number}">{unseen}[{number}]</a></sup>'


def _citations(answer: Answer, name: str) -> str:
    if not answer.citations:
        return ""
    scripts = {hit.article.id: script_tag(hit.article.script) for hit in answer.hits}
    lines = answer.text.split("\n")
    # A quote that stands in full in the answer need not take the same room again: the style cuts it to two lines.
    repeated = {c.number for c in answer.citations if any(_is_quote_of(line, c) for line in lines)}
    items = "".join(
        f'<li class="wj-citation" id="{name}-c{c.number}"><span class="wj-ordinal">{c.number}</span>'
        f"<div>{_source(c, answer.language)}"
        f'<blockquote class="{"wj-repeated" if c.number in repeated else "wj-quote"}"'
        f' lang="{scripts.get(c.article_id) or detect(c.quote)}">'
        f"{shown(c.quote.strip())}</blockquote></div></li>"
        for c in answer.citations
    )
    return (
        f'<h3 class="wj-small">{shown(label("citations", answer.language))}</h3><ol class="wj-citations">{items}</ol>'
    )


def _source(citation: Citation, language: Language) -> str:
    """Title, source and date of a citation; the title opens the article at the quoted words."""
    href = article_path(citation.article_id, [(citation.start, citation.end)])
    link = _link(href, title_words(citation.title, language), language)
    about = about_html(citation.source, citation.published, language)
    return f'<p class="wj-source">{link}<span class="wj-about">{about}</span></p>'


def _link(href: str, words: str, language: Language) -> str:
    unseen = f'<span class="wj-unseen">{shown(label("new_tab", language))}</span>'
    return f'<a class="wj-open" href="{shown(href)}" target="_blank" rel="noopener">{shown(words)}{unseen}</a>'


def _uncited(answer: Answer) -> str:
    """What was retrieved but not cited, folded away."""
    cited = [(c.article_id, c.start, c.end) for c in answer.citations]
    rest = [hit for hit in answer.hits if not _holds_a_citation(hit, cited)]
    if not rest:
        return ""
    items = "".join(f"<li>{_passage(hit, answer.language)}</li>" for hit in rest)
    summary = shown(label("uncited", answer.language, count=len(rest)))
    return f'<details class="wj-uncited"><summary>{summary}</summary><ul>{items}</ul></details>'


def _holds_a_citation(hit: Hit, cited: Sequence[tuple[str, int, int]]) -> bool:
    passage = hit.passage
    return any(
        article == passage.article_id and start < passage.end and passage.start < end for article, start, end in cited
    )


def _passage(hit: Hit, language: Language) -> str:
    article, passage = hit.article, hit.passage
    words = re.sub(r"\s+", " ", passage.text).strip()
    snippet = words if len(words) <= _SNIPPET_CHARS else words[:_SNIPPET_CHARS] + "……"
    link = _link(
        article_path(article.id, [(passage.start, passage.end)]), title_words(article.title, language), language
    )
    about = about_html(article.source, article.published, language)
    return (
        f'<p class="wj-source">{link}<span class="wj-about">{about}</span></p>'
        f'<p class="wj-snippet" lang="{script_tag(article.script)}">{shown(snippet)}</p>'
    )


def _tools(exchange: Exchange) -> str:
    """Copy and feedback, the label, and the text that copying takes. `chat.js` gives the buttons their work."""
    answer, language = exchange.answer, exchange.answer.language
    made = f'<span class="wj-made">{shown(label("made_line", language, made=made_by(answer)))}</span>'
    if answer.status in (Status.REFUSED, Status.SERVICE_ERROR):
        return f'<div class="wj-tools">{made}</div>'
    copied = "".join(
        f'<span class="wj-word-{name}">{shown(label(name, language))}</span>'
        for name in ("copied", "copy_failed", "thanks", "feedback_failed")
    )
    reasons = "".join(
        f'<button type="button" class="wj-reason wj-because-{reason}">'
        f"{shown(label(f'reason_{reason}', language))}</button>"
        for reason in REASONS
    )
    return (
        f'<div class="wj-tools" id="x{exchange.number}-{digest(answer)}">{made}'
        f'<button type="button" class="wj-copy">{shown(label("copy", language))}</button>'
        f'<button type="button" class="wj-rate wj-up">{shown(label("helpful", language))}</button>'
        f'<button type="button" class="wj-rate wj-down">{shown(label("unhelpful", language))}</button>'
        f'<span class="wj-told"></span></div>'
        f'<div class="wj-reasons"><span>{shown(label("reasons", language))}</span>{reasons}</div>'
        f'<div class="wj-kept"><pre class="wj-plain">{shown(plain_text(exchange))}</pre>{copied}</div>'
    )
