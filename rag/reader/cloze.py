"""Questions made of an article's own sentences: what a sentence tells is taken out and asked for.

In Chinese the word that asks stands where the answer would: `博物馆于1985年建成` asks `博物馆于哪一年建成？`. So there
are as many questions as sentences, and no person has to write them (noisy cloze questions: Lewis, Denoyer and Riedel
2019).
All text is in Simplified characters. Knows nothing of networks and of question sets.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.passages import Span, sentences

_LONGEST_SENTENCE, _SHORTEST_SENTENCE = 200, 12  # characters
_LEAST_ASKED = 6  # characters of a question beside the word that asks
_KEEP_CLAUSE = 0.5
_TURN = 0.25  # how often the clause that asks comes first
_DROP_WORDS = 0.6
_MOST_DROPPED = 3  # stretches
_LEAVE_GLOSS = 0.3
_CLAUSE = re.compile(r"[^，,；;：:。！？!?]+[，,；;：:。！？!?]*")
_GLOSS = re.compile(r"[（(][^（）()]*[）)]")
_EDGES = "，,；;：:。！？!? "
_N = r"[\d一二三四五六七八九十百千]"
_SOUNDS = (
    "阿埃艾安昂奥巴拜班邦保鲍贝本比彼宾波伯博布策查彻达戴丹道德登邓蒂迪丁东杜多厄恩尔法范菲费芬丰弗福富盖甘冈高戈哥格葛古圭哈海汉"
    "豪赫黑亨胡华怀惠霍基吉加贾简杰金卡凯坎康考柯科克肯库夸奎拉莱兰朗劳勒雷黎李里理利莉林琳刘龙卢鲁路伦罗洛马玛迈麦曼芒毛梅门蒙米密"
    "明摩莫墨默姆穆纳娜奈南内尼宁纽诺努欧帕派潘庞佩彭皮平珀普奇齐恰乔切琴丘让热荣茹瑞若萨塞赛桑瑟森沙莎山尚舍申圣施什史士舒斯思索苏"
    "孙塔泰坦汤唐陶特腾提廷图托瓦万旺威韦维温文翁沃乌伍武西希锡夏肖谢欣辛雄休许雅亚扬杨耶叶伊依易因英尤约赞泽扎詹张兹佐祖"
)
"""The characters that foreign names are written with."""
_WORDS = r"[^，,；;：:。！？!?、（）()《》“”\s]"
_NAMED = r"[^，,；;：:。！？!?、（）()《》“”\s的于在是了和与及由到从被把将就也而\d]"
_UNIT = (
    r"(?:平方公里|平方千米|平方米|公里|千米|海里|米|公顷|亩|吨|公斤|千克|克|美元|港元|欧元|日元|英镑|元|岁|个月|个|人次|人|名"
    r"|位|家|所|座|条|种|部|次|届|场|间|层|辆|艘|架|票|分钟|小时|天|周|倍|度|万|亿)"
)
_UNTIL = "(?=[，,。；;])"
_SORTS = (
    (r"\d{4}年\d{1,2}月(?:\d{1,2}日)?|(?<![年\d])\d{1,2}月\d{1,2}日", "什么时候 何时 哪一天 哪天"),
    (r"\d{4}年(?!\d|代)", "哪一年 哪年 何时 什么时候"),
    (r"\d[\d.]*%|百分之[\d一二三四五六七八九十百点]+", "百分之多少 多少 多大比例"),
    (rf"(?<![\d.,第年月])(?:\d[\d,.]*|[一二三四五六七八九十百千]+)[多余]?(?P<unit>[万亿]?{_UNIT})",
     "多少{unit} 几{unit}"),
    (rf"第{_N}+(?P<unit>[届次位名个条])", "第几{unit}"),
    (rf"[{_SOUNDS}]{{1,6}}(?:·[{_SOUNDS}]{{1,8}})+", "谁 哪个人 什么人"),
    (r"(?<![A-Za-z0-9\-&./])[A-Z][A-Za-z]{2,}(?: [A-Z][A-Za-z]+)*(?![A-Za-z0-9\-&./])", "什么 谁 哪个"),
    (r"《[^《》]{2,20}》", "什么 哪部作品 哪一部"),
    (r"“(?P<answer>[^“”]{2,12})”", "什么"),
    (rf"[由被](?P<answer>{_NAMED}{{2,10}}?)(?=创|建立|建造|设计|写|执导|担任|主演|主持|领导|发明|发现|提出|选为|任命|任职"
     r"|打败|击败|收购|购|管理|负责|制作|出版|开发|组成|命名|称|取代|占领)", "谁 什么"),
    (rf"(?:位于|坐落|处于|出生于|生于|前往|来到|抵达|迁至|来自)(?P<answer>{_WORDS}{{2,12}}){_UNTIL}",
     "哪里 何处 什么地方"),
    (rf"(?:^|[，、于在到从是和与及往由])(?P<answer>{_NAMED}{{1,7}}(?P<unit>公司|大学|学院|中学|小学|医院|银行|政府|法院|球队"
     r"|车站|机场|公园|地区|路|街|桥|山|河|湖|岛|市|县|省|区|镇|村))(?![长民委区镇村大学])", "哪个{unit} 什么{unit}"),
    (rf"(?:因为|由于)(?P<answer>[^，,。；;]{{4,40}}){_UNTIL}", "什么"),
    (rf"(?:为了|用于|用来|旨在)(?P<answer>[^，,。；;]{{3,30}}){_UNTIL}", "什么 做什么"),
    (rf"(?<![不就还都也但只正总便若可而或凡于])(?:是|称为|名为|即为|作为|指|叫|称)(?![否由在因以了为之不])"
     rf"(?P<answer>[^，,。；;：:]{{2,30}}){_UNTIL}", "什么"),
    (rf"(?:包括|包含|分为|例如)[了有：:]?(?P<answer>[^，,。；;]{{1,20}}、[^，,。；;]{{2,50}}){_UNTIL}",
     "哪些 什么 哪几个"),
    (rf"(?:^|[，,；;])(?P<answer>(?![但而并因如当这该其他它她也不则又还就以且虽即]){_NAMED}{{2,10}}?)"
     r"(?=是|位于|成为|出生|毕业|成立|获得|担任|建于|属于|拥有)", "什么 谁 哪个"),
    (r"(?:获得|担任|成为|提出|发现|使用|采用|创办|建立|主张|毕业于|属于|加入|引发|导致|造成)了?"
     rf"(?P<answer>{_WORDS}{{2,20}}){_UNTIL}", "什么"),
)  # fmt: skip
"""What a sentence may be asked for: where it stands, and the words that ask for it."""
_FINDERS = tuple((re.compile(pattern), words.split()) for pattern, words in _SORTS)
_REASON = re.compile(r"(?:因为|由于)$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cloze:
    """A question, and what of the text it was made of answers it."""

    question: str
    answer: Span


def clozes(text: str, rng: random.Random) -> Iterator[Cloze]:
    """Questions that `text` answers, at most one of each of its sentences, in order."""
    for sentence in sentences(text):
        if _SHORTEST_SENTENCE <= sentence.end - sentence.start <= _LONGEST_SENTENCE:
            found = _of_sentence(text[sentence.start : sentence.end], rng)
            if found:
                start, end = found.answer.start, found.answer.end
                yield Cloze(question=found.question, answer=Span(sentence.start + start, sentence.start + end))


def _of_sentence(text: str, rng: random.Random) -> Cloze | None:
    """A question whose answer stands once in the sentence `text`. Each sort of answer is as likely as any other."""
    sorts = [(list(finder.finditer(text)), words) for finder, words in _FINDERS]
    sorts = [(found, words) for found, words in sorts if found]
    if not sorts:
        return None
    found, words = rng.choice(sorts)
    match = rng.choice(found)
    start, end = match.span("answer" if "answer" in match.re.groupindex else 0)
    if text.count(text[start:end]) > 1:
        return None
    asks = rng.choice(words).format(**match.groupdict())
    before, after = text[:start], text[end:]
    if _REASON.search(before):
        before, asks = _REASON.sub("", before), "为什么"
        after = after.lstrip(_EDGES)
    question = _noisy(before, asks, after, rng)
    return Cloze(question=question, answer=Span(start, end)) if question else None


def _noisy(before: str, asks: str, after: str, rng: random.Random) -> str | None:
    """A question of the clause that asks and of some of the others, from which a few characters are gone."""
    whole = before + asks + after
    place = len(before)
    own = ""
    others: list[str] = []
    at = 0
    for match in _CLAUSE.finditer(whole):
        if match.start() <= place < match.end():
            own = match.group().strip(_EDGES)
            at = len(others)
        else:
            others.append(match.group().strip(_EDGES))
    kept = [rng.random() < _KEEP_CLAUSE for _ in others]
    if at and len(own) - len(asks) < _LEAST_ASKED:
        kept[at - 1] = True
    parts = [each for each, keep in zip(others[:at], kept, strict=False) if keep]
    rest = [each for each, keep in zip(others[at:], kept[at:], strict=True) if keep]
    parts = [own, *parts, *rest] if rng.random() < _TURN else [*parts, own, *rest]
    if rng.random() > _LEAVE_GLOSS:
        parts = [_GLOSS.sub("", each) for each in parts]
    if rng.random() < _DROP_WORDS:
        parts = [_thinned(each, asks, rng) for each in parts]
    question = "，".join(filter(None, parts))
    return f"{question}？" if asks in question and len(question) - len(asks) >= _LEAST_ASKED else None


def _thinned(clause: str, asks: str, rng: random.Random) -> str:
    """`clause` without a few stretches of one or two characters; numbers, Latin words and what asks stay whole."""
    protected = [match.span() for match in re.finditer(rf"{re.escape(asks)}|[A-Za-z0-9.,%·]+", clause)]
    for _ in range(rng.randint(0, _MOST_DROPPED)):
        start = rng.randrange(max(1, len(clause)))
        end = min(start + rng.randint(1, 2), len(clause))
        if len(clause) > _LEAST_ASKED and all(end <= first or last <= start for first, last in protected):
            clause = clause[:start] + clause[end:]
            gone = end - start
            protected = [(first - gone, last - gone) if first >= end else (first, last) for first, last in protected]
    return clause
