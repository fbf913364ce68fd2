"""The reader that ships: it finds the words that answer, in either script, and tells what does not answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.e5 import model_folder
from rag.e5_model import load_tokenizer
from rag.errors import ModelUnavailable
from rag.reader.encoding import encode
from rag.reader.loading import NONE, load_reader
from rag.reader.network import STORE, load, network, reading_network, save
from rag.reader.reading import Reader
from rag.settings import load_settings

FOUNDED = "東湖公園於1998年5月1日開放，占地12公頃。"
FISHING = "公园内禁止垂钓，违者罚款50元。"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(model_folder(load_settings().cache))


def test_the_words_that_answer_are_found_in_the_text_as_it_is_written(reader: Reader) -> None:
    (read,) = reader.read("东湖公园什么时候开放的？", [FOUNDED])
    assert read.answer is not None
    assert "1998年5月1日" in FOUNDED[slice(*read.answer)]
    assert 0 < read.sureness <= 1
    assert max(read.begins, key=lambda place: read.begins[place]) == read.answer[0]


def test_a_text_that_answers_is_more_relevant_than_one_that_does_not(reader: Reader) -> None:
    opening, fishing = reader.read("东湖公园什么时候开放的？", [FOUNDED, FISHING])
    assert opening.relevance > fishing.relevance + 2
    opening, fishing = reader.read("在公园钓鱼罚款多少钱？", [FOUNDED, FISHING])
    assert fishing.relevance > opening.relevance + 2


def test_a_text_is_read_alike_alone_and_in_company(reader: Reader) -> None:
    (alone,) = reader.read("东湖公园占地多少？", [FOUNDED])
    beside = reader.read("东湖公园占地多少？", [FISHING * 9, FOUNDED])[1]
    assert beside.relevance == pytest.approx(alone.relevance, abs=0.5)
    assert beside.answer == alone.answer


def test_the_same_texts_are_read_the_same_every_time(reader: Reader) -> None:
    texts = [FOUNDED, FISHING]
    assert reader.read("东湖公园占地多少？", texts) == reader.read("东湖公园占地多少？", texts)


def test_eight_bits_find_what_the_whole_numbers_find() -> None:
    folder = model_folder(load_settings().cache)
    tokenizer = load_tokenizer(folder)
    rows = [encode(tokenizer, "东湖公园什么时候开放的?", text).ids for text in (FOUNDED, FISHING)]
    spans, relevance = reading_network(folder, STORE)(rows)
    whole_spans, whole_relevance = network(folder, load(STORE))(rows)
    assert (relevance - whole_relevance).abs().max() < 0.5
    own, whole = spans[: len(rows[0])], whole_spans[: len(rows[0])]
    assert (own - whole).abs().max() < 2
    # The day may end before or after `开放`, about as likely: what the one finds is near the best of the other.
    assert (own.gather(0, whole.argmax(0)[None]) > own.amax(0) - 1).all()


@pytest.mark.parametrize("text", ["", " ", "\n", "🙂", "。", "A" * 3000, "公园" * 2000, "ﷺ½㍿"])
def test_no_text_is_too_odd_to_be_read(reader: Reader, text: str) -> None:
    (read,) = reader.read("东湖公园什么时候开放的？" * 40, [text])
    assert read.answer is None or 0 <= read.answer[0] < read.answer[1] <= len(text)


def test_nothing_to_read_is_nothing_found(reader: Reader) -> None:
    assert reader.read("谁？", []) == []


def test_the_weights_that_ship_are_small() -> None:
    assert STORE.stat().st_size <= 25_000_000


def test_weights_come_back_as_they_were_stored(tmp_path: Path) -> None:
    weights = load(STORE)
    save(weights, tmp_path / "again.safetensors")
    again = load(tmp_path / "again.safetensors")
    assert again.keys() == weights.keys()
    assert all((again[name] - tensor).abs().max() < 1e-3 for name, tensor in weights.items())


def test_weights_that_are_damaged_are_told_in_one_line(tmp_path: Path) -> None:
    damaged = tmp_path / "reader.safetensors"
    damaged.write_bytes(STORE.read_bytes()[:1000])
    with pytest.raises(ModelUnavailable, match=r"cannot be read.*WENJU_RERANKER=none") as caught:
        Reader(model_folder(load_settings().cache), damaged)
    assert "\n" not in str(caught.value)


def test_none_reads_nothing_and_an_unknown_name_is_told_in_one_line(tmp_path: Path) -> None:
    assert load_reader(NONE, cache=tmp_path) is None
    with pytest.raises(ModelUnavailable, match=r"The reranker .*no-model cannot be loaded.*WENJU_RERANKER") as caught:
        load_reader(str(tmp_path / "no-model"), cache=tmp_path)
    assert "\n" not in str(caught.value)


def test_another_cross_encoder_takes_its_place(tmp_path: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification

    tokenizer = model_folder(load_settings().cache)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((tokenizer / name).read_bytes())
    shape = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    tiny = BertForSequenceClassification(BertConfig(vocab_size=250_037, num_labels=1, **shape))
    tiny.save_pretrained(tmp_path)
    other = load_reader(str(tmp_path), cache=tmp_path)
    assert other is not None
    assert other.name == str(tmp_path)
    read = other.read("东湖公园什么时候开放的？", [FOUNDED, FISHING])
    assert len({each.relevance for each in read}) == 2
    assert all(each.answer is None for each in read)
    assert other.read("谁？", []) == []
