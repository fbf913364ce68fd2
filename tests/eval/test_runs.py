"""`python -m eval` from the words on the command line to the files that it writes."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import eval.__main__ as command
from rag.records import Answer, Question
from rag.settings import load_settings
from tests.eval.conftest import ANSWERS, QUESTIONS, Eval
from tests.eval.fake_system import REFUSAL, FakeSystem
from tests.rag.hashed_embedder import HashedEmbedder


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_run_writes_results_a_summary_and_a_report(
    evaluate: Eval, questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate("run", str(questions), "--out", "out") == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "report.html",
        "results.jsonl",
        "results.xlsx",
        "run.json",
        "summary.json",
    ]
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["n"] == 4
    assert summary["answers"]["right"]["value"] == 0.75
    assert set(summary["by_kind"]) == {"followup", "unanswerable", "when"}
    shown = capsys.readouterr().out
    assert re.search(r"right\s+│\s+0\.750 │ 0\.301 – 0\.954", shown)
    assert "Report: out/report.html" in shown


def test_a_line_of_results_is_the_json_of_an_answer_with_its_scores(
    evaluate: Eval, questions: Path, tmp_path: Path
) -> None:
    evaluate("run", str(questions), "--out", "out")
    first, second, third, _ = lines(tmp_path / "out/results.jsonl")
    assert first | {"elapsed_ms": 0, "certainty": 0, "prompt_digest": ""} == {
        "id": "1",
        "kind": "when",
        "lang": None,
        "right": True,
        "question": "Bins?",
        "standalone": "Bins?",
        "answer": "On Monday. [1]",
        "status": "ANSWERED",
        "language": "en",
        "writer": "quote",
        "citations": [
            {
                "number": 1,
                "article_id": "bins",
                "title": None,
                "source": None,
                "published": None,
                "url": None,
                "quote": "Bins go out on Monday.",
                "start": 0,
                "end": 22,
                "passage_id": "bins#0",
            }
        ],
        "hits": [
            {
                "passage_id": "bins#0",
                "article_id": "bins",
                "score": 0.9,
                "digest": "2d67125ede1aaa8a",
                "start": 0,
                "end": 20,
            }
        ],
        "system": "fake",
        "index": "0123456789abcdef",
        "prompt_digest": "",
        "expected": {"refuse": False, "facts": [["Monday"]], "articles": ["bins"]},
        "failed": [],
        "missing": [],
        "quotes": 1,
        "true_quotes": 1,
        "recall@1": 1.0,
        "recall@5": 1.0,
        "recall@10": 1.0,
        "mrr@10": 1.0,
        "ndcg@10": 1.0,
        "fact_recall": 1.0,
        "citation_precision": 1.0,
        "citation_recall": 1.0,
        "quote_equals_source": 1.0,
        "cited_sentences": 1.0,
        "support": 1.0,
        "language_kept": 1.0,
        "exact_match": 0.0,
        "f1": 2 / 3,
        "rouge_l": 0.8,
        "false_refusal": 0.0,
        "certainty": 0,
        "ranking": ["bins", "buses"],
        "alone": True,
        "tokens": {"read": 0, "written": 0},
        "timings_ms": {},
        "elapsed_ms": 0,
    }
    assert 0 <= first["certainty"] <= 1
    assert re.fullmatch("[0-9a-f]{16}", str(first["prompt_digest"]))
    assert (second["right"], second["status"], second["refused_unanswerable"]) == (True, "CANNOT_ANSWER", 1.0)
    assert (third["right"], third["failed"]) == (False, ["facts", "citations", "refusal"])


def test_the_history_is_passed_on(evaluate: Eval, questions: Path, system: FakeSystem) -> None:
    evaluate("run", str(questions), "--out", "out")
    assert [(turn.role, turn.content) for turn in system.asked[-1].history] == [
        ("user", "Glass?"),
        ("assistant", "To the depot."),
    ]


class _Reader(HTMLParser):
    """Collects what a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "srcset", "onclick", "onload")]


