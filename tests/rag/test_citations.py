import re
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.passages import split
from rag.binding import Binding
from rag.citations import best_quote, cite, marks
from rag.model_text import Sentences
from rag.records import Hit, Language
from tests.rag.lexical_retriever import article

PARK = article(
    "park",
    "东湖公园新增绿地12公顷，投资3亿元。公园自5月1日起免费开放。园长李明说，游客不得携带宠物入园。",
    title="东湖公园扩建",
    source="市报",
    published=date(2024, 4, 28),
)
BRIDGE = article("bridge", "跨江大橋全長2.6公里，2023年10月通車。大橋設有36個監測點。", title="大橋通車", script="hant")


def hit(of: object) -> Hit:
    (passage,) = split(of, max_tokens=400, overlap_sentences=1)  # type: ignore[arg-type]
    return Hit(passage=passage, article=of, score=1, similarity=0.9, share=1)  # type: ignore[arg-type]


HITS = (hit(PARK), hit(BRIDGE))


def bound(text: str, language: Language = "zh-Hans") -> Binding:
    binding = Binding(HITS, language, instructions="只根据给出的段落回答问题，不使用段落以外的知识。")
    sentences = Sentences()
    binding.add_all(sentences.feed(text) + sentences.rest())
    return binding


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("投资3亿元[1]。", (1,)),
        ("投资3亿元。[1][1]", (1,)),
        ("投资3亿元【1】。", (1,)),
        ("投资3亿元［１］。", (1,)),
        ("投资3亿元[1,2]。", (1, 2)),
        ("投资3亿元[1，2]。", (1, 2)),
        ("投资3亿元[1-3]。", (1, 2, 3)),
        ("投资3亿元(1)。", (1,)),
        ("投资3亿元（2）。", (2,)),
        ("投资3亿元^1。", (1,)),
        ("投资3亿元²。", (2,)),
        ("投资3亿元[^1]。", (1,)),
        ("投资3亿元[来源 1]。", (1,)),
        ("投资3亿元[passage 2]。", (2,)),
        ("投资3亿元【1†source】。", (1,)),
        ("投资3亿元[1](http://evil.example/x)。", (1,)),
        ("投资3亿元[7]。", ()),
        ("投资3亿元[0][99]。", ()),
        ("投资3亿元[n]。", ()),
    ],
)
def test_numbers_are_read_however_the_model_writes_them(sentence: str, numbers: tuple[int, ...]) -> None:
    assert marks(sentence, most=3) == ("投资3亿元。", numbers)


def test_numbers_that_belong_to_the_words_stay() -> None:
    assert marks("(1)投资3亿元", most=3) == ("(1)投资3亿元", ())
    assert marks("国发[2024]5号文件。", most=3) == ("国发[2024]5号文件。", ())
    assert marks("共36个（28）。", most=3) == ("共36个（28）。", ())


@pytest.mark.parametrize("sentence", ["占地面积约1200m²。", "面积12 km²，", "约有10^4人。"])
def test_a_raised_number_that_counts_cites_nothing(sentence: str) -> None:
    assert marks(sentence, most=5) == (sentence, ())


def test_a_citation_quotes_the_article_to_the_character() -> None:
    citation = cite(HITS[0], 8, 20, 3)
    assert citation.quote == PARK.text[8:20]
    assert (citation.number, citation.article_id, citation.source, citation.inferred) == (3, "park", "市报", False)


def test_the_quote_is_the_sentence_that_holds_the_claim() -> None:
    span = best_quote("公園5月1日起免費開放", HITS[0])
    assert PARK.text[span.start : span.end] == "公园自5月1日起免费开放。"


def test_the_quote_grows_over_the_sentences_that_the_claim_needs() -> None:
    span = best_quote("东湖公园投资3亿元新增绿地，自5月1日起免费开放。", HITS[0])
    assert PARK.text[span.start : span.end] == "东湖公园新增绿地12公顷，投资3亿元。公园自5月1日起免费开放。"


def test_numbers_follow_the_order_of_first_use() -> None:
    answer = bound("大桥2023年10月通车[2]。公园5月1日起免费开放[1]。大桥全长2.6公里[2]。")
    assert answer.text == "大桥2023年10月通车。[1]公园5月1日起免费开放。[2]大桥全长2.6公里。[1]"
    assert [(c.number, c.article_id) for c in answer.citations] == [(1, "bridge"), (2, "park")]


def test_a_number_that_was_not_given_is_dropped_and_the_passage_found_by_its_words() -> None:
    answer = bound("东湖公园新增绿地12公顷[9]。")
    assert answer.text == "东湖公园新增绿地12公顷。[1]"
    assert [(c.article_id, c.inferred) for c in answer.citations] == [("park", True)]


def test_a_wrong_number_is_replaced_by_the_passage_that_holds_the_sentence() -> None:
    answer = bound("大桥设有36个监测点[1]。")
    assert [(c.article_id, c.inferred) for c in answer.citations] == [("bridge", True)]


def test_a_sentence_that_no_passage_holds_is_removed() -> None:
    answer = bound("东湖公园新增绿地21公顷[1]。公园自5月1日起免费开放[1]。")
    assert answer.text == "公园自5月1日起免费开放。[1]"
    assert answer.removed == 1


def test_two_passages_together_may_hold_a_sentence() -> None:
    answer = bound("东湖公园投资3亿元，跨江大桥全长2.6公里[1][2]。")
    assert [c.article_id for c in answer.citations] == ["park", "bridge"]


