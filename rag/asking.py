"""What a question asks: its kind, the words that carry it, the facts that it takes for given.

Works on the folded text (see `corpus.fold`), so that one list of words serves both scripts. Knows nothing of articles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from corpus.fold import fold
from rag.editions import Edition, editions
from rag.language import is_english
from rag.numerals import with_years
from rag.relative_dates import relatives
from rag.romanised import editions_in, names_in, ordinals_in


class Kind(StrEnum):
    """What sort of thing would answer the question."""

    NUMBER = "number"
    WHEN = "when"
    WHO = "who"
    WHERE = "where"
    LIST = "list"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question taken apart. Everything in it but `original` is folded."""

    original: str
    """The question as it was asked."""
    text: str
    asking: int
    """Where in `text` the asking word stands."""
    kind: Kind
    measure: str | None
    """The unit that is asked for: `亩` in 占地多少亩, `元` where an amount of money is meant. Only for numbers."""
    runs: tuple[str, ...]
    """The stretches that carry meaning, question words and fillers taken out."""
    focus: str | None
    """The property that is asked for, where the question names one: `投资额` in ……中心的投资额是多少."""
    wanted: str | None
    """The sort of thing that is asked for, where the question names one: `公司` in 哪家公司, `年` in 哪一年."""
    givens: tuple[str, ...]
    """What an answer must be about: ordinals, years, numbers with units, titles, quoted and Latin words."""
    editions: tuple[Edition, ...]
    """The editions that the question names: the third of 进博会."""
    english: bool
    names: tuple[str, ...]
    """What of an English question Chinese texts may hold too, each in their spelling: names in pinyin, acronyms."""


_WHAT_IS = r"what (?:is|was|are|were|will be) (?:(?!of\b)[\w’'-]+ ){0,4}?"
_NO_MORE = r"s?(?=\s*(?:[?.!]|$)|\s+(?:of|for|in|to|per|at|on|if|this|that|an?|by|when)\b)"
_PAID = "(?:budget|cost|price|fee|fare|toll|fine|revenue|turnover|profit|salary|wage|income|rent|subsidy)"
_AMOUNT = rf"{_WHAT_IS}{_PAID}{_NO_MORE}"
_SIZE = rf"{_WHAT_IS}(?:population|(?:tele)?phone(?: number)?|hotline|height|length|depth|weight|capacity){_NO_MORE}"
"""What has an amount of money, or a number, where an English question asks what it is."""
_KINDS: tuple[tuple[Kind, str], ...] = (
    (
        Kind.LIST,
        r"哪些|哪几|哪[两三四五六七八九十](?!年|月|天)|分别(?:是|为|有)|包括什么|有什么|都有谁"
        r"|what are the|which \w+s (?:are|were|did|signed|took)|list (?:the|all)",
    ),
    (
        Kind.NUMBER,
        r"多少|百分之几|(?<=[路街巷弄])几号|几(?:号(?=线|楼|窗|门|院|桥|馆|厅|店|库|口|站台)|点(?=要求|注意|建议|意见|内容|原因))"
        r"|几(?:[个家位名项条场次只笔篇件套座所种类成倍亿万千百岁层公米吨亩元分人站科辆艘架颗枚棵株栋幢排]|十|年(?!级)|天|小时)"
        r"|多大(?:比例|规模|面积)?|多高|多长|多远|多重|how (?:many|much|large|big|long|far)"
        r"|what (?:number|percentage|percent|share|amount|sum)"
        rf"|{_AMOUNT}|{_SIZE}",
    ),
    (
        Kind.WHEN,
        r"什么时候|何时|哪(?:一)?[年天月日]|几月|几号|几日|几点|哪个(?:月|时间|日子)|多久|什么时间|什么时期"
        r"|\bwhen\b|(?:what|which|on what) (?:year|date|day|time|month)",
    ),
    (Kind.WHO, r"谁|何人|哪(?:一)?位|什么人|\bwho(?:m|se)?\b"),
    (
        Kind.WHERE,
        r"哪里|哪儿|在哪(?![一几两些个家位所座年天])|何地|何处|什么地方|哪(?:一)?[座个](?:城市|地方|大厦|大楼|中心|场馆|区|县|省|市)"
        r"|\bwhere\b|(?:what|which) (?:place|venue|city)",
    ),
)

