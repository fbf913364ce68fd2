"""Numbers that a sentence tells and the evidence does not, but that follow from those that it has: a sum, a difference,
what is left of a whole, a multiple, a share, the time between two dates.

A number follows only where the sentence's words say how: `一共`, `其余`, `twice`. Knows nothing of numbers that the
evidence has.
"""

from __future__ import annotations

import itertools
import math
import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from rag import quantities
from rag.quantities import Quantity
from rag.support_clauses import Clause
from rag.support_reading import Reading

_REACHES = re.compile(r"(?:[至到成达]|\b(?:to|at)) ?(?:约|近|about )?\s*$")
"""Before a number that something came to, not by which it changed."""
_BEFORE = re.compile(
    r"上一?[届年次期轮]|去年|前[年次]|前一[年次届]|此前|原[来先本定]|计划|之前|以前|过去|\d{4}年"
    r"|\b(?:previous|before|earlier|last|then|formerly|used to)\b"
)
_CHANGED_BY = re.compile(
    r"[比较][^,，。;；]{0,12}(?:(?P<up>[多高增提涨升加扩])|[少低减降缩])[加少多了长高低出大小]?约?\s*$"
)
_MORE_THAN = re.compile(r"\s*(?:[a-z]+ )?(?:(?P<up>more|higher|longer)|less|fewer|lower|shorter) than\b")
_TOGETHER = re.compile(
    r"一共|即|也就是|相当于|总共|(?<!公)共(?=[\d计有为])|总计|合计|总数|全部|合起来|加起来|加在一起"
    r"|\bin (?:all|total)\b|\baltogether\b|\bcombined\b|\btotal(?:s|ling)?\b|\btogether\b|\bboth\b"
)
_APART = re.compile(
    r"[多少增减提降涨升缩差加扩调亏赚]|[高低贵](?:出|了)|[高低贵远近宽窄长短快慢](?=约?\d)|便宜|倒贴|[早晚]了|早于|晚于|相隔"
    r"|\b(?:more|less|fewer|higher|lower|longer|shorter|earlier|later|older|younger|cheaper)\b|\bby |\bmargin\b"
    r"|\b(?:rise|rose|increas|decreas|reduc|lost|lose|gain|grew|sav|cut|drop|f[ae]ll|difference)"
)
_REST = re.compile(
    r"其[余他它中]|剩|余下|另外?(?!行|一方面)|还有|尚有|以外|之外|也就是|即|意味着|相当于|当中|里有|[不未没无]|占|超出"
    r"|\b(?:rest|remain\w*|others?|another|left|yet|not|no|none|without|neither|of (?:the|its|their|those|all)"
    r"|a further|mean\w*|that is|only)\b|n't\b"
)
_LEFT = re.compile(r"其余|剩下|剩余|余下|\bthe (?:rest|remainder)\b")
_EACH = re.compile(r"每|各|均|\b(?:each|per|apiece|every|an?)\b")
_LASTS_BEFORE = re.compile(
    r"(?:[早晚快慢]了?|推迟|提前|延[长期后]|历时|为期|持续|时长|时隔|相隔|相距|间隔|长达|前后|整整|共|用时"
    r"|花了|用了|以来|有效期)[约近为是有了达]{0,2}\s*$"
    r"|\b(?:for|in|within|over|lasts?|lasted|lasting|last|past|after|of|first|about|nearly|takes?|took)\s*$"
)
_LASTS_BEHIND = re.compile(
    r"\s*(?:以?来|以?前|以?后|[之]?[间内]|周年|没有?|未)|\s*(?:ago|later|long|before|after|on)\b|[- ]"
)
_DOUBLED = re.compile(r"翻(?:了)?(?:一)?[番倍]|增[长加](?:了)?[一1]倍|\bdoubl|\btwice\b|\btwofold\b")
_ABOVE = re.compile(r"(?:超过?|逾|[不]止|过|多于|高于|[大多]于|over|more than|above|at least)\s*$")
_BELOW = re.compile(r"(?:不足|不到|不及|少于|低于|less than|under|below|fewer than)\s*$")
_NEARLY = re.compile(r"(?:近|将近|接近|差不多|nearly|almost|close to|just under)\s*$")
_ABOVE_BEHIND = re.compile(r"\s*(?:以上|多|余|有余)")
_BELOW_BEHIND = re.compile(r"\s*(?:以下|不到)")
_BOUNDED_BEFORE = re.compile(r"(?:[超逾满过]|[不低高多少大小][足到于]|under|over|above|below|than|least|most)\s*$")
_BOUNDED_BEHIND = re.compile(r"\s*(?:以|及以|或以)[上下内]")
_TIMES = frozenset({"秒", "分钟", "小时", "日", "周", "月", "季度", "年"})
_LEAST_BOUND = 0.8
"""How far below a bound, `不足一成`, a number may lie that keeps it."""
_MOST_BEYOND = 1.3
"""How far above a bound, `一半以上`, a share or a multiple may lie that keeps it."""
_CLOSE = 0.1
"""By what part a share or a multiple may differ from the one that it is about or near to."""
_IN_SIGHT = 80
"""How many characters apart two numbers may stand of which a third is the sum or the difference."""
_IN_VIEW = 120
"""The same for two of which it is a share or a multiple."""
_BESIDE, _BESIDE_ENGLISH = 12, 30
"""How many characters from a number the word may stand that tells it for a difference."""
_NEAR_ENOUGH = 20
"""How many characters apart the two ends of a step may stand."""
_MOST_PARTS = 3
_ALIKE = 1e-9


