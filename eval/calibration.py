"""Learns which sentence answers best and when it counts as an answer: what `rag.certainty` holds.

The ranking is learned from pairs of sentences of one question, one with a fact and one without (a pairwise logistic
regression, as in RankNet: Burges et al. 2005, with a linear scorer). Whether the best sentence answers at all is a
logistic regression; its thresholds come from cross-validated certainties, never from those of the fitted rule itself.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold

from eval.cases import Case
from eval.certainty import risk_coverage
from eval.learned import LearnedOn
from eval.running import System
from eval.scoring import normalised, occurs
from rag.asking import asked
from rag.certainty import features, language_of
from rag.evidence import Weighing
from rag.parts import parts
from rag.reader.loading import NONE
from rag.records import Question

LANGUAGES = ("zh", "en")
"""Those in which questions are asked, as `language_of` tells them; each has rules of its own."""
FALSE_REFUSAL = {"zh": 0.02, "en": 0.08}
"""The share of answerable questions that may be called unanswered: the threshold lies between the two questions that
are nearest to it, so that of few of them a little more may be. Of English questions on
Chinese articles little is certain, and it is said more often that the nearest passages may not answer."""
NEVER_NEAR = 0.01
"""The share of answerable questions for which nothing may be quoted."""
MOST_NEAR = {"zh": 0.25, "en": 0.5}
"""The part of the certainty of an answer that is enough for a nearest passage, at most. Of English questions that have
nothing to do with the articles many come so near that a quarter would quote something for most of them."""
RANKED_BY = {
    "zh": "similarity score coverage held streak context focus givens fits fits_count share sentence_alignment".split(),
    "en": "similarity score coverage context fits sentence_alignment passage_alignment".split(),
}
JUDGED_BY = {
    "zh": "similarity coverage held context gap focus givens fits counts share sentence_alignment".split(),
    "en": "similarity score context gap streak givens fits sentence_alignment passage_alignment".split(),
}
READ_BY = ("relevance", "begins", "sureness")
"""What is looked at besides, where a reader has read the hits."""
READ_AND_JUDGED_BY = {"zh": (*READ_BY, "denied"), "en": READ_BY}
"""The same for whether the best one answers. That the reader plainly says no tells more than a low relevance by itself;
of English questions it learned from few, and says no too often."""
_LEAST = 20
"""Fewer questions of either sort teach too little; then the public sets help."""
_STRENGTH = 0.3  # of the regularisation (C); small sets need much
_REPEATS = 8  # of the cross-validation of a rule, each with other folds
_SKIPPED = frozenset({"injection"})

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """The sentences found for one part of a question."""

    language: str
    question: str
    """The same for all that came of one question, in whichever script, parts and near misses too: one fold holds it."""
    answerable: bool
    sentences: tuple[dict[str, float], ...]
    """The features of each."""
    right: tuple[bool, ...]
    """Which of them hold a fact that is asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranking:
    weights: dict[str, float]
    questions: int
    first: float
    """Share of the questions whose best sentence holds a fact, cross-validated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    bias: float
    weights: dict[str, float]
    answered: float
    near: float
    questions: int
    auroc: float
    """Of answerable against unanswerable, cross-validated."""
    caught: float
    """Share of the unanswerable below `answered`, cross-validated."""
    refused: float
    """Share of the answerable below `answered`, cross-validated."""
    curve: tuple[tuple[float, float], ...] = ()
    """Coverage and risk, cross-validated: the share of unanswerable questions among those of which it is surest."""


def samples(
    system: System, cases: Iterable[Case], *, of: Iterable[Case] = (), without_articles: bool = False
) -> list[Sample]:
    """The sentences found for each part of each question.

    `of` are those that near misses were made of, by the same ids. `without_articles` leaves out the articles that are
    needed, which makes an answerable question unanswerable.
    """
    originals = {case.id: case.question for case in of}
    found = []
    for case in cases:
        if case.kind in _SKIPPED:
            continue
        for part in parts(system.standalone(Question(text=case.question, history=case.history))):
            question = asked(part)
            hits = system.retrieve(part)
            if without_articles:
                hits = tuple(hit for hit in hits if hit.article.id not in case.articles)
            evidence = Weighing(question, hits).evidence()
            if evidence:
                found.append(
                    Sample(
                        language=language_of(question),
                        question=normalised(originals.get(case.id, case.question)),
                        answerable=not case.refuse and not without_articles,
                        sentences=tuple(features(each, question) for each in evidence),
                        right=tuple(
                            each.article.id in case.articles and _holds_fact(case, each.text) for each in evidence
                        ),
                    )
                )
    return found


def _holds_fact(case: Case, text: str) -> bool:
    sentence = normalised(text)
    return any(occurs(spelling, sentence) for fact in case.facts for spelling in fact)


def _folds(found: Sequence[Sample], *, repeats: int = 1) -> Iterator[tuple[list[int], list[int]]]:
    """The places in `found` that teach and those that are held out, five times for each repeat.

    All that came of one question is on one side: a rule that learned from some of it knows the rest.
    """
    together = defaultdict(list)
    for place, sample in enumerate(found):
        together[sample.question].append(place)
    places = list(together.values())
    answerable = [any(found[place].answerable for place in same) for same in places]
    drawn = RepeatedStratifiedKFold(n_splits=5, n_repeats=repeats, random_state=0).split(places, answerable)
    for teach, held_out in drawn:
        yield [place for n in teach for place in places[n]], [place for n in held_out for place in places[n]]


def learn_ranking(found: Sequence[Sample], names: Sequence[str]) -> Ranking:
    """The weights that put sentences with a fact before the others."""
    usable = [sample for sample in found if any(sample.right) and not all(sample.right)]
    firsts = []
    for train, test in _folds(usable):
        weights = _ranked([usable[i] for i in train], names)
        firsts += [_best_is_right(usable[i], names, weights) for i in test]
    weights = _ranked(usable, names)
    return Ranking(weights=_named(names, weights), questions=len(usable), first=round(float(np.mean(firsts)), 3))


def _ranked(found: Sequence[Sample], names: Sequence[str]) -> Floats:
    differences = np.array(
        [
            [good[name] - bad[name] for name in names]
            for sample in found
            for good, right in zip(sample.sentences, sample.right, strict=True)
            for bad, wrong in zip(sample.sentences, sample.right, strict=True)
            if right and not wrong
        ]
    )
    spread = differences.std(axis=0) + 1e-6
    x = np.concatenate([differences, -differences]) / spread
    y = np.repeat([1, 0], len(differences))
    model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=1000).fit(x, y)
    weights: Floats = model.coef_[0] / spread
    return weights


def _best(sample: Sample, names: Sequence[str], weights: Floats) -> int:
    scores = [sum(w * sentence[name] for name, w in zip(names, weights, strict=True)) for sentence in sample.sentences]
    return int(np.argmax(scores))


def _best_is_right(sample: Sample, names: Sequence[str], weights: Floats) -> bool:
    return sample.right[_best(sample, names, weights)]


def learn_judgement(
    found: Sequence[Sample],
    names: Sequence[str],
    ranking: Ranking,
    *,
    false_refusal: float,
    most_near: float,
    also: Sequence[Sample] = (),
) -> Judgement:
    """The rule that tells the answerable of `found` from the rest by the best sentence of each.

    It is learned on `also` as much as on `found`, the answerable of each as much as the others. The thresholds and what
    is told of the rule are those of `found` alone: that of a nearest passage is at most `most_near` of the other.
    """
    everything = [*found, *also]
    order = list(ranking.weights)
    by_rank = np.array(list(ranking.weights.values()))
    best = [sample.sentences[_best(sample, order, by_rank)] for sample in everything]
    x = np.array([[sentence[name] for name in names] for sentence in best])
    y = np.array([sample.answerable for sample in everything], dtype=int)
    weights = _evenly(y, np.arange(len(y)) < len(found))
    middle, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    scaled = (x - middle) / spread
    held_out = np.zeros(len(y))
    for train, test in _folds(everything, repeats=_REPEATS):
        fitted = _judged(scaled[train], y[train], weights[train])
        held_out[test] += fitted.predict_proba(scaled[test])[:, 1] / _REPEATS
    model = _judged(scaled, y, weights)
    learned = model.coef_[0] / spread
    y, held_out = y[: len(found)], held_out[: len(found)]
    answered = float(np.quantile(held_out[y == 1], false_refusal))
    near = min(float(np.quantile(held_out[y == 1], NEVER_NEAR)), answered * most_near)
    return Judgement(
        bias=round(float(model.intercept_[0] - learned @ middle), 4),
        weights=_named(names, learned),
        answered=round(answered, 3),
        near=round(near, 3),
        questions=len(everything),
        auroc=round(float(roc_auc_score(y, held_out)), 3),
        caught=round(float((held_out[y == 0] < answered).mean()), 3),
        refused=round(float((held_out[y == 1] < answered).mean()), 3),
        curve=tuple(
            (round(point["coverage"], 3), round(point["risk"], 3))
            for point in risk_coverage(list(zip(held_out.tolist(), (y == 1).tolist(), strict=True)), points=20)
        ),
    )


def _evenly(answerable: npt.NDArray[np.int_], mine: npt.NDArray[np.bool_]) -> Floats:
    """The weight of each sample: what is answerable of either side, and what is not, count alike; 1 on average."""
    group = 2 * mine + answerable
    counts = np.bincount(group, minlength=4)
    weights: Floats = len(group) / (np.count_nonzero(counts) * counts[group])
    return weights


def _judged(x: Floats, y: npt.NDArray[np.int_], weights: Floats) -> LogisticRegression:
    return LogisticRegression(C=_STRENGTH).fit(x, y, sample_weight=weights)


def _named(names: Sequence[str], weights: Floats) -> dict[str, float]:
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}


def learn(
    own: Sequence[Sample], public: Sequence[Sample], learned: LearnedOn, *, languages: Sequence[str] = LANGUAGES
) -> str:
    """What `own` and `public` teach, as `rag/certainty.toml` holds it, or `rag/certainty_read.toml`.

    The ranking is learned on all answerable questions. When a sentence counts as an answer is learned on `own` alone,
    whose unanswerable questions are near misses; of questions in English, where `own` has too few of either sort, and
    where a reader has read the hits on `public` too, whose unanswerable questions lack the article that they need or
    have one word changed.
    """
    read = learned.reader != NONE
    rankings, judgements = {}, {}
    for language in languages:
        mine = [sample for sample in own if sample.language == language]
        theirs = [sample for sample in public if sample.language == language]
        ranking = learn_ranking(
            [s for s in [*mine, *theirs] if s.answerable], [*RANKED_BY[language], *(READ_BY if read else ())]
        )
        enough = min(sum(s.answerable for s in mine), sum(not s.answerable for s in mine)) >= _LEAST
        judgements[language] = learn_judgement(
            mine if enough else [*mine, *theirs],
            [*JUDGED_BY[language], *(READ_AND_JUDGED_BY[language] if read else ())],
            ranking,
            false_refusal=FALSE_REFUSAL[language],
            most_near=MOST_NEAR[language],
            also=theirs if enough and (read or language == "en") else (),
        )
        rankings[language] = ranking
    return stored(rankings, judgements, learned)


def stored(rankings: dict[str, Ranking], judgements: dict[str, Judgement], learned: LearnedOn) -> str:
    """What was learned, as `rag/certainty.toml` holds it."""
    lines = [
        "# Which sentence answers best, and when it counts as an answer. Written by `python -m eval calibrate`.",
        "",
        *learned.toml(),
    ]
    for name, ranking in rankings.items():
        lines += ["", f"# {ranking.questions} questions; the best sentence is right, cross-validated: {ranking.first}"]
        lines += [f"[rank.{name}]", *_lines(ranking.weights)]
    for name, rule in judgements.items():
        lines += [
            "",
            f"# {rule.questions} questions; cross-validated: AUROC {rule.auroc}, unanswerable caught {rule.caught}, "
            f"answerable refused {rule.refused}",
            f"[answered.{name}]",
            f"bias = {rule.bias}",
            f"answered = {rule.answered}",
            f"near = {rule.near}",
            f"[answered.{name}.weights]",
            *_lines(rule.weights),
            "",
            "# [coverage, risk], cross-validated: of the questions of which it is surest, the share without an answer",
            f"[curve.{name}]",
            f"points = {json.dumps(rule.curve)}",
        ]
    return "\n".join(lines) + "\n"


def relearned(before: str, text: str) -> str:
    """`before`, what was stored, with the parts of `text` in place of its own."""
    parts = {table: part for part in text.split("\n\n") if (table := _table_of(part))}
    return "\n\n".join(parts.get(_table_of(part), part).rstrip("\n") for part in before.split("\n\n")) + "\n"


def _table_of(part: str) -> str:
    """The first table of a part of what is stored, which names it; empty where it has none."""
    return next((line for line in part.splitlines() if line.startswith("[")), "")


def _lines(weights: dict[str, float]) -> list[str]:
    return [f"{name} = {weight}" for name, weight in weights.items()]
