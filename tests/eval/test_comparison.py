"""Two runs compared question by question, and the gates that fall."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.compare import compare, mcnemar, read_gates, read_results
from eval.errors import EvaluationError
from eval.summary import NAMES

GATES = {"right": 0.02, "false_refusal": 0.02}


def results(right: list[bool], **measures: list[float]) -> dict[str, dict[str, object]]:
    """One result a question, named `0`, `1`, ..."""
    return {
        str(n): {"id": str(n), "question": f"question {n}", "right": ok, **{m: v[n] for m, v in measures.items()}}
        for n, ok in enumerate(right)
    }


def test_the_same_run_holds_every_gate() -> None:
    run = results([True, False] * 20, false_refusal=[0.0] * 40)
    comparison = compare(run, run, GATES)
    assert comparison.fallen == ()
    assert (comparison.better, comparison.worse) == ((), ())
    assert [(c.measure, c.before, c.after, c.low, c.high) for c in comparison.changes] == [
        ("right", 0.5, 0.5, 0.0, 0.0),
        ("false_refusal", 0.0, 0.0, 0.0, 0.0),
    ]


def test_a_fall_beyond_chance_names_its_gate_and_the_questions() -> None:
    comparison = compare(results([True] * 40), results([True] * 30 + [False] * 10), GATES)
    assert comparison.fallen == ("right",)
    assert [after["id"] for _, after in comparison.worse] == [str(n) for n in range(30, 40)]


def test_a_rise_holds_the_gate() -> None:
    comparison = compare(results([False] * 10 + [True] * 30), results([True] * 40), GATES)
    assert comparison.fallen == ()
    assert len(comparison.better) == 10


def test_one_question_of_forty_is_within_chance() -> None:
    assert compare(results([True] * 40), results([True] * 39 + [False]), GATES).fallen == ()


def test_a_fall_within_what_is_allowed_holds_the_gate() -> None:
    before, after = results([True] * 1000), results([True] * 985 + [False] * 15)
    assert compare(before, after, {"right": 0.02}).fallen == ()
    assert compare(before, after, {"right": 0.01}).fallen == ("right",)


def test_false_refusal_falls_upwards() -> None:
    few, many = ([0.0] * 40, [1.0] * 20 + [0.0] * 20)
    right = [True] * 40
    assert compare(results(right, false_refusal=few), results(right, false_refusal=many), GATES).fallen == (
        "false_refusal",
    )
    assert compare(results(right, false_refusal=many), results(right, false_refusal=few), GATES).fallen == ()


def test_a_run_cannot_pass_by_not_asking() -> None:
    before = results([True] * 40)
    after = {id: result for id, result in before.items() if id != "7"}
    comparison = compare(before, after, GATES)
    assert (comparison.lost, comparison.fallen) == (("7",), ("questions",))
    assert compare(after, before, GATES).new == ("7",)


def test_a_question_with_other_words_is_not_compared() -> None:
    before, after = results([True] * 40), results([False] * 40)
    after = {id: {**result, "question": "another"} if id != "3" else result for id, result in after.items()}
    comparison = compare(before, after, GATES)
    assert [result["id"] for _, result in comparison.worse] == ["3"]
    assert len(comparison.reworded) == 39


@pytest.mark.parametrize(
    ("better", "worse", "p"),
    [
        (0, 0, 1.0),
        (5, 5, 1.0),
        (0, 5, 0.0625),  # as `scipy.stats.binomtest(k, n).pvalue` gives them
        (2, 10, 0.03857421875),
        (30, 10, 0.0022214337732),
    ],
)
def test_right_and_wrong_are_compared_by_mcnemars_exact_test(better: int, worse: int, p: float) -> None:
    assert mcnemar(better, worse) == pytest.approx(p, abs=1e-8)
    right = [True] * worse + [False] * better + [True] * 7
    turned = [False] * worse + [True] * better + [True] * 7
    assert compare(results(right), results(turned), GATES).p_right == pytest.approx(p, abs=1e-8)


def test_runs_without_a_question_in_common_cannot_be_compared() -> None:
    with pytest.raises(EvaluationError, match="no question in common"):
        compare(results([True]), {}, GATES)


def test_a_run_without_answers_cannot_stand_for_one_with_answers() -> None:
    searched = {"0": {"id": "0", "question": "question 0", "right": None, "recall@5": 1.0}}
    with pytest.raises(EvaluationError, match="--retrieval-only"):
        compare(results([True]), searched, GATES)


def test_the_shipped_gates_are_names_of_measures() -> None:
    assert set(read_gates()) == set(NAMES)


def test_results_are_read_from_a_folder_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_text(json.dumps({"id": "1", "right": True}) + "\n")
    assert read_results(tmp_path) == read_results(tmp_path / "results.jsonl") == {"1": {"id": "1", "right": True}}


@pytest.mark.parametrize("content", [None, "{", "[1]", '{"right": true}'])
def test_what_is_no_run_is_one_clear_line(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "results.jsonl").write_text(content)
    with pytest.raises(EvaluationError, match=r"results\.jsonl: no") as error:
        read_results(tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "content",
    [
        None,
        "right = [",
    ],
)
def test_gates_that_cannot_be_read_are_one_clear_line(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "gates.toml").write_text(content)
    with pytest.raises(EvaluationError, match=r"gates\.toml"):
        read_gates(tmp_path / "gates.toml")
