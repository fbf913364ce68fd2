"""A question that leans on what was said before, made to stand alone by rule. Knows nothing of models.

Something is carried over only where the question points back: a pronoun, `那……呢`, `第二年`, a correction, or words
that ask without naming anything. A question that names its own subject is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from corpus.fold import fold, simplify, simplify_with_offsets
from rag.asking import asked
from rag.contrast import replaced
from rag.language import is_english
from rag.mentioned import answered_with, one_of_two
from rag.names import bodies, opens_with_person, places
from rag.openings import Correction, back_to, correction, new_topic, without_courtesy
from rag.records import Question, Turn

_THAT = "那(?!拉提|曲(?![子目调艺])|达慕|坡县|不勒斯)"
"""Not what begins a name."""
_PRONOUN = re.compile(
    r"他们|她们|它们|(?<!其)他(?!国|乡|人)|她|它|其(?!中|他|它|实|次|余)|(?<!应)该(?=[\u4e00-\u9fff]{2})"
    r"|这(?![样里么]|个?(?:月|周|星期|季度)|[几两][天周年月]|几个月|学期)"
    rf"|{_THAT}(?!么|样)|(?<![因如彼])此(?!外)|上述|前者|后者"
    r"|另外(?=[一两二三四五六七八九十几])|剩下的"
    r"|\b(?:he|she|it|they|him|her|his|its|their|them|this|that|these|those|former|latter)\b"
)
_AND_WHAT_OF = re.compile(
    r"^(?:and|what about|how about)\s+(?!.*\b(?:who|what|which|when|where|why|how)\b).{1,40}$|^the (?:next|previous)"
)
_LEAD = re.compile(
    rf"^(?:{_THAT}么?(?![里边儿位个些场份次家款条座种时])|and\b|what about\b|how about\b)[,，\s]*", re.IGNORECASE
)
_ASKS = re.compile(r"什么|哪|谁|多少|几|怎|何|啥|\b(?:who|what|which|when|where|why|how)\b")
_PUTS_IN = re.compile(
    rf"^{_THAT}|呢[?？。!！\s]*(?:$|[,，])|(?:的|呢)?(?:又|也|则)(?:是|有)?(?:多少|怎么样|如何|帮我|查|看)|怎么样[?？。!！\s]*$"
    r"|第二年|次年|翌年|下一年|前一年|上一年"
)
_ASKING_TAIL = re.compile(
    r"(?:的|呢)?(?:又|也|则)?(?:是|有)?(?:多少|几[个家名位]?|什么|怎么样|如何|帮我.*|[查看问]一?下.*)?(?:吧|呢)?"
    r"[?？。.!！\s]*$"
)
_NAMES = re.compile(
    r"(?:了解|咨询|打听|查)(?:一下|下)[^,，]{2,}[,，]|[a-z][a-z\d]|《|“|\d{4}"
    r"|[\u4e00-\u9fff]{2}(?:(?<![小社园景辖地片校库灾郊各全本])区|(?<![城超夜菜股楼上全本各])市|(?<![全本各])[县省镇])(?!长|委)|第[一二三四五六七八九十\d]+届"
)
_DEFINES = re.compile(r"是(?:谁|什么|啥|哪|做什么)|什么意思")
_POINTS_BACK = re.compile(
    "(?:(?:我们?|你)?(?:刚才|刚刚|前面|之前|上面|最初|最开始|一开始|先前|开头)|[这那])(?:说|提|问|聊|讲)?(?:到|过)?的?"
    "(?:[这那])?[个份场座条家位件]?"
)
_MOST_PUT_IN = 14
_FEW = 2
_OWN_ENOUGH = 9
"""From so many characters that carry meaning on, a question has a subject of its own."""
_YEAR = re.compile(r"(\d{4})(?=\s*年|\b)")
_NO_WORD = re.compile(r"[A-Za-z]{30}")
_SHIFTED_YEAR = re.compile(
    r"第二年|次年|翌年|下一年|the (?:next|following) year|前一年|上一年|the (?:previous|year before)"
)
_RIGHTS = (
    r"(?:身份|居住|通行|驾驶|行驶|结婚|离婚|出生|房产|不动产权?|毕业|学位|残疾|老年|健康|退休|准考|许可|生育|军官|学生)证(?!明)"
    r"|护照|[驾执签][照证]|[社医]保|低保|五保|公积金|养老金|失业金|退休金|抚恤金|救助金|奖学金|助学金|生育金|居住登记"
    r"|[\u4e00-\u9fff]{2}(?:津贴|补贴|补助|保险)|(?:公交|市民|老年|残疾人|敬老|优待)卡|户口(?:[本簿]|迁移|(?=吗?[?？。!！]*$))|上户口"
    r"|公租房|廉租房|保障房|物业费|[水电暖]费|燃气费|取暖费|暖气费|油价|垃圾|工伤|欠薪|最低工资|退休年龄|个体户"
    r"|(?:地铁|公交|高铁|动车|火车|轮渡|航班)(?!卡|.*(?:[到去]|怎么[走坐]))|天气|台风|地震"
    r"|个税|退税|年检|车牌|摇号|疫苗|高考|中考|公务员|[结离]婚登记|法律援助"
)
"""What people turn to public services for: a question about one of them is about nothing else."""
_OBTAIN = r"(?:补?办理?|补|上|申?领取?|查询?|补?交|补?缴纳?|申请|提取|换领?|迁|开|打)(?:一?[个张本份]|新的?)?"
_HAS_RIGHT = re.compile(
    r"^(?:这[几两]个?[天年月]的?)?[^没无不用拿凭带持需要可能有把让和跟与同呢又也哪谁几多怎何什吗]{0,12}?"
    rf"(?P<right>{_RIGHTS})"
    r"(?=[^呢又也]*(?:哪|谁|几|多[少久长大]|怎|如何|何时|什么|吗|咋|需要|有没有|能否|可否|是否|[补申换]办|办理|申[请领]"
    r"|条件|标准|流程|材料|报销|转移|查询|缴[费纳]))"
    r"|(?:怎[么样]|如何|咋|哪[里儿]|什么时候|何时|多久|能不?能?|可不?可?以|想)[^,，呢]{0,4}?"
    rf"{_OBTAIN}(?P<obtained>{_RIGHTS})"
)
_TOPIC = re.compile(
    r"^(?P<why>为什么|为何)?(?P<topic>[^,，呢又也还都没无不用拿凭带持要有需给把让和跟与同怎何哪什几多][^,，呢又也还都]{2,24}?)"
    r"(?(why)[要会能被]|(?:怎[么样]|如何|咋|什么时[候间]|何时|[在去到]?哪里|[在去到]哪|多少钱))"
)
_SLIGHT = re.compile(
    r"[的了着过后前时从到在被给或就才再很太是我你他您想一请问想知道个这们]+|\d+[年月日号岁元]?|[今明去前本当][年月天]|上个月|下个月"
    r"|现在|目前|最近|近期|平时|周末|节假日|[上下]午|晚上|另外|此外|其他|别的|具体|所有|剩余|原定|预计|一般|普通|首次|最[高低多少长快晚早]"
    r"|个人|单位|企业|公司|学校|家长|孩子|小孩|子女|父母|老人|学生|职工|员工|人员|居民|村民|市民|农民|用户|商家|游客|观众|代表"
    r"|本人|自己|应届|配偶|家属|外地|本地|异地|外国|网上|线上|线下|手机|当地|现场"
    r"|费用|材料|资料|时间|日期|条件|流程|程序|手续|步骤|地点|地址|电话"
    r"|热线|门票|票价|[一二]等座|面积|标准|金额|比例|额度|期限|范围|对象|资格|要求|政策|规定|方式|渠道|入口|出口|窗口|大厅|网站|平台|系统"
    r"|账[号户]|密码|验证码|收不到|照片|表格|证明|合同|发票|进度|结果|成绩|名单|补贴|补助|津贴|贷款|利息|税费|押金|奖金|奖品|[滞违][纳约]金|保证金|成效|效果"
    r"|进展|影响|规模|投资|收入|成本|停车|服务|客服|中心|项目|活动|大会|比赛|办理|申请|审[核批]|通过|提交|登记|注册|登录|预约|报[名考销]"
    r"|缴[费纳]|支付|退[款费休]|查询|打印|下载|上传|填写|修改|变更|取消|注销|激活|绑定|认证|领取|发放|到账|提取|转[移出入]|接续|补[办缴]"
    r"|续[签期]|延期|[过逾]期|丢[失了]|遗失|忘记|失败|成功|完成|开[始通放工园馆幕]|结束|建成|通车|投[产用]|启用|举[行办]|闭幕|参[加与]"
    r"|录取|毕业|入学|转学|[离辞]职|失业|怀孕|[结离]婚|死亡|去世|搬家"
)
"""What a question may say of what was spoken of before: when, for whom, which property or step of it."""
_SOMEBODY = re.compile(
    r"(?:[人者员生工民童妇士]|[^门账开窗销落迁上]户|个人|单位|企业|公司|机构|组织|团体|学校|家庭|家属|老人|孩子|子女|父母|夫妻|夫妇)$"
)
"""Whom a question may be asked of again: `低保户呢` after `医保要交多少钱`."""
_RELATIONAL = frozenset("费率线表人方码期量额数处价票座站者员师长生民层号店点口题款区场馆楼")
_NAMED = re.compile(r"《[^》]*》|“[^”]*”|「[^」]*」")
_PROPER = re.compile(
    r"(?<=[a-z,;:] )(?!I\b)[A-Z][A-Za-z0-9&-]+|\b[A-Z]+\d+\b|\b[A-Z]{2,}\b|(?<=^And )[A-Z][a-z]+|[\u4e00-\u9fff]{2,}"
)
_AUXILIARY = "(?:will|did|does|do|is|are|was|were|has|have|had|can)"
_ENGLISH_HEAD = re.compile(
    r"^(?:and\s+)?(?:(?:what|which|who|whom|whose|when|where|why|how)(?:\s+(?:kind|sort) of)?(?:\s+\w+)??\s+)?"
    rf"{_AUXILIARY}\s+",
    re.IGNORECASE,
)
_ENGLISH_TAIL = re.compile(
    r",?\s*(?:who|what) (?:is|are|was|were) (?:that|this|he|she|it|they|those)\s*$", re.IGNORECASE
)
_HOW_MANY = re.compile(r"^how (?:many|much)\s+", re.IGNORECASE)
_HOW_MANY_OF = re.compile(rf"^how (?:many|much)\b.*?\b{_AUXILIARY}\s+", re.IGNORECASE)
_MOST_TURNS = 6
_MOST_CHARS = 600
_ORDINAL = re.compile(
    r"第[一二三四五六七八九十百\d]+[届次期季个年月]|\d+号[线楼院桥机]|\b(?:first|second|third|fourth|fifth|sixth)\b"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """An earlier question that stands alone, in Simplified characters, and what was answered."""

    question: str
    answer: str = ""
    topic: str = ""
    """What the conversation has been about since an earlier question, empty where this one stood alone."""
    own: str = ""
    """What was asked beside that."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Subject:
    """What a question takes over."""

    topic: str
    """What the conversation is about, without what the last question asked of it."""
    text: str

    @classmethod
    def of(cls, text: str) -> _Subject:
        return cls(topic=text, text=text)


