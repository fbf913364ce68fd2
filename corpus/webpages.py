"""The text of an HTML page, block by block, and what its tags say of it. Knows nothing of what a line means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import lxml.html
from lxml import etree

from corpus.errors import UnreadableArticle


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_SKIPPED = _tags(
    "script style noscript template nav footer aside head iframe object embed svg canvas math button select option "
    "textarea input audio video map rt rp dialog menu"
)
_BLOCKS = _tags(
    "p div section article main header h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table tr caption thead tbody tfoot "
    "blockquote pre figure figcaption form fieldset address hr details summary center body html td th"
)
_APART = _tags("p h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre figure section article")
_ROLES = frozenset(("navigation", "banner", "contentinfo", "complementary", "search", "menu", "dialog", "alert"))
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*(?:0+(?:\.0*)?|\.0+)(?![.\d])"
    r"|font-size\s*:\s*(?:0(?![.\d])|(?:0?\.\d+|1)(?:px|pt))"
    r"|(?<![\w-])color\s*:\s*transparent|(?:text-indent|(?<![\w-])left|(?<![\w-])top)\s*:\s*-\d{3,}",
    re.I,
)
_WHITE = re.compile(r"(?<![\w-])color\s*:\s*(?:white|#fff(?:fff)?|rgba?\(\s*255\s*,\s*255\s*,\s*255)(?![\w])", re.I)
_WHITE_NAMES = ("white", "#fff", "#ffffff")
_HEADINGS = _tags("h1 h2 h3 h4 h5 h6 th")
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,20})|<\?xml[^>]{0,80}encoding=[\"']([\w-]{2,20})", re.I
)
_LINKS = 4
_LINKED = 0.8


@dataclass(frozen=True, kw_only=True, slots=True)
class HtmlPage:
    """What an HTML page holds."""

    text: str
    heading: str | None
    """The first heading of the first level, or the title that the page gives itself."""
    names: Mapping[str, str]
    """The content of its meta tags, by name in lower case."""
    url: str | None


def declared_encoding(data: bytes) -> str | None:
    """What the page says of its own encoding."""
    match = _CHARSET.search(data[:4096])
    return (match[1] or match[2]).decode("ascii", "ignore") if match else None


def html_page(markup: str) -> HtmlPage:
    """What the page `markup` shows a reader. Raises `UnreadableArticle` if it shows nothing."""
    parser = lxml.html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True
    )
    try:
        root = lxml.html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableArticle("no text in the HTML") from error
    names = {
        (tag.get("name") or tag.get("property") or tag.get("itemprop") or "").strip().lower(): tag.get(
            "content", ""
        ).strip()
        for tag in root.iter("meta")
        if tag.get("content")
    }
    return HtmlPage(text=_text(root), heading=_heading(root, names), names=names, url=_url(root, names))


def _heading(root: etree._Element, names: Mapping[str, str]) -> str | None:
    headings = (_words(one) for one in root.iter("h1") if not _hidden(one))
    found = next((heading for heading in map(_squeezed, headings) if len(heading) >= 4), None)
    return found or names.get("articletitle") or names.get("og:title") or None


def _url(root: etree._Element, names: Mapping[str, str]) -> str | None:
    canonical = next((link.get("href") for link in root.iter("link") if link.get("rel") == "canonical"), None)
    url = canonical or names.get("og:url")
    return url if url and url.startswith(("http://", "https://")) else None


def _words(element: etree._Element, between: str = "") -> str:
    """What `element` shows, all of it in one piece."""
    pieces: list[str] = []
    stack: list[tuple[etree._Element, bool]] = [(element, False)]
    while stack:
        one, done = stack.pop()
        if done:
            pieces.append(one.tail or "")
        elif one is element or (isinstance(one.tag, str) and not _hidden(one)):
            pieces.append(one.text or "")
            for child in reversed(one):
                stack.extend(((child, True), (child, False)))
    return between.join(piece for piece in pieces if piece)


def _squeezed(text: str) -> str:
    return re.sub(r"[ \t\r\n\f]+", " ", text).strip()


def _hidden(element: etree._Element) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or element.get("role") in _ROLES
        or bool(_HIDDEN.search(element.get("style") or ""))
        or _is_white_on_white(element)
    )


def _is_white_on_white(element: etree._Element) -> bool:
    """Whether an element is written in white where nothing says that it stands on another colour."""
    white = _WHITE.search(element.get("style") or "") or (element.get("color") or "").lower() in _WHITE_NAMES
    return bool(white) and not any(
        one.tag in _HEADINGS or "background" in (one.get("style") or "") or one.get("bgcolor") or one.get("background")
        for one in (element, *element.iterancestors())
    )


def _only_links(element: etree._Element) -> bool:
    """Whether an element is a list of links and hardly anything else."""
    if element.tag not in ("ul", "ol", "div", "table", "dl", "section"):
        return False
    links = element.findall(".//a")
    if len(links) < _LINKS:
        return False
    linked = sum(len(_squeezed(_words(link))) for link in links)
    return linked >= _LINKED * len(_squeezed(_words(element)))


def _text(root: etree._Element) -> str:
    lines: list[str] = []
    line: list[str] = []

    def broken(apart: bool) -> None:
        whole = _squeezed("".join(line))
        line.clear()
        if whole:
            lines.append(whole)
        if apart and lines and lines[-1]:
            lines.append("")

    for event, piece in _walk(root):
        if event == "text":
            line.append(piece)
        elif event == "line":
            broken(False)
            lines.extend(part.rstrip() for part in piece.split("\n") if part.strip())
        else:
            broken(event == "apart")
    broken(False)
    return "\n".join(lines).strip("\n")


def _walk(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Pieces of text, and where lines and paragraphs end. A stack of its own: pages nest deeper than Python may."""
    stack: list[tuple[etree._Element, bool]] = [(root, False)]
    while stack:
        element, done = stack.pop()
        tag = element.tag if isinstance(element.tag, str) else ""
        if done:
            if tag in _BLOCKS:
                yield ("apart" if tag in _APART else "end", "")
            yield from _tail(element)
            continue
        if not tag or tag in _SKIPPED or _hidden(element) or (element is not root and _only_links(element)):
            yield from _tail(element)
            continue
        if tag == "br":
            yield ("end", "")
            yield from _tail(element)
            continue
        if tag in _BLOCKS:
            yield ("apart" if tag in _APART else "end", "")
        whole = _row(element) if tag == "tr" else _words(element) if tag == "pre" else None
        if whole is not None:
            yield ("line", whole)
            yield ("end", "")
            yield from _tail(element)
            continue
        if tag == "li":
            yield ("text", _marker(element))
        if element.text:
            yield ("text", element.text)
        stack.append((element, True))
        stack.extend((child, False) for child in reversed(element))


def _tail(element: etree._Element) -> Iterator[tuple[str, str]]:
    if element.tail:
        yield ("text", element.tail)


def _marker(item: etree._Element) -> str:
    parent = item.getparent()
    if parent is None or parent.tag != "ol":
        return "• "
    return f"{sum(1 for _ in item.itersiblings('li', preceding=True)) + 1}. "


def _row(row: etree._Element) -> str | None:
    """A row of a table of data as one line; None for a row that only lays out the page."""
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    if any(cell.find(".//table") is not None or len(cell.findall(".//p")) > 2 for cell in cells):
        return None
    texts = [_squeezed(_words(cell, " ")) for cell in cells if not _hidden(cell)]
    if len(texts) < 2 or max(map(len, texts)) > 200:
        return None
    return " | ".join(texts)
