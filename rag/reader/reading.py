"""Reading: a question and some texts in, how well each answers and where its answer stands out.

Knows nothing of articles, ranking and thresholds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.fold import Folded, simplify, simplify_with_offsets
from rag.e5_model import load_tokenizer
from rag.reader.encoding import Encoded, encode
from rag.reader.network import STORE, reading_network

if TYPE_CHECKING:
    import torch

    from rag.models import Embedder

_MOST_TOKENS = 40  # of an answer
_LIKELY = 0.01  # less probable beginnings are not told


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """What was found in one text. Places are offsets of its characters."""

    relevance: float
    """How well it answers, as a logit."""
    begins: dict[int, float] = field(default_factory=dict)
    """Where the answer may begin, and how probable that is."""
    answer: tuple[int, int] | None = None
    """Where the most probable answer starts and ends."""
    sureness: float = 0.0
    """How probable its first and last token are, in [0, 1]."""


Ask = Callable[[str, Sequence[str]], Sequence[Read]]
"""What is found in each of some texts, asked a question."""


class Reader:
    """The reader that ships. Safe to share between threads.

    In the last digits what it finds in a text hangs on the texts that it reads with it.
    """

    name = "wenju-reader"
    tells_places = True

    def __init__(self, folder: Path, weights: Path = STORE, *, shared: Embedder | None = None) -> None:
        """`folder` holds the default embedding model, whose words and tokenizer the reader takes; `shared` is that
        model where it is loaded already.

        Raises `ModelUnavailable` where the weights cannot be read.
        """
        self._network = reading_network(folder, weights, shared.words if shared else None)
        self._tokenizer = shared.tokenizer if shared else load_tokenizer(folder)
        self._tokenizing = threading.Lock()  # fast tokenizers refuse two threads at once

    def read(self, question: str, texts: Sequence[str]) -> list[Read]:
        """What is found in each of `texts`. A text's first 200 tokens are read, about 300 characters."""
        import torch

        folded = [simplify_with_offsets(text) for text in texts]
        with self._tokenizing:
            rows = [encode(self._tokenizer, simplify(question), each.text) for each in folded]
        if not rows:
            return []
        with torch.inference_mode():
            spans, relevance = self._network([row.ids for row in rows])
            of_each = torch.split(spans, [len(row.ids) for row in rows])
            found = [_read(row, span, float(logit)) for row, span, logit in zip(rows, of_each, relevance, strict=True)]
        return [_placed(read, each) for read, each in zip(found, folded, strict=True)]


def _read(row: Encoded, spans: torch.Tensor, relevance: float) -> Read:
    """What the scores `spans` of the tokens of `row` say; places are those of the simplified text."""
    import torch

    if not row.offsets:
        return Read(relevance=relevance)
    first, last = torch.log_softmax(spans[row.text_start : row.text_start + len(row.offsets)], dim=0).unbind(1)
    together = first[:, None] + last[None, :]
    possible = torch.ones_like(together, dtype=torch.bool).triu().tril(_MOST_TOKENS - 1)
    start, end = divmod(int(together.masked_fill(~possible, -torch.inf).argmax()), len(row.offsets))
    return Read(
        relevance=relevance,
        begins={row.offsets[place][0]: p for place, p in enumerate(first.exp().tolist()) if p >= _LIKELY},
        answer=(row.offsets[start][0], row.offsets[end][1]),
        sureness=float(together[start, end].exp()),
    )


def _placed(read: Read, folded: Folded) -> Read:
    """`read` with the places of the text as it was given."""
    last = len(folded.text)
    return replace(
        read,
        begins={folded.offsets[min(place, last)]: p for place, p in read.begins.items()},
        answer=folded.span(*read.answer) if read.answer and read.answer[0] < read.answer[1] else None,
    )
