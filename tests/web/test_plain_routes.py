"""The pages without script as a browser without script sees them: over HTTP, by forms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from fake_assistant import ALLIANCE_QUOTE, FAIR_QUOTE, FakeAssistant
from markup import Tags
from plain_forms import QUESTION, ask, fields, path
from three_sites import HOST, A, B, Embedded


@pytest.fixture
def client(embedded: Embedded) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=embedded.address, headers={"Accept-Language": "zh-CN"}) as made:
        yield made


def test_a_question_in_the_form_gets_the_answer_and_the_citations_of_the_api(
    client: httpx.Client, embedded: Embedded
) -> None:
    page = ask(client, QUESTION)
    assert page.status_code == 200
    same = client.post("/api/v1/ask", json={"question": QUESTION}, headers=embedded.headers()).json()
    text = Tags(page.text).text
    for said in re.split(r"\[\d\]|\n", same["answer"]):
        assert said in text
    for source in same["sources"]:
        assert source["quote"] in text
        assert source["article_url"].replace("&", "&amp;") in page.text
        assert source["title"] in text
        assert source["issuer"] in text
    assert same["ai_label"]["text"] in text
    [meta] = [a for tag, a in Tags(page.text).tags if tag == "meta" and a.get("name") == "AIGC"]
    implicit = json.loads(meta["content"] or "")
    assert implicit["ContentProducer"] == same["ai_label"]["AIGC"]["ContentProducer"]
    assert implicit["ReservedCode1"] == same["ai_label"]["AIGC"]["ReservedCode1"]


def test_the_link_of_a_citation_opens_the_article_at_the_quote(client: httpx.Client) -> None:
    page = ask(client, QUESTION).text
    link = next(a["href"] or "" for tag, a in Tags(page).tags if tag == "a" and "/embed/articles/" in (a["href"] or ""))
    article = client.get(link.split("#")[0])
    assert article.status_code == 200
    assert f'<mark id="quote">{ALLIANCE_QUOTE}</mark>' in article.text
    assert "不是官方网页" in article.text
    assert 'href="/articles' not in article.text


def test_there_is_no_script_and_none_could_run(client: httpx.Client) -> None:
    for page in (client.get(path()), ask(client, QUESTION)):
        assert "<script" not in page.text
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert "style-src 'self'" in policy
        assert "form-action 'self'" in policy
        assert "base-uri 'none'" in policy


def test_only_the_pages_of_the_site_may_frame_it(client: httpx.Client) -> None:
    headers = client.get(path()).headers
    assert headers["content-security-policy"].endswith(f"frame-ancestors 'self' {HOST}")
    assert "x-frame-options" not in headers
    unknown = client.get("/embed/plain?site_key=pk_unknown").headers
    assert unknown["content-security-policy"].endswith("frame-ancestors 'none'")


def test_the_page_tells_its_own_server_where_a_form_comes_from_and_others_nothing(client: httpx.Client) -> None:
    headers = client.get(path()).headers
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers


def test_every_style_of_the_page_is_below_the_address_that_a_proxy_lets_through(client: httpx.Client) -> None:
    styles = [a["href"] or "" for tag, a in Tags(client.get(path()).text).tags if tag == "link"]
    assert len(styles) == 5
    for href in styles:
        found = client.get(href)
        assert found.status_code == 200, href
        assert href.startswith("/embed/look/")
    assert client.get("/embed/look/chat.js").status_code == 404
    assert client.get("/embed/look/..%2f..%2fserver.py").status_code == 404


def test_a_follow_up_leans_on_what_was_said_before(client: httpx.Client, fake_assistant: FakeAssistant) -> None:
    first = ask(client, QUESTION)
    second = ask(client, "它的金额是多少？", first.text)
    assert FAIR_QUOTE in Tags(second.text).text
    history = fake_assistant.asked[-1].history
    assert [turn.role for turn in history] == ["user", "assistant"]
    assert history[0].content == QUESTION
    assert ALLIANCE_QUOTE in history[1].content
    assert QUESTION in second.text.split("<details")[1]
    for _ in range(4):
        second = ask(client, "再问金额？", second.text)
    assert len(fake_assistant.asked[-1].history) == 6


@pytest.mark.parametrize("history", ["h1.1.x.y", "forged", "h1.9999999999." + "A" * 43 + ".eJyLVgIA", "x" * 30_000])
def test_words_that_were_never_said_cannot_be_put_into_the_conversation(
    client: httpx.Client, fake_assistant: FakeAssistant, history: str
) -> None:
    form = {**fields(client.get(path()).text), "history": history, "question": QUESTION}
    assert client.post(path(), data=form).status_code == 200
    assert fake_assistant.asked[-1].history == ()


def test_a_conversation_of_one_site_says_nothing_at_another(
    client: httpx.Client, fake_assistant: FakeAssistant
) -> None:
    carried = fields(ask(client, QUESTION).text)["history"]
    other = {**fields(client.get(path(B)).text), "history": carried, "question": QUESTION}
    assert client.post(path(B), data=other).status_code == 200
    assert fake_assistant.asked[-1].history == ()


def test_the_articles_of_a_site_are_the_only_ones_that_it_sees(
    client: httpx.Client, fake_assistant: FakeAssistant
) -> None:
    form = {**fields(client.get(path(B)).text), "question": QUESTION}
    client.post(path(B), data=form)
    assert fake_assistant.asked[-1].articles == ("alliance",)
    assert client.get(f"/embed/articles/alliance?site_key={B.key}").status_code == 200
    elsewhere = f"/embed/articles/{httpx.URL('/进博会/第七届 100%').raw_path.decode()[1:].replace('/', '%2F')}"
    assert client.get(f"{elsewhere}?site_key={A.key}").status_code == 200
    hidden = client.get(f"{elsewhere}?site_key={B.key}&lang=zh-Hans")
    assert hidden.status_code == 404
    assert "没有这篇文章" in hidden.text
    assert "進博會" not in hidden.text


def test_an_answer_is_rated_once_on_a_page_of_its_own(client: httpx.Client) -> None:
    page = ask(client, QUESTION).text
    rating = page.split('class="rating"')[1].split("</form>")[0]
    hidden = {str(a["name"]): str(a["value"]) for tag, a in Tags("<form " + rating).tags if tag == "input"}
    [action] = re.findall(r'action="([^"]+)"', rating)
    where = action.replace("&amp;", "&")
    thanked = client.post(where, data={**hidden, "rating": "down", "reason": "citation"})
    assert thanked.status_code == 200
    assert "已记录，谢谢。" in thanked.text
    assert client.post(where, data={**hidden, "rating": "up"}).status_code == 409
    assert client.post(where, data={**hidden, "answer": "made-up", "rating": "up"}).status_code == 409
    assert client.post(where, data={**hidden, "rating": "excellent"}).status_code in (409, 422)
    assert client.post(where, data={**hidden, "form": "", "rating": "up"}).status_code == 403


@pytest.mark.parametrize(
    ("lang", "header", "speaks"),
    [
        ("zh-Hans", "en", "zh-Hans"),
        ("zh-TW", "en", "zh-Hant"),
        ("en", "zh-CN", "en"),
        ("", "en-GB", "en"),
        ("xx", "zh-HK", "zh-Hant"),
    ],
)
def test_the_page_speaks_the_language_of_the_link_or_of_the_browser(
    client: httpx.Client, lang: str, header: str, speaks: str
) -> None:
    page = client.get(path(lang=lang), headers={"Accept-Language": header})
    assert f'<html lang="{speaks}">' in page.text


def test_a_site_is_not_spoken_for_in_a_language_that_it_does_not_speak(client: httpx.Client) -> None:
    assert '<html lang="en">' in client.get(path(B, lang="zh-Hant")).text


def test_a_link_checker_finds_the_pages(client: httpx.Client) -> None:
    for where in (path(), f"/embed/articles/alliance?site_key={A.key}", "/embed/look/plain.css"):
        assert client.head(where).status_code == 200