def standalone(question: Question) -> str:
    """The text of `question`, with the subject of an earlier question where it points back to one.

    What is put in is in Simplified characters and without full-width forms; courtesies are left out.
    """
    said: list[_Said] = []
    for text, answer in _turns(question.history)[-_MOST_TURNS:]:
        now = _completed(text, said)
        said.append(replace(now, question=simplify(now.question), own=simplify(now.own), answer=simplify(answer)))
    return _completed(question.text, said).question


def _turns(history: Iterable[Turn]) -> list[tuple[str, str]]:
    """What the reader asked, each with what was answered."""
    turns: list[tuple[str, str]] = []
    for turn in history:
        if turn.role == "user":
            turns.append((turn.content, ""))
        elif turns:
            turns[-1] = (turns[-1][0], turn.content)
    return turns


def _completed(text: str, said: Sequence[_Said]) -> _Said:
    """`text` with what it takes over from what was `said`; as it is where it takes over nothing."""
    if not said:
        return _Said(question=text)
    own = without_courtesy(text)
    simple = simplify(own)
    if (changed := new_topic(simple)) is not None:
        folded = simplify_with_offsets(own)
        asks = own[slice(*folded.span(len(simple) - len(changed), len(simple)))]
        return _leaning(asks, said) if _PRONOUN.match(fold(asks)) else _Said(question=asks)
    if (back := back_to(simple)) and (turn := _speaking_of(back[0], said)):
        return _carried(_subject(turn, ""), own)
    if corrects := correction(simple) or correction(simplify(text)):
        return _corrected(corrects, said[-1])
    return _leaning(own, said) if _leans(own, said[-1]) else _Said(question=own)


