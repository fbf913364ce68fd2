"""A question that leans on what was said before, made to stand alone by rule. Knows nothing of models.

Something is carried over only where the question points back: a pronoun, `那……呢`, `第二年`, a correction, or words
that ask without naming anything. A question that names its own subject is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from corpus.fold import fold, simplify
from rag.asking import asked
from rag.contrast import replaced
from rag.language import is_english
from rag.mentioned import answered_with, one_of_two
from rag.names import bodies, opens_with_person, places
from rag.openings import Correction, back_to, correction, new_topic, without_courtesy
from rag.records import Question, Turn

_PRONOUN = re.compile(
    r"他们|她们|它们|(?<!其)他(?!国|乡|人)|她|它|其(?!中|他|它|实|次|余)|(?<!应)该(?=[\u4e00-\u9fff]{2})|这(?!样|里)|那(?!么|样)|(?<![因如彼])此(?!外)|上述|前者|后者"
    r"|另外(?=[一两二三四五六七八九十几])|剩下的"
    r"|\b(?:he|she|it|they|him|her|his|its|their|them|this|that|these|those|former|latter)\b"
)
_AND_WHAT_OF = re.compile(
    r"^(?:and|what about|how about)\s+(?!.*\b(?:who|what|which|when|where|why|how)\b).{1,40}$|^the (?:next|previous)"
)
_LEAD = re.compile(
    r"^(?:那么?(?![里边儿位个些场份次家款条座种时])|and\b|what about\b|how about\b)[,，\s]*", re.IGNORECASE
)
_ASKS = re.compile(r"什么|哪|谁|多少|几|怎|何|啥|\b(?:who|what|which|when|where|why|how)\b")
_PUTS_IN = re.compile(
    r"^那|呢[?？。!！\s]*(?:$|[,，])|(?:的|呢)?(?:又|也|则)(?:是|有)?(?:多少|怎么样|如何|帮我|查|看)|怎么样[?？。!！\s]*$"
    r"|第二年|次年|翌年|下一年|前一年|上一年"
)
_ASKING_TAIL = re.compile(
    r"(?:的|呢)?(?:又|也|则)?(?:是|有)?(?:多少|几[个家名位]?|什么|怎么样|如何|帮我.*|[查看问]一?下.*)?(?:吧|呢)?"
    r"[?？。.!！\s]*$"
)
_NAMES = re.compile(
    r"(?:了解|咨询|打听|查)(?:一下|下)[^,，]{2,}[,，]|[a-z]{2}|《|“|\d{4}"
    r"|[\u4e00-\u9fff]{2}(?:区|市|县|省|镇)(?!长|委)|第[一二三四五六七八九十\d]+届"
)
_DEFINES = re.compile(r"是(?:谁|什么|啥|哪|做什么)|什么意思")
_MOST_PUT_IN = 14
_FEW = 2
_OWN_ENOUGH = 9
"""From so many characters that carry meaning on, a question has a subject of its own."""
_YEAR = re.compile(r"(\d{4})(?=\s*年|\b)")
_SHIFTED_YEAR = re.compile(
    r"第二年|次年|翌年|下一年|the (?:next|following) year|前一年|上一年|the (?:previous|year before)"
)
_NAMED = re.compile(r"《[^》]*》|“[^”]*”|「[^」]*」")
_PROPER = re.compile(
    r"(?<=[a-z,;:] )(?!I\b)[A-Z][A-Za-z0-9&-]+|\b[A-Z]+\d+\b|\b[A-Z]{2,}\b|(?<=^And )[A-Z][a-z]+|[\u4e00-\u9fff]{2,}"
)
_AUXILIARY = "(?:will|did|does|do|is|are|was|were|has|have|had|can)"
_ENGLISH_HEAD = re.compile(
    r"^(?:and\s+)?(?:(?:what|which|who|whom|whose|when|where|why|how)(?:\s+(?:kind|sort) of)?(?:\s+\w+)??\s+)?"
    rf"{_AUXILIARY}\s+",
    re.IGNORECASE,
)
_ENGLISH_TAIL = re.compile(
    r",?\s*(?:who|what) (?:is|are|was|were) (?:that|this|he|she|it|they|those)\s*$", re.IGNORECASE
)
_HOW_MANY = re.compile(r"^how (?:many|much)\s+", re.IGNORECASE)
_HOW_MANY_OF = re.compile(rf"^how (?:many|much)\b.*?\b{_AUXILIARY}\s+", re.IGNORECASE)
_MOST_TURNS = 6
_MOST_CHARS = 600
_ORDINAL = re.compile(
    r"第[一二三四五六七八九十百\d]+[届次期季个年月]|\d+号[线楼院桥机]|\b(?:first|second|third|fourth|fifth|sixth)\b"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """An earlier question that stands alone, in Simplified characters, and what was answered."""

    question: str
    answer: str = ""
    topic: str = ""
    """What the conversation has been about since an earlier question, empty where this one stood alone."""
    own: str = ""
    """What was asked beside that."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Subject:
    """What a question takes over."""

    topic: str
    """What the conversation is about, without what the last question asked of it."""
    text: str

    @classmethod
    def of(cls, text: str) -> _Subject:
        return cls(topic=text, text=text)


