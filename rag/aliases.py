"""Names that mean one thing: 进博会 is 中国国际进口博览会, and 《方案》 in an article the plan that it named before.

Those that hold everywhere stand in `aliases.toml`; those that an article gives (`以下简称`) are read in it and hold for
it. Works on folded text (see `corpus.fold`). Knows nothing of questions.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path

from corpus.fold import fold
from rag.errors import SettingsError

TABLE = Path(__file__).with_name("aliases.toml")

_OPEN, _CLOSE = "“\"‘'「『《〈", "”\"’'」』》〉"
_CALLED = r"(?:以下|下文|下|本文|文中|又|也|亦|后)?[均并统]?(?:统称|简称|下称|合称)|(?:以下|下文|又|也|亦)称"
_GIVEN = re.compile(
    rf"(?:[(（,，][ ]?(?:{_CALLED})|[(（][ ]?后?称)(?:为|作)?[:：]?[ ]?[{_OPEN}]?"
    rf"(?P<short>[^()（）,，。;；:：\n{_OPEN}{_CLOSE}]{{2,20}})[{_CLOSE}]?(?=[)）,，。;；]|[或、][{_OPEN}])"
)
_IN_MARKS = re.compile(rf"[{_OPEN}](?P<name>[^{_OPEN}{_CLOSE}\n]{{4,60}})[{_CLOSE}]$")
_SAID = re.compile(
    r"(?:[说称道:：]|表示|认为|指出|强调|回应)[,，]?$"
)  # what is in quotation marks behind it is no name
_RUN = re.compile(r"[^()（）,，。;；:：!！?？\n]*$")
_OF_ONE_TIME = re.compile(r"\d{4}|第[一二三四五六七八九十百\d]+[届次期]")  # names this one, not the others
_IN_BRACKETS = re.compile(r"[(（][^()（）]*[)）]?$")
_MOST_LONG = 40
_LEAST_SHORT = 3  # characters of a short name that holds in other articles too
_WORD = re.compile(r"[a-z\d]")
_GOES_ON = {"部": "(?![门队])", "大学": "(?!生(?![命物态]))", "上交所": "(?!得税)"}
"""How a name that ends so goes on where it is another word: 交通部门, 北京大学生."""
_NOT_BEHIND = {"央行": "中"}
"""What stands before a name where it is another word: 中央行政."""
_BODY = re.compile(
    r"(?:央行|发改委|发展改革委|发展和改革委员会|国资委|国有资产监督管理委员会|社科院"
    r"|卫健委|卫生健康委员会|证监会|交通部|环境部|科技部)$"
)
"""Bodies of the state, but behind a place its own: 上海市国资委 is not the State Council's."""
_NATIONAL = ("国家", "国务院", "中国")
_PLACE = re.compile(
    r"(?:[市省区州县海京津庆方盟洲]|(?<![中我全])国|河北|山西|辽宁|吉林|黑龙江|江苏"
    r"|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|四川|云南"
    r"|陕西|甘肃|广西|西藏|宁夏|新疆"
    r"|内蒙古|香港|澳门|台湾|深圳|武汉|成都|西安|南京|宁波|青岛|大连|厦门"
    r"|苏州|无锡|合肥|长沙|济南|昆明|沈阳"
    r"|日本|印度|印尼|越南|俄罗斯|加拿大|澳大利亚|新西兰|巴西|土耳其|瑞士|瑞典|挪威"
    r"|新加坡|马来西亚|墨西哥|以色列|南非|乌克兰|波兰|欧元区)$"
)
_RULES = "2"  # raise it when a line here changes what stands behind the matched text of an index
_BEHIND = "\x1f"  # a mark of control, which no cleaned text holds


class Names:
    """Groups of names, each of which means one thing."""

    def __init__(self, groups: Iterable[tuple[str, ...]]) -> None:
        """`groups` in folded form."""
        self.groups = tuple(groups)
        self._of = {name: group for group in self.groups for name in group}
        longest = sorted(self._of, key=len, reverse=True)
        # Each begins with a letter of its own, so that the search may skip to the next one of these.
        self._any = re.compile("|".join(map(_as_written, longest))) if longest else None

    def others(self, folded: str) -> list[str]:
        """The other names of what `folded` names, those that it does not hold itself; the longest name counts."""
        if self._any is None:
            return []
        named = dict.fromkeys(other for match in self._any.finditer(folded) for other in self._meant(match))
        return [other for other in named if other not in folded]

    def _meant(self, match: re.Match[str]) -> tuple[str, ...]:
        if not _whole(match):
            return ()
        name = _one_space(match.group())
        if _BODY.search(name) and not name.startswith(_NATIONAL) and _behind_place(match):
            return tuple(o for o in self._of[name] if not o.startswith(_NATIONAL) and not _WORD.match(o))
        return self._of[name]


