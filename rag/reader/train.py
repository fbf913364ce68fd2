"""Training the reader on marked sets, and judging it on the articles that were held out.

What a step draws depends on its number alone: a run that was cut short and taken up again ends with the same weights.
Knows nothing of files of questions.
"""

from __future__ import annotations

import os
import pickle
import random
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer

from corpus.passages import Span
from rag.e5_model import load_tokenizer
from rag.errors import SettingsError
from rag.packed_bert import computes_in_bf16
from rag.reader.encoding import Encoded, encode
from rag.reader.examples import Example, group
from rag.reader.marked import MarkedQuestion, MarkedSet
from rag.reader.network import Network, network, save, untrained
from rag.reader.reading import Ask

if TYPE_CHECKING:
    import torch

STATE = "state.pt"
WEIGHTS = "reader.safetensors"
RATE = 1.2e-4
"""How fast is learned between the first and the last steps."""
_SEED = 1
_GROUPS = 5  # questions a step
_WARM_UP = 80  # steps
_LEAST = 0.02  # of the rate, at the end
_TOKENS = 256  # a step has a multiple of so many
_DROPOUT = 0.1
_NORM = 1.0
_WEIGHT_DECAY = 0.01
_BETAS = (0.9, 0.98)
_ORDER = 0.5  # what the order within a group counts beside the two other losses
_CHECKPOINT = 150  # steps
_TIMES_FOREIGN = 2  # as often as others: there are few of them

Weights = dict[str, "torch.Tensor"]
_Asked = tuple[MarkedSet, MarkedQuestion]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What was lost in one step of training."""

    number: int
    """From 1."""
    relevance: float
    """Whether a text answers: cross-entropy."""
    answer: float
    """Where the answer starts and ends: cross-entropy."""
    order: float
    """Which text of a question answers: cross-entropy."""

    @property
    def loss(self) -> float:
        """What training lowers."""
        return self.relevance + self.answer + _ORDER * self.order


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldOut:
    """How a reader does on the articles of a set that it did not learn from."""

    name: str
    questions: int
    exact: float
    """Share of the questions whose answer was found to the character, in [0, 1]."""
    f1: float
    """Of the characters of the answers, the mean over the questions, in [0, 1]."""
    auroc: float | None
    """How often a text that answers stands above one that does not, in [0, 1]. None where no text does not answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """An example in tokens."""

    encoded: Encoded
    answer: tuple[int, int] | None
    """Its first and its last token, counted from the text's first. None where the text does not answer."""


def first_weights(folder: Path) -> Weights:
    """The weights that training begins with, the same each time."""
    import torch

    torch.manual_seed(_SEED)
    return untrained(folder)


def train(
    sets: Sequence[MarkedSet],
    *,
    folder: Path,
    weights: Mapping[str, torch.Tensor],
    out: Path,
    steps: int,
    decay: int,
    made: int = 2,
    rate: float = RATE,
    tell: Callable[[Step], None] = lambda step: None,
) -> Weights:
    """The weights after `steps` steps from `weights`, which are also written to `out`.

    Of the five questions of a step `made` are ones that no person asked (`MarkedSet.made`). Over the first steps the
    rate of learning rises to `rate`, over the last `decay` steps it falls. `folder` holds the embedding model. A run
    that was cut short goes on from the last checkpoint in `out`. Raises `SettingsError` where that is of another run.
    """
    import torch

    learned = [
        (of, asked) for of in sets for asked in of.learned() for _ in range(_TIMES_FOREIGN if asked.foreign else 1)
    ]
    if not learned:
        raise SettingsError("These sets hold no article to learn from: all are held out. Name larger sets.")
    cloze = [(of, asked) for of in sets for asked in of.made()] if made else []
    tokenizer = load_tokenizer(folder)
    own = {name: tensor.detach().clone().requires_grad_() for name, tensor in weights.items()}
    net = network(folder, own)
    optimizer = _optimizer(own)
    made_of = {of.name: len(of.learned()) for of in sets} | {"made": len(cloze)}
    done = _resume(out, own, optimizer, made_of)
    for step in range(done, steps):
        for each in optimizer.param_groups:
            each["lr"] = rate * _share_of_rate(step, steps=steps, decay=decay)
        torch.manual_seed(_SEED + step)
        drawn = [*_drawn(learned, step, _GROUPS - made), *_drawn(cloze, step, made)]
        rng = random.Random(f"{_SEED} {step}")
        groups = [rows for each in drawn if (rows := _rows(tokenizer, group(*each, rng)))]
        if groups:
            told, loss = _loss(groups, net, step + 1)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(own.values(), _NORM)
            optimizer.step()
            optimizer.zero_grad()
            tell(told)
        if (step + 1) % _CHECKPOINT == 0 or step + 1 == steps:
            _keep(out, own, optimizer, step + 1, made_of)
    trained = {name: tensor.detach() for name, tensor in own.items()}
    save(trained, out / WEIGHTS)
    return trained