_MONEY = re.compile(
    r"奖金|金额|投资额|总投资|造价|资金|成本|费用|价格|经费|预算|营收|收入|利润|产值|成交额|花费|多少钱"
)
_RATE = re.compile(
    r"(?:增长|下降|上升|提高|减少|增加|上涨|下跌|降低)了?(?:多少|几)(?![万亿美元])|增[速幅]|[涨降]幅|增长率|比例|占比|比重"
)
"""Asks how much more or less, which may be told in percent."""
_MEASURE = re.compile(
    r"(?:多少|几)(?:个(?=工作日|小时|月|百分点|人(?!民|才|均|工)))?"
    r"(平方米|平方公里|公里|千米|海里|立方米|公顷|公斤|千瓦|万吨|小时|分钟|工作日|美元|亿元|万元|人次|百分点"
    r"|人(?!民|才|均|工)|家(?!庭|长|属|具|园)|年(?!轻|龄|级|货)|天(?!然|文)|名(?!额|单|称)|门(?!票|诊)|本(?!科)|部(?!门|分|队)"
    r"|种(?!子|植)|处(?!罚|理)|场(?!地|馆|所|次)|场次|分(?!数|公司|店)|条(?!件|款|例)|座(?!位)|层(?!次)|级(?!别)|台(?!湾)"
    r"|集(?!团|体|合|装|市)|包(?!裹|括|装|子)|班(?!级|车|次|主)|节(?!目|日|点)|课(?!程|题|时)|轮(?!船|胎|椅)|股(?!东|份|票)"
    r"|[个位项次只笔篇件套所户元吨亩岁月日米张辆间倍届期批份支枚株棵组款首幅起克斤升度块周页票秒架艘栋幢头匹号]"
    r"|[册卷封盏桌席瓶袋箱桶盒粒捆串趟])"
)
_COUNTED = r"how many (?:\w+ ){0,3}?"
_ENGLISH_MEASURES: tuple[tuple[str, str], ...] = (
    ("%", r"\bper ?cent|percentage"),
    ("平方米", r"square (?:met|kilomet)|\bhectare|(?:how (?:large|big)|what) (?:is |was )?(?:the )?area"),
    (
        "人",
        _COUNTED
        + r"(?:people|persons|visitors|participants|students|guests|attendees|employees|workers|experts|talents)\b",
    ),
    ("家", _COUNTED + r"(?:companies|enterprises|firms|institutions|businesses|banks|hospitals|factories|shops)\b"),
    ("项", _COUNTED + r"(?:projects|measures|items|achievements|patents|agreements)\b"),
    ("颗", _COUNTED + r"satellites\b"),
    ("棵", _COUNTED + r"trees\b"),
    ("座", _COUNTED + r"(?:bridges|stations|buildings|reservoirs|towers)\b"),
    ("所", _COUNTED + r"(?:schools|universities|colleges)\b"),
    ("辆", _COUNTED + r"(?:vehicles|cars|buses|trucks)\b"),
    ("篇", _COUNTED + r"(?:reports|papers|news stories)\b"),
    ("笔", _COUNTED + r"(?:orders|deals|transactions|loans)\b"),
    ("吨", _COUNTED + r"(?:tons|tonnes)\b"),
    ("公里", _COUNTED + r"(?:kilomet(?:er|re)s|km)\b"),
    ("天", _COUNTED + r"(?:working )?days\b"),
    ("月", _COUNTED + r"months\b"),
    ("小时", _COUNTED + r"hours\b"),
    ("届", _COUNTED + r"editions\b"),
    (
        "元",
        rf"{_AMOUNT}"
        r"|how much (?:money|funding|investment)|how many (?:\w+ ){0,2}(?:yuan|rmb)\b"
        r"|(?:what|how much)\b[^?]{0,40}\b(?:yuan|rmb)\b|(?:what|how much) (?:\w+ ){0,3}(?:amount|sum|cost|invested)\b",
    ),
)
_NO_MEASURE = frozenset("的呢吗是了啊呀在和与及钱")

