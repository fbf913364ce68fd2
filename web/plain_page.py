"""The page that asks and answers without any script: a form, the answer below it, whom to ask instead.

It must make sense without its style too: in lynx, in print, in the browsers of the last decade. Every function is
pure. Knows nothing of FastAPI.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from rag.language import detect
from rag.prompts import label
from rag.records import Answer, Citation, Hit, Language, Status, Turn
from web.aigc import aigc_json
from web.answers import REASONS, made_by, standing, text_html
from web.api.telling import ai_label
from web.article_page import document, hosted_styles
from web.screen import about_html, embedded_article_path, leads_outside, shown, title_words, web_host
from web.site_records import Contact, Site

PATH = "/embed/plain"
FEEDBACK_PATH = "/embed/plain/feedback"
_NEAREST = 3
_NUMBER_TO_CALL = re.compile(r"(?<![0-9A-Za-z&#;])\d{3,}(?![0-9A-Za-z])")
_NATIVE_NAMES: dict[Language, str] = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Why a question got no answer."""

    words: str
    of_question: bool
    """Whether the reader can mend it by changing the question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """A question and its answer."""

    id: str
    question: str
    answer: Answer


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """All that is on the page."""

    site: Site
    language: Language
    large: bool
    most: int
    """The most characters of a question."""
    form_token: str
    question: str = ""
    """What stands in the box."""
    fault: Fault | None = None
    answered: Answered | None = None
    earlier: tuple[Turn, ...] = ()
    """What was said before the answer."""
    carried: str = ""
    """The same and the answer, signed, for the next question."""


def address(site: Site, language: Language, *, large: bool, path: str = PATH) -> str:
    """The address of the page, or of its feedback, for a site and a reader."""
    return f"{path}?{urlencode({'site_key': site.key, 'lang': language} | ({'text': 'large'} if large else {}))}"


def site_title(site: Site, language: Language) -> str:
    """What the site calls its assistant in this language."""
    return site.titles.get(language) or label("name", language)


def plain_page(view: View) -> str:
    """The whole page."""
    language = view.language
    parts = [
        f'<a class="skip" href="#question">{shown(label("plain_skip", language))}</a>',
        _head(view),
        "<main>",
        _label(view),
        _fault(view.fault, language),
        _answered(view),
        _form(view),
        _earlier(view),
        "" if view.answered else _examples(view),
        contact_section(view.site, language),
        "</main>",
    ]
    return document(
        _title(view), "".join(parts), language, hosted_styles(view.site.key) + _implicit_label(view), large=view.large
    )


def notice_page(
    heading: str, text: str, language: Language, *, site: Site | None = None, large: bool = False, kept: str = ""
) -> str:
    """A page that says one thing: that the site is unknown, or that a rating was recorded.

    `kept` is a question that was sent and not answered, shown so that it can be copied.
    """
    title = site_title(site, language) if site else label("name", language)
    again = ""
    if site:
        href = shown(address(site, language, large=large))
        again = f'<p><a href="{href}">{shown(label("plain_to_questions", language))}</a></p>'
    body = (
        f'<header class="page-head"><p class="page-name">{shown(title)}</p></header><main>'
        f"<h1>{shown(heading)}</h1><p>{shown(text)}</p>{_kept(kept, language)}{again}"
        f"{contact_section(site, language) if site else ''}</main>"
    )
    styles = hosted_styles(site.key if site else None)
    return document(f"{heading} – {title}", body, language, styles, large=large)


def _kept(question: str, language: Language) -> str:
    if not question:
        return ""
    return (
        f"<h2>{shown(label('question', language))}</h2>"
        f'<blockquote lang="{detect(question)}">{shown(question)}</blockquote>'
    )


def contact_section(site: Site, language: Language) -> str:
    """Who can be asked instead, on every page in the same place, and how complaints are handled."""
    named = f"<p>{_contact(site.contact, language)}</p>" if site.contact else ""
    otherwise = "" if site.contact else f"<p>{shown(label('contact_none', language))}</p>"
    days = site.contact.days if site.contact else None
    handled = label("contact_handling_days", language, days=days) if days else label("contact_handling", language)
    return (
        f'<section class="contact" id="contact"><h2>{shown(label("contact", language))}</h2>{named}{otherwise}'
        f"<p>{shown(handled)}</p></section>"
    )


def _contact(contact: Contact, language: Language) -> str:
    """Name, telephone, address and e-mail, each a link that does what it says."""
    parts = [f"<strong>{shown(contact.name)}</strong>"]
    if contact.phone:
        dialled = "".join(c for c in contact.phone.split(",")[0] if c in "+0123456789")
        words = shown(label("contact_phone", language, phone=contact.phone))
        parts.append(f'<a href="tel:{dialled}">{words}</a>')
    host = web_host(contact.url)
    if contact.url and host:
        words = shown(label("contact_url", language, host=host) + label("new_tab", language))
        parts.append(f'<a href="{shown(contact.url)}" target="_blank" rel="noopener">{words}</a>')
    if contact.email:
        words = shown(label("contact_email", language, email=contact.email))
        parts.append(f'<a href="mailto:{shown(contact.email)}">{words}</a>')
    return " ".join(f'<span class="way">{part}</span>' for part in parts)


def _title(view: View) -> str:
    title = site_title(view.site, view.language)
    if view.fault:
        return f"{label('plain_error', view.language, what=view.fault.words)} – {title}"
    return f"{view.answered.question[:60]} – {title}" if view.answered else title


def _implicit_label(view: View) -> str:
    if view.answered is None or view.answered.answer.status is Status.REFUSED:
        return ""  # nothing was generated
    answered = view.answered
    content = aigc_json(ai_label(view.site, view.language, answered.id, answered.answer.text)["AIGC"])
    return f'<meta name="AIGC" content="{shown(content)}">'


def _head(view: View) -> str:
    site, language = view.site, view.language
    resized = label("plain_text_normal" if view.large else "plain_text_large", language)
    others = "".join(
        f'<a href="{shown(address(site, other, large=view.large))}" lang="{other}" hreflang="{other}">'
        f"{_NATIVE_NAMES[other]}</a> "
        for other in site.languages
        if other != language
    )
    spoken = f'<nav aria-label="{shown(label("plain_languages", language))}">{others}</nav>' if others else ""
    return (
        f'<header class="page-head"><h1 class="page-name">{shown(site_title(site, language))}</h1>'
        f'<a href="{shown(address(site, language, large=not view.large))}">{shown(resized)}</a> {spoken}</header>'
    )


def _label(view: View) -> str:
    """What every reader must know first, and before the first question what this is."""
    introduced = view.site.greetings.get(view.language) or label("tagline", view.language)
    return (
        f'<div class="label"><p><strong>{shown(label("ai_label", view.language))}</strong></p>'
        f"<p>{shown(label('reference_only', view.language))}</p></div>"
        + ("" if view.answered or view.fault else f'<p class="intro">{shown(introduced)}</p>')
    )


def _fault(fault: Fault | None, language: Language) -> str:
    """The summary of what went wrong. The address of the answer ends with its name, so it gets the focus."""
    if fault is None:
        return ""
    words = shown(fault.words)
    named = f'<a href="#question">{words}</a>' if fault.of_question else words
    return (
        f'<div class="faults" id="result" role="alert" tabindex="-1">'
        f"<h2>{shown(label('plain_no_answer', language))}</h2><p>{named}</p></div>"
    )


def _answered(view: View) -> str:
    """The question as a heading, the answer, its citations, its labels, whom to ask instead, and how good it was."""
    if view.answered is None:
        return ""
    question, answer = view.answered.question, view.answered.answer
    told = replace(answer, language=view.language)  # the answer may be in the language of the question
    asked = f'<span class="wj-unseen">{shown(label("plain_asked", view.language))}</span>'
    stood = standing(told)
    means = label("status_partial_means", view.language) if answer.status is Status.PARTIAL else ""
    return (
        '<section class="answered"><h2 class="asked" id="result" tabindex="-1">'
        f'{asked}<span lang="{detect(question)}">{shown(question)}</span></h2>'
        + (f'<p class="standing"><strong>{shown(stood)}</strong> {shown(means)}</p>' if stood else "")
        + f'<div class="answer" lang="{answer.language}">{_text(answer)}</div>'
        + (f'<p class="notice" lang="{answer.language}">{shown(answer.notice)}</p>' if answer.notice else "")
        + f'<p class="made">{shown(label("made_line", view.language, made=made_by(told)))}</p>'
        f'<p class="made">{shown(label("answer_number", view.language, id=view.answered.id))}</p>'
        + _citations(answer.citations, view)
        + _nearest(answer, view)
        + _person(view)
        + (_rating(view) if answer.status is not Status.REFUSED else "")
        + "</section>"
    )


def _text(answer: Answer) -> str:
    """The text of the answer. Who is told to call for help can do so by one press."""
    text = text_html(answer, "a")
    return _NUMBER_TO_CALL.sub(r'<a href="tel:\g<0>">\g<0></a>', text) if answer.reason == "crisis" else text


def _person(view: View) -> str:
    """Whom to ask instead, beside the answer itself."""
    words = shown(label("contact", view.language))
    contact = view.site.contact and replace(view.site.contact, url=None, email=None)
    reached = f" {_contact(contact, view.language)}" if contact else ""
    return f'<p class="person"><a href="#contact">{words}</a>{reached}</p>'


def _citations(citations: Sequence[Citation], view: View) -> str:
    if not citations:
        return ""
    items = "".join(
        f'<li id="a-c{c.number}" value="{c.number}">{_source(c, view)}'
        f'<blockquote lang="{detect(c.quote)}">{shown(c.quote.strip())}</blockquote></li>'
        for c in citations
    )
    heading = label("citations", view.language) + label("plain_new_tabs", view.language)
    return f'<h3>{shown(heading)}</h3><ol class="citations">{items}</ol>'


def _source(citation: Citation, view: View) -> str:
    """Title, source and date; the title opens the article at the quote, a second link the original page."""
    href = embedded_article_path(
        citation.article_id, citation.start, citation.end, key=view.site.key, language=view.language
    )
    original, host = "", web_host(citation.url)
    if citation.url and host:
        words = shown(label("plain_original", view.language, host=host)) + _new_tab(view.language)
        leaves = leads_outside(host, view.site.origins)
        warned = f" {label('plain_leaving', view.language, host=host)}" if leaves else ""
        original = (
            f'<p class="original"><a href="{shown(citation.url)}" target="_blank" rel="noopener noreferrer external">'
            f"{words}</a>{shown(warned)}</p>"
        )
    return f"{_opening(href, citation.title, citation, view)}{original}"


def _opening(href: str, title: str | None, about: Citation | Hit, view: View) -> str:
    """The link that opens an article on this server, with its source and date."""
    dated = about.article if isinstance(about, Hit) else about
    words = shown(title_words(title, view.language)) + _new_tab(view.language)
    larger = href.replace("#quote", "&text=large#quote") if view.large else href
    return (
        f'<p class="source"><a href="{shown(larger)}" target="_blank" rel="noopener">{words}</a> '
        f'<span class="about">{about_html(dated.source, dated.published, view.language)}</span></p>'
    )


def _new_tab(language: Language) -> str:
    """Said with each link to who cannot see the heading above, which says it once for all."""
    return f'<span class="wj-unseen">{shown(label("new_tab", language))}</span>'


def _nearest(answer: Answer, view: View) -> str:
    """The articles that came nearest to a question without an answer."""
    first = {hit.article.id: hit for hit in reversed(answer.hits)}
    hits = sorted(first.values(), key=answer.hits.index)[:_NEAREST]
    if answer.status is not Status.CANNOT_ANSWER or not hits:
        return ""
    items = "".join(f"<li>{_opening(_passage_path(hit, view), hit.article.title, hit, view)}</li>" for hit in hits)
    heading = label("uncited", view.language, count=len(hits)) + label("plain_new_tabs", view.language)
    return f'<h3>{shown(heading)}</h3><ul class="nearest">{items}</ul>'


def _passage_path(hit: Hit, view: View) -> str:
    passage = hit.passage
    return embedded_article_path(hit.article.id, passage.start, passage.end, key=view.site.key, language=view.language)


def _rating(view: View) -> str:
    """Thumbs and a reason. Opens a page of its own, so that the answer is not lost."""
    assert view.answered is not None
    language = view.language
    reasons = "".join(f'<option value="{r}">{shown(label(f"reason_{r}", language))}</option>' for r in REASONS)
    thumbs = " ".join(
        f'<button type="submit" name="rating" value="{value}">{shown(label(name, language))}</button>'
        for value, name in (("up", "helpful"), ("down", "unhelpful"))
    )
    action = shown(address(view.site, language, large=view.large, path=FEEDBACK_PATH))
    return (
        f'<form class="rating" method="post" action="{action}" accept-charset="utf-8" target="_blank">'
        f"{_hidden('form', view.form_token)}{_hidden('answer', view.answered.id)}"
        f"<fieldset><legend>{shown(label('plain_rate', language))}</legend>"
        f'<p><label for="reason">{shown(label("plain_reason", language))}</label> '
        f'<select id="reason" name="reason"><option value="">{shown(label("plain_reason_none", language))}</option>'
        f"{reasons}</select></p>"
        f'<p class="buttons">{thumbs} {shown(label("new_tab", language))}</p></fieldset></form>'
    )


def _form(view: View) -> str:
    language, most = view.language, view.most
    of_question = view.fault is not None and view.fault.of_question
    fault = f'<p class="fault" id="question-fault">{shown(view.fault.words)}</p>' if view.fault and of_question else ""
    described = "question-fault question-hint" if of_question else "question-hint"
    wrong = ' aria-invalid="true"' if of_question else ""
    name = label("plain_further" if view.answered else "question", language)
    # The limit counts characters, browsers count halves of the rarer ones: nothing that may be asked is cut off.
    return (
        f"{_form_tag(view)}{_hidden('history', view.carried)}"
        f'<p class="field"><label for="question">{shown(name)}</label></p>'
        f'<p class="hint" id="question-hint">{shown(label("plain_hint", language, most=most))}</p>{fault}'
        f'<textarea id="question" name="question" rows="3" cols="40" maxlength="{2 * most}" '
        f'autocomplete="off" aria-describedby="{described}"{wrong}>\n{shown(view.question)}</textarea>'
        f'<p class="buttons"><button class="main" type="submit">{shown(label("ask", language))}</button> '
        f'<span class="hint">{shown(label("plain_wait", language))}</span></p></form>'
    )


def _form_tag(view: View) -> str:
    action = shown(address(view.site, view.language, large=view.large))
    return f'<form method="post" action="{action}#result" accept-charset="utf-8">{_hidden("form", view.form_token)}'


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{shown(value)}">'


def _examples(view: View) -> str:
    questions = view.site.examples.get(view.language, ())
    if not questions:
        return ""
    items = "".join(
        f'<li><button type="submit" name="question" value="{shown(question)}">{shown(question)}</button></li>'
        for question in questions
    )
    heading = shown(label("plain_examples", view.language))
    return f'<section class="examples"><h2>{heading}</h2>{_form_tag(view)}<ul>{items}</ul></form></section>'


def _earlier(view: View) -> str:
    """What was said before, folded away, and the way to begin anew."""
    if not (view.earlier or view.answered):
        return ""
    anew = shown(address(view.site, view.language, large=view.large))
    again = f'<p><a href="{anew}">{shown(label("plain_restart", view.language))}</a></p>'
    if not view.earlier:
        return again
    asked = shown(label("plain_asked", view.language))
    said = "".join(
        f'<p class="{turn.role}" lang="{detect(turn.content)}">'
        f"{f'<strong>{asked}</strong>' if turn.role == 'user' else ''}{shown(turn.content)}</p>"
        for turn in view.earlier
    )
    summary = shown(label("plain_earlier", view.language))
    return f'<details class="earlier"><summary>{summary}</summary>{said}</details>{again}'
