import gc
import socket
import threading
import time
from collections.abc import Iterator
from types import AsyncGeneratorType

import pytest
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI

from rag.chat import Limits, Piece, chat_model, failure, pieces
from rag.errors import ModelUnavailable, SettingsError
from rag.settings import Settings, load_settings
from tests.rag.openai_server import Server, openai_server

pytestmark = pytest.mark.alone

KEY = "sk-5ecret-of-the-test"
LIMITS = Limits(first=5, total=10, chars=5000, stall=5)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with openai_server() as running:
        running.text = "桥长2.6公里。[1]"
        yield running


def settings(model: str | None, url: str | None, **more: object) -> Settings:
    return load_settings(chat_model=model, chat_base_url=url, chat_api_key=KEY, **more)


def read(model: str, url: str, limits: Limits = LIMITS) -> list[Piece]:
    chat = chat_model(settings(model, url))
    assert chat is not None
    return list(pieces(chat, [HumanMessage("桥多长？")], limits))


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_without_a_name_there_is_no_model() -> None:
    assert chat_model(load_settings()) is None


def test_a_base_url_takes_a_bare_name_and_needs_no_key(server: Server) -> None:
    model = chat_model(load_settings(chat_model="qwen2.5:7b", chat_base_url=server.url))
    assert isinstance(model, ChatOpenAI)
    assert model.model_name == "qwen2.5:7b"


def test_a_foreign_endpoint_never_gets_the_key_of_the_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai")
    model = chat_model(load_settings(chat_model="say", chat_base_url=server.url))
    assert model is not None
    list(pieces(model, [HumanMessage("桥多长？")], LIMITS))
    assert server.keys[-1] == "Bearer none"


@pytest.mark.parametrize(
    ("model", "url", "says"),
    [
        ("nosuch:model", None, "no such provider"),
        ("words-without-a-provider", None, "no such provider"),
        ("anthropic:claude", None, "pip install langchain-anthropic"),
        ("gpt", "localhost:8000", "begins with http://"),
    ],
)
def test_a_setting_that_cannot_work_is_one_line_that_says_what_to_do(model: str, url: str | None, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        chat_model(settings(model, url))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingsError, match="Set WENJU_CHAT_API_KEY"):
        chat_model(load_settings(chat_model="openai:gpt-4o-mini"))


@pytest.mark.parametrize("mode", ["say", "bytes"])
def test_the_pieces_make_up_the_text_even_when_characters_arrive_in_halves(server: Server, mode: str) -> None:
    came = read(mode, server.url)
    assert "".join(piece.text for piece in came) == "桥长2.6公里。[1]"
    assert [piece.stopped for piece in came if piece.stopped] == ["stop"]


def test_the_server_is_asked_to_stream_and_to_stop_after_the_tokens_of_the_settings(server: Server) -> None:
    read("say", server.url)
    asked = server.requests[-1]
    assert (asked["stream"], asked["max_tokens"], asked["temperature"]) == (True, 800, 0)


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        ("400", "refused this request"),
        ("401", "refused the key"),
        ("403", "refused the key"),
        ("404", "does not know the chat model"),
        ("429", "too many requests"),
        ("500", "HTTP 500"),
        ("503", "HTTP 503"),
        ("html", "cannot be read"),
        ("json", "cannot be read"),
        ("no-body", "cannot be read"),
        ("not-utf-8", "cannot be read"),
        ("half-json", "cannot be read"),
        ("wrong-types", "cannot be read"),
        ("error-event", "cannot be read"),
        ("hang-up", "hung up"),
    ],
)
def test_every_failure_is_one_line_of_our_own_without_the_key(server: Server, mode: str, says: str) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        read(mode, server.url)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{closed}/v1", "http://nowhere.invalid/v1", "https://127.0.0.1:{port}/v1"]
)
def test_a_refused_connection_an_unknown_host_and_broken_tls_cannot_be_reached(server: Server, url: str) -> None:
    started = time.monotonic()
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        read("say", url.format(closed=closed_port(), port=server.server_address[1]))
    assert time.monotonic() - started < 6


