"""Sentences, windows and passages: whole, within their size, covering the text, at exact offsets."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.passages import count_tokens, sentences, split, windows
from corpus.records import Article
from tests.corpus.texts import CLEAN, SIMPLIFIED, TRADITIONAL


def article(text: str) -> Article:
    return Article(id="a", title=None, text=text, source=None, author=None, published=None, url=None, script="hans")


def said(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("今天晴。明天雨！后天呢？", ["今天晴。", "明天雨！", "后天呢？"]),
        ("产值28.37亿元,增长5.2%。完成了。", ["产值28.37亿元,增长5.2%。", "完成了。"]),
        ("“上游研发是动力泵。”徐建青说。下一句。", ["“上游研发是动力泵。”徐建青说。", "下一句。"]),
        ("「站住！」警察喊道。他跑了。", ["「站住！」警察喊道。", "他跑了。"]),
        ("真的？！是的……走吧。", ["真的？！", "是的……", "走吧。"]),
        ("标题没有句号\n正文有句号。", ["标题没有句号", "正文有句号。"]),
        ("It rained. It was 3.5 mm, e.g. little. Done.", ["It rained.", "It was 3.5 mm, e.g. little.", "Done."]),
        ("（完）", ["（完）"]),
        ("", []),
        (" \n \n", []),
    ],
)
def test_a_sentence_ends_with_its_mark_or_its_line(text: str, parts: list[str]):
    assert said(text) == parts


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN.keys())
def test_the_sentences_of_a_text_are_all_of_it_but_its_white_space(text: str):
    assert "".join("".join(said(text)).split()) == "".join(text.split())


def test_sentences_of_a_stretch_stay_within_it():
    start, end = SIMPLIFIED.index("记者从"), SIMPLIFIED.index("“以前")
    found = sentences(SIMPLIFIED, start, end)
    assert [SIMPLIFIED[s.start : s.end][:3] for s in found] == ["记者从"]
    assert found[-1].end <= end


def test_passages_are_whole_sentences_within_their_size_and_share_the_last_one():
    passages = split(article(SIMPLIFIED), max_tokens=120, overlap_sentences=1)
    assert len(passages) > 2
    ends = {span.end for span in sentences(SIMPLIFIED)}
    starts = {span.start for span in sentences(SIMPLIFIED)}
    for passage in passages:
        assert passage.text == SIMPLIFIED[passage.start : passage.end]
        assert passage.start in starts
        assert passage.end in ends
        assert count_tokens(passage.text) <= 120
    assert all(after.start < before.end for before, after in itertools.pairwise(passages))


def test_without_overlap_no_sentence_is_in_two_passages():
    passages = split(article(TRADITIONAL), max_tokens=120, overlap_sentences=0)
    assert all(before.end <= after.start for before, after in itertools.pairwise(passages))


def test_a_passage_is_named_by_its_place_and_its_words():
    first, *_ = split(article("一句。另一句。"), max_tokens=100, overlap_sentences=0)
    again, *_ = split(article("一句。另一句。"), max_tokens=100, overlap_sentences=0)
    other, *_ = split(article("一句。另外一句。"), max_tokens=100, overlap_sentences=0)
    assert first.id == again.id != other.id
    assert first.id.startswith("a#0-")


@pytest.mark.parametrize("text", ["中" * 3000, "a" * 20_000, "中，" * 2000, "x " * 5000, "🏳️‍🌈" * 500])
def test_a_sentence_without_end_is_cut_to_size(text: str):
    passages = split(article(text), max_tokens=100, overlap_sentences=1)
    assert max(count_tokens(passage.text) for passage in passages) <= 100
    assert "".join(dict.fromkeys(text)) == "".join(dict.fromkeys("".join(p.text for p in passages)))


def test_a_very_long_line_is_cut_in_linear_time():
    passages = split(article("中" * 200_000), max_tokens=300, overlap_sentences=1)
    assert sum(len(passage.text) for passage in passages) >= 200_000


def test_the_words_of_the_tokenizer_are_plain_text():
    assert count_tokens("<|endoftext|>") > 1
    assert (
        split(article("他写道：<|endoftext|>。"), max_tokens=50, overlap_sentences=0)[0].text
        == "他写道：<|endoftext|>。"
    )


def test_windows_cover_the_passage_and_keep_to_their_size():
    passage, *_ = split(article(SIMPLIFIED), max_tokens=400, overlap_sentences=0)
    found = windows(passage, max_chars=60)
    assert all(SIMPLIFIED[one.start : one.end].strip() for one in found)
    assert "".join("".join(SIMPLIFIED[one.start : one.end] for one in found).split()) == "".join(passage.text.split())
    assert all(before.end <= after.start for before, after in itertools.pairwise(found))


@settings(max_examples=60)
@given(st.text(alphabet="中文，。！”“；\n a.B1🙂\ud800", max_size=400), st.integers(8, 60), st.integers(0, 3))
def test_passages_of_any_text_cover_every_sentence_at_exact_offsets(text: str, most: int, overlap: int):
    passages = split(article(text), max_tokens=most, overlap_sentences=overlap)
    assert all(passage.text == text[passage.start : passage.end] for passage in passages)
    covered = {place for passage in passages for place in range(passage.start, passage.end)}
    wanted = {place for span in sentences(text) for place in range(span.start, span.end)}
    assert {place for place in wanted if not text[place].isspace()} <= covered
