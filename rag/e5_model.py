"""The default embedding model out of its folder: sentence-transformers' vectors, sooner.

Three reasons. The layers are one TorchScript function, which runs without Python's lock, which other answers need
meanwhile and which PyTorch would ask for after each of 200 steps; it takes texts of any lengths at once without filling
up the short ones; and importing sentence-transformers takes longer than all else that a start needs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rag.packed_bert import PackedBert, computes_in_bf16, names_of, packed

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

_MODULE = "0.model."
"""Before the names of the network's tensors in sentence-transformers' state dict."""
AT_ONCE = 8  # texts; more take memory and no less time

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Fast:
    """Where transformers keeps the tokenizer that does the work."""

    backend_tokenizer: Tokenizer


class E5Model:
    """What is used of a SentenceTransformer, on the processor.

    Not safe to share between threads: whoever does has to see to it that they take turns.
    """

    def __init__(self, folder: Path) -> None:
        """`folder` is as sentence-transformers reads it. Raises what reading it raises."""
        self._shape = shape(folder)
        self.prompts: dict[str, str] = _read(folder / "config_sentence_transformers.json")["prompts"]
        self.tokenizer = _Fast(load_tokenizer(folder))
        self._weights = tensors(folder, names_of(self._shape["num_hidden_layers"]))
        self._bert = self._packed()

    def state_dict(self) -> dict[str, torch.Tensor]:
        """The tensors of the network as they are stored, by sentence-transformers' names and in its order."""
        return {_MODULE + name: weights for name, weights in self._weights.items()}

    def read(self, texts: Sequence[Sequence[int]]) -> tuple[Array, list[Array]]:
        """The vectors of texts (ids), (texts, numbers), of any length, and of each text the states of its tokens,
        (tokens, numbers). Of a text that is too long what the model does not read is left out."""
        import torch

        longest, states = self._shape["max_position_embeddings"], list[Array]()
        ids = [[*each[: longest - 1], each[-1]] if len(each) > longest else [*each] for each in texts]
        with torch.inference_mode():
            for first in range(0, len(ids), AT_ONCE):
                some = ids[first : first + AT_ONCE]
                states += [each.numpy() for each in torch.split(self._bert.states(some), [len(each) for each in some])]
        return np.stack([each.mean(axis=0) for each in states]), states

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


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of the model in `folder`. It neither fills up nor cuts."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


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
