"""The page of one article, with the quoted words marked, and the list of all articles: plain HTML without script.

Every function is pure. Knows nothing of FastAPI.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.records import Article, Repair
from rag.prompts import label
from rag.records import Language
from web.screen import about_html, article_path, leads_outside, script_tag, shown, time_html, web_host

ARTICLES_PER_PAGE = 100
_OPENING_CHARS = 60

Span = tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    """The site for which a page is shown, instead of the pages of this server."""

    title: str
    home: str
    """Address of its page without script, where questions are asked."""
    key: str
    """Its public key."""
    origins: tuple[str, ...]
    large: bool = False
    """Whether the reader asked for large text."""


def page(title: str, body: str, language: Language) -> str:
    """A whole document around `body`, which is HTML; `title` is text."""
    name = label("name", language)
    head = (
        f'<header class="page-head"><a class="page-name" href="/">{shown(name)}</a>'
        f'<nav><a href="/articles">{shown(label("articles", language))}</a>'
        f'<a href="/">{shown(label("back", language))}</a></nav></header>'
    )
    styles = _styles("/look", ("look.css", "article.css"))
    return document(f"{title} – {name}", f"{head}<main>{body}</main>", language, styles)


def hosted_page(title: str, body: str, language: Language, host: Host) -> str:
    """A whole document for a site, with its name above `body`, and no way to anything that is not the site's."""
    head = (
        f'<header class="page-head"><a class="page-name" href="{shown(host.home)}">{shown(host.title)}</a>'
        f'<nav><a href="{shown(host.home)}">{shown(label("plain_to_questions", language))}</a></nav></header>'
    )
    return document(
        f"{title} – {host.title}", f"{head}<main>{body}</main>", language, hosted_styles(host.key), large=host.large
    )


def document(title: str, body: str, language: Language, head: str, *, large: bool = False) -> str:
    """HTML from its first to its last letter. `head` and `body` are HTML, `title` is text."""
    kind = ' class="large"' if large else ""
    return (
        f'<!doctype html><html lang="{language}"{kind}><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{shown(title)}</title>{head}</head><body>{body}</body></html>"
    )


def _styles(folder: str, names: Sequence[str]) -> str:
    links = "".join(f'<link rel="stylesheet" href="{folder}/{name}">' for name in names)
    return f'<link rel="icon" href="{folder}/favicon.png">{links}'


def hosted_styles(key: str | None) -> str:
    """The stylesheets of pages for the site with this public key. Below /embed: a proxy need not let more through."""
    styles = _styles("/embed/look", ("look.css", "article.css", "plain.css"))
    return styles + (f'<link rel="stylesheet" href="/embed/look/theme.css?site_key={shown(key)}">' if key else "")


def article_page(article: Article, spans: Sequence[Span], language: Language, host: Host | None = None) -> str:
    """The article with `spans` of its text marked; the first mark has the id `quote`.

    Spans that lie outside the text are cut to it; empty and reversed ones are left out. For a `host` the page says
    that it is a copy and no page of the host's, and leads back to its questions.
    """
    script = script_tag(article.script)
    marked = merged(spans, len(article.text))
    heading, body_start = _heading(article, marked, language)
    paragraphs = _paragraphs(article.text, body_start, marked)
    noted = f'<p class="marked-note">{shown(label("article_quotes", language))}</p>' if marked else ""
    body = (
        f'<article><h1 lang="{script if article.title else language}">{heading}</h1>{_facts(article, language, host)}'
        f'{noted}<div class="article-text" lang="{script}">{paragraphs}</div>'
        f"{_repairs(article.repairs, language)}</article>"
    )
    title = article.title or label("untitled", language)
    return hosted_page(title, body, language, host) if host else page(title, body, language)


