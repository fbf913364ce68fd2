"""What a page says of itself: when it was published, by whom, written by whom. Never guessed; unknown is None.

Works on single lines and on the opening of the text. Which lines stand around the article, `corpus.furniture` knows.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from corpus.fold import simplify
from corpus.vocabulary import COUNT_PART, SIZE_PART, WIDGET_PART


@dataclass(frozen=True, kw_only=True, slots=True)
class Metadata:
    """What is known of a page."""

    source: str | None = None
    author: str | None = None
    published: date | None = None

    def or_else(self, other: Metadata) -> Metadata:
        """This, and what only `other` knows."""
        return Metadata(
            source=self.source or other.source,
            author=self.author or other.author,
            published=self.published or other.published,
        )


_MONTHS = {
    m: i for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_CLOCK = (
    r"(?:[T\s,]*(?:hkt|cst|gmt|utc)?[T\s,]*(?:上午|下午|凌晨"
    r"|晚上)?\s*\d{1,2}\s*[:时點点]\s*\d{1,2}(?:\s*[:分]\s*\d{1,2}(?:\.\d+)?)?\s*[分秒]?\s*(?:am|pm|z"
    r"|[+-]\d{2}:?\d{2}|hkt|cst)?)?"
)
_WEEKDAY = r"(?:[\s,(]*(?:星期|周|礼拜)[一二三四五六日天][\s)]*)?"
_DATE = re.compile(
    rf"(?<!\d)(?:(?P<y>(?:19|20)\d\d)(?:\s*[-/.]\s*|\s*年\s*|\s+(?=\d\d/))(?P<m>\d{{1,2}})(?:\s*[-/.]\s*"
    rf"|\s*月\s*)(?P<d>\d{{1,2}})(?!\d)\s*[日号]?"
    rf"|(?:中华)?民国\s*(?P<roc>\d{{2,3}})\s*年\s*(?P<m2>\d{{1,2}})\s*月\s*(?P<d2>\d{{1,2}})\s*日"
    rf"|(?P<y3>20\d\d)(?P<m3>[01]\d)(?P<d3>[0-3]\d)(?!\d)"
    rf"|(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?"
    rf"|sun)(?:day)?,?\s*)?(?P<mon>{_MONTH})\s+(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y4>(?:19|20)\d\d)"
    rf"|(?<=[::])\s*(?P<roc2>1[01]\d)[-/.](?P<m6>\d{{1,2}})[-/.](?P<d6>\d{{1,2}})(?!\d)"
    rf"|(?P<d5>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<mon5>{_MONTH}),?\s+(?P<y5>(?:19|20)\d\d)){_WEEKDAY}{_CLOCK}",
    re.IGNORECASE,
)
_DATE_KEY = (
    r"(?:发布|发表|发稿|刊发|刊登|更新|上传|录入|添加|编辑|成文|创建|最后更新|公布|印发|修改"
    r"|首次发布)?(?:时间|日期)(?:为|是)?|发布于|发表于|更新于|更新|發佈"
    r"|published(?:\s+on)?|updated|date|issued\s+at|posted(?:\s+on)?"
)
_SOURCE_KEY = (
    r"(?:文章|信息|新闻|稿件|消息|内容|本文|资料)?(?:来源|稿源)(?:于|自)?|转(?:载)?自|出处|供稿(?:单位)?"
    r"|发布(?:机构|单位|部门)|source"
)
_AUTHOR_KEY = (
    r"(?:本文|文章)?作者|撰(?:文|稿)(?:人|者)?|文字?记者|(?:本[报网台刊社])?(?:首席|特约"
    r"|驻[\u4e00-\u9fff]{1,4}|实习|见习|全媒体)*记者|文/图|图/文|文|author|by|written by"
)
_EDITOR_KEY = (
    r"(?:责任|文字|网络|值班|执行|实习|本文)?(?:编辑|责编)|校对|审核|审签|监制|编审|摄影|摄|图|通讯员"
    r"|录入(?:人|者)?|发布[人者]"
)
_SECTION_KEY = (
    r"(?:所属)?(?:栏目|分类|频道|类别|专栏|版面|版次|索引号|文号|专题|来自|标签|关键词|关键字|主题|体裁"
    r"|公开方式|地区|记者站)"
)
_COUNT_KEY = r"(?:阅读|浏览|点击|访问|查看|评论|点赞|转发|分享|收藏|人气|热度|播放)(?:量|数|次数|人数|率)?"
_ANY_KEY = f"{_SOURCE_KEY}|{_AUTHOR_KEY}|{_EDITOR_KEY}|{_SECTION_KEY}|{_COUNT_KEY}|{_DATE_KEY}|字号|字体|打印|分享"
# A key begins a line or follows a mark or a blank, so that 图片来源 and 能量来源 are no keys.
_START = r"(?:^|(?<=[\s|丨/·•,;()\[\]【】>]))"
_VALUE = (
    rf"\s*[::]\s*(?P<value>.*?)(?=\s{{2,}}|\s*[|丨•\]】]|\s+(?:{_ANY_KEY})\s*[::\d(（\[]|\s+(?:19|20)\d\d[-/.年]|$)"
)
_KEYED = {
    name: re.compile(rf"{_START}(?:{key}){_VALUE}", re.IGNORECASE)
    for name, key in (
        ("source", _SOURCE_KEY),
        ("author", _AUTHOR_KEY),
        ("editor", _EDITOR_KEY),
        ("section", _SECTION_KEY),
    )
}
_BARE_KEY = re.compile(rf"{_START}(?:{_DATE_KEY})\s*[::]?\s*", re.IGNORECASE)
# 本报记者 张三: nothing but the paper and the names.
_REPORTER_LINE = re.compile(
    r"^(?P<source>(?!本)[\u4e00-\u9fff]{2,6}?(?:报|网|社|新闻|台|周刊))?(?:本[报网台刊社])?(?:首席|特约|实习"
    r"|见习|全媒体|融媒体?)*"
    r"(?:记者|撰稿人?|评论员)\s+(?P<people>[\u4e00-\u9fff]{2,4}(?:[\s、]+[\u4e00-\u9fff]{2,4}){0,5})$"
)
_TAIWAN_BYLINE = re.compile(
    r"(?P<source>[\u4e00-\u9fff]{2,8})?\s*/?\s*(?:本报)?(?:记者|特派员"
    r"|编译)\s*(?P<people>[\u4e00-\u9fff]{2,4})\s*/\s*[\u4e00-\u9fff]{2,8}(?:报导|电)"
)
_ENGLISH_BYLINE = re.compile(
    r"^by\s+(?P<people>[A-Z][\w.'-]+(?:\s+[A-Z][\w.'-]+){0,3})(?=\s*(?:[|,/]|$))", re.IGNORECASE
)
_BLANK = re.compile(r"[\s|丨/·•,;:()\[\]【】<>《》»›_—\-~.]+")
MEDIUM = re.compile(
    r"^(?=.{2,16}$)(?:[\u4e00-\u9fffA-Za-z0-9·]{1,12}(?:日报|晚报|时报|早报|晨报|商报|快报|周报|导报|电讯"
    r"|报社?|通讯社|新华社|中新社|中央社|"
    r"新闻网|在线|网|新闻|周刊|杂志|电视台|广播电台|广播网|客户端|融媒|发布|传媒|卫视|财经|视频|频道)|新华社"
    r"|中新社|中央社|法新社|路透社|美联社)$"
)


def normal(line: str) -> str:
    """`line` in the form that the patterns know, one character for each of `narrow(line)`."""
    return simplify(narrow(line))


def narrow(line: str) -> str:
    """`line` in NFKC, character by character, its script kept: every place in it is the same place in `line`."""
    plain = unicodedata.normalize("NFKC", line)
    return plain if len(plain) == len(line) else "".join(map(_narrow, line))


@lru_cache(maxsize=65536)
def _narrow(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character


def date_in(text: str) -> date | None:
    """The first full date in `text` (normal form) that the calendar has, or None."""
    for match in _DATE.finditer(text):
        found = _calendar(match)
        if found:
            return found
    return None


def _calendar(match: re.Match[str]) -> date | None:
    part = match.groupdict()
    month_name = part["mon"] or part["mon5"]
    year = part["y"] or part["y3"] or part["y4"] or part["y5"]
    month = _MONTHS[month_name[:3].lower()] if month_name else int(part["m"] or part["m2"] or part["m3"] or part["m6"])
    day = int(part["d"] or part["d2"] or part["d3"] or part["d4"] or part["d5"] or part["d6"])
    try:
        return date(int(year) if year else int(part["roc"] or part["roc2"]) + 1911, month, day)
    except ValueError:
        return None


def of_line(line: str) -> Metadata | None:
    """What a line says of the page, if that is all it says; None for a line of any other kind."""
    shown = line.strip()
    folded = normal(shown)
    if not 2 <= len(folded) <= 200 or len(folded) != len(shown):
        return None
    if folded.startswith("资料来源") or "。" in folded:
        return None  # of a table or a figure; a sentence
    if match := _REPORTER_LINE.match(folded):
        source = shown[match.start("source") : match.end("source")] if match["source"] else None
        return Metadata(source=source, author=_people(shown[match.start("people") : match.end("people")]))
    rest = folded
    said: dict[str, str] = {}
    keyed = False
    for name, pattern in _KEYED.items():
        while match := pattern.search(rest):
            keyed = True
            value = shown[match.start("value") : match.end("value")].strip()
            dated = _DATE.search(value)
            said.setdefault(name, value[: dated.start()].strip() if dated else value)
            end = match.start("value") + dated.start() if dated else match.end()
            rest = rest[: match.start()] + " " * (end - match.start()) + rest[end:]
    published = date_in(rest)
    rest = _DATE.sub(lambda match: " " * len(match[0]), rest)
    if match := _ENGLISH_BYLINE.search(rest):
        keyed = True
        said.setdefault("author", shown[match.start("people") : match.end("people")])
        rest = rest[: match.start()] + " " * len(match[0]) + rest[match.end() :]
    if match := _TAIWAN_BYLINE.search(rest):
        keyed = True
        said.setdefault("source", shown[match.start("source") : match.end("source")])
        said.setdefault("author", shown[match.start("people") : match.end("people")])
        rest = rest[: match.start()] + " " * len(match[0]) + rest[match.end() :]
    for pattern in (WIDGET_PART, _BARE_KEY, COUNT_PART, SIZE_PART):
        rest = pattern.sub(lambda match: " " * len(match[0]), rest)
    words = list(dict.fromkeys(word for word in _BLANK.split(rest) if word))
    if not (keyed or published):
        return None
    return _of_parts(said, published, words, shown, rest)


def _of_parts(said: dict[str, str], published: date | None, words: list[str], shown: str, rest: str) -> Metadata | None:
    twice = len(words) == 1 and rest.count(words[0]) > 1
    if len(words) == 1 and published and len(words[0]) <= 16 and (twice or MEDIUM.match(words[0])):
        at = rest.index(words[0])
        said.setdefault("source", shown[at : at + len(words[0])])
    elif sum(map(len, words)) > (4 if published else 0):
        return None
    source, author = _name(said.get("source")), _people(said.get("author"))
    if any(len(value) > 40 or re.search("[。!?！？，；]", value) for value in said.values()):
        return None
    if said.get("author") and author is None and not published:
        return None  # what a reporter asked, not who wrote it
    return Metadata(source=source, author=author, published=published)


def _name(value: str | None) -> str | None:
    """A source without what pages hang on to it, or None if it is none."""
    if not value:
        return None
    value = re.split(r"\s+[-—|]\s*$|\s[∙·•]\s|[>»›]|参与互动|\s{2,}|\((?:作者|编辑|记者)", value)[0].strip(
        " \"'“”[]【】《》()（）·,，;、|-—_:："
    )
    return value if 2 <= len(value) <= 30 and not value.isdigit() else None


_PERSON = (
    r"[\u4e00-\u9fff·]{2,4}|[\u4e00-\u9fff]{1,8}·[\u4e00-\u9fff·]{1,12}|[A-Z][A-Za-z.'-]+(?:\s[A-Z][A-Za-z.'-]+){0,3}"
)
_PEOPLE = re.compile(rf"^(?:{_PERSON})(?:(?:\s+|[、,/;])(?:{_PERSON}))*$")


def _people(value: str | None) -> str | None:
    """The names of those who wrote it, as the page has them, or None if they are no names."""
    if not value:
        return None
    value = re.split(r"[|>》)\]】]|\s*(?:通讯员|通訊員|摄影|攝影|编辑|編輯|来源|來源)", value)[0]
    value = re.sub(r"^(?:[\u4e00-\u9fff·]{0,12}(?:记者|記者))\s*", "", value.strip())
    value = value.strip(" \"'“”[]【】()（）·,，;、|-—_:：/")
    return value if _PEOPLE.match(value) and len(value) <= 40 else None


_AGENCY = (
    r"(?P<source>[\u4e00-\u9fffA-Za-z·]{1,8}?(?:社|新闻网|新聞網|网|(?:報|报)(?!新闻|新聞|道)|电视台|電視台"
    r"|广播电台|新闻|新聞|客户端|在线|網))"
)
_DATELINE = re.compile(
    rf"^[\s【\[(（]*{_AGENCY}[^，,。\n]{{0,16}}?(?:\d{{1,2}}月)?(?:\d{{1,2}}日)?[\s]*(?:电|電|讯|訊|消息|報導|报道)"
)
_DESK = re.compile(rf"(?:^|[。，,；;\n])\s*{_AGENCY}(?:记者|記者)(?:从|從|获|獲|了解|注意|采访|採訪|日前|近日|今)")
_BRACKET = re.compile(r"[(（【\[]\s*(?P<people>[^()（）【】\[\]\n]{2,40}?)\s*[)）】\]]")
_REPORTERS = re.compile(r"(?:记者|記者)[:：\s]*(?P<people>.+?)(?=通讯员|通訊員|摄影|攝影|$)")
# 記者張三嘉義縣5日電: the place has two or three characters, so what is before it is the name.
_FROM_PLACE = re.compile(r"(?:记者|記者)(?P<people>[\u4e00-\u9fff]{4,6})\d{1,2}日(?:电|電)")
_REPORTER = re.compile(
    r"(?:记者|記者)\s*(?P<people>[\u4e00-\u9fff]{2,4}?)(?:[／/]|\s*[\u4e00-\u9fff]{2,3}?(?:報導|报道|報道"
    r"|综合报道|即時報導|\d{1,2}日(?:电|電)))"
)


def of_opening(paragraph: str) -> Metadata:
    """What the dateline of the first paragraph says: `新華網上海1月19日電(李榮 王巧月)`."""
    opening = narrow(paragraph.strip())[:200]
    source = None
    if match := _DATELINE.match(opening):
        own = match["source"]
        source = None if own.startswith(("本", "据", "據", "记者", "記者")) else own
    return Metadata(source=source, author=_author_in(opening))


def _author_in(opening: str) -> str | None:
    dateline = _DATELINE.match(opening) or re.match(r"^[^。\n]{0,40}?(?:电|電|讯|訊)(?=\s*[(（])", opening)
    behind = dateline.end() if dateline else -1
    for match in _BRACKET.finditer(opening[:90]) if dateline else ():
        reporters = _REPORTERS.search(match["people"])
        # Names right behind the dateline need no title: 1月19日電(李榮 王巧月).
        names = reporters["people"] if reporters else match["people"] if match.start() == behind else None
        if names and (people := _people(names)):
            return people
    if placed := _FROM_PLACE.search(opening[:60]):
        names = placed["people"]
        return _people(names[: min(3, len(names) - 2)])
    reporter = _REPORTER.search(opening[:60])
    return _people(reporter["people"]) if reporter else None


def of_text(text: str) -> Metadata:
    """Whose reporters the text speaks of as its own: `證券時報記者從活動上獲悉`, if it names only one paper."""
    names = {match["source"] for match in _DESK.finditer(narrow(text))}
    own = {name for name in names if not name.startswith(("本", "据", "據", "有", "多", "记者", "記者"))}
    return Metadata(source=own.pop() if len(own) == 1 else None)
