"""What counts as a syndicated copy: see also `test_retrieval`."""

from __future__ import annotations

from pathlib import Path

from rag.index import Index
from rag.index_sync import sync
from rag.manifest import PassageSettings
from rag.retrieval import HybridRetriever
from tests.rag.hashed_embedder import HashedEmbedder
from tests.rag.lexical_retriever import article


def test_a_report_that_was_brought_up_to_date_is_no_copy_whatever_is_asked(tmp_path: Path) -> None:
    report = (
        "10月1日上午9时许，东湖区人民路一处在建工地发生坍塌事故，市委市政府高度重视，第一时间启动应急响应，组织"
        "消防、医疗、公安等力量赶赴现场救援。省委主要领导作出批示，要求全力搜救被困人员，妥善做好善后工作。"
        "截至当晚8时，现场搜救工作仍在进行，已造成3人死亡、12人受伤，伤者均已送医救治，生命体征平稳。"
        "事故原因正在调查之中，涉事企业负责人已被公安机关依法控制，相关责任人将被严肃追究责任。\n"
    )
    early = article("early", report)
    later = article("later", report.replace("3人死亡、12人", "5人死亡、14人"))
    again = article("again", report + "责任编辑：王五")
    embedder, settings = HashedEmbedder(), PassageSettings(tokens=400, overlap_sentences=1)
    sync([early, later, again], path=tmp_path, embedder=embedder, settings=settings)
    retriever = HybridRetriever(Index(tmp_path, embedder=embedder, settings=settings), embedder)
    for question in ("事故发生在哪里？", "工地坍塌的企业负责人怎么处理的？", "工地坍塌事故造成多少人死亡？"):
        hits = retriever.retrieve(question)
        assert {frozenset((hit.article.id, *(each.id for each in hit.copies))) for hit in hits} == {
            frozenset(("early", "again")),
            frozenset(("later",)),
        }
