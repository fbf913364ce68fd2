"""The text of an answer as it goes to a reader: its numbers stand for sources, nothing in it hides or leads away.

Every function is pure. Knows nothing of HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.citations import on_one_line
from rag.records import Answer, Citation, Status
from web.screen import visible

NUMBER = re.compile(r"\[([1-9][0-9]{0,2})\]")
_BRACKETED = re.compile(r"\[([0-9]{1,3})\]")
# What makes an image, a link or markup of words that a quote holds, where a client reads them as Markdown or HTML.
_ACTIVE = re.compile(r"(?<=\])[(:]|<(?=[A-Za-z/!?])")
_WIDE = {"(": "（", ":": "：", "<": "＜"}

# What `rag.model_text` leaves of addresses, because it may also be words: hosts of any name before a path, numbers of
# machines, names in other scripts, a full stop of another script before a well-known ending.
_PATH = r"(?::\d{1,5})?(?:[/\\?#][^\s，。；、）》”\[\]]*)?"
_MORE = r"(?::\d{1,5})?[/\\?#][^\s，。；、）》”\[\]]*"
_NAME = r"[a-z0-9-]+"
_BEFORE = r"(?<![a-z0-9.-])"
_ENDINGS = "(?:中国|中國|公司|网络|網絡|网址|網址|政务|政務|公益|在线|在線|中文网|商城|集团|集團|网站|網站|香港)"
_WELL_KNOWN = (
    r"(?:com|cn|net|org|gov|edu|io|info|top|xyz|cc|vip|site|online|shop|app|club|link|click|zip|mov|xn--[a-z0-9-]+)"
)
_ADDRESS = re.compile(
    rf"[a-z][a-z0-9+.-]{{1,20}}:[/\\]+[^\s，。；、）》”\[\]]+"
    rf"|[/\\]{{2}}[\w-]+(?:[.．｡][\w-]+)*{_PATH}"
    rf"|{_BEFORE}(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?![\d.]*\d){_PATH}"
    rf"|{_BEFORE}{_NAME}(?:[.．｡]{_NAME})*[.．｡][a-z]{{2,}}{_MORE}"
    rf"|{_BEFORE}{_NAME}(?:[.．｡。]{_NAME})*[.．｡。]{_WELL_KNOWN}(?![a-z0-9-]){_PATH}"
    # Where such a name begins in Chinese words nobody can say, but without its end it is none.
    rf"|(?<=[\w-])[.．｡]{_ENDINGS}{_PATH}",
    re.IGNORECASE,
)


def said(answer: Answer) -> str:
    """The whole text of `answer` as it goes to a reader."""
    words = _with_quotes_told_apart(_cleaned(answer, visible(answer.text)), answer.citations)
    known = {str(citation.number) for citation in answer.citations}
    return _BRACKETED.sub(lambda mark: mark[0] if mark[1] in known else _widened(mark), words)


def said_so_far(answer: Answer) -> str:
    """The part of a growing `answer` that will not change: up to the last number whose source is known."""
    known = {str(citation.number) for citation in answer.citations}
    if not known:
        return ""
    words = _with_quotes_told_apart(visible(answer.text), answer.citations)
    end = 0
    for mark in _BRACKETED.finditer(words):
        if mark[1] not in known:
            break
        end = mark.end()
    return _cleaned(answer, words[:end])


def _cleaned(answer: Answer, words: str) -> str:
    if answer.status is Status.REFUSED:
        return words  # approved ones, which may name where help is
    # Also where the articles are quoted: one without a title is named by its first words, whatever these are.
    return without_addresses(words, (visible(citation.quote) for citation in answer.citations))


def _with_quotes_told_apart(text: str, citations: Iterable[Citation]) -> str:
    """`text` in which brackets around a number that a quote holds are wide: `[n]` stands for the citation n only.

    Wide are also the signs that would make an image, a link or markup of a quote.
    """
    for quote in (visible(citation.quote) for citation in citations):
        if _BRACKETED.search(quote):
            for words in (quote, on_one_line(quote)):
                text = text.replace(words, _BRACKETED.sub(_widened, words))
    return _ACTIVE.sub(lambda mark: _WIDE[mark[0]], text)


def _widened(mark: re.Match[str]) -> str:
    return f"［{mark[1]}］"


def numbers_in(text: str) -> list[int]:
    """The numbers of the citations in `text`, each once, from the smallest."""
    return sorted({int(mark[1]) for mark in NUMBER.finditer(text)})


def without_addresses(text: str, quotes: Iterable[str]) -> str:
    """`text` without anything like a web address that no quote holds. It is shown as text, but a reader may type it.

    `rag.model_text` has removed links, markup and most addresses from each sentence; this is what is left.
    """
    held = "\n".join(quotes)
    return _ADDRESS.sub(lambda found: found[0] if found[0].rstrip(".,!?;:") in held else "", text)