def tells_derived(said: Reading, clause: Clause, held: Reading) -> bool:
    """Whether `clause` tells a number that follows, and so speaks of others: `16座不能换乘` where 6 of 22 can."""
    return any(is_derived(said, number, held) for number in said.numbers if clause.start <= number.start < clause.end)


def is_derived(said: Reading, number: Quantity, held: Reading) -> bool:
    """Whether `held` does not have `number`, but it follows."""
    return not quantities.holds(held.numbers, number) and follows(said, number, held)


def follows(said: Reading, number: Quantity, held: Reading) -> bool:
    """Whether `said` tells by `number` what follows from the numbers or the dates of `held`."""
    if is_sum_or_difference(said, number, held):
        return True
    if (
        number.value > 2
        and number.unit in _TIMES
        and any(o.value == number.value and o.unit in _TIMES for o in held.numbers)
    ):
        return False  # `3周` for `3个月`
    clause = said.clauses.at(number.start)
    around = clause.text if clause else said.text
    is_told = bool(_REST.search(around))
    if _is_complement(number, held, is_told=is_told) or _is_rest(number, held, is_told=is_told):
        return True
    if _BEFORE.search(around) and _is_before_change(number, held):
        return True
    if _is_part(said, number, held):
        return True
    tells_share = number.unit == "倍" or (number.fraction and not _has_rival(said, number, held))
    if tells_share and _is_share(said.text, number, held):
        return True
    if _keeps_bound(said.text, number, held) or _is_between_hours(number, held):
        return True
    return _is_time_between(number, said) or (_lasts(said.text, number) and _is_time_between(number, held))


def _has_rival(said: Reading, number: Quantity, held: Reading) -> bool:
    """Whether `held` tells another fraction of what `said` tells `number` of."""
    clause = said.clauses.at(number.start)
    there = (held.clauses.at(other.start) for other in held.numbers if other.fraction)
    return clause is not None and any(
        len(word) > 1 and word[0] not in "#+-" for other in there if other for word in clause.words & other.words
    )


def is_sum_or_difference(said: Reading, number: Quantity, held: Reading) -> bool:
    """Whether `said` tells by `number` what numbers of `held` make together or lie apart."""
    clause = said.clauses.at(number.start)
    around = clause.text if clause else said.text
    near = _BESIDE if said.chinese else _BESIDE_ENGLISH
    first, last = (clause.start, clause.end) if clause else (0, len(said.text))
    beside = said.text[max(first, number.start - near) : min(last, number.end + near)]
    alike = _alike(number, held)
    is_change = _APART.search(beside) and not _REACHES.search(said.text[max(first, number.start - 8) : number.start])
    if is_change and (_is_difference(number, alike) or _is_change(number, held)):
        return True
    return bool(_TOGETHER.search(around)) and (_is_sum(number, alike) or _is_product(number, alike, held))


def _alike(number: Quantity, held: Reading) -> list[Quantity]:
    return [other for other in held.numbers if _counts_alike(other, number)]


