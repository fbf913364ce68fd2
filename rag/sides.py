"""Words of which one stands in the other's place: what is told of grown-ups is not told of children.

Everything is compared in folded form.
"""

from __future__ import annotations

import re

SIDES = tuple(
    re.compile(words)
    for words in """\
成人|儿童|老年?人|学生|教师|残疾人
男(?=[性子生孩]|$)|女(?=[性子生孩]|$)
个人|单位|企业
城镇|农村
幼儿园|小学|初中|高中|中考|高考|研究生
税前|税后
进口|出口
单程|往返
旺季|淡季
周[一二三四五六日末]|工作日|节假日
上午|下午|晚上
春季|夏季|秋季|冬季
上半年|下半年|全年""".splitlines()
)
"""On each line what takes the place of the others of it."""