_ASKING = r"(?:多少|谁|什么|哪|何|几|多[大高长久]|怎)"
_FOCUS = re.compile(
    r"的([\u4e00-\u9fff]{2,8}?)(?:具体|大概|大约|目前|现在|一共|总共|预计|究竟|到底)*"
    rf"(?:是在|是由|是|为|在|有|到|由|设在|定在|位于|达到?|叫)?{_ASKING}"
)
# These ask for what the sentence says of something, and seldom stand in it.
_META = re.compile(
    r"名字|名称|全名|全称|简称|职务|职位|身份|头衔|意义|作用|目的|原因|内容|特点|背景|情况|看法|观点|评价|方面|领域|主题"
    r"|任务|目标|方式|时间|日期|日子|地点|场地|地方|数量|总数|题目|标题|对象|结果|措施|关系|区别|含义|意思|说法|态度"
)
_WANTED = re.compile(
    r"哪(?:一)?[家个所座本项只篇位国类种份部条款支]?(年|月|天|日|[\u4e00-\u9fff]{0,4}?(?:公司|集团|企业|机构|单位|银行|大学|学校|高校|期刊|刊物|杂志|报纸"
    r"|城市|市|国家|大厦|大楼|交易所|医院|部门|区|省|县))"
)

# Taken out before matching: words that ask, and words that say nothing about what is asked for. Longest first.
_FILLERS = re.compile(
    r"(?:多少|几|哪[一两三几]?)(?:[个家位名项条场次只笔篇件套座所种类本份届期轮间层人倍颗架辆亩国点岁号](?!京|庭)|年|月|日|天)|"
    r"请问|请告诉我|告诉我|我想知道|想知道|请介绍|介绍一下|说说|说一下|一下子|一下|大概|大约|差不多|目前|如今|现在|一共|总共|共有|合计|加起来|到底|究竟|具体|"
    r"分别|各自|各是|各在|各有|主要|那篇|这篇|报道|文章|文中|新闻稿|稿件|稿子|资料|提到|根据|按照|关于|有关|叫做|叫什么|名叫|做什么|干什么|是什么样|是什么时候|什么时候|什么时间|什么时期|什么地方|是什么|什么样|什么|"
    r"哪些|哪里|哪儿|哪|多少|多久|多大|多高|多长|几月几日|几号|几|谁|怎么样|怎么|怎样|如何|为什么|为何|是否|有没有|有无|能否|可否|"
    r"何时|何地|何人|何处|啥|咋|这句话|一块儿|一起|的话|吗|呢|呀|啊|(?<![网酒贴])吧|(?<!目)的(?!士)|了(?!解)|是|(?<![邀申聘敬提])请(?!求)|你|我|他们|她们|它们|他|她|它|这个|那个|这些|那些|该|此次|这次|本次|(?<!现)(?<!存)(?<!实)在|(?<![协颐雍共呼总饱温缓柔])和(?![平谐解田县睦])|(?<!参)与(?!会)|(?<!以)及(?!时)|以及|(?<!或)或(?!许)|被|把(?!握)|也|(?<![首成古])都(?!市)|(?<![归偿返])还(?![款贷原])|又|(?<![成造])就(?![业医诊任职读学近餐地])|会不会|"
    r"[\s，。？！、；：,.?!;:“”\"'‘’「」『』（）()《》〈〉【】\[\]…—\-~·]+"
)
_ACRONYM = re.compile(r"(?<![A-Za-z0-9<&/])(?:[A-Z][A-Z0-9]+|[A-Z]\d+[A-Z0-9]*)(?![A-Za-z0-9>;])")
_GIVEN = re.compile(
    r"第[一二三四五六七八九十百零两\d]+(?!次(?![全大会世鸦国战党代届]))[\u4e00-\u9fff]"
    r"|\d{4}年|\d{1,2}月(?:\d{1,2}日)?"
    r"|《[^》]{2,60}》|[“\"「][^”\"」]{4,40}[”\"」]"
    r"|(?<![a-z\d.])\d+(?:\.\d+)?(?:%|[万亿千百]*[\u4e00-\u9fff])"
)

