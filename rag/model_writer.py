"""The writer that lets a chat model word the answer, and keeps of it what the passages hold.

Knows nothing of providers (see `rag/chat.py`). A model that fails is a `ModelUnavailable`: its caller quotes instead.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corpus.fold import fold_with_offsets
from corpus.passages import count_tokens
from rag.binding import Binding
from rag.chat import STALL_SECONDS, Limits, Piece, RequestRefused, pieces
from rag.checking import plain
from rag.errors import ModelUnavailable
from rag.language import detect, is_english
from rag.model_text import Sentences, Written, plain_words
from rag.prompts import prompt, reply
from rag.quote_writer import declined
from rag.reader.reading import Ask
from rag.records import Answer, Hit, Language, Question, Status, Turn
from rag.settings import Settings
from rag.standalone import standalone
from rag.support import check

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

MOST_PASSAGES = 12
"""How many passages a prompt holds: what small models read with care."""
TURNS_READ = 6
"""How many turns the model is shown to make a question stand alone."""
TURN_CHARS = 400
STANDALONE_SECONDS = 8.0
CHARS_A_TOKEN = 8
"""More characters than a token of any language has, for a model that does not keep to its limit."""

_CUT = ("length", "max_tokens", "MAX_TOKENS")
"""What providers call it when the limit of tokens ends an answer."""

# What in a passage could pass for an end of the passages or for the words of a chat template, in folded text. Marks
# that look like `<` count as `<`; those that are quotes in their own right only where what they hold is a tag.
_LESS, _MORE = "<\u02c2\u02f1\u1438\u227a\u22d6\u276c\u276e\u29fc", ">\u02c3\u02f2\u1433\u227b\u22d7\u276d\u276f\u29fd"
_OPENS, _CLOSES = "\u2039\u3008\u300a\u00ab\u27e8\u27ea\u226a", "\u203a\u3009\u300b\u00bb\u27e9\u27eb\u226b"
_SLASH = "/|!\u2044\u2215\u29f8\u2571\u2223\u2502\u2758\u01c0\u00a6"
_TAG = (
    r"(?:passages?|question|history|system|user|assistant|human|developer|instructions?|context|inst|sys|tool\w*|im_\w+)"
    r"(?:\s+\w+\s*=.{0,60})?\s*"
)
_INSIDE = rf"[^{_LESS}{_MORE}{_OPENS}{_CLOSES}\n]{{0,80}}"
_LETTER = r"[a-z_|\u0370-\u052f]"
_DELIMITER = re.compile(
    rf"(?:[{_LESS}]|&(?:lt|#0*60|#x0*3c);?)\s*[{_SLASH}]?\s*{_LETTER}{_INSIDE}(?:[{_MORE}{_CLOSES}]|&(?:gt|#0*62|#x0*3e);?)"
    rf"|[{_OPENS}]++\s*(?:[{_SLASH}]\s*{_LETTER}{_INSIDE}|{_TAG})[{_MORE}{_CLOSES}]+"
    r"|[\[\u3010\u3014]\s*/?\s*inst\s*[\]\u3011\u3015]|<<\s*/?\s*sys\s*>>"
)
_LABEL = re.compile(
    r"^\s*(?:(?:改[写寫][后後]?的?)?(?:[独獨]立|完整)?(?:[问問][题題])?|rewritten(?: question)?|question)\s*[:：]\s*",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Breaker:
    """Keeps calls from a model that has failed `failures` times in a row, for `seconds`; then one more may try."""

    failures: int = 5
    seconds: float = 30.0
    clock: Callable[[], float] = time.monotonic
    _failed: int = 0
    _since: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        """Returns if a call may be made, raises `ModelUnavailable` if not."""
        with self._lock:
            if self._failed < self.failures:
                return
            left = self._since + self.seconds - self.clock()
            if left > 0:
                raise ModelUnavailable(
                    f"The chat model failed {self._failed} times in a row; it is tried again in {left:.0f} s."
                )
            self._since = self.clock()  # others wait while this one tries

    def note(self, *, ok: bool) -> None:
        """Takes down how a call went."""
        with self._lock:
            self._failed = 0 if ok else self._failed + 1
            self._since = self.clock()


class ModelWriter:
    """Words answers with a chat model."""

    def __init__(
        self,
        model: BaseChatModel,
        settings: Settings,
        *,
        breaker: Breaker | None = None,
        stall_seconds: float = STALL_SECONDS,
        ask: Ask | None = None,
    ) -> None:
        """A reader may be there to `ask` whether the passages say what the model writes."""
        self._model = model
        named = settings.chat_model or type(model).__name__
        self.name = named if ":" in named and not settings.chat_base_url else f"openai:{named.removeprefix('openai:')}"
        self._limits = Limits(
            first=settings.chat_first_token_seconds,
            total=settings.chat_total_seconds,
            chars=settings.chat_tokens * CHARS_A_TOKEN,
            stall=stall_seconds,
        )
        self._breaker = breaker or Breaker()
        self._ask = ask

    def standalone(self, question: Question) -> str:
        """The question as one that stands alone: by the model, or by rule where it fails or adds something."""
        *_, last = self.standing_alone(question)
        return last

    def standing_alone(self, question: Question) -> Generator[str]:
        """The question as it is, again and again while the model is silent; the last one stands alone.

        Whoever reads can stop: closing the iterator closes the connection.
        """
        if not any(turn.role == "user" for turn in question.history):
            yield question.text
            return
        try:
            rewritten = yield from self._rewritten(question)
        except ModelUnavailable:
            rewritten = None
        yield rewritten or standalone(question)

    def stream(self, question: str, hits: tuple[Hit, ...], language: Language) -> Iterator[Answer]:
        """Growing answers to `question`, which stands alone; the last one is final and has its citations.

        The text only ever holds whole sentences that a passage supports. While the model is silent the same answer
        comes again and again, so that whoever reads can stop; closing the iterator closes the connection.
        Raises `ModelUnavailable`.
        """
        hits = hits[:MOST_PASSAGES]
        instructions, messages = answer_prompt(question, hits, language)
        binding = Binding(hits, language, instructions=instructions, ask=self._ask)
        written = Sentences()
        answer = Answer(text="", status=Status.WRITING, language=language, writer=self.name, hits=hits)
        stopped: str | None = None
        with closing(self._pieces(messages, self._limits)) as stream:
            for piece in stream:
                stopped = piece.stopped or stopped
                binding.add_all(written.feed(piece.text))
                if binding.echoed:
                    raise ModelUnavailable("The chat model repeated its instructions instead of answering.")
                if binding.text != answer.text:
                    answer = self._answer(binding, hits, language, Status.WRITING)
                yield answer
        cut = written.unfinished and stopped in _CUT
        if written.unfinished and stopped is None:
            raise ModelUnavailable("The chat model's answer broke off in mid-sentence.")
        if not cut:
            binding.add_all(written.rest())
        yield self._final(binding, hits, language, cut=cut)

    def tokens(self, answer: Answer) -> int:
        """About how many tokens the model read and wrote for `answer`: the prompt, its passages and what was kept.

        Counted in `cl100k`, which takes more tokens for Chinese than the models that write it well. What the model was
        asked to make the question stand alone, and what was left out of the answer, is not in it.
        """
        _, messages = answer_prompt("", answer.hits[:MOST_PASSAGES], answer.language)
        return count_tokens("\n".join([*(str(message.content) for message in messages), answer.text]))

    def _final(self, binding: Binding, hits: tuple[Hit, ...], language: Language, *, cut: bool) -> Answer:
        if binding.echoed:
            raise ModelUnavailable("The chat model repeated its instructions instead of answering.")
        if binding.text:
            if cut:
                return self._answer(binding, hits, language, Status.PARTIAL, notice="cut_short")
            if binding.removed or binding.foreign or binding.declined:
                return self._answer(binding, hits, language, Status.PARTIAL, notice="some_removed")
            if binding.unchecked:
                return self._answer(binding, hits, language, Status.PARTIAL, notice="some_unchecked")
            return self._answer(binding, hits, language, Status.ANSWERED)
        if binding.foreign and not binding.removed:
            raise ModelUnavailable("The chat model answered in another language.")
        if not (binding.declined or binding.removed):
            raise ModelUnavailable("The chat model sent an empty answer.")
        text = declined(Status.CANNOT_ANSWER, hits, language)
        return Answer(text=text, status=Status.CANNOT_ANSWER, language=language, writer=self.name, hits=hits)

    def _answer(
        self, binding: Binding, hits: tuple[Hit, ...], language: Language, status: Status, *, notice: str | None = None
    ) -> Answer:
        return Answer(
            text=binding.text,
            status=status,
            language=language,
            writer=self.name,
            citations=binding.citations,
            hits=hits,
            notice=reply(notice, language) if notice else None,
        )

    def _pieces(self, messages: list[BaseMessage], limits: Limits) -> Generator[Piece]:
        self._breaker.check()
        try:
            yield from pieces(self._model, messages, limits)
        except RequestRefused:
            raise  # one reader's question must not take the model from the others
        except ModelUnavailable:
            self._breaker.note(ok=False)
            raise
        self._breaker.note(ok=True)

    def _rewritten(self, question: Question) -> Generator[str, None, str | None]:
        """Returns what the model makes of the question, or None where it answers, adds or says nothing."""
        language = detect(question.text)
        limits = Limits(first=min(self._limits.first, STANDALONE_SECONDS), total=STANDALONE_SECONDS, chars=2000)
        messages = standalone_prompt(question, language)
        written = Sentences()
        said: list[Written] = []
        with closing(self._pieces(messages, limits)) as stream:
            for piece in stream:
                said += written.feed(piece.text)
                yield question.text
        said += written.rest()
        lines = [_LABEL.sub("", plain_words(sentence.text)).strip("\"'“”「」") for sentence in said]
        if len(lines) != 1 or not lines[0] or len(lines[0]) > len(question.text) + 200:
            return None
        known = "\n".join([*(turn.content for turn in question.history), question.text])
        added = not check(lines[0], known).ok
        return None if added or is_english(lines[0]) != (language == "en") else lines[0]


def answer_prompt(question: str, hits: tuple[Hit, ...], language: Language) -> tuple[str, list[BaseMessage]]:
    """What the model is told to do, and the messages that ask `question` of `hits`, numbered from 1."""
    passages = "\n".join(_shown(number, hit, language) for number, hit in enumerate(hits, start=1))
    return _messages("answer", language, passages=passages, question=_without_delimiters(question))


def standalone_prompt(question: Question, language: Language) -> list[BaseMessage]:
    """The messages that ask for `question` as one that stands alone."""
    history = "\n".join(_said(turn, language) for turn in question.history[-TURNS_READ:])
    return _messages("standalone", language, history=history, question=_without_delimiters(question.text))[1]


def _messages(name: str, language: Language, **values: str) -> tuple[str, list[BaseMessage]]:
    from langchain_core.messages import HumanMessage, SystemMessage

    system, _, human = prompt(name, language).partition("\n---\n")
    return system, [SystemMessage(system), HumanMessage(human.format(**values))]


def _shown(number: int, hit: Hit, language: Language) -> str:
    article = hit.article
    untold = reply("untold", language)
    return prompt("passage", language).format(
        number=number,
        title=_without_delimiters(article.title or untold),
        source=_without_delimiters(article.source or untold),
        published=article.published or untold,
        text="\n".join(line for line in map(_without_delimiters, hit.passage.text.splitlines()) if line),
    )


def _said(turn: Turn, language: Language) -> str:
    who = reply("reader" if turn.role == "user" else "assistant", language)
    mark = ": " if language == "en" else "："
    return f"{who}{mark}{_without_delimiters(turn.content)[:TURN_CHARS]}"


def _without_delimiters(text: str) -> str:
    """`text` on one line, without what could pass for a tag of the prompt and without characters that do not show."""
    words = plain(text)
    while True:
        folded = fold_with_offsets(words)  # full-width and styled letters make tags, too
        found = [folded.span(*match.span()) for match in _DELIMITER.finditer(folded.text)]
        if not found:
            return words
        for start, end in reversed(found):
            words = f"{words[:start]} {words[end:]}"  # what is left may close to a tag again
