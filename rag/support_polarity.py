"""What a sentence says the other way round: with a negation that the evidence has not, without one that it has, or with
the opposite word.

Looks at the clause of the evidence that says most of the same. Knows nothing of numbers but the way they go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rag import quantities
from rag.support_binding import bearing
from rag.support_clauses import Clause, words_of
from rag.support_reading import Reading

LEAST_LEAD = 1.25
"""How many times more the clause of the other polarity has to tell than the best of the same."""
LEAST_BEARING = 1.0
"""Clauses that share less than this speak of different things: about one pair of characters that none other has."""
LEAST_CONTEXT = 0.5
"""How much of what they share has to be something else than what one of them negates."""
LEAST_ALIKE = 0.8
"""The share of a negated clause that a sentence without negation has to have to contradict it by itself."""
MOST_ALIKE = 0.7
"""How much the clause with an opposite word has to tell of what the best clause of all tells."""
LEAST_KNOWN = 3
"""How many of its words the evidence has to have for an English clause to be compared."""
LEAST_ENGLISH = 0.6
"""The share of an English clause's words that the clause has which it contradicts."""

_NOT = re.compile(
    r"(?:没有|没能|尚未|从未|并未|并不|并非|暂不|暂未|暂缓|暂停|不得(?!超过|低于|少于|高于|多于|晚于|早于)|不能|不会|不可(?!或缺|缺|少|避)|不再|不予|不准|不许|无须|无需|禁止|严禁|取消|停止"
    r"|拒绝|否认|除外|排除|未(?!来|必|满|成年|婚)|不(?!满\d|得(?:超过|低于|少于|高于|多于|晚于|早于)|[断仅同过久足只但管论乏来必妨料惜愧锈少等低超变高]|限于|可或缺|动产)"
    r"|没(?!收)|无(?!人|线|锡|论|障|偿|形|数|疑|限|缝|烟|纸)|非(?!常|法|洲|遗|物质|公有|首都|营利|但)|勿|莫(?=[入要用])|毋)"
)
_AUXILIARY = re.compile(r"^(?:有|能|会|再|曾|得|予|被|对|在|将|经|以|设|设有|可|允许|进行|得到|要|把|给|于|就)+")
_WEAK = re.compile(r"[免禁缺除拒失否难]|停[止办用业工运]|还在|仍在|仍|尚|推迟|延[期后至迟]|待")
_SCOPE = 4
_NOT_AND_VERB = re.compile(
    rf"(?:(?P<verb>暂缓|暂停|禁止|严禁|取消|停止|拒绝|否认|排除)|{_NOT.pattern})[\u3400-\u9fff]{{0,5}}"
)
_ENGLISH_NOT = re.compile(
    r"\b(?:not|never|no|none|no longer|cannot|(?:ca|did|does|do|is|are|was|were|wo|has|have|had|would|could)n't|without"
    r"|nor|neither|rather than|instead of|failed to|fails to|refused to|declined to|unable to"
    r"|exclud\w+|cancel\w+|prohibit\w*|forbid\w*|ban|banned|except|un(?!der|ion|it|til|ivers|ique|less|cle|animous|veil|fold|iform)[a-z]{4,})\b"
)
_DENIED = re.compile(r"(?:没有|并未|未能|未予|不予|(?<!不得)(?<!不能)未)$")
"""Before an opposite, which then says the same: 没有支持 is 驳回 in other words."""
_BEGINS = re.compile(rf"[\s但则均都也仍故便即就并且一律]*{_NOT.pattern}")
_DENIES = re.compile(r"[免禁拒缺闭停止]")
_HAN_NOT = re.compile(r"[不未没無无非否禁免拒失]|取消|停止|除外|暂缓")
_NOT_REALLY = re.compile(r"\b(?:not only|not just|not limited to|no (?:more|later|fewer|less) than)\b")
_ENGLISH_CLAUSE = re.compile(r"[,;:.](?=\s|$)|\b(?:but|because|while|although|and|which|who)\b")


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
支持 赞成 同意 批准 通过了 support approv agreed endors accepted <> 反对 拒绝 驳回 否决 oppos reject refus veto
允许 准许 鼓励 allow permit encourag <> 禁止 严禁 不得 不准 限制 prohibit ban banned bans forbid forbade
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
结束 终止 完毕 ended <> 仍在 继续 持续 continu ongoing
包括 包含 纳入 includ <> 不含 不包括 除外 排除 exclud""".splitlines()
    )
)


def turned_round(said: Reading, held: Reading) -> list[str]:
    """The words with which `said` says the opposite of `held`."""
    if said.chinese != held.chinese:
        turned = _bare_negation(said, held) if held.chinese else []
    elif said.chinese:
        turned = [*_negated_alone(said, held), *_plain_alone(said, held)]
    else:
        turned = _english(said, held)
    return [*turned, *_wrong_way(said, held), *_opposite(said, held)]


def _bare_negation(said: Reading, held: Reading) -> list[str]:
    """The negation of an English sentence over a Chinese text that has none at all."""
    found = _ENGLISH_NOT.search(_NOT_REALLY.sub("", said.text))
    return [found.group()] if found and not _HAN_NOT.search(held.text) else []


def _scopes(text: str) -> Iterator[tuple[str, str]]:
    """Each negation in a Chinese clause with what it negates."""
    for match in _NOT.finditer(text):
        rest = re.split(r"[,，。;；、：:]", text[match.end() :])[0]
        scope = _AUXILIARY.sub("", rest)[:_SCOPE]
        yield match.group(), scope


def _plain(text: str) -> frozenset[str]:
    """The words of a Chinese clause that no negation stands before."""
    return words_of(_NOT_AND_VERB.sub(lambda match: match["verb"] or " ", text))


def _pairs(scope: str) -> frozenset[str]:
    return frozenset(word for word in words_of(scope) if len(word) > 1)


def _negated_alone(said: Reading, held: Reading) -> list[str]:
    """What `said` negates and the clauses of `held` that say most of the same do not."""
    turned = []
    for clause in said.clauses.all:
        for word, scope in _scopes(clause.text):
            wanted = _pairs(scope[:2])
            plain = [c for c in held.clauses.all if wanted & c.words and not _is_negative(c.text, scope)]
            negated = [c for c in held.clauses.all if _is_negative(c.text, scope)]
            against = _best(said, clause, held, plain)
            if against and against > LEAST_LEAD * _best(said, clause, held, negated):
                turned.append(word + scope[:2])
    return turned


def _is_negative(text: str, scope: str) -> bool:
    """Whether a clause negates anything, be it in a word such as `免` that is not part of `scope`."""
    return any(found.group() not in scope for found in (*_NOT.finditer(text), *_DENIES.finditer(text)))


def _plain_alone(said: Reading, held: Reading) -> list[str]:
    """What `held` negates where it says most of the same, and `said` does not."""
    turned = []
    negations = [(other, word, scope) for other in held.clauses.all for word, scope in _scopes(other.text)]
    scopes = [_pairs(scope) for _, _, scope in negations]
    for clause in said.clauses.all:
        free = []
        for word, scope in _scopes(clause.text):
            shared = [place for place, pairs in enumerate(scopes) if pairs & _pairs(scope)]
            free.append((word, shared))
        for place, (other, word, scope) in enumerate(negations):
            met = any((place in shared or not shared) and own not in scope for own, shared in free)
            if not met and _says_plainly(said, clause, held, other, scope):
                turned.append(scope[:2] or word)
    return turned


def _says_plainly(said: Reading, clause: Clause, held: Reading, other: Clause, scope: str) -> bool:
    """Whether `clause` says of the same without the negation what `other` negates."""
    weak = _WEAK.search(clause.text)
    if weak and weak.group() not in other.text:
        return False  # 仍在建设 is 尚未完工 in other words
    if _is_contained(said, other):
        return True
    wanted = _pairs(scope)
    shared = wanted & _plain(clause.text)
    if not shared:
        return False
    is_most = 2 * len(shared) >= len(wanted)
    against = bearing(said.clauses, clause, held.clauses, _with_subject(held, other))
    alike = [c for c in held.clauses.all if (wanted & _plain(c.text) if is_most else not _NOT.search(c.text))]
    negated = words_of(scope)
    is_bare = sum(len(word) > 1 for word in clause.words - negated) < LEAST_KNOWN  # `可以携带`
    of_the_same = is_bare or against - held.clauses.weigh(negated & clause.words) >= LEAST_CONTEXT
    return of_the_same and against >= LEAST_BEARING and against > LEAST_LEAD * _best(said, clause, held, alike)


def _with_subject(held: Reading, clause: Clause) -> Clause:
    """`clause` with the one before it, of the same sentence, where it begins with its negation."""
    place = held.clauses.all.index(clause)
    before = held.clauses.all[place - 1] if place else None
    if before is None or before.sentence != clause.sentence or not _BEGINS.match(clause.text):
        return clause
    return replace(clause, start=before.start, text=before.text + clause.text, words=before.words | clause.words)


def _is_contained(said: Reading, other: Clause) -> bool:
    """Whether a whole negated clause stands in `said`, which negates nothing."""
    if _NOT.search(said.text):
        return False
    characters = {word for word in words_of(_NOT.sub(" ", other.text)) if len(word) == 1}
    shared = sum(character in said.text for character in characters)
    return len(characters) >= 4 and shared >= LEAST_ALIKE * len(characters)


def _best(said: Reading, clause: Clause, held: Reading, others: list[Clause]) -> float:
    return max((bearing(said.clauses, clause, held.clauses, other) for other in others), default=0.0)


def _english(said: Reading, held: Reading) -> list[str]:
    """The negation, or the lack of one, in which a clause of `said` differs from the one that says most of the same."""
    others = list(_with_sentences(held.text)) if said.text else []
    found = (_denied_by(clause, held, others) for clause in _english_clauses(said.text))
    return [negation for negation in found if negation]


def _denied_by(clause: str, held: Reading, others: list[tuple[str, frozenset[str]]]) -> str:
    """The negation that only one of `clause` and the one of `others` has that says most of the same."""
    words = frozenset(word for word in words_of(_ENGLISH_NOT.sub(" ", clause)) if held.clauses.weight(word))
    negation = _negation(clause)

    def told(other: str, around: frozenset[str]) -> float:
        shared = words & words_of(other)
        return held.clauses.weigh(shared) + 0.5 * held.clauses.weigh((words & around) - shared)

    alike = [(other, around) for other, around in others if bool(_negation(other)) == bool(negation)]
    for other, around in others:
        denial = _negation(other)
        if bool(denial) == bool(negation):
            continue
        shared = words & words_of(other)
        negated = _negated(clause) or _negated(other)
        if len(words) >= LEAST_KNOWN and len(shared) >= LEAST_ENGLISH * len(words):
            against, same = held.clauses.weigh(shared), [told(*one) for one in alike]
        elif len(words) >= 2 and negated in shared and len(words & around) >= LEAST_ALIKE * len(words):
            against, same = told(other, around), [told(*one) for one in alike if negated in words_of(one[0])]
        else:
            continue
        if against > LEAST_LEAD * max(same, default=0.0):
            return negation or denial
    return ""


def _negated(clause: str) -> str:
    """The word that an English clause negates, in the form of `words_of`; empty where there is none."""
    found = _ENGLISH_NOT.search(_NOT_REALLY.sub("", clause))
    behind = re.findall(r"[a-z]{3,}", clause[found.end() :]) if found else []
    return next((word[:4] for word in behind if words_of(word)), "")


def _with_sentences(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each English clause with the words of its sentence."""
    for sentence in re.split(r"[.!?](?=\s|$)|\n", text):
        around = words_of(sentence)
        for clause in _english_clauses(sentence):
            yield clause, around


def _english_clauses(text: str) -> list[str]:
    return [clause for clause in _ENGLISH_CLAUSE.split(text) if clause.strip()]


def _negation(clause: str) -> str:
    found = _ENGLISH_NOT.search(_NOT_REALLY.sub("", clause))
    return found.group() if found else ""


def _opposite(said: Reading, held: Reading) -> list[str]:
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
    negates = _NOT.search if held.chinese else _negation
    plain = [c for c in held.clauses.all if opposite.search(c.text) and not negates(c.text)]
    against = _best(said, clause, held, plain)
    return against < MOST_ALIKE * _best(said, clause, held, list(held.clauses.all))


def _is_nearer(said: Reading, place: int, held: Reading, opposite: re.Pattern[str], says: re.Pattern[str]) -> bool:
    clause = said.clauses.at(place)
    if clause is None or said.chinese != held.chinese or opposite.search(clause.text):
        return False
    against = _best(said, clause, held, [c for c in held.clauses.all if opposite.search(c.text)])
    return against >= LEAST_BEARING and against > LEAST_LEAD * _best(
        said, clause, held, [c for c in held.clauses.all if says.search(c.text)]
    )


def _wrong_way(said: Reading, held: Reading) -> list[str]:
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
