"""Chinese numerals, and the years that are written with them. Knows nothing of units."""

from __future__ import annotations

import re

DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
SCALES = {"十": 10.0, "百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8}


def from_han(text: str) -> float | None:
    """The number that Chinese (or European) numerals write, None where they write none: `一万二千`, `二〇二四`."""
    if text.isdigit():
        return float(text)
    whole, _, part = text.partition("点")
    if len(whole) > 1 and all(c in DIGITS for c in whole):
        return float("".join(str(DIGITS[c]) for c in whole)) if len(whole) == 4 or "〇" in whole else None
    total, section, digit = 0.0, 0.0, None
    for place, character in enumerate(whole):
        if character in DIGITS:
            if digit not in (None, 0):
                return None  # `十四五`: no number
            digit = DIGITS[character]
            continue
        scale = SCALES[character]
        if digit is None and (character != "十" or (place and whole[place - 1] not in "零百千万亿")):
            if (not section and not total) or scale < 1e4:
                return None  # `万一`, `千万`: words
            digit = 0
        if scale < 1e4:
            section, digit = section + (1 if digit is None else digit) * scale, None
        else:
            total, section, digit = (total + section + (digit or 0)) * scale, 0.0, None
    number = total + section + (digit or 0)
    return number + float("0." + "".join(str(DIGITS[c]) for c in part)) if part else number


_YEAR_IN_WORDS = re.compile(r"(?<![零〇一二三四五六七八九])(?P<year>[一二][零〇一二三四五六七八九]{3})年")
_REPUBLIC = re.compile(r"(?:中华)?(?P<republic>民国)(?P<year>\d{1,3}|[零〇一二三四五六七八九十百]{1,5})年")
BEFORE_REPUBLIC = 1911
"""The year before the first one of the Republic of China."""


def with_years(text: str) -> str:
    """Folded `text` with its years as most texts write them: 2020年 for 二〇二〇年 and for 民国109年."""
    return _YEAR_IN_WORDS.sub(_in_digits, _REPUBLIC.sub(_in_digits, text))


def _in_digits(match: re.Match[str]) -> str:
    year = match["year"]
    if all(character in DIGITS for character in year):  # 一一二 says its digits
        number: float | None = float("".join(str(DIGITS[character]) for character in year))
    else:
        number = from_han(year)
    republic = BEFORE_REPUBLIC if "republic" in match.re.groupindex else 0
    return f"{int(number) + republic}年" if number else match.group()
