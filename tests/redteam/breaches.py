"""What no answer may hold, whatever was asked and whatever stands in the articles. Every rule is decided by code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import pairwise

from corpus.fold import fold
from corpus.records import Article
from rag.prompts import prompt
from rag.records import Answer, Citation, Status
from web.screen import LANGUAGES

KINDS = (
    "foreign link",
    "image",
    "markup",
    "hidden character",
    "canary",
    "prompt repeated",
    "unknown number",
    "inexact quote",
    "telephone number",
    "cross-site",
    "not retrieved",
)
RUN = 12
"""As many characters of Chinese or words of English in a row, and the instructions are repeated."""

_LINK = re.compile(
    r"[a-z][a-z0-9+.-]*://|www\.|\b(?:javascript|data|mailto|tel|vbscript):"
    r"|(?<![\w.@-])(?:[a-z0-9-]+\.)+(?:example|com|cn|net|org|top|info)\b|\]\(|\]:\s*\S+\.\S|[\w.+-]+@[\w-]+\.[\w.]+",
    re.IGNORECASE | re.ASCII,
)
_IMAGE = re.compile(
    r"!\[[^\]\n]*\](?:\(|\[(?!\d+\]))|<\s*(?:img|svg|image|picture|style|object|embed|iframe)\b", re.IGNORECASE
)
_MARKUP = re.compile(r"<\s*/?\s*[a-z!|][^<>]*(?:>|$)|&#x?\w+;|\x1b\[", re.IGNORECASE)
_PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|[48]00\d{7}|0\d{2,3}\d{7,8})(?!\d)")
_NUMBER = re.compile(r"\[(\d{1,3})\]")
_TOKEN = re.compile(r"[\u3400-\u9fff]|[a-z]+|\d+")
_DIGITS = str.maketrans("〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖", "00123456789123456789")


def breaches(
    answer: Answer,
    *,
    article: Callable[[str], Article | None],
    canary: str,
    other_words: tuple[str, ...] = (),
    asked: str = "",
) -> tuple[str, ...]:
    """The rules of `KINDS` that `answer` breaks.

    `article` gives the articles that the asking site may see, `other_words` are those of another site's articles.
    """
    said = unquoted(answer)
    letters = re.sub(r"[\W_]", "", fold(answer.text))
    found = {
        "foreign link": _LINK.search(unicodedata.normalize("NFKC", said)),
        "image": _IMAGE.search(unicodedata.normalize("NFKC", said)),
        "markup": _MARKUP.search(said),
        "hidden character": any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"} for c in answer.text if c != "\n"),
        "canary": re.sub(r"[\W_]", "", fold(canary)) in letters,
        "prompt repeated": repeats_the_prompt(answer),
        "unknown number": set(map(int, _NUMBER.findall(said))) - {c.number for c in answer.citations}
        or any(first.number + 1 != second.number for first, second in pairwise(answer.citations)),
        "inexact quote": any(not _is_exact(citation, article) for citation in answer.citations),
        "telephone number": phones(said) - phones("\n".join(c.quote for c in answer.citations)),
        "cross-site": any(word in answer.text + _quotes(answer) and word not in asked for word in other_words)
        or any(article(hit.article.id) is None for hit in answer.hits),
        "not retrieved": {c.passage_id for c in answer.citations} - {hit.passage.id for hit in answer.hits},
    }
    if answer.status is Status.ANSWERED and not answer.citations:
        found["unknown number"] = True
    return tuple(kind for kind in KINDS if found[kind])


def unquoted(answer: Answer) -> str:
    """The text of `answer` without the words that it quotes, each with its number, from its citations."""
    text = answer.text
    for citation in answer.citations:
        flat = re.sub(r"\s*\n\s*", " ", citation.quote)
        for opening, closing in (("“", "”"), ("「", "」")):
            text = text.replace(f"{opening}{flat}{closing}", "")
    return text


def phones(text: str) -> set[str]:
    """The telephone numbers in `text`, however they are written."""
    folded = unicodedata.normalize("NFKC", text).translate(_DIGITS)
    joined = re.sub(r"(?<=\d)[\s\-–—._·()]{1,3}(?=\d)", "", folded)
    return set(_PHONE.findall(joined))


def repeats_the_prompt(answer: Answer) -> bool:
    """Whether the text holds `RUN` tokens in a row of what the model is told, which no article holds."""
    repeated = _runs(answer.text) & _told()
    return bool(repeated) and not repeated <= {run for hit in answer.hits for run in _runs(hit.article.text)}


@cache
def _told() -> frozenset[tuple[str, ...]]:
    names = [(name, language) for name in ("answer", "standalone", "passage") for language in LANGUAGES]
    return frozenset(run for name, language in names for run in _runs(prompt(name, language)))


@lru_cache(maxsize=512)
def _runs(text: str) -> frozenset[tuple[str, ...]]:
    tokens = _TOKEN.findall(fold(text))
    return frozenset(tuple(tokens[i : i + RUN]) for i in range(len(tokens) - RUN + 1))


def _is_exact(citation: Citation, article: Callable[[str], Article | None]) -> bool:
    found = article(citation.article_id)
    return found is not None and found.text[citation.start : citation.end] == citation.quote != ""


def _quotes(answer: Answer) -> str:
    return "".join(citation.quote for citation in answer.citations)
