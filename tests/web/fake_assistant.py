"""An assistant without index and model: it answers by what the question says, in growing pieces."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase

from corpus.records import Article, Passage, Repair
from rag.errors import IndexMissing
from rag.language import detect
from rag.records import Answer, Citation, Hit, Question, Status

ALLIANCE = Article(
    id="alliance",
    title="长三角G60科创走廊ESG发展联盟成立",
    text="长三角G60科创走廊ESG发展联盟成立\n联盟由九城市共同发起。联盟将推动企业开展ESG信息披露。\n首批成员共有136家企业。",
    source="中新网上海",
    author="王记者",
    published=date(2024, 11, 25),
    url="https://news.example.org/a?b=1&c=2",
    script="hans",
    repairs=(Repair(kind="navigation", count=2, example="当前位置:首页 > 热点"),),
)
FAIR = Article(
    id="进博会/第七届 100%",
    title=None,
    text="11月7日，第七屆進博會舉行。\n意向採購金額28.37億美元，其中上汽集團等7家企業超過1億美元。",
    source=None,
    author=None,
    published=None,
    url="javascript:alert(1)",
    script="hant",
)
HOSTILE = Article(
    id='"><script>alert(1)</script>',
    title="<img src=x onerror=\"fetch('http://evil.example/t')\">",
    text="<script>fetch('http://evil.example/s')</script>开头。\n\n"
    "![图](http://evil.example/i.png) <b>粗</b> $$x$$ `code` {{7*7}} ${7*7}。",
    source="<svg onload=alert(1)>",
    author="<i>某人</i>",
    published=date(2020, 1, 2),
    url="https://user:secret@evil.example/",
    script="hans",
    repairs=(Repair(kind="<u>odd</u>", count=1, example="<script>alert(2)</script>"),),
)
ARTICLES = (ALLIANCE, FAIR, HOSTILE)


def hit(article: Article, start: int, end: int) -> Hit:
    passage = Passage(
        id=f"{article.id}#{start}", article_id=article.id, start=start, end=end, text=article.text[start:end]
    )
    return Hit(passage=passage, article=article, score=1.0, similarity=0.9, share=0.8)


def citation(number: int, article: Article, quote: str) -> Citation:
    start = article.text.index(quote)
    return Citation(
        number=number,
        passage_id=f"{article.id}#0",
        article_id=article.id,
        title=article.title,
        source=article.source,
        published=article.published,
        url=article.url,
        quote=quote,
        start=start,
        end=start + len(quote),
    )


def answer(text: str, *citations: Citation, status: Status = Status.ANSWERED, **rest: object) -> Answer:
    made = Answer(text=text, status=status, language="zh-Hans", writer="quote", citations=citations)
    return replace(made, **rest)  # type: ignore[arg-type]


ALLIANCE_QUOTE = "联盟将推动企业开展ESG信息披露。"
FAIR_QUOTE = "意向採購金額28.37億美元，其中上汽集團等7家企業超過1億美元。"


def _seen(article_id: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(article_id, pattern) for pattern in patterns)


class FakeAssistant:
    """Answers in pieces, `pause` seconds apart. Counts what was asked and whether a stream was closed."""

    writer_name = "quote"

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause
        self.asked: list[Question] = []
        self.closed = threading.Event()

    def check(self) -> None:
        return None

    def articles(self) -> list[Article]:
        return list(ARTICLES)

    def article(self, article_id: str, articles: tuple[str, ...] = ()) -> Article | None:
        return next((a for a in ARTICLES if a.id == article_id and _seen(a.id, articles)), None)

    def passage(self, passage_id: str, articles: tuple[str, ...] = ()) -> tuple[Passage, Article] | None:
        found = self.article(passage_id.rpartition("#")[0], articles)
        return (hit(found, 0, len(found.text)).passage, found) if found and passage_id.endswith("#0") else None

    def tokens(self, answer: Answer) -> int:
        return 0 if answer.writer == "quote" else len(answer.text)

    def stream(self, question: Question) -> Iterator[Answer]:
        self.asked.append(question)
        final = replace(self._final(question), language=detect(question.text))
        try:
            for end in range(4, len(final.text), 4):
                time.sleep(self.pause)
                yield replace(final, text=final.text[:end], status=Status.WRITING, citations=())
            yield final
        finally:
            self.closed.set()

    def _final(self, question: Question) -> Answer:
        text = question.text
        if len(text) > 500:
            return answer("问题太长了。", status=Status.REFUSED)
        if "失败" in text:
            raise RuntimeError("secret of the inside")
        if "索引" in text:
            raise IndexMissing("No index at .wenju/index. Build it with: python -m rag ingest")
        if not _seen(ALLIANCE.id, question.articles):
            return answer("文章里没有关于这个问题的内容。", status=Status.NO_PASSAGES)
        if "没有" in text:
            return answer("文章里没有找到这个问题的答案。", status=Status.CANNOT_ANSWER, hits=(hit(ALLIANCE, 0, 30),))
        if "攻击" in text:
            quote = HOSTILE.text.split("\n")[2]
            return answer(f"{HOSTILE.text}[1]", citation(1, HOSTILE, quote), hits=(hit(HOSTILE, 0, 20),))
        if "金额" in text:
            return answer(f"中新网写道：\n“{FAIR_QUOTE}”[1]", citation(1, FAIR, FAIR_QUOTE), hits=(hit(FAIR, 0, 50),))
        return answer(
            f"《{ALLIANCE.title}》（中新网上海，2024-11-25）写道：\n“{ALLIANCE_QUOTE}”[1]\n“首批成员共有136家企业。”[2]",
            citation(1, ALLIANCE, ALLIANCE_QUOTE),
            citation(2, ALLIANCE, "首批成员共有136家企业。"),
            hits=(hit(ALLIANCE, 0, 60), hit(FAIR, 0, 16)),
        )


class UnreadyAssistant(FakeAssistant):
    """Its index is missing."""

    def check(self) -> None:
        raise IndexMissing("No index at .wenju/index. Build it with: python -m rag ingest")

    def articles(self) -> list[Article]:
        self.check()
        raise AssertionError

    def article(self, article_id: str, articles: tuple[str, ...] = ()) -> Article | None:
        raise IndexMissing("No index at .wenju/index. Build it with: python -m rag ingest")

    def stream(self, question: Question) -> Iterator[Answer]:
        raise IndexMissing("No index at .wenju/index. Build it with: python -m rag ingest")
