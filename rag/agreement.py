"""What the parts of one question find, brought together: an article that is near to all of them is meant by each.

Knows nothing of how a part is searched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from corpus.records import Article
from rag.records import Hit

_WEIGHT = 0.5
"""What the score of an article for the other parts of a question counts beside that for one part. From 1 on, two parts
about two articles would both be asked of the same one."""
_WHOLE = 0.2
"""What it counts which part of all that the question says stands anywhere in the article."""
_FAR = 0.2  # how far behind the best one an article counts that another part does not find


def agreed(found: Sequence[Sequence[Hit]], whole: Callable[[Article], float]) -> list[tuple[Hit, ...]]:
    """What was `found` for each part of one question, with what the other parts say of an article in the score, and
    in the order of that: `战略投资金额是多少？` after `恒大汽车获得了哪家公司的投资？` is asked of the same article.

    `whole` gives the share of the whole question that an article holds, in [0, 1]. Too little is read of each part for
    the reader to have a say.
    """
    best = [_scores(hits) for hits in found]
    articles = {hit.article.id: hit.article for hits in found for hit in hits}
    shares = {id: whole(article) for id, article in articles.items()}
    together = []
    for place, hits in enumerate(found):
        others = [scores for other, scores in enumerate(best) if other != place and scores]
        worth = {id: _WEIGHT * _said_of(id, others) + _WHOLE * share for id, share in shares.items()}
        scored = (replace(hit, score=hit.score + worth[hit.article.id]) for hit in hits)
        together.append(tuple(sorted(scored, key=lambda hit: -hit.score)))
    return together


def _scores(hits: Sequence[Hit]) -> dict[str, float]:
    """The best score of each article."""
    found: dict[str, float] = {}
    for hit in hits:
        found[hit.article.id] = max(found.get(hit.article.id, 0.0), hit.score)
    return found


def _said_of(article: str, others: Sequence[dict[str, float]]) -> float:
    """How far an article is behind the best one, on average over `others`; at most `_FAR`."""
    behind = [max(-_FAR, scores.get(article, 0.0) - max(scores.values())) for scores in others]
    return sum(behind) / len(behind) if behind else 0.0
