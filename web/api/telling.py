"""An answer as it grows, told in events: what comes before what, and nothing that a source has yet to back.

Knows nothing of HTTP. The order is the contract: `meta`, then `sources` before any `delta` that uses them, then exactly
one `done` or `error`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from corpus.records import Article
from rag.language import detect
from rag.prompts import label
from rag.records import Answer, Citation, Language, Status
from web.aigc import aigc_label
from web.api.schema import AiLabel, AnswerStatus, ContactInfo, Done, Meta, Nearest, Source, WholeAnswer
from web.api.wording import numbers_in, said, said_so_far
from web.problems import Refused
from web.screen import embedded_article_path, leads_outside, script_tag, visible, web_host
from web.sites import Site

_NEAREST = 3
_STATUSES: dict[Status, AnswerStatus] = {
    Status.ANSWERED: "answered",
    Status.PARTIAL: "partial",
    Status.NO_PASSAGES: "no_answer",
    Status.CANNOT_ANSWER: "no_answer",
    Status.REFUSED: "refused",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that is told of an answer."""

    name: str
    data: Any
    """An object for JSON."""


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What is known of an answer before there is one."""

    answer_id: str
    conversation_id: str
    language: Language
    """Of the screen; the answer has its own."""
    site: Site
    writer: str


def meta(about: About, text: str | None = None) -> Meta:
    """What stands before the answer, or beside its whole `text`."""
    site = about.site
    found: Meta = {
        "answer_id": about.answer_id,
        "conversation_id": about.conversation_id,
        "lang": about.language,
        "writer": about.writer,
        "ai_label": ai_label(site, about.language, about.answer_id, text),
    }
    if about.writer != "quote":
        found["model"] = about.writer
    if site.contact:
        found["contact"] = contact_of(site)
    return found


def ai_label(site: Site, language: Language, answer_id: str, text: str | None = None) -> AiLabel:
    """The label of an answer for the reader and for machines."""
    return {
        "text": label("ai_label", language),
        "AIGC": aigc_label(site.publisher or site.name, answer_id, text),
    }


def contact_of(site: Site) -> ContactInfo:
    """The people behind `site`, who must be known."""
    contact = site.contact
    if contact is None:
        raise ValueError("The site names no contact.")
    url = contact.url if web_host(contact.url) else None
    return {"name": contact.name, "phone": contact.phone, "url": url, "email": contact.email, "days": contact.days}


def sources_of(answer: Answer, about: About) -> list[Source]:
    """The citations of `answer`, by number."""
    scripts = {hit.article.id: script_tag(hit.article.script) for hit in answer.hits}
    return [_source(citation, scripts.get(citation.article_id), about) for citation in answer.citations]


def _source(citation: Citation, language: Language | None, about: About) -> Source:
    host = web_host(citation.url)
    site = about.site
    return {
        "n": citation.number,
        "id": citation.passage_id,
        "article_id": citation.article_id,
        "title": visible(citation.title) if citation.title else None,
        "url": citation.url if host else None,
        "issuer": visible(citation.source) if citation.source else None,
        "date": citation.published.isoformat() if citation.published else None,
        "quote": visible(citation.quote).strip(),
        "lang": language or detect(citation.quote),
        "article_url": embedded_article_path(
            citation.article_id, citation.start, citation.end, key=site.key, language=about.language
        ),
        "host": host,
        "outside": bool(host) and leads_outside(host or "", site.origins),
    }


def nearest_of(answer: Answer, about: About) -> list[Nearest]:
    """The articles that came near a question without an answer, each once."""
    if answer.status is not Status.CANNOT_ANSWER:
        return []
    first = {hit.article.id: hit for hit in reversed(answer.hits)}
    found = sorted(first.values(), key=answer.hits.index)[:_NEAREST]
    return [
        article_facts(h.article, h.passage.id, h.passage.start, h.passage.end, about.site, about.language)
        for h in found
    ]


def article_facts(article: Article, passage_id: str, start: int, end: int, site: Site, language: Language) -> Nearest:
    """What is told of an article, with its address opened at `[start, end)`."""
    host = web_host(article.url)
    return {
        "id": passage_id,
        "article_id": article.id,
        "title": visible(article.title) if article.title else None,
        "url": article.url if host else None,
        "issuer": visible(article.source) if article.source else None,
        "date": article.published.isoformat() if article.published else None,
        "lang": script_tag(article.script),
        "article_url": embedded_article_path(article.id, start, end, key=site.key, language=language),
        "host": host,
        "outside": bool(host) and leads_outside(host or "", site.origins),
    }


def done(answer: Answer, about: About) -> Done:
    """How `answer`, which is final, ended."""
    found: Done = {
        "status": _STATUSES[answer.status],
        "answer_lang": answer.language,
        "used": numbers_in(said(answer)),
        "writer": answer.writer,
        "timings_ms": dict(answer.timings_ms),
    }
    reason = answer.reason or _reason(answer.status)
    if reason:
        found["reason"] = reason
    if answer.notice:
        found["notice"] = answer.notice
    if nearest := nearest_of(answer, about):
        found["nearest"] = nearest
    return found


def _reason(status: Status) -> str | None:
    return status.value.lower() if status in (Status.NO_PASSAGES, Status.CANNOT_ANSWER) else None


def whole(answer: Answer, about: About) -> WholeAnswer:
    """The final `answer` in one piece. Raises `Refused` where it is none."""
    if is_failure(answer):
        raise Refused("service-failed")
    text = said(answer)
    return {
        **meta(replace_writer(about, answer), text),
        "answer": text,
        "sources": sources_of(answer, about),
        **done(answer, about),
    }


def replace_writer(about: About, answer: Answer) -> About:
    """`about` with the writer that the answer has in the end."""
    return replace(about, writer=answer.writer)


def is_failure(answer: Answer) -> bool:
    """Whether a final answer says nothing to a reader."""
    return answer.status not in _STATUSES or not said(answer).strip()


class Telling:
    """Turns growing answers into events. `meta` comes before it, an `error` for what is raised after."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._said = ""
        self._sources: list[Source] | None = None
        self.ended = False
        """Whether `done` or `error` was told: nothing follows."""

    def tell(self, answer: Answer) -> list[Event]:
        """What `answer` adds to what was told."""
        if self.ended:
            return []
        if answer.status is Status.WRITING:
            text = said_so_far(answer)
            # What no longer begins as it did is put right at the end, where it is known for good.
            return self._grown(text, answer) if len(text) > len(self._said) and text.startswith(self._said) else []
        if is_failure(answer):
            return [self.failed(Refused("service-failed"))]
        events = self._grown(said(answer), answer)
        self.ended = True
        return [*events, Event(name="done", data=done(answer, self._about))]

    def failed(self, refusal: Refused, request_id: str | None = None) -> Event:
        """The end where there is no answer."""
        self.ended = True
        return Event(name="error", data={"problem": refusal.content(self._about.language, request_id=request_id)})

    def _grown(self, text: str, answer: Answer) -> list[Event]:
        events: list[Event] = []
        sources = sources_of(answer, self._about)
        if sources != self._sources:
            events.append(Event(name="sources", data={"sources": sources}))
            self._sources = sources
        if not text.startswith(self._said):
            reason = "revised" if answer.writer == self._about.writer else "model_failed"
            events.append(Event(name="replace", data={"text": text, "reason": reason}))
        elif text != self._said:
            events.append(Event(name="delta", data={"text": text[len(self._said) :]}))
        self._said = text
        return events