def _speaking_of(what: str, said: Sequence[_Said]) -> _Said | None:
    """The latest turn that speaks of `what`; the last where `what` only points back, None where none does."""
    pointed = _POINTS_BACK.match(what)
    what = re.sub(r"^the\s+|\s+ones?$|的(?:事情?|话题|问题)$", "", what[pointed.end() :] if pointed else what)
    named = (turn for turn in reversed(said) if what and (what in turn.question or what in turn.answer))
    return next(named, said[-1] if pointed else None)


def _leans(own: str, before: _Said) -> bool:
    folded = fold(own)
    if is_english(own):
        if _NO_WORD.search(own):
            return False
        pronoun, name = _PRONOUN.search(folded), _PROPER.search(own)
        points_back = pronoun and (not name or pronoun.start() < name.start())
        # Who changes the language and asks nothing, not even by `why`, says nothing about what was spoken of.
        nameless = not name and (is_english(before.question) or bool(_ASKS.search(folded)))
        return bool(points_back) or nameless or bool(_AND_WHAT_OF.match(folded))
    bare = _NAMED.sub(" ", folded)
    then = _LEAD.sub("", bare)
    if not _PRONOUN.search(then) and not _SHIFTED_YEAR.search(then) and _has_own_subject(then, before):
        return False
    return bool(_PRONOUN.search(bare)) or _is_elliptical(folded)


