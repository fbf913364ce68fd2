"""Learns when a quoted sentence counts as an answer: the weights of `rag.certainty`, from a question set.

A logistic regression (scikit-learn) over the features of the best sentence, for Chinese and for English questions
apart. The thresholds come from cross-validated certainties, never from those of the fitted rule itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold

from eval.cases import Case
from rag.asking import asked
from rag.assistant import Assistant
from rag.certainty import features, language_of
from rag.parts import parts
from rag.quote_writer import ranked_evidence
from rag.records import Question

FALSE_REFUSAL = 0.06
"""The share of answerable questions that may be called unanswered, at most."""
NEVER_NEAR = 0.01
"""The share of answerable questions for which nothing may be quoted, at most."""
_STRENGTH = 0.3  # of the regularisation (C); small sets need much
_SKIPPED = frozenset({"injection"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """One learned rule and how good it is."""

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


def samples(assistant: Assistant, cases: Iterable[Case]) -> dict[str, list[tuple[dict[str, float], bool]]]:
    """The features of the best sentence for each part of each question, and whether it can be answered, by language."""
    found: dict[str, list[tuple[dict[str, float], bool]]] = {"zh": [], "en": []}
    for case in cases:
        if case.kind in _SKIPPED:
            continue
        query = assistant.standalone(Question(text=case.question, history=case.history))
        for part in parts(query):
            question = asked(part)
            ranked = ranked_evidence(question, assistant.retrieve(part))
            if ranked:
                found[language_of(question)].append((features(ranked[0], question), not case.refuse))
    return found


def learn(found: Sequence[tuple[dict[str, float], bool]]) -> Learned:
    """The rule that tells the answerable of `found` from the rest. Needs at least five of each."""
    names = sorted(found[0][0])
    x = np.array([[sample[name] for name in names] for sample, _ in found])
    y = np.array([answerable for _, answerable in found], dtype=int)
    middle, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    scaled = (x - middle) / spread
    held_out = np.zeros(len(y))
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=8, random_state=0)
    for train, test in folds.split(scaled, y):
        held_out[test] += _fitted(scaled[train], y[train]).predict_proba(scaled[test])[:, 1] / 8
    model = _fitted(scaled, y)
    weights = model.coef_[0] / spread
    answered = float(np.quantile(held_out[y == 1], FALSE_REFUSAL))
    return Learned(
        bias=round(float(model.intercept_[0] - weights @ middle), 4),
        weights={name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)},
        answered=round(answered, 3),
        near=round(min(float(np.quantile(held_out[y == 1], NEVER_NEAR)), answered / 2), 3),
        questions=len(y),
        auroc=round(float(roc_auc_score(y, held_out)), 3),
        caught=round(float((held_out[y == 0] < answered).mean()), 3),
        refused=round(float((held_out[y == 1] < answered).mean()), 3),
    )


def _fitted(x: np.ndarray, y: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=_STRENGTH, class_weight="balanced").fit(x, y)


def stored(rules: dict[str, Learned], *, set_name: str, embedding: str) -> str:
    """The rules as `rag/certainty.toml` holds them."""
    lines = [
        "# When a quoted sentence counts as an answer. Written by `python -m eval calibrate`; do not edit.",
        f'# Learned on {set_name} with the embedding model "{embedding}".',
    ]
    for name, rule in rules.items():
        lines += [
            "",
            f"# {rule.questions} questions; cross-validated: AUROC {rule.auroc}, unanswerable caught {rule.caught}, "
            f"answerable refused {rule.refused}",
            f"[{name}]",
            f"bias = {rule.bias}",
            f"answered = {rule.answered}",
            f"near = {rule.near}",
            f"[{name}.weights]",
            *(f"{feature} = {weight}" for feature, weight in rule.weights.items()),
        ]
    return "\n".join(lines) + "\n"


def write(rules: dict[str, Learned], path: Path, *, set_name: str, embedding: str) -> None:
    """Writes the rules to `path`."""
    path.write_text(stored(rules, set_name=set_name, embedding=embedding), encoding="utf-8")