def article_list(articles: Sequence[Article], number: int, language: Language) -> str:
    """Page `number`, from 1, of all articles, newest first; those without a date last."""
    ordered = sorted(articles, key=lambda a: (a.published is not None, a.published, a.id), reverse=True)
    pages = max(1, -(-len(ordered) // ARTICLES_PER_PAGE))
    number = min(max(1, number), pages)
    items = "".join(
        f'<li><a href="{shown(article_path(a.id))}" lang="{script_tag(a.script)}">'
        f"{shown(_listed_name(a, language))}</a>"
        f'<span class="about">{about_html(a.source, a.published, language)}</span></li>'
        for a in ordered[(number - 1) * ARTICLES_PER_PAGE : number * ARTICLES_PER_PAGE]
    )
    listing = f'<ul class="article-list">{items}</ul>' if items else f"<p>{shown(label('articles_none', language))}</p>"
    count = label("articles_count", language, count=len(ordered))
    heading = label("articles", language)
    body = f'<h1>{shown(heading)}</h1><p class="about">{shown(count)}</p>{listing}{_turning(number, pages, language)}'
    return page(heading, body, language)


def message_page(heading: str, text: str, language: Language) -> str:
    """A page that says one thing, such as that there is no such article."""
    return page(heading, f"<h1>{shown(heading)}</h1><p>{shown(text)}</p>", language)


def merged(spans: Sequence[Span], length: int) -> list[Span]:
    """`spans` in order, cut to `[0, length)`, those that touch joined, those without a character left out."""
    found: list[Span] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _listed_name(article: Article, language: Language) -> str:
    opening = " ".join(article.text[:_OPENING_CHARS].split())
    return article.title or f"{label('untitled', language)}{label('comma', language)}“{opening}……”"


def _heading(article: Article, marked: Sequence[Span], language: Language) -> tuple[str, int]:
    """The heading as HTML, and where the text below it begins: after the title, where the text opens with it."""
    if not article.title:
        return shown(label("untitled", language)), 0
    end = len(article.title)
    if article.text[:end] == article.title and article.text[end : end + 1] in ("", "\n"):
        return _marked(article.text, 0, end, marked), end
    return shown(article.title), 0


def _facts(article: Article, language: Language, host: Host | None) -> str:
    rows = [
        ("article_source", shown(article.source or label("no_source", language))),
        ("article_published", time_html(article.published, language)),
    ]
    if article.author:
        rows.insert(1, ("article_author", shown(article.author)))
    told = "".join(f"<div><dt>{shown(label(name, language))}</dt><dd>{value}</dd></div>" for name, value in rows)
    copied = f'<p class="copied">{shown(_copied_words(article, language, host))}</p>' if host else ""
    return f'<dl class="facts">{told}</dl>{copied}{_original(article.url, language, host)}'


def _copied_words(article: Article, language: Language, host: Host) -> str:
    """That the page is a copy, by whom it was collected, and what prevails over it."""
    if web_host(article.url):
        return label("plain_copy_of", language, name=host.title)
    return label("plain_copy_bare", language)


def _original(url: str | None, language: Language, host: Host | None) -> str:
    """The link to the page that the article was taken from, with its host in sight; nothing for any other address."""
    name = web_host(url)
    if url is None or name is None:
        return ""
    words = label("article_original", language, host=name) + label("new_tab", language)
    leaving = ""
    if host and leads_outside(name, host.origins):
        leaving = f' <span class="leaving">{shown(label("plain_leaving", language, host=name))}</span>'
    return (
        f'<p class="original"><a href="{shown(url)}" target="_blank" rel="noopener noreferrer external">'
        f"{shown(words)}</a>{leaving}</p>"
    )


def _paragraphs(text: str, start: int, marked: Sequence[Span]) -> str:
    pieces = []
    for line in text[start:].split("\n"):
        if line.strip():
            pieces.append(f"<p>{_marked(text, start, start + len(line), marked)}</p>")
        start += len(line) + 1
    return "".join(pieces)


def _marked(text: str, start: int, end: int, marked: Sequence[Span]) -> str:
    """`text[start:end]` as HTML with the marked stretches in it. Only the first mark of the article gets the id."""
    pieces, place = [], start
    for number, (first, last) in enumerate(marked):
        begin, stop = max(first, start), min(last, end)
        if begin >= stop:
            continue
        opens = not text[first:begin].strip()
        name = ' id="quote"' if number == 0 and opens else ""
        pieces += [shown(text[place:begin]), f"<mark{name}>{shown(text[begin:stop])}</mark>"]
        place = stop
    return "".join([*pieces, shown(text[place:end])])


def _repairs(repairs: Sequence[Repair], language: Language) -> str:
    if not repairs:
        return ""
    rows = "".join(
        f"<tr><td>{shown(_kind(r.kind, language))}</td><td>{r.count}</td><td>{shown(r.example)}</td></tr>"
        for r in repairs
    )
    heads = "".join(
        f'<th scope="col">{shown(label(name, language))}</th>'
        for name in ("repair_kind", "repair_count", "repair_example")
    )
    summary = label("article_repairs", language, count=sum(r.count for r in repairs))
    return (
        f'<details class="repairs"><summary>{shown(summary)}</summary>'
        f"<p>{shown(label('article_repairs_means', language))}</p>"
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details>'
    )


def _kind(kind: str, language: Language) -> str:
    """The words for a kind of repair, or the kind as the cleaner names it where the labels have none."""
    try:
        return label(f"repair_{kind.replace('-', '_')}", language)
    except KeyError:
        return kind


def _turning(number: int, pages: int, language: Language) -> str:
    if pages == 1:
        return ""
    newer = f'<a href="/articles?page={number - 1}">{shown(label("page_newer", language))}</a>' if number > 1 else ""
    older = (
        f'<a href="/articles?page={number + 1}">{shown(label("page_older", language))}</a>' if number < pages else ""
    )
    place = shown(label("page_of", language, page=number, pages=pages))
    return f'<nav class="turning">{newer}<span>{place}</span>{older}</nav>'
