from datetime import date
from pathlib import Path

import pytest

from rag.ask import as_text, read_history
from rag.errors import SettingsError
from rag.records import Answer, Citation, Status, Turn


@pytest.mark.parametrize(
    "text",
    [
        '[{"role": "user", "content": "他是谁？"}, {"role": "assistant", "content": "李明。[1]"}]',
        '\ufeff{"role": "user", "content": "他是谁？"}\n\n{"role": "assistant", "content": "李明。[1]"}\n',
    ],
)
def test_history_is_a_list_or_a_turn_a_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "turns.json"
    path.write_text(text, encoding="utf-8")
    assert read_history(path) == (Turn(role="user", content="他是谁？"), Turn(role="assistant", content="李明。[1]"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not json", "is not JSON"),
        ('[{"role": "user"}]', "turn 1: expected"),
        ('[{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]', "turn 2: expected"),
    ],
)
def test_a_bad_history_is_named_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "turns.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=said):
        read_history(path)


def test_a_history_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.json cannot be read"):
        read_history(tmp_path / "none.json")


def test_the_terminal_shows_notice_text_and_citations() -> None:
    citation = Citation(
        number=1, passage_id="a#0", article_id="a", title="公园开放", source="晚报", published=date(2024, 4, 1),
        url=None, quote="新增绿地12公顷。", start=6, end=15,
    )  # fmt: skip
    answer = Answer(
        text="“新增绿地12公顷。”[1]",
        status=Status.ANSWERED,
        language="zh-Hans",
        writer="quote",
        citations=(citation,),
        notice="请注意。",
    )
    assert as_text(answer) == "请注意。\n\n“新增绿地12公顷。”[1]\n\n[1] a, 6-15: 公园开放, 晚报, 2024-04-01"
