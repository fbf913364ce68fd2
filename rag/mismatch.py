"""Whether a sentence tells of something else than what is asked for, however many words the two share.

Of another year, of the opposite, of what is over where the next time is asked for; without a telephone number, a cause
or a station where one is. Knows nothing of articles.
"""

from __future__ import annotations

import re
from datetime import date

from corpus.fold import fold
from rag.asking import Asked
from rag.fitting import TELEPHONE
from rag.numerals import with_years
from rag.relative_dates import counted_out

# 能不能 asks both ways, 不得不 denies nothing.
_ASKS_DENIED = re.compile(r"(?<![能可得允准符享舍])不(?:能(?!不)|可(?!不)|得(?!不)|允许|准|予|许|符合|享受)|禁止|无权")
_DENIES = re.compile(r"[不未无没非勿禁免限只仅拒]|除外|以外|例外|除.{1,20}外|暂停|取消|停止")
_ASKS_NEXT = re.compile(r"下一?[次届期轮批场]|\bnext (?:edition|time|forum|meeting|conference|round|session|event)\b")
_AHEAD = re.compile(r"下一?[次届期轮批场]|[将拟待]|计划|预计|定于|明年|届时|未来|\b(?:next|will|planned|scheduled)\b")
_ASKED_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_TOLD_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=年|[-./]\d)")
_ASKS_WHOM_TO_CALL = re.compile(
    r"(?:电话|热线|手机号|传真)(?:号码?)?(?:是(?:多少|什么|啥)|多少)?[?。]?$|[打拨](?:什么|哪个|多少|啥)(?:电话|热线|号码?)"
    r"|(?:什么|哪个)电话|电话号码(?:是|为(?!什么)|有哪)"
    r"|\b(?:what|which)\b.*\b(?:tele)?phone number|\bwhat number (?:do|can|should) (?:i|we) call"
)
_ASKS_WHY = re.compile(r"为什么|为何|为啥|原因")
_CAUSE = re.compile(
    r"因|由于|[为怕]|所以|导致|造成|致使|源于|缘于|旨在|以[便免求]|鉴于|考虑|避免|防止|保障|确保|受.{1,12}影响|担心|使得|不足|故障"
    r"|困难|目的|便于|方便|需要"
)
_SORTS = tuple(
    (re.compile(asks), re.compile(holds))
    for asks, holds in (
        (r"哪(?:一?[个座]|几个|些)?(?:公交|地铁|火?车)?站", r"站"),
        (r"哪(?:一?本|几本|些)书", r"《"),
        (r"哪(?:一?家|个|几家|些)?医院", r"院|诊所|卫生"),
        (r"哪(?:一?[条个]|几条|些)?(?:路|街)", r"[路街道巷桥]"),
        (r"哪(?:一?[家个])?(?:设计院|研究院)", r"院"),
    )
)
_OPPOSITES = tuple(
    pair
    for one, other in (
        ("上半年", "下半年"),
        ("最高", "最低"),
        ("最大", "最小"),
        ("最多", "最少"),
        ("最早", "最晚"),
        ("最长", "最短"),
        ("男子", "女子"),
        ("男性", "女性"),
        ("出口", "进口"),
        ("开幕", "闭幕"),
    )
    for pair in ((one, other), (other, one))
)


def tells_of_other(question: Asked, sentence: str, quote: str, *, published: date | None) -> bool:
    """Whether what is `published` in `sentence`, which would be quoted as `quote`, cannot answer `question`."""
    asks = question.text
    if _ASKS_DENIED.search(asks) or _ASKS_NEXT.search(asks):
        folded = fold(sentence)
        if _ASKS_DENIED.search(asks) and not _DENIES.search(folded):
            return True
        if _ASKS_NEXT.search(asks) and not _AHEAD.search(folded):
            return True
    told = with_years(fold(quote))
    return (
        (bool(_ASKS_WHOM_TO_CALL.search(asks)) and not TELEPHONE.search(told))
        or (bool(_ASKS_WHY.search(asks)) and not _CAUSE.search(told))
        or any(of.search(asks) and not holds.search(told) for of, holds in _SORTS)
        or any(one in asks and other not in asks and other in told and one not in told for one, other in _OPPOSITES)
        or _is_of_another_year(asks, told, published)
    )


def _is_of_another_year(asks: str, told: str, published: date | None) -> bool:
    """Whether the one year that is asked of is not among those told; in the year of the article it need not be."""
    asked = {int(year) for year in _ASKED_YEAR.findall(asks)}
    if len(asked) != 1 or not _TOLD_YEAR.search(told) or (published and published.year in asked):
        return False
    return not asked & {int(year) for year in _TOLD_YEAR.findall(counted_out(told, published=published))}
