"""That the reader learns, and how it is judged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, pre_tokenizers, processors
from tokenizers.models import WordLevel

from corpus.passages import Span
from rag.e5_model import load_tokenizer
from rag.errors import SettingsError
from rag.packed_bert import layer_names
from rag.reader import train as training
from rag.reader.__main__ import main
from rag.reader.encoding import TEXT_TOKENS, Encoded, encode
from rag.reader.marked import MarkedSet, read_set
from rag.reader.network import load, mean_of, save, untrained
from rag.reader.reading import Read
from rag.reader.train import HeldOut, Step, judge, train
from tests.rag.marked_sets import ARTICLES, QUESTIONS, write_set


@pytest.fixture
def tiny(tmp_path: Path) -> MarkedSet:
    return read_set(write_set(tmp_path / "tiny"))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of one layer, 32 wide, whose pieces are characters."""
    path = tmp_path_factory.mktemp("model")
    characters = sorted({c for text in [*ARTICLES.values(), *(q[1] for q in QUESTIONS)] for c in text})
    pieces = {piece: place for place, piece in enumerate(["<s>", "<pad>", "</s>", "<unk>", *characters])}
    tokenizer = Tokenizer(WordLevel(pieces, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", behavior="isolated")
    tokenizer.add_special_tokens([AddedToken(piece, special=True) for piece in ("<s>", "</s>")])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(path / "tokenizer.json"))
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "layer_norm_eps": 1e-12}
    (path / "config.json").write_text(json.dumps(shape))
    draw = torch.Generator().manual_seed(0)
    sizes = {"word_embeddings.weight": (len(pieces), 32), "position_embeddings.weight": (512, 32)}
    sizes |= {"token_type_embeddings.weight": (2, 32)}
    tensors = {f"embeddings.{name}": torch.randn(size, generator=draw) for name, size in sizes.items()}
    tensors |= {"embeddings.LayerNorm.weight": torch.ones(32), "embeddings.LayerNorm.bias": torch.zeros(32)}
    for name in layer_names(0):
        wide = 64 if "intermediate" in name else 32
        if name.endswith("bias"):
            tensors[name] = torch.zeros(wide)
        elif "LayerNorm" in name:
            tensors[name] = torch.ones(wide)
        else:
            inner = 64 if name.endswith("0.output.dense.weight") else 32
            tensors[name] = torch.randn((wide, inner), generator=draw) * 0.2
    save_file(tensors, path / "model.safetensors")
    return path


@pytest.fixture
def weights(folder: Path) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return untrained(folder)


def test_the_tokens_of_a_text_know_its_characters(folder: Path) -> None:
    encoded = encode(load_tokenizer(folder), "票价是多少", "票价2元。")
    assert encoded.ids[0] == 0
    assert encoded.ids[6:8] == [2, 2]
    assert encoded.text_start == 8
    assert encoded.ids[-1] == 2
    assert encoded.offsets == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]


def test_of_a_long_text_the_first_200_tokens_are_read(folder: Path) -> None:
    encoded = encode(load_tokenizer(folder), "年" * 100, "元" * 300)
    assert (encoded.text_start, len(encoded.offsets), len(encoded.ids)) == (65, TEXT_TOKENS, 65 + TEXT_TOKENS + 1)


def test_an_answer_that_no_token_ends_with_is_no_target() -> None:
    offsets = [(0, 2), (2, 4)]
    assert training._tokens(offsets, Span(1, 4)) == (0, 1)
    assert training._tokens(offsets, Span(2, 9)) is None


def test_a_step_learns_from_questions_that_were_asked_and_from_some_that_were_made() -> None:
    drawn = [training._drawn(list(range(7)), step, 3) for step in range(4)]  # type: ignore[arg-type]
    assert all(len(each) == 3 for each in drawn)
    assert len({*drawn[0], *drawn[1]}) == len({*drawn[2], *drawn[3]}) == 6
    assert training._drawn([], 0, 2) == []


