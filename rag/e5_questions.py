"""The way of questions through the default embedding model: sentence-transformers' vectors, sooner.

The layers are one TorchScript function, for two reasons: it runs without Python's lock, which other answers need
meanwhile and which PyTorch would ask for after each of 200 steps; and it takes questions of any lengths at once without
filling up the short ones. Knows nothing of how the model is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rag.packed_bert import packed

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_PROBE = "长三角G60科创走廊是什么时候成立的？"
_TOLERANCE = 1e-3

Array = npt.NDArray[np.float32]


Encoder = Callable[[Sequence[str]], tuple[Array, list[Array]]]
"""What gives the vectors of questions, one a row, and of each question the states of its tokens, one a row."""


def question_encoder(model: SentenceTransformer) -> Encoder | None:
    """The encoder of questions of `model`; None where it would not give the model's own vectors."""
    import torch

    network: Any = next(
        (each for each in model.modules() if hasattr(each, "encoder") and hasattr(each, "config")), None
    )
    if network is None or model.device.type != "cpu":
        return None
    config = network.config
    bert = packed(
        network.state_dict(),
        layers=config.num_hidden_layers,
        heads=int(config.num_attention_heads),
        epsilon=float(config.layer_norm_eps),
    )
    longest = int(model.max_seq_length or config.max_position_embeddings)
    tokenizer: Any = model.tokenizer.backend_tokenizer
    prompt = model.prompts["query"] or ""

    def encode(questions: Sequence[str]) -> tuple[Array, list[Array]]:
        ids = [tokenizer.encode(prompt + question).ids for question in questions]
        ids = [each if len(each) <= longest else [*each[: longest - 1], each[-1]] for each in ids]
        with torch.inference_mode():
            of_each = torch.split(bert.states(ids), [len(each) for each in ids])
            vectors: Array = torch.stack([each.mean(0) for each in of_each]).numpy()
            states: list[Array] = [each.numpy() for each in of_each]
        unit: Array = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit, states

    wanted = np.asarray(model.encode_query([_PROBE], show_progress_bar=False))
    return encode if np.abs(encode([_PROBE, "再问一次"])[0][:1] - wanted).max() < _TOLERANCE else None