def test_the_report_tells_each_wrong_case_and_loads_nothing(evaluate: Eval, questions: Path, tmp_path: Path) -> None:
    evaluate("run", str(questions), "--out", "out")
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    story = page[page.index("<article>") : page.index("</article>")]
    for words in ("Last bus?", "23:30", "The articles do not say.", "CANNOT_ANSWER", "a fact is missing", "buses"):
        assert words in story
    assert page.count("<article>") == 1
    assert "由人工智能生成" in page
    reader = _Reader()
    reader.feed(page)
    assert reader.loads == []
    assert not {"script", "link", "img", "iframe", "b"} & set(reader.tags)
    assert "url(" not in page
    assert "@import" not in page


def test_the_report_escapes_what_questions_and_answers_hold(evaluate: Eval, tmp_path: Path) -> None:
    hostile = {"id": "x", "question": "And <b>then</b>?", "facts": [["<i>&\ud800\u0000"]], "kind": "<u>"}
    (tmp_path / "set.jsonl").write_text(json.dumps(hostile) + "\n")
    assert evaluate("run", "set.jsonl", "--out", "out") == 0
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert "And &lt;b&gt;then&lt;/b&gt;?" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert r"&lt;i&gt;&amp;\ud800\x00" in page


def test_only_the_first_questions(evaluate: Eval, questions: Path, tmp_path: Path) -> None:
    evaluate("run", str(questions), "--out", "out", "--limit", "2")
    assert [line["id"] for line in lines(tmp_path / "out/results.jsonl")] == ["1", "2"]


def test_only_retrieval(evaluate: Eval, questions: Path, tmp_path: Path, system: FakeSystem) -> None:
    assert evaluate("run", str(questions), "--out", "out", "--retrieval-only") == 0
    assert system.asked == []
    first = lines(tmp_path / "out/results.jsonl")[0]
    assert (first["right"], first["recall@1"], "answer" in first) == (None, 1.0, False)
    assert json.loads((tmp_path / "out/summary.json").read_text())["answers"]["right"]["value"] is None


def test_a_folder_is_named_after_the_set_and_the_time(evaluate: Eval, questions: Path, tmp_path: Path) -> None:
    evaluate("run", str(questions))
    (folder,) = (tmp_path / "runs").iterdir()
    assert re.fullmatch(r"set-\d{8}-\d{6}", folder.name)


