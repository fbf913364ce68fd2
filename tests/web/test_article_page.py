from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from fake_assistant import ALLIANCE, ALLIANCE_QUOTE, FAIR, HOSTILE
from hypothesis import given
from hypothesis import strategies as st
from markup import Tags

from corpus.records import Article
from web.article_page import ARTICLES_PER_PAGE, Host, article_list, article_page, merged

START = ALLIANCE.text.index(ALLIANCE_QUOTE)
END = START + len(ALLIANCE_QUOTE)


def marks(page: str) -> list[str]:
    return re.findall(r"<mark[^>]*>(.*?)</mark>", page, re.DOTALL)


def test_the_quoted_words_are_marked_and_can_be_scrolled_to() -> None:
    page = article_page(ALLIANCE, [(START, END)], "zh-Hans")
    assert f'<mark id="quote">{ALLIANCE_QUOTE}</mark>' in page
    assert marks(page) == [ALLIANCE_QUOTE]


def test_several_quotes_are_marked_and_one_of_them_is_the_place_to_scroll_to() -> None:
    page = article_page(ALLIANCE, [(len(ALLIANCE.text) - 13, len(ALLIANCE.text)), (START, END)], "zh-Hans")
    assert marks(page) == [ALLIANCE_QUOTE, "首批成员共有136家企业。"]
    assert re.findall(r'id="quote"', page) == ['id="quote"']
    assert page.index('id="quote"') < page.index("首批成员")


def test_a_quote_over_several_paragraphs_is_marked_in_each() -> None:
    page = article_page(ALLIANCE, [(START, len(ALLIANCE.text))], "zh-Hans")
    assert marks(page) == [ALLIANCE_QUOTE, "首批成员共有136家企业。"]
    assert page.count('id="quote"') == 1


def test_a_quote_in_the_title_is_marked_in_the_heading() -> None:
    page = article_page(ALLIANCE, [(0, 6)], "zh-Hans")
    assert '<h1 lang="zh-Hans"><mark id="quote">长三角G60</mark>科创走廊' in page


def test_the_title_is_not_repeated_in_the_text() -> None:
    assert ALLIANCE.title is not None
    assert article_page(ALLIANCE, [], "en").count(ALLIANCE.title) == 2  # <title> and <h1>


def test_the_article_keeps_its_script_whatever_the_screen_speaks() -> None:
    page = article_page(FAIR, [(0, 5)], "en")
    assert '<html lang="en">' in page
    assert '<div class="article-text" lang="zh-Hant">' in page
    assert "意向採購金額28.37億美元" in page


def test_title_source_date_and_author_are_shown_or_said_to_be_unstated() -> None:
    page = article_page(ALLIANCE, [], "zh-Hans")
    assert "<dd>中新网上海</dd>" in page
    assert '<time datetime="2024-11-25">2024年11月25日</time>' in page
    assert "<dd>王记者</dd>" in page
    bare = article_page(FAIR, [], "zh-Hans")
    assert "未标明标题的文章" in bare
    assert "来源未标明" in bare
    assert "日期未标明" in bare


def test_the_original_is_linked_with_its_host_and_only_on_the_web() -> None:
    page = article_page(ALLIANCE, [], "zh-Hans")
    assert 'href="https://news.example.org/a?b=1&amp;c=2"' in page
    assert "打开原始网页（news.example.org）" in page
    for article in (FAIR, HOSTILE):
        assert 'class="original"' not in article_page(article, [], "zh-Hans")


def test_the_repairs_are_listed_and_folded_away() -> None:
    page = article_page(ALLIANCE, [], "zh-Hans")
    folded = page.split("<details")[1].split("</details>")[0]
    assert "整理记录（2 处）" in folded
    assert "<td>网页导航</td><td>2</td>" in folded
    assert "当前位置:首页 &gt; 热点" in folded
    assert "<details" not in article_page(FAIR, [], "zh-Hans")


def test_markup_in_an_article_is_shown_as_text() -> None:
    page = article_page(HOSTILE, [(3, 30), (60, 90)], "zh-Hans")
    tags = Tags(page)
    assert {tag for tag, _ in tags.tags} & {"script", "img", "svg", "b", "u", "i", "iframe", "style", "form"} == set()
    assert [name for _, attributes in tags.tags for name in attributes if name.startswith("on")] == []
    assert "fetch('http://evil.example/s')" in tags.text
    assert all(
        (attributes.get("href") or attributes.get("src") or "/").startswith("/") for tag, attributes in tags.tags
    )


