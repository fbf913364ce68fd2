"""The way of questions through the default embedding model: sentence-transformers' vectors, sooner.

The layers are one TorchScript function, for two reasons: it runs without Python's lock, which other answers need
meanwhile and which PyTorch would ask for after each of 200 steps; and it takes questions of any lengths at once without
filling up the short ones. Knows nothing of how the model is loaded.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

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
_PROBE = "长三角G60科创走廊是什么时候成立的？"
_TOLERANCE = 1e-3

Array = npt.NDArray[np.float32]


def question_encoder(model: SentenceTransformer) -> Callable[[Sequence[str]], Array] | None:
    """What gives the vectors of questions, one a row; None where it would not give those of `model`."""
    import torch

    network: Any = next(
        (each for each in model.modules() if hasattr(each, "encoder") and hasattr(each, "config")), None
    )
    if network is None or model.device.type != "cpu":
        return None
    weights = network.state_dict()
    named = [
        [weights[f"encoder.layer.{layer}.{name}.{part}"] for name in _LAYER for part in ("weight", "bias")]
        for layer in range(network.config.num_hidden_layers)
    ]
    embeddings = [
        weights[f"embeddings.{name}"]
        for name in (
            "word_embeddings.weight",
            "position_embeddings.weight",
            "token_type_embeddings.weight",
            "LayerNorm.weight",
            "LayerNorm.bias",
        )
    ]
    heads, epsilon = int(network.config.num_attention_heads), float(network.config.layer_norm_eps)
    longest = int(model.max_seq_length or network.config.max_position_embeddings)
    tokenizer: Any = model.tokenizer.backend_tokenizer
    prompt = model.prompts["query"] or ""
    through = _scripted()

    def encode(questions: Sequence[str]) -> Array:
        ids = [tokenizer.encode(prompt + question).ids for question in questions]
        ids = [each if len(each) <= longest else [*each[: longest - 1], each[-1]] for each in ids]
        lengths = [len(each) for each in ids]
        with torch.inference_mode():
            tokens = torch.tensor([token for each in ids for token in each])
            places = torch.tensor([place for length in lengths for place in range(length)])
            vectors: Array = through(tokens, places, lengths, embeddings, named, heads, epsilon).numpy()
        unit: Array = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    wanted = np.asarray(model.encode_query([_PROBE], show_progress_bar=False))
    return encode if np.abs(encode([_PROBE, "再问一次"])[:1] - wanted).max() < _TOLERANCE else None


def _scripted() -> Callable[..., Any]:
    import torch
    from torch.nn.functional import gelu, layer_norm, linear, scaled_dot_product_attention

    def through(
        tokens: torch.Tensor,
        places: torch.Tensor,
        lengths: list[int],
        embeddings: list[torch.Tensor],
        layers: list[list[torch.Tensor]],
        heads: int,
        epsilon: float,
    ) -> torch.Tensor:
        words, positions, types, scale, shift = embeddings
        x = words[tokens] + types[0] + positions[places]
        size = x.size(1)
        x = layer_norm(x, [size], scale, shift, epsilon)
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
            own = torch.cat(heard).to(w[6].dtype)
            x = layer_norm(linear(own, w[6], w[7]).float() + x, [size], w[8], w[9], epsilon)
            inner = gelu(linear(x.to(w[10].dtype), w[10], w[11]).float())
            x = layer_norm(linear(inner.to(w[12].dtype), w[12], w[13]).float() + x, [size], w[14], w[15], epsilon)
        means: list[torch.Tensor] = []
        start = 0
        for length in lengths:
            means.append(x[start : start + length].mean(0))
            start += length
        return torch.stack(means)

    with warnings.catch_warnings():
        # What is to take its place needs a compiler of C++ on the machine.
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted: Callable[..., Any] = torch.jit.script(through)
    return scripted
