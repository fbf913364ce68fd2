"""A question and a text as the reader's network takes them: one row of tokens. Knows nothing of the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

QUESTION_TOKENS = 64
"""The most tokens of a question, its first and last sign included."""
TEXT_TOKENS = 200
"""The most tokens of a text: what comes after them is not read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoded:
    """A question, and behind it a text."""

    ids: list[int]
    text_start: int
    """Index in `ids` of the text's first token."""
    offsets: list[tuple[int, int]]
    """Of each token of the text, where it starts and ends in the characters of the text."""


def encode(tokenizer: Tokenizer, question: str, text: str) -> Encoded:
    """`question` and `text`, both in Simplified characters (`corpus.fold.simplify`), as one row of tokens."""
    whole = tokenizer.encode(question).ids
    asked, end = whole[:QUESTION_TOKENS], whole[-1]  # the tokenizer ends what it encodes with the sign that ends a text
    read = tokenizer.encode(text, add_special_tokens=False)
    return Encoded(
        ids=[*asked, end, *read.ids[:TEXT_TOKENS], end],
        text_start=len(asked) + 1,
        offsets=read.offsets[:TEXT_TOKENS],
    )
