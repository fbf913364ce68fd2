"""What `今年`, `昨日` and `本届` mean in an article: counted from its date or read in its text, or not to be known.

Reads Simplified text (see `corpus.fold`). Knows nothing of questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from corpus.fold import simplify
from rag.editions import BESIDE, editions, name_at

DAYS: Mapping[str, int] = {
    "大前天": -3,
    "今天": 0, "今日": 0, "昨天": -1, "昨日": -1, "明天": 1, "明日": 1, "前天": -2, "yesterday": -1, "today": 0,
}  # fmt: skip
YEARS: Mapping[str, int] = {"大前年": -3, "今年": 0, "本年": 0, "去年": -1, "上年": -1, "前年": -2, "明年": 1}
MONTHS: Mapping[str, int] = {
    "上上个月": -2, "上上月": -2, "下下个月": 2, "下下月": 2,
    "上个月": -1, "上月": -1, "本月": 0, "这个月": 0, "下个月": 1, "下月": 1,
}  # fmt: skip
"""In each, a word stands before those that it ends in, for whoever puts other words in their place."""
ENGLISH_YEARS: Mapping[str, int] = {"this year": 0, "last year": -1, "next year": 1}

_WEEKS = {"上上": -2, "上": -1, "本": 0, "这": 0, "下": 1, "下下": 2}
_WEEKDAYS = {day: place for place, days in enumerate(("一", "二", "三", "四", "五", "六", "日天末")) for day in days}
_NOT_INSIDE = (
    r"(?<!(?<![比例假譬])如(?=今))(?<!至(?=今[年日]均|今早[已就]))(?<![目当以此之提空税婚日月大年](?=前))"
    r"(?<![年月](?=今[天日]))"
    r"(?<![日基样资成版文课剧](?=本))(?<![证声说聪文光透发分鲜表注写载标列查昆](?=明))(?<![过失逝除](?=去))"
    r"(?<![以网晚早马](?=上))(?<![以名之旗](?=下))(?<![扩强重最北人交师](?=大前))"
)
"""Not in 如今, 至今, 目前, 年前, 每年今日, 日本, 证明, 过去, 以上, 以下, 扩大."""
_NO_YEAR = r"(?!代|纪|龄|级|轻(?![工型轨])|检(?![察测验查修])|报(?![告道名送考废销]))"
"""Not in 上年纪, 当今年轻人, 本年级, 去年检, 网上年报."""
_EDITIONS = {"本": 0, "这": 0, "上": -1, "下": 1, "上上": -2, "下下": 2}
_RELATIVE = re.compile(
    rf"""{_NOT_INSIDE}(?:
      (?P<year>{"|".join(YEARS)}){_NO_YEAR}
    | (?P<month>{"|".join(MONTHS)})(?!球|亮|饼)
    | (?P<week>上上|下下|[上本这下])(?:个?星期|周)(?P<weekday>[一二三四五六日天])(?!期)
    | (?<!的)(?P<day>
        (?:今天|明天)(?!的|津|然气)|今日(?!头条|俄罗斯|美国|说法|关注|中国|印刷)
        |今[晚早晨](?!报)|明[晚早晨]|昨[天日晚]|大?前天(?!津)|明日(?!之|期))
    )
    | (?P<which>上上|下下|[本这上下])一?(?P<of>届)
    | \b(?P<english>this\ year|last\ year|next\ year|yesterday)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BODY = re.compile(r"人大|人民代表|政协|委员|理事|代表大会")  # these have terms, which `本届` seldom means
_IN_TITLE = re.compile(r"《[^《》]*》")
_AGO = re.compile(r"[\d一二两三四五六七八九十几数多]年?$")  # 三年前年均: no 前年


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A year, a month or a day."""

    year: int
    month: int | None = None
    day: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Relative:
    """Words whose meaning hangs on when or where they were written."""

    start: int
    end: int
    means: Moment | str | None
    """The time, or the edition as the article writes it (`第三届`); None where neither can be told."""
    edition: bool = False


def relatives(text: str, *, published: date | None, title: str, article: str) -> Iterator[Relative]:
    """The words in `text`, a part of `article`, that count from when it was `published`, in their order.

    `article` and its `title` may be in either script. None of the words where they stand in a title, which names
    something and says nothing of a time.
    """
    titles = [(found.start(), found.end()) for found in _IN_TITLE.finditer(text)]
    for match in _RELATIVE.finditer(text):
        if any(start < match.start() < end for start, end in titles):
            continue
        if match["year"] == "前年" and _AGO.search(text[: match.start()]):
            continue
        means = _edition(match, title, article) if match["of"] else _counted(match, published)
        yield Relative(start=match.start(), end=match.end(), means=means, edition=bool(match["of"]))


def counted_out(text: str, *, published: date | None) -> str:
    """`text` with `2023年` for its `今年` and the like, as far as they can be counted from when it was `published`."""
    for each in reversed(list(relatives(text, published=published, title="", article=""))):
        if isinstance(each.means, Moment):
            text = text[: each.start] + _written(each.means) + text[each.end :]
    return text


def _written(time: Moment) -> str:
    month = f"{time.month}月" if time.month else ""
    return f"{time.year}年{month}{time.day}日" if time.day else f"{time.year}年{month}"


def months_from(published: date, shift: int) -> Moment:
    """The month that is `shift` months after the one of `published`."""
    month = published.month - 1 + shift
    return Moment(year=published.year + month // 12, month=month % 12 + 1)


def day_from(published: date, shift: int) -> date | None:
    """The day that is `shift` days after `published`; None where the calendar does not go so far."""
    try:
        return published + timedelta(days=shift)
    except OverflowError:
        return None


def _counted(match: re.Match[str], published: date | None) -> Moment | None:
    if published is None:
        return None
    if word := match["year"]:
        return Moment(year=published.year + YEARS[word])
    if word := match["month"]:
        return months_from(published, MONTHS[word])
    if match["week"]:
        weekday = _WEEKDAYS[match["weekday"]] - published.weekday()
        return _day(published, 7 * _WEEKS[match["week"]] + weekday)
    if word := match["day"]:
        return _day(published, DAYS[re.sub("[晚早晨]", "天", word)])
    word = match["english"].lower()
    return Moment(year=published.year + ENGLISH_YEARS[word]) if word in ENGLISH_YEARS else _day(published, DAYS[word])


def _day(published: date, shift: int) -> Moment | None:
    then = day_from(published, shift)
    return Moment(year=then.year, month=then.month, day=then.day) if then else None


def _edition(match: re.Match[str], title: str, article: str) -> str | None:
    """The one edition that the article names, its title before all, of what `本届` stands before."""
    name = name_at(match.string, match.end())
    named, over = (
        [each for each in editions(BESIDE.sub("", text)) if each.same_event(name) and not _BODY.search(each.name)]
        for text in map(simplify, (article, title))
    )
    same = over or named
    if len({each.number for each in same}) != 1:
        return None
    number = same[0].number + _EDITIONS[match["which"]]
    if number < 1:
        return None
    return f"第{number if same[0].written.isdigit() else _in_han(number)}届"


def _in_han(number: int) -> str:
    """A number up to 999 as it is written in Chinese."""
    digits = "零一二三四五六七八九"
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    text = f"{digits[hundreds]}百" if hundreds else ""
    if tens:
        text += ("十" if tens == 1 and not hundreds else f"{digits[tens]}十") + (digits[ones] if ones else "")
    elif ones:
        text += ("零" if hundreds else "") + digits[ones]
    return text
