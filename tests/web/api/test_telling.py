"""The order of events holds for whatever an assistant yields."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest
from fake_assistant import ALLIANCE, ALLIANCE_QUOTE, answer, citation
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.records import Answer, Citation, Status
from web.api.ask import events_of
from web.api.telling import About, Event, Telling
from web.problems import Refused
from web.sites import Site

ABOUT = About(
    answer_id="answer",
    conversation_id="talk",
    language="zh-Hans",
    site=Site(name="a", key="pk_a", secret_sha256="0" * 64),
    writer="openai:fake",
)
NUMBER = re.compile(r"\[(\d{1,3})\]")


def cited(number: int) -> Citation:
    return citation(number, ALLIANCE, ALLIANCE_QUOTE)


SENTENCES = st.lists(
    st.tuples(
        st.text(st.sampled_from("联盟AB 。\n-[]0123\u202e\ud83d<http://evil.example"), min_size=1, max_size=12),
        st.lists(st.integers(1, 5), max_size=2),
    ),
    max_size=6,
)
FINAL = st.sampled_from([*Status])
ENDS = st.sampled_from(["final", "none", "Refused", "RuntimeError", "shrunk", "other writer"])


@st.composite
def streams(draw: st.DrawFn) -> list[Answer | Exception]:
    """Growing answers with citations that come late, twice or never, and then one of many ends."""
    states: list[Answer | Exception] = []
    text, known = "", dict[int, Citation]()
    for words, numbers in draw(SENTENCES):
        text += words + "".join(f"[{number}]" for number in numbers)
        for number in numbers:
            if draw(st.booleans()):
                known[number] = cited(number)
        citations = tuple(known.values()) if draw(st.booleans()) else ()
        states.append(answer(text, *citations, status=Status.WRITING, writer="openai:fake"))
    match draw(ENDS):
        case "final":
            every = tuple(known.values())
            status = draw(FINAL)
            states.append(answer(text, *every, status=status, writer="openai:fake"))
            if draw(st.booleans()):
                states.append(answer(text + "晚了", status=Status.ANSWERED))
        case "Refused":
            states.append(Refused("index-unavailable"))
        case "RuntimeError":
            states.append(RuntimeError("secret"))
        case "shrunk":
            states.append(answer(text[: len(text) // 2] + "改了[1]", cited(1), writer="openai:fake"))
        case "other writer":
            states.append(answer("引文[1]", cited(1), notice="模型失败"))
    return states


def told(states: list[Answer | Exception]) -> list[Event]:
    """The events of an assistant that yields, or raises, `states`."""

    async def answers() -> AsyncGenerator[Answer, None]:
        for state in states:
            if isinstance(state, Exception):
                raise state
            yield state

    async def collected() -> list[Event]:
        return [event async for event in events_of(answers(), ABOUT, "request-1")]

    return asyncio.run(collected())


def shown(events: list[Event]) -> tuple[str, list[dict[str, Any]]]:
    """The text and the sources that a reader sees in the end."""
    text, sources = "", list[dict[str, Any]]()
    for event in events:
        match event.name:
            case "delta":
                text += event.data["text"]
            case "replace":
                text = event.data["text"]
            case "sources":
                sources = event.data["sources"]
    return text, sources


@settings(max_examples=300)
@given(streams())
def test_the_order_of_events_always_holds(states: list[Answer | Exception]) -> None:
    events = told(states)
    names = [event.name for event in events]
    assert names[0] == "meta"
    assert names.count("meta") == 1
    assert names[-1] in ("done", "error")
    assert sum(name in ("done", "error") for name in names) == 1
    said = ""
    known: set[int] = set()
    for event in events:
        match event.name:
            case "sources":
                known = {source["n"] for source in event.data["sources"]}
            case "delta" | "replace":
                assert "sources" in names[: names.index(event.name)]
                said = (said if event.name == "delta" else "") + event.data["text"]
                assert {int(number) for number in NUMBER.findall(said)} <= known
                if event.name == "delta":
                    assert event.data["text"]
    text, sources = shown(events)
    assert "secret" not in repr(events)
    text.encode("utf-8")
    if names[-1] == "done":
        done = events[-1].data
        assert text.strip()
        assert done["used"] == sorted({int(number) for number in NUMBER.findall(text)})
        assert set(done["used"]) <= {source["n"] for source in sources}
        assert all(source["quote"] == ALLIANCE_QUOTE for source in sources)
        assert "evil.example" not in text


@settings(max_examples=200)
@given(streams())
def test_no_delta_ends_in_half_a_number(states: list[Answer | Exception]) -> None:
    *before, last, _ = told(states)
    assert [e.data["text"] for e in before if e.name == "delta" and re.search(r"\[\d*$", e.data["text"])] == []
    assert last.name in ("meta", "sources", "delta", "replace")


def test_a_sentence_is_told_as_soon_as_its_sources_are_known() -> None:
    one, two = "联盟推动披露。[1]", "联盟推动披露。[1]首批有136家。[2][1]"
    second = citation(2, ALLIANCE, "首批成员共有136家企业。")
    events = told(
        [
            answer("联盟推动", status=Status.WRITING),
            answer("联盟推动披露。[1", cited(1), status=Status.WRITING),
            answer(one, cited(1), status=Status.WRITING),
            answer(two[:-3], cited(1), status=Status.WRITING),
            answer(two, cited(1), second, status=Status.WRITING),
            answer(two, cited(1), second),
        ]
    )
    assert [event.name for event in events] == ["meta", "sources", "delta", "sources", "delta", "done"]
    assert [event.data["text"] for event in events if event.name == "delta"] == [one, "首批有136家。[2][1]"]


def test_numbers_that_the_article_itself_has_in_brackets_are_no_citations() -> None:
    own = replace(cited(1), quote="见公报[1]和[7]。")
    (delta,) = [event for event in told([answer("“见公报[1]和[7]。”[1] 另见[9]。", own)]) if event.name == "delta"]
    assert delta.data["text"] == "“见公报［1］和［7］。”[1] 另见［9］。"


def test_another_writer_takes_over_with_a_replacement() -> None:
    events = told(
        [
            answer("联盟推动披露。[1]", cited(1), status=Status.WRITING, writer="openai:fake"),
            answer("“联盟将推动企业开展ESG信息披露。”[1]", cited(1), notice="模型没有回答。"),
        ]
    )
    assert [event.name for event in events] == ["meta", "sources", "delta", "replace", "done"]
    assert events[3].data == {"text": "“联盟将推动企业开展ESG信息披露。”[1]", "reason": "model_failed"}
    assert events[4].data["notice"] == "模型没有回答。"
    assert events[4].data["writer"] == "quote"


@pytest.mark.parametrize("blank", ["", "  \n", "\u202e"])
def test_a_blank_answer_is_an_error(blank: str) -> None:
    assert [event.name for event in told([answer(blank)])] == ["meta", "error"]


def test_a_panic_of_native_code_has_an_end_too() -> None:
    class Panic(BaseException):
        pass

    from concurrent.futures import ThreadPoolExecutor

    from web.conversation import streamed

    def start() -> Any:
        raise Panic

    async def collected() -> list[Event]:
        with ThreadPoolExecutor(1) as threads:
            return [event async for event in events_of(streamed(start, threads), ABOUT, None)]

    assert [event.name for event in asyncio.run(collected())] == ["meta", "error"]


def test_nothing_is_told_after_the_end() -> None:
    telling = Telling(ABOUT)
    assert telling.tell(answer("联盟。[1]", cited(1)))[-1].name == "done"
    assert telling.tell(answer("联盟。[1]", cited(1))) == []