def judge(sets: Sequence[MarkedSet], ask: Ask, *, limit: int | None = None) -> tuple[HeldOut, ...]:
    """How `ask` does on what `sets` hold out, at most `limit` questions of each; sets without a line hold out none."""
    judged = (_judged(of, ask, limit) for of in sets)
    return tuple(held for held in judged if held)


def _judged(of: MarkedSet, ask: Ask, limit: int | None) -> HeldOut | None:
    asked = of.held_out()
    if limit is not None and limit < len(asked):
        asked = random.Random(_SEED).sample(asked, limit)
    exact, f1 = 0, 0.0
    right: list[float] = []
    wrong: list[float] = []
    for each in asked:
        examples = group(of, each, random.Random(f"{_SEED} {each.article} {each.text}"))
        if not examples or examples[0].answer is None:
            continue
        # One by one: some examples have another question.
        first, *others = [ask(example.question, [example.text])[0] for example in examples]
        wanted = _bare(examples[0].text[examples[0].answer.start : examples[0].answer.end])
        found = _bare(examples[0].text[slice(*first.answer)]) if first.answer else ""
        exact += found == wanted
        f1 += _f1(found, wanted)
        right.append(first.relevance)
        wrong += [other.relevance for other in others]
    if not right:
        return None
    return HeldOut(
        name=of.name,
        questions=len(right),
        exact=exact / len(right),
        f1=f1 / len(right),
        auroc=_auroc(right, wrong),
    )


def _bare(answer: str) -> str:
    return "".join(answer.split())


def _f1(found: str, wanted: str) -> float:
    shared = (Counter(found) & Counter(wanted)).total()
    return 2 * shared / (len(found) + len(wanted)) if shared else 0.0


def _auroc(right: Sequence[float], wrong: Sequence[float]) -> float | None:
    """How many of the pairs of a right and a wrong one are in order; equal ones count half."""
    ranked = sorted(wrong)
    below = sum(bisect_left(ranked, score) + bisect_right(ranked, score) for score in right) / 2
    return below / (len(right) * len(wrong)) if wrong else None


def _share_of_rate(step: int, *, steps: int, decay: int) -> float:
    left = max(_LEAST, (steps - step) / decay) if decay else 1.0
    return min(1.0, (step + 1) / _WARM_UP) * min(1.0, left)


def _optimizer(weights: Mapping[str, torch.Tensor]) -> torch.optim.Optimizer:
    import torch

    matrices = [tensor for tensor in weights.values() if tensor.dim() > 1]
    others = [tensor for tensor in weights.values() if tensor.dim() <= 1]
    return torch.optim.AdamW(
        [{"params": matrices, "weight_decay": _WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}],
        betas=_BETAS,
    )


