"""The questions that ship, asked of the assistant as it is now: nothing got worse since the baseline was kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from eval.batch import Plan, evaluate
from eval.compare import BASELINE, compare, keep_as_baseline, read_gates, read_results
from eval.errors import EvaluationError
from eval.reading import read_set
from eval.systems import open_system
from rag.reader.reading import Reader
from rag.settings import load_settings
from tests.eval.conftest import Eval

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "eval" / "questions" / "articles.jsonl"


def test_nothing_got_worse_since_the_baseline(tmp_path: Path) -> None:
    settings = load_settings(index=tmp_path / "index", reranker=Reader.name)
    with open_system("ours", ROOT / "corpus" / "articles", None, settings, Console(quiet=True)) as system:
        plan = Plan(
            name="articles", questions=read_set(SHIPPED), system=system, settings=settings, folder=tmp_path / "run"
        )
        evaluate(plan)
    comparison = compare(read_results(BASELINE), read_results(tmp_path / "run"), read_gates())
    worse = [f"{after['id']} {after['question']}" for _, after in comparison.worse]
    assert comparison.fallen == (), f"got worse: {worse}. Where that is wanted: python -m eval baseline RUN"
    assert (comparison.new, comparison.reworded) == ((), ()), "The set changed: python -m eval baseline RUN"


def test_the_baseline_is_of_the_questions_that_ship_and_holds_no_passages() -> None:
    kept = read_results(BASELINE)
    assert list(kept) == [case.id for case in read_set(SHIPPED).cases]
    assert {"hits", "citations", "timings_ms", "elapsed_ms"} & {
        name for line in kept.values() for name in line
    } == set()
    assert sum(path.stat().st_size for path in BASELINE.iterdir()) < 300_000


def test_a_run_is_kept_as_the_baseline_once_it_is_finished(
    evaluate: Eval, questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate("run", str(questions), "--out", "out")
    assert keep_as_baseline(tmp_path / "out", tmp_path / "kept") == 4
    assert evaluate("compare", "out", "--baseline", "kept") == 0
    assert "McNemar's exact test: p = 1" in capsys.readouterr().out
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    (tmp_path / "out/summary.json").write_text(json.dumps({**summary, "complete": False}))
    with pytest.raises(EvaluationError, match="no finished run there"):
        keep_as_baseline(tmp_path / "out", tmp_path / "kept")
