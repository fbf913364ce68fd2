from __future__ import annotations

import re
from dataclasses import replace

import pytest
from fake_assistant import ALLIANCE, ALLIANCE_QUOTE, FAIR, FAIR_QUOTE, HOSTILE, answer, citation, hit
from markup import Tags

from rag.records import Answer, Status
from web.answers import Exchange, announcement, digest, exchange_html, plain_text


def html_of(reply: Answer, question: str = "联盟是做什么的？", *, stopped: bool = False) -> str:
    return exchange_html(Exchange(number=3, question=question, answer=reply, stopped=stopped))


TWO = answer(
    f"报道写道：\n“{ALLIANCE_QUOTE}”[1]\n“{FAIR_QUOTE}”[2]",
    citation(1, ALLIANCE, ALLIANCE_QUOTE),
    citation(2, FAIR, FAIR_QUOTE),
    hits=(hit(ALLIANCE, 0, 60), hit(FAIR, 0, 16)),
)


def test_a_citation_shows_title_source_date_and_the_exact_quote() -> None:
    markup = html_of(TWO)
    first = re.search(r'<li class="wj-citation" id="x3-c1">.*?</li>', markup)
    assert first
    assert re.sub("<[^>]+>", "|", first[0]).replace("|", " ").split() == [
        "1",
        "《长三角G60科创走廊ESG发展联盟成立》",
        "（在新标签页打开）",
        "中新网上海",
        "2024年11月25日",
        ALLIANCE_QUOTE,
    ]


def test_an_article_without_title_source_and_date_says_so() -> None:
    second = html_of(TWO).split('id="x3-c2"')[1]
    assert "未标明标题的文章" in second
    assert "来源未标明" in second
    assert "日期未标明" in second


def test_a_citation_opens_its_article_at_the_quote_in_a_new_tab() -> None:
    link = Tags(html_of(TWO)).having("wj-open")[0]
    start = ALLIANCE.text.index(ALLIANCE_QUOTE)
    assert link["href"] == f"/articles/alliance?start={start}&end={start + len(ALLIANCE_QUOTE)}#quote"
    assert (link["target"], link["rel"]) == ("_blank", "noopener")


def test_each_number_in_the_text_leads_to_its_citation() -> None:
    tags = Tags(html_of(TWO))
    assert [link["href"] for link in tags.having("wj-number")] == ["#x3-c1", "#x3-c2"]
    assert [item["id"] for item in tags.having("wj-citation")] == ["x3-c1", "x3-c2"]


def test_a_number_without_a_citation_stays_text() -> None:
    markup = html_of(answer("见文件[7]。" + ALLIANCE_QUOTE + "[1]", citation(1, ALLIANCE, ALLIANCE_QUOTE)))
    assert "见文件[7]。" in markup
    assert "#x3-c7" not in markup


def test_a_line_that_is_a_quote_stands_apart_in_the_language_of_its_article() -> None:
    text = html_of(TWO).split('<div class="wj-text">')[1].split("</div>")[0]
    assert re.findall(r'<(p|blockquote lang="[^"]+")>', text) == [
        "p",
        'blockquote lang="zh-Hans"',
        'blockquote lang="zh-Hant"',
    ]


def test_lines_with_a_dash_are_a_list() -> None:
    text = html_of(answer("有三项：\n- 甲\n- 乙\n此外没有。")).split('<div class="wj-text">')[1].split("</div>")[0]
    assert text == "<p>有三项：</p><ul><li>甲</li><li>乙</li></ul><p>此外没有。</p>"


def test_what_was_found_but_not_cited_is_folded_away() -> None:
    reply = replace(TWO, hits=(hit(ALLIANCE, 0, 60), hit(FAIR, 0, 16)))
    folded = html_of(reply).split("<details")[1].split("</details>")[0]
    assert "检索到但未引用的段落（1）" in folded
    assert "11月7日，第七屆進博會舉行。" in folded
    assert ALLIANCE_QUOTE not in folded


def test_nothing_is_folded_away_where_everything_is_cited() -> None:
    assert "<details" not in html_of(replace(TWO, hits=(hit(ALLIANCE, 0, 60), hit(FAIR, 0, 50))))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.NO_PASSAGES, "没有相关内容"),
        (Status.CANNOT_ANSWER, "文章中没有答案"),
        (Status.REFUSED, "无法受理"),
        (Status.SERVICE_ERROR, "服务出错"),
    ],
)
def test_where_there_is_no_answer_that_is_said_first(status: Status, words: str) -> None:
    markup = html_of(answer("说明。", status=status))
    assert 0 < markup.index(words) < markup.index("说明。")


def test_that_an_answer_is_partial_is_said_below_it_so_that_nothing_moves() -> None:
    markup = html_of(answer("说明。", status=Status.PARTIAL))
    assert 0 < markup.index("说明。") < markup.index("只找到部分依据")


def test_a_full_answer_carries_no_warning() -> None:
    assert "wj-standing" not in html_of(TWO)


def test_a_notice_that_another_writer_took_over_stands_above_its_text() -> None:
    markup = html_of(replace(TWO, notice="模型不可用"))
    assert markup.index('<p class="wj-notice">模型不可用</p>') < markup.index("报道写道")


