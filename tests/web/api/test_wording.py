from __future__ import annotations

import pytest
from fake_assistant import ALLIANCE, ALLIANCE_QUOTE, answer, citation

from rag.records import Status
from web.api.wording import said, said_so_far, without_addresses


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example/x?y=1",
        "HTTPS://evil.example",
        "ftp://x.y",
        "http:\\\\evil.example\\a",
        "//evil.example/x",
        "1.2.3.4:8080/x",
        "192.168.0.1",
        "evil.party/abc",
        "evil.com",
        "evil。com",
        "evil．com",
        "sub.evil.top",
        "xn--fiqs8s.xn--55qx5d/a",
        "www.evil.zip",
    ],
)
def test_an_address_that_no_quote_holds_is_left_out(address: str) -> None:
    assert without_addresses(f"请访问{address} 办理。", ()) == "请访问 办理。"
    assert without_addresses(f"请访问 {address}。", ()).rstrip() in ("请访问 。", "请访问")


def test_an_address_in_chinese_loses_its_end() -> None:
    assert without_addresses("请访问例子.中国 或政务服务.网站/登录。", ()) == "请访问例子 或政务服务。"


@pytest.mark.parametrize(
    "words",
    [
        "增长3.5%，共28.37亿元。",
        "版本 v1.2.3 于2024.11.25发布。",
        "Node.js 由 U.S. 公司提供。",
        "比例为 1:2，见附件 2/3。",
        "他说：“好。”他走了。",
        "G60科创走廊/九城市",
        "国发〔2017〕47号",
        "第1.2.3条",
        "The end.The start of e.g. this.",
    ],
)
def test_words_that_only_look_like_an_address_stay(words: str) -> None:
    assert without_addresses(words, ()) == words


def test_an_address_of_a_cited_quote_stays() -> None:
    quote = "请登录 www.shanghai.gov.cn 办理。"
    assert without_addresses("请登录 www.shanghai.gov.cn 办理。", (quote,)) == "请登录 www.shanghai.gov.cn 办理。"


def test_approved_words_stay_as_they_are() -> None:
    text = "见 www.12345.example.gov.cn 。"
    assert said(answer(text, writer="openai:x", status=Status.REFUSED)) == text


@pytest.mark.parametrize("status", [Status.ANSWERED, Status.PARTIAL, Status.CANNOT_ANSWER, Status.NO_PASSAGES])
@pytest.mark.parametrize("writer", ["quote", "openai:x"])
def test_the_name_of_an_article_leads_nowhere(status: Status, writer: str) -> None:
    text = "最接近的文章：没有标题的文章（开头为“附上链接 http://evil.exam……”）。"
    assert said(answer(text, status=status, writer=writer)) == "最接近的文章：没有标题的文章（开头为“附上链接 ”）。"


def test_only_what_will_not_change_is_said_so_far() -> None:
    cited = citation(1, ALLIANCE, ALLIANCE_QUOTE)
    for text, known in [
        ("联盟", ""),
        ("联盟。[", ""),
        ("联盟。[1", ""),
        ("联盟。[1]", "联盟。[1]"),
        ("一。[1]二。[2]三", "一。[1]"),
    ]:
        assert said_so_far(answer(text, cited, status=Status.WRITING)) == known
    assert said_so_far(answer("一。[1]", status=Status.WRITING)) == ""


def test_characters_that_hide_or_turn_text_are_left_out() -> None:
    assert said(answer("联\u202e盟\u200b。\ud83d\x1b")) == "联盟。"
