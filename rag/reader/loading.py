"""Which reader the settings name, loaded once a process."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.e5 import model_folder
from rag.errors import ModelUnavailable
from rag.models import DEFAULT_MODEL, Embedder
from rag.reader.reading import Read, Reader

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


NONE = "none"


class OtherReader:
    """Any other cross-encoder: it says how well a text answers, but not where the answer stands."""

    tells_places = False

    def __init__(self, model: CrossEncoder, name: str) -> None:
        self._model = model
        self.name = name

    def read(self, question: str, texts: Sequence[str]) -> list[Read]:
        """How well each of `texts` answers `question`."""
        import torch

        pairs = [(question, text) for text in texts]
        scores = self._model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False)
        return [Read(relevance=float(score)) for score in scores]


@lru_cache(maxsize=2)
def load_reader(name: str, *, cache: Path, embedder: Embedder | None = None) -> Reader | OtherReader | None:
    """The reader `name`: ours, `none`, or a folder or a name of the Hugging Face Hub. Raises `ModelUnavailable`.

    Ours takes its words from `embedder` where that is the default model.
    """
    if name == NONE:
        return None
    if name == Reader.name:
        shared = embedder if embedder and embedder.model_name == DEFAULT_MODEL else None
        return Reader(model_folder(cache), shared=shared)
    try:
        from sentence_transformers import CrossEncoder

        return OtherReader(CrossEncoder(name, num_labels=1, local_files_only=Path(name).exists()), name)
    # Loading runs the code of several libraries over the files of strangers; whatever it raises means the same.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        raise ModelUnavailable(
            f"The reranker {name} cannot be loaded: {reason}. "
            "Set WENJU_RERANKER to a folder or a name on the Hugging Face Hub, to none, or leave it unset."
        ) from error
