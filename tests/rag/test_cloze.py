"""Questions made of an article's own sentences, to train the reader with."""

from __future__ import annotations

import random

import pytest

from rag.reader.cloze import clozes

TIMES = 60


def made(text: str) -> set[tuple[str, str]]:
    """What is asked of `text` and answers it, over many draws."""
    return {
        (each.question, text[each.answer.start : each.answer.end])
        for seed in range(TIMES)
        for each in clozes(text, random.Random(seed))
    }


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("滨江公园于2019年正式建成开放。", "滨江公园于哪一年正式建成开放？", "2019年"),
        ("税务大厅一共设有25个办事窗口。", "税务大厅一共设有多少个办事窗口？", "25个"),
        ("全市的小学由于连日暴雨，今天全部停课。", "全市的小学为什么今天全部停课？", "连日暴雨"),
        ("补贴的对象包括学生、老人和残疾人。", "补贴的对象包括哪些？", "学生、老人和残疾人"),
        ("新的图书馆位于滨江路东段，周一闭馆。", "新的图书馆位于哪里，周一闭馆？", "滨江路东段"),
        ("一九八五年发表的论文出自卡尔·马丁森的手笔。", "一九八五年发表的论文出自谁的手笔？", "卡尔·马丁森"),
        ("这笔钱主要用于修建沿江步道和照明。", "这笔钱主要用于做什么？", "修建沿江步道和照明"),
        ("本次书展共展出第三届获奖的全部图书。", "本次书展共展出第几届获奖的全部图书？", "第三届"),
    ],
)
def test_what_a_sentence_tells_is_asked_for(sentence: str, question: str, answer: str) -> None:
    assert (question, answer) in made(sentence)


def test_the_answer_is_not_in_the_question_and_stands_where_it_is_said_to() -> None:
    text = "第一小学于2003年建成，全校有900名学生。游泳馆位于中山路，门票30元，由李明管理。"
    found = made(text)
    assert {answer for _, answer in found} >= {"2003年", "900名", "30元"}
    assert [(question, answer) for question, answer in found if answer in question] == []


def test_what_stands_twice_in_a_sentence_is_not_asked_for() -> None:
    assert not any(answer == "900名" for _, answer in made("全校有900名学生，去年也有900名学生。"))


def test_a_sentence_that_is_short_or_tells_nothing_asks_nothing() -> None:
    assert made("票价2元。") == set()
    assert made("大家都觉得这样很好看也很方便。") == set()


def test_numbers_and_latin_words_of_a_question_are_left_whole() -> None:
    found = made("G60科创走廊的9个城市在2018年12月签署了合作协议。")
    assert {answer for _, answer in found} >= {"9个", "2018年12月"}
    assert all("G60" in question for question, _ in found)
    assert all("2018" in question for question, answer in found if "2018" not in answer)


def test_the_same_chance_asks_the_same() -> None:
    text = "滨江公园于2019年建成，占地300亩。公园每天6时开放，入园不收10元门票。"
    assert [*clozes(text, random.Random(1))] == [*clozes(text, random.Random(1))]
