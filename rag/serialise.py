"""An answer as the JSON that the command line, the evaluation and the HTTP API give. Knows nothing of any of them."""

from __future__ import annotations

from rag.records import Answer, Citation, Hit


def answer_json(question: str, answer: Answer) -> dict[str, object]:
    """`answer` to `question` as plain values, in the order in which they are to be read. `notice` only where set."""
    notice = {"notice": answer.notice} if answer.notice else {}
    return {
        "question": question,
        "answer": answer.text,
        "status": answer.status.value,
        "language": answer.language,
        "writer": answer.writer,
        **notice,
        "citations": [citation_json(citation) for citation in answer.citations],
        "hits": [hit_json(hit) for hit in answer.hits],
        "timings_ms": dict(answer.timings_ms),
    }


def citation_json(citation: Citation) -> dict[str, object]:
    """`citation` as plain values. Offsets count characters of the article's text."""
    return {
        "number": citation.number,
        "article_id": citation.article_id,
        "title": citation.title,
        "source": citation.source,
        "published": citation.published.isoformat() if citation.published else None,
        "url": citation.url,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
    }


def hit_json(hit: Hit) -> dict[str, object]:
    """`hit` as plain values: which passage, of which article, how near."""
    return {"passage_id": hit.passage.id, "article_id": hit.article.id, "score": hit.score}
