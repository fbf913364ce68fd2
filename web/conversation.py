"""A conversation as a chain of exchanges, and how an answer streams into it. Knows nothing of Gradio.

The assistant's generator is plain and may wait for a model for seconds, so it runs in a thread of its own; whoever
stops reading makes that thread close it at its next answer, which ends the request to the model.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Executor
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol

from corpus.records import Article, Passage
from rag.errors import AssistantError
from rag.language import detect
from rag.prompts import label
from rag.records import Answer, Question, Status, Turn
from web.answers import Exchange, exchange_html
from web.problems import public_line

_log = logging.getLogger(__name__)

EXCHANGES_SHOWN = 20
_EXCHANGES_REMEMBERED = 3
_UNSAID = (Status.REFUSED, Status.SERVICE_ERROR, Status.WRITING)


class Assistant(Protocol):
    """What the web asks of the assistant: `rag.assistant.Assistant` has it."""

    @property
    def writer_name(self) -> str: ...
    def stream(self, question: Question) -> Iterator[Answer]: ...
    def article(self, article_id: str, articles: tuple[str, ...] = ()) -> Article | None: ...
    def articles(self) -> list[Article]: ...
    def passage(self, passage_id: str, articles: tuple[str, ...] = ()) -> tuple[Passage, Article] | None: ...
    def tokens(self, answer: Answer) -> int: ...
    def check(self) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """An exchange as the conversation keeps it: its page, and what a later question may lean on."""

    number: int
    question: str
    answer: Answer
    """Without its hits, which the page has shown."""
    html: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """What was said, oldest first. The last exchange may still be in the making."""

    told: tuple[Told, ...] = ()
    running: Exchange | None = None
    """The exchange that is being written."""

    @property
    def last_question(self) -> str | None:
        if self.running:
            return self.running.question
        return self.told[-1].question if self.told else None

    @property
    def history(self) -> tuple[Turn, ...]:
        """The last exchanges as the assistant takes them."""
        said = [t for t in self.told if t.answer.status not in _UNSAID][-_EXCHANGES_REMEMBERED:]
        return tuple(
            turn
            for t in said
            for turn in (Turn(role="user", content=t.question), Turn(role="assistant", content=t.answer.text))
        )

    @property
    def earlier_html(self) -> str:
        """All but the last exchange."""
        return "".join(t.html for t in (self.told if self.running else self.told[:-1]))

    @property
    def current_html(self) -> str:
        """The last exchange."""
        if self.running:
            return exchange_html(self.running)
        return self.told[-1].html if self.told else ""

    def asking(self, question: str) -> Conversation:
        """With `question` asked and nothing answered yet."""
        number = self.told[-1].number + 1 if self.told else 1
        waiting = Answer(text="", status=Status.WRITING, language=detect(question), writer="quote")
        return replace(self, running=Exchange(number=number, question=question, answer=waiting))

    def answered(self, answer: Answer) -> Conversation:
        """With `answer` as the state of the running exchange, which ends when the answer is final."""
        if self.running is None:
            return self
        running = replace(self.running, answer=answer)
        return replace(self, running=running) if answer.status is Status.WRITING else self._with(running)

    def stopped(self) -> Conversation:
        """With the running exchange kept as far as it has come."""
        return self._with(replace(self.running, stopped=True)) if self.running else self

    def without_last(self) -> Conversation:
        """As it was before the last question."""
        return Conversation(told=self.told if self.running else self.told[:-1])

    def _with(self, exchange: Exchange) -> Conversation:
        told = Told(
            number=exchange.number,
            question=exchange.question,
            answer=replace(exchange.answer, hits=()),
            html=exchange_html(exchange),
        )
        return Conversation(told=(*self.told, told)[-EXCHANGES_SHOWN:])


@dataclass(slots=True)
class Stop:
    """How an answer that is being written is ended from outside. Belongs to one event loop."""

    requested: bool = False
    forget: bool = False
    """Whether nothing of the conversation is to be kept."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is something to look at: a new piece, an end, or the request."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def request(self) -> None:
        """Ends the answer with what has come."""
        self.requested = True
        self.news.set()


async def converse(
    conversation: Conversation, question: str, assistant: Assistant, threads: Executor, stop: Stop
) -> AsyncGenerator[Conversation, None]:
    """The conversation as the answer to `question` grows.

    The last one holds a whole answer, or says that it was stopped or that the assistant failed.
    """
    asked = Question(text=question, history=conversation.history)
    conversation = conversation.asking(question)
    yield conversation
    failed = replace(_running(conversation).answer, status=Status.SERVICE_ERROR)
    try:
        async with aclosing(streamed(lambda: assistant.stream(asked), threads, stop)) as answers:
            async for answer in answers:
                conversation = conversation.answered(answer)
                yield conversation
    except AssistantError as error:
        _log.error("%s", error)
        yield conversation.answered(replace(failed, text=public_line(error)))
        return
    except Exception:  # whatever it was, the reader gets an end and the operator the trace
        _log.exception("The assistant failed.")
    if stop.requested:
        yield conversation.stopped()
    elif conversation.running:
        yield conversation.answered(replace(failed, text=label("service_failed", failed.language)))


def _running(conversation: Conversation) -> Exchange:
    if conversation.running is None:
        raise ValueError("No exchange is running.")
    return conversation.running


async def streamed(
    start: Callable[[], Iterator[Answer]], threads: Executor, stop: Stop | None = None
) -> AsyncGenerator[Answer, None]:
    """What the iterator of `start` yields, taken in one of `threads`. Answers that are overtaken are left out.

    Ends early when `stop` is requested. Then, and when this generator is closed, the iterator is closed too, at the
    latest at its next answer.
    """
    loop = asyncio.get_running_loop()
    stop = stop or Stop()
    news = stop.news
    taken = _Taken()

    def take() -> None:
        try:
            answers = iter(()) if taken.unwanted else start()
            for answer in answers:
                taken.newest.append(answer)
                if taken.unwanted:
                    break
                loop.call_soon_threadsafe(news.set)
            close = getattr(answers, "close", None)
            if close:
                close()
        except Exception as error:  # raised again where it is awaited
            taken.error = error
        except BaseException as error:  # a panic of native code, which must not pass for an interrupt there
            taken.error = RuntimeError("The assistant broke down.")
            taken.error.__cause__ = error
        taken.ended = True
        if not taken.unwanted:
            loop.call_soon_threadsafe(news.set)

    work = threads.submit(take)
    try:
        while True:
            await news.wait()
            news.clear()
            if stop.requested:
                return
            ended = taken.ended  # read before the newest answer is: what ended has nothing newer
            if taken.newest:
                yield taken.newest.popleft()
            if ended and taken.error:
                raise taken.error
            if ended:
                return
    finally:
        taken.unwanted = True
        work.cancel()  # where all threads are busy it has not begun


@dataclass(slots=True)
class _Taken:
    """What the thread leaves for the loop. Every write is one step, so no lock is needed."""

    newest: deque[Answer] = field(default_factory=lambda: deque(maxlen=1))
    error: Exception | None = None
    ended: bool = False
    unwanted: bool = False