_YEAR_ALONE = re.compile(
    r"(?<![\d.])(?:19|20)\d\d(?=[\u4e00-\u9fff])(?![年万亿千百个家人元名位户次届平公吨米亩岁条项所座张台辆间号多余分])"
)
"""`2026` in 2026高考."""


def asked(question: str) -> Asked:
    """`question` taken apart."""
    text = with_years(fold(question))
    english = is_english(text)
    kind = next((kind for kind, pattern in _KINDS if re.search(pattern, text)), Kind.OTHER)
    return Asked(
        original=question,
        text=text,
        asking=_asking(text),
        kind=kind,
        measure=_measure(text, english=english) if kind is Kind.NUMBER else None,
        focus=_focus(text),
        wanted=_wanted(text),
        runs=tuple(_runs(text, english=english)),
        givens=tuple(_givens(question, text, english=english)),
        editions=tuple(editions_in(text) if english else editions(text)),
        english=english,
        names=tuple(_names(question)) if english else (),
    )


def _asking(text: str) -> int:
    found = re.search(rf"{_ASKING}|\b(?:what|who|when|where|which|how|why)", text)
    return found.start() if found else len(text)


def _names(question: str) -> list[str]:
    return list(dict.fromkeys([*names_in(question), *(m.group() for m in _ACRONYM.finditer(question))]))


def _focus(text: str) -> str | None:
    found = _FOCUS.search(text)
    return found[1] if found and not _META.search(found[1]) else None


def _wanted(text: str) -> str | None:
    found = _WANTED.search(text)
    return found[1] if found else None


def _measure(text: str, *, english: bool) -> str | None:
    if english:
        return next((unit for unit, words in _ENGLISH_MEASURES if re.search(words, text)), None)
    found = _MEASURE.search(text)
    if "百分之几" in text or "多大比例" in text:
        return "%"
    if "面积" in text:
        return "平方米"
    if found and found[1] not in _NO_MEASURE:
        return found[1]
    return "元" if _MONEY.search(text) and not _RATE.search(text) else None


def _runs(text: str, *, english: bool) -> list[str]:
    if english:  # only what can stand in a Chinese article too: Chinese words, numbers, names in capitals
        return re.findall(r"[\u3400-\u9fff]+", text)
    for word in reversed(list(relatives(text, published=None, title="", article=""))):
        if not word.edition:  # `今年灯会` says `灯会`, and apart from it when
            text = f"{text[: word.start]} {text[word.start : word.end]} {text[word.end :]}"
    pieces = (piece for piece in _FILLERS.split(text) if piece)
    return [run for piece in pieces for run in re.findall(r"[a-z0-9][a-z0-9.%\-]*|[\u3400-\u9fff]+", piece)]


def _givens(question: str, text: str, *, english: bool) -> list[str]:
    found = [match.group().strip('《》“”"「」') for match in _GIVEN.finditer(_YEAR_ALONE.sub(r"\g<0>年", text))]
    if english:
        found = re.findall(r"(?<![a-z\d])(?:19|20)\d\d(?!\d)", text) + ordinals_in(question)
        found += re.findall(r"[\u3400-\u9fff]{2,}", text)
    else:
        found += [m.group().casefold() for m in _ACRONYM.finditer(question)]
    return list(dict.fromkeys(found))
