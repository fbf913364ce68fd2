"""What must not get worse unseen: search without its parts, citations of something else, no refusal. Each is planted
in a real assistant over many small articles, and `compare` has to name the gate that falls."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from corpus.records import Article
from eval.cases import Case
from eval.compare import Comparison, compare, read_gates
from eval.lines import Asked, Line, result_line
from eval.running import System, run
from eval.systems.ours import Ours, open_ours
from rag.ingest import ingest
from rag.models import Vectors
from rag.records import Answer, Hit, Question, Status
from rag.retrieval import HybridRetriever
from rag.settings import Settings, load_settings
from tests.rag.hashed_embedder import HashedEmbedder

PLACES = "临江 北桥 东湖 西岭 南塘 青石 白沙 红旗 金水 银杏 梅园 松林 竹溪 兰亭 莲花 桃源 柳河 云台 星海 月湾".split()
OFFICES = "图书馆 博物馆 体育馆 文化馆 档案馆".split()
COMMON = 0.8
"""What all texts have in common in the eyes of the default embedding model, for which refusal was learned."""
ASKED = Asked(system="ours", index="0", prompts="0")


class NearEmbedder(HashedEmbedder):
    """Cosines from `COMMON` to 1, as the default model gives them."""

    def __init__(self) -> None:
        super().__init__(dimension=65)

    def _vector(self, text: str) -> Vectors:
        counted = super()._vector(text)
        counted[-1] = 0.0
        counted *= np.sqrt(1 - COMMON) / np.linalg.norm(counted)
        counted[-1] = np.sqrt(COMMON)
        return counted


def telephone(number: int) -> str:
    return f"021-6{number * 37 % 1000:03d}-{number * 91 % 10000:04d}"


@dataclass(frozen=True)
class Office:
    number: int
    name: str

    @property
    def article(self) -> str:
        return (
            f'{{"id": "a{self.number}", "title": "{self.name}开放公告", "date": "2024-03-0{self.number % 9 + 1}", '
            f'"text": "{self.name}今日发布公告。{self.name}的咨询电话是{telephone(self.number)}。'
            f'读者入馆时请出示证件，并遵守秩序。"}}'
        )

    @property
    def case(self) -> Case:
        return Case(
            id=f"q{self.number}",
            question=f"{self.name}的咨询电话是多少？",
            kind="number",
            facts=((telephone(self.number),),),
            articles=(f"a{self.number}",),
        )


ALL = [Office(n, place + office) for n, (place, office) in enumerate((p, o) for p in PLACES for o in OFFICES)]
CASES = [
    *(office.case for office in ALL),
    *(
        Case(
            id=f"u{office.number}",
            question=f"{office.name}去年花了多少亿元修缮屋顶？",
            kind="unanswerable",
            answerable=False,
        )
        for office in ALL[:40]
    ),
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("planted")
    corpus = folder / "corpus.jsonl"
    corpus.write_text("".join(office.article + "\n" for office in ALL), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rag.retrieval.load_embedder", lambda *_, **__: NearEmbedder())
        own = load_settings(index=folder / "index")
        ingest(own, [corpus], embedder=NearEmbedder())  # type: ignore[arg-type]
        yield own


@pytest.fixture(scope="module")
def ours(settings: Settings) -> Ours:
    return open_ours(settings)


def lines(system: System) -> dict[str, Line]:
    return {outcome.case.id: result_line(outcome, ASKED) for outcome in run(CASES, system)}


@pytest.fixture(scope="module")
def before(ours: Ours) -> dict[str, Line]:
    return lines(ours)


def compared(before: dict[str, Line], system: System) -> Comparison:
    return compare(before, lines(system), read_gates())


class Worse:
    """A system whose answers are spoiled on their way."""

    def __init__(self, ours: Ours) -> None:
        self._ours = ours
        self.name, self.fingerprint = ours.name, ours.fingerprint

    def answer(self, question: Question) -> Answer:
        return self._ours.answer(question)

    def standalone(self, question: Question) -> str:
        return self._ours.standalone(question)

    def retrieve(self, query: str, *, limit: int | None = None) -> tuple[Hit, ...]:
        return self._ours.retrieve(query, limit=limit)

    def article(self, article_id: str) -> Article | None:
        return self._ours.article(article_id)


class NeverRefusing(Worse):
    def answer(self, question: Question) -> Answer:
        return replace(super().answer(question), status=Status.ANSWERED)


class Shuffled(Worse):
    """Every answer has the citations of another one."""

    def __init__(self, ours: Ours) -> None:
        super().__init__(ours)
        answers = [ours.answer(Question(text=case.question)) for case in CASES]
        cited = [answer.citations for answer in answers if answer.citations]
        random.Random(1).shuffle(cited)
        self._cited = iter(cited)

    def answer(self, question: Question) -> Answer:
        answer = super().answer(question)
        return replace(answer, citations=next(self._cited, ())) if answer.citations else answer


def test_the_system_is_good_before_it_is_spoiled(before: dict[str, Line], ours: Ours) -> None:
    answerable = [line for line in before.values() if not line["expected"]["refuse"]]
    assert sum(line["recall@1"] for line in answerable) / len(answerable) > 0.95
    assert sum(line["right"] for line in before.values()) / len(before) > 0.8
    assert compared(before, ours).fallen == ()


def test_fusion_switched_off_lets_the_gates_of_retrieval_fall(before: dict[str, Line], ours: Ours) -> None:
    retriever = ours.assistant._retriever
    assistant = copy.copy(ours.assistant)
    assistant._retriever = HybridRetriever(retriever._index, retriever._embedder, lexical_weight=0.0)
    fallen = compared(before, replace(ours, assistant=assistant)).fallen
    assert {"recall@1", "mrr@10", "ndcg@10"} <= set(fallen)


def test_shuffled_citations_let_the_gates_of_citations_fall(before: dict[str, Line], ours: Ours) -> None:
    fallen = compared(before, Shuffled(ours)).fallen
    assert {"citation_precision", "citation_recall", "support", "right"} <= set(fallen)
    assert not {"recall@1", "refused_unanswerable", "false_refusal"} & set(fallen)


def test_refusal_switched_off_lets_its_gate_fall(before: dict[str, Line], ours: Ours) -> None:
    fallen = compared(before, NeverRefusing(ours)).fallen
    assert "refused_unanswerable" in fallen
    assert not {"recall@1", "citation_precision", "false_refusal"} & set(fallen)


def test_many_at_once_get_the_same_answers(before: dict[str, Line], ours: Ours) -> None:
    def same(line: Line) -> dict[str, object]:
        return {name: value for name, value in line.items() if name not in ("timings_ms", "elapsed_ms", "alone")}

    together = run(CASES, ours, at_once=3, alone=5, coming=[case.question for case in CASES])
    after = {outcome.case.id: result_line(outcome, ASKED) for outcome in together}
    assert {id: same(line) for id, line in after.items()} == {id: same(line) for id, line in before.items()}
    assert sum(line["alone"] for line in after.values()) == 5
