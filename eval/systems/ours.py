"""The assistant as a system that can be evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.records import Article
from eval.learned import foreign
from eval.systems.made import fingerprint_of, index_fingerprint
from eval.systems.many import for_many
from rag.assistant import Assistant, open_assistant
from rag.certainty import stored
from rag.reader.loading import NONE
from rag.records import Answer, Hit, Question
from rag.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Ours:
    """The assistant with its name and fingerprint."""

    assistant: Assistant
    fingerprint: str
    """Of the index and of what words the answers."""
    name: str = "ours"

    def answer(self, question: Question) -> Answer:
        return self.assistant.answer(question)

    def standalone(self, question: Question) -> str:
        return self.assistant.standalone(question)

    def retrieve(self, query: str, *, limit: int | None = None) -> tuple[Hit, ...]:
        return self.assistant.retrieve(query, limit=limit)

    def article(self, article_id: str) -> Article | None:
        return self.assistant.article(article_id)

    def foreign(self) -> str | None:
        """One line where the rule of refusal was learned with another model or other settings than the index's."""
        reader = self.assistant.reader_name
        manifest = self.assistant._retriever._index.generation().manifest
        return foreign(manifest, stored(read=reader != NONE), reader=reader)

    def for_many(self, questions: Sequence[str]) -> Ours:
        """The same, with less work for each of `questions`."""
        return replace(self, assistant=for_many(self.assistant, questions))


def open_ours(settings: Settings, *, check: bool = True) -> Ours:
    """The assistant over the index of `settings`. Raises `AssistantError`."""
    assistant = open_assistant(settings)
    if check:  # an index that was built a moment ago has been looked through already
        assistant.check()
    return ours(assistant, settings)


def ours(assistant: Assistant, settings: Settings) -> Ours:
    """An `assistant` that is open already, over the index of `settings`. Raises `IndexUnusable`."""
    made_of = (
        index_fingerprint(settings.index),
        assistant.writer_name,
        assistant.reader_name,
        settings.passages_per_answer,
    )
    return Ours(assistant=assistant, fingerprint=fingerprint_of("ours", *made_of))
