"""A question that leans on what was said before, made to stand alone by rule. Knows nothing of models.

Carries the last subject over only where the question points back: a pronoun, `那……呢`, `第二年`, or next to no words
of its own. A question that names its own subject is left as it is.
"""

from __future__ import annotations

import re

from corpus.fold import fold, simplify
from rag.asking import asked
from rag.language import is_english
from rag.records import Question

_PRONOUN = re.compile(
    r"他们|她们|它们|(?<!其)他(?!国|乡|人)|她|它|其(?!中|他|它|实|次|余)|(?<!应)该(?=[\u4e00-\u9fff]{2})|这(?!样|里)|那(?!么|样)|(?<![因如彼])此(?!外)|上述|前者|后者"
    r"|\b(?:he|she|it|they|him|her|his|its|their|them|this|that|these|those)\b"
)
_ELLIPSIS = re.compile(r"^(?:那么?|and|what about|how about)?[,，\s]*(?P<rest>.{1,24}?)(?:呢|怎么样)?[?？。!！\s]*$")
_YEAR = re.compile(r"(\d{4})(?=\s*年|\b)")
_SHIFTED_YEAR = re.compile(
    r"第二年|次年|翌年|下一年|the (?:next|following) year|前一年|上一年|the (?:previous|year before)"
)
_NAMED = re.compile(r"《[^》]*》|“[^”]*”|「[^」]*」")
_MOST_TURNS = 6
_MOST_CHARS = 600
_ORDINAL = re.compile(r"第[一二三四五六七八九十百\d]+[届次期季个年月]")


def standalone(question: Question) -> str:
    """The text of `question`, with the subject of the last question before it where it points back to one.

    What is put in is in Simplified characters and without full-width forms.
    """
    text = question.text
    before = ""
    for earlier in [turn.content for turn in question.history if turn.role == "user"][-_MOST_TURNS:]:
        before = simplify(_completed(earlier, before))
    return _completed(text, before)


def _completed(text: str, before: str) -> str:
    """`text` with what it takes over from the question `before`, which stands alone; empty where there is none."""
    folded = fold(text)
    points_back = _PRONOUN.search(_NAMED.sub(" ", folded))
    elliptical = _is_elliptical(folded)
    if not before or not (points_back or elliptical):
        return text
    if elliptical and (replaced := _with_slot_replaced(before, folded)):
        return replaced
    subject = _subject(before)
    if not subject or len(subject) + len(text) > _MOST_CHARS:
        return text
    return f"{subject}{', ' if is_english(text) else '，'}{text}"


def _is_elliptical(folded: str) -> bool:
    found = _ELLIPSIS.match(folded)
    if not found:
        return False
    marked = folded.rstrip("?？。! ！").endswith("呢") or folded.startswith(("那", "and ", "what about", "how about"))
    own = sum(len(run) for run in asked(folded).runs)
    return (bool(marked or _SHIFTED_YEAR.search(folded)) and own <= 14) or own <= 2


def _with_slot_replaced(before: str, folded: str) -> str | None:
    """`before` with its year or ordinal replaced by the one that `folded` names; None where it has none."""
    year = _YEAR.search(before)
    if year and (shift := _SHIFTED_YEAR.search(folded)):
        step = (
            -1
            if shift.group().startswith(("前", "上")) or "previous" in shift.group() or "before" in shift.group()
            else 1
        )
        other_year = int(year[1]) + step
        return before[: year.start()] + str(other_year) + before[year.end() :] if 1000 <= other_year <= 9999 else None
    if year and (other := _YEAR.search(folded)):
        return before[: year.start()] + other[1] + before[year.end() :]
    ordinal, another = _ORDINAL.search(before), _ORDINAL.search(folded)
    if ordinal and another and ordinal.group()[-1] == another.group()[-1]:
        return before[: ordinal.start()] + another.group() + before[ordinal.end() :]
    return None


def _subject(before: str) -> str:
    """What the last question was about: itself, without the words that ask."""
    folded = asked(before)
    if folded.english:
        return before.rstrip("?？ ")
    return "".join(folded.runs)
