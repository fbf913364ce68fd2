from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fake_assistant import FakeAssistant, answer

from rag.records import Answer, Question, Status, Turn
from web.conversation import EXCHANGES_SHOWN, Conversation, Stop, converse, streamed
from web.desk import Desk


def conversed(
    question: str, assistant: FakeAssistant | None = None, before: Conversation | None = None
) -> list[Conversation]:
    async def collected() -> list[Conversation]:
        with ThreadPoolExecutor(1) as threads:
            states = converse(before or Conversation(), question, assistant or FakeAssistant(), threads, Stop())
            return [state async for state in states]

    return asyncio.run(collected())


def test_the_question_is_shown_before_anything_is_answered() -> None:
    first = conversed("联盟是做什么的？")[0]
    assert "联盟是做什么的？" in first.current_html
    assert "正在查找资料" in first.current_html


def test_the_last_state_holds_the_whole_answer() -> None:
    last = conversed("联盟是做什么的？")[-1]
    assert last.running is None
    assert last.told[-1].answer.status is Status.ANSWERED
    assert "首批成员共有136家企业" in last.current_html


def test_a_later_question_is_asked_with_what_was_said_before() -> None:
    assistant = FakeAssistant()
    before = conversed("联盟是做什么的？", assistant)[-1]
    conversed("它有多少成员？", assistant, before)
    assert assistant.asked[-1].history == (
        Turn(role="user", content="联盟是做什么的？"),
        Turn(role="assistant", content=before.told[0].answer.text),
    )


def test_what_was_refused_or_failed_is_not_part_of_what_was_said() -> None:
    assistant = FakeAssistant()
    before = conversed("失败", assistant, conversed("长" * 501, assistant)[-1])[-1]
    conversed("联盟是做什么的？", assistant, before)
    assert assistant.asked[-1].history == ()


def test_a_missing_index_is_told_in_its_own_clear_line() -> None:
    last = conversed("索引")[-1].told[-1]
    assert last.answer.status is Status.SERVICE_ERROR
    assert "No index at .wenju/index. Build it with: python -m rag ingest" in last.html


def test_any_other_failure_ends_the_exchange_without_its_words() -> None:
    last = conversed("失败")[-1].told[-1]
    assert last.answer.status is Status.SERVICE_ERROR
    assert "服务出错" in last.html
    assert "secret of the inside" not in last.html


class Silent(FakeAssistant):
    def stream(self, question: Question) -> Iterator[Answer]:
        return iter(())


def test_an_assistant_that_says_nothing_still_gets_an_end() -> None:
    assert conversed("问", Silent())[-1].told[-1].answer.status is Status.SERVICE_ERROR


def test_a_stopped_exchange_is_kept_as_far_as_it_came() -> None:
    half = Conversation().asking("问").answered(answer("联盟将", status=Status.WRITING))
    stopped = half.stopped()
    assert stopped.running is None
    assert "联盟将" in stopped.current_html
    assert "已停止" in stopped.current_html
    assert stopped.history == ()
    assert Conversation().stopped() == Conversation()


def test_answering_again_takes_the_place_of_the_last_exchange() -> None:
    two = conversed("乙", before=conversed("甲")[-1])[-1]
    assert two.last_question == "乙"
    again = conversed("乙", before=two.without_last())[-1]
    assert [told.question for told in again.told] == ["甲", "乙"]
    assert [told.number for told in again.told] == [1, 2]


def test_a_long_conversation_drops_its_oldest_exchanges() -> None:
    conversation = Conversation()
    for number in range(EXCHANGES_SHOWN + 3):
        conversation = conversation.asking(f"问{number}").answered(answer("答"))
    assert len(conversation.told) == EXCHANGES_SHOWN
    assert conversation.told[-1].number == EXCHANGES_SHOWN + 3
    assert "问0" not in conversation.earlier_html


