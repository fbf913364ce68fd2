"""Personal data in what people type: identity numbers, mobile numbers, bank cards and e-mail addresses.

Found by their form and their check digits, also in full-width digits and in groups, so that numbers of documents,
organisations, services, amounts and times are left alone. Knows nothing of names and addresses: no rule finds these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from corpus.fold import Folded, fold_with_offsets

Kind = Literal["id_number", "mobile", "bank_card", "email"]

MASK = "***"
"""What stands in a masked text instead."""

_HIDDEN = frozenset("\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufe0e\ufe0f\ufeff")
_GAP = r"[ \t]{0,2}(?:[.·_\-\u2010-\u2015\u2212][ \t]{0,2})?"
_GROUP = re.compile(rf"(?P<gap>{_GAP})(?P<digits>\d+x?(?![a-z])|\d+|x(?![a-z0-9]))")
_EMAIL = re.compile(
    r"(?<![a-z0-9._%+\-])[a-z0-9](?:[a-z0-9._%+\-]{0,62}[a-z0-9])? ?@ ?(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+"
    r"[a-z]{2,18}(?![a-z0-9\-])"
)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10x98765432"
_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split()
)
_MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9]\d{9}")
_MOBILE_GROUPS = ((11,), (13,), (15,), (3, 4, 4), (3, 8), (4, 4, 3), (1,) * 11)
_SPACED_MOBILE_GROUPS = ((5, 6), (4, 3, 4), (7, 4))
_YEARS = re.compile(r"(?:1[89]|20)\d\d(?:19|20)\d\d")
_COUNTRY = ("86", "0086")
# Issuer numbers and lengths: UnionPay and the older cards of Chinese banks, Visa, Mastercard, American Express, JCB,
# Diners, Discover.
_CARD = re.compile(
    r"6[02]\d{14,17}|9(?:558|559|5510|40)\d{12,15}|4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}"
    r"|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}"
    r"|6(?:5\d\d|858)\d{12}"
)
# What a number of this length counts or names when these words stand beside it.
_UNIT = (
    r"(?:[万亿千百]*[多余]?(?:[美欧日港韩澳]?元(?![旦月宵])|英镑|人(?![民在已没还也不正刚去到住回叫很走姓])|吨|公斤|千克|克(?!拉)"
    r"|股(?!份)|户(?![口籍])|次(?!日)|件|米(?!易)|公里|亩|公顷|平方|立方|千瓦|票(?!据)|台(?![州湾北中南山前])|辆|册|套"
    r"|家(?![里人在住中])|岁|斤|升(?![学级])|瓶)|[亿%]|万(?![州宁载年盛源荣安]))"
)
_COUNTED = re.compile(rf"\s*(?:[\-\u2013\u2014~～至到]\s*[\d.,]+\s*)?{_UNIT}")
# Behind these words a number is somebody's unless a unit and nothing more follows it.
_LABEL = re.compile(
    r"(?:(?:电话|手机|联系方式|微信)(?:号码?)?|(?<!编)号码|\b(?:tel|phone|mobile|cell)(?: number)?)"
    r"\s*(?:[:：为是]\s*)*$"
)
_JUST_COUNTED = re.compile(rf"\s*{_UNIT}(?:次|左右|以[上下内])?(?=[,.;:!?、。\s)]|$)")
_NUMBERED = re.compile(
    r"(?:(?<!证)编[号码]|文号|[订运快]?单号|备案号|合同号|许可证号|批号|货号|序列号|学号|工号|流水号|项目号|案号|书号|代码|条码|条形码|isbn|issn"
    r"|no\.?)\s*(?:[:：为是]\s*)*$"
)
_MONEY = re.compile(r"[¥$€£]\s*$")
_CALLED = re.compile(r"(?:tel|phone|mobile|cell|call|wechat|weixin|vx|wx)$")
_AROUND = 24
_MOST_DIGITS = 19


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One piece of personal data."""

    kind: Kind
    start: int
    """Offset into the text as it was given."""
    end: int


@dataclass(frozen=True, slots=True)
class _Group:
    """Digits that stand together, perhaps with an x at their end."""

    start: int
    end: int
    digits: str
    gap: str
    """What stands between the group before it and this one; for a first group, nothing."""


def find(text: str) -> tuple[Found, ...]:
    """The personal data in `text`, in its order, without overlaps."""
    if "@" not in text and "\uff20" not in text and "\ufe6b" not in text and sum(map(str.isdigit, text)) < 11:
        return ()
    folded = _visible(fold_with_offsets(text))
    found: list[Found] = []
    for start, end, kind in sorted(_all(folded.text), key=lambda each: (each[0], -each[1])):
        first, last = folded.span(start, end)
        if not found or first >= found[-1].end:
            found.append(Found(kind=kind, start=first, end=last))
    return tuple(found)