def standalone(question: Question) -> str:
    """The text of `question`, with the subject of an earlier question where it points back to one.

    What is put in is in Simplified characters and without full-width forms; courtesies are left out.
    """
    said: list[_Said] = []
    for text, answer in _turns(question.history)[-_MOST_TURNS:]:
        now = _completed(text, said)
        said.append(replace(now, question=simplify(now.question), own=simplify(now.own), answer=simplify(answer)))
    return _completed(question.text, said).question


def _turns(history: Iterable[Turn]) -> list[tuple[str, str]]:
    """What the reader asked, each with what was answered."""
    turns: list[tuple[str, str]] = []
    for turn in history:
        if turn.role == "user":
            turns.append((turn.content, ""))
        elif turns:
            turns[-1] = (turns[-1][0], turn.content)
    return turns


def _completed(text: str, said: Sequence[_Said]) -> _Said:
    """`text` with what it takes over from what was `said`; as it is where it takes over nothing."""
    if not said:
        return _Said(question=text)
    own = without_courtesy(text)
    simple = simplify(own)
    if (changed := new_topic(simple)) is not None:
        asks = own[len(own) - len(changed) :]  # simplifying moves no character
        return _leaning(asks, said) if _PRONOUN.match(fold(asks)) else _Said(question=asks)
    if back := back_to(simple):
        return _carried(_subject(_speaking_of(back[0], said), ""), own)
    if corrects := correction(simple) or correction(simplify(text)):
        return _corrected(corrects, said[-1])
    return _leaning(own, said) if _leans(own) else _Said(question=own)


def _speaking_of(what: str, said: Sequence[_Said]) -> _Said:
    """The latest turn that speaks of `what`; the last where none does."""
    what = re.sub(r"^the\s+|\s+ones?$", "", what)
    return next((turn for turn in reversed(said) if what in turn.question), said[-1])


def _leans(own: str) -> bool:
    folded = fold(own)
    if is_english(own):
        pronoun, name = _PRONOUN.search(folded), _PROPER.search(own)
        points_back = pronoun and (not name or pronoun.start() < name.start())
        return bool(points_back) or not name or bool(_AND_WHAT_OF.match(folded))
    return bool(_PRONOUN.search(_NAMED.sub(" ", folded))) or _is_elliptical(folded)


def _is_elliptical(folded: str) -> bool:
    """Whether a question names nothing that it could be about, or says by `呢` that it only puts in another thing."""
    taken = asked(folded)
    if taken.english:
        return bool(_AND_WHAT_OF.match(folded))
    own = sum(len(run) for run in taken.runs)
    if _PUTS_IN.search(folded):
        return own <= _MOST_PUT_IN
    return own <= _FEW or (own <= _OWN_ENOUGH and not _names_something(folded) and not _DEFINES.search(folded))


