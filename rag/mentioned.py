"""What an answer named: the person or thing that the next question calls `他`, `它` or `后者`.

Answers are read as words only; whatever they say is looked up in the articles like any other question.
"""

from __future__ import annotations

import re

from rag.asking import Kind, asked
from rag.names import persons

_MARKS = re.compile(r"\[\d+\]|[“”「」\"]|^.*?[：:]\s*\n", re.MULTILINE)
_FORMER = re.compile(r"前者|\b(?:the )?(?:former|first one)\b")
_LATTER = re.compile(r"后者|\b(?:the )?(?:latter|second one)\b")
_ASKING = re.compile(r"什么|哪|谁|多少|几|何|怎|啥")
_AFTER_VERB = re.compile(r"[订定署立成过了的]*(?P<named>[^,，。.;；:：!！?？\s(（]{2,24})")
_INTRODUCED = re.compile(
    r"(?:学家|顾问|选手|教练|作家|画家|企业家|投资人|负责人)([\u4e00-\u9fff]{2,4}?)(?=是|曾|现任|担任|[,，。、]|和|与|$)"
)
_BODY = re.compile(r"[局部院会市省县区厅处所馆台站校社司]$")  # 文化局局长: 文 may be a surname
_ENGLISH = re.compile(r"\b[A-Z][a-z]+(?:\s+(?:of\s+)?[A-Z][\w'-]+)+")
_MOST_READ = 2000


def one_of_two(folded: str, answer: str) -> str | None:
    """The person that `前者` or `后者` of a question means, of those that the answer named."""
    former, latter = _FORMER.search(folded), _LATTER.search(folded)
    if not former and not latter:
        return None
    named = _persons(_plain(answer))
    return None if len(named) < 2 else named[0] if former else named[-1]


def answered_with(question: str, answer: str) -> str | None:
    """The person or thing that `answer` names where `question` asked for it: `招商顾问团` for 成立了什么."""
    plain = _plain(answer)
    taken = asked(question)
    if taken.english:
        names = (match.group() for match in _ENGLISH.finditer(plain))
        asks = re.match(r"(?:and )?(?:who|which|what)\b", question, re.IGNORECASE)
        return next((name for name in names if name not in question), None) if asks else None
    if taken.kind is Kind.WHO or re.search(r"位|人", question):
        return next((name for name in _persons(plain) if name not in question), None)
    asks = _ASKING.search(question)
    if not asks:
        return None
    verb = question[: asks.start()].rstrip("了过的是")
    for length in (4, 3, 2, 1):
        start = plain.find(verb[-length:]) if len(verb) >= length else -1
        if start >= 0 and (found := _AFTER_VERB.match(plain, start + length)):
            return found["named"]
    return None


def _persons(text: str) -> list[str]:
    named = {name: text.find(name) for name in (*persons(text), *_INTRODUCED.findall(text))}
    named = {name: place for name, place in named.items() if not _BODY.search(name)}
    return sorted(named, key=lambda name: named[name])


def _plain(answer: str) -> str:
    return _MARKS.sub("", answer[:_MOST_READ])
