"""The reader's layers with their matrices as they are stored, in 8 bits: half of the time and a quarter of the memory.

What goes into a matrix is turned to 8 bits too, by the least and the greatest value of all texts that are read together
(dynamic quantisation); between the matrices everything is fp32.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.packed_bert import EMBEDDINGS, laid_out

if TYPE_CHECKING:
    import torch

SCALE = ".scale"
"""Behind the name of an int8 matrix: the entry with the scale of each of its rows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Layer:
    """What one layer does to the states, matrix by matrix."""

    asked: Callable[[torch.Tensor], torch.Tensor]
    """Queries, keys and values side by side."""
    told: Callable[[torch.Tensor], torch.Tensor]
    wider: Callable[[torch.Tensor], torch.Tensor]
    narrower: Callable[[torch.Tensor], torch.Tensor]
    norms: tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
    """Scale and shift after attention, scale and shift at the end."""


class EightBitBert:
    """A BERT whose matrices are int8 with one scale a row. For reading only: it follows no gradients."""

    def __init__(self, words: torch.Tensor, stored: Mapping[str, torch.Tensor], *, heads: int, epsilon: float) -> None:
        """`stored` by the names of a BERT's state dict; those that have an entry with `SCALE` behind them are int8."""
        self._words = words
        self._others = [whole(name, stored) for name in EMBEDDINGS[1:]]
        self._heads, self._epsilon = heads, epsilon
        numbers = sorted({int(name.split(".")[2]) for name in stored if name.startswith("encoder.layer.")})
        self._layers = [_layer(f"encoder.layer.{number}.", stored) for number in numbers]

    def states(self, texts: list[list[int]]) -> torch.Tensor:
        """The last layer's states of all tokens of `texts` (ids), one text behind the other: (tokens, hidden size)."""
        import torch
        from torch.nn.functional import gelu, layer_norm, scaled_dot_product_attention

        tokens, places, lengths = laid_out(texts)
        positions, types, scale, shift = self._others
        x = self._words[tokens] + types[0] + positions[places]
        size = [x.size(1)]
        x = layer_norm(x, size, scale, shift, self._epsilon)
        for layer in self._layers:
            threefold = layer.asked(x).view(len(tokens), 3, self._heads, -1)
            heard = [
                scaled_dot_product_attention(*of_one.permute(1, 2, 0, 3).unsqueeze(1))[0].transpose(0, 1).flatten(1)
                for of_one in torch.split(threefold, lengths)
            ]
            x = layer_norm(layer.told(torch.cat(heard)) + x, size, *layer.norms[:2], self._epsilon)
            x = layer_norm(layer.narrower(gelu(layer.wider(x))) + x, size, *layer.norms[2:], self._epsilon)
        return x


def whole(name: str, stored: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The tensor `name` as fp32."""
    import torch

    tensor = stored[name].to(torch.float32)
    return tensor * stored[name + SCALE] if name + SCALE in stored else tensor


def _layer(prefix: str, stored: Mapping[str, torch.Tensor]) -> _Layer:
    def linear(*names: str) -> Callable[[torch.Tensor], torch.Tensor]:
        return _linear([prefix + name for name in names], stored)

    norms = [
        whole(f"{prefix}{name}.{part}", stored)
        for name in ("attention.output.LayerNorm", "output.LayerNorm")
        for part in ("weight", "bias")
    ]
    return _Layer(
        asked=linear("attention.self.query", "attention.self.key", "attention.self.value"),
        told=linear("attention.output.dense"),
        wider=linear("intermediate.dense"),
        narrower=linear("output.dense"),
        norms=(norms[0], norms[1], norms[2], norms[3]),
    )


def _linear(names: list[str], stored: Mapping[str, torch.Tensor]) -> Callable[[torch.Tensor], torch.Tensor]:
    """What multiplies by the matrices `names`, side by side, and adds their biases."""
    import torch

    rows = torch.cat([stored[f"{name}.weight"] for name in names])
    scale = torch.cat([stored[f"{name}.weight{SCALE}"] for name in names]).flatten().double()
    bias = torch.cat([whole(f"{name}.bias", stored) for name in names])
    with warnings.catch_warnings():
        # What is to take its place comes with a package of its own.
        warnings.simplefilter("ignore", UserWarning)
        matrix = torch._make_per_channel_quantized_tensor(rows, scale, torch.zeros(len(rows), dtype=torch.long), 0)
        packed = torch.ops.quantized.linear_prepack(matrix, bias)
    dynamic = torch.ops.quantized.linear_dynamic
    return lambda x: dynamic(x, packed)
