"""The figures of `docs/results.md`: which commands print them, and their floors."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eval.serving import ROOT

BENCH = ROOT / ".." / "shared" / "bench"
"""The data to measure with. Where it is absent, what needs it is left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """Something that is measured."""

    what: str
    floor: str
    words: tuple[str, ...]
    """What follows `python -m` on the command line."""
    needs: Path | None = None
    """Data without which it cannot be measured."""

    @property
    def command(self) -> str:
        return " ".join(("python", "-m", *self.words))


FIGURES = (
    Figure(what="the index of the articles that ship", floor="none", words=("rag", "ingest")),
    Figure(
        what="cleaning of damaged pages, and of the five articles",
        floor="similarity >= 0.97, undamaged pages 1.000; articles >= 0.995 each",
        words=("eval.cleaning",),
        needs=BENCH / "cleaning",
    ),
    Figure(
        what="the embedding model beside the engine that its weights come from",
        floor="cosine >= 0.999",
        words=("eval.embedding",),
    ),
    Figure(what="support check", floor="none", words=("eval.support",)),
    Figure(
        what="retrieval, answers, refusal, latency on questions that were not used for tuning",
        floor="recall@5 >= 0.98; right >= 0.75 (single, number, when, who >= 0.90); refused_unanswerable >= 0.55; "
        "false_refusal <= 0.08; citation_precision >= 0.95; quote_equals_source 1.000; p50 <= 60 ms, p95 <= 150 ms",
        words=("eval", "run", "../shared/bench/seeds/questions.jsonl", "--out", "runs/bench-seeds", "--anew"),
        needs=BENCH / "seeds",
    ),
    Figure(
        what="the same on the questions that ship, on which refusal was tuned",
        floor="none",
        words=("eval", "run", "eval/questions/articles.jsonl", "--out", "runs/bench-articles", "--anew"),
    ),
    Figure(
        what="a thousand questions, the index built before (its first time builds it)",
        floor="<= 60 s, <= 1,500 MB",
        words=(
            *("eval", "run", "../shared/bench/sets/cmrc/questions.jsonl", "--limit", "1000", "--anew"),
            *("--articles", "../shared/bench/sets/cmrc/corpus.jsonl", "--index", "runs/index-cmrc"),
            *("--out", "runs/bench-cmrc"),
        ),
        needs=BENCH / "sets" / "cmrc",
    ),
    Figure(what="start of the server", floor="<= 15 s", words=("eval", "startup")),
    Figure(
        what="clean clone to answering page, package cache warm", floor="<= 120 s", words=("eval", "startup", "--clone")
    ),
    Figure(what="memory of the server", floor="<= 1,300 MB after 100 questions", words=("eval", "memory")),
    Figure(
        what="streams at once, open streams, closed tabs",
        floor="p95 <= 200 ms to the first event, <= 500 ms to the end; 200 streams <= 150 MB; nothing leaked",
        words=("eval", "load", "--seconds", "10"),
    ),
)


def measure(tell: Callable[[str], None]) -> list[str]:
    """Runs the command of each figure, which prints it, and gives back the commands that failed."""
    failed = []
    for figure in FIGURES:
        tell(f"\n{figure.what}\nfloor: {figure.floor}\n$ {figure.command}")
        if figure.needs and not figure.needs.exists():
            tell("left out: the data to measure with is not there")
            continue
        started = time.monotonic()
        process = subprocess.Popen([sys.executable, "-m", *figure.words], cwd=ROOT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        megabytes = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
        tell(f"took {time.monotonic() - started:.1f} s and at most {megabytes:,.0f} MB of memory")
        if process.returncode != 0:
            failed.append(figure.command)
    return failed
