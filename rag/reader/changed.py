"""A question with one word changed, so that the text that answered it does so no longer.

Who reads only for likeness falls for such questions: they teach the reader, and measure it. The kinds of change are
those of SQuAD 2.0's unanswerable questions (Rajpurkar et al. 2018): another number, another name, the opposite,
a negation. All text is in Simplified characters. Knows nothing of networks and of question sets.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from rag.names import persons, places

_NUMBER = re.compile(r"\d+|[一二三四五六七八九十](?=[年月日次届期名])")
_NUMERALS = "一二三四五六七八九十"
_STEPS = (-3, -2, -1, 1, 2, 3, 10)
_LATIN = re.compile(r"[A-Z][A-Za-z.\-]{2,}")
_NAMES: tuple[Callable[[str], list[str]], ...] = (persons, places, _LATIN.findall)
_OPPOSITES = (
    "增加 减少|增长 下降|上升 下降|提高 降低|扩大 缩小|最大 最小|最高 最低|最多 最少"
    "|最早 最晚|最长 最短|最好 最差|最新 最旧|第一个 最后一个|第一次 最后一次|首次 末次"
    "|首个 末个|支持 反对|同意 拒绝|成立 解散|建立 撤销|开始 结束|开幕 闭幕|启用 停用"
    "|开通 停运|北部 南部|东部 西部|北方 南方|东方 西方|东北 西南|西北 东南|北面 南面"
    "|东面 西面|左边 右边|男性 女性|男子 女子|国内 国外|进口 出口|收购 出售|购买 出售"
    "|允许 禁止|成功 失败|胜利 失败|战胜 败给|击败 败给|赢得 失去|加入 退出|进入 离开"
    "|出生 去世|父亲 母亲|儿子 女儿|哥哥 弟弟|之前 之后|以前 以后|以上 以下|内部 外部"
    "|公立 私立|公有 私有|古代 现代|上游 下游|优点 缺点|进攻 防守|上半年 下半年|白天 夜晚"
    "|城市 农村|统一 分裂|任命 罢免|高于 低于|大于 小于|多于 少于|超过 不到|主要 次要"
    "|直接 间接|公开 秘密|合法 非法|必须 不必|可以 不可以|能够 不能|曾经 从未|属于 不属于"
    "|包括 不包括"
)
_PAIRS = tuple(tuple(pair.split()) for pair in _OPPOSITES.split("|"))
_TURNED = {word: other for one, two in reversed(_PAIRS) for word, other in ((one, two), (two, one))}
_TURNS = re.compile("|".join(sorted(map(re.escape, _TURNED), key=len, reverse=True)))
_DENIED = re.compile(r"(?=被|担任|获得|参加|使用|采用|影响)")
_SELDOM = 0.3  # a question with "没有" in it is a sound one mostly


def changed(question: str, text: str, rng: random.Random, *, names: Sequence[str] = ()) -> str | None:
    """`question` with one word changed; None where nothing can be.

    `text` is what answered it: names that stand in it mislead best. `names` are taken where it has none.
    """
    ways = [*_other_names(question, text, names, rng), *_other_numbers(question, text, rng), *_opposites(question)]
    if ways:
        return rng.choice(ways)
    return _denied(question, rng) if rng.random() < _SELDOM else None


def names_in(text: str) -> list[str]:
    """The names in `text` for which others can be put."""
    return [name for found in _NAMES for name in found(text)]


def _other_names(question: str, text: str, names: Sequence[str], rng: random.Random) -> Iterator[str]:
    for found in _NAMES:
        own = found(question)
        if not own:
            continue
        others = [n for n in found(text) if n not in question] or [n for n in names if found(n) and n not in question]
        name = rng.choice(own)
        others = [other for other in others if name not in other]
        if others:
            yield question.replace(name, rng.choice(others))


def _other_numbers(question: str, text: str, rng: random.Random) -> Iterator[str]:
    numbers = list(_NUMBER.finditer(question))
    if not numbers:
        return
    number = rng.choice(numbers)
    told = [n for n in _NUMBER.findall(text) if len(n) == len(number.group()) and n not in question]
    other = rng.choice(told) if told and rng.random() < 0.5 else _near_number(number.group(), rng)
    yield question[: number.start()] + other + question[number.end() :]


def _near_number(number: str, rng: random.Random) -> str:
    if number.isdecimal():
        return str(max(0, int(number) + rng.choice(_STEPS)) or int(number) + 1)
    return rng.choice([numeral for numeral in _NUMERALS if numeral != number])


def _opposites(question: str) -> Iterator[str]:
    for word in _TURNS.finditer(question):
        yield question[: word.start()] + _TURNED[word.group()] + question[word.end() :]


def _denied(question: str, rng: random.Random) -> str | None:
    spots = [spot.start() for spot in _DENIED.finditer(question) if question[max(0, spot.start() - 1)] not in "没不未"]
    if not spots:
        return None
    spot = rng.choice(spots)
    return question[:spot] + "没有" + question[spot:]