@cache
def everywhere() -> Names:
    """The names that hold in every article. Raises `SettingsError` where their file was edited into none."""
    try:
        groups = tomllib.loads(TABLE.read_text(encoding="utf-8"))["same"]
        names = [tuple(_one_space(fold(name)) for name in group) for group in groups]
        if not all(names) or not all(len(name) > 1 for group in names for name in group):
            raise ValueError("a name of one character, or a group of none")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f'{TABLE}: not a list of names ({error}). Write same = [["short name", "full name"], ...].'
        ) from None
    return Names(names)


NONE = Names(())


@cache
def edition() -> str:
    """A digest of the names that hold everywhere and how they are read: with others, an index has to be built again."""
    return hashlib.sha256(_RULES.encode() + TABLE.read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=256)
def of_article(folded: str) -> Names:
    """The names that an article, its folded text, gives to what it speaks of, but for those that it gives to two."""
    full: dict[str, set[str]] = {}
    for name, short in given(folded):
        full.setdefault(short, set()).add(name)
    return Names(
        (name, short)
        for short, names in full.items()
        for name in names
        if all(name in other or other in name for other in names)
    )


def learned(names: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Those of the full and short `names` that some articles give that hold in the others too.

    A short name that merely leaves off how the full one begins (`办法`, `示范区`) may mean something else elsewhere,
    and so may one that has two full names, or that no word of its own makes out of the full one (`本次大赛`).
    """
    full: dict[str, set[str]] = {}
    for name, short in names:
        plain = _IN_BRACKETS.sub("", name)
        abbreviates = not plain.endswith(short) and bool(_holding(short, plain) or _WORD.match(short))
        if len(short) >= _LEAST_SHORT and abbreviates and not _OF_ONE_TIME.search(name):
            full.setdefault(short, set()).add(name)
    return tuple((of_it.pop(), short) for short, of_it in sorted(full.items()) if len(of_it) == 1)


def given(folded: str) -> Iterator[tuple[str, str]]:
    """The full and the short name wherever `folded` says how it calls something from there on.

    The full name is what stands in quotation marks before, or the fewest words before that hold all characters of the
    short one in their order, as abbreviations do.
    """
    for match in _GIVEN.finditer(folded):
        short = _one_space(match["short"])
        before = folded[max(0, match.start() - 2 * _MOST_LONG) : match.start()].rstrip()
        quoted = _IN_MARKS.search(before)
        if quoted and _SAID.search(before[: quoted.start()]):
            continue
        full = _one_space(quoted["name"] if quoted else _holding(short, before[-_MOST_LONG:]) or "")
        if len(full) > len(short) > 1:
            yield full, short


def with_other_names(folded: str, *names: Names) -> str:
    """`folded` and, behind it, the other names of what it names: for matching, where only what is held counts."""
    others = dict.fromkeys(other for each in names for other in each.others(folded))
    return "\n".join([folded + _BEHIND, *others]) if others else folded


def without_other_names(folded: str) -> str:
    """What `with_other_names` was given."""
    return folded.partition(_BEHIND)[0]


def _holding(short: str, before: str) -> str | None:
    run = _RUN.search(before)
    text = run.group() if run else ""
    place = len(text)
    for character in reversed(short):
        place = text.rfind(character, 0, place)
        if place < 0:
            return None
    return text[place:]


def _as_written(name: str) -> str:
    """The pattern of a name, with any white space between its words, of which the last one is whole."""
    pattern = r"\s+".join(re.escape(word) for word in name.split())
    after = next((after for end, after in _GOES_ON.items() if name.endswith(end)), "")
    return pattern + (r"(?![a-z\d])" if _WORD.match(name[-1]) else after)


def _whole(match: re.Match[str]) -> bool:
    """Whether a name does not begin in the middle of a word."""
    before = match.string[match.start() - 1 : match.start()] if match.start() else ""
    if _WORD.match(before) and _WORD.match(match.group()):
        return False
    return not before or before != _NOT_BEHIND.get(match.group())


def _behind_place(match: re.Match[str]) -> bool:
    return bool(_PLACE.search(match.string[max(0, match.start() - 4) : match.start()]))


def _one_space(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip()
