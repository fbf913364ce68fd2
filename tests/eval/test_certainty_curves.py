"""What certainty is worth: the risk at each coverage, and how well it tells the answerable from the rest."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sklearn.metrics import roc_auc_score

from eval.certainty import POINTS, auroc, certainty_of, risk_coverage
from eval.summary import row_of, summarise
from tests.eval.fake_system import hit
from tests.eval.report_lines import line


def test_the_surest_answers_come_first() -> None:
    assert risk_coverage([(0.9, True), (0.2, False), (0.8, True), (0.5, False)]) == [
        {"coverage": 0.25, "risk": 0.0},
        {"coverage": 0.5, "risk": 0.0},
        {"coverage": 0.75, "risk": 0.333333},
        {"coverage": 1.0, "risk": 0.5},
    ]


def test_what_is_equally_sure_is_equally_risky_in_whatever_order() -> None:
    flat = [{"coverage": 0.5, "risk": 0.5}, {"coverage": 1.0, "risk": 0.5}]
    assert risk_coverage([(0.7, True), (0.7, False)]) == risk_coverage([(0.7, False), (0.7, True)]) == flat


def test_a_curve_has_few_points_and_ends_with_all_answers() -> None:
    chance = random.Random(1)
    answers = [(chance.random(), chance.random() < 0.7) for _ in range(997)]
    curve = risk_coverage(answers)
    assert len(curve) == POINTS
    assert curve[-1] == {"coverage": 1.0, "risk": round(sum(not good for _, good in answers) / 997, 6)}
    assert risk_coverage([]) == []


def test_the_area_is_that_of_scikit_learn_with_an_interval_around_it() -> None:
    chance = random.Random(2)
    positive = [round(chance.gauss(0.7, 0.2), 2) for _ in range(80)]  # rounded, so that some are equal
    negative = [round(chance.gauss(0.4, 0.2), 2) for _ in range(50)]
    found = auroc(positive, negative)
    assert found is not None
    value, low, high = found
    assert value == pytest.approx(roc_auc_score([1] * 80 + [0] * 50, positive + negative), abs=1e-9)
    assert 0 < value - low < 0.12
    assert 0 < high - value < 0.12
    assert auroc(positive, negative) == found


def test_what_is_above_all_others_has_the_whole_area_and_nothing_has_none() -> None:
    assert auroc([0.9, 0.8], [0.1]) == (1.0, 1.0, 1.0)
    assert auroc([0.5], [0.5]) == (0.5, 0.5, 0.5)
    assert auroc([], [0.5]) is auroc([0.5], []) is None


def test_a_summary_has_the_curve_and_the_area_over_all_questions_that_must_be_one_or_the_other() -> None:
    wrong = {"right": False, "failed": ["facts"]}
    refuse = {"expected": {"refuse": True}, "status": "ANSWERED", "right": False, "failed": ["refusal"]}
    lines = [
        line("1", certainty=0.9),
        line("2", certainty=0.6, **wrong),
        line("3", certainty=0.3, **refuse),
        line("4", certainty=0.7, **refuse),
        line("5", certainty=0.1, expected={"refuse": False, "refusal_ok": True}),
    ]
    summary = summarise([row_of(each) for each in lines])
    assert [point["risk"] for point in summary["risk_coverage"]] == [0.0, 0.5, 0.666667, 0.75]
    assert summary["refusal"]["auroc"]["value"] == 0.75


def test_a_hit_that_says_what_is_asked_makes_an_answer_surer() -> None:
    question = "When does the last bus leave?"
    near, far = hit("buses", end=57), hit("bins")
    assert certainty_of(question, (near,)) > certainty_of(question, (replace(far, similarity=0.5, score=0.5),)) >= 0
    assert certainty_of(question, ()) == 0.0