def test_training_never_sees_an_article_that_is_held_out(
    tiny: MarkedSet, folder: Path, weights: dict[str, torch.Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()

    def watched(tokenizer: Tokenizer, question: str, text: str) -> Encoded:
        seen.update((question, text))
        return encode(tokenizer, question, text)

    monkeypatch.setattr(training, "encode", watched)
    train([tiny], folder=folder, weights=weights, out=tmp_path / "out", steps=30, decay=0)
    assert any("票价2元" in text for text in seen)
    foreign = ("税务", "大厅", "博物馆", "展厅", "讲解")
    assert [text for text in seen if any(word in text for word in foreign)] == []


def test_the_loss_falls(tiny: MarkedSet, folder: Path, weights: dict[str, torch.Tensor], tmp_path: Path) -> None:
    told: list[Step] = []
    trained = train(
        [tiny], folder=folder, weights=weights, out=tmp_path, steps=120, decay=20, rate=0.01, tell=told.append
    )
    assert [step.number for step in told] == list(range(1, 121))
    before, after = (sum(step.loss for step in steps) / 10 for steps in (told[:10], told[-10:]))
    assert after < 0.7 * before
    stored = load(tmp_path / "reader.safetensors")
    assert stored.keys() == trained.keys() == weights.keys()
    assert all(torch.allclose(stored[name], trained[name], atol=0.02, rtol=0.01) for name in stored)


def test_the_mean_of_two_runs_lies_between_them(
    weights: dict[str, torch.Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = {name: tensor + 1 for name, tensor in weights.items()}
    for name, run in (("one", weights), ("two", moved)):
        save(run, tmp_path / name)
    arguments = ["reader", "mean", str(tmp_path / "one"), str(tmp_path / "two"), "--out", str(tmp_path / "mean")]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit, match="0"):
        main()
    mean = load(tmp_path / "mean" / "reader.safetensors")
    assert mean.keys() == weights.keys()
    assert all(torch.allclose(mean[name], weights[name] + 0.5, atol=0.03) for name in mean)


def test_the_mean_of_other_layers_is_refused(weights: dict[str, torch.Tensor]) -> None:
    with pytest.raises(SettingsError, match="other layers"):
        mean_of([weights, {name: tensor for name, tensor in weights.items() if "layer.0" not in name}])


def test_the_rate_rises_over_80_steps_and_falls_to_2_percent_over_the_last() -> None:
    shares = [training._share_of_rate(step, steps=1000, decay=200) for step in (0, 39, 79, 800, 900, 999)]
    assert shares == pytest.approx([1 / 80, 0.5, 1, 1, 0.5, 0.02])
    assert training._share_of_rate(999, steps=1000, decay=0) == 1


class Cut(Exception):
    """Somebody ended the run."""


def test_a_run_that_was_cut_short_ends_with_the_weights_of_one_that_was_not(
    tiny: MarkedSet,
    folder: Path,
    weights: dict[str, torch.Tensor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(training, "_CHECKPOINT", 4)

    def cut(step: Step) -> None:
        if step.number == 7:
            raise Cut

    def run(out: str, tell: Callable[[Step], None]) -> dict[str, torch.Tensor]:
        return train([tiny], folder=folder, weights=weights, out=tmp_path / out, steps=12, decay=6, tell=tell)

    whole = run("whole", lambda step: None)
    with pytest.raises(Cut):
        run("cut", cut)
    assert not (tmp_path / "cut" / "reader.safetensors").exists()
    told: list[Step] = []
    resumed = run("cut", told.append)
    assert told[0].number == 5
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)
    assert not all(torch.equal(whole[name], weights[name]) for name in whole)


def test_a_checkpoint_of_another_run_or_a_broken_one_is_one_clear_line(
    tiny: MarkedSet, folder: Path, weights: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    def run(of: MarkedSet) -> None:
        train([of], folder=folder, weights=weights, out=tmp_path / "out", steps=1, decay=0)

    run(tiny)
    with pytest.raises(SettingsError, match=r"state\.pt is of a run with other sets"):
        run(MarkedSet(name="tiny", articles=tiny.articles, questions=tiny.questions[:5]))
    (tmp_path / "out" / "state.pt").write_bytes(b"no checkpoint")
    with pytest.raises(SettingsError, match=r"state\.pt cannot be read: [^\n]+\. Remove it"):
        run(tiny)


def test_sets_that_hold_everything_out_teach_nothing(
    tiny: MarkedSet, folder: Path, weights: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    judges = MarkedSet(name="tiny", articles=tiny.articles, questions=tuple(tiny.held_out()))
    with pytest.raises(SettingsError, match="no article to learn from"):
        train([judges], folder=folder, weights=weights, out=tmp_path, steps=1, decay=0)


ANSWERS = {"税务大厅有多少个窗口?": "25个", "税务大厅是哪一年建成的?": "2011年"}
ANSWERS |= {"博物馆的馆长是谁?": "赵强", "博物馆的讲解费是多少?": "50元"}


def knowing(question: str, texts: Sequence[str]) -> list[Read]:
    """Finds the answers it knows, and is sure only where they are."""
    places = [text.find(ANSWERS[question]) if question in ANSWERS else -1 for text in texts]
    spans = [(place, place + len(ANSWERS[question])) if place >= 0 else None for place in places]
    return [Read(relevance=3.0 if span else -3.0, answer=span) for span in spans]


def test_a_reader_that_knows_every_answer_has_every_score(tiny: MarkedSet) -> None:
    assert judge([tiny], knowing) == (HeldOut(name="tiny", questions=4, exact=1.0, f1=1.0, auroc=1.0),)


def test_a_reader_that_takes_a_character_too_many_has_a_part_of_f1(tiny: MarkedSet) -> None:
    def wide(question: str, texts: Sequence[str]) -> list[Read]:
        found = knowing(question, texts)
        return [Read(relevance=0.0, answer=r.answer and (r.answer[0], r.answer[1] + 1)) for r in found]

    (held,) = judge([tiny], wide)
    assert held.exact == 0.0
    assert held.f1 == pytest.approx((6 / 7 + 10 / 11 + 4 / 5 + 6 / 7) / 4)  # of 3, 5, 2 and 3 characters
    assert held.auroc == 0.5


def test_no_more_are_judged_than_asked_for_and_a_set_that_holds_nothing_out_has_no_line(tiny: MarkedSet) -> None:
    assert [held.questions for held in judge([tiny], knowing, limit=2)] == [2]
    learned = MarkedSet(name="tiny", articles=tiny.articles, questions=tuple(tiny.learned()))
    assert judge([learned], knowing) == ()


def broken(path: Path, *, corpus: str | None = None, questions: str | None = None) -> Path:
    write_set(path)
    for name, text in (("corpus.jsonl", corpus), ("questions.jsonl", questions)):
        if text is not None:
            (path / name).write_text(text, encoding="utf-8")
    return path


def broken_sets(path: Path) -> Iterator[tuple[Path, str]]:
    yield path / "nowhere", "no questions.jsonl in it"
    (broken(path / "half") / "corpus.jsonl").unlink()
    yield path / "half", "no corpus.jsonl in it"
    yield broken(path / "json", questions='{"id": "a"\n'), "questions.jsonl, line 1: Invalid JSON"
    yield broken(path / "list", questions="\n[1]\n"), "questions.jsonl, line 2: "
    yield broken(path / "field", corpus='{"id": "a", "text": "b"}\n{"id": "c"}\n'), "line 2: text: Field required"
    yield broken(path / "facts", questions='{"id": "a", "question": "b", "facts": [1]}'), "line 1: facts.0: "
    yield broken(path / "none", questions=""), "no question whose answer stands word for word"


def test_a_broken_set_is_one_clear_line_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, said in broken_sets(tmp_path):
        monkeypatch.setattr("sys.argv", ["reader", "judge", str(path)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"reader: {path}")
        assert said in line


def test_the_command_trains_and_tells_what_the_reader_does_on_what_is_held_out(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("rag.e5.model_folder", lambda cache: folder)
    place, out, on = write_set(tmp_path / "tiny"), tmp_path / "out", tmp_path / "on"
    weights = str(out / "reader.safetensors")
    without_learning = ("--start", weights, "--steps", "1", "--decay", "0", "--rate", "0")
    for command in (
        ["train", str(place), "--out", str(out), "--steps", "25", "--decay", "5"],
        ["judge", str(place), "--weights", weights, "--limit", "9"],
        ["train", str(place), "--out", str(on), *without_learning],
    ):
        monkeypatch.setattr("sys.argv", ["reader", *command])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0
    told, *tables = capsys.readouterr().out.splitlines()
    assert told.startswith("step 25  ")
    assert tables[0].split() == ["set", "questions", "exact", "F1", "AUROC"]
    assert tables[1].startswith("tiny          4  ")
    assert tables[:2] == tables[2:4] == tables[4:]