def _has_own_subject(asks: str, before: _Said) -> bool:
    """Whether a question, folded, names what it asks about, and that is not what was spoken of `before`."""
    was = fold(before.question)
    if found := _HAS_RIGHT.search(asks):
        right = found["right"] or found["obtained"]
        one_of_them = right in fold(before.answer) and right[-2:] in was
        return not one_of_them and not re.search(".{0,3}".join(right), was)
    topic = _TOPIC.match(asks)
    pieces = re.findall(r"[\u4e00-\u9fff]{3,}", _SLIGHT.sub(" ", topic["topic"])) if topic else []
    return any(
        not (len(piece) <= 4 and piece[-1] in _RELATIONAL) and not any(a + b in was for a, b in pairwise(piece))
        for piece in pieces
    )


def _is_elliptical(folded: str) -> bool:
    """Whether a question names nothing that it could be about, or says by `呢` that it only puts in another thing."""
    taken = asked(folded)
    if taken.english:
        return bool(_AND_WHAT_OF.match(folded))
    own = sum(len(run) for run in taken.runs)
    if _PUTS_IN.search(folded):
        return own <= _MOST_PUT_IN
    return own <= _FEW or (own <= _OWN_ENOUGH and not _names_something(folded) and not _DEFINES.search(folded))


def _names_something(folded: str) -> bool:
    if _NAMES.search(folded) or places(folded) or bodies(folded):
        return True
    return opens_with_person(folded) and not _SLIGHT.match(folded)  # 申请表在哪 opens with a surname


def _leaning(own: str, said: Sequence[_Said]) -> _Said:
    folded = fold(own)
    before = _meant(folded, said)
    simple = simplify(own)
    if _is_elliptical(folded):
        if slot := _with_slot_replaced(before.question, folded):
            return _Said(question=slot)
        put_in, rest = _put_in(simple) if is_english(simple) or _PUTS_IN.search(folded) else ("", "")
        if put_in and (
            other := _with_slot_replaced(before.question, fold(put_in)) or replaced(before.question, put_in)
        ):
            return _carried(_Subject.of("".join(asked(other).runs)), rest) if rest else _Said(question=other)
        if put_in and not rest and _SOMEBODY.search(put_in) and _ASKS.search(fold(before.question)):
            return _Said(question=f"{put_in}，{_without_somebody(before.question)}")
    return _carried(_subject(before, folded), own)


