"""The default embedding model out of its folder: what questions need at once, the rest when it is asked for.

Questions get sentence-transformers' vectors sooner, for three reasons. The layers are one TorchScript function, which
runs without Python's lock, which other answers need meanwhile and which PyTorch would ask for after each of 200 steps;
it takes questions of any lengths at once without filling up the short ones; and sentence-transformers, whose import
takes longer than all else that a start needs, is loaded when passages are embedded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rag.packed_bert import EMBEDDINGS, PackedBert, computes_in_bf16, layer_names, packed

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

_MODULE = "0.model."
"""Before the names of the network's tensors in sentence-transformers' state dict."""

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Fast:
    """Where transformers keeps the tokenizer that does the work."""

    backend_tokenizer: Tokenizer


class E5Model:
    """What is used of a SentenceTransformer. `encode_query` and `encode_document` load the model itself.

    Not safe to share between threads: whoever does has to see to it that they take turns.
    """

    def __init__(self, folder: Path, load: Callable[[], SentenceTransformer]) -> None:
        """`load` gives the model in `folder` as sentence-transformers has it. It is called once."""
        from tokenizers import Tokenizer

        self._folder = folder
        self._load = load
        self._shape = shape(folder)
        self.prompts: dict[str, str] = _read(folder / "config_sentence_transformers.json")["prompts"]
        self.tokenizer = _Fast(Tokenizer.from_file(str(folder / "tokenizer.json")))
        names = [*EMBEDDINGS, *(name for n in range(self._shape["num_hidden_layers"]) for name in layer_names(n))]
        self._weights = tensors(folder, names)
        self._bert = self._packed()

    def state_dict(self) -> dict[str, torch.Tensor]:
        """The tensors of the network as they are stored, by sentence-transformers' names and in its order."""
        return {_MODULE + name: weights for name, weights in self._weights.items()}

    def encode_query(self, texts: Sequence[str], **more: Any) -> Any:
        """What sentence-transformers makes of questions."""
        return self._whole.encode_query(texts, **more)

    def encode_document(self, texts: Sequence[str], **more: Any) -> Any:
        """What sentence-transformers makes of passages."""
        return self._whole.encode_document(texts, **more)

    def read_questions(self, questions: Sequence[str]) -> tuple[Array, list[Array]]:
        """The vectors of questions, one a row, and of each question the states of its tokens, one a row."""
        import torch

        longest = self._shape["max_position_embeddings"]
        ids = [self.tokenizer.backend_tokenizer.encode(self.prompts["query"] + question).ids for question in questions]
        ids = [each if len(each) <= longest else [*each[: longest - 1], each[-1]] for each in ids]
        with torch.inference_mode():
            of_each = torch.split(self._bert.states(ids), [len(each) for each in ids])
            vectors: Array = torch.stack([each.mean(0) for each in of_each]).numpy()
            states: list[Array] = [each.numpy() for each in of_each]
        unit: Array = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit, states

    @cached_property
    def _whole(self) -> SentenceTransformer:
        return self._load()

    def _packed(self) -> PackedBert:
        import torch

        def kept(name: str, weights: torch.Tensor) -> torch.Tensor:
            linear = name.startswith("encoder") and "LayerNorm" not in name
            return weights.to(torch.bfloat16) if linear and computes_in_bf16() else weights

        return packed(
            {name: kept(name, weights) for name, weights in self._weights.items()},
            layers=self._shape["num_hidden_layers"],
            heads=self._shape["num_attention_heads"],
            epsilon=self._shape["layer_norm_eps"],
        )


def tensors(folder: Path, names: Sequence[str]) -> dict[str, torch.Tensor]:
    """The tensors `names` of the model in `folder`; they are mapped, so that only what is used is in memory."""
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", framework="pt") as file:
        return {name: file.get_tensor(name) for name in names}


def shape(folder: Path) -> dict[str, Any]:
    """The configuration of the network in `folder`, by Hugging Face's names."""
    return _read(folder / "config.json")


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
