"""Folding makes the scripts, the widths and the cases one, and every folded character knows where it came from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.fold import fold, fold_with_offsets, simplify
from tests.corpus.texts import CLEAN, TRADITIONAL


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("第七屆中國國際進口博覽會", "第七届中国国际进口博览会"),
        ("ＡＢＣ１２３％", "abc123%"),
        ("長三角Ｇ６０", "长三角g60"),
        ("著名的乾隆", "着名的干隆"),
        ("㈱①", "(株)1"),
        ("Straße", "strasse"),
        ("", ""),
    ],
)
def test_texts_that_mean_the_same_fold_alike(text: str, folded: str):
    assert fold(text) == folded


def test_simplifying_keeps_the_case():
    assert simplify("長三角G60") == "长三角G60"


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN.keys())
def test_a_match_is_found_again_in_the_original(text: str):
    folded = fold_with_offsets(text)
    assert folded.text == fold(text)
    for start in range(0, len(folded.text) - 5, 7):
        begin, end = folded.span(start, start + 5)
        assert folded.text[start : start + 5] in fold(text[begin:end])


def test_the_span_of_a_match_is_the_words_in_their_own_script():
    folded = fold_with_offsets(TRADITIONAL)
    start = folded.text.index(fold("视障阅览室"))
    begin, end = folded.span(start, start + 5)
    assert TRADITIONAL[begin:end] == "視障閱覽室"


@given(st.text())
def test_offsets_rise_and_end_with_the_text(text: str):
    folded = fold_with_offsets(text)
    assert len(folded.offsets) == len(folded.text) + 1
    assert list(folded.offsets) == sorted(folded.offsets)
    assert folded.offsets[-1] == len(text)


@given(st.text())
def test_folding_twice_is_folding_once_for_what_people_type(text: str):
    once = fold(text.replace("\u0345", ""))
    assert fold(fold(once)) == fold(once)
