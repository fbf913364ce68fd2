"""What `python -m eval inventions` counts, with a server that says what it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import eval.inventions
from eval.cases import Case
from eval.errors import EvaluationError
from eval.inventions import Listener, Told, inventions, listening, sentences, table, told, verdict
from rag.assistant import Assistant
from rag.chat import chat_model
from rag.model_writer import ModelWriter
from rag.records import Status, Turn
from rag.settings import load_settings
from tests.rag.lexical_retriever import LexicalRetriever, article
from tests.rag.openai_server import Server, openai_server

PARK = article("park", "东湖公园新增绿地12公顷，投资3亿元。公园自5月1日起免费开放。", title="东湖公园扩建")
ASKED = Case(id="1", question="东湖公园新增了多少绿地？")
HELD, INVENTED = "东湖公园新增绿地12公顷[1]。", "公园还将修建游乐场和酒店[1]。"
PASSAGE = (
    "[1] 标题：东湖公园扩建；来源：市报；日期：2024-04-28\n"
    "东湖公园新增绿地12公顷，投资3亿元。公园自5月1日起免费开放，园长王明表示不收门票。"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with openai_server() as running:
        yield running


def assistant_of(server: Server, mode: str = "say") -> tuple[Assistant, Listener]:
    settings = load_settings(chat_model=mode, chat_base_url=server.url)
    heard, listener = listening(chat_model(settings))
    assert heard is not None
    return Assistant(LexicalRetriever((PARK,)), ModelWriter(heard, settings)), listener  # type: ignore[arg-type]


def came_of(server: Server, text: str, *, mode: str = "say", case: Case = ASKED) -> Told:
    server.text = text
    return told(case, *assistant_of(server, mode))


def test_what_is_invented_is_counted_and_does_not_reach_the_reader(server: Server) -> None:
    one = came_of(server, HELD + INVENTED)
    assert [(s.words, s.verdict.supported, s.shown, s.glimpsed) for s in one.said] == [
        ("东湖公园新增绿地12公顷。", True, True, True),
        ("公园还将修建游乐场和酒店。", False, False, False),
    ]
    assert (one.answer.status, one.stray) == (Status.PARTIAL, ())
    counted = table([one], "m")
    assert "| sentences that the model wrote | 2 |" in counted
    assert "| unsupported sentences | 1 of 2 (0.500;" in counted
    assert "| unsupported, in the final answer | 0 of 1 (0.000;" in counted
    assert "| statuses | PARTIAL 1 |" in counted


def test_what_reaches_the_reader_is_counted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a yardstick that calls everything unsupported."""
    monkeypatch.setattr(eval.inventions, "verdict", lambda *_: eval.inventions.Verdict(supported=False))
    counted = table([came_of(server, HELD + INVENTED)], "m")
    assert "| unsupported sentences | 2 of 2 (1.000;" in counted
    assert "| unsupported, in the final answer | 1 of 2 (0.500;" in counted


def test_what_a_model_that_fails_had_shown_was_seen_for_a_while(server: Server) -> None:
    one = came_of(server, HELD + "公园自5月", mode="no-end")
    assert one.answer.writer == "quote"
    assert [(s.shown, s.glimpsed) for s in one.said] == [(False, True), (False, False)]
    assert "| answers that quote because the model failed | 1 of 1 (1.000;" in table([one], "m")


def test_the_sentence_that_the_limit_of_tokens_cuts_is_not_counted(server: Server) -> None:
    assert [s.words for s in came_of(server, HELD + "公园自5月", mode="length").said] == ["东湖公园新增绿地12公顷。"]


def test_only_the_call_that_asks_for_the_answer_counts(server: Server) -> None:
    said = Turn(role="user", content="东湖公园新增了多少绿地？")
    one = came_of(server, HELD, case=Case(id="2", question="它什么时候免费开放？", history=(said,)))
    assert [each.words for each in one.said] == ["东湖公园新增绿地12公顷。"]
    assert not came_of(server, HELD, case=Case(id="3", question=" ")).asked


def test_orders_that_are_repeated_are_no_invention(server: Server) -> None:
    one = came_of(server, "只根据以上段落，用简体中文回答，每句话后面写编号。")
    assert [each.verdict.supported for each in one.said] == [None]


def test_the_words_of_a_refusal_are_not_the_models(server: Server) -> None:
    one = came_of(server, "没有找到。NO_ANSWER")
    assert "没有找到" in one.answer.text
    assert [(each.words, each.shown) for each in one.said] == [("没有找到。", False)]


def test_a_text_is_cut_into_what_it_states_each_once() -> None:
    begun = "<think>想一想。</think>1. 公园开放[1]。公园开放。[2]问题：多少？\n回答：\n答案： 2.\n回答：公园开放"
    assert sentences(f"{begun}NO_ANSWER<|im_start|>user\n投资3.5亿元！") == ("公园开放。", "投资3.5亿元！")


@pytest.mark.parametrize(
    "said",
    [
        "东湖公园新增绿地12公顷。",
        "根据文章，公园自5月1日起免费开放。",
        "公園自5月1日起免費開放。",
        "2024年4月28日，市报",
        "王明表示不收门票。",
    ],
)
def test_what_the_passage_says_in_the_same_words_is_supported(said: str) -> None:
    assert verdict(said, [PASSAGE]).supported


@pytest.mark.parametrize(
    ("said", "lacks"),
    [
        ("东湖公园新增绿地21公顷。", "21公"),
        ("公园自5月2日起免费开放。", "2日"),
        ("园长李强表示不收门票。", "李强"),
        ("东湖公园由AECOM扩建。", "aecom"),
        ("公园不免费开放。", "不免"),
        ("公园将修建酒店。", "修建酒店"),
    ],
)
def test_another_number_name_or_word_is_unsupported(said: str, lacks: str) -> None:
    found = verdict(said, [PASSAGE])
    assert found.supported is False
    assert lacks in found.lacks


def test_what_two_sentences_of_a_passage_say_does_not_support_one() -> None:
    passage = "[1] 标题：两园\n东湖公园新增绿地。西山公园投资3亿元。"
    assert verdict("西山公园投资3亿元。", [passage]).supported
    assert verdict("东湖公园投资3亿元。", [passage]).supported is False


def test_another_language_is_not_compared() -> None:
    assert verdict("The park gained twelve hectares of lawn.", [PASSAGE]).supported is None


def test_without_a_model_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WENJU_CHAT_MODEL", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EvaluationError, match=r"^No chat model is set.*WENJU_CHAT_MODEL[^\n]*$"):
        inventions(tmp_path / "questions.jsonl")


def test_the_command_writes_a_table_and_each_sentence(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server.text = HELD + INVENTED
    monkeypatch.setenv("WENJU_CHAT_MODEL", "say")
    monkeypatch.setattr(eval.inventions, "_open", lambda _: assistant_of(server))
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"id": "1", "question": ASKED.question}) + "\n", encoding="utf-8")
    inventions(questions, out=tmp_path / "out", show=True)
    lines = [json.loads(line) for line in (tmp_path / "out" / "sentences.jsonl").read_text("utf-8").splitlines()]
    assert [(line["words"], line["supported"], line["shown"]) for line in lines] == [
        ("东湖公园新增绿地12公顷。", True, True),
        ("公园还将修建游乐场和酒店。", False, False),
    ]
    printed = capsys.readouterr().out
    assert "公园还将修建游乐场和酒店。\n  unsupported: " in printed
    assert (tmp_path / "out" / "table.md").read_text("utf-8") in printed