def masked(text: str) -> str:
    """`text` with `***` in the place of each piece of personal data."""
    for each in reversed(find(text)):
        text = text[: each.start] + MASK + text[each.end :]
    return text


def _visible(folded: Folded) -> Folded:
    """`folded` without characters that do not show, which may stand between any two digits."""
    places = [place for place, character in enumerate(folded.text) if character not in _HIDDEN]
    return Folded(
        text="".join(folded.text[place] for place in places),
        offsets=(*(folded.offsets[place] for place in places), folded.offsets[-1]),
    )


def _all(text: str) -> Iterator[tuple[int, int, Kind]]:
    for match in _EMAIL.finditer(text):
        yield (*match.span(), "email")
    for groups in _runs(text):
        yield from _numbers(text, groups)


def _runs(text: str) -> Iterator[list[_Group]]:
    """Groups of digits that only a gap divides."""
    run: list[_Group] = []
    for match in re.finditer(r"\d", text):
        if run and match.start() < run[-1].end:
            continue
        if run:
            yield run
        run, end = [], match.start()
        while group := _GROUP.match(text, end):
            run.append(_Group(group.start("digits"), group.end(), group["digits"], group["gap"].strip() if run else ""))
            end = group.end()
    if run:
        yield run


def _numbers(text: str, groups: Sequence[_Group]) -> Iterator[tuple[int, int, Kind]]:
    """The numbers of people in a run, each as long as it can be."""
    first = 0
    while first < len(groups):
        for last in range(min(len(groups), first + _MOST_DIGITS), first, -1):
            if kind := _kind(text, groups, first, last):
                yield groups[first].start, groups[last - 1].end, kind
                first = last
                break
        else:
            first += 1


def _kind(text: str, groups: Sequence[_Group], first: int, last: int) -> Kind | None:
    """What `groups[first:last]` are together."""
    number = "".join(group.digits for group in groups[first:last])
    if not 11 <= len(number) <= _MOST_DIGITS or len({group.gap for group in groups[first + 1 : last]}) > 1:
        return None
    outside = [groups[first].gap if first else "", groups[last].gap if last < len(groups) else ""]
    if "." in outside:
        return None  # digits of a fraction
    if _is_id_number(number):
        return "id_number"
    inside = groups[first + 1].gap if last - first > 1 else None
    beside = [*([groups[first].gap] if first else []), *([groups[last].gap] if last < len(groups) else [])]
    if inside is not None and inside in beside:
        return None  # numbers in a row, of which these are some
    start, end = groups[first].start, groups[last - 1].end
    if _says_otherwise(text[max(0, start - _AROUND) : start], text[end : end + _AROUND]):
        return None
    sizes = tuple(len(group.digits) for group in groups[first:last])
    if _is_mobile(number, sizes, groups[first].digits, inside):
        return "mobile"
    grouped = all(size >= 4 for size in sizes[:-1]) or set(sizes) == {1}
    return "bank_card" if grouped and _CARD.fullmatch(number) and _is_luhn(number) else None


def _says_otherwise(before: str, after: str) -> bool:
    """Whether the words beside a number make it an amount, a part of a code or the number of a thing."""
    letter_before = re.search(r"[a-z_]$", before) and not _CALLED.search(before)
    letter_after = re.match(r"[a-z_]", after)
    counted = (_JUST_COUNTED if _LABEL.search(before) else _COUNTED).match(after)
    return bool(letter_before or letter_after or counted or _NUMBERED.search(before) or _MONEY.search(before))


def _is_id_number(number: str) -> bool:
    """By GB 11643: province, date of birth, check digit."""
    if len(number) != 18 or not number[:17].isdigit() or number[:2] not in _PROVINCES:
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return 1880 <= born.year <= 2099 and number[17] == _CHECKS[total % 11]


def _is_mobile(number: str, sizes: tuple[int, ...], opening: str, gap: str | None) -> bool:
    own = sizes[1:] if opening in _COUNTRY else sizes
    if own == (4, 4, 3) and _YEARS.match(number):
        return False
    grouped = own in _MOBILE_GROUPS or (not gap and own in _SPACED_MOBILE_GROUPS)
    return grouped and bool(_MOBILE.fullmatch(number))


def _is_luhn(number: str) -> bool:
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(number), start=1))
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0
