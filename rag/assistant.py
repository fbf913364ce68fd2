"""The assistant: a question in, growing cited answers out. Chat page, command line and evaluation all call this one."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Protocol

from corpus.records import Article, Passage
from rag.agreement import agreed
from rag.checking import check, plain
from rag.errors import ModelUnavailable
from rag.explained import older_than_asked
from rag.language import detect
from rag.parts import parts
from rag.personal import masked
from rag.prompts import reply
from rag.quote_writer import QuoteWriter
from rag.reader.reading import Ask
from rag.records import Answer, Hit, Language, Question, Status
from rag.retrieval import HybridRetriever, open_retriever
from rag.settings import Settings

_log = logging.getLogger(__name__)


class Writer(Protocol):
    """Who words the answer."""

    name: str

    def standalone(self, question: Question) -> str:
        """The question with what it leans on put in."""

    def standing_alone(self, question: Question) -> Generator[str]:
        """The question as it is, again and again while a model is asked; the last one has what it leans on put in."""

    def stream(self, question: str, hits: tuple[Hit, ...], language: Language) -> Iterator[Answer]:
        """Growing answers out of `hits`; the last one is final. Raises `ModelUnavailable`."""

    def tokens(self, answer: Answer) -> int:
        """About how many tokens a model read and wrote for `answer`."""


class Assistant:
    """Answers questions out of the articles of one index."""

    def __init__(
        self,
        retriever: HybridRetriever,
        writer: Writer | None = None,
        *,
        question_chars: int = 500,
        passages: int = 8,
        today: Callable[[], date] = date.today,
    ) -> None:
        """`today` is asked for the day from which `今年` in a question counts."""
        self._retriever = retriever
        self._quote = QuoteWriter()
        self._writer: Writer = writer or self._quote
        self._question_chars = question_chars
        self._passages = passages
        self._today = today

    @property
    def writer_name(self) -> str:
        """`quote`, or the model's `provider:name`."""
        return self._writer.name

    @property
    def reader_name(self) -> str:
        """What reads the first hits again, or `none`."""
        return self._retriever.reader_name

    def article(self, article_id: str, articles: tuple[str, ...] = ()) -> Article | None:
        """The article as it was indexed, or None, also where the patterns `articles` do not let it be seen."""
        return self._retriever.article(article_id, articles)

    def passage(self, passage_id: str, articles: tuple[str, ...] = ()) -> tuple[Passage, Article] | None:
        """The passage with its article, or None, also where the patterns `articles` do not let it be seen."""
        return self._retriever.passage(passage_id, articles)

    def articles(self) -> list[Article]:
        """All articles of the index."""
        return self._retriever.articles()

    def check(self) -> None:
        """Returns if questions can be answered; raises `AssistantError` with one line that says what to do."""
        self._retriever.check()

    def standalone(self, question: Question) -> str:
        """The text of `question` with what it leans on put in. Personal data that was said before is read by nobody."""
        return self._writer.standalone(_masked(question))

    def tokens(self, answer: Answer) -> int:
        """About how many tokens a model read and wrote for `answer`; 0 where none did."""
        asked = answer.hits and answer.writer == self._writer.name
        return self._writer.tokens(answer) if asked else 0

    def answer(self, question: Question) -> Answer:
        """The final answer."""
        *_, last = self.stream(question)
        return last

    def stream(self, question: Question) -> Iterator[Answer]:
        """Growing answers with status WRITING, then the final one.

        Raises `AssistantError` where the index cannot be used. A model that fails is no error: the articles are quoted
        instead and `notice` says so.
        """
        started = time.monotonic()
        checked = check(question.text, max_chars=self._question_chars)
        language = detect(checked.text)
        if checked.refusal:
            text = reply(checked.refusal, language, most=self._question_chars)
            yield Answer(
                text=text,
                status=Status.REFUSED,
                language=language,
                writer=self.writer_name,
                reason=checked.refusal,
                timings_ms=_since(started),
            )
            return
        waiting = Answer(text="", status=Status.WRITING, language=language, writer=self.writer_name)
        with closing(self._writer.standing_alone(_masked(replace(question, text=checked.text)))) as asking:
            query = next(asking)
            for newer in asking:
                query = newer
                yield waiting  # so that whoever reads can stop
        hits = self.retrieve(query, articles=question.articles)
        timings = {"retrieve": _since(started)["total"]}
        for answer in self._written(query, hits, language):
            yield replace(
                answer,
                hits=_distinct(answer.hits),
                notice=self._notice(query, answer),
                timings_ms={**timings, **_since(started)},
            )

    def retrieve(self, query: str, *, limit: int | None = None, articles: tuple[str, ...] = ()) -> tuple[Hit, ...]:
        """The hits for `query`: each of its parts is searched by itself, and the results are taken in turn.

        `limit` counts the passages of each part; unset, as many as an answer is written from. Only articles that the
        patterns `articles` let be seen are searched.
        """
        asked = parts(query)
        most = limit or self._passages
        if len(asked) == 1:
            return self._retriever.retrieve(query, limit=most, articles=articles)
        found = [self._retriever.retrieve(part, limit=most, articles=articles, one_of=len(asked)) for part in asked]
        of_each = zip(asked, agreed(found, self._retriever.share_of(query)), strict=True)
        turns = itertools.zip_longest(*([replace(hit, query=part) for hit in hits] for part, hits in of_each))
        return tuple(hit for turn in turns for hit in turn if hit is not None)

    def _notice(self, query: str, answer: Answer) -> str | None:
        """What is to be known beside `answer`, and that it tells of an earlier time than `query` asks for."""
        if answer.status is Status.WRITING:
            return answer.notice
        older = older_than_asked(query, answer.citations, answer.language, self._today())
        return " ".join(filter(None, (answer.notice, older))) or None

    def _written(self, query: str, hits: tuple[Hit, ...], language: Language) -> Iterator[Answer]:
        if not hits:  # there is nothing that a model could read
            yield from self._quote.stream(query, hits, language)
            return
        try:
            yield from self._writer.stream(query, hits if self._writer is self._quote else _distinct(hits), language)
        except ModelUnavailable as error:
            _log.warning("%s", error)
            for answer in self._quote.stream(query, hits, language):
                yield replace(answer, notice=reply("model_failed", language))


