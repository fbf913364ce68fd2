"""Whether a text holds what a sentence says, without a second model.

What can be looked up must be there, in either script: numbers with their units, dates, names, 《titles》, “quotations”.
What is said the other way round (`未`, `下降`) or added is found by its words. Two texts in different languages are
compared only by what both write alike. Knows nothing of citations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from corpus.fold import fold
from rag import dates, quantities
from rag.names import look_up

MOST_ADDED = 0.5
"""The largest share of a sentence's Chinese words that the evidence need not have: set on the `tune` half of
`eval/support/sentences.jsonl` (see `python -m eval.support`)."""
LONGEST_ADDED = 9
"""The longest stretch of Chinese characters of which the evidence need not have a single pair."""
MOST_ADDED_ENGLISH = 0.6
"""The same as `MOST_ADDED`, for English over English: words are inflected, so more may differ."""

LEAST_WORDS = 4
"""Fewer words than these tell nothing about what was added: `136笔。`"""

_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z]{4,}")
_FILLER = re.compile(
    r"根据|依据|按照|据(?=《|报道|介绍|悉)|报道|介绍|指出|表示|提到|显示|文章|资料|材料|原文|文中|以下|如下|包括|分别|主要|其中|此外|同时|另外|因此|因而|所以|总之|综上所述"
    r"|综上|具体而言|具体来说|也就是说|即|例如|比如|以及|并且|而且|但是|然而|不过|由于|因为|为了|通过|关于|对于|方面|内容|情况|相关|有关|进行|开展|实施|旨在|目的|属于|成为|作为|能够|可以|需要|已经|正在|将会|一个|一种|一项"
    r"|这些|这个|这一|该|它们|他们|我们"
)
_FUNCTION = frozenset(
    "的了在是和与及或为以于对将等也都就还并被由从到向其这那此上中下内外之而且则所有无不未很更最把让使给用做作个们着过得地"
)
_TITLE = re.compile(r"《([^《》]+)》")
_QUOTED = re.compile(r"“([^“”]+)”|「([^「」]+)」|\"([^\"]+)\"")
_NOT_LETTERS = re.compile(r"[\W_]+")
_HAN_DIGIT = "〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖"
_SPELLED = re.compile(rf"\d*[{_HAN_DIGIT}][\d{_HAN_DIGIT}]{{6,}}")
_PLAN = re.compile(r"[一二三四五六七八九]?十[一二三四五六七八九][一二三四五六七八九]")

_NOT = r"(?:没有|没能|尚未|从未|并未|并不|并非|不得|不能|不会|不再|不予|禁止|严禁|不准|不许|无须|无需|未|不|没)"
_NEGATED = re.compile(
    rf"{_NOT}(?![断仅少同过久足只但管论乏来必妨免])"
    rf"(?:有|能|会|再|曾|得|予|被|对|在|将|经|以)?(?P<what>[\u3400-\u9fff]{{2}})"
)
_BEFORE_NOT = re.compile(rf"{_NOT}(?:[\u3400-\u9fff]{{0,2}})$")
_ENGLISH_NOT = re.compile(
    r"\b(?:not|never|no longer|cannot|(?:ca|did|does|do|is|was|wo|has)n't|without|nor|neither|failed to|refused to)\b"
)
_HAN_NOT = re.compile(r"[不未没無无非否禁免拒失]|取消|停止|除外")
_NOT_REALLY = re.compile(r"\bnot only\b|\bnot just\b|\bnot limited to\b")


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
增长 上升 增加 提高 上涨 攀升 提升 扩大 rose rise rising increas grew grow climb <> \
下降 减少 降低 下跌 下滑 回落 缩小 缩减 萎缩 fell fall declin decreas drop shrink shrank shrunk
支持 赞成 同意 批准 通过了 support approv agreed endors <> 反对 拒绝 驳回 否决 oppos reject refus veto
允许 准许 鼓励 allow permit encourag <> 禁止 严禁 不得 不准 限制 prohibit ban banned bans forbid forbade
盈利 profit <> 亏损 losses
出口 export <> 进口 import
高于 超过 逾 多于 exceed <> 低于 不足 少于 不到 fewer
上调 raised <> 下调 lowered
开放 开通 启用 启动 成立 opened launch establish founded <> 关闭 停运 停用 解散 撤销 closed shut dissolv abolish
最高 最大 最多 highest largest biggest <> 最低 最小 最少 lowest smallest
顺差 surplus <> 逆差 赤字 deficit
提前 <> 推迟 延期 延后 postpon delay
强制 必须 mandatory compulsory <> 自愿 voluntar
免费 free of charge <> 收费 付费 charged
成功 succe <> 失败 fail""".splitlines()
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Support:
    """What the check found."""

    ok: bool
    missing: tuple[str, ...] = ()
    """What the sentence says and the evidence does not, in folded words, the gravest first."""
    held: int = 0
    """How many numbers, dates, names, titles and quotations of the sentence the evidence has."""
    words: int = 0
    """How many of the sentence's words could be compared: none where the two are in different languages."""
    coverage: float = 1.0
    """The share of these words that the evidence has, in [0, 1]; 1 where there are none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """What an evidence text holds, read once."""

    text: str
    letters: str
    numbers: tuple[quantities.Quantity, ...]
    days: tuple[dates.Day, ...]
    pairs: frozenset[str]
    stems: frozenset[str]
    chinese: bool


def check(sentence: str, evidence: str, *, published: date | None = None) -> Support:
    """Whether `evidence` holds what `sentence` says.

    `published` is when the evidence said it, from which `去年` counts. `sentence` comes without its citation numbers.
    """
    held = _read(evidence, published)
    said = _dated(fold(sentence), published)
    words, coverage, run = _coverage(said, held)
    added = () if _is_covered(words, coverage, run, held) else (f"+{round(100 * (1 - coverage))} %",)
    looked_up = {
        **_look_up_numbers(said, held, published),
        **_look_up_words(said, held),
        **look_up(sentence, held.text),
    }
    missing = [*(words for words, there in looked_up.items() if not there), *_turned_round(said, held), *added]
    return Support(
        ok=not missing,
        missing=tuple(dict.fromkeys(missing)),
        held=sum(looked_up.values()),
        words=words,
        coverage=coverage,
    )


@lru_cache(maxsize=256)
def _read(evidence: str, published: date | None) -> _Held:
    text = _dated(fold(evidence), published)
    pairs = {run[i : i + 2] for run in _HAN.findall(_joined(text)) for i in range(len(run) - 1)}
    return _Held(
        text=text,
        letters=_NOT_LETTERS.sub("", text),
        numbers=quantities.quantities(text),
        days=dates.days(text),
        pairs=frozenset(pairs),
        stems=frozenset(word[:4] for word in _WORD.findall(text)),
        chinese=_is_chinese(text),
    )


def _joined(text: str) -> str:
    """`text` without the line breaks and spaces that scraped pages put between Chinese characters."""
    return re.sub(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])", "", text)


def _is_chinese(text: str) -> bool:
    return sum(map(len, _HAN.findall(text))) >= len(_WORD.findall(text))


def _dated(text: str, published: date | None) -> str:
    """`text` with the years and days that it counts from `published` written out."""
    if not published:
        return text
    day = {"今天": 0, "今日": 0, "昨天": -1, "昨日": -1, "明天": 1, "明日": 1, "前天": -2, "yesterday": -1, "today": 0}
    year = {
        "今年": 0,
        "本年": 0,
        "去年": -1,
        "上年": -1,
        "前年": -2,
        "明年": 1,
        "this year": 0,
        "last year": -1,
        "next year": 1,
    }
    for word, shift in year.items():
        written = f"{published.year + shift}" if word.isascii() else f"{published.year + shift}年"
        text = re.sub(word + ("度?" if not word.isascii() else ""), written, text)
    for word, shift in day.items():
        if not date.min.toordinal() <= published.toordinal() + shift <= date.max.toordinal():
            continue
        then = published + timedelta(days=shift)
        text = text.replace(
            word, f"{then.month}月{then.day}日" if not word.isascii() else then.strftime("%B %-d").lower()
        )
    return text


def _look_up_numbers(said: str, held: _Held, published: date | None) -> dict[str, bool]:
    when = (published.year, published.month, published.day) if published else None
    found: dict[str, bool] = {}
    for day in dates.days(said):
        there = dates.holds_day(held.days, day, published=when) or _holds_bare_year(held, day)
        found[day.text] = there and found.get(day.text, True)  # `14日至16日` is two days in one text
    for number in quantities.quantities(said):
        if number.value <= 10 and re.search(r"(?:方面|(?<!分)点|类|者)$", number.text):
            continue  # `三个方面` counts what the sentence itself lists
        written = re.search(rf"(?<![\d.,]){re.escape(number.text)}(?![\d.])", held.text)
        found[number.text] = bool(written) or quantities.holds(held.numbers, number) or _is_day(number, held)
    spelled = {run: run in held.text for run in _SPELLED.findall(said)}  # a telephone number written digit by digit
    return found | spelled | {plan: plan in held.text for plan in _PLAN.findall(said)}


def _holds_bare_year(held: _Held, day: dates.Day) -> bool:
    """`2020年` is also said by `2020`, part of a name or of a range."""
    return day.month is None and day.day is None and bool(re.search(rf"(?<!\d){day.year}(?!\d)", held.text))


def _is_day(number: quantities.Quantity, held: _Held) -> bool:
    return number.unit in ("", "日", "月") and any(number.value in (d.day, d.month, d.year) for d in held.days)


def _look_up_words(said: str, held: _Held) -> dict[str, bool]:
    """The 《titles》 and “quotations”, which the evidence has to have to the letter."""
    found = {}
    for match in (*_TITLE.finditer(said), *_QUOTED.finditer(said)):
        words = next(group for group in match.groups() if group)
        if held.chinese and not _HAN.search(words):
            continue  # a translation cannot be looked up
        parts = [_NOT_LETTERS.sub("", part) for part in re.split(r"…+|\.{3,}", words)]
        found[match.group()] = all(part in held.letters for part in parts)
    return found


def _turned_round(said: str, held: _Held) -> list[str]:
    """The words with which the sentence says the opposite of the evidence."""
    turned = (
        [] if not _is_chinese(said) else [m.group() for m in _NEGATED.finditer(said) if _only_plain(m["what"], held)]
    )
    if _is_chinese(said):
        turned += [m["what"] for m in _NEGATED.finditer(held.text) if _only_negated(m["what"], said, held)]
    elif held.chinese:
        plain = _NOT_REALLY.sub("", said)
        if (found := _ENGLISH_NOT.search(plain)) and not _HAN_NOT.search(held.text):
            turned.append(found.group())
    turned += _wrong_way(said, held)
    for pair in _OPPOSITES:
        for says, opposite in (pair, pair[::-1]):
            found = says.search(said)
            if found and not opposite.search(said) and opposite.search(held.text) and not says.search(held.text):
                turned.append(found.group())
    return turned


def _wrong_way(said: str, held: _Held) -> list[str]:
    """The numbers that the sentence lets grow and the evidence shrink, or the other way round."""
    turned = []
    for number in quantities.quantities(said):
        way = _way(said, number)
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


def _only_plain(what: str, held: _Held) -> bool:
    """Whether the evidence has `what`, and never under a negation."""
    places = [m.start() for m in re.finditer(re.escape(what), held.text)]
    return bool(places) and not any(_BEFORE_NOT.search(held.text[max(0, p - 5) : p]) for p in places)


def _only_negated(what: str, said: str, held: _Held) -> bool:
    """Whether the evidence has `what` under a negation only, and the sentence has it without."""
    in_held = [_BEFORE_NOT.search(held.text[max(0, m.start() - 5) : m.start()]) for m in re.finditer(what, held.text)]
    in_said = [_BEFORE_NOT.search(said[max(0, m.start() - 5) : m.start()]) for m in re.finditer(what, said)]
    return bool(in_said) and all(in_held) and not any(in_said)


def _coverage(said: str, held: _Held) -> tuple[int, float, int]:
    """The words that can be compared, the share that the evidence has, and the longest stretch it has nothing of.

    A word of Chinese is a character that is no particle.
    """
    if _is_chinese(said) != held.chinese:
        return 0, 1.0, 0
    if not held.chinese:
        stems = [word[:4] for word in _WORD.findall(said)]
        return len(stems), (sum(stem in held.stems for stem in stems) / len(stems) if stems else 1.0), 0
    content = covered = longest = 0
    for run in _HAN.findall(_FILLER.sub(" ", _joined(said))):
        known = [False] * len(run)
        for place in range(len(run) - 1):
            if run[place : place + 2] in held.pairs:
                known[place] = known[place + 1] = True
        stretch = 0
        for character, is_known in zip(run, known, strict=True):
            if character in _FUNCTION:
                continue
            content += 1
            covered += is_known
            stretch = 0 if is_known else stretch + 1
            longest = max(longest, stretch)
    return content, (covered / content if content else 1.0), longest


def _is_covered(words: int, coverage: float, run: int, held: _Held) -> bool:
    if words < LEAST_WORDS:
        return True
    return coverage >= 1 - (MOST_ADDED if held.chinese else MOST_ADDED_ENGLISH) and run <= LONGEST_ADDED


def without_numbers(text: str) -> str:
    """`text` without the number of a list item before it: `2. `, `（三）`, `- `."""
    return re.sub(r"^\s*(?:[-*•·–]\s+|[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）.、．]\s*)+", "", text)