def test_a_passage_that_adds_nothing_is_not_cited() -> None:
    assert [c.article_id for c in bound("公园自5月1日起免费开放[1][2]。").citations] == ["park"]


def test_the_title_the_source_and_the_date_are_evidence_too() -> None:
    assert bound("据市报2024年4月28日报道，东湖公园新增绿地12公顷[1]。").removed == 0


def test_an_answer_is_shown_in_the_script_of_the_question_and_quoted_in_that_of_the_article() -> None:
    answer = bound("大桥设有36个监测点[2]。", "zh-Hant")
    assert answer.text == "大橋設有36個監測點。[1]"
    assert answer.citations[0].quote == "大橋設有36個監測點。"


def test_english_keeps_a_space_before_its_numbers() -> None:
    answer = bound("The bridge is 2.6 km long [2]. It opened in October 2023 [2].", "en")
    assert answer.text == "The bridge is 2.6 km long. [1] It opened in October 2023. [1]"


def test_english_without_anything_to_look_up_needs_the_models_own_number() -> None:
    assert bound("Visitors may not bring pets.", "en").text == ""
    assert bound("Visitors may not bring pets [1].", "en").text == "Visitors may not bring pets. [1]"


def test_a_list_keeps_its_lines() -> None:
    answer = bound("公园的情况如下：\n1. 新增绿地12公顷[1]\n2. 5月1日起免费开放[1]\n")
    assert answer.text.splitlines()[-2:] == ["1. 新增绿地12公顷[1]", "2. 5月1日起免费开放[1]"]
    assert answer.removed == 0


def test_a_list_of_sources_is_left_out() -> None:
    answer = bound("公园自5月1日起免费开放[1]。\n\n参考资料：\n[1] 东湖公园扩建\n")
    assert answer.text == "公园自5月1日起免费开放。[1]"
    assert answer.removed == 0


def test_what_was_said_is_not_said_again() -> None:
    assert bound("公园自5月1日起免费开放[1]。" * 3).text == "公园自5月1日起免费开放。[1]"


@pytest.mark.parametrize(
    "written",
    [
        "公园自5月1日起免费开放，详见 http://evil.example/a?b=c 。[1]",
        "公园自5月1日起免费开放 ![图](http://evil.example/x.png)[1]。",
        "公园自5月1日起[免费开放](https://evil.example)[1]。",
        "公园自5月1日起免费开放<img src='//evil.example/x'>[1]。",
        "公园自5月1日起免费开放，见evil.example。[1]",
        "公园自5月1日起免费开放，见ｅｖｉｌ．ｅｘａｍｐｌｅ。[1]",
        "公园自5月1日起免费\u202e开放\U000e0065\U000e0076[1]。",
    ],
)
def test_no_link_and_no_hidden_character_reaches_the_reader(written: str) -> None:
    text = bound(written).text
    assert "免费开放" in text
    assert not any(sign in text for sign in ("evil", "ｅｖｉｌ", "http", "<", "(", "\u202e", "\U000e0065"))


def test_a_telephone_number_that_no_passage_has_takes_its_sentence_with_it() -> None:
    assert bound("公园自5月1日起免费开放，请拨打13812345678[1]。").text == ""


def test_the_instructions_are_no_answer() -> None:
    answer = bound("只根据给出的段落回答问题，不使用段落以外的知识。")
    assert (answer.text, answer.echoed) == ("", 1)


WORDS = [
    "公园自5月1日起免费开放",
    "大橋全長2.6公里",
    "投资3亿元",
    "李明说",
    "Opened 2023. ",
    "NO_ANSWER",
    "http://evil.example/x?y",
]
SIGNS = [
    "[1]",
    "[2]",
    "【9】",
    "[1-2]",
    "(1)",
    "。",
    "！",
    "？",
    "“",
    "”",
    "**",
    " ",
    "[",
    "\n",
    "\n\n- ",
    "<think>",
    "<b",
]
PIECES = st.sampled_from([*WORDS, *SIGNS])


@given(st.lists(PIECES | st.just("</think>"), max_size=24).map("".join), st.integers(1, 7))
def test_whatever_is_written_every_quote_is_the_articles_own_and_every_number_is_cited(text: str, step: int) -> None:
    binding = Binding(HITS, "zh-Hans", instructions="")
    sentences = Sentences()
    grown = [""]
    for place in range(0, len(text), step):
        binding.add_all(sentences.feed(text[place : place + step]))
        grown.append(binding.text)
    binding.add_all(sentences.rest())
    articles = {"park": PARK, "bridge": BRIDGE}
    assert all(c.quote == articles[c.article_id].text[c.start : c.end] for c in binding.citations)
    shown = {int(number) for number in re.findall(r"\[(\d+)\]", binding.text)}
    assert shown == {c.number for c in binding.citations}
    assert all(binding.text.startswith(earlier) for earlier in grown)
    assert "evil" not in binding.text


@given(st.lists(PIECES, max_size=24).map("".join), st.integers(1, 9))
@example("Opened 2023. [(1)[1]", 1)
def test_how_the_stream_is_cut_up_makes_no_difference(text: str, step: int) -> None:
    whole, cut = Sentences(), Sentences()
    pieces = [sentence for place in range(0, len(text), step) for sentence in cut.feed(text[place : place + step])]
    assert pieces + cut.rest() == whole.feed(text) + whole.rest()
