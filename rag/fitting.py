"""Whether a sentence holds the sort of thing that a question asks for: a number of that measure, a date, a company.

Everything is compared in folded form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rag.asking import Asked, Kind
from rag.numerals import from_han
from rag.quantities import ENGLISH_NUMBERS

_DIGITS = r"(?:\d[\d,.]*|[一二两三四五六七八九十百千]+)"
_SCALE = r"[万亿千百十]*(?:多|余|几)?[万亿]?"
_DATE = re.compile(
    r"\d{2,4}年|\d{1,2}月|\d{1,2}日|[一二三四五六七八九十]+月|[一二三四五六七八九十]+日|今年|去年|明年|昨[日天]|今[日天]|近日|日前|当[天日]|上周|本周|年底|年初|期间|十[一二三四五]五"
    r"|\d{1,2}[:时点]|(?:周|星期|礼拜)[一二三四五六日天末]|\d{4}[-./]\d{1,2}|\d个?(?:工作日|小时|[天周])"
)
_MEASURES: Mapping[str, str] = {
    "元": r"(?:美|欧|日|港)?元|美金|人民币|块",
    "人": r"个?人|名|位",
    "名": r"人|名|位",
    "位": r"人|名|位",
    "条": r"条|项|个|款|份",
    "项": r"条|项|个|件|款",
    "个": r"个|项|家|条|座|处|户|场|种|类|大|张|间|台|辆|名|位|所|套|件|部|支|只|株|棵|篇|层",
    "家": r"家|户|个",
    "座": r"座|个|处|栋|幢",
    "所": r"所|家|个",
    "辆": r"辆|台|部",
    "篇": r"篇|条|份|个",
    "颗": r"颗|枚|个",
    "棵": r"棵|株",
    "公里": r"公里|千米|里",
    "届": r"届|次",
    "年": r"年|周年",
    "岁": r"周?岁",
    "天": r"个?(?:工作)?日|天",
    "日": r"个?(?:工作)?日|天",
    "周": r"周|个?星期",
    "月": r"个?月",
    "小时": r"个?(?:小时|钟头)",
    "工作日": r"个?工作日|天",
    "百分点": r"个?百分点|%",
    "笔": r"笔|单|份|个",
    "亿元": r"(?:美|欧|日|港)?元|美金|人民币",
    "万元": r"(?:美|欧|日|港)?元|美金|人民币",
    "美元": r"美元|美金",
    "平方米": r"平方米|平方公里|公顷|亩|平米|㎡",
    "%": r"%|个百分点|成(?!员|立|果|为|本|人|年)",
}
_YEAR = re.compile(r"\d{2,4}年|今年|去年|明年|前年|当年|[一二三四五六七八九〇零]{4}年|十[一二三四五]五")
_HOW_LONG = re.compile(r"多长|多重|多远|多高|how (?:long|far|high|heavy)")
_ASKS_TELEPHONE = re.compile(r"电话|热线|传真|手机号|(?:tele)?phone|hotline")
TELEPHONE = re.compile(
    r"(?<![\d.])(?:\(?\d{3,4}\)?[\s-]?)?\d{3,4}[\s-]?\d{4}(?![\d万亿元人家])|(?<![\d.])(?:1[12]\d|9\d{2})\d{0,2}(?!\d|[万亿元人家年.])"
)
_IN_DATE_OR_NAME = re.compile(r"[年月日号届]|[\-/.:]\d|[a-z]")
_LATIN = re.compile(r"[a-z][\-]?$")
_DURATION = re.compile(
    rf"{_DIGITS}{_SCALE}个?(?:年|月|周|星期|季度|(?:工作)?[天日]|小时|分钟)|半(?:年|天|日|个月|小时|个小时)|当场|当[天日]|即时"
)
_ENGLISH_NUMBERS = {word: number for word, number in ENGLISH_NUMBERS.items() if number > 2}
_MANY = r"[三四五六七八九]|十[一二三四五六七八九]?|\d{1,2}"
_SO_MANY = re.compile(
    rf"(?:哪|which )(?P<number>{_MANY}|{'|'.join(_ENGLISH_NUMBERS)})(?=[个家位名项条座种所大届类款部]| )(?!个?[年月天])"
    rf"|(?<![\d一二三四五六七八九十第])(?P<told>{_MANY})"
    r"(?:[家位名座所]|个(?=城市|国家|地区|[省市区县镇村]|街道|单位|部门|企业|公司|机构|成员))"
    r"[\u4e00-\u9fff]{0,8}?(?:分别|各自|都|具体)*(?:是|有|包括|叫|为)(?:哪|什么名)"
)
_BETWEEN = re.compile(r"[、;\n]|[和及与跟]|\band\b|,(?=[^,。]{1,6}[,。]|[ a-z'-]{1,30},)")
"""What stands between names; a comma only where what follows is short."""
_FREE = re.compile(r"免费|(?:不|无[需须])(?:收取?|缴纳?|付|交)(?:任何)?费|免[收缴交除]|\bfree of charge\b")
_PERCENT = re.compile(rf"百分之{_DIGITS}")
_SORTS: Mapping[str, str] = {
    "公司|集团|企业|机构|单位|银行|部门": r"公司|集团|企业|银行|机构|中心|研究院|协会|联盟|大学|局|部|委|院|社|会",
    "大学|学校|高校": r"大学|学院|学校",
    "期刊|刊物|杂志|报纸": r"期刊|刊物|杂志|报|评论|《",
}


def fits(asked: Asked, sentence: str) -> bool:
    """Whether `sentence` (folded) holds the sort of thing that `asked` asks for, other than what it says itself."""
    if asked.kind in (Kind.NUMBER, Kind.WHEN):
        return bool(fitting(asked, sentence))
    # Of 哪九个城市 nine names have eight marks between them, or a list follows.
    if so_many := _SO_MANY.search(asked.text):
        number = so_many["number"] or so_many["told"]
        count = _ENGLISH_NUMBERS.get(number) or from_han(number) or 0
        if len(_BETWEEN.findall(sentence)) < count - 1 and not sentence.rstrip().endswith(":"):
            return False
    if asked.wanted:
        sort = next((sort for names, sort in _SORTS.items() if re.search(names, asked.wanted)), None)
        return not sort or bool(re.search(sort, _without(sentence, asked)))
    return True


def fitting(asked: Asked, sentence: str) -> list[str]:
    """The numbers or dates in `sentence` (folded) of the sort that is asked for, but for those that `asked` says."""
    if asked.kind is Kind.NUMBER and not asked.measure and _ASKS_TELEPHONE.search(asked.text):
        return [m.group() for m in TELEPHONE.finditer(sentence) if m.group() not in asked.text]
    if asked.kind is Kind.NUMBER:
        unit = _MEASURES.get(asked.measure or "", re.escape(asked.measure or ""))
        pattern = (
            re.compile(rf"(?<!第){_DIGITS}{_SCALE}(?:{unit})") if unit else re.compile(rf"(?<!第){_DIGITS}{_SCALE}%?")
        )
    elif asked.kind is Kind.WHEN:
        pattern = _DURATION if "多久" in asked.text else _YEAR if asked.wanted == "年" else _DATE
    else:
        return []
    found = [m for m in pattern.finditer(sentence) if m.group() not in asked.text]
    if asked.measure == "%":
        found += _PERCENT.finditer(sentence)
    if asked.measure == "元":
        found += _FREE.finditer(sentence)
    if asked.kind is Kind.NUMBER and not asked.measure and not _HOW_LONG.search(asked.text):
        found = [
            m
            for m in found
            if not _IN_DATE_OR_NAME.match(sentence[m.end() :]) and not _LATIN.search(sentence[: m.start()])
        ]
    return [m.group() for m in found]


def _without(sentence: str, asked: Asked) -> str:
    """`sentence` without the words that the question brought along: what is left may hold the answer."""
    for run in sorted(asked.runs, key=len, reverse=True):
        sentence = sentence.replace(run, "·")
    return sentence
