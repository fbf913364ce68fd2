"""How well the needed articles are found, counted on articles: an article ranks as its best passage.

The measures are those of `ir-measures`. `recall@k` is the share of the needed articles among the first k, or 1 where
one of them is there for `articles_mode: any`; `mrr@10` is 1 over the rank of the first needed one, `ndcg@10` weighs
every needed one by its rank.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ir_measures
from ir_measures import RR, R, Success, nDCG

from eval.cases import Case
from rag.records import Hit

MEASURES = ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10")
DEPTH = 10
"""How many articles are looked at."""


def article_ranking(hits: Iterable[Hit]) -> tuple[str, ...]:
    """The ids of the first `DEPTH` articles of `hits`, which are ordered best first."""
    return tuple(dict.fromkeys(hit.article.id for hit in hits))[:DEPTH]


def retrieval_scores(case: Case, ranking: Sequence[str]) -> dict[str, float]:
    """Each of `MEASURES` in [0, 1]; empty where the case needs no article."""
    if not case.articles or case.refuse:
        return {}
    found = Success if case.articles_mode == "any" else R
    wanted = dict(zip(MEASURES, (found @ 1, found @ 5, found @ 10, RR @ 10, nDCG @ 10), strict=True))
    needed = [ir_measures.Qrel("q", article, 1) for article in dict.fromkeys(case.articles)]
    # Ties would be broken by id, so every place gets a score of its own.
    ranked = [ir_measures.ScoredDoc("q", article, float(-place)) for place, article in enumerate(ranking)]
    values = ir_measures.calc_aggregate(wanted.values(), needed, ranked) if ranked else {}
    return {name: float(values.get(measure, 0.0)) for name, measure in wanted.items()}
