"""An English question names places and bodies; an article that names none of them does not answer it."""

import pytest

from rag.asking import asked
from rag.evidence import Weighing
from rag.proper_names import known_names, names_none, proper_names
from rag.quote_writer import QuoteWriter
from rag.records import Status
from tests.rag.lexical_retriever import LexicalRetriever, article

TEXT = "上海市闵行区举办论坛，中国建设银行行长出席，法国、德国企业参加，欧盟来人。论坛在林江路举行。"


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What is the capital of France?", ("france",)),
        ("Is the Bank of China open on Sunday?", ("bank of china", "sunday")),
        ("In Minhang, who spoke for Peng Wensheng's firm?", ("minhang", "peng wensheng")),
        ("Bank of China branches?", ("bank of china",)),
        ("The Palace Museum in Beijing?", ("palace museum", "beijing")),
        ("Buses to the airport?", ()),
        ("opened in shanghai when?", ()),
        ("WHAT IS THE CAPITAL OF FRANCE?", ()),
        ("上海的区长是谁？", ()),
    ],
)
def test_names_are_written_with_capitals(question: str, names: tuple[str, ...]) -> None:
    assert proper_names(question) == names


@pytest.mark.parametrize(
    "question",
    [
        "Who is the president of the United States?",
        "Is the Bank of China open?",
        "Who runs the Palace Museum in Beijing?",
        "Is the Louvre open?",
        "What does the UK want on Sundays?",
        "is the bank of china open?",
        "where can i park in beijing",
    ],
)
def test_a_text_holds_none_of_the_names(question: str) -> None:
    assert names_none(known_names(question, [TEXT]), TEXT)


@pytest.mark.parametrize(
    "question",
    [
        "Who came from France?",
        "What did the French say?",
        "What do Germans want?",
        "Who runs the China Construction Bank?",
        "Who came from France and who from Brazil?",
        "Who spoke in Shanghai?",
        "Where is it in Linjiang?",  # of the names read so the dictionary knows one, the text has another
        "What did Grblfx say in October?",
        "What does the EU want on Sundays?",
        "Does China grow?",
        "who spoke?",
        "is the china construction bank open?",
        "how do i get to shanghai in march",
        "who eats turkey",
    ],
)
def test_a_text_holds_a_name_or_there_is_none_for_sure(question: str) -> None:
    assert not names_none(known_names(question, [TEXT]), TEXT)


@pytest.mark.parametrize(
    ("question", "foreign"),
    [
        ("What is the capital of Norway?", True),
        ("Is the Louvre open on Sunday?", True),
        ("What does France want?", False),
        ("Who from Norway spoke in Minhang?", False),
        ("Does Grblfx sell to Norway?", False),  # whether the articles speak of Grblfx, nobody knows
        ("what is the capital of norway?", False),  # nor what else is a name here
        ("Who spoke at the forum?", False),
    ],
)
def test_an_article_is_foreign_to_a_question_that_names_only_others(question: str, foreign: bool) -> None:
    hits = LexicalRetriever([article("forum", TEXT)]).retrieve("论坛")
    evidence = Weighing(asked(question), hits).evidence()
    assert evidence
    assert all(each.foreign is foreign for each in evidence)
    if foreign:
        assert QuoteWriter().find(question, hits).status is Status.CANNOT_ANSWER


@pytest.mark.parametrize(("bank", "contradicts"), [("Bank of China", True), ("China Construction Bank", False)])
def test_what_is_told_of_another_bank_is_no_answer(bank: str, contradicts: bool) -> None:
    told = article("bank", "中国建设银行闵行支行周日不营业，工作日九点开门。央行未作评论。", title="银行营业时间")
    question = f"Is the {bank} open on Sunday?"
    evidence = Weighing(asked(question), LexicalRetriever([told]).retrieve(question)).evidence()
    assert evidence
    assert all(each.contradicts is contradicts for each in evidence)
