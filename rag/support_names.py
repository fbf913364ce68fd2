"""The names of a sentence in the place of which the evidence has another: `中正路` for `中山路`, `市长何某` for
`局长何某`.

A name is told by the word that it ends in; the evidence has to have another name that ends so and that the sentence
does not have. Knows no list of names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.names import ROLE, SURNAME, persons
from rag.support_binding import bearing
from rag.support_clauses import PARTICLES
from rag.support_reading import Reading

LEAST_BEARING = 0.5
"""How much the clause with the other name has to tell of the sentence's: about one pair of characters that two have."""

# The words that names end in, each with the characters that make a common word with it: 车站, 公路.
_ENDINGS = {
    ending: frozenset(common)
    for ending, _, common in (
        entry.partition(":")
        for entry in """
    路:道公铁线一思马网电走出沿速套销后来半航水陆 街:大沿逛步 巷: 站:车网本基全到进出乘架下设各该座驿油电
    桥:大天立 河:山过运沿入 湖:江入环沿 江:沿入滨 溪: 山:登爬矿火下上进 岛:离全海群半 湾:港海
    港:到抵海离全来 流域: 水库:座 大桥: 公园:主题 广场: 码头: 机场: 署: 局:布当结格全大该市分省
    处:好多各到用之查此何长深一办 厅:大客餐 馆:场展宾旅闭开该各饭 所:场厕该各一派会诊 营造: 建设: 集团:该
    舞团: 乐团: 剧团: 学校:所 中学: 小学: 大学: 学院: 医院: 剧院:
    区:社地园城景市山校小郊片辖灾特库各该全新 县:全区各市该 镇:城乡全各 乡:城家返下 村:农全乡各
    州: 府:政市县省官 银行: 公司:该子分母总 实业: 科技: 电子: 药业: 制药: 重工: 生物: 汽车: 中心: 走廊: 景区:该
    厂:工该 证券: 航空: 社区:个 街道: 号线: 大道: 小区:老该各 院:法医国务学剧电影该住入出寺庭
    """.split()
    )
}
_ENDING = re.compile(f"(?:{'|'.join(sorted(_ENDINGS, key=len, reverse=True))})(?![长市区民])")
_COMMON = frozenset(
    """
    人均 工作 办公 管理 服务 研究 公共 城市 农村 当地 所有 大型 小型 中型 国有 民营 外资
    上市 高速 主要 重点 相关 有关 第一 第二 地方 本地 外地 各地 全国 全省 全市 附近
    周边 两岸 我国 高架 地下 换乘 起点 终点 始发 跨海 多个 几个 部分 其他 其它 另外
    承办 主办 承建 成分
    """.split()
)
"""Pairs that stand before an ending and are no name: 高架站."""
_BEFORE = frozenset("新旧老大小入进出到离本该各全每某两等有没经越涉驻修找扫责告份")
"""Characters that make a common word with any ending of one character: 新馆."""
_NOT_IN_NAMES = frozenset("次日月年时天能会可要有该此这那我他比经按")
_COUNTS = frozenset("一二三四五六七八九十百千万两几多数首第据副")
_HAN = re.compile(r"[\u3400-\u9fff]")
_ROLED = re.compile(rf"(?P<role>副?(?:{ROLE}))$")
_ROLE_AFTER = re.compile(rf"(?P<role>副?(?:{ROLE}))")
_AFTER_ROLE = re.compile(rf"(?:{ROLE})(?P<name>{SURNAME}[\u4e00-\u9fff]{{2}})")
_LOOSE = frozenset("记者 代表 委员 负责人 先生 女士 同志 同学 老师 专家 发言人 作者 首席".split())
"""Words for a person that fit beside any other."""


def look_up(said: Reading, held: Reading) -> dict[str, bool]:
    """The names of `said`, told by their ending or role, that `held` does not have as they are: each is not there."""
    if not (said.chinese and held.chinese):
        return {}
    replaced = [name for name, place in named(said.text) if _is_replaced(name, place, said, held)]
    return dict.fromkeys([*replaced, *_roles(said, held)], False)


def named(text: str) -> Iterator[tuple[str, int]]:
    """The two characters before an ending with it, and where they stand."""
    for match in _ENDING.finditer(text):
        stem = text[max(0, match.start() - 2) : match.start()]
        if len(stem) == 2 and _is_name(stem, match.group()):
            yield stem + match.group(), match.start() - 2


def _is_name(stem: str, ending: str) -> bool:
    if not all(map(_HAN.match, stem)) or PARTICLES & set(stem) or stem in _COMMON:
        return False
    if len(ending) == 1 and (stem[1] in _BEFORE or stem[0] in _NOT_IN_NAMES):
        return False
    return stem[1] not in _ENDINGS[ending] and not _COUNTS & set(stem)


def _is_replaced(name: str, place: int, said: Reading, held: Reading) -> bool:
    """Whether `held` does not have `name` but, where it says the same, another with its ending that `said` has not."""
    stem, ending = name[:2], name[2:]
    if stem in held.letters:
        return _is_altered(said.text[max(0, place - 2) : place], name, said, held)
    clause = said.clauses.at(place)
    if clause is None:
        return False
    for other, start in named(held.text):
        if not other.endswith(ending) or other in said.letters:
            continue
        there = held.clauses.at(start)
        if there and bearing(said.clauses, clause, held.clauses, there) >= LEAST_BEARING:
            return True
    return False


def _is_altered(front: str, name: str, said: Reading, held: Reading) -> bool:
    """Whether `front` and `name` make `绿能环保集团` and `held` has only `绿源环保集团`: one character is another."""
    if not front or front + name in held.letters or not _is_front(front):
        return False
    size = len(front)
    others = {held.text[max(0, m.start() - size) : m.start()] for m in re.finditer(re.escape(name), held.text)}
    return any(
        len(other) == size
        and _is_front(other)
        and sum(one != two for one, two in zip(front, other, strict=True)) == 1
        and other + name not in said.letters
        for other in others
    )


def _is_front(front: str) -> bool:
    return all(map(_HAN.match, front)) and front[-1] not in _BEFORE and not (PARTICLES | _COUNTS) & set(front)


def _roles(said: Reading, held: Reading) -> Iterator[str]:
    """The persons of `said` whom `held` calls something else, with what `said` calls them."""
    known = set(_persons(held))
    for person in _persons(said):
        roles = _roles_of(person, held.text)
        if not roles:
            continue
        for role in _roles_of(person, said.text) - _LOOSE:
            others = {other for one in known if one != person for other in _roles_of(one, held.text)}
            is_taken = role in others or (role.endswith("长") and role not in held.text)
            is_deputy = any(role != other and role.lstrip("副") == other.lstrip("副") for other in roles)
            if not any(_is_same(role, other) for other in roles) and (is_taken or is_deputy):
                yield role + person


def _persons(reading: Reading) -> list[str]:
    """The persons that are told by a role or a verb, and those after a role whatever follows."""
    after = [match["name"] for match in _AFTER_ROLE.finditer(reading.text)]
    return list(dict.fromkeys([*persons(reading.text), *after]))


def _roles_of(person: str, text: str) -> set[str]:
    """What stands right before or behind `person` and says what they are."""
    found: set[str] = set()
    for match in re.finditer(re.escape(person), text):
        before = _ROLED.search(text[max(0, match.start() - 6) : match.start()])
        after = _ROLE_AFTER.match(text, match.end())
        found.update(role["role"] for role in (before, after) if role)
    return found


def _is_same(one: str, other: str) -> bool:
    return one == other or one in _LOOSE or other in _LOOSE