@pytest.mark.alone
def test_who_stops_reading_ends_the_answer_at_its_source() -> None:
    assistant = FakeAssistant(pause=0.02)

    async def read_one() -> None:
        with ThreadPoolExecutor(1) as threads:
            answers = streamed(lambda: assistant.stream(Question(text="联盟是做什么的？")), threads)
            await anext(answers)
            await answers.aclose()

    started = time.monotonic()
    asyncio.run(read_one())
    assert assistant.closed.is_set()
    assert time.monotonic() - started < 0.5  # the whole answer takes longer than that


def test_a_stop_ends_the_conversation_with_what_has_come() -> None:
    assistant = FakeAssistant(pause=0.02)

    async def stopped_early() -> list[Conversation]:
        stop = Stop()
        states = []
        with ThreadPoolExecutor(1) as threads:
            async for state in converse(Conversation(), "联盟是做什么的？", assistant, threads, stop):
                states.append(state)
                if len(states) == 3:
                    stop.request()
        return states

    last = asyncio.run(stopped_early())[-1]
    assert last.running is None
    assert "已停止" in last.current_html
    assert 0 < len(last.told[0].answer.text) < 40
    assert assistant.closed.is_set()


def test_a_reader_who_is_slower_than_the_answer_gets_its_newest_state() -> None:
    def pieces() -> Iterator[Answer]:
        for length in range(1, 200):
            yield answer("字" * length, status=Status.WRITING)
        yield answer("完")

    async def read_slowly() -> list[str]:
        with ThreadPoolExecutor(1) as threads:
            read = []
            answers: AsyncIterator[Answer] = streamed(pieces, threads)
            async for piece in answers:
                read.append(piece.text)
                await asyncio.sleep(0.05)
            return read

    read = asyncio.run(read_slowly())
    assert read[-1] == "完"
    assert len(read) < 20


def test_a_failure_after_the_first_piece_reaches_the_reader() -> None:
    def broken() -> Iterator[Answer]:
        yield answer("一", status=Status.WRITING)
        raise ValueError("broken")

    async def read() -> None:
        with ThreadPoolExecutor(1) as threads:
            async for _ in streamed(broken, threads):
                pass

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(read())


def test_what_is_kept_of_an_exchange_is_its_page_and_not_the_passages() -> None:
    told = conversed("联盟是做什么的？")[-1].told[-1]
    assert told.answer.hits == ()
    assert "检索到但未引用" in told.html


def test_a_page_ends_its_own_answer_and_no_other() -> None:
    assistant = FakeAssistant(pause=0.02)

    async def two_pages() -> tuple[list[Conversation], list[Conversation]]:
        desk = Desk(assistant, at_once=2)

        async def ask(page: str) -> list[Conversation]:
            return [state async for state in desk.answer(page, Conversation(), "联盟是做什么的？")]

        one, two = asyncio.create_task(ask("one")), asyncio.create_task(ask("two"))
        await asyncio.sleep(0.15)
        await desk.end("one")
        await desk.end("nobody")
        return await one, await two

    one, two = asyncio.run(two_pages())
    assert "已停止" in one[-1].current_html
    assert two[-1].told[-1].answer.status is Status.ANSWERED


def test_an_answer_that_is_to_be_forgotten_ends_with_an_empty_conversation() -> None:
    async def page() -> list[Conversation]:
        desk = Desk(FakeAssistant(pause=0.02), at_once=2)

        async def ask() -> list[Conversation]:
            return [state async for state in desk.answer("one", Conversation(), "联盟是做什么的？")]

        asked = asyncio.create_task(ask())
        await asyncio.sleep(0.15)
        await desk.end("one", forget=True)
        return await asked

    *before, last = asyncio.run(page())
    assert before
    assert all(state.running for state in before)
    assert last == Conversation()


def test_more_questions_than_threads_are_answered_one_after_the_other() -> None:
    assistant = FakeAssistant(pause=0.005)

    async def five_pages() -> list[Conversation]:
        desk = Desk(assistant, at_once=2)

        async def ask(page: str) -> Conversation:
            return [state async for state in desk.answer(page, Conversation(), "联盟是做什么的？")][-1]

        return await asyncio.gather(*(ask(str(page)) for page in range(5)))

    assert [last.told[-1].answer.status for last in asyncio.run(five_pages())] == [Status.ANSWERED] * 5
