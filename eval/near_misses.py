"""Cases made unanswerable by one changed word of their question. Knows nothing of who answers them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from corpus.fold import simplify
from corpus.records import Article
from eval.cases import Case
from rag.reader.changed import changed, names_in


def near_misses(cases: Sequence[Case], article: Callable[[str], Article | None], *, seed: int = 0) -> list[Case]:
    """For each answerable case in which something can be changed, one that asks what its article does not say.

    `article` gives the article of an id. The questions come in Simplified characters.
    """
    rng = random.Random(seed)
    names = sorted({name for case in cases for name in names_in(simplify(case.question))})
    found = []
    for case in cases:
        known = article(case.articles[0]) if case.articles and not case.refuse and not case.history else None
        question = known and changed(simplify(case.question), simplify(known.text), rng, names=names)
        if question:
            found.append(replace(case, question=question, facts=(), answerable=False))
    return found
