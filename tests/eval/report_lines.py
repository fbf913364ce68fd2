"""Lines of results and a summary as a run writes them, for the tests of what is made out of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from eval.lines import digest
from eval.summary import row_of, summarise

TEXT = "末班车 23:30 发车。"


def line(id: str, **changes: Any) -> dict[str, Any]:
    """The line of a right answer to a question about buses, with `changes`."""
    return {
        "id": id,
        "kind": "when",
        "lang": "zh-Hans",
        "right": True,
        "question": "末班车几点发车？",
        "standalone": "末班车几点发车？",
        "answer": "“末班车 23:30 发车。”[1]",
        "status": "ANSWERED",
        "language": "zh-Hans",
        "writer": "quote",
        "citations": [
            {
                "number": 1,
                "passage_id": "buses#0",
                "article_id": "buses",
                "title": "公交",
                "source": "市交通局",
                "published": "2024-05-01",
                "url": None,
                "quote": "末班车 23:30 发车。",
                "start": 0,
                "end": 13,
            }
        ],
        "hits": [
            {
                "passage_id": "buses#0",
                "article_id": "buses",
                "score": 0.91,
                "digest": digest(TEXT),
                "start": 0,
                "end": 13,
            },
            {"passage_id": "bins#0", "article_id": "bins", "score": 0.5, "digest": "1", "start": 0, "end": 9},
        ],
        "system": "ours",
        "index": "1f2e",
        "expected": {"refuse": False, "facts": [["23:30", "23时30分"]], "articles": ["buses"]},
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
        "false_refusal": 0.0,
        "certainty": 0.9,
        "ranking": ["buses", "bins"],
        "alone": True,
        "tokens": {"read": 0, "written": 0},
        "timings_ms": {"retrieve": 30.0, "total": 45.0},
        "elapsed_ms": 46.0,
    } | changes


def wrong_words(id: str, **changes: Any) -> dict[str, Any]:
    """The line of an answer that cites the right article and does not tell the fact."""
    facts = {"right": False, "failed": ["facts"], "missing": ["23:30"], "fact_recall": 0.0, "certainty": 0.6}
    return line(id, **({"answer": "“周末班次与平日相同。”[1]"} | facts | changes))


def answered_nonsense(id: str, **changes: Any) -> dict[str, Any]:
    """The line of an answer to a question that the articles do not answer."""
    refusal = {"refused_unanswerable": 0.0, "failed": ["refusal"], "right": False, "kind": "unanswerable"}
    kept = {
        k: v for k, v in line(id).items() if not k.startswith(("recall", "mrr", "ndcg", "fact_", "false_", "citation_"))
    }
    return kept | {"question": "市长是谁？", "expected": {"refuse": True}, "certainty": 0.7} | refusal | changes


def summary_of(lines: Iterable[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """`summary.json` of a run with `lines`."""
    run = {
        "set": "buses",
        "set_digest": "aa",
        "system": "ours",
        "index": "1f2e",
        "retrieval_only": False,
        "settings": {},
    }
    return {**summarise([row_of(each) for each in lines]), "complete": True, "problems": [], "run": run, **changes}


def written_run(folder: Path, lines: Iterable[dict[str, Any]], **changes: Any) -> Path:
    """A folder with the results and the summary of a run."""
    rows = list(lines)
    folder.mkdir(parents=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "results.jsonl").write_text(text, encoding="utf-8")
    summary = json.dumps(summary_of(rows, **changes), ensure_ascii=False)
    (folder / "summary.json").write_text(summary, encoding="utf-8")
    return folder