def _counts_alike(one: Quantity, other: Quantity) -> bool:
    """Whether the two count the same as far as can be told: by unit and word, `3座` and `9座`."""
    if other.unit == "百分点":
        return one.unit == "%"
    return one.unit == other.unit and quantities.counts_alike(one, other)


def _lasts(text: str, number: Quantity) -> bool:
    """Whether the words beside `number` say that it is a time that goes by."""
    before = text[max(0, number.start - 12) : number.start]
    return bool(_LASTS_BEFORE.search(before) or _LASTS_BEHIND.match(text, number.end))


def _pairs(numbers: Sequence[Quantity], most: int) -> Iterator[tuple[Quantity, Quantity]]:
    """Each of `numbers`, in their order, with each that stands behind it at `most` so many characters off."""
    for place, one in enumerate(numbers):
        for other in numbers[place + 1 :]:
            if other.start - one.end > most:
                break
            yield one, other


def _is_difference(number: Quantity, alike: Sequence[Quantity]) -> bool:
    return number.unit != "%" and any(
        _same(abs(one.value - other.value), number.value) for one, other in _pairs(alike, _IN_SIGHT)
    )


def _is_change(number: Quantity, held: Reading) -> bool:
    """Whether a number of `held` is by `number` percent less or more than the one before it of its unit."""
    steps = itertools.pairwise(held.numbers)
    return number.unit == "%" and any(
        one.unit == other.unit != "%" and one.value and abs(100 * abs(other.value / one.value - 1) - number.value) < 0.5
        for one, other in steps
        if other.start - one.end < _NEAR_ENOUGH
    )


def _is_sum(number: Quantity, alike: Sequence[Quantity]) -> bool:
    return any(
        _same(sum(part.value for part in parts), number.value)
        for size in range(2, _MOST_PARTS + 1)
        for parts in zip(*(alike[start:] for start in range(size)), strict=False)
        if parts[-1].start - parts[0].end <= _IN_SIGHT * (size - 1)
    ) or any(_same(one.value + other.value, number.value) for one, other in _pairs(alike, _IN_SIGHT))


def _is_product(number: Quantity, alike: Sequence[Quantity], held: Reading) -> bool:
    """Whether `held` has so many of each, `6个班，每班45人`, as make `number`."""
    return any(
        _EACH.search(held.text[max(0, each.start - 8) : each.end + 8]) and _same(each.value * many.value, number.value)
        for each in alike
        for many in held.numbers
        if many is not each and abs(many.start - each.start) <= _IN_SIGHT
    )


def _is_rest(number: Quantity, held: Reading, *, is_told: bool) -> bool:
    """Whether `number` is what some parts leave of a whole that stands near them. Where the sentence has no word that
    says so, `is_told`, the evidence has to: `其余由县里配套`."""
    alike = _alike(number, held)
    for place, whole in enumerate(alike):
        near = [part for part in alike[max(0, place - 2) : place + 4] if part is not whole and part.value < whole.value]
        near = [part for part in near if abs(part.start - whole.start) <= _IN_SIGHT]
        for size in range(1, _MOST_PARTS + 1):
            for parts in itertools.combinations(near, size):
                if not _same(whole.value - sum(part.value for part in parts), number.value):
                    continue
                if is_told or _leaves(held, parts[-1]):
                    return True
    return False


