"""How a message opens before it asks: with thanks, with a change of topic, or by correcting what was understood.

Reads Simplified text in any case. Knows nothing of what was asked before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus.fold import simplify_with_offsets


def _any(*words: str) -> str:
    return "(?:" + "|".join(words) + ")"


_CLAUSE = re.compile(r"[^,，。.!！?？~～;；:：\s]+(?:\s+[^,，。.!！?？~～;；:：\s]+)*[,，。.!！?？~～;；:：\s]*")
_COURTEOUS = re.compile(
    _any(
        "谢|感激|辛苦|收到|明白|了解|懂了|知道了|好[的滴嘞呀]|^好$|没关系|没事|不客气|有劳|劳驾|麻烦|打扰|抱歉|不好意思|请教",
        "^[嗯哦噢啊哎诶唉]+|厉害|不错|你好|您好|早上好",
        r"thank|cheers|appreciat|helpful|great\b|perfect|morning|afternoon|hello|\bhi\b|please|got it|\bok(?:ay)?\b",
        r"mind\b|i see\b|sorry|^well$",
    ),
    re.IGNORECASE,
)
_BESIDE_IT = re.compile(
    _any(
        "谢|感激?|辛苦|收到|明白|了解|懂|知道|好|没关系|没事|不客气|有劳|劳驾|麻烦|打扰|抱歉|不好意思|请教?|厉害|不错|早上",
        "[我你您嗯哦噢啊哎诶唉的滴嘞呀了啦吧哈啰那也多再想太很非常]|说明|解答|回答|帮助|帮忙|帮我|解释|一?下",
        r"\b(?:thank|you|very|much|so|a|lot|that|is|s|t|if|don|mind|i|see|good|it|got|really|appreciated)\b",
        r"\b(?:for|the|help)\b",
        r"thanks|cheers|helpful|great|perfect|morning|afternoon|hello|\bhi\b|please|\bok(?:ay)?\b|sorry|well",
    ),
    re.IGNORECASE,
)
"""What may stand in a clause of thanks. Any other word makes it one that says what is asked about."""
_ASKS = re.compile(
    "什么|哪|谁|多少|几|怎|何|啥|吗|多[大高长久远]|呢|我(?:是|要|想).*的?是|我说"
    r"|\b(?:who|what|which|when|where|why|how|meant|mean)\b",
    re.IGNORECASE,
)
_FILLER = re.compile(
    "^"
    + _any(
        "不过|但是|可是|那么(?=[,，])|请问",
        "(?:我)?(?:再|还)?想?(?:再)?(?:请教|请问|问|麻烦|打听)(?:一下|下|您|你|个)*(?:[,，:：]|(?=是|跟|和))",
        "(?:麻烦)?(?:再|帮我)?(?:查|看)(?:一下|下)(?:[,，]|(?=是|跟|和|在|哪|什么|多少|几))",
        r"那么?(?=第[一二三四五六七八九十\d]|\d{4})",
    )
    + r"\s*"
)
_MOST_CORRECTION = 80
_CHANGES_TOPIC = re.compile(
    "^"
    + _any(
        r"对了|换个?(?:问题|话题)|另外(?=[,，:：。\s])|还想(?:再)?问(?:一下|下|个)?|话说|不说这个了",
        "(?:再|另外|顺便|顺带|还想)(?:想|再)?(?:问|打听|了解|查)(?:一下|下|个|一个)?(?:别的|其他的?|另外的?)?(?:问题|事)?",
        "by the way|on another (?:matter|topic|note|subject)|changing the subject|one more thing(?: please)?|btw",
        "(?:a |one )?(?:different|another|unrelated|new) (?:question|topic)",
    )
    + r"(?:[,，:：。.;；\s~～—-]+|(?=[\u4e00-\u9fff]))(?:(?:问|想问)(?:一下|下)[,，\s]*)?",
    re.IGNORECASE,
)
_BACK_TO = re.compile(
    r"^(?:说回|回到|再说回?|还是说|话说回来?|back to)\s*(?P<what>[^,，。.:：]{2,20})[,，。.:：\s]+(?P<rest>.+)$",
    re.IGNORECASE,
)
_STOP = r"[,，:：.。!！;；\s]{0,4}"
_WRONG = _any(
    r"不对|不是(?:的|啦|这个|这样)?(?=[,，.。!！:：\s啦])|不(?=[,，.。!！\s])|[\u4e00-\u9fff]{0,4}错(?:字)?(?:了|啦)?",
    "更正(?:一下)?|纠正(?:一下)?|抱歉|哎|唉|啊",
    r"no\b|nope|wrong|sorry|correction|actually|i mixed (?:them|it) up|not that(?: one)?|the other one|my mistake|oops",
)
_MEANS = _any(
    "我(?:刚才)?(?:的意思|是|想|要){0,3}(?:问|说|指|要|讲|知道|了解|查)?的?(?:其实)?(?:是(?:要|说|问|指)?)?",
    "其实是|是?想问|[要想][问查]的?是?|问的是|应该是|是问|而是|是(?=.)",
    r"(?:i )?(?:meant|mean|was asking (?:about|for)|want(?:ed)?)(?: to (?:ask|know)(?: about)?)?|i said",
)
_NOT = _any("而?不是|没问|没有问|不问|没说|而非", "not|rather than|instead of")
_END = r"(?:才对|才是|啊|呀|哦|啦|哈|呢)?[,，.。!！?？\s]*$"
_WANTED, _DROPPED = r"(?P<wanted>[^,，。.;；]{1,40}?)", r"(?P<dropped>[^,，。.;；]{1,30}?)"
_CORRECTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:{_WRONG}{_STOP}){{0,3}}我?{_NOT}(?:问|说|指|要)?\s*{_DROPPED}[,，;；\s]+(?:{_MEANS}|but)?\s*{_WANTED}{_END}",
        rf"^(?:{_WRONG}{_STOP}){{0,3}}(?:{_MEANS})?{_STOP}{_WANTED}的?[,，;；\s]*{_NOT}(?:问|说|指|要)?\s*{_DROPPED}{_END}",
        rf"^(?:{_WRONG}{_STOP}){{0,3}}{_MEANS}{_STOP}{_WANTED}(?P<dropped>){_END}",
        rf"^(?:{_WRONG}[,，:：.。!！\s]{{1,4}}){{1,3}}{_WANTED}(?P<dropped>){_END}",
    )
)
_MARKS_CORRECTION = re.compile(
    _any(
        rf"^{_WRONG}{_STOP}(?:{_WRONG}|{_MEANS}|{_NOT}|[^?？]{{1,16}}(?:才对|才是)?{_END})",
        "^我(?:是|的意思|想|要|刚才|其实){0,3}(?:说|问|指|要|查)?的(?:其实)?是|^我是说|^我的意思|没问",
        "^我?不是(?:问|说|要)|^不是[^吗?？]{1,16}[,，]*(?:而?是|我(?:刚才|其实|是|想)*(?:问|说|指|查|知道|了解|的意思|要的))",
        rf"[^是]不是[^,，?？]*[^吗?？]{_END}",
        r"\bi meant?\b|\brather than\b|^not\b|^(?:no|sorry|actually)\b",
    ),
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """What is meant instead."""

    wanted: str
    dropped: str
    """What was misunderstood, empty where it is not said."""


def without_courtesy(text: str) -> str:
    """`text` without thanks and the like before and after what it asks; as it is where nothing else is left."""
    folded = simplify_with_offsets(text)
    simple = folded.text
    clauses = [match.span() for match in _CLAUSE.finditer(simple)]
    while len(clauses) > 1 and _is_courtesy(simple[slice(*clauses[0])]):
        clauses.pop(0)
    while len(clauses) > 1 and _is_courtesy(simple[slice(*clauses[-1])]):
        clauses.pop()
    start, end = (clauses[0][0], clauses[-1][1]) if clauses else (0, len(simple))
    if filler := _FILLER.match(simple[start:end]):
        start += filler.end() if re.search(r"[^\W_]{2}", simple[start + filler.end() : end]) else 0
    return text[slice(*folded.span(start, end))].strip() or text if start < end else text


def _is_courtesy(clause: str) -> bool:
    left = re.findall(r"[\u4e00-\u9fff]|[A-Za-z0-9]+", _BESIDE_IT.sub(" ", clause))
    return bool(_COURTEOUS.search(clause)) and len(left) <= 1 and not _ASKS.search(clause)


def new_topic(text: str) -> str | None:
    """What `text` asks, up to its end, after a phrase that changes the topic; None where it has none."""
    found = _CHANGES_TOPIC.match(text)
    rest = text[found.end() :].lstrip() if found else ""
    return rest if re.search(r"[^\W_]{2}", rest) else None


def back_to(text: str) -> tuple[str, str] | None:
    """The subject that `text` returns to, and what it asks of it."""
    found = _BACK_TO.match(text)
    return (found["what"].strip(), found["rest"].strip()) if found else None


def correction(text: str) -> Correction | None:
    """What `text` says is meant; None where it corrects nothing."""
    if len(text) > _MOST_CORRECTION or not _MARKS_CORRECTION.search(text):
        return None
    found = next(filter(None, (pattern.match(text) for pattern in _CORRECTS)), None)
    return Correction(wanted=found["wanted"].strip(), dropped=found["dropped"].strip()) if found else None
