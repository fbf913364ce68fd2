from collections.abc import Sequence
from dataclasses import replace

import pytest

from corpus.passages import split
from rag.binding import Binding
from rag.model_text import Written
from rag.reader.reading import Read
from rag.records import Hit, Language
from tests.rag.lexical_retriever import article

RULES = article("rules", "读书节不得携带宠物入场。第五届读书节停办一天,共有1200人参加。", title="读书节须知")
(PASSAGE,) = split(RULES, max_tokens=200, overlap_sentences=0)
HIT = Hit(passage=PASSAGE, article=RULES, score=0.9, similarity=0.9, share=0.5)


def bound(text: str, language: Language = "zh-Hans") -> Binding:
    binding = Binding((HIT,), language, instructions="")
    binding.add_all([Written(text=text, before="")])
    return binding


@pytest.mark.parametrize("text", ["他已被捕。[1]", "没有参加者。[1]", "可以携带。[1]", "全部取消了。[1]"])
def test_a_sentence_of_few_words_that_the_passage_has_not_is_left_out(text: str) -> None:
    binding = bound(text)
    assert (binding.text, binding.removed) == ("", 1)


def test_a_sentence_of_which_the_reader_finds_another_fact_is_left_out() -> None:
    def ask(question: str, texts: Sequence[str]) -> list[Read]:
        found = [text.find("1200人") for text in texts]
        return [
            Read(relevance=3.0, answer=(at, at + 5), sureness=0.9) if at >= 0 else Read(relevance=-5.0) for at in found
        ]

    binding = Binding((HIT,), "zh-Hans", instructions="", ask=ask)
    binding.add_all([Written(text="共有1200人参加。[1]", before="")])
    assert binding.text == "共有1200人参加。[1]"
    more = article("more", RULES.text + "工作人员300人。")
    (passage,) = split(more, max_tokens=200, overlap_sentences=0)
    binding = Binding((replace(HIT, article=more, passage=passage),), "zh-Hans", instructions="", ask=ask)
    binding.add_all([Written(text="读书节参加者为300人。[1]", before="")])
    assert (binding.text, binding.removed) == ("", 1)


@pytest.mark.parametrize("text", ["停办一天。[1]", "共有1200人参加。[1]"])
def test_a_short_sentence_that_the_passage_has_is_kept(text: str) -> None:
    assert bound(text).text == text


def test_english_over_chinese_without_a_number_or_a_name_counts_as_unchecked() -> None:
    binding = bound("The festival was praised around the world. [1]", "en")
    assert binding.unchecked == 1
    assert bound("It drew 1,200 visitors. [1]", "en").unchecked == 0


@pytest.mark.parametrize(
    "text",
    [
        "标题：读书节须知；来源：市报；日期：2024-04-28[1]",
        "[1] 標題：讀書節須知；來源：市報；日期：2024-04-28",
        "[1] Title: 读书节须知; source: 市报; date: 2024-04-28",
    ],
)
def test_the_line_over_a_passage_of_the_prompt_is_no_answer(text: str) -> None:
    """Small models copy it; true as it is, it answers nothing."""
    assert bound(text).text == ""
