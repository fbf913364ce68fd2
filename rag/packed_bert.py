"""The layers of a BERT over texts of any lengths, laid one behind the other: nothing is filled up, nothing masked.

One function serves the questions' vectors, the reader and its training. Knows nothing of tokenizers and files.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

EMBEDDINGS = tuple(
    f"embeddings.{name}"
    for name in (
        "word_embeddings.weight",
        "position_embeddings.weight",
        "token_type_embeddings.weight",
        "LayerNorm.weight",
        "LayerNorm.bias",
    )
)
"""The names of the first tensors in a state dict, as Hugging Face's `BertModel` writes them."""
_LAYER = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "attention.output.LayerNorm",
    "intermediate.dense",
    "output.dense",
    "output.LayerNorm",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PackedBert:
    """A BERT's tensors and how to run them."""

    embeddings: list[torch.Tensor]
    layers: list[list[torch.Tensor]]
    heads: int
    epsilon: float

    def states(self, texts: list[list[int]], *, dropout: float = 0.0, scripted: bool = True) -> torch.Tensor:
        """The last layer's states of all tokens of `texts` (ids), one text behind the other: (tokens, hidden size).

        `scripted` runs without Python's lock, which other answers need meanwhile; unset, gradients are followed sooner.
        """
        tokens, places, lengths = laid_out(texts)
        through = _scripted() if scripted else _through()
        states: torch.Tensor = through(
            tokens, places, lengths, self.embeddings, self.layers, self.heads, self.epsilon, dropout
        )
        return states


def computes_in_bf16() -> bool:
    """Whether the processor multiplies bf16 numbers, which takes it less than half of the time."""
    import torch

    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def laid_out(texts: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor, list[int]]:
    """The tokens of `texts` (ids), one text behind the other; the place of each in its text; the texts' lengths."""
    import torch

    lengths = [len(each) for each in texts]
    places = [place for length in lengths for place in range(length)]
    return torch.tensor([token for each in texts for token in each]), torch.tensor(places), lengths


def layer_names(layer: int) -> list[str]:
    """The names of the tensors of one layer, in the order in which they are used."""
    return [f"encoder.layer.{layer}.{name}.{part}" for name in _LAYER for part in ("weight", "bias")]


def names_of(layers: int) -> list[str]:
    """The names of all tensors of a BERT with so many layers, in the order of its state dict."""
    return [*EMBEDDINGS, *(name for layer in range(layers) for name in layer_names(layer))]


def packed(weights: Mapping[str, torch.Tensor], *, layers: int, heads: int, epsilon: float) -> PackedBert:
    """The BERT whose state dict is `weights`; of its layers the first `layers`."""
    return PackedBert(
        embeddings=[weights[name] for name in EMBEDDINGS],
        layers=[[weights[name] for name in layer_names(layer)] for layer in range(layers)],
        heads=heads,
        epsilon=epsilon,
    )


@cache
def _scripted() -> Callable[..., Any]:
    import torch

    with warnings.catch_warnings():
        # What is to take its place needs a compiler of C++ on the machine.
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted: Callable[..., Any] = torch.jit.script(_through())
    return scripted


@cache
def _through() -> Callable[..., Any]:
    import torch
    from torch.nn.functional import dropout, gelu, layer_norm, linear, scaled_dot_product_attention

    def through(
        tokens: torch.Tensor,
        places: torch.Tensor,
        lengths: list[int],
        embeddings: list[torch.Tensor],
        layers: list[list[torch.Tensor]],
        heads: int,
        epsilon: float,
        dropped: float,
    ) -> torch.Tensor:
        words, positions, types, scale, shift = embeddings
        x = words[tokens] + types[0] + positions[places]
        size = x.size(1)
        x = layer_norm(x, [size], scale, shift, epsilon)
        if dropped > 0:
            x = dropout(x, dropped)
        for w in layers:
            # The weights say in what the linear layers compute: fp32 or bf16. Everything between them is fp32.
            own = x.to(w[0].dtype)
            asking = linear(own, w[0], w[1]).float().view(-1, heads, size // heads).transpose(0, 1)
            asked = linear(own, w[2], w[3]).float().view(-1, heads, size // heads).transpose(0, 1)
            told = linear(own, w[4], w[5]).float().view(-1, heads, size // heads).transpose(0, 1)
            heard: list[torch.Tensor] = []
            start = 0
            for length in lengths:
                end = start + length
                of_one = scaled_dot_product_attention(
                    asking[None, :, start:end], asked[None, :, start:end], told[None, :, start:end]
                )
                heard.append(of_one[0].transpose(0, 1).reshape(length, size))
                start = end
            turned = linear(torch.cat(heard).to(w[6].dtype), w[6], w[7]).float()
            if dropped > 0:
                turned = dropout(turned, dropped)
            x = layer_norm(turned + x, [size], w[8], w[9], epsilon)
            inner = gelu(linear(x.to(w[10].dtype), w[10], w[11]).float())
            turned = linear(inner.to(w[12].dtype), w[12], w[13]).float()
            if dropped > 0:
                turned = dropout(turned, dropped)
            x = layer_norm(turned + x, [size], w[14], w[15], epsilon)
        return x

    return through
