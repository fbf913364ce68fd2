"""Small pieces of screen text that the chat and the article pages share: escaped, local, in the reader's language.

Whatever comes from an article, a question or a model passes through `shown` before it stands in HTML. Knows nothing of
Gradio and FastAPI.
"""

from __future__ import annotations

import calendar
import html
import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from urllib.parse import quote, urlencode, urlsplit

from corpus.records import Script
from rag.prompts import label
from rag.records import Language

LANGUAGES: tuple[Language, ...] = ("zh-Hans", "zh-Hant", "en")

# Browsers name the same three in many ways; whoever reads none of them gets English.
_TRADITIONAL = re.compile(r"zh\b.*\b(?:hant|tw|hk|mo)\b", re.IGNORECASE)


def shown(text: str) -> str:
    """`text` as HTML that shows it: markup escaped, characters left out that hide or turn other text."""
    return html.escape(visible(text))


def visible(text: str) -> str:
    """`text` without the characters that hide or turn other text. Not escaped."""
    return "".join(c for c in text if not _hides(c))


def _hides(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co"}


def language_of(accept_language: str | None) -> Language:
    """The language of the screen for a browser with this `Accept-Language`; Simplified Chinese if it sends none."""
    wanted = sorted(map(_preference, (accept_language or "zh-CN").split(",")), key=lambda p: -p[1])
    for name, weight in wanted:
        if weight > 0 and name.lower().startswith("zh"):
            return "zh-Hant" if _TRADITIONAL.match(name) else "zh-Hans"
        if weight > 0 and name.lower().startswith("en"):
            return "en"
    return "en"


def _preference(part: str) -> tuple[str, float]:
    name, _, weight = part.partition(";q=")
    try:
        return name.strip(), float(weight) if weight else 1.0
    except ValueError:
        return name.strip(), 0.0


def script_tag(script: Script) -> Language:
    """The `lang` of a text in `script`."""
    return "zh-Hant" if script == "hant" else "zh-Hans"


def article_path(article_id: str, spans: Iterable[tuple[int, int]] = ()) -> str:
    """The address of an article on this server, opened at `spans` of its text. Starts with `/articles/`."""
    stretches = [pair for start, end in spans for pair in (("start", start), ("end", end))]
    path = f"/articles/{quote(article_id, safe='', errors='replace')}"
    return f"{path}?{urlencode(stretches)}#quote" if stretches else path


def embedded_article_path(article_id: str, start: int, end: int, *, key: str, language: Language) -> str:
    """The address of an article as the site with this public key may see it, opened at `[start, end)` of its text."""
    named = urlencode({"site_key": key, "lang": language, "start": start, "end": end})
    return f"/embed/articles/{quote(article_id, safe='', errors='replace')}?{named}#quote"


def leads_outside(host: str, origins: Iterable[str]) -> bool:
    """Whether a link to `host` leaves the sites of government and those of `origins`, which readers must be told."""
    name = host.lower().rstrip(".")
    if name == "gov.cn" or name.endswith(".gov.cn"):
        return False
    for origin in origins:
        own = urlsplit(origin).hostname or ""
        if name == own or (own.startswith("*.") and name.endswith(own[1:])):
            return False
    return True


def title_words(title: str | None, language: Language) -> str:
    """The title between the marks of its language, or the words for an article without one. Not escaped."""
    return label("title", language, title=title) if title else label("untitled", language)


def date_words(day: date | None, language: Language) -> str:
    """`day` in words, or the words for an unstated date."""
    if day is None:
        return label("no_date", language)
    month_name = calendar.month_name[day.month]
    return label("date", language, year=day.year, month=day.month, day=day.day, month_name=month_name)


def time_html(day: date | None, language: Language) -> str:
    """`day` as a `<time>` element, or the words for an unstated date."""
    words = shown(date_words(day, language))
    return f'<time datetime="{day.isoformat()}">{words}</time>' if day else words


def about_html(source: str | None, published: date | None, language: Language) -> str:
    """Source and date, each in a `<span>`, with the words for what is not stated."""
    return f"<span>{shown(source or label('no_source', language))}</span> <span>{time_html(published, language)}</span>"


def web_host(url: str | None) -> str | None:
    """The host of `url` if it is an ordinary web address, else None: `javascript:`, `data:`, user names, spaces."""
    try:
        parts = urlsplit(url or "")
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
    except ValueError:
        return None
    return parts.hostname if usable and not re.search(r"[\s\x00-\x20\\]", url or "") else None
