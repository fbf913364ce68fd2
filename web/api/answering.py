"""Questions put to the assistant for the API and the page without script: in turn, in time, and only while one waits.

Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager

from rag.errors import AssistantError
from rag.records import Answer, Question, Status, Turn
from web.conversation import Assistant, streamed
from web.limiting import Limiter
from web.problems import Refused
from web.sites import Site
from web.turns import Turns

_log = logging.getLogger(__name__)

_SECONDS_TO_SPARE = 15.0
_SECONDS_TO_BE_TURNED_AWAY = 0.05
_COME_BACK_SECONDS = 30


class Answering:
    """Answers the questions of all sites, several at once."""

    def __init__(
        self, assistant: Assistant, turns: Turns, limiter: Limiter, *, at_once: int, most_seconds: float
    ) -> None:
        """An answer that takes longer than `most_seconds` and a margin is given up."""
        self._assistant = assistant
        self.turns = turns
        self._limiter = limiter
        self._most_seconds = most_seconds + _SECONDS_TO_SPARE
        self._threads = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="api-answer")

    @property
    def writer(self) -> str:
        """Who words the answers: `quote`, or the model's `provider:name`."""
        return self._assistant.writer_name

    async def check_budget(self, site: Site) -> None:
        """Returns while the model may still write for `site` today. Raises `Refused`."""
        if self.writer != "quote" and await self._limiter.budget_left(site) <= 0:
            raise Refused("budget-exhausted", retry_after=await self._limiter.budget_seconds(site))

    def turn(
        self, site: Site, client: str, *, most: int | None = None
    ) -> AbstractAsyncContextManager[asyncio.Task[None]]:
        """A turn for one question of `client`, who may have `most` at once, as `taken` gives it."""
        return taken(self.turns.one(client, most=most or site.limits.client_at_once))

    async def answers(self, site: Site, question: str, history: tuple[Turn, ...] = ()) -> AsyncGenerator[Answer, None]:
        """Growing answers out of the articles that `site` may see; the last one is final. For who has a turn.

        Raises `Refused` and nothing else. When this generator is closed, the model is told to stop.
        """
        asked = Question(text=question, history=history, articles=site.articles)
        written: Answer | None = None
        deadline = asyncio.get_running_loop().time() + self._most_seconds
        try:
            async with aclosing(streamed(lambda: self._assistant.stream(asked), self._threads)) as answers:
                while (answer := await _next(answers, deadline)) is not None:
                    written = written if answer.writer == "quote" else answer
                    yield answer
                    if answer.status is not Status.WRITING:
                        return
        except AssistantError as error:
            _log.error("%s", error)
            raise Refused("index-unavailable", retry_after=_COME_BACK_SECONDS) from None
        except TimeoutError:
            _log.error("An answer took longer than %.0f s and was given up.", self._most_seconds)
            raise Refused("service-failed") from None
        except Exception:  # whatever it was, the reader gets an end and the operator the trace
            _log.exception("The assistant failed.")
            raise Refused("service-failed") from None
        finally:
            if written:  # also where the reader has left, or the articles were quoted in the end
                await self._limiter.spend(site, await asyncio.to_thread(self._assistant.tokens, written))
        _log.error("The assistant ended without a final answer.")
        raise Refused("service-failed")

    async def run_one(
        self,
        site: Site,
        question: str,
        history: tuple[Turn, ...] = (),
        *,
        client: str,
        most: int | None = None,
    ) -> Answer:
        """The final answer, after waiting for a turn. Raises `Refused`."""
        await self.check_budget(site)
        async with self.turn(site, client, most=most) as turn:
            await turn
            return await final_of(self.answers(site, question, history))


async def final_of(answers: AsyncGenerator[Answer, None]) -> Answer:
    """The last one of `answers`, which are closed."""
    async with aclosing(answers):
        async for answer in answers:
            last = answer
        return last


async def _next(answers: AsyncGenerator[Answer, None], deadline: float) -> Answer | None:
    """The next answer, or None after the last one. Raises `TimeoutError` at `deadline` of the loop's clock."""
    async with asyncio.timeout_at(deadline):
        return await anext(answers, None)


@asynccontextmanager
async def taken(turn: AbstractAsyncContextManager[None]) -> AsyncIterator[asyncio.Task[None]]:
    """A task that ends when `turn` has come. It is given back when the block ends, whether it had come or not.

    Who is turned away at the door learns it before the block runs: `Refused` is raised here.
    """
    waiting = asyncio.ensure_future(_enter(turn))
    try:
        await asyncio.wait({waiting}, timeout=_SECONDS_TO_BE_TURNED_AWAY)
        if waiting.done():
            waiting.result()
        yield waiting
    finally:
        waiting.cancel()
        await asyncio.wait({waiting})
        if not waiting.cancelled() and waiting.exception() is None:
            await turn.__aexit__(None, None, None)


async def _enter(turn: AbstractAsyncContextManager[None]) -> None:
    await turn.__aenter__()
