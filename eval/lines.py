"""A line of `results.jsonl`: everything about one answer, enough to read it, to score it and to reproduce it.

What differs between two runs of the same system is under `timings_ms` and `elapsed_ms` alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from eval.cases import Case
from eval.running import Outcome, measures
from eval.tokens import Prices
from rag.records import Answer
from rag.serialise import answer_json, hit_json

Line = Mapping[str, Any]
TIMINGS = frozenset({"timings_ms", "elapsed_ms"})
"""The keys that may differ between two runs of the same questions by the same system."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What every line of a run has in common."""

    system: str
    index: str
    """Fingerprint of the system: its index and its settings."""
    prompts: str
    """Digest of the words in `prompts/` that make answers."""
    prices: Prices | None = None


def result_line(outcome: Outcome, asked: Asked) -> dict[str, object]:
    """The JSON of `rag ask` with the case, the checks and the scores."""
    case, scored, answer = outcome.case, outcome.score, outcome.answer
    told = answer_json(case.question, answer) if answer else {"question": case.question, "timings_ms": {}}
    timings = told.pop("timings_ms")
    checks: dict[str, object] = {}
    if scored:
        checks = {"failed": list(scored.failed), "missing": list(scored.missing)}
        checks |= {"quotes": scored.quotes, "true_quotes": scored.true_quotes}
    scores = {name: value for name, value in measures(outcome).items() if name != "right" and value is not None}
    tokens = asdict(outcome.tokens)
    return {
        "id": case.id,
        "kind": case.kind,
        "lang": case.lang,
        "right": outcome.right,
        "question": case.question,
        "standalone": outcome.standalone or case.question,
        **({"history": [asdict(turn) for turn in case.history]} if case.history else {}),
        **told,
        **(_found(answer) if answer else {}),
        "system": asked.system,
        "index": asked.index,
        "prompt_digest": asked.prompts,
        "expected": _expected(case),
        **checks,
        **scores,
        "certainty": outcome.certainty,
        "ranking": list(outcome.ranking),
        "alone": outcome.alone,
        "tokens": tokens,
        **({"cost": asked.prices.of(outcome.tokens)} if asked.prices else {}),
        **({"error": outcome.error} if outcome.error else {}),
        "timings_ms": timings,
        "elapsed_ms": outcome.elapsed_ms,
    }


def _found(answer: Answer) -> dict[str, object]:
    """The citations and hits with what is needed to find their words again."""
    cited = answer_json("", answer)["citations"]
    assert isinstance(cited, list)
    return {
        "citations": [
            {**shown, "passage_id": citation.passage_id}
            for shown, citation in zip(cited, answer.citations, strict=True)
        ],
        "hits": [
            {
                **hit_json(hit),
                "score": round(hit.score, 6),  # what comes after depends on what else was embedded with the question
                "digest": digest(hit.passage.text),
                "start": hit.passage.start,
                "end": hit.passage.end,
            }
            for hit in answer.hits
        ],
    }


def digest(text: str) -> str:
    """16 characters that tell one text from another."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _expected(case: Case) -> dict[str, object]:
    """What the case asks of an answer, without what it leaves open."""
    asked = {
        "refuse": case.refuse,
        "facts": [list(fact) for fact in case.facts],
        "articles": list(case.articles),
        "articles_mode": case.articles_mode if len(case.articles) > 1 else None,
        "forbid": list(case.forbid),
        "refusal_ok": case.refusal_ok,
        "answer": case.answer,
        "evidence": [asdict(piece) for piece in case.evidence],
    }
    return {name: value for name, value in asked.items() if value or name == "refuse"}


def without_timings(line: Line) -> dict[str, Any]:
    """What two runs of the same questions by the same system have in common."""
    return {name: value for name, value in line.items() if name not in TIMINGS}
