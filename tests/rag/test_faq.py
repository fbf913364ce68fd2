import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.passages import sentences
from rag.asking import asked
from rag.assistant import Assistant
from rag.certainty import ranked_evidence
from rag.evidence import Weighing
from rag.faq import entry_at, is_question
from rag.records import Question
from tests.rag.lexical_retriever import LexicalRetriever, article

GUIDE = article(
    "guide",
    "现将常见问题答复如下。\n问：没有学历，租房可以落户吗？\n答：可以。在县城连续租住满1年的，迁入该房屋地址。\n"
    "问：多长时间能办好？收费吗？\n答：当场办结。各项业务均不收费。\n问：哪些亲属能够随迁？\n答：配偶、未婚子女。",
    title="落户问答",
)


def entries(text: str) -> dict[str, str]:
    """The questions of `text` and what answers them."""
    found = filter(None, (entry_at(text, place) for place in range(len(text))))
    return {text[e.question.start : e.question.end]: text[e.question.end : e.end].strip() for e in found}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("问：能退吗？\n答：能。三天内到账。\n", {"问：能退吗？": "答：能。三天内到账。"}),
        ("問:能退嗎? 答:可以,三日內到帳。", {"問:能退嗎?": "答:可以,三日內到帳。"}),
        ("Q1: Is it free? A: Yes. For all residents.", {"Q1: Is it free?": "A: Yes. For all residents."}),
        ("一、何时领？\n六月。\n二、领多少？\n每月80元。", {"一、何时领？": "六月。", "二、领多少？": "每月80元。"}),
        ("记者：哪个小区最难？\n温如海：橡胶一厂。", {"记者：哪个小区最难？": "温如海：橡胶一厂。"}),
        ("多久能办好？收费吗？\n当场办结，不收费。", {"多久能办好？收费吗？": "当场办结，不收费。"}),
        ("网友问：我在外省，能不能不回来？可以在当地补领。", {}),
        ("“为什么？”他问。没有人回答。", {}),
        ("桥修好了。谁来养护？市里说再研究。", {}),
        ("办事指南\n办理时间：工作日。\n还有问题吗？\n", {}),
    ],
)
def test_a_question_at_the_start_of_a_line_is_answered_by_what_follows(text: str, found: dict[str, str]) -> None:
    assert entries(text) == found


def test_an_answer_ends_somewhere() -> None:
    text = "问：为什么？\n" + "这里写得很长。" * 200
    (answer,) = entries(text).values()
    assert 500 < len(answer) <= 600


@given(st.text(alphabet="问答：？。\n甲乙 Q:?“”"))
def test_entries_lie_within_the_text_and_before_what_they_stand_over(text: str) -> None:
    for span in sentences(text):
        entry = entry_at(text, span.start)
        if entry:
            assert 0 <= entry.question.start < entry.question.end <= span.start < entry.end <= len(text)
            assert is_question(text, entry.question)
            assert not is_question(text, span)


def test_what_the_article_asks_is_no_evidence_but_stands_with_what_answers_it() -> None:
    asks = "没有学历的人租房能不能落户"
    evidence = Weighing(asked(asks), LexicalRetriever([GUIDE]).retrieve(asks)).evidence()
    assert not [each.text for each in evidence if each.text.endswith("？")]
    best = ranked_evidence(asked(asks), LexicalRetriever([GUIDE]).retrieve(asks))[0]
    assert best.entry is not None
    assert GUIDE.text[best.entry.question.start : best.entry.question.end] == "问：没有学历，租房可以落户吗？"
    assert best.context > max(each.context for each in evidence if each.entry != best.entry)


def test_an_answer_is_quoted_whole_under_its_question() -> None:
    answer = Assistant(LexicalRetriever([GUIDE])).answer(Question(text="租房可以落户吗？"))
    assert answer.citations[0].quote == (
        "问：没有学历，租房可以落户吗？\n答：可以。在县城连续租住满1年的，迁入该房屋地址。"
    )
    assert "迁入该房屋地址" in answer.text


def test_of_a_long_answer_the_sentence_is_quoted_that_answers() -> None:
    long = "这里写得很长很长。" * 40
    guide = article("guide", f"问：落户找谁？\n答：先登记。{long}户籍科科长王明负责落户审批。{long}", title="落户问答")
    answer = Assistant(LexicalRetriever([guide])).answer(Question(text="落户审批由谁负责？"))
    assert "王明" in answer.citations[0].quote
    assert len(answer.citations[0].quote) < 300