@given(st.lists(st.tuples(st.integers(-9, 99), st.integers(-9, 99)), max_size=6))
def test_any_spans_mark_text_of_the_article_and_lose_none(spans: list[tuple[int, int]]) -> None:
    page = article_page(ALLIANCE, spans, "zh-Hans")
    body = "".join(re.findall(r"<p>(.*?)</p>", page.split('class="article-text"')[1].split("<details")[0]))
    assert re.sub("<[^>]+>", "", body) == "".join(ALLIANCE.text.split("\n")[1:])
    covered = {i for start, end in spans for i in range(max(0, start), min(end, len(ALLIANCE.text)))}
    assert "".join(marks(page)) == "".join(c for i, c in enumerate(ALLIANCE.text) if i in covered and c != "\n")


def test_spans_are_cut_to_the_text_ordered_and_joined() -> None:
    assert merged([(50, 60), (-5, 4), (3, 8), (9, 9), (30, 20), (8, 9)], 55) == [(0, 9), (50, 55)]


def test_the_list_begins_with_the_newest_and_ends_with_the_undated() -> None:
    page = article_list([FAIR, HOSTILE, ALLIANCE], 1, "zh-Hans")
    assert page.index("联盟成立") < page.index("2020年1月2日") < page.index("第七屆進博會舉行")
    assert "共收录 3 篇文章" in page


def test_a_long_list_is_turned_page_by_page() -> None:
    many = [replace(ALLIANCE, id=f"a{n:03}", published=date(2020, 1, 1)) for n in range(ARTICLES_PER_PAGE + 5)]
    first, last, beyond = (article_list(many, number, "zh-Hans") for number in (1, 2, 99))
    assert first.count("<li>") == ARTICLES_PER_PAGE
    assert last.count("<li>") == 5
    assert beyond == last
    assert 'href="/articles?page=2"' in first
    assert 'href="/articles?page=1"' in last


def test_an_empty_collection_says_so() -> None:
    assert "还没有收录文章。" in article_list([], 1, "zh-Hans")


def test_a_title_that_the_text_does_not_begin_with_stands_above_the_whole_text() -> None:
    article: Article = replace(ALLIANCE, title="另一个题目")
    page = article_page(article, [], "zh-Hans")
    assert ">另一个题目</h1>" in page
    assert "<p>长三角G60科创走廊ESG发展联盟成立</p>" in page


HOST = Host(
    title="某市卫生健康委",
    home="/embed/plain?site_key=pk_a&lang=zh-Hans",
    key="pk_a",
    origins=("https://www.example.org",),
)


def test_a_copy_for_a_site_says_so_and_leads_back_to_its_questions_only() -> None:
    page = article_page(ALLIANCE, [(START, END)], "zh-Hans", HOST)
    assert "这是 某市卫生健康委 收录的文章副本，不是官方网页。如有出入，以原始网页为准。" in page
    links = [attributes["href"] for tag, attributes in Tags(page).tags if tag == "a"]
    assert links == [HOST.home, HOST.home, ALLIANCE.url]
    assert "问据" not in page
    assert 'href="/look/' not in page
    assert f'<mark id="quote">{ALLIANCE_QUOTE}</mark>' in page


def test_the_reader_is_told_before_a_link_leaves_the_site() -> None:
    assert "将离开本网站，前往 news.example.org" in article_page(ALLIANCE, [], "zh-Hans", HOST)
    at_home = replace(ALLIANCE, url="https://www.example.org/a")
    assert "将离开" not in article_page(at_home, [], "zh-Hans", HOST)
    assert "将离开" not in article_page(replace(ALLIANCE, url="http://www.nhc.gov.cn/"), [], "zh-Hans", HOST)


def test_a_copy_without_an_original_names_none() -> None:
    page = article_page(FAIR, [], "en", HOST)
    assert "not an official page. The text of the issuing body prevails." in page
    assert "javascript" not in page


def test_a_hosts_name_is_text() -> None:
    page = article_page(ALLIANCE, [], "en", replace(HOST, title="<b>x</b>"))
    assert "<b>" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