def test_a_notice_about_a_written_text_stands_below_it() -> None:
    markup = html_of(replace(TWO, writer="m", notice="略去一句"))
    assert markup.index("报道写道") < markup.index('<p class="wj-notice">略去一句</p>')


def test_every_answer_says_that_it_is_generated_and_by_whom() -> None:
    assert "人工智能检索生成，句子逐字引自原文" in html_of(TWO)
    assert ">人工智能检索生成。参考回答，不作为办事依据。<" in html_of(answer("没有找到。", status=Status.NO_PASSAGES))
    assert "人工智能生成，由 deepseek:chat 撰写" in html_of(replace(TWO, writer="deepseek:chat"))
    assert "人工智慧生成，由 m 撰寫" in html_of(replace(TWO, writer="m", language="zh-Hant"))
    assert "AI-generated, written by m" in html_of(replace(TWO, writer="m", language="en"))


def test_a_reply_to_a_cry_for_help_is_no_error_and_is_read_aloud() -> None:
    reply = answer("请拨打 12356。", status=Status.REFUSED, reason="crisis")
    markup = html_of(reply)
    assert "<p>请拨打 12356。</p>" in markup
    assert "无法受理" not in markup
    assert "人工智能助手的预设回复，并非临时生成" in markup
    assert announcement(Exchange(number=1, question="我不想活了", answer=reply)) == "请拨打 12356。"
    assert "无法受理" in html_of(replace(reply, reason="question_too_long"))


def test_a_growing_answer_has_no_tools_yet_and_says_what_goes_on() -> None:
    waiting = answer("", status=Status.WRITING)
    assert "正在查找资料" in html_of(waiting)
    assert "wj-tools" not in html_of(waiting)
    assert announcement(Exchange(number=1, question="问", answer=waiting)) == "正在查找资料……"
    assert announcement(Exchange(number=1, question="问", answer=replace(waiting, text="联"))) == "正在生成回答……"
    assert announcement(Exchange(number=1, question="问", answer=TWO)) == "回答已生成，含 2 条引用。"


def test_a_stopped_answer_says_that_it_is_incomplete() -> None:
    markup = html_of(answer("联盟将", status=Status.WRITING), stopped=True)
    assert "已停止" in markup
    assert "回答不完整" in markup
    assert "联盟将" in markup


def test_the_copied_text_holds_the_citations_and_the_label() -> None:
    copied = plain_text(Exchange(number=1, question="联盟是做什么的？", answer=TWO))
    assert copied == (
        "联盟是做什么的？\n\n"
        f"报道写道：\n“{ALLIANCE_QUOTE}”[1]\n“{FAIR_QUOTE}”[2]\n\n"
        "引用\n"
        f"[1] 《长三角G60科创走廊ESG发展联盟成立》，中新网上海，2024年11月25日 “{ALLIANCE_QUOTE}”\n"
        f"[2] 未标明标题的文章，日期未标明 “{FAIR_QUOTE}”\n\n"
        "（本内容由人工智能生成，仅供参考，不作为办事依据，请以引用的原文为准。"
        "问据 Wenju，人工智能检索生成，句子逐字引自原文）"
    )


def test_markup_in_articles_questions_and_answers_is_shown_as_text() -> None:
    quote = HOSTILE.text.split("\n")[2]
    reply = answer(
        HOSTILE.text + "[1]",
        citation(1, HOSTILE, quote),
        hits=(hit(HOSTILE, 0, 20), hit(HOSTILE, 60, 90)),
        notice="<script>alert(3)</script>",
        writer="<script>alert(4)</script>",
    )
    tags = Tags(html_of(reply, "<img src=x onerror=alert(5)>"))
    assert {tag for tag, _ in tags.tags} <= {
        *("section", "h2", "h3", "div", "p", "span", "sup", "a", "ol", "ul", "li", "blockquote", "time", "strong"),
        *("details", "summary", "button", "pre"),
    }
    assert [name for _, attributes in tags.tags for name in attributes if name.startswith("on")] == []
    assert "<img src=x onerror=alert(5)>" in tags.text
    assert HOSTILE.title is not None
    assert HOSTILE.title in tags.text


def test_every_link_stays_on_this_server() -> None:
    quote = HOSTILE.text.split("\n")[2]
    reply = answer("见[1]", citation(1, HOSTILE, quote), hits=(hit(HOSTILE, 0, 20), hit(FAIR, 0, 16)))
    links = [attributes["href"] or "" for tag, attributes in Tags(html_of(reply)).tags if tag == "a"]
    assert len(links) == 4
    assert [link for link in links if not link.startswith(("#x3-c", "/articles/"))] == []
    assert not any({"src", "srcset", "style"} & attributes.keys() for _, attributes in Tags(html_of(reply)).tags)


def test_the_html_is_one_line_because_a_blank_line_would_start_markdown() -> None:
    markup = html_of(answer("一\n\n# 二\r\n\r\n    三", citation(1, HOSTILE, HOSTILE.text)), "问\n\n# 题")
    assert "\n" not in markup
    assert "\r" not in markup


def test_the_digest_stands_for_the_answer_and_not_for_the_time_it_took() -> None:
    assert digest(TWO) == digest(replace(TWO, timings_ms={"total": 1.0}))
    assert digest(TWO) != digest(replace(TWO, text=TWO.text + "。"))
    assert re.fullmatch(r"[0-9a-f]{16}", digest(replace(TWO, text="\ud83d")))
