"""What the reader learns from: texts that answer a question, and texts that do not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rag.reader.examples import Example, group
from rag.reader.marked import MarkedQuestion, MarkedSet, Share, read_set, share_of
from tests.rag.marked_sets import ARTICLES, HELD_OUT, QUESTIONS, question, write_lines, write_set


@pytest.fixture
def tiny(tmp_path: Path) -> MarkedSet:
    return read_set(write_set(tmp_path / "tiny"))


def asked(of: MarkedSet, text: str) -> MarkedQuestion:
    return next(each for each in of.questions if text in each.text)


def groups(of: MarkedSet, text: str, times: int = 60) -> list[list[Example]]:
    return [group(of, asked(of, text), random.Random(seed)) for seed in range(times)]


def negatives(of: MarkedSet, text: str) -> set[tuple[str, str]]:
    return {(each.question, each.text) for examples in groups(of, text) for each in examples[1:]}


def test_a_group_begins_with_a_text_that_answers_and_has_at_most_three_that_do_not(tiny: MarkedSet) -> None:
    found = groups(tiny, "几时发车")
    for first, *others in found:
        assert first.answer
        assert first.text[first.answer.start : first.answer.end] == "5时"
        assert first.text in tiny.articles["bus"]
        assert all(other.answer is None for other in others)
    assert max(len(examples) for examples in found) == 4


def test_a_text_that_is_no_answer_does_not_hold_the_answer(tiny: MarkedSet) -> None:
    """A question with another number is one that the same text does not answer."""
    for each in tiny.questions:
        for other, text in negatives(tiny, each.text):
            assert other != each.text or each.spellings[0] not in text


def test_what_does_not_answer_is_near_elsewhere_cut_out_or_another_number(tiny: MarkedSet) -> None:
    same = "12路公交车每天几时发车?"
    found = negatives(tiny, "几时发车")
    near = [tiny.articles[id] for id in asked(tiny, "几时发车").near]
    assert any(other == same and any(text in each for each in near) for other, text in found)
    assert any(other == same and text in tiny.articles["bus"] for other, text in found)
    assert (same, "票价2元。全线有18个站。老人免费乘车。") in found  # the sentence that answers is cut out
    assert any("路公交车每天几时发车" in other and other != same and "5时" in text for other, text in found)


def test_another_question_stands_by_a_text_that_does_not_answer_it(tmp_path: Path) -> None:
    """A view of 80 characters or more holds a short article whole, so that this one is longer."""
    long = "票价2元。" + "这里写着别的事情。" * 30 + "全线有18个站。"
    write_lines(tmp_path / "line" / "corpus.jsonl", [{"id": "bus", "text": long}])
    rows = [question("1", "票价是多少？", "2元", "bus"), question("2", "有多少站？", "18个", "bus")]
    write_lines(tmp_path / "line" / "questions.jsonl", rows)
    found = negatives(read_set(tmp_path / "line"), "票价")
    others = [text for other, text in found if other == "有多少站?"]
    assert others
    assert all("票价2元" in text and "18个" not in text for text in others)


def test_what_people_asked_in_vain_stands_first_among_what_does_not_answer(tmp_path: Path) -> None:
    """By the text that tempts, and beside questions of the same language alone."""
    vain = {"lang": "zh-Hant", "facts": [], "answerable": False}
    tempting = [{"article": "library", "quote": "館長是陳靜。"}]
    rows = [
        question("1", "圖書館的館長是誰？", "陳靜", "library"),
        question("2", "圖書館的副館長是誰？", "", "library", evidence=tempting, **vain),
        question("3", "圖書館幾點關門？", "", "library", evidence=[{"article": "bus", "quote": "圖書館"}], **vain),
        question("4", "Who was the director before?", "", "library", evidence=tempting, **vain | {"lang": "en"}),
    ]
    write_lines(write_set(tmp_path / "vain") / "questions.jsonl", rows)
    of = read_set(tmp_path / "vain")
    for _, second, *_ in groups(of, "馆长"):
        assert second.question == "图书馆的副馆长是谁?"
        assert "馆长是陈静。" in second.text
        assert second.answer is None


def test_of_a_sentence_the_clause_that_answers_may_be_cut_out(tmp_path: Path) -> None:
    """And with it one comma: none is left before the end of the sentence or after its beginning."""
    text = "滨江公园分为三个园区,于2019年建成,由园林局管理。" + "这里写着别的事情。" * 30
    write_lines(tmp_path / "park" / "corpus.jsonl", [{"id": "park", "text": text}])
    rows = [
        question("1", "公园分为几个园区？", "三个", "park"),
        question("2", "公园哪一年建成？", "2019年", "park"),
        question("3", "公园由谁管理？", "园林局", "park"),
    ]
    write_lines(tmp_path / "park" / "questions.jsonl", rows)
    park = read_set(tmp_path / "park")
    for words, left in (
        ("几个园区", "于2019年建成,由园林局管理。"),
        ("哪一年", "滨江公园分为三个园区,由园林局管理。"),
        ("由谁", "滨江公园分为三个园区,于2019年建成。"),
    ):
        assert any(words in other and text.startswith(left) for other, text in negatives(park, words))


def test_questions_are_made_of_the_articles_that_are_learned_from_alone(tiny: MarkedSet) -> None:
    made = tiny.made()
    assert {"park", "school", "library"} <= {each.article for each in made}
    assert HELD_OUT.isdisjoint({each.article for each in made} | {id for each in made for id in each.near})
    for each in made:
        answer = tiny.articles[each.article][each.answer.start : each.answer.end]
        assert each.spellings == (answer,)
        assert answer not in each.text
        assert not any(answer in tiny.articles[id] for id in each.near)


def test_near_articles_share_words_with_the_question_and_do_not_hold_its_answer(tiny: MarkedSet) -> None:
    assert asked(tiny, "游泳馆的馆长").near[0] == "library"  # and not the museum, which is held out
    assert HELD_OUT.isdisjoint(id for each in tiny.learned() for id in each.near)
    assert "7-1" in asked(tiny, "税务大厅是哪一年").near  # what judges may be near to anything


def test_texts_and_questions_are_learned_in_simplified_characters(tiny: MarkedSet) -> None:
    (first, *_), *_ = groups(tiny, "图书馆的馆长是谁")
    assert "馆长是陈静。" in first.text


def test_a_question_in_two_scripts_is_learned_once_and_an_english_one_has_the_neighbours_of_its_twin(
    tmp_path: Path,
) -> None:
    path = write_set(tmp_path / "tiny")
    twins = [question("library-1-s", "图书馆的馆长是谁？", "陈静", "library")]
    write_lines(path / "questions_simplified.jsonl", twins)
    english = question("library-1-en", "Who heads the library?", "陳靜", "library", lang="en")
    write_lines(path / "questions_en.jsonl", [english])
    found = read_set(path)
    assert len(found.questions) == len(QUESTIONS) + 1
    assert asked(found, "Who").near == asked(found, "图书馆的馆长").near != ()


def test_questions_without_an_answer_or_an_article_are_left_out(tmp_path: Path) -> None:
    path = write_set(tmp_path / "tiny")
    rows = [
        question("a", "地铁几时发车？", "4时", "bus"),
        question("b", "地铁票价是多少？", "2元", "metro"),
        question("c", "票价是多少？", "2元", "bus", answerable=False),
        {"id": "d", "question": "谁？"},
    ]
    write_lines(path / "questions_more.jsonl", rows)
    assert len(read_set(path).questions) == len(QUESTIONS)


def test_the_same_fifth_of_the_articles_is_held_out_each_time(tiny: MarkedSet) -> None:
    assert {id for id in ARTICLES if share_of("tiny", id) is not Share.TRAINING} == HELD_OUT
    assert {each.article for each in tiny.held_out()} == HELD_OUT
    assert {each.article for each in tiny.learned()} == set(ARTICLES) - HELD_OUT
    assert 75 < sum(share_of("cmrc", f"TRIAL_{id}") is Share.REPORT for id in range(1000)) < 125
