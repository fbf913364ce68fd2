"""The numbers, dates and titles of a sentence, and whether the evidence says them of the same thing.

A fact that the evidence does not have is missing. One that it has is held, unless its words stand with another fact of
the same sort, or its period is another: `每月` for `每年`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias, TypeVar

from rag import dates, quantities
from rag.support_binding import Span, is_swapped
from rag.support_clauses import PARTICLES, Clause
from rag.support_derived import follows, is_sum_or_difference, tells_derived
from rag.support_reading import HAN, NOT_LETTERS, Reading, Title

_Fact: TypeAlias = quantities.Quantity | dates.Day | Title
_Found = TypeVar("_Found", quantities.Quantity, dates.Day)

_HAN_DIGIT = "〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖"
_SPELLED = re.compile(rf"\d*[{_HAN_DIGIT}][\d{_HAN_DIGIT}]{{6,}}")
_PLAN = re.compile(r"[一二三四五六七八九]?十[一二三四五六七八九][一二三四五六七八九]")
_YEAR_BEFORE = re.compile(r"同比|上年|去年|year[- ](?:earlier|on[- ]year)|a year ago|previous year|last year")
_COMPARED = re.compile(r"[比较]|同期|\b(?:than|from|compared|against|over)\b")
_REPORTED = re.compile(r"报道|消息|刊登|刊发|讯|文章|publish|report|article")

_NEXT = re.compile(r"\s*([a-z]{1,4}|.)", re.DOTALL)
_NEAR_ENOUGH = 20
"""How many characters apart the two ends of a step may stand."""
_OF_REST = re.compile(r"其[余他它]|另有?|剩下?|\b(?:other|remaining|rest)\s*$")
_OF_REST_SAID = re.compile(
    r"其[余他它]|另|剩|还[有剩]|尚|余下|没|未|不|\b(?:others?|remain\w*|rest|left|not|yet|still)\b"
)
_FEW = 3
"""The most things that a sentence may count by itself."""
_EACH = re.compile(r"每\d*([人名位个日天周星月季年学户家艘辆台亩吨斤件所校班车次])")
_SAME_COUNT = {"名": "人", "位": "人", "个": "人", "日": "天", "星": "周", "学": "年", "家": "户"}
_RANGE = re.compile(r"\s*(?:[-–—~～至到]|to)\s*")
_WAS_TO_BE = re.compile(r"(?:原定|(?<!比)原计划|原拟|原本|\boriginally)(?:(?![推延改提晚早到至])[^,，。;；]){0,12}$")
_FROM = re.compile(
    r"(?:[由从]|\b(?:r[oi]se|f[ae]ll|cut|rais|lower|increas|decreas|reduc|chang|grew|dropp?)[a-z]*\b[^,.;]{0,20}\bfrom\b)[^,，。;；]*$"
)
_TO = re.compile(r"(?!的)[^,，。;；]{0,6}[增升降减缩提调改扩涨跌变]|[^,.;]{0,12}\bto\b")
_PAST = re.compile(
    r"[由从原曾]|此前|之前|以前|先前|过去|推迟|延[期后至]|本来|底|末|高于|多于|比"
    r"|from|original|before|previous|earlier|than"
)

# Words of one sort, of which a text that has another does not say this one. `|` stands between those that say the same.
_SORTS = tuple(
    tuple(re.compile(spelling.replace("_", r"\s")) for spelling in sort.split())
    for sort in (
        r"""一次性|one-off|one-time
        每天|每日|日均|一天|单日|\bdaily\b|(?:per|a|each|every)_day\b
        每周|每星期|周均|\bweekly\b|(?:per|a|each|every)_week\b
        每月|月均|每个月|按月|\bmonthly\b|(?:per|a|each|every)_month\b
        每季|季均|\bquarterly\b
        每年|年均|每学年|\bannual|\byearly\b|(?:per|a|each|every)_year\b
        每小时|\bhourly\b|(?:per|an)_hour\b
        每分钟?|(?:per|a)_minute\b""",
        r"""每人|人均|\bper_(?:person|capita|head)\b
        每户|户均|\bper_household\b
        每平方米 每亩|每公顷 每吨|每公斤""",
        r"上半年|\bfirst_half 下半年|\bsecond_half",
        r"上旬|月初|\bearly\b 中旬|\bmid- 下旬|月底|月末|\blate\b|end_of",
        r"年初|岁首 年中 年底|年末|岁末",
        r"""不得?少于|不得?低于|至少|下限|\bat_least|(?:no|not)_(?:less|fewer)
        不得?超过|不得?多于|不得?高于|至多|上限|以内|\bat_most|(?:no|not)_more_than""",
    )
)


def look_up(said: Reading, held: Reading) -> dict[str, bool]:
    """Each fact of `said` and whether `held` has it, about the same thing where that can be told."""
    alike = said.chinese == held.chinese
    found: dict[str, bool] = {}
    for text, there in (*_days(said, held, alike=alike), *_numbers(said, held, alike=alike)):
        found[text] = there and found.get(text, True)  # `14日至16日` is two days in one text
    spelled = {run: run in held.text for run in _SPELLED.findall(said.text)}  # a telephone number in words
    plans = {plan: plan in held.text for plan in _PLAN.findall(said.text)}
    swapped = {name: False for name in (*_swapped_names(said, held), *_mixed_names(said, held))} if alike else {}
    return found | spelled | plans | swapped | dict(_titles(said, held, alike=alike))


def _days(said: Reading, held: Reading, *, alike: bool) -> Iterator[tuple[str, bool]]:
    when = (held.published.year, held.published.month, held.published.day) if held.published else None
    for day in said.days:
        places: Sequence[dates.Day] = dates.held_days(held.days, day, published=when)
        there = bool(places) or dates.is_published(day, when) or _holds_bare_year(said, day, held)
        if places and alike and not (places := _not_past(said, day, held, places)):
            there = False
        elif places and alike and not _is_of_report(said.clauses.at(day.start), places, held):
            rivals = [other for other in held.days if other not in places and dates.is_as_exact(other, day)]
            rivals = _not_past(said, day, held, rivals)
            there = not is_swapped(said.facts, _span(day), held.facts, _spans(places), _spans(rivals))
            there = there and (any(p.day for p in places) or _has_period(said, day, held, places))
        yield day.text, there


def _is_of_report(clause: Clause | None, places: Sequence[dates.Day], held: Reading) -> bool:
    """Whether the day is the one on which the evidence was published, and the clause speaks of that."""
    return clause is not None and bool(_REPORTED.search(clause.text)) and any(p.start == 0 for p in places)


def _holds_bare_year(said: Reading, day: dates.Day, held: Reading) -> bool:
    """`2020年` is also said by `2020`, part of a name or of a range, and by `同比` in the year after."""
    if day.month is not None or day.day is not None or day.year is None:
        return False
    known = {held.published.year} if held.published else set()
    clause = said.clauses.at(day.start)
    if clause and (_COMPARED.search(clause.text) or tells_derived(said, clause, held)):
        known |= {other.year for other in held.days if other.year}
    if day.year + 1 in known and _YEAR_BEFORE.search(held.text):
        return True
    return bool(re.search(rf"(?<!\d){day.year}(?!\d)", held.text))


def _numbers(said: Reading, held: Reading, *, alike: bool) -> Iterator[tuple[str, bool]]:
    for number in said.numbers:
        if number.value <= 10 and re.search(r"(?:方面|(?<!分)点|类|者)$", number.text):
            continue  # `三个方面` counts what the sentence itself lists
        if not alike and number.unit == "第" and number.value == 1:
            continue  # `first` is read as no number
        places = [other for other in held.numbers if quantities.says(other, number)]
        if number.unit and not any(place.unit for place in places) and _has_another_unit(number, held):
            places = []  # `30周` is not said by `20:30` where `30天` is
        if not places:
            written = re.search(rf"(?<![\d.,]){re.escape(number.text)}(?![\d.])", held.text)
            there = (
                bool(written)
                or _is_day(said, number, held)
                or _is_span_of_days(number, held)
                or follows(said, number, held)
            )
            yield number.text, there or _is_small_count(number, held)
            continue
        units = {number.unit, *(place.unit for place in places)}
        if not alike:
            # `48 hours` is two days only where the evidence tells of no other hours.
            yield number.text, number.unit in ("", *(p.unit for p in places)) or not _has_unit(held, number.unit)
            continue
        still = _not_past(said, number, held, places)
        if not still:
            yield number.text, False
            continue
        rivals = [
            other for other in held.numbers if other not in places and _could_be(other, number, held, said, units)
        ]
        ends = [other for other in said.numbers if _is_range(said.text, number, other)]
        rivals = [rival for rival in rivals if not any(quantities.says(rival, end) for end in ends)]
        swapped = is_swapped(said.facts, _span(number), held.facts, _spans(still), _spans(rivals))
        swapped = swapped and not _is_in_company(said, number, held, still, rivals)
        another = _counts_another(said, number, held, places)
        another = (swapped or another) and not is_sum_or_difference(said, number, held)
        another = another or _is_reversed(said, number, held)
        yield number.text, not another and _has_period(said, number, held, places)


def _is_in_company(
    said: Reading,
    number: quantities.Quantity,
    held: Reading,
    places: Sequence[quantities.Quantity],
    rivals: Sequence[quantities.Quantity],
) -> bool:
    """Whether another number of `said` stands in one clause with `number` in `held`, and in none with a rival; or both
    tell by it of the rest, `其余3家`, and so not in the words that stand there."""
    if any(_OF_REST.search(held.text[max(0, place.start - 4) : place.start]) for place in places):
        clause = said.clauses.at(number.start)
        return clause is not None and bool(_OF_REST_SAID.search(clause.text))
    others = [other for other in said.numbers if other != number and not quantities.says(other, number)]
    beside = [place for place in held.numbers if any(quantities.says(place, other) for other in others)]
    clauses = [clause for clause in map(held.clauses.at, (place.start for place in beside)) if clause]
    near, far = (
        any(clause.start <= one.start < clause.end for one in some for clause in clauses) for some in (places, rivals)
    )
    return near and not far


def _not_past(said: Reading, fact: _Fact, held: Reading, places: Sequence[_Found]) -> list[_Found]:
    """Those of `places` of which `held` says more than that it was so before: `由96处增至120处`, `原定5月`."""
    clause = said.clauses.at(fact.start)
    if clause is None or _PAST.search(clause.text):
        return list(places)
    return [place for place in places if not _is_past(held.text, place)]


def _is_past(text: str, place: _Fact) -> bool:
    before, after = text[max(0, place.start - 36) : place.start], text[place.end : place.end + 16]
    return bool(_WAS_TO_BE.search(before) or (_FROM.search(before) and _TO.match(after)))


def _is_reversed(said: Reading, number: quantities.Quantity, held: Reading) -> bool:
    """Whether `said` lets go from `number` to another what `held` lets go from that to `number`."""
    later = [other for other in said.numbers if number.end <= other.start <= number.end + _NEAR_ENOUGH]
    if not later or not _is_past(said.text, number):
        return False
    for first, last in zip(held.numbers, held.numbers[1:], strict=False):
        if quantities.says(first, later[0]) and quantities.says(last, number) and _is_past(held.text, first):
            return True
    return False


def _has_unit(held: Reading, unit: str) -> bool:
    return any(other.unit == unit for other in held.numbers)


def _has_another_unit(number: quantities.Quantity, held: Reading) -> bool:
    return any(other.value == number.value and other.unit not in ("", number.unit) for other in held.numbers)


def _could_be(
    other: quantities.Quantity, number: quantities.Quantity, held: Reading, said: Reading, units: set[str]
) -> bool:
    """Whether `other` counts what `number` counts: by one of the `units` in which the evidence says it, or the
    character behind where none is known."""
    if not number.unit:
        return not other.unit and _counted(held.text, other) == _counted(said.text, number)
    return other.unit in units - {""} and quantities.counts_alike(other, number)


def _counted(text: str, number: quantities.Quantity) -> str:
    """The character behind a number without a unit, or the beginning of the English word: what it counts."""
    found = _NEXT.match(text, number.end)
    return found[1] if found else ""


def _counts_another(
    said: Reading, number: quantities.Quantity, held: Reading, places: Sequence[quantities.Quantity]
) -> bool:
    """Whether `said` counts with `number` what the evidence counts with another number: `600床` for `600顶`."""
    counted = _counted(said.text, number)
    if number.unit or (len(counted) < 4 if counted.isascii() else not HAN.match(counted) or counted in PARTICLES):
        return False
    if not counted.isascii():
        counts = any(counted == _counted(held.text, place) for place in places)
    else:
        ends = [min([place.end + 40, *(o.start for o in held.numbers if o.start >= place.end)]) for place in places]
        counts = any(counted in held.text[place.end : end] for place, end in zip(places, ends, strict=True))
    if counts:
        return False
    return any(counted == _counted(held.text, other) for other in held.numbers if other not in places)


def _is_range(text: str, one: quantities.Quantity, other: quantities.Quantity) -> bool:
    return bool(_RANGE.fullmatch(text[min(one.end, other.end) : max(one.start, other.start)]))


def _is_small_count(number: quantities.Quantity, held: Reading) -> bool:
    """Whether `number` is a few, `两家公司`, and the evidence counts nothing with its unit: it names them."""
    return (
        number.value <= _FEW
        and number.unit in quantities.COUNTING
        and all(other.unit != number.unit for other in held.numbers)
    )


def _is_day(said: Reading, number: quantities.Quantity, held: Reading) -> bool:
    first = re.search(r"(?:前|头|first )$", said.text[: number.start])  # `前9个月` is 1至9月
    is_part = not number.unit or bool(first) or bool(re.search(r"\d[日月]$", number.text))  # not `6个月`, `6 months`
    return (
        is_part and number.unit in ("", "日", "月") and any(number.value in (d.day, d.month, d.year) for d in held.days)
    )


def _is_span_of_days(number: quantities.Quantity, held: Reading) -> bool:
    """Whether `held` says of so many days what could be the day of a month: `停业整顿10日`."""
    day = f"{number.value:g}日"
    spans = rf"(?:[超满内过需足限达为个留顿]|至少|最多){day}|(?<![月\d.至到-]){day}(?:以?[内上下]|后|前|的期限)"
    return number.unit == "日" and bool(re.search(spans, held.text))


def _has_period(said: Reading, fact: _Fact, held: Reading, places: Sequence[_Fact]) -> bool:
    """Whether no word of a sort with `fact` stands against another of that sort at all of its `places`."""
    around = _around(said, fact.start)
    for sort in _SORTS:
        asked = _of(sort, around)
        if not asked:
            continue
        there = [_of(sort, _around(held, place.start)) for place in places]
        if all(found and not found & asked for found in there):
            return False
    each = _per(said, fact.start)
    per = [_per(held, place.start) for place in places]
    return not (each and per and all(other and not other & each for other in per))


def _per(reading: Reading, place: int) -> set[str]:
    """What `每` stands before in the clause, those that count alike as one."""
    return {_SAME_COUNT.get(each, each) for each in _EACH.findall(_around(reading, place))}


def _of(sort: tuple[re.Pattern[str], ...], text: str) -> set[int]:
    return {place for place, spelling in enumerate(sort) if spelling.search(text)}


def _around(reading: Reading, start: int) -> str:
    clause = reading.clauses.at(start)
    return clause.text if clause else ""


def _swapped_names(said: Reading, held: Reading) -> Iterator[str]:
    """The names of `said` that stand where `held` has another in the same words."""
    for name, spans in said.names.items():
        places = held.names.get(name, [])
        rivals = [span for other, there in held.names.items() if other not in said.names for span in there]
        if spans and is_swapped(said.facts, spans[0], held.facts, places, rivals, whole=False):
            yield name


def _mixed_names(said: Reading, held: Reading) -> Iterator[str]:
    """The English names of `said` of which `held` has the first name with another last one, and the other way round."""
    if said.chinese:
        return
    known = [name.split() for name in held.names]
    for name in said.names:
        first, last = name.split()
        others = any(one == first and two != last for one, two in known)
        others = others and any(one != first and two == last for one, two in known)
        if others and not re.search(rf"\b{re.escape(first)} (?:\w+ )?{re.escape(last)}\b", held.text):
            yield name  # not `Dr Nand` for `Dr Priya Nand`


def _titles(said: Reading, held: Reading, *, alike: bool) -> Iterator[tuple[str, bool]]:
    """The 《titles》 and “quotations”, which the evidence has to have to the letter."""
    for title in said.titles:
        if held.chinese and not HAN.search(title.words):
            continue  # a translation cannot be looked up
        parts = [NOT_LETTERS.sub("", part) for part in re.split(r"…+|\.{3,}", title.words)]
        there = all(part in held.letters for part in parts)
        if there and alike:
            places = [other for other in held.titles if other.words == title.words]
            rivals = [other for other in held.titles if other.words != title.words and other.text[0] == title.text[0]]
            there = not is_swapped(said.facts, _span(title), held.facts, _spans(places), _spans(rivals))
        yield title.text, there


def _span(fact: _Fact) -> Span:
    return Span(fact.start, fact.end)


def _spans(facts: Sequence[_Fact]) -> list[Span]:
    return [Span(fact.start, fact.end) for fact in facts]
