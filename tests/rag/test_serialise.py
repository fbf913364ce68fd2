"""An answer as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from corpus.records import Article, Passage
from rag.records import Answer, Citation, Hit, Status
from rag.serialise import answer_json

ARTICLE = Article(
    id="a",
    title="标题",
    text="甲。乙。",
    source=None,
    author=None,
    published=date(2024, 11, 9),
    url=None,
    script="hans",
)
PASSAGE = Passage(id="a#0-1", article_id="a", start=0, end=2, text="甲。")
ANSWER = Answer(
    text="甲。[1]",
    status=Status.PARTIAL,
    language="zh-Hans",
    writer="quote",
    citations=(
        Citation(
            number=1,
            passage_id="a#0-1",
            article_id="a",
            title="标题",
            source=None,
            published=date(2024, 11, 9),
            url="https://example.org/a",
            quote="甲。",
            start=0,
            end=2,
        ),
    ),
    hits=(Hit(passage=PASSAGE, article=ARTICLE, score=0.75, similarity=0.7, share=0.5),),
    timings_ms={"retrieve": 3.2, "total": 4.0},
)


def test_an_answer_is_plain_json_in_the_order_of_the_contract() -> None:
    given = answer_json("甲？", ANSWER)
    assert list(given) == [
        *("question", "answer", "status", "language", "writer", "citations", "hits", "timings_ms"),
    ]
    assert json.loads(json.dumps(given)) == {
        "question": "甲？",
        "answer": "甲。[1]",
        "status": "PARTIAL",
        "language": "zh-Hans",
        "writer": "quote",
        "citations": [
            {
                "number": 1,
                "article_id": "a",
                "title": "标题",
                "source": None,
                "published": "2024-11-09",
                "url": "https://example.org/a",
                "quote": "甲。",
                "start": 0,
                "end": 2,
            }
        ],
        "hits": [{"passage_id": "a#0-1", "article_id": "a", "score": 0.75}],
        "timings_ms": {"retrieve": 3.2, "total": 4.0},
    }


def test_a_notice_is_told_where_there_is_one() -> None:
    assert answer_json("?", replace(ANSWER, notice="The model failed."))["notice"] == "The model failed."


def test_a_date_that_is_not_known_is_null() -> None:
    cited = (replace(ANSWER.citations[0], published=None),)
    (citation,) = answer_json("?", replace(ANSWER, citations=cited))["citations"]  # type: ignore[misc]
    assert citation["published"] is None
