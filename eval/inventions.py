"""`python -m eval inventions`: what a chat model invents, and how much of that a reader gets to see.

Listens to what the model itself writes, before the assistant has read it, and holds each sentence against the passages
that were put before the model. The yardstick is `verdict`. It looks at characters alone, knows nothing of
`rag.support`, which it measures, and is stricter: one sentence of one passage must hold all that is said, in the same
words. So it also counts what is true in other words as unsupported: read `--show` before you quote a share.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

import typer
from rich.console import Console

from corpus.fold import fold
from eval.cases import Case
from eval.errors import EvaluationError
from eval.files import line, written
from eval.reading import read_set
from eval.standings import sample
from eval.summary import share
from rag.language import is_english
from rag.records import Answer, Question
from rag.settings import Settings, load_settings

if TYPE_CHECKING:
    from rag.assistant import Assistant

LEAST_HELD = 0.8
"""The share of a sentence's Chinese characters, or English words, that the passage must have."""
NEW_WORD = 2
"""How many Chinese characters in a row make a word that the passage does not have."""
SHOWN = 20

INVENTIONS_HELP = """Measure how much of what the chat model invents reaches the reader.

WENJU_CHAT_MODEL names the model. Writes table.md and sentences.jsonl: each sentence as the model wrote it, whether the
passages hold it, what they lack, and whether the reader saw it.

\b
Examples:
  python -m eval inventions eval/questions/articles.jsonl --limit 40 --show
  python -m eval inventions questions.jsonl --index DIR --out runs/inventions
"""

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_TAG = re.compile(r"<\|im_start\|>\w*|<[^<>\n]{0,80}>")
_MARK = re.compile(r"[\[【［]\s*\d{1,3}(?:\s*[,，、;；–-]\s*\d{1,3})*\s*[\]】］]")
# At least wherever the assistant cuts: of what it keeps, every part must be found.
_CUT = re.compile(r"(?<=[。！？!?…])|(?<=\.)(?=\s|$)|\n+")
_ENDS = re.compile(r"[。！？!?….][\"'”’」』)）》]*$")
_NO_CLAIM = re.compile(r"[?？:：]\W*$")
_LISTED = re.compile(r"^\s*(?:(?:答案?|回答)\s*[:：]\s*|[-*•·–#]+\s+|[（(]?\d{1,2}[)）.、．](?!\d)\s*)+")
_LETTERS = re.compile(r"[\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_CONTENT = re.compile(r"[\u3400-\u9fffA-Za-z]")
_PASSAGE = re.compile(r"<passage number=[^>]*>\n(.*?)\n</passage>", re.DOTALL)

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*[%\u3400-\u9fff]?")
_HAN_NUMBER = re.compile(r"[零〇一二三四五六七八九十百千万亿两]{2,}")
_LATIN = re.compile(r"[a-z][a-z0-9]+")
_MARKED = re.compile(r"《([^《》]+)》|“([^“”]+)”|「([^「」]+)」")
_NOT = re.compile(r"[不未没无非勿禁][\u3400-\u9fff]")
_DAY = re.compile(r"(\d{4})-0?(\d{1,2})-0?(\d{1,2})")
_FUNCTION = re.compile(r"[的了在是和与及或为以于对将等也都就还并被由从到向其这那此而且则所有着过得地\s]")
_SAYING = re.compile(
    r"根据|依据|以上|段落|文章|资料|材料|原文|文中|提到|指出|显示|介绍|报道|此外|同时|另外|其中|主要|包括|分别|因此|所以"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """How a sentence stands against the passages."""

    supported: bool | None
    """None where there is nothing that could be compared: no word of weight, another language, or the orders again."""
    lacks: tuple[str, ...] = ()
    """What the nearest sentence of a passage does not have, in folded words."""
    nearest: str = ""
    """That sentence, with what is known of its article."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A sentence as the model wrote it, and what became of it."""

    words: str
    verdict: Verdict
    shown: bool
    """Whether it stands in the final answer."""
    glimpsed: bool
    """Whether it stood in any answer that was shown while the model wrote, the final one among them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What came of one question."""

    case: Case
    answer: Answer
    asked: bool
    """Whether the model was asked at all."""
    said: tuple[Said, ...] = ()
    stray: tuple[str, ...] = ()
    """Sentences of the model's final answer that were not found in what it wrote: what this measure would miss."""


@dataclass(slots=True)
class Call:
    """One call of the model: what it was told and asked, and what it has written so far."""

    told: str
    asked: str
    text: str = ""
    stopped: str | None = None


_Model = TypeVar("_Model")


@dataclass(slots=True)
class Listener:
    """Stands before a chat model and takes down what goes to and fro. Has of its face what `rag.chat` reads."""

    model: Any
    calls: list[Call] = field(default_factory=list)

    async def astream(self, messages: Sequence[Any]) -> AsyncIterator[Any]:
        """What the model streams for `messages`, untouched."""
        call = Call(told=str(messages[0].content), asked=str(messages[-1].content))
        self.calls.append(call)
        async with aclosing(self.model.astream(messages)) as chunks:
            async for chunk in chunks:
                call.text += str(chunk.text)
                call.stopped = chunk.response_metadata.get("finish_reason") or call.stopped
                yield chunk


def listening(model: _Model) -> tuple[_Model, Listener]:
    """`model` with somebody who listens, and the one who does."""
    listener = Listener(model)
    return cast(_Model, listener), listener


def told(case: Case, assistant: Assistant, listener: Listener) -> Told:
    """What comes of `case`. `listener` stands before the model of `assistant`."""
    listener.calls.clear()
    seen: set[str] = set()
    for answer in assistant.stream(Question(text=case.question, history=case.history)):
        if answer.writer == assistant.writer_name and answer.citations:
            seen.add(_letters(answer.text))
    call = next((call for call in reversed(listener.calls) if _PASSAGE.search(call.asked)), None)
    if call is None:  # it may have been asked to make the question stand alone, which no reader sees
        return Told(case=case, answer=answer, asked=False)
    passages = _PASSAGE.findall(call.asked)
    orders = f"{call.told}\n{_PASSAGE.sub('', call.asked)}"
    own = answer.writer == assistant.writer_name and bool(answer.citations)
    final = _letters(answer.text) if own else ""
    glimpsed = "\n".join(seen)
    raw = _letters(call.text)
    return Told(
        case=case,
        answer=answer,
        asked=True,
        said=tuple(
            Said(
                words=words,
                verdict=Verdict(supported=None) if verdict(words, [orders]).supported else verdict(words, passages),
                shown=_letters(words) in final,
                glimpsed=_letters(words) in glimpsed,
            )
            for words in sentences(call.text, cut=call.stopped == "length")
        ),
        stray=tuple(words for words in sentences(answer.text) if _letters(words) not in raw) if own else (),
    )


def sentences(text: str, *, cut: bool = False) -> tuple[str, ...]:
    """The sentences of `text` that state something, each once, without the numbers of passages.

    `cut` says that the limit of tokens ended it: the last sentence is left out if it has no end.
    """
    pieces = [piece.strip() for piece in _CUT.split(_TAG.sub("", _MARK.sub("", _THOUGHT.sub("", text))))]
    pieces = [_LISTED.sub("", piece.replace("NO_ANSWER", "")).strip() for piece in pieces if piece]
    if cut and pieces and not _ENDS.search(pieces[-1]):
        pieces.pop()
    stated = [piece for piece in pieces if not _NO_CLAIM.search(piece)]
    by_letters = {_letters(piece): piece for piece in reversed(stated) if len(_CONTENT.findall(piece)) > 1}
    return tuple(reversed(by_letters.values()))


def _letters(text: str) -> str:
    return _LETTERS.sub("", fold(_TAG.sub("", _MARK.sub("", text))))


def verdict(sentence: str, passages: Sequence[str]) -> Verdict:
    """Whether one sentence of one of `passages`, with what is known of its article, has all that `sentence` says.

    To the letter: numbers with the character behind them, Chinese numerals, Latin words, 《titles》, “quotations” and
    negated words. In pairs: `LEAST_HELD` of the Chinese characters, no `NEW_WORD` of them in a row left out.
    """
    said = _one_form(sentence)
    english = is_english(said)
    around = [stretch for passage in passages for stretch in _stretches(passage) if is_english(stretch) == english]
    if not around or not (re.search(r"\d", said) or _LATIN.search(said) or _runs(said)):
        return Verdict(supported=None)
    lacking = ((_lacks(said, stretch, english=english), stretch) for stretch in around)
    lacks, nearest = min(lacking, key=lambda found: len(found[0]))
    return Verdict(supported=not lacks, lacks=lacks, nearest=nearest)


def _one_form(text: str) -> str:
    """`text` folded, without the spaces and commas that are written in numbers by some."""
    folded = re.sub(r"(?<=\d),(?=\d{3})", "", fold(text))
    return re.sub(r"(?<=\d)[ \t]+(?=[%\u3400-\u9fff])|(?<=[\u3400-\u9fff])\s+(?=[\d\u3400-\u9fff])", "", folded)


@lru_cache(maxsize=1024)
def _stretches(passage: str) -> tuple[str, ...]:
    """The sentences of a passage of the prompt, each with the line that says what article it is of."""
    about, _, text = passage.partition("\n")
    about = _DAY.sub(lambda day: f"{day[0]} {day[1]}年{int(day[2])}月{int(day[3])}日", about)
    pieces = [piece for piece in _CUT.split(text) if piece and piece.strip()] or [""]
    return tuple(_one_form(f"{about} | {piece}") for piece in pieces)


def _lacks(said: str, stretch: str, *, english: bool) -> tuple[str, ...]:
    """What `stretch` does not have of what is `said`; both are folded."""
    exact = [*_NUMBER.findall(said), *_HAN_NUMBER.findall(said), *_NOT.findall(said)]
    marked = (next(filter(None, groups)) for groups in _MARKED.findall(said))
    missing = [word for word in exact if not re.search(rf"(?<![\d.]){re.escape(word)}(?!(?<=\d)[\d.]*\d)", stretch)]
    missing += [words for words in marked if _LETTERS.sub("", words) not in _LETTERS.sub("", stretch)]
    words = _LATIN.findall(said)
    there = set(_LATIN.findall(stretch))
    if english:
        held = sum(word in there for word in words)
        return (*missing, *_share(held, len(words)))
    return tuple(dict.fromkeys([*missing, *(word for word in words if word not in there), *_new_han(said, stretch)]))


def _new_han(said: str, stretch: str) -> Iterator[str]:
    """The Chinese words of `said` that are new to `stretch`, and the share that it has, where it is too small."""
    pairs = _pairs(stretch)
    held = characters = 0
    for run in _runs(said):
        known = [False] * len(run)
        for at in range(len(run) - 1):
            if run[at : at + 2] in pairs:
                known[at] = known[at + 1] = True
        held, characters = held + sum(known), characters + len(run)
        marks = "".join("." if is_known else "x" for is_known in known)
        yield from (run[new.start() : new.end()] for new in re.finditer(f"x{{{NEW_WORD},}}", marks))
    yield from _share(held, characters)


def _share(held: int, of: int) -> tuple[str, ...]:
    return (f"{held} of {of}",) if of and held < LEAST_HELD * of else ()


def _runs(folded: str) -> list[str]:
    """The Chinese characters without particles, and without the words that only say that a text says it."""
    bare = (_FUNCTION.sub("", run) for run in _HAN.findall(_SAYING.sub(",", folded)))
    return [run for run in bare if len(run) > 1]  # one character is no word, and units are looked up with their number


@lru_cache(maxsize=4096)
def _pairs(stretch: str) -> frozenset[str]:
    runs = _HAN.findall(_FUNCTION.sub("", stretch))
    return frozenset(run[at : at + 2] for run in runs for at in range(len(run) - 1))


def table(found: Sequence[Told], model: str) -> str:
    """The counts as a Markdown table."""
    said = [each for one in found for each in one.said]
    unsupported = [each for each in said if each.verdict.supported is False]
    supported = [each for each in said if each.verdict.supported]
    asked = [one for one in found if one.asked]
    statuses = Counter(one.answer.status for one in found)
    lines = {
        "model": model,
        "questions": str(len(found)),
        "of these, the model was asked": str(len(asked)),
        "sentences that the model wrote": str(len(said)),
        "of these, orders again, another language, or no word to compare": str(
            len(said) - len(unsupported) - len(supported)
        ),
        "unsupported sentences": _of(len(unsupported), len(unsupported) + len(supported)),
        "unsupported, in the final answer": _of(sum(each.shown for each in unsupported), len(unsupported)),
        "unsupported, shown at any time": _of(sum(each.glimpsed for each in unsupported), len(unsupported)),
        "answers that show one": _of(sum(any(map(_seen_invention, one.said)) for one in asked), len(asked)),
        "supported sentences": str(len(supported)),
        "supported, in the final answer": _of(sum(each.shown for each in supported), len(supported)),
        "sentences of answers not found in what the model wrote": str(sum(len(one.stray) for one in found)),
        "answers that quote because the model failed": _of(sum(map(_fell_back, asked)), len(asked)),
        "statuses": ", ".join(f"{status} {count}" for status, count in sorted(statuses.items())),
    }
    return "\n".join(["| what | count |", "|---|---|", *(f"| {what} | {count} |" for what, count in lines.items()), ""])


def _seen_invention(each: Said) -> bool:
    return each.shown and each.verdict.supported is False


def _fell_back(one: Told) -> bool:
    return one.answer.writer == "quote"


def _of(part: int, whole: int) -> str:
    if not whole:
        return str(part)
    found = share([True] * part + [False] * (whole - part))
    return f"{part} of {whole} ({found.value:.3f}; 95 % interval {found.low:.3f} to {found.high:.3f})"


def _line(one: Told, each: Said) -> str:
    about = {"id": one.case.id, "question": one.case.question, "status": one.answer.status, "writer": one.answer.writer}
    became = {"supported": each.verdict.supported, "lacks": each.verdict.lacks, "shown": each.shown}
    return line({**about, "words": each.words, **became, "glimpsed": each.glimpsed, "nearest": each.verdict.nearest})


def _lines_to_label(found: Sequence[Told]) -> Iterator[str]:
    """Some of the sentences by chance, the same ones every time, as a person reads them."""
    said = [(one, each) for one in found for each in one.said]
    for one, each in random.Random(0).sample(said, min(SHOWN, len(said))):
        called = {True: "supported", False: "unsupported", None: "not compared"}[each.verdict.supported]
        lacks = f": {', '.join(each.verdict.lacks)}" if each.verdict.lacks else ""
        seen = "; the reader saw it" if each.glimpsed else ""
        yield f"{one.case.id}  {one.case.question}\n  {each.words}\n  {called}{lacks}{seen}\n"


def inventions(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS", help="The question set.")],
    index: Annotated[Path | None, typer.Option(metavar="DIR", help="Index to ask, if not the usual one.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Ask N questions, by chance.")] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to write.")] = Path("runs") / "inventions",
    show: Annotated[
        bool, typer.Option("--show", help=f"Print {SHOWN} of the sentences, for a person to judge.")
    ] = False,
) -> None:
    settings = load_settings(index=index)
    if not settings.chat_model:
        raise EvaluationError(
            "No chat model is set, and quotes invent nothing. Set WENJU_CHAT_MODEL, and WENJU_CHAT_BASE_URL for a"
            " server of your own: see docs/local-model.md."
        )
    cases = sample(read_set(questions), limit).cases
    assistant, listener = _open(settings)
    aloud = Console(stderr=True)
    found: list[Told] = []
    with written(out / "sentences.jsonl") as file:
        for number, case in enumerate(cases, start=1):
            one = told(case, assistant, listener)
            found.append(one)
            aloud.print(f"{number} of {len(cases)}: {case.id}, {one.answer.status}", highlight=False, markup=False)
            file.writelines(_line(one, each) for each in one.said)
            file.flush()
    text = table(found, assistant.writer_name)
    with written(out / "table.md") as file:
        file.write(text)
    parts = [*(_lines_to_label(found) if show else ()), text]
    Console().print("\n".join(parts), markup=False, highlight=False, soft_wrap=True)


def _open(settings: Settings) -> tuple[Assistant, Listener]:
    """The assistant that `settings` describe, and who listens to its model. Raises `AssistantError`."""
    # Each takes seconds to import, and --help needs none of them.
    from rag.assistant import Assistant
    from rag.chat import chat_model
    from rag.model_writer import ModelWriter
    from rag.retrieval import open_retriever

    model = chat_model(settings)
    assert model is not None  # settings without one do not come here
    heard, listener = listening(model)
    assistant = Assistant(
        open_retriever(settings),
        ModelWriter(heard, settings),
        question_chars=settings.question_chars,
        passages=settings.passages_per_answer,
    )
    assistant.check()
    return assistant, listener