def _drawn(asked: Sequence[_Asked], step: int, count: int) -> list[_Asked]:
    """The `count` of `asked` that a step takes. All come once before any comes again."""
    in_a_round = max(1, len(asked) // max(1, count))
    times, place = divmod(step, in_a_round)
    order = list(range(len(asked)))
    random.Random(f"{_SEED} {times}").shuffle(order)
    return [asked[each] for each in order[place * count : (place + 1) * count]]


def _rows(tokenizer: Tokenizer, examples: Sequence[Example]) -> list[_Row]:
    """`examples` in tokens; none where the answer of the first is not among those that are read."""
    rows = [row for example in examples if (row := _row(tokenizer, example))]
    return rows if rows and rows[0].answer else []


def _row(tokenizer: Tokenizer, example: Example) -> _Row | None:
    """`example` in tokens; None where its answer stands beyond those that are read."""
    encoded = encode(tokenizer, example.question, example.text)
    if example.answer is None:
        return _Row(encoded=encoded, answer=None)
    answer = _tokens(encoded.offsets, example.answer)
    return _Row(encoded=encoded, answer=answer) if answer else None


def _tokens(offsets: Sequence[tuple[int, int]], answer: Span) -> tuple[int, int] | None:
    first = next((place for place, (start, end) in enumerate(offsets) if start <= answer.start < end), None)
    last = next((place for place, (start, end) in enumerate(offsets) if start < answer.end <= end), None)
    return (first, last) if first is not None and last is not None and first <= last else None


def _loss(groups: Sequence[Sequence[_Row]], net: Network, number: int) -> tuple[Step, torch.Tensor]:
    """What is lost over `groups`, of each of which the first row answers."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

    rows = [row for each in groups for row in each]
    texts = [row.encoded.ids for row in rows]
    # Matrices of sizes that come again: for each new size code is made. Plain attention: the fused one is slower here.
    filler = -sum(map(len, texts)) % _TOKENS
    with (
        torch.autocast("cpu", torch.bfloat16, enabled=computes_in_bf16()),
        sdpa_kernel(SDPBackend.MATH),
    ):
        spans, scores = net([*texts, *([[0] * filler] if filler else [])], dropout=_DROPOUT, scripted=False)
    spans, scores = spans[: sum(map(len, texts))].float(), scores[: len(rows)].float()
    wanted = torch.tensor([float(row.answer is not None) for row in rows])
    relevance = binary_cross_entropy_with_logits(scores, wanted)
    of_each = torch.split(spans, [len(row.encoded.ids) for row in rows])
    places = []
    for row, span in zip(rows, of_each, strict=True):
        if row.answer:
            of_text = span[row.encoded.text_start : row.encoded.text_start + len(row.encoded.offsets)]
            places.append(cross_entropy(of_text.T, torch.tensor(row.answer)))
    orders = [
        -torch.log_softmax(of_group, 0)[0]
        for of_group in torch.split(scores, [len(each) for each in groups])
        if len(of_group) > 1
    ]
    answer = torch.stack(places).mean()
    order = torch.stack(orders).mean() if orders else torch.zeros(())
    step = Step(number=number, relevance=relevance.item(), answer=answer.item(), order=order.item())
    return step, relevance + answer + _ORDER * order


def _keep(out: Path, weights: Weights, optimizer: torch.optim.Optimizer, step: int, made_of: dict[str, int]) -> None:
    import torch

    state = {"weights": weights, "optimizer": optimizer.state_dict(), "step": step, "sets": made_of}
    new = out / (STATE + ".new")
    torch.save(state, new)
    os.replace(new, out / STATE)


def _resume(out: Path, weights: Weights, optimizer: torch.optim.Optimizer, made_of: dict[str, int]) -> int:
    """How many steps the checkpoint in `out` has behind it; `weights` and `optimizer` are set to what it holds."""
    import torch

    path = out / STATE
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            return 0
        state: dict[str, Any] = torch.load(path, weights_only=True)
        kept, step = state["weights"], int(state["step"])
        same = state["sets"] == made_of and {n: t.shape for n, t in kept.items()} == {
            n: t.shape for n, t in weights.items()
        }
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError, KeyError, TypeError, AttributeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise SettingsError(f"{path} cannot be read: {reason}. Remove it, or name another folder.") from None
    if not same:
        raise SettingsError(f"{path} is of a run with other sets or layers. Remove it, or name another folder.")
    optimizer.load_state_dict(state["optimizer"])
    with torch.no_grad():
        for name, tensor in weights.items():
            tensor.copy_(kept[name])
    return step
