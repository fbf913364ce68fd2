"""The embedding model: the packaged one as it is used, and what happens where a model is missing or broken."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from rag.e5 import model_folder
from rag.e5_model import E5Model
from rag.errors import ModelUnavailable
from rag.late_interaction import alignment, likeness, signs_of, starts_of
from rag.models import Embedder, _loaded, load_embedder, packaged_vectors
from rag.packed_bert import computes_in_bf16
from rag.settings import load_settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

SIMPLIFIED = "长三角G60科创走廊九城市共同发起成立ESG发展联盟，引领制造业绿色化发展。"
TRADITIONAL = "馬祖列島位於臺灣海峽正北方，面臨閩江口，與中國大陸僅一水之隔。"


@cache
def reference() -> SentenceTransformer:
    """The default model as sentence-transformers has it."""
    return _loaded(str(model_folder(load_settings().cache)))


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder(cache=load_settings().cache)


def test_vectors_are_those_of_the_packaged_engine(embedder: Embedder) -> None:
    ours = embedder.embed_passages([SIMPLIFIED, TRADITIONAL])
    theirs = packaged_vectors([SIMPLIFIED, TRADITIONAL])
    assert (ours * theirs).sum(axis=1).min() > 0.999


def test_vectors_come_in_the_order_of_the_texts(embedder: Embedder) -> None:
    reported: list[int] = []
    together = embedder.embed_passages([TRADITIONAL, "短", SIMPLIFIED], reported.append)
    alone = np.stack([embedder.embed_passages([text])[0] for text in (TRADITIONAL, "短", SIMPLIFIED)])
    assert np.allclose(together, alone, atol=1e-4)
    assert sum(reported) == 3


def test_a_question_lies_nearer_to_its_passage_in_any_script(embedder: Embedder) -> None:
    passages = embedder.embed_passages([SIMPLIFIED, TRADITIONAL])
    alliance, islands = embedder.embed_queries(["ESG联盟是谁发起的？", "马祖列岛在哪里？"]) @ passages.T
    assert alliance[0] > alliance[1]
    assert islands[1] > islands[0]


def test_the_shift_brings_an_english_question_nearer_to_chinese_passages(embedder: Embedder) -> None:
    passage = embedder.embed_passages([SIMPLIFIED])[0]
    question = embedder.embed_query("Who founded the ESG alliance of the G60 corridor?")
    shifted = question + embedder.means.shift
    assert shifted @ passage / np.linalg.norm(shifted) > question @ passage + 0.01


@pytest.mark.parametrize("left", ["garbage", "", "half"])
def test_the_means_are_remembered_and_computed_again_where_that_is_lost(
    embedder: Embedder, tmp_path: Path, left: str
) -> None:
    first = Embedder(embedder._model, name="first", cache=tmp_path).means
    [remembered] = (tmp_path / "means").iterdir()
    second = Embedder(embedder._model, name="second", cache=tmp_path)
    second._read = lambda *_, **__: pytest.fail("computed again")  # type: ignore[method-assign]
    assert second.means.shift.tolist() == first.shift.tolist()
    assert second.means.told("en").tolist() == first.told("en").tolist()
    content = remembered.read_bytes()
    remembered.write_bytes(content[: len(content) // 2] if left == "half" else left.encode())
    assert np.allclose(Embedder(embedder._model, name="third", cache=tmp_path).means.shift, first.shift, atol=1e-5)


def test_words_of_one_language_are_more_alike_whatever_they_say(
    embedder: Embedder,
) -> None:
    means = embedder.means
    assert means.unrelated_to("en", "en") > means.unrelated_to("en", "zh") > 0
    assert means.unrelated_to("zh", "zh") > means.unrelated_to("zh", "en") > 0


def test_the_tokens_of_an_english_question_find_their_like_in_the_sentence_that_says_it(embedder: Embedder) -> None:
    sentences = ["大桥全长3200米。", "大桥于2019年10月通车。", "收费标准为每车15元。"]
    _, [rows] = embedder.embed_with_tokens(["".join(sentences)], ["zh"])
    ends = [sum(map(len, sentences[: place + 1])) for place in range(3)]
    starts = starts_of(rows)
    asked = ("How long is the bridge?", "What happened in October 2019?", "How much is the toll for a car?")
    for wanted, question in enumerate(asked):
        tokens = embedder.asked_tokens(embedder.read_question(question), "en")
        assert tokens is not None
        like = likeness(tokens, signs_of(rows))
        of_each = [
            alignment(tokens, like[:, (starts >= end - len(text)) & (starts < end)])
            for text, end in zip(sentences, ends, strict=True)
        ]
        assert int(np.argmax(of_each)) == wanted, (question, of_each)


def test_the_tokens_of_a_passage_do_not_hang_on_what_stands_beside_it(embedder: Embedder) -> None:
    alone = embedder.embed_with_tokens([SIMPLIFIED], ["zh"])[1][0]
    beside = embedder.embed_with_tokens([SIMPLIFIED, TRADITIONAL * 8], ["zh", "zh"])[1][0]
    assert len(alone) == len(beside)
    assert (np.unpackbits(alone) != np.unpackbits(beside)).mean() < (0.05 if computes_in_bf16() else 0.001)


def test_a_token_counts_the_more_the_rarer_it_is(embedder: Embedder) -> None:
    weights = embedder.means.weights
    common, rare = (weights[embedder.tokenizer.encode(word).ids[1]] for word in ("the", "defense"))
    assert rare > 3 * common


def test_a_question_longer_than_the_model_reads_has_the_tokens_that_it_reads(embedder: Embedder) -> None:
    tokens = embedder.asked_tokens(embedder.read_question("长" * 600), "zh")
    assert tokens is not None
    assert 400 < len(tokens.states) < 512


def test_a_model_without_a_fast_tokenizer_tells_no_tokens() -> None:
    embedder = Embedder(Plain(), name="plain")  # type: ignore[arg-type]
    assert not embedder.tells_tokens
    assert embedder.asked_tokens(embedder.read_question("多长？"), "zh") is None
    assert embedder.embed_query("多长？").shape == (4,)
    assert embedder.means.shift.shape == (4,)


def test_questions_get_the_vectors_that_the_model_gives_each_alone(embedder: Embedder) -> None:
    questions = [SIMPLIFIED, "短", "Who founded the ESG alliance of the G60 corridor?", "长" * 600, "", TRADITIONAL]
    together = embedder.embed_queries(questions)
    alone = np.stack([reference().encode_query(question, show_progress_bar=False) for question in questions])
    assert np.abs(together - alone).max() < (1e-2 if computes_in_bf16() else 1e-6)


def test_passages_get_the_vectors_and_states_that_sentence_transformers_gives(embedder: Embedder) -> None:
    passages = [SIMPLIFIED, "短", "长" * 600, TRADITIONAL, *(f"{n}：{SIMPLIFIED}" for n in range(9))]
    rows = reference().encode_document(passages, output_value=None, show_progress_bar=False)
    theirs = np.stack([row["sentence_embedding"].float().numpy() for row in rows])
    assert np.abs(embedder.embed_passages(passages) - theirs).max() < (1e-2 if computes_in_bf16() else 1e-6)
    assert isinstance(embedder._model, E5Model)
    _, states = embedder._model.read([embedder._tokens(each, query=False).all_ids for each in passages])
    for row, of_one in zip(rows, states, strict=True):
        wanted = row["token_embeddings"][row["attention_mask"].bool()].float().numpy()
        assert np.abs(of_one - wanted).max() < (1e-1 if computes_in_bf16() else 1e-3)


def test_an_index_that_sentence_transformers_made_holds_for_the_model_out_of_its_folder(embedder: Embedder) -> None:
    whole = Embedder(reference(), name="whole")
    assert isinstance(embedder._model, E5Model)
    assert embedder.fingerprint == whole.fingerprint
    assert embedder.dimension == whole.dimension
    assert embedder.words.shape == whole.words.shape
    assert embedder.tells_tokens
    assert whole.tells_tokens
    theirs, ours = whole.read_questions([TRADITIONAL])[0], embedder.read_questions([TRADITIONAL])[0]
    assert (theirs.ids, theirs.starts) == (ours.ids, ours.starts)
    assert np.abs(theirs.states - ours.states).max() < (1e-1 if computes_in_bf16() else 1e-2)


def test_half_a_surrogate_pair_does_not_stop_it(embedder: Embedder) -> None:
    assert embedder.embed_query("你好\ud83d").shape == (384,)


def test_the_same_question_is_embedded_once(embedder: Embedder) -> None:
    assert embedder.embed_query("再问一次？") is embedder.embed_query("再问一次？")


def test_it_loads_and_embeds_without_a_network_and_without_sentence_transformers() -> None:
    """In a process of its own, since libraries look around when they are first imported."""
    program = """
