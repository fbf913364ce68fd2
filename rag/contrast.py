"""`那杭州呢？` after a question about 松江: the earlier question with the one name in the other's place.

A name takes the place of one of its sort: a place of a place, an English name of an English name, a property of a
property. Where the sort cannot be told, nothing is replaced.
"""

from __future__ import annotations

import re

from corpus.passages import Span
from rag.language import is_english
from rag.names import places
from rag.sides import SIDES

_ENDS = re.compile(
    r"(?:那(?:场|次|个|家|份|位|边|里)|这(?:场|次|个|家|份|位|边|里)|的|方面|呢|呀|啊|怎么样|[?？。.!！\s])+$"
)
_DISTRICT = re.compile(r"[\u4e00-\u9fff]{2}(?:区|市|县|省|镇)")
_PROPERTY = re.compile(
    r"(?:额|量|值|数|率|价|费|面积|时间|地点|投入|收入|增速|规模|目标|日期|职务|职位|名称|全称|奖金|作用|意义|内容|标准|条件|流程|期限|班次|材料)$"
)
_FOCUS = re.compile(r"的([\u4e00-\u9fff]{2,10}?)(?:具体|大概|一共|总共|预计)?(?:是|为|有|达到?)*(?=多少|什么|几|谁|哪)")
_NO_NAME = re.compile(
    r"吗|可以|[我你没]|(?<![智功职])能(?![源力量效])|(?<![主重])要(?![求素])|(?<![国私公所])有(?![限色机])"
    r"|以上|以下|^里|^边|^儿(?![童子女科])"
)
_SORTS = frozenset("馆会厂港站线桥校院园店队组赛部局展湖山寺塔路法票贴性期证金险税")
_WHAT_IS = re.compile(r"^(?:什么|啥|谁)(?:是|叫做?)([\u4e00-\u9fffa-z\d]{2,12})(?=[?？。]?$)")
_HEAD = re.compile(r"((?:(?!什么|哪|谁|怎|如何|为何)[\u4e00-\u9fff]){2,8}?)(?=在|的|今年|去年|是|有|何时|什么|哪|\d)")
_MEASURED = re.compile(
    r"([\u4e00-\u9fff]{1,4}(?:额|量|值|价|费|率|数|面积|规模|收入|投入))(?=是|为|有|加|涨|降|大概|一共|多少|几)"
)
_CAPITALISED = re.compile(r"\b[A-Z][\w&'-]*(?:\s+(?:of|and|the|&)?\s*[A-Z][\w&'-]*)*")
_ASKS = frozenset(
    {"Who", "What", "Which", "When", "Where", "Why", "How", "And", "Did", "Does", "Is", "Are", "Was", "In"}
)
_PARTNER = re.compile(r"(?<=[跟和与同])(?P<name>[\u4e00-\u9fff]{2,8}?)(?=要|一起|一同|共同|合作|联合|签|共建|$)")


def replaced(before: str, other: str) -> str | None:
    """`before` with what `other` names in the place of its like; None where there is nothing of its sort."""
    name = _ENDS.sub("", other.strip())
    if not name or len(name) > 40 or name in before or _NO_NAME.search(name):
        return None
    if is_english(before):
        name = re.sub(r"^the\s+", "", name)
        return _english(before, name) if re.fullmatch(r"[\w&'. -]+", name) and name[:1].isupper() else None
    if _PROPERTY.search(name):
        focus = _FOCUS.search(before) or _MEASURED.search(before)
        return before[: focus.start(1)] + name + before[focus.end(1) :] if focus else None
    if _is_place(name):
        place = next(iter((*places(before), *_DISTRICT.findall(before))), None)
        return before.replace(_whole(place, before), name) if place else None
    if sides := next((each for each in SIDES if each.fullmatch(name)), None):
        other_one = sides.search(before)
        return before[: other_one.start()] + name + before[other_one.end() :] if other_one else None
    if len(name) <= 8 and re.fullmatch(r"[\u4e00-\u9fff]+", name) and (partner := _PARTNER.search(before)):
        return before[: partner.start("name")] + name + before[partner.end("name") :]
    there = _of_the_same_sort(name, before) or _alone(before)
    return before[: there.start] + name + before[there.end :] if there and len(name) <= 10 else None


def _of_the_same_sort(name: str, text: str) -> Span | None:
    """What in `text` ends as `name` does, with a word for what it is: 科技馆 for 国家博物馆, 职工医保 for 居民医保."""
    for length in range(min(4, len(name) - 1), 0, -1):
        end = name[-length:]
        if length == 1 and end not in _SORTS:
            continue
        if found := re.search(rf"(?:^|[的在和与、,，\s])([\u4e00-\u9fff]{{1,10}}?{re.escape(end)})", text):
            start = found.start(1) if length == 1 else max(found.start(1), found.end(1) - len(name))
            return Span(start, found.end(1))
    return None


def _alone(text: str) -> Span | None:
    """What `text` asks about, where it names no property of it that would be lost with it."""
    found = _WHAT_IS.match(text) or _HEAD.match(text)
    return Span(*found.span(1)) if found and not _PROPERTY.search(found[1]) else None


def _is_place(name: str) -> bool:
    return bool(_DISTRICT.fullmatch(name)) or name in places(name)


def _whole(place: str, text: str) -> str:
    """`place` with the word behind it that says what it is: 松江 in 松江区 is 松江区."""
    found = re.search(re.escape(place) + r"[区市县省]?", text)
    return found.group() if found else place


def _english(before: str, name: str) -> str | None:
    names = [found.group() for found in _CAPITALISED.finditer(before)]
    names = [" ".join(word for word in each.split() if word not in _ASKS) for each in names]
    names = [each for each in names if each]
    alike = [each for each in names if set(each.split()) & set(name.split())] or names
    return before.replace(alike[0], name) if len(alike) == 1 else None
