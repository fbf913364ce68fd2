"""A clean text keeps every character; damage of every kind is undone; nothing crashes and nothing takes long."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.cleaning import clean, clean_text
from eval.cleaning import score_articles, score_pairs, similarity, squeezed
from tests.corpus import damage
from tests.corpus.texts import CLEAN, SIMPLIFIED, TRADITIONAL

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "../shared/bench"
needs_bench = pytest.mark.skipif(not BENCH.exists(), reason="the data to measure with is not here")

READINGS = {
    "濱": "bīn", "圖": "tú", "書": "shū", "館": "guǎn", "開": "kāi", "讀": "dú", "萬": "wàn", "設": "shè", "兒": "ér",
    "閱": "yuè", "覽": "lǎn", "時": "shí", "從": "cóng", "點": "diǎn", "來": "lái", "長": "zhǎng", "維": "wéi",
    "費": "fèi", "辦": "bàn", "證": "zhèng", "數": "shù", "經": "jīng", "學": "xué", "網": "wǎng", "業": "yè",
}  # fmt: skip


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN.keys())
def test_a_clean_text_keeps_every_character(text: str):
    cleaned = clean(text)
    assert cleaned.text == text
    assert cleaned.repairs == ()


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN.keys())
def test_the_blank_lines_and_the_white_space_of_a_clean_text_are_its_own(text: str):
    loose = "\n" + text.replace("\n", "\n\n\n") + "  \n"
    assert clean_text(loose) == loose


def test_readings_go_wherever_the_converter_put_them():
    damaged = damage.with_readings(TRADITIONAL, READINGS)
    assert damaged.count("(tú)") == TRADITIONAL.count("圖")
    assert squeezed(clean_text(damaged)) == squeezed(TRADITIONAL)


def test_a_reading_inside_a_character_is_taken_out_and_the_character_put_together():
    article = "企業在近80個國家設有機構，為當地經濟發展增添了新動力。網友說，因為，網絡發達，數據才多。"
    damaged = damage.with_readings(article, READINGS | {"動": "dòng", "發": "fā", "當": "dāng", "為": "wèi"})
    assert "?" in damaged
    assert clean_text(damaged) == article


@pytest.mark.parametrize(
    "sentence",
    [
        "“產業一體化建設。”徐建青說，項目年底完成。",
        "“又是招商引資的紐帶。”金山區投促辦主任葛鈞表示，機制很好。",
        "“我們會盡力。”面對這一結果，隊員們並不氣餒。",
        "“今天的成績來之不易。”陳主任告訴記者。",
        "“質量是生命線。”廠長張國強說。",
    ],
)
def test_a_byte_lost_before_a_closing_quotation_mark_is_put_back(sentence: str):
    damaged = damage.with_lost_byte(sentence)
    assert damaged != sentence
    assert clean_text(damaged).replace("！", "!") == sentence


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL], ids=["simplified", "traditional"])
def test_strewn_commas_go_and_lone_ones_stay(text: str, seed: int):
    damaged = damage.with_strewn_commas(text, seed)
    assert squeezed(clean_text(damaged)) == squeezed(text)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL], ids=["simplified", "traditional"])
def test_entities_are_the_characters_that_they_mean(text: str, seed: int):
    assert clean_text(damage.with_entities(text, seed)) == text


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL], ids=["simplified", "traditional"])
def test_invisible_and_control_characters_go(text: str, seed: int):
    assert clean_text(damage.with_invisible(text, seed)) == text


@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL], ids=["simplified", "traditional"])
def test_utf8_read_as_latin1_is_read_again(text: str):
    assert clean_text(damage.as_latin1(text)) == text
    assert similarity(clean_text(damage.as_latin1(text, dropped=True)), text) > 0.96


@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL], ids=["simplified", "traditional"])
def test_utf8_read_as_gbk_is_read_again(text: str):
    # Every third character or so of such a page has lost a byte; a number that may have lost a digit is marked.
    cleaned = clean_text(damage.as_gbk(text))
    assert similarity(cleaned, text) > 0.85
    assert (
        not set(re.findall(r"\d+(?:\.\d+)?(?=[万分辆条%])", cleaned))
        - set(re.findall(r"\d+(?:\.\d+)?", text))
        - {number for number in re.findall(r"□\.?(\d*\.?\d*)", cleaned)}
    )


def test_utf8_read_as_gbk_in_one_sentence_of_a_text_is_found():
    broken = "“以前靠电话喊，现在看一块屏就行。”"
    text = SIMPLIFIED.replace(broken, damage.as_gbk(broken))
    assert similarity(clean_text(text), SIMPLIFIED) > 0.985


@pytest.mark.parametrize("width", [24, 30, 37])
@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL], ids=["simplified", "traditional"])
def test_lines_cut_inside_sentences_are_joined(text: str, width: int):
    cut = damage.wrapped(text, width)
    whole = [line for line in clean_text(cut).split("\n") if line]
    paragraphs = [line for line in text.split("\n") if line]
    assert "".join(whole) == "".join(paragraphs)
    assert len(whole) <= len(paragraphs) + 2  # a line that is cut where a sentence ends looks like a paragraph


def test_every_repair_and_removal_is_reported_with_one_example():
    page = "首页 > 新闻 > 正文\n" + SIMPLIFIED.replace("。", ",。") + "\n[责任编辑：孙立]\n"
    repairs = {repair.kind: repair for repair in clean(page).repairs}
    assert repairs["strewn-comma"].count == SIMPLIFIED.count("。")
    assert repairs["breadcrumb"].example == "首页 > 新闻 > 正文"
    assert repairs["editor"].count == 1
    assert all(repair.count >= 1 and 0 < len(repair.example) <= 80 for repair in repairs.values())


def test_what_is_lost_for_good_leaves_a_mark():
    assert clean_text("各地要全锟斤拷锟斤拷开试点，确保完成。") == "各地要全□开试点，确保完成。"
    assert clean_text("各地要全\ufffd\ufffd开试点，确保完成。") == "各地要全□开试点，确保完成。"


def test_the_title_stands_in_front_with_paragraphs_below_it():
    page = "返回首页\n  " + SIMPLIFIED.replace("\n\n", "\n  ") + "\n分享到：微信 微博\n"
    cleaned = clean(page)
    assert cleaned.text == SIMPLIFIED
    assert cleaned.title == "滨江新区启用智慧公交调度中心"


def test_a_text_that_opens_with_a_paragraph_has_no_title():
    assert clean("\n".join(SIMPLIFIED.split("\n\n")[1:])).title is None


@settings(max_examples=150)
@given(st.text())
def test_any_text_is_cleaned_once_and_for_all(text: str):
    once = clean_text(text)
    assert clean_text(once) == once


PIECES = (
    "的", "中", "國", "進(jìn)", "!毙旖ㄇ嗾f", "?shù)亟", ",,", ",。", "&amp;#20013;", "锟斤拷", "浣犲ソ",
    "ä¸­", "\u200b",
    "\n", "\n\n", "　　", "首页", " | ", "相关新闻", "• 标题", "来源：新华社", "2024-01-02 10:00", "（记者 王明）",
    "。", "”", "责任编辑：李四", "上一篇：", "凡本网注明来源的作品，版权均属本网，未经授权不得转载。",
    "这是一段足够长的正文，里面有逗号也有句号，读起来像新闻。",
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_heap_of_debris_is_cleaned_once_and_for_all(text: str):
    once = clean_text(text)
    assert clean_text(once) == once


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_bytes_read_in_any_way_are_cleaned_once_and_for_all(data: bytes):
    for encoding in ("gbk", "latin-1", "utf-8", "utf-16-le"):
        once = clean_text(data.decode(encoding, "replace"))
        assert clean_text(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "中" * 400_000,
        " " * 400_000,
        "a" * 400_000,
        "," * 400_000,
        "锟斤拷" * 130_000,
        "&amp;" * 80_000,
        "(jìn)" * 80_000,
        "進(jìn)" * 80_000,
        "!毙旖ㄇ嗾f" * 50_000,
        "?shù)亟" * 60_000,
        "鍧氭寔" * 130_000,
        "ä¸­" * 130_000,
        "首页 | " * 60_000,
        "首页\n" * 100_000,
        "2024-01-02\n" * 40_000,
        "[[[[((((" * 50_000,
        "标题\n" + SIMPLIFIED * 1000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_hostile_and_long_texts_take_seconds(text: str):
    begin = time.process_time()
    clean_text(text)
    assert time.process_time() - begin < 10


@needs_bench
def test_damaged_pages_come_out_almost_as_they_were():
    scores = score_pairs(BENCH / "cleaning/pairs_dev.jsonl")
    assert sum(score.similarity for score in scores) / len(scores) >= 0.998
    assert all(score.exact for score in scores if score.profile == "clean")
    assert all(score.stable for score in scores)


@needs_bench
def test_the_clean_sides_of_the_pairs_stay_as_they_are():
    pairs = (BENCH / "cleaning/pairs_dev.jsonl").read_text("utf-8").splitlines()
    changed = [pair["id"] for pair in map(json.loads, pairs) if clean_text(pair["clean"]) != pair["clean"]]
    assert changed == []


@needs_bench
def test_the_articles_that_ship_come_out_as_a_person_made_them():
    for score in score_articles(BENCH / "seeds", ROOT / "corpus/articles"):
        assert (score.similarity, score.missing, score.left, score.wrong) == (1.0, (), (), ())