def _names_something(folded: str) -> bool:
    return bool(_NAMES.search(folded) or places(folded) or bodies(folded) or opens_with_person(folded))


def _leaning(own: str, said: Sequence[_Said]) -> _Said:
    folded = fold(own)
    before = _meant(folded, said)
    simple = simplify(own)
    if _is_elliptical(folded):
        if slot := _with_slot_replaced(before.question, folded):
            return _Said(question=slot)
        put_in, rest = _put_in(simple) if is_english(simple) or _PUTS_IN.search(folded) else ("", "")
        if put_in and (
            other := _with_slot_replaced(before.question, fold(put_in)) or replaced(before.question, put_in)
        ):
            return _carried(_Subject.of("".join(asked(other).runs)), rest) if rest else _Said(question=other)
    return _carried(_subject(before, folded), own)


def _put_in(simple: str) -> tuple[str, str]:
    """The name that a short question puts in, and what else it asks."""
    bare = _LEAD.sub("", simple)
    if found := re.match(r"(?P<name>[^,，]{1,16}?)的?呢[,，\s]+(?P<rest>.{2,})$", bare):
        return found["name"], found["rest"]
    name = _ASKING_TAIL.sub("", bare)
    return ("", "") if _ASKS.search(fold(name)) else (name, "")


def _meant(folded: str, said: Sequence[_Said]) -> _Said:
    """The turn that a question points back to: the last, or an earlier one that alone speaks of what it names."""
    words = {a + b for run in asked(folded).runs for a, b in pairwise(run)}

    def shared(turn: _Said) -> int:
        text = fold(turn.question + turn.answer)
        return sum(pair in text for pair in words)

    best = max(reversed(said), key=shared)
    return best if shared(best) >= shared(said[-1]) + 2 else said[-1]


def _carried(subject: _Subject, own: str) -> _Said:
    if not subject.text or len(subject.text) + len(own) > _MOST_CHARS:
        return _Said(question=own)
    between = ", " if is_english(own) else "，"
    return _Said(question=f"{subject.text}{between}{own}", topic=subject.topic, own=own)


def _corrected(corrects: Correction, before: _Said) -> _Said:
    """The question before with what is wanted in the place of what was misunderstood."""
    wanted, dropped = corrects.wanted, corrects.dropped
    if dropped and dropped in before.question:
        if not _ASKS.search(fold(wanted)):
            return _Said(question=before.question.replace(dropped, wanted))
        subject = _subject(before, "")
        return _carried(_Subject.of(subject.text.replace(fold(dropped), "")), wanted)
    if _ASKS.search(fold(wanted)):
        return _carried(_subject(before, ""), wanted)
    slot = _with_slot_replaced(before.question, fold(wanted)) or replaced(before.question, wanted)
    return _Said(question=slot) if slot else _carried(_subject(before, "", counted=False), wanted)


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


def _subject(before: _Said, folded: str, *, counted: bool = True) -> _Subject:
    """What the earlier question was about, without the words that ask, and what it was answered with.

    Of an English `how many` without what is `counted`.
    """
    if chosen := one_of_two(folded, before.answer):
        return _Subject.of(chosen)
    own, english = before.own or before.question, is_english(before.question)
    said = _english_subject(own, counted=counted) if english else "".join(asked(own).runs)
    points_back = english or _PRONOUN.search(folded) or folded.startswith("是")
    named = (answered_with(before.question, before.answer) if points_back else None) or ""
    named = "" if fold(named) in fold(before.topic + said) else named
    between = " " if english else ""
    return _Subject(
        topic=between.join(filter(None, (before.topic or said, named))),
        text=between.join(filter(None, (before.topic, said, named))),
    )


def _english_subject(question: str, *, counted: bool) -> str:
    plain = _ENGLISH_TAIL.sub("", _LEAD.sub("", question.rstrip("?？. ")))
    return (_HOW_MANY if counted else _HOW_MANY_OF).sub("", _ENGLISH_HEAD.sub("", plain))
