"""The door to chat models: builds one from the settings, and reads what it streams within time limits.

Knows nothing of prompts, passages or answers. Every failure of a provider leaves here as `ModelUnavailable` with a line
that holds no word of the provider's own, which might repeat the key.
"""

from __future__ import annotations

import asyncio
import gc
import queue
import threading
import time
import traceback
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from rag.errors import ModelUnavailable, SettingsError
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage

CONNECT_SECONDS = 5.0
STALL_SECONDS = 15.0
"""How long a stream may pause between two pieces."""
HEARTBEAT_SECONDS = 0.4
"""How often the reader of a silent stream gets the word, so that it can stop it."""


def chat_model(settings: Settings) -> BaseChatModel | None:
    """The model that `settings` name, or None where they name none. Connects to nothing yet.

    Raises `SettingsError`: an unknown provider, a package or a key that is missing.
    """
    if not settings.chat_model:
        return None
    key = settings.chat_api_key.get_secret_value() if settings.chat_api_key else None
    if settings.chat_base_url and not settings.chat_base_url.startswith(("http://", "https://")):
        raise SettingsError(
            f"WENJU_CHAT_BASE_URL={settings.chat_base_url} is no address. It begins with http:// or https://."
        )
    try:
        return _compatible(settings, key) if settings.chat_base_url else _of_provider(settings, key)
    except ImportError as error:
        missing = (error.name or "langchain_" + settings.chat_model.partition(":")[0]).partition(".")[0]
        package = missing.replace("_", "-")
        raise SettingsError(
            f"WENJU_CHAT_MODEL={settings.chat_model} needs the package {package}. Install it: pip install {package}"
        ) from None
    except Exception as error:  # every provider's client has its own for a missing key; the user needs one line
        raise SettingsError(_what_is_wrong(settings, error)) from None


def _what_is_wrong(settings: Settings, error: Exception) -> str:
    said = str(error)
    if "nsupported" in said or "nable to infer" in said:
        return (
            f"WENJU_CHAT_MODEL={settings.chat_model}: no such provider. Write provider:model, such as"
            " openai:gpt-4o-mini, or set WENJU_CHAT_BASE_URL for an OpenAI-compatible endpoint."
        )
    if "key" in said.lower() or "credential" in said.lower():
        return f"WENJU_CHAT_MODEL={settings.chat_model} needs a key. Set WENJU_CHAT_API_KEY."
    return f"WENJU_CHAT_MODEL={settings.chat_model} cannot be set up ({type(error).__name__}). Check its settings."


def _compatible(settings: Settings, key: str | None) -> BaseChatModel:
    """The client of an OpenAI-compatible endpoint. Without a key it sends a word instead, never OpenAI's own key."""
    import openai
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    return ChatOpenAI(
        model=(settings.chat_model or "").removeprefix("openai:"),
        base_url=settings.chat_base_url,
        api_key=SecretStr(key or "none"),
        temperature=0,
        # Few servers besides OpenAI's know `max_completion_tokens`, which the client would write for `max_tokens`.
        extra_body={"max_tokens": settings.chat_tokens},
        timeout=openai.Timeout(settings.chat_total_seconds, connect=CONNECT_SECONDS),
        max_retries=0,  # the articles are quoted at once instead
        use_responses_api=False,
        stream_usage=False,
    )