def open_assistant(settings: Settings, *, index: Path | None = None, readings_at_once: int | None = None) -> Assistant:
    """The assistant that `settings` describe, over `index` or the index of the settings. So many questions are read at
    once as `readings_at_once` says; what comes meanwhile is answered without a reader. None: all are read.

    Raises `AssistantError`: no index, an unknown provider, a model that cannot be loaded.
    """
    settings = settings if index is None else settings.model_copy(update={"index": index})
    retriever = open_retriever(settings, readings_at_once=readings_at_once)
    return Assistant(
        retriever,
        _model_writer(settings, retriever.ask),
        question_chars=settings.question_chars,
        passages=settings.passages_per_answer,
    )


def _model_writer(settings: Settings, ask: Ask | None) -> Writer | None:
    if not settings.chat_model:
        return None
    # A provider's client takes seconds to import, and quoting needs none.
    from rag.chat import chat_model
    from rag.model_writer import ModelWriter

    model = chat_model(settings)
    return ModelWriter(model, settings, ask=ask) if model else None


def _masked(question: Question) -> Question:
    """`question` without the personal data that was said before."""
    history = tuple(replace(turn, content=masked(plain(turn.content))) for turn in question.history)
    return replace(question, history=history)


def _distinct(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Each passage once: two parts of a question may have found the same one."""
    return tuple({hit.passage.id: hit for hit in reversed(hits)}.values())[::-1]


def _since(started: float) -> dict[str, float]:
    return {"total": round((time.monotonic() - started) * 1000, 1)}
