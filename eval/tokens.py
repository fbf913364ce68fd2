"""How many tokens a model read and wrote for an answer. Counted here, since not every provider tells."""

from __future__ import annotations

from dataclasses import dataclass

from corpus.passages import count_tokens
from rag.records import Answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """Of the encoding `cl100k_base`: another model's own count differs by some per cent."""

    read: int = 0
    written: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Prices:
    """What a million tokens cost, in whatever currency."""

    read: float
    written: float

    def of(self, tokens: Tokens) -> float:
        return round((self.read * tokens.read + self.written * tokens.written) / 1e6, 9)


NONE = Tokens()


def tokens_of(question: str, answer: Answer) -> Tokens:
    """The tokens of the prompt that `answer` was written from, and of its text; none where no model wrote it."""
    if ":" not in answer.writer:  # a model's name is `provider:name`
        return NONE
    from rag.model_writer import answer_prompt  # what it builds its messages with takes a second to import

    _, messages = answer_prompt(question, answer.hits, answer.language)
    return Tokens(
        read=sum(count_tokens(str(message.content)) for message in messages), written=count_tokens(answer.text)
    )
