"""The numbers that a text states with their units, in a form in which two texts can be compared.

Reads folded text (see `corpus.fold`): `2万`, `20,000` and `二万` are one number.
Knows nothing of articles or answers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.dates import days
from rag.numerals import DIGITS, SCALES, from_han

_ENGLISH_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "mn": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12, "tn": 1e12,
}  # fmt: skip


def _listed(words: str) -> list[str]:
    return words.split()


_WORDS = _listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
)
_TENS = {
    word: 10 * n for n, word in enumerate(_listed("twenty thirty forty fifty sixty seventy eighty ninety"), start=2)
}
ENGLISH_NUMBERS = {word: n for n, word in enumerate(_WORDS)} | _TENS
"""The numbers that English writes with one word."""
_PARTS = {
    part: n for n, part in enumerate(_listed("half third quarter fifth sixth seventh eighth ninth tenth"), start=2)
}
_ORDINALS = _listed("zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")

# The spellings of a unit, by the one that stands for all. Classifiers that only count share `个`.
_SPELLINGS = {
    "%": r"%|percent\b|per cent\b|个?百分比",
    "百分点": r"个?百分点|percentage points?\b|pp\b",
    "美元": r"美元|美金|us dollars?\b|u\.s\. dollars?\b|usd\b|dollars?\b",
    "港元": r"港元|港币|hk dollars?\b|hkd\b",
    "欧元": r"欧元|euros?\b|eur\b",
    "日元": r"日元|yen\b|jpy\b",
    "英镑": r"英镑|gbp\b|pounds?\b",
    "新台币": r"新台币|ntd\b|twd\b",
    "元": r"元|人民币|块钱|rmb\b|cny\b|yuan\b",
    "平方公里": r"平方公里|平方千米|km2\b|square kilomet(?:er|re)s?\b|sq\.? km\b",
    "平方米": r"平方米|平方公尺|平米|m2\b|square met(?:er|re)s?\b",
    "立方米": r"立方米|立方公尺|m3\b|cubic met(?:er|re)s?\b",
    "公里": r"公里|千米|km\b|kilomet(?:er|re)s?\b",
    "海里": r"海里|nautical miles?\b",
    "厘米": r"厘米|公分|cm\b|centimet(?:er|re)s?\b",
    "毫米": r"毫米|mm\b|millimet(?:er|re)s?\b",
    "米": r"米|公尺|met(?:er|re)s?\b|m\b",
    "公顷": r"公顷|hectares?\b|ha\b",
    "亩": r"亩|mu\b",
    "吨": r"公?吨|tonnes?\b|tons?\b",
    "公斤": r"公斤|千克|kg\b|kilograms?\b",
    "斤": r"斤",
    "微克": r"微克|[μµ]g\b|ug\b|micrograms?\b",
    "毫克": r"毫克|mg\b|milligrams?\b",
    "克": r"克|grams?\b",
    "毫升": r"毫升|ml\b|millilit(?:er|re)s?\b",
    "升": r"升(?=[,，。;；、水油汽饮的/每及和]|$)|lit(?:er|re)s?\b",
    "千瓦时": r"千瓦时|kwh\b|kilowatt[- ]hours?\b",
    "千瓦": r"千瓦|kw\b|kilowatts?\b",
    "兆瓦": r"兆瓦|mw\b|megawatts?\b",
    "吉瓦": r"吉瓦|gw\b|gigawatts?\b",
    "度": r"摄氏度|℃|°c|度(?!假)|degrees?\b",
    "岁": r"周?岁|years? old\b",
    "季度": r"季度|quarters?\b",
    "年代": r"年代",
    "世纪": r"个?世纪|centur(?:y|ies)\b",
    "年": r"周?年|years?\b",
    "月": r"个月|months?\b",
    "周": r"周|个?星期|weeks?\b",
    "日": r"天|日|days?\b",
    "时": r"时(?![间期段代候常])|am\b",
    "小时": r"个?小时|个?钟头|hours?\b",
    "分钟": r"分钟|minutes?\b",
    "秒": r"秒|seconds?\b",
    "倍": r"倍|times (?=more|as|the)|-?fold\b",
    "人次": r"人次",
    "批": r"个?批次|批|batch(?:es)?\b",
    "次": r"次|回|times?\b",
    "届": r"届",
    "人": r"口人?(?!岸|径|号|味|罩)|人(?!民|工|均|大|才|士)|名|位|people\b|persons?\b|individuals?\b"
    r"|residents?\b|employees?\b|students?\b|workers?\b",
    "户": r"户(?!企业|商|个体)|households?\b",
    "家": r"家|户(?=企业|商|个体)|compan(?:y|ies)\b|enterprises?\b|firms?\b|businesses\b|banks\b|institutions\b",
    "个": r"个|条(?!件)|项|件|种|类|份|部(?!分|门|长)|所|座|只|艘|架|辆|台(?!湾)|套|场|期|支|张|篇|章|枚|颗|株|棵|头"
    r"|栋|幢|间|处|片|层|级|对|组|款|门|首|本|幅|起|宗|笔|大(?=[类项个])|省|市|县|城|区|国|村|镇|校|店|站|方面|点(?!\d)"
    r"|kinds\b|types\b|cities\b|measures\b|articles\b|items\b|projects\b|provinces\b|countries\b|cases\b",
}
_UNIT = re.compile("|".join(f"(?P<u{n}>{pattern})" for n, pattern in enumerate(_SPELLINGS.values())))
_UNITS = tuple(_SPELLINGS)
COUNTING = frozenset({"个", "人", "家", "户", "次", "届"})
_MEASURES = {
    "分钟": ("秒", 60), "小时": ("秒", 3600), "日": ("秒", 86400), "周": ("秒", 7 * 86400),
    "季度": ("月", 3), "年": ("月", 12), "世纪": ("月", 1200),
    "公里": ("米", 1000), "厘米": ("米", 0.01), "毫米": ("米", 0.001),
    "平方公里": ("平方米", 1e6), "公顷": ("平方米", 1e4),
    "吨": ("克", 1e6), "公斤": ("克", 1e3), "斤": ("克", 500), "毫克": ("克", 1e-3), "微克": ("克", 1e-6),
    "毫升": ("升", 1e-3), "兆瓦": ("千瓦", 1e3), "吉瓦": ("千瓦", 1e6),
}  # fmt: skip
"""The units that are so many times another one."""

_CURRENCY = re.compile(
    r"(?P<美元>us\$|usd|\$)|(?P<港元>hk\$|hkd)|(?P<新台币>nt\$|ntd|twd)|(?P<欧元>€|eur)|(?P<英镑>£)|(?P<元>¥|rmb|cny|人民币)"
)
_HAN_NUMBER = "[零〇一二两三四五六七八九十百千万亿]"
_NUMBER = re.compile(
    rf"""(?P<percent>百分之(?P<of_hundred>{_HAN_NUMBER}+(?:点[零〇一二三四五六七八九]+)?))
    | (?P<parts>(?P<below>{_HAN_NUMBER}+|\d+)分之(?P<above>{_HAN_NUMBER}+|\d+))
    | (?P<digits>(?<![a-z\d.])(?<![a-z]-)(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?
        (?:\s*(?:hundred|thousand|million|billion|trillion|[mbt]n)\b
        |(?:[十百千万亿]+(?:\d+(?:\.\d+)?[十百千万亿]+)*(?:(?<=万)\d{{3,4}}(?![\d.年]))?))?)
    | (?P<han>{_HAN_NUMBER}+(?:点[零〇一二三四五六七八九]+)?)
    | \b(?P<share>(?:(?:an?|one)[ -](?P<one_part>{"|".join(_PARTS)})(?!\s(?!than|were)[a-z]{{4}}|-)
        |(?<!first\s)(?<!last\s)(?<!past\s)(?<!next\s)(?P<many>{"|".join(_WORDS[2:10])})
        [ -](?P<part>{"|".join(_PARTS)})s)\b)
    | \b(?P<words>(?:(?:{"|".join(_TENS)})-)?(?:{"|".join(ENGLISH_NUMBERS)})
        (?:\s+(?:hundred|thousand|million|billion|trillion)\b)?)\b
    | \b(?P<ordinal>(?:{"|".join(_ORDINALS[1:])})|\d+(?:st|nd|rd|th))\b""",
    re.VERBOSE,
)
HALF = "50.0%"
"""`一半` as a percentage that tells of itself that it is a fraction."""
_ROUNDED = 1.0
"""How many percent a fraction may differ from the percentage that it stands for."""
_TENTHS = re.compile(r"成([一二三四五六七八九半])?(?![为立功员就果都长分本绩效])")
_FEW = re.compile(r"[多余来几]|\s+(?:more|further|extra|additional|other|new|full|consecutive|straight)\s+|\s*-?\s*")
_RANGE = re.compile(r"\s*(?:-|—|–|~|～|至|到|to|and|与|、)\s*| of (?:the |its |their )?(?:[a-z]+ )?")
_STEP = re.compile(r"(?:[^.;]{0,40},? (?:up|down))? (?:from|to) ")
"""Between a number with a unit and one that has the same and does not say it: `52 hours a week, up from 38`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A number with its unit."""

    value: float
    unit: str
    """The spelling that stands for all of a unit's, `第` for an ordinal, or empty."""
    text: str
    start: int
    end: int
    scaled: bool = False
    """Whether a word such as `万` or `million` is part of the number."""
    vague: bool = False
    """Whether it is said to be about, over or near the number."""
    fraction: bool = False
    """Whether it is written as one: `三分之二`, `two thirds`."""


_HEDGE = re.compile(
    r"(?:约|近|超|逾|大约|接近|将近|超过|左右|about|around|nearly|almost|over|roughly|some|approximately|than|fewer)\s*$"
)


def quantities(text: str) -> tuple[Quantity, ...]:
    """The numbers of folded `text` in order, without those that are part of a date or of a name such as `g60`."""
    taken = [(day.start, day.end) for day in days(text)]
    found = [q for q in _numbers(text) if not any(start < q.end and q.start < end for start, end in taken)]
    return tuple(_share_units(text, found))


def _numbers(text: str) -> Iterator[Quantity]:
    for match in _NUMBER.finditer(text):
        value = _value(match)
        if value is None:
            continue
        end = match.end()
        scaled = bool(match["digits"] and not match["digits"][-1].isdigit())
        unit, stop = _unit(text, match, end)
        if not _counts(text, match, value, unit):
            continue
        if match["digits"] and stop == end and end < len(text) and text[end].isascii() and text[end].isalpha():
            continue  # `5g`: a name, not a number
        start, prefix = _prefix(text, match.start())
        yield Quantity(
            value=value, unit=unit or prefix, text=text[start:stop], start=start, end=stop, scaled=scaled,
            vague=bool(_HEDGE.search(text[max(0, start - 14) : start]))
            or text[end : end + 1] in ("多", "余")
            or (unit == "成" and text[stop : stop + 1] == "多"),
            fraction=bool(match["parts"] or match["share"]) or text[start:stop] == HALF,
        )  # fmt: skip


def _value(match: re.Match[str]) -> float | None:
    if match["percent"]:
        return from_han(match["of_hundred"])
    if match["parts"]:
        above, below = from_han(match["above"]), from_han(match["below"])
        return 100 * above / below if above is not None and below else None
    if match["share"]:
        many = ENGLISH_NUMBERS[match["many"]] if match["many"] else 1
        return 100 * many / _PARTS[match["part"] or match["one_part"]]
    if match["digits"]:
        return _from_digits(match["digits"])
    if match["han"]:
        return from_han(match["han"])
    if match["ordinal"]:
        word = match["ordinal"]
        return float(word[:-2]) if word[0].isdigit() else float(_ORDINALS.index(word))
    head, _, scale = match["words"].partition(" ")
    tens, _, ones = head.rpartition("-")
    return (_TENS.get(tens, 0) + ENGLISH_NUMBERS[ones]) * _ENGLISH_SCALES.get(scale.strip(), 1.0)


def _from_digits(text: str) -> float:
    text = text.replace(",", "")
    head = re.match(r"[\d.]+", text)
    assert head is not None  # the pattern begins with a digit
    if scale := _ENGLISH_SCALES.get(text[head.end() :].strip()):
        return float(head.group()) * scale
    total = 0.0
    for number, scales in re.findall(r"(\d+(?:\.\d+)?)([十百千万亿]*)", text):
        total += float(number) * math.prod(SCALES[scale] for scale in scales)
    return total


def _unit(text: str, match: re.Match[str], end: int) -> tuple[str, int]:
    if match["percent"] or match["parts"] or match["share"]:
        return "%", end
    if text[match.start() - 1 : match.start()] == "第" or match["ordinal"]:
        found = _UNIT.match(text, end)
        return "第", found.end() if found else end
    few = _FEW.match(text, end)
    begin = few.end() if few else end
    if (tenths := _TENTHS.match(text, end)) and match["digits"] is None and len(match.group()) == 1:
        return "成", tenths.end()
    unit = _UNIT.match(text, begin)
    if not unit or not unit.lastgroup:
        return "", end
    return _UNITS[int(unit.lastgroup[1:])], unit.end()


def _prefix(text: str, start: int) -> tuple[int, str]:
    for mark in _CURRENCY.finditer(text, max(0, start - 5), start):
        if not text[mark.end() : start].strip() and mark.lastgroup:
            return mark.start(), mark.lastgroup
    return start, ""


def _counts(text: str, match: re.Match[str], value: float, unit: str) -> bool:
    """Whether the match is a number and no word such as `一些`, `统一`, `四川`."""
    if match["han"]:
        written = match["han"]
        if unit == "第":
            return True
        if value == 1:
            return unit in ("%", "季度", "成", "倍")
        long = len(written) > 1 and any(c in SCALES for c in written) and any(c in DIGITS for c in written)
        return bool(unit) or long or (len(written) == 4 and not any(c in SCALES for c in written))
    if match["words"] or match["ordinal"] == "first":
        return value > 1 or text[match.end() :].lstrip().startswith("quarter")
    return True


def _share_units(text: str, found: list[Quantity]) -> Iterator[Quantity]:
    """`found`, the first of `3至5亿元` read as 3亿元, and `八成` as 80 %."""
    for place, quantity in enumerate(found):
        after = found[place + 1] if place + 1 < len(found) else None
        if after and not quantity.unit and after.unit and _RANGE.fullmatch(text[quantity.end : after.start]):
            scale = 1.0
            if after.scaled and not quantity.scaled:
                scale = after.value / float(re.findall(r"\d[\d.,]*", after.text)[0].replace(",", ""))
            quantity = replace(quantity, unit=after.unit, value=quantity.value * scale)
        before = found[place - 1] if place else None
        if (
            before
            and before.unit not in ("", "%", "百分点")
            and not quantity.unit
            and _STEP.fullmatch(text[before.end : quantity.start])
        ):
            quantity = replace(quantity, unit=before.unit)
        if quantity.unit == "成":
            rest = quantity.text[-1]
            part = 5 if rest == "半" else DIGITS.get(rest, 0)
            quantity = replace(quantity, unit="%", value=quantity.value * 10 + part)
        yield quantity


def holds(evidence: tuple[Quantity, ...], wanted: Quantity) -> bool:
    """Whether one of `evidence` says `wanted`: the same value in a unit that fits.

    A number that is said to be about right may be rounded to the digits that it shows.
    """
    return any(says(other, wanted) for other in evidence)


def says(other: Quantity, wanted: Quantity) -> bool:
    """Whether `other` says `wanted`: see `holds`."""
    if wanted.unit == other.unit == "%" and wanted.fraction != other.fraction:
        return abs(other.value - wanted.value) < _ROUNDED  # 三分之二 is 67 %
    if _fits(other.unit, wanted.unit):
        return _same(other.value, wanted)
    base, many = _MEASURES.get(wanted.unit, (wanted.unit, 1))
    other_base, other_many = _MEASURES.get(other.unit, (other.unit, 1))
    return base == other_base and _same(other.value * other_many / many, wanted)


def same_unit(one: Quantity, other: Quantity) -> bool:
    """Whether the two could stand in each other's place: numbers of the same unit, whatever their values."""
    return one.unit == other.unit


def counts_alike(one: Quantity, other: Quantity) -> bool:
    """Whether the two count the same as far as their classifiers tell: `3座` and `9座`, not `3座` and `9份`."""
    words = {one.text[-1:], other.text[-1:]}
    return not one.unit == other.unit == "个" or len(words) == 1 or "个" in words or one.text.isascii()


def _fits(one: str, other: str) -> bool:
    if one == other or "" in (one, other):
        return True
    if {one, other} == {"元", "新台币"}:
        return True
    return "个" in (one, other) and one in COUNTING and other in COUNTING


def _same(value: float, wanted: Quantity) -> bool:
    if math.isclose(value, wanted.value, rel_tol=1e-9):
        return True
    if not wanted.vague or not value or not wanted.value:
        return False
    digits = len(f"{wanted.value:.6e}".partition("e")[0].replace(".", "").rstrip("0"))
    rounded = round(value, digits - 1 - math.floor(math.log10(abs(value))))
    return math.isclose(rounded, wanted.value, rel_tol=1e-9)
