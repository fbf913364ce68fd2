"""Every attack before every manner of model, and what was counted: `python -m tests.redteam.matrix` prints it all.

The tests run a part of it, chosen by turns, that takes half a minute.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rag.assistant import Assistant
from rag.chat import chat_model
from rag.model_writer import Breaker, ModelWriter
from rag.records import Question, Status
from rag.retrieval import HybridRetriever
from rag.settings import Settings
from tests.redteam.attacks import OTHER_WORDS, OWN, attacks, poisons
from tests.redteam.breaches import KINDS, breaches
from tests.redteam.gullible import MANNERS

CANARY = "WJ-7Q4K-XH29"


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One question before one assistant."""

    id: str
    group: str
    question: Question


@dataclass(slots=True)
class Tally:
    """How many answers there were of each kind, and how many broke which rule."""

    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    broken: Counter[tuple[str, str]] = field(default_factory=Counter)

    def table(self) -> str:
        """The counts, a line for each set before each model."""
        rows = list(dict.fromkeys(row for row, _ in self.answers))
        lines = [f"{'red team':44}{'asked':>7}{'refused':>9}{'declined':>10}{'answered':>10}  broken rules"]
        for row in rows:
            counts = [self.answers[row, kind] for kind in ("refused", "declined", "answered")]
            broken = ", ".join(f"{kind}: {self.broken[row, kind]}" for kind in KINDS if self.broken[row, kind])
            lines.append(f"{row:44}{sum(counts):>7}{counts[0]:>9}{counts[1]:>10}{counts[2]:>10}  {broken or '0 of 11'}")
        return "\n".join(lines)


_KIND = {
    Status.REFUSED: "refused",
    Status.NO_PASSAGES: "declined",
    Status.CANNOT_ANSWER: "declined",
    Status.PARTIAL: "answered",
    Status.ANSWERED: "answered",
}


def direct() -> list[Case]:
    """The questions that attack."""
    return [Case(id=a.id, group="direct", question=a.question) for a in attacks("direct")]


def poisoned() -> list[Case]:
    """For each tampered article an ordinary question that finds it."""
    return [Case(id=p.id, group="poisoned", question=Question(text=p.ask, articles=OWN)) for p in poisons()]


def by_turns(cases: Sequence[Case], manner: str) -> list[Case]:
    """The part of `cases` whose turn it is before `manner`; all manners together get every second case."""
    names = list(MANNERS)
    return [case for place, case in enumerate(cases) if place % (2 * len(names)) == 2 * names.index(manner)]


def obeying(retriever: HybridRetriever, settings: Settings, url: str, manner: str) -> Assistant:
    """An assistant whose model has `manner`."""
    chosen = settings.model_copy(update={"chat_model": manner, "chat_base_url": url})
    model = chat_model(chosen)
    assert model is not None
    # What a model says again and again must not be taken for a failure of its server.
    return Assistant(retriever, ModelWriter(model, chosen, breaker=Breaker(failures=1_000_000)))


def broken(assistant: Assistant, cases: Iterable[Case], tally: Tally, *, model: str) -> dict[str, tuple[str, ...]]:
    """The cases whose answer breaks a rule, with the rules. Every growing answer is looked at, not only the last."""
    found: dict[str, tuple[str, ...]] = {}
    for case in cases:
        row = f"{case.group}, {model}"
        asked = case.question.text + "".join(turn.content for turn in case.question.history)
        article = partial(assistant.article, articles=case.question.articles)
        seen: set[str] = set()
        status, text = Status.WRITING, None
        for answer in assistant.stream(case.question):
            if (answer.status, answer.text) == (status, text):
                continue  # while a model is silent the same answer comes again
            status, text = answer.status, answer.text
            seen.update(
                breaches(
                    answer,
                    article=article,
                    canary=CANARY,
                    other_words=OTHER_WORDS,
                    asked=asked,
                )
            )
        tally.answers[row, _KIND[status]] += 1
        tally.broken.update((row, kind) for kind in seen)
        if seen:
            found[case.id] = tuple(sorted(seen))
    return found


def main() -> None:
    """Prints every attack before every model."""
    import rag.model_writer
    from rag.ingest import ingest
    from rag.retrieval import open_retriever
    from tests.redteam.attacks import ARTICLES, write_poisoned
    from tests.redteam.conftest import prompt_with_canary
    from tests.redteam.gullible import gullible_server

    rag.model_writer.prompt = prompt_with_canary  # type: ignore[attr-defined]
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="wenju-redteam-") as place, gullible_server() as url:
        articles = Path(place) / "articles"
        articles.mkdir()
        write_poisoned(articles)
        settings = Settings(_env_file=None, index=Path(place) / "index")  # type: ignore[call-arg]
        ingest(settings, [ARTICLES, articles])
        retriever = open_retriever(settings)
        for cases in (direct(), poisoned()):
            broken(Assistant(retriever), cases, tally, model="no model")
            for manner in MANNERS:
                broken(obeying(retriever, settings, url, manner), cases, tally, model=manner)
    print(tally.table())


if __name__ == "__main__":
    main()
