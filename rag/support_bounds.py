"""Whether a number of a sentence is a bound from below where the evidence has it as one from above: `至少` for `至多`.

Knows nothing of what is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag import quantities
from rag.quantities import Quantity
from rag.support_reading import Reading

_BEFORE = 10
_LEAST_BEFORE = re.compile(
    r"(?:至少|最少|最低|起码|不[得能可]?(?:少|低|小|短|早)于|不下|下限[为是]?|[超逾]过?|[多高大长晚]于|满|[够达]"
    r"|\b(?:at least|more than|over|above|longer than|minimum of|(?:no|not) (?:less|fewer) than|exceed\w*))\s*$"
)
_MOST_BEFORE = re.compile(
    r"(?:至多|最多|最高|最大|顶多|不[得能可会]?(?:超过?|[多高大长晚]于|逾)|上限[为是]?|不足|不到|不满|未满|没到"
    r"|[少低小短早]于"
    r"|\b(?:at most|up to|less than|fewer than|under|below|within|maximum of|no (?:more|longer) than|not more than"
    r"|not exceed\w*))\s*$"
)
_LEAST_BEHIND = re.compile(r"\s*(?:[及或]?以上|起步|or (?:more|over|older|above)|and (?:over|older|above))")
_MOST_BEHIND = re.compile(r"\s*(?:[及或]?以[下内]|or (?:less|fewer|under|younger|below)|and (?:under|younger|below))")
_NEGATED = re.compile(r"[不未没无非]|否|\b(?:not|no|never|cannot|without|unless|except)\b|n't\b")


def turned_bounds(said: Reading, held: Reading) -> Iterator[str]:
    """The bounds of `said` that `held` has only the other way round."""
    for number in said.numbers:
        way = _way(said.text, number)
        if way is None or _is_denied(said, number):
            continue
        places = [other for other in held.numbers if quantities.says(other, number)]
        if places and all(_way(held.text, place) == (not way) and not _is_denied(held, place) for place in places):
            yield number.text


def _way(text: str, number: Quantity) -> bool | None:
    """Whether `number` is a bound from below (True), from above (False), or none."""
    before = text[max(0, number.start - _BEFORE) : number.start]
    if _MOST_BEFORE.search(before) or _MOST_BEHIND.match(text, number.end):
        return False
    if _LEAST_BEFORE.search(before) or _LEAST_BEHIND.match(text, number.end):
        return True
    return None


def _is_denied(reading: Reading, number: quantities.Quantity) -> bool:
    """Whether the clause negates, so that a bound can say the same the other way round: `18岁以下不得申请`."""
    clause = reading.clauses.at(number.start)
    text = reading.text[clause.start : max(clause.start, number.start - _BEFORE)] if clause else ""
    behind = reading.text[number.end : clause.end] if clause else ""
    return bool(_NEGATED.search(text) or _NEGATED.search(behind))
