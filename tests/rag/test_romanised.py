import pytest

from rag.romanised import names_in, ordinals_in, readings, written


@pytest.mark.parametrize(
    ("name", "texts", "expected"),
    [
        ("Lingang", ["臨港集團與利潔時公司", "临港集团"], "临港"),
        ("Minhang", ["闵行区委书记"], "闵行"),
        ("Qinyang", ["副校长蓝钦扬强调"], "钦扬"),
        ("Lingang", ["东湖公园新增绿地"], None),
    ],
)
def test_a_name_in_pinyin_is_found_by_how_characters_are_read(
    name: str, texts: list[str], expected: str | None
) -> None:
    assert written(name, texts) == expected


def test_words_that_are_no_pinyin_are_no_names() -> None:
    assert names_in("Which university is Qinyang from, and where in Shanghai?") == ["Qinyang", "Shanghai"]


def test_a_syllable_alone_tells_too_little() -> None:
    assert readings("Lan") == ()


def test_english_ordinals_name_editions() -> None:
    assert ordinals_in("What was signed at the third and the seventh expo?") == ["第三", "第七"]
    assert ordinals_in("Who came first?") == []
