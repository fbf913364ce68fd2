"""Answers the questions of all open pages, several at once, and ends an answer when its page asks for that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress

from web.conversation import Assistant, Conversation, Stop, converse

_SECONDS_TO_END = 15.0


class Desk:
    """Where questions are put. A page is named by what Gradio calls its session. Belongs to one event loop."""

    def __init__(self, assistant: Assistant, *, at_once: int) -> None:
        self._assistant = assistant
        self._threads = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="answer")
        self._running: dict[str, Stop] = {}

    async def answer(self, page: str, conversation: Conversation, question: str) -> AsyncGenerator[Conversation, None]:
        """The conversation as the answer to `question` grows, until the answer is whole or ended.

        One that is to be forgotten ends with an empty conversation.
        """
        stop = self._running[page] = Stop()
        try:
            async with aclosing(converse(conversation, question, self._assistant, self._threads, stop)) as states:
                async for state in states:
                    if state.running or not stop.forget:
                        yield state
            if stop.forget:
                yield Conversation()
        finally:
            stop.ended.set()
            if self._running.get(page) is stop:
                del self._running[page]

    async def end(self, page: str, *, forget: bool = False) -> None:
        """Ends the answer that `page` waits for, if any; returns when its last state has been handed out.

        Gradio could cancel the event, but a cancelled event may still send its last state after whatever came in its
        place. This way the event itself says how it ended: with what was written, or with nothing to `forget` it.
        """
        stop = self._running.get(page)
        if stop is None:
            return
        stop.forget |= forget
        stop.request()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.ended.wait(), _SECONDS_TO_END)
