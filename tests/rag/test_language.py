import pytest

from rag.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("联盟是做什么的？", "zh-Hans"),
        ("聯盟是做什麼的？", "zh-Hant"),
        ("What does the alliance do?", "en"),
        ("Who is 李明?", "en"),
        ("Where is 人民公园?", "en"),
        ("How do I apply for the 居住证?", "en"),
        ("iPhone 16 Pro Max 国补多少", "zh-Hans"),
        ("USB Key怎么申领？", "zh-Hans"),
        ("G60 ESG 聯盟有哪些成員？", "zh-Hant"),
        ("", "zh-Hans"),
    ],
)
def test_the_language_of_a_text(text: str, language: str) -> None:
    assert detect(text) == language