def test_a_bad_row_is_told_and_the_others_are_asked(
    evaluate: Eval, questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with questions.open("a") as file:
        file.write('{"id": "5"}\n')
    assert evaluate("run", str(questions), "--out", "out") == 0
    problem = "set.jsonl, row 5, column question: expected text, found nothing"
    told = capsys.readouterr().err
    assert told.startswith(problem + "\n")
    assert told.endswith(f"Left out: 1 of 5 rows of {questions}; see above why.\n")
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert (summary["n"], summary["problems"]) == (4, [problem])


def test_an_article_that_the_index_lacks_is_told_and_counts_as_not_found(
    evaluate: Eval, questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with questions.open("a") as file:
        file.write('{"id": "5", "question": "Fees?", "articles": ["fees"]}\n')
    assert evaluate("run", str(questions), "--out", "out") == 0
    assert "set.jsonl, question 5, column articles: the index holds no article fees" in capsys.readouterr().err
    assert lines(tmp_path / "out/results.jsonl")[-1]["recall@10"] == 0.0


def test_questions_about_other_articles_altogether_are_an_error(
    evaluate: Eval, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "set.jsonl").write_text('{"id": "5", "question": "Fees?", "articles": ["fees"]}\n')
    assert evaluate("run", "set.jsonl", "--out", "out") == 1
    told = capsys.readouterr().err
    assert told.startswith("Error: set.jsonl: the index holds none of the articles that the questions need (fees, ...)")
    assert told.count("\n") == 1


def test_one_failing_question_does_not_stop_the_others(
    evaluate: Eval, questions: Path, tmp_path: Path, system: FakeSystem
) -> None:
    system._answers = {**ANSWERS, "Mayor?": ZeroDivisionError("no mayor"), "Last bus?": REFUSAL}
    assert evaluate("run", str(questions), "--out", "out") == 0
    results = lines(tmp_path / "out/results.jsonl")
    assert [line["status"] for line in results] == ["ANSWERED", "SERVICE_ERROR", "CANNOT_ANSWER", "ANSWERED"]
    assert (results[1]["right"], results[1]["error"]) == (False, "ZeroDivisionError: no mayor")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_says_how_to_go_on(
    evaluate: Eval,
    questions: Path,
    tmp_path: Path,
    system: FakeSystem,
    capsys: pytest.CaptureFixture[str],
    sign: signal.Signals,
) -> None:
    def answer(question: Question) -> Answer:
        if len(system.asked) == 2:  # one to warm up, two of the set
            os.kill(os.getpid(), sign)
        return FakeSystem.answer(system, question)

    system.answer = answer  # type: ignore[method-assign]
    assert evaluate("run", str(questions), "--out", "out") == 130
    assert [line["id"] for line in lines(tmp_path / "out/results.jsonl")] == ["1", "2"]
    assert json.loads((tmp_path / "out/summary.json").read_text())["n"] == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "Stopped after 2 of 4 questions. The same command with --out out goes on from there."
    )
    assert evaluate("run", str(questions), "--out", "out") == 0
    assert [line["id"] for line in lines(tmp_path / "out/results.jsonl")] == ["1", "2", "3", "4"]
    assert len(system.asked) == 2 + 4  # each run warms up


def test_a_folder_that_cannot_be_written_is_one_clear_line(
    evaluate: Eval, questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert evaluate("run", str(questions), "--out", "file/out") == 1
    assert re.search(r"^Error: file/out/results.jsonl: cannot be written: .*--out\.\n$", capsys.readouterr().err)


def test_comparing_a_run_with_itself_holds_and_with_a_worse_one_falls(
    evaluate: Eval, tmp_path: Path, system: FakeSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**QUESTIONS[0], "id": str(n)} for n in range(20)]
    (tmp_path / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    evaluate("run", "set.jsonl", "--out", "before")
    assert evaluate("compare", "before", "before") == 0
    system._answers = {}
    evaluate("run", "set.jsonl", "--out", "after")
    capsys.readouterr()
    assert evaluate("compare", "before", "after") == 1
    told = capsys.readouterr()
    assert "worse: 20\n  0  Bins?  (CANNOT_ANSWER: facts, citations, refusal)" in told.out
    assert told.err.startswith("Error: Fallen: fact_recall, right, citation_recall, f1, rouge_l, false_refusal.")


@pytest.mark.parametrize(
    "words", [["run"], ["run", "a", "--limit", "0"], ["run", "a", "--what"], ["compare", "a", "b", "c"], ["go"]]
)
def test_wrong_usage_is_told_by_the_exit_code(evaluate: Eval, words: list[str]) -> None:
    assert evaluate(*words) == 2


def test_no_file(evaluate: Eval, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate("run", "nowhere.jsonl") == 1
    assert capsys.readouterr().err == "Error: nowhere.jsonl: no such file. Name a question set in JSONL, CSV or XLSX.\n"


@pytest.mark.parametrize("words", [["run"], ["compare"]])
def test_help_has_an_example(evaluate: Eval, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(*words, "--help") == 0
    assert "python -m eval" in capsys.readouterr().out


def test_articles_are_asked_in_an_index_that_is_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = HashedEmbedder()
    monkeypatch.setattr("rag.ingest.load_embedder", lambda *_, **__: embedder)
    monkeypatch.setattr("rag.retrieval.load_embedder", lambda *_, **__: embedder)
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text('{"id": "bins", "title": "垃圾", "text": "垃圾每周一早上八点开始收运，玻璃瓶请送到回收站。"}\n')
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    settings = load_settings(index=tmp_path / "index")
    with command._system("ours", corpus, None, settings) as assistant:
        assert assistant.article("bins") is not None
        assert [hit.article.id for hit in assistant.retrieve("垃圾什么时候收运？", limit=5)] == ["bins"]
        assert list((tmp_path / "temporary").glob("wenju-eval-*")) != []
    assert list((tmp_path / "temporary").glob("wenju-eval-*")) == []
    assert not (tmp_path / "index").exists()


def test_an_index_that_is_missing_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("rag.retrieval.load_embedder", lambda *_, **__: HashedEmbedder())
    monkeypatch.setattr(sys, "argv", ["eval", "run", str(questions), "--index", str(tmp_path / "nowhere")])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 1
    assert re.fullmatch(r"Error: No index at .*nowhere\. Build it with: .*\n", capsys.readouterr().err)