def _of_provider(settings: Settings, key: str | None) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    more: dict[str, Any] = {"api_key": key} if key else {}
    return cast(
        "BaseChatModel",
        init_chat_model(
            settings.chat_model,
            temperature=0,
            max_tokens=settings.chat_tokens,
            timeout=settings.chat_total_seconds,
            max_retries=0,
            **more,
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How long a stream may take, in seconds, and how much it may bring."""

    first: float
    """Until the first piece."""
    total: float
    chars: int
    """The most characters, for models that do not keep to their limit of tokens."""
    stall: float = STALL_SECONDS
    """Between two pieces."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """What came of a stream since the last one; an empty text means that nothing has come."""

    text: str = ""
    stopped: str | None = None
    """Why the model stopped, in its provider's word (`stop`, `length`, ...), or None while it has not said so."""


_YOUNG = 1
"""The generation up to which garbage of one request is looked for: that takes a few milliseconds."""

_Came = queue.SimpleQueue["Piece | ModelUnavailable | None"]
_STOPPED = ("finish_reason", "stop_reason", "done_reason")
"""Where providers say why a model stopped."""


def pieces(model: BaseChatModel, messages: list[BaseMessage], limits: Limits) -> Generator[Piece]:
    """What `model` streams for `messages`, as it comes; an empty piece at least every `HEARTBEAT_SECONDS`.

    Raises `ModelUnavailable` where the model fails or overruns `limits`. Closing the iterator closes the connection.
    """
    came: _Came = queue.SimpleQueue()
    heard: list[float] = []
    started = time.monotonic()
    unwanted = threading.Event()
    stop = _begin(_read(model, messages, came, heard, unwanted, limits.chars), unwanted)
    try:
        while True:
            now = time.monotonic()
            if now - started > limits.total:
                raise ModelUnavailable(
                    f"The chat model was not done after {limits.total:g} s (WENJU_CHAT_TOTAL_SECONDS)."
                )
            try:
                got = came.get(timeout=HEARTBEAT_SECONDS)
            except queue.Empty:
                _check_silence(now - started, now - heard[-1] if heard else None, limits)
                yield Piece()
                continue
            if got is None:
                return
            if isinstance(got, ModelUnavailable):
                raise got
            yield got
    finally:
        stop()


def _check_silence(since_start: float, since_last: float | None, limits: Limits) -> None:
    if since_last is None and since_start > limits.first:
        raise ModelUnavailable(f"The chat model sent nothing for {limits.first:g} s (WENJU_CHAT_FIRST_TOKEN_SECONDS).")
    if since_last is not None and since_last > limits.stall:
        raise ModelUnavailable(f"The chat model paused for more than {limits.stall:g} s in mid-answer.")


def _begin(reading: Coroutine[None, None, None], unwanted: threading.Event) -> Callable[[], None]:
    """Starts `reading` on the loop of all models; what comes back stops it, which closes its connection.

    A task can be stopped while it waits for the network, which a thread could not. `unwanted` tells one that reads on.
    """
    loop = _loop()
    tasks: list[asyncio.Task[None]] = []
    loop.call_soon_threadsafe(lambda: tasks.append(loop.create_task(reading)))

    def cancel() -> None:
        if not tasks[0].done():
            tasks[0].cancel()
            # A client that waits with `asyncio.wait_for` may swallow a cancellation that meets what it waits for.
            loop.call_later(0.05, cancel)

    def stop() -> None:
        unwanted.set()
        loop.call_soon_threadsafe(cancel)

    return stop


async def _read(
    model: BaseChatModel,
    messages: list[BaseMessage],
    came: _Came,
    heard: list[float],
    unwanted: threading.Event,
    chars: int,
) -> None:
    """Puts what `model` streams into `came`, then None or what went wrong; `heard` ends with when it last came."""
    from langsmith.run_helpers import tracing_context

    try:
        with tracing_context(enabled=False):  # nothing that is asked leaves for a tracing service
            # Closed here: left to the garbage collector, its connection would outlive whoever has stopped reading.
            async with aclosing(cast("AsyncGenerator[AIMessageChunk]", model.astream(messages))) as chunks:
                async for chunk in chunks:
                    if unwanted.is_set():
                        # Whatever waits deeper down ends itself with the cancellation; a mere return would leave it
                        # to the garbage collector.
                        cast("asyncio.Task[None]", asyncio.current_task()).cancel()
                        continue
                    heard[:] = [time.monotonic()]
                    about = chunk.response_metadata
                    stopped = next((about[key] for key in _STOPPED if about.get(key)), None)
                    came.put(Piece(text=str(chunk.text), stopped=stopped))
                    chars -= max(1, len(chunk.text))
                    if chars < 0:
                        raise ModelUnavailable("The chat model does not stop writing. Check WENJU_CHAT_TOKENS.")
        came.put(None)
    except asyncio.CancelledError as error:
        _let_go(error)
        raise
    except Exception as error:  # whatever a provider raises, the reader in the other thread has to learn of it
        said = failure(error)
        _let_go(error)
        came.put(said)


def _let_go(error: BaseException) -> None:
    """Close the half-read generators that `error` leaves behind, here, in the thread of their loop.

    Tracebacks hold some; others hold themselves and wait for the garbage collector. In another thread it would end
    one of them while this thread already reads on in it to close it: "async generator already executing".
    """
    left, seen = [error], set[int]()
    while left:
        each = left.pop()
        if id(each) not in seen:
            seen.add(id(each))
            traceback.clear_frames(each.__traceback__)
            each.__traceback__ = None
            left += [other for other in (each.__cause__, each.__context__) if other]
    gc.collect(_YOUNG)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The event loop on which all models are read, in a thread of its own: connections are kept and shared there."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="chat-models", daemon=True).start()
    return loop


class RequestRefused(ModelUnavailable):
    """The model is there, but will not take this one request: too long, or filtered."""


def failure(error: Exception) -> ModelUnavailable:
    """What `error` of a provider means, in our words alone: the provider's own may repeat the key."""
    if isinstance(error, ModelUnavailable):
        return error
    status = getattr(error, "status_code", None)
    names = {cls.__name__ for cls in type(error).__mro__}
    if status in (401, 403):
        line = f"The chat model refused the key (HTTP {status}). Check WENJU_CHAT_API_KEY."
    elif status == 404:
        line = "The endpoint does not know the chat model (HTTP 404). Check WENJU_CHAT_MODEL and WENJU_CHAT_BASE_URL."
    elif status == 429:
        line = "The chat model has too many requests (HTTP 429). Try again later."
    elif status in (400, 413, 422):
        return RequestRefused(f"The chat model refused this request (HTTP {status}): too long for it, or filtered.")
    elif isinstance(status, int):
        line = f"The chat model failed (HTTP {status})."
    elif any("Timeout" in name for name in names):
        line = "The chat model did not answer in time."
    elif any("Connect" in name or "Protocol" in name or "ReadError" in name for name in names):
        line = "The chat model cannot be reached, or hung up. Check WENJU_CHAT_BASE_URL and the network."
    else:
        line = f"The chat model sent what cannot be read ({type(error).__name__})."
    return ModelUnavailable(line)
