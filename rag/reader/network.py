"""The reader's network: the layers of the embedding model, and two heads over their states.

One head gives each token a score as the first and as the last of the answer (as BERT does for SQuAD: Devlin et al.
2019), the other says from the first token's state how well the text answers. The table of word embeddings is the
embedding model's own, is not trained, and is not stored again. Knows nothing of tokenizers and of articles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.e5_model import shape, tensors
from rag.errors import ModelUnavailable, SettingsError
from rag.packed_bert import EMBEDDINGS, PackedBert, names_of, packed
from rag.reader.eight_bits import SCALE, EightBitBert, whole

if TYPE_CHECKING:
    import torch

STORE = Path(__file__).with_name("reader.safetensors")
"""The weights that ship."""
_WORDS = EMBEDDINGS[0]
_HEADS = _SPAN, _POOL, _RELEVANCE = "span", "pool", "relevance"


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """The reader's tensors, by the names of a BERT's state dict, and how to run them."""

    weights: Mapping[str, torch.Tensor]
    """Without the table of word embeddings."""
    bert: PackedBert

    def __call__(
        self, texts: list[list[int]], *, dropout: float = 0.0, scripted: bool = True
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What `heads` says of `texts` (ids)."""
        return heads(self.bert.states(texts, dropout=dropout, scripted=scripted), texts, self.weights)


@dataclass(frozen=True, kw_only=True, slots=True)
class EightBitNetwork:
    """The same for reading alone, from the weights as they are stored."""

    weights: Mapping[str, torch.Tensor]
    """Of the heads."""
    bert: EightBitBert

    def __call__(self, texts: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """What `heads` says of `texts` (ids)."""
        return heads(self.bert.states(texts), texts, self.weights)


def heads(
    states: torch.Tensor, texts: list[list[int]], weights: Mapping[str, torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores of each token as first and last of the answer, (tokens, 2), and of each text, as a logit, that it answers,
    (texts,). `states` are those of the tokens of `texts`, one text behind the other."""
    import torch
    from torch.nn.functional import linear

    starts = torch.tensor([0, *(len(each) for each in texts[:-1])]).cumsum(0)
    spans = linear(states, weights[f"{_SPAN}.weight"], weights[f"{_SPAN}.bias"])
    pooled = torch.tanh(linear(states[starts], weights[f"{_POOL}.weight"], weights[f"{_POOL}.bias"]))
    relevance: torch.Tensor = linear(pooled, weights[f"{_RELEVANCE}.weight"], weights[f"{_RELEVANCE}.bias"])
    return spans, relevance[:, 0]


def network(folder: Path, weights: Mapping[str, torch.Tensor]) -> Network:
    """The network with `weights` over the word embeddings of the model in `folder`."""
    configured = shape(folder)
    layers = len({name.split(".")[2] for name in weights if name.startswith("encoder.layer.")})
    bert = packed(
        {**weights, _WORDS: tensors(folder, [_WORDS])[_WORDS]},
        layers=layers,
        heads=configured["num_attention_heads"],
        epsilon=configured["layer_norm_eps"],
    )
    return Network(weights=weights, bert=bert)


def reading_network(folder: Path, path: Path, words: torch.Tensor | None = None) -> EightBitNetwork:
    """The network with the weights that `save` wrote to `path`, over `words` or those of the model in `folder`.

    Raises `ModelUnavailable` where they cannot be read.
    """
    configured = shape(folder)
    stored = _stored(path)
    bert = EightBitBert(
        tensors(folder, [_WORDS])[_WORDS] if words is None else words,
        stored,
        heads=configured["num_attention_heads"],
        epsilon=configured["layer_norm_eps"],
    )
    return EightBitNetwork(weights={name: whole(name, stored) for name in _names(stored, of=_HEADS)}, bert=bert)


def untrained(folder: Path) -> dict[str, torch.Tensor]:
    """The weights that training begins with: the layers of the model in `folder`, and heads drawn by chance."""
    import torch

    configured = shape(folder)
    names = [name for name in names_of(configured["num_hidden_layers"]) if name != _WORDS]
    size = configured["hidden_size"]
    heads = {_SPAN: torch.nn.Linear(size, 2), _POOL: torch.nn.Linear(size, size), _RELEVANCE: torch.nn.Linear(size, 1)}
    found = {name: tensor.clone() for name, tensor in tensors(folder, names).items()}
    for name, head in heads.items():
        found |= {f"{name}.weight": head.weight.detach(), f"{name}.bias": head.bias.detach()}
    return found


def save(weights: Mapping[str, torch.Tensor], path: Path) -> None:
    """Write `weights` to `path`: matrices as 8-bit integers with one scale a row, the rest as fp16."""
    import torch
    from safetensors.torch import save_file

    stored: dict[str, torch.Tensor] = {}
    for name, tensor in weights.items():
        if tensor.dim() == 2:
            scale = (tensor.abs().amax(dim=1, keepdim=True) / 127).clamp(min=1e-12)
            stored[name] = (tensor / scale).round().to(torch.int8).contiguous()
            stored[name + SCALE] = scale.to(torch.float32)
        else:
            stored[name] = tensor.to(torch.float16).contiguous()
    save_file(stored, path)
    path.chmod(0o644)


def load(path: Path) -> dict[str, torch.Tensor]:
    """What `save` wrote, as fp32. Raises `ModelUnavailable` where it cannot be read."""
    stored = _stored(path)
    return {name: whole(name, stored) for name in _names(stored)}


def mean_of(runs: Sequence[Mapping[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The mean of the weights of runs that began with the same ones (model soups: Wortsman et al. 2022).

    Raises `SettingsError` where they are not of the same tensors.
    """
    first = runs[0]
    if any({n: t.shape for n, t in run.items()} != {n: t.shape for n, t in first.items()} for run in runs):
        raise SettingsError("These weights are of readers with other layers. Name files of one kind.")
    return {name: sum((run[name] for run in runs[1:]), start=first[name]) / len(runs) for name in first}


def _stored(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelUnavailable(
            f"The reader's weights {path} cannot be read: {error}. Take them from the repository again, "
            "make them with: python -m rag.reader train, or set WENJU_RERANKER=none."
        ) from None


def _names(stored: Mapping[str, torch.Tensor], *, of: tuple[str, ...] = ()) -> list[str]:
    """The names of the tensors in `stored`, or of those whose name begins with one of `of`."""
    return [name for name in stored if not name.endswith(SCALE) and (not of or name.partition(".")[0] in of)]