def _without_somebody(question: str) -> str:
    """`question` without the one it was asked of, where that was put before it."""
    found = re.match(rf"([^,，]{{1,{_MOST_PUT_IN}}})[,，](.+)", question)
    return found[2] if found and _SOMEBODY.search(found[1]) else question


def _put_in(simple: str) -> tuple[str, str]:
    """The name that a short question puts in, and what else it asks."""
    bare = _LEAD.sub("", simple)
    if found := re.match(r"(?P<name>[^,，]{1,16}?)的?呢[,，\s]+(?P<rest>.{2,})$", bare):
        return found["name"], found["rest"]
    name = _ASKING_TAIL.sub("", bare)
    return ("", "") if _ASKS.search(fold(name)) else (name, "")


def _meant(folded: str, said: Sequence[_Said]) -> _Said:
    """The turn that a question points back to: the last, or an earlier one that alone speaks of what it names."""
    words = {a + b for run in asked(folded).runs for a, b in pairwise(run)}

    def shared(turn: _Said) -> int:
        text = fold(turn.question + turn.answer)
        return sum(pair in text for pair in words)

    best = max(reversed(said), key=shared)
    return best if shared(best) >= shared(said[-1]) + 2 else said[-1]


def _carried(subject: _Subject, own: str) -> _Said:
    if not subject.text or len(subject.text) + len(own) > _MOST_CHARS:
        return _Said(question=own)
    between = ", " if is_english(own) else "，"
    return _Said(question=f"{subject.text}{between}{own}", topic=subject.topic, own=own)


def _corrected(corrects: Correction, before: _Said) -> _Said:
    """The question before with what is wanted in the place of what was misunderstood."""
    wanted, dropped = corrects.wanted, corrects.dropped
    if dropped and dropped in before.question:
        if not _ASKS.search(fold(wanted)):
            return _Said(question=before.question.replace(dropped, wanted))
        subject = _subject(before, "")
        return _carried(_Subject.of(subject.text.replace(fold(dropped), "")), wanted)
    if _ASKS.search(fold(wanted)):
        return _carried(_subject(before, ""), wanted)
    slot = _with_slot_replaced(before.question, fold(wanted)) or replaced(before.question, wanted)
    return _Said(question=slot) if slot else _carried(_subject(before, "", counted=False), wanted)


def _with_slot_replaced(before: str, folded: str) -> str | None:
    """`before` with its year or ordinal replaced by the one that `folded` names; None where it has none."""
    year = _YEAR.search(before)
    if year and (shift := _SHIFTED_YEAR.search(folded)):
        step = (
            -1
            if shift.group().startswith(("前", "上")) or "previous" in shift.group() or "before" in shift.group()
            else 1
        )
        other_year = int(year[1]) + step
        return before[: year.start()] + str(other_year) + before[year.end() :] if 1000 <= other_year <= 9999 else None
    if year and (other := _YEAR.search(folded)):
        return before[: year.start()] + other[1] + before[year.end() :]
    ordinal, another = _ORDINAL.search(before), _ORDINAL.search(folded)
    if ordinal and another and ordinal.group()[-1] == another.group()[-1]:
        return before[: ordinal.start()] + another.group() + before[ordinal.end() :]
    return None


def _subject(before: _Said, folded: str, *, counted: bool = True) -> _Subject:
    """What the earlier question was about, without the words that ask, and what it was answered with.

    Of an English `how many` without what is `counted`.
    """
    if chosen := one_of_two(folded, before.answer):
        return _Subject.of(chosen)
    own, english = before.own or before.question, is_english(before.question)
    said = _english_subject(own, counted=counted) if english else "".join(asked(own).runs)
    points_back = english or _PRONOUN.search(folded) or folded.startswith("是")
    named = (answered_with(before.question, before.answer) if points_back else None) or ""
    named = "" if fold(named) in fold(before.topic + said) else named
    between = " " if english else ""
    return _Subject(
        topic=between.join(filter(None, (before.topic or said, named))),
        text=between.join(filter(None, (before.topic, said, named))),
    )


def _english_subject(question: str, *, counted: bool) -> str:
    plain = _ENGLISH_TAIL.sub("", _LEAD.sub("", question.rstrip("?？. ")))
    return (_HOW_MANY if counted else _HOW_MANY_OF).sub("", _ENGLISH_HEAD.sub("", plain))