@pytest.mark.parametrize(
    ("mode", "limits", "says"),
    [
        ("silent", Limits(first=0.5, total=5, chars=5000, stall=5), "sent nothing for 0.5 s"),
        ("mute", Limits(first=5, total=5, chars=5000, stall=0.5), "paused for more than 0.5 s"),
        ("stall", Limits(first=5, total=5, chars=5000, stall=0.5), "paused for more than 0.5 s"),
        ("drip", Limits(first=5, total=1, chars=5000, stall=5), "not done after 1 s"),
        ("endless-thought", Limits(first=5, total=1, chars=10**9, stall=5), "not done after 1 s"),
        ("endless", LIMITS, "does not stop writing"),
    ],
)
def test_a_model_that_overruns_a_limit_is_left_and_its_connection_closed(
    server: Server, mode: str, limits: Limits, says: str
) -> None:
    server.left.clear()
    with pytest.raises(ModelUnavailable, match=says):
        read(mode, server.url, limits)
    assert server.left.wait(1)


@pytest.mark.parametrize("mode", ["silent", "stall", "endless"])
def test_closing_the_stream_closes_the_connection_within_a_second(server: Server, mode: str) -> None:
    server.left.clear()
    model = chat_model(settings(mode, server.url))
    assert model is not None
    stream = pieces(model, [HumanMessage("桥多长？")], Limits(first=30, total=60, chars=10**9))
    next(stream)
    stream.close()
    assert server.left.wait(1)


def test_a_silent_model_gives_the_reader_the_word_several_times_a_second(server: Server) -> None:
    model = chat_model(settings("silent", server.url))
    assert model is not None
    stream = pieces(model, [HumanMessage("桥多长？")], Limits(first=30, total=60, chars=100))
    started = time.monotonic()
    assert [next(stream), next(stream)] == [Piece(), Piece()]
    assert time.monotonic() - started < 2
    stream.close()


def test_nothing_is_traced_even_where_the_environment_asks_for_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = threading.active_count()
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("LANGSMITH_API_KEY", "ls-test")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", server.url)
    asked = len(server.requests)
    read("say", server.url)
    time.sleep(0.5)
    assert len(server.requests) == asked + 1
    assert not [t.name for t in threading.enumerate()[before:] if "tracing" in t.name.lower()]


def test_a_providers_own_words_are_never_passed_on() -> None:
    class Odd(Exception):
        status_code = 418

    assert str(failure(Odd(f"key {KEY} is short"))) == "The chat model failed (HTTP 418)."
    assert str(failure(Odd.__base__(f"key {KEY}"))) == "The chat model sent what cannot be read (Exception)."  # type: ignore[misc]


def half_read() -> list[str]:
    """The async generators that nobody has read to their end or closed, after three seconds for their loop to do so."""
    until = time.monotonic() + 3
    while (left := _half_read()) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def _half_read() -> list[str]:
    # Not `isinstance`: that asks objects for their `__class__`, at which one of torch's warns.
    found = (each for each in gc.get_objects() if type(each) is AsyncGeneratorType)
    return [each.__qualname__ for each in found if each.ag_frame is not None]


@pytest.mark.parametrize("mode", ["not-utf-8", "wrong-types", "half-json", "error-event", "hang-up"])
def test_a_failure_leaves_no_half_read_stream_to_the_garbage_collector(server: Server, mode: str) -> None:
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(ModelUnavailable):
            read(mode, server.url)
        assert half_read() == []
    finally:
        gc.enable()


@pytest.mark.parametrize("mode", ["silent", "stall", "endless"])
def test_closing_the_stream_leaves_no_half_read_stream_to_the_garbage_collector(server: Server, mode: str) -> None:
    model = chat_model(settings(mode, server.url))
    assert model is not None
    gc.collect()
    gc.disable()
    try:
        stream = pieces(model, [HumanMessage("桥多长？")], Limits(first=30, total=60, chars=10**9))
        next(stream)
        stream.close()
        assert half_read() == []
    finally:
        gc.enable()