def _leaves(held: Reading, part: Quantity) -> bool:
    """Whether `held` says right after `part`, in its sentence, whose the rest is."""
    return bool(_LEFT.search(re.split(r"[。!?！？\n]", held.text[part.end : part.end + _IN_SIGHT // 2])[0]))


def _is_complement(number: Quantity, held: Reading, *, is_told: bool) -> bool:
    """Whether `number` is what a percentage leaves of all."""
    return number.unit == "%" and any(
        quantities.says(replace(part, value=100 - part.value), number) and (is_told or _leaves(held, part))
        for part in held.numbers
        if part.unit == "%"
    )


def _is_before_change(number: Quantity, held: Reading) -> bool:
    """Whether `number` was there before `held` lets it change by one number to another: `37亿元，比上届增加5亿元`."""
    for one, other in _pairs(_alike(number, held), _IN_SIGHT):
        changed = _CHANGED_BY.search(held.text[one.end : other.start]) or _MORE_THAN.match(held.text, other.end)
        if changed and number.value == one.value + (-other.value if changed["up"] else other.value):
            return True
    return False


def _is_part(said: Reading, number: Quantity, held: Reading) -> bool:
    """Whether `number` is the percentage, which `said` tells too, of a whole that both stand in `held`."""
    wholes = [other for other in held.numbers if other.unit == number.unit != "%" and other.unit]
    return any(
        _same(whole.value * share.value / 100, number.value)
        for share in held.numbers
        if share.unit == "%" and quantities.holds(said.numbers, share)
        for whole in wholes
        if abs(whole.start - share.start) <= _IN_VIEW
    )


def _is_share(text: str, number: Quantity, held: Reading) -> bool:
    """Whether `number` is how many times one number of `held` is another, or a round share of it."""
    if number.unit == "倍" and number.value == 2 and _DOUBLED.search(held.text):
        return True
    scale = 100.0 if number.unit == "%" else 1.0
    for one in held.numbers:
        for other in held.numbers:
            if one is other or one.unit != other.unit or not other.value or abs(one.start - other.start) > _IN_VIEW:
                continue
            if number.unit == "%" and one.value >= other.value:
                continue
            if _fits_bound(text, number, scale * one.value / other.value):
                return True
    return False


def _fits_bound(text: str, number: Quantity, value: float) -> bool:
    """Whether `value` is `number`, or lies on the side of it, and not far off, that the words around it say."""
    before = text[max(0, number.start - 12) : number.start]
    if _ABOVE.search(before) or _ABOVE_BEHIND.match(text, number.end):
        return number.value < value <= _MOST_BEYOND * number.value
    if _BELOW.search(before) or _BELOW_BEHIND.match(text, number.end):
        return _LEAST_BOUND * number.value <= value < number.value
    if _NEARLY.search(before):
        return (1 - _CLOSE) * number.value <= value <= number.value
    if number.vague:
        return abs(value - number.value) <= _CLOSE * number.value
    return abs(value - number.value) <= (1.0 if number.unit == "%" else 0.01 * number.value)


def _keeps_bound(text: str, number: Quantity, held: Reading) -> bool:
    """Whether `text` tells a bound, `不足一成`, that a plain number of the evidence keeps."""
    return bool(_BELOW.search(text[: number.start])) and any(
        _LEAST_BOUND * number.value < other.value < number.value
        for other in held.numbers
        if other.unit == number.unit
        and not _BOUNDED_BEFORE.search(held.text[max(0, other.start - 12) : other.start])
        and not _BOUNDED_BEHIND.match(held.text, other.end)
    )


def _is_time_between(number: Quantity, held: Reading) -> bool:
    """Whether so much time, first and last day counted or not, lies between two dates of `held` or up to its own."""
    days = list(_filled(held))
    if number.unit == "年":
        years = {day[0] for day in days}
        return any(abs(one - other) + extra == number.value for one in years for other in years for extra in (0, 1))
    for one, other in itertools.pairwise(days):
        months = abs(12 * (other[0] - one[0]) + other[1] - one[1])
        if number.unit == "月" and (months == number.value or months + 1 == number.value):
            return True
        if number.unit in ("日", "周") and one[2] and other[2]:
            apart = abs((_date(other) - _date(one)).days)
            if number.value * (7 if number.unit == "周" else 1) in (apart, apart + 1):
                return True
    return False


def _is_between_hours(number: Quantity, held: Reading) -> bool:
    """Whether so many hours lie between two of `held`: `15时至19时`."""
    hours = [other for other in held.numbers if other.unit == "时"]
    return number.unit == "小时" and any(last.value - one.value == number.value for one, last in _pairs(hours, 12))


def _date(day: tuple[int, int, int | None]) -> date:
    return date(day[0], day[1], min(day[2] or 1, monthrange(day[0], day[1])[1]))


def _filled(held: Reading) -> Iterator[tuple[int, int, int | None]]:
    """The dates of `held`, each with the year and the month before it where it says none."""
    year, month = (held.published.year, held.published.month) if held.published else (None, 1)
    for day in held.days:
        later = day.year is None and day.month is not None and month is not None and day.month < month - 6
        year = day.year or (year + later if year else None)
        month = day.month or month
        if year and month:
            yield year, month, day.day


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_ALIKE, abs_tol=_ALIKE)
