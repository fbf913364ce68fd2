"""How much of a sentence's words a text has, and the clauses of which it has next to nothing.

Compares only texts of one language. Knows nothing of numbers and names but that a clause which has them says something
that can be looked up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.quantities import quantities
from rag.support_clauses import FUNCTION, STOP
from rag.support_reading import HAN, WORD, Reading

MOST_ADDED = 0.5
"""The largest share of a sentence's Chinese words that the evidence need not have, where it has none of its facts. Set,
as what follows, on the `tune` half of `eval/support/sentences.jsonl` (see `python -m eval.support`)."""
LONGEST_ADDED = 9
"""The longest stretch of Chinese characters of which the evidence need not have a single pair, where it has no fact."""
MOST_ADDED_ENGLISH = 0.6
"""The same as `MOST_ADDED`, for English over English: words are inflected, so more may differ."""
MOST_ADDED_WITH_FACTS = (MOST_ADDED, 0.75, 1.0)
"""The same as `MOST_ADDED` where the evidence has none, one, two or more of the facts that the sentence says (numbers,
dates, names, titles): a paraphrase keeps these and little else."""
LEAST_OF_CLAUSE = 0.4
"""The least share of a clause without a fact that the evidence has to have, a single character counting for half."""
LEAST_OF_SHORT_CLAUSE = 0.2
"""The same for a clause of few words, which a paraphrase seldom leaves as they are."""
LEAST_OF_REASON = 0.5
"""The same for a clause that tells why or what for."""
FEW_WORDS = 8
"""A sentence of fewer words may be a paraphrase that leaves few of them."""
LEAST_WORDS = 4
"""Fewer words than these tell nothing about what was added: `136笔。`"""

_SAME = {
    character: frozenset(group)
    for group in (
        "交缴付纳 买购 卖售销 钱款费资金 拍摄照影 饮喝 吃餐食饭 病患 医诊疗 孩童幼儿 老长 住居宅 房屋楼 看观览 开启放"
        " 关闭停 给发授予 说称指示 查检验审 改修变调 晚迟延 早先前 准许允可 帮助援扶 送寄投派 坐乘搭 缺少短 增加升涨提"
        " 减降少低缩 建设立筑 换更替 亏损 找寻 谈议商 等候待 水雨 路道街 员工 师教 校学 民众户人 公官 收取领拿 报登"
        " 时间期 选挑 写填 打拨 带携备 便优惠 罚惩 判决裁 杀害 告诉 赔偿补 涉关 限制 满足够 超过逾 最顶 只仅唯 去赴往"
        " 上网线 拒绝驳否 始起 止终完结 全总 另外 再又重复 用使 达到至 因由 没未无不 多众 大巨 小微 首初 末底尾 仍还"
    ).split()
    for character in group
}
"""Characters that stand for one another in a paraphrase."""
_FILLER = re.compile(
    r"根据|依据|按照|据(?=《|报道|介绍|悉)|报道|介绍|指出|表示|提到|显示|文章|资料|材料|原文|文中|以下|如下|包括|分别|主要|其中|此外|同时|另外|因此|因而|所以|总之|综上所述"
    r"|综上|具体而言|具体来说|也就是说|即|例如|比如|以及|并且|而且|但是|然而|不过|由于|因为|为了|通过|关于|对于|方面|内容|情况|相关|有关|进行|开展|实施|旨在|目的|属于|成为|作为|能够|可以|需要|已经|正在|将会|一个|一种|一项"
    r"|这些|这个|这一|该|它们|他们|我们|如果|要是|假如|只要|除了|打算|准备|想要|觉得|的人|有人|大家|人们|与[一二三]?[年月季]前相比|与?[^,，]{0,4}相比|相比|比原来|比以前|比之前"
    r"|原来|事先|仍然|依然|还要|才能|就能|就可|方可|则是|之后|之前|以后|以前|的时候|要的话|的话|应该|应当|必须|须|必需|得在|得要"
)
_CLAUSE = re.compile(r"[,，。;；:：!?！？\n]")
_ENGLISH_CLAUSE = re.compile(
    r"[,;:](?!\d)|\.(?=\s|$)|\b(?:as|because|since|while|although|so that|in order to|which)\b"
)
_REASON = re.compile(r"^\W*(?:为|因|由于|以(?!及|上|下|内|外|来|后|前)|旨在|从而|进而|致|使|导致|造成)")
_OPEN = re.compile(r"何时|何处|什么|是否|会不会|能不能|能否|哪|怎么|如何|\b(?:whether|when exactly)\b")
"""In a clause that leaves open what it speaks of, and so adds little."""
_FACT = re.compile(r"\d|[《“「\"]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """How much of a sentence the evidence has."""

    words: int
    """How many words could be compared: Chinese characters that are no particles, or English words."""
    share: float
    """The share of them that the evidence has; 1 where there are none."""
    longest: int
    """The longest stretch of which the evidence has nothing."""


def coverage(said: Reading, held: Reading) -> Coverage:
    """How much of the words of `said` the evidence `held` has."""
    if said.chinese != held.chinese:
        return Coverage(words=0, share=1.0, longest=0)
    if not held.chinese:
        known = _known_stems(said.text, held)
    else:
        known = [is_known for _, is_known in _characters(said.joined, held)]
    longest = stretch = 0
    for is_known in known if held.chinese else ():
        stretch = 0 if is_known else stretch + 1
        longest = max(longest, stretch)
    return Coverage(words=len(known), share=sum(known) / len(known) if known else 1.0, longest=longest)


def added(said: Reading, held: Reading, found: Coverage, *, facts: int) -> list[str]:
    """What `said` adds: the share of its words that is new, or the clauses. `facts` of it are held."""
    if found.words < LEAST_WORDS:
        return []
    most = MOST_ADDED if held.chinese else MOST_ADDED_ENGLISH
    if found.words < FEW_WORDS:
        most = MOST_ADDED_WITH_FACTS[1]
    most = max(most, MOST_ADDED_WITH_FACTS[min(facts, 2)])
    if found.share < 1 - most or (found.longest > LONGEST_ADDED and not facts):
        return [f"+{round(100 * (1 - found.share))} %"]
    return [clause for clause in _clauses(said) if _is_added(clause, held)]


def _clauses(said: Reading) -> list[str]:
    pieces = (_CLAUSE if said.chinese else _ENGLISH_CLAUSE).split(said.joined)
    return [piece.strip() for piece in pieces if piece.strip()]


def _is_added(clause: str, held: Reading) -> bool:
    if _FACT.search(clause) or _OPEN.search(clause) or quantities(clause):
        return False
    if not held.chinese:
        known = _known_stems(clause, held)
        least = LEAST_OF_CLAUSE if len(known) >= LEAST_WORDS else LEAST_OF_SHORT_CLAUSE
        return len(known) >= LEAST_WORDS - 1 and sum(known) < least * len(known)
    characters = _characters(clause, held)
    share = sum(1.0 if known else 0.5 * _stands(character, held) for character, known in characters)
    least = LEAST_OF_CLAUSE if len(characters) > LEAST_WORDS else LEAST_OF_SHORT_CLAUSE
    if _REASON.search(clause):
        least = LEAST_OF_REASON
    return len(characters) >= LEAST_WORDS and share < least * len(characters)


def _stands(character: str, held: Reading) -> bool:
    """Whether `held` has the character or one that means much the same."""
    return any(same in held.text for same in _SAME.get(character, character))


def _known_stems(text: str, held: Reading) -> list[bool]:
    return [word[:4] in held.stems for word in WORD.findall(text) if word not in STOP]


def _characters(text: str, held: Reading) -> list[tuple[str, bool]]:
    """The telling characters of `text` in order, and whether the evidence has each together with the one beside it.

    What only leads the sentence is left out: it need not be in the evidence.
    """
    found = []
    for run in HAN.findall(_FILLER.sub(" ", text)):
        known = [False] * len(run)
        for place in range(len(run) - 1):
            if run[place : place + 2] in held.pairs:
                known[place] = known[place + 1] = True
        found += [(c, is_known) for c, is_known in zip(run, known, strict=True) if c not in FUNCTION]
    return found
