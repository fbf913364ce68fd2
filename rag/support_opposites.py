"""What a sentence says with the opposite word, `下降` for `上升`, or of a number that goes the other way.

Knows nothing of negations but that one before an opposite makes it say the same.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rag import quantities
from rag.support_clauses import words_of
from rag.support_polarity import LEAST_BEARING, LEAST_LEAD, NOT, best_bearing, negation_of
from rag.support_reading import Reading

MOST_ALIKE = 0.7
"""How much the clause with an opposite word has to tell of what the best clause of all tells."""

_DENIED = re.compile(
    r"(?:(?<!不[得能可])[不未没](?:有|能|会|予|被|曾|再)?(?:再|被|予以)?|停止|暂停|取消|无法|难以"
    r"|\b(?:not|never|no|longer|n't))\s*$"
)
"""Before an opposite, which then says the same: 没有支持 is 驳回 in other words."""


def _one_way(words: str) -> re.Pattern[str]:
    """A pattern for any of `words`; an English one also with an ending, `ban` and the phrase `free of charge` as is."""
    whole = {"ban", "free of charge"}
    pieces = words.replace("free of charge", "free_of_charge").split()
    spelled = (piece.replace("_", " ") for piece in pieces)
    return re.compile("|".join(rf"\b{w}{'' if w in whole else '[a-z]*'}\b" if w.isascii() else w for w in spelled))


# Opposites, one pair a line: Chinese words, then the beginnings of the English ones.
_OPPOSITES = tuple(
    (_one_way(first), _one_way(second))
    for first, _, second in (
        line.partition(" <> ")
        for line in """\
增长 上升 增加 提高 上涨 攀升 提升 扩大 升至 增至 涨至 rose rise rising increas grew grow climb <> \
下降 减少 降低 下跌 下滑 回落 降至 减至 跌至 缩小 缩减 萎缩 fell fall declin decreas drop shrink shrank shrunk
支持 赞成 同意 批准 通过了 support approv agreed endors accepted <> 反对 拒绝 驳回 否决 oppos reject refus veto
允许 准许 鼓励 allow permit encourag <> 禁止 严禁 不得 不准 限制 prohibit ban banned bans forbid forbade
加快 快于 faster <> 放缓 减慢 回落 慢于 slower
盈利 profit <> 亏损 losses
出口 export <> 进口 import
高于 超过 逾 多于 exceed <> 低于 不足 少于 不到 fewer
上调 raised <> 下调 lowered
开放 开通 启用 启动 成立 opened launch establish founded <> 关闭 停运 停用 解散 撤销 closed shut dissolv abolish
最高 最大 最多 highest largest biggest <> 最低 最小 最少 lowest smallest
顺差 surplus <> 逆差 赤字 deficit
提前 <> 推迟 延期 延后 postpon delay
延长 extend <> 缩短 压缩 shorten
上调 上涨 提高 raised <> 不变 持平 unchanged
强制 必须 mandatory compulsory <> 自愿 voluntar
免费 free of charge <> 收费 付费 charged
成功 succe <> 失败 fail
结束 终止 完毕 ended <> 仍在 继续 持续(?![至到]) continu ongoing
包括 包含 纳入 includ <> 不含 不包括 除外 排除 exclud""".splitlines()
    )
)


def opposites(said: Reading, held: Reading) -> list[str]:
    """The words of `said` in the place of which the clauses of `held` that say most of the same have the opposite."""
    turned = []
    for pair in _OPPOSITES:
        for says, opposite in (pair, pair[::-1]):
            found = says.search(said.text)
            if not found or not opposite.search(held.text) or _DENIED.search(said.text[: found.start()]):
                continue
            if says.search(held.text) or opposite.search(said.text):
                is_turned = _is_nearer(said, found.start(), held, opposite, says)
            else:
                is_turned = not _is_elsewhere(said, found.start(), held, opposite)
            if is_turned:
                turned.append(found.group())
    return turned


def _is_elsewhere(said: Reading, place: int, held: Reading, opposite: re.Pattern[str]) -> bool:
    """Whether `held` has the opposite word only of something else, or denies it: `open every day except Sunday`."""
    clause = said.clauses.at(place)
    if clause is None:
        return False
    if said.chinese != held.chinese:
        numbers = {word for word in clause.words if word[0] == "#"}
        return bool(numbers) and not any(numbers & c.words for c in held.clauses.all if opposite.search(c.text))
    negates = NOT.search if held.chinese else negation_of
    plain = [c for c in held.clauses.all if opposite.search(c.text) and not negates(c.text)]
    against = best_bearing(said, clause, held, plain)
    return against < MOST_ALIKE * best_bearing(said, clause, held, list(held.clauses.all))


def _is_nearer(said: Reading, place: int, held: Reading, opposite: re.Pattern[str], says: re.Pattern[str]) -> bool:
    clause = said.clauses.at(place)
    if clause is None or said.chinese != held.chinese or opposite.search(clause.text):
        return False
    found = says.search(clause.text)
    if found and "#" not in "".join(clause.words):  # what the clause says of it tells nothing about what it is said of
        clause = replace(clause, words=clause.words - words_of(found.group()))
    negates = NOT.search if held.chinese else negation_of
    plain = [c for c in held.clauses.all if opposite.search(c.text) and not negates(opposite.sub(" ", c.text))]
    against = best_bearing(said, clause, held, plain)
    return against >= LEAST_BEARING and against > LEAST_LEAD * best_bearing(
        said, clause, held, [c for c in held.clauses.all if says.search(c.text)]
    )


def wrong_ways(said: Reading, held: Reading) -> list[str]:
    """The numbers that the sentence lets grow and the evidence shrink, or the other way round."""
    turned = []
    for number in said.numbers:
        way = _way(said.text, number)
        ways = {_way(held.text, other) for other in held.numbers if quantities.holds((other,), number)}
        if way is not None and ways == {not way}:
            turned.append(number.text)
    return turned


def _way(text: str, number: quantities.Quantity) -> bool | None:
    """Whether `number` grows (True), shrinks (False), or stands alone, by the word just before it in its clause."""
    before = re.split(r"[,，。;；、!?]", text[max(0, number.start - 24) : number.start])[-1]
    grows, shrinks = _OPPOSITES[0]
    last = [max((m.end() for m in way.finditer(before)), default=-1) for way in (grows, shrinks)]
    return None if last[0] == last[1] else last[0] > last[1]
