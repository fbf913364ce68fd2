"""A text in the spelling in which two texts are compared: `去年` as a year, `首条` as `第一条`, `下午2点` as `14时`.

Reads folded text; knows nothing of what is true.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from rag.dates import days
from rag.numerals import BEFORE_REPUBLIC, from_han, with_years
from rag.quantities import HALF
from rag.relative_dates import DAYS, ENGLISH_YEARS, MONTHS, YEARS, day_from, months_from

_COMPARED = r"(?<![比较与])(?<!相比)"
"""`比去年` compares with last year and says of nothing that it was then."""
_YEAR = re.compile(rf"{_COMPARED}(?P<word>{'|'.join(YEARS)})度?(?!同期|同月|同季|相比)")
_MONTH = re.compile(rf"(?<![比较与])(?P<word>{'|'.join(MONTHS)})份?")
_REPUBLIC = re.compile(r"(?<!\d)(?P<year>1[01]\d)(?:年(?=[度底初末中]|\d{1,2}月|[上下]半年)|(?=学年))")
"""`113年度`: a year of the Republic of China, which began in 1912."""
_SAME_DAY = re.compile(r"同日|同一天|当天|当日|on the same day|that day")
_HOUR = r"(?:\d{1,2}|[一二两三四五六七八九十]{1,2})"
_LATER_HOURS = re.compile(
    rf"(?:下午|晚上|傍晚|晚间|晚|夜里(?![1-5一二两三四五](?!\d|十))|[中正]午(?!12|十二))(?P<hour>{_HOUR})(?:[点时]?(?P<to>[至到\-—~～])(?P<last>{_HOUR}))?(?=[点时:](?!间))"
    r"|\b(?P<english>\d{1,2})(?P<minutes>:\d\d)?\s?pm\b"
)
_EARLIER_HOURS = re.compile(
    r"(?:上午|早上|清晨|早晨|凌晨|[中正]午|午间|早)(?=(?:\d{1,2}|[一二两三四五六七八九十]{1,2})(?:[点时:]))"
)
_CLOCK = re.compile(
    r"(?<=[\d一二两三四五六七八九十])点(?=钟|整|[至到\-—~]|开|以|之|前|后|起|投|正式|在|[,，。)）]|$)钟?整?"
)
_COUNTED = "个条次家座场届日天周月年季回例批名项位款辆艘架所部间列段轮期站号"
_RESPELLED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=[\d一二两三四五六七八九十])点(?:半|30分?)"), "点30分"),
    (re.compile(rf"([午晚早晨上间里]|次日)({_HOUR})点(?!钟)"), r"\1\2时"),
    (re.compile(r"(?<=[\d一二两三四五六七八九十])月龄"), "个月大"),
    (re.compile(r"首月|第一个月|头个月"), "第一月"),
    (re.compile(r"第二天"), "次日"),
    (re.compile(r"第二年"), "次年"),
    (re.compile(rf"首(?=[{_COUNTED}])|头一(?=[{_COUNTED}])"), "第一"),
    (re.compile(r"第一个?(?:星期|礼拜)|第一个周|第一星期"), "第一周"),
    (re.compile(r"(?<![一二三四五六七八九十百千\d下])(?<=[两三四五六])度(?=[\u4e00-\u9fff])"), "次"),
    (re.compile(r"(?:[五5]折|对折|(?<!一)半价)"), "半价50%"),
    (re.compile(r"(?<!超)过半数?(?!小时|年|月|天)"), f"超过{HALF}"),
    (re.compile(r"一半|半数"), HALF),
    (re.compile(r"一刻钟"), "15分钟"),
    (re.compile(r"(?:星期|礼拜)(?=[一二三四五六日天末])"), "周"),
    (re.compile(r"礼拜"), "星期"),
    (re.compile(r"千米"), "公里"),
    (re.compile(r"千克"), "公斤"),
    (re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day, (?=[a-z]{3,9}\.? \d)"), ""),
    (re.compile(r"\b([ap])\.m\."), r"\1m"),
    (re.compile(r"(?<![上下前后])半年(?![度报内])"), "6个月"),
    (re.compile(r"半个?小时|半个?钟头|\bhalf an hour\b"), "30分钟"),
    (re.compile(r"\bhalf a year\b"), "6 months"),
    (re.compile(r"(?<=[$£€¥])(\d[\d,.]*) ?m\b"), r"\1 million"),
    (re.compile(r"(?<=[$£€¥])(\d[\d,.]*) ?b\b"), r"\1 billion"),
    (
        re.compile(
            r"(?<!first )(?<!second )(?<!other )(?<!latter )(?<!and a )\b(?:one )?half\b"
            r"(?!-| (?:an? |year|past|hour|time|term|dozen))"
        ),
        f"{HALF} ",
    ),
)


def spelled_alike(text: str, published: date | None) -> str:
    """Folded `text` with what counts from `published` written out and what is spelled in several ways in one."""
    for pattern, spelling in _RESPELLED:
        text = pattern.sub(spelling, text)
    text = _REPUBLIC.sub(lambda m: f"{int(m['year']) + BEFORE_REPUBLIC}年", with_years(text))
    text = _EARLIER_HOURS.sub("", _LATER_HOURS.sub(_in_24_hours, text))
    text = _CLOCK.sub("时", text)
    if published:
        text = re.sub(rf"[比较与](?:去年|上年|{published.year - 1}年)同期(?:相比)?", "同比", text)
    return _with_same_days(_counted_from(text, published) if published else text)


def _in_24_hours(match: re.Match[str]) -> str:
    hours = [from_han(hour) for hour in (match["hour"] or match["english"], match["last"]) if hour]
    later = [f"{int(hour) % 12 + 12}" for hour in hours if hour is not None and hour <= 12]
    if len(later) < len(hours):
        return match.group()
    return f"{later[0]}{match['minutes'] or ':00'}" if match["english"] else f"{match['to'] or ''}".join(later)


def _counted_from(text: str, published: date) -> str:
    text = _YEAR.sub(lambda m: f"{published.year + YEARS[m['word']]}年", text)
    for word, shift in ENGLISH_YEARS.items():
        text = text.replace(word, str(published.year + shift))
    text = _MONTH.sub(_month_from(published), text)
    for word, shift in DAYS.items():
        then = day_from(published, shift)
        if word not in text or then is None:
            continue
        text = text.replace(word, then.strftime("%B %-d").lower() if word.isascii() else f"{then.month}月{then.day}日")
    return text


def _month_from(published: date) -> Callable[[re.Match[str]], str]:
    def written(match: re.Match[str]) -> str:
        then = months_from(published, MONTHS[match["word"]])
        return f"{then.year}年{then.month}月"

    return written


def _with_same_days(text: str) -> str:
    """`text` with the day last said in the place of `同日`."""
    for match in reversed(list(_SAME_DAY.finditer(text))):
        before = [day for day in days(text[: match.start()]) if day.day is not None]
        if before:
            text = text[: match.start()] + before[-1].text + text[match.end() :]
    return text