import socket, sys
def refuse(*arguments, **keywords):
    raise AssertionError(f"network: {arguments}")
socket.socket.connect = socket.getaddrinfo = refuse
from rag.models import load_embedder
from rag.settings import load_settings
embedder = load_embedder(cache=load_settings().cache)
print(embedder.embed_query("ESG是什么？").shape)
embedder.embed_with_tokens(["ESG是环境、社会和治理。"], ["zh"])
assert not {"sentence_transformers", "transformers"} & set(sys.modules), "its import takes seconds"
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "(384,)", done.stderr
    assert done.stderr == ""


def test_a_model_that_is_not_there_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *a: (_ for _ in ()).throw(OSError("no network")))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelUnavailable, match="WENJU_EMBEDDING_MODEL") as caught:
        load_embedder(str(tmp_path / "empty"), cache=tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_with_broken_weights_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 64)
    with pytest.raises(ModelUnavailable, match="cannot be loaded") as caught:
        load_embedder(str(tmp_path), cache=tmp_path)
    assert "\n" not in str(caught.value)


class Plain:
    """A model that gives vectors and nothing else."""

    prompts: ClassVar[dict[str, str]] = {}

    def encode_query(self, texts: list[str], **_: object) -> np.ndarray:
        return np.ones((len(texts), 4), dtype=np.float32)

    def state_dict(self) -> dict[str, object]:
        return {}


class NotANumber:
    """A model whose weights were damaged."""

    def encode_query(self, texts: list[str], **_: object) -> np.ndarray:
        return np.full((len(texts), 4), np.nan, dtype=np.float32)


def test_vectors_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ModelUnavailable, match="no numbers"):
        Embedder(NotANumber(), name="damaged")  # type: ignore[arg-type]
