from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import typer
from fake_assistant import ALLIANCE, ALLIANCE_QUOTE, HOSTILE, FakeAssistant, UnreadyAssistant
from gradio_chat import asked
from served import app_over, serving

from app import serve
from eval.serving import free_port
from rag.settings import Settings
from web.body_limit import BODY_BYTES
from web.limiting import Limiter
from web.opening import OpeningAssistant
from web.screen import article_path

START = ALLIANCE.text.index(ALLIANCE_QUOTE)
SPAN = (START, START + len(ALLIANCE_QUOTE))


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"Accept-Language": "zh-CN"}, trust_env=False) as client:
        yield client


def test_a_living_and_ready_server_says_so(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "writer": "quote"}


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/articles", "/articles/alliance"])
def test_who_asks_for_the_head_alone_gets_it(client: httpx.Client, path: str) -> None:
    head, whole = client.head(path), client.get(path)
    assert head.status_code == whole.status_code == 200
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.content == b""


@pytest.fixture(scope="module")
def unready_address(settings_in: Callable[[], Settings]) -> Iterator[str]:
    with serving(app_over(UnreadyAssistant(), settings_in())) as address:
        yield address


def test_without_an_index_the_server_lives_and_says_why_it_is_not_ready(unready_address: str) -> None:
    line = "No index at .wenju/index. Build it with: python -m rag ingest"
    assert httpx.get(f"{unready_address}/healthz", trust_env=False).status_code == 200
    ready = httpx.get(f"{unready_address}/readyz", trust_env=False)
    assert ready.status_code == 503
    assert ready.headers["content-type"] == "application/problem+json"
    assert ready.json()["detail"] == line
    article = httpx.get(f"{unready_address}/articles/alliance", trust_env=False)
    assert article.status_code == 503
    assert line in article.text
    assert httpx.get(f"{unready_address}/", trust_env=False).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/v1/ask", "POST"),
        ("GET", "/api/v1/batch", "POST"),
        ("POST", "/api/v1/site", "GET"),
        ("DELETE", "/healthz", "GET"),
        ("GET", "/feedback", "POST"),
        ("POST", "/articles", "GET"),
    ],
)
def test_a_wrong_method_is_told_beside_the_chat_page_too(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert allowed in answer.headers["allow"].split(", ")
    assert answer.json()["type"] == "/problems/method-not-allowed"


@pytest.mark.parametrize("path", ["/embed/nothing", "/healthz/", "/nothing"])
def test_an_address_that_is_not_there_is_a_page_for_a_browser_and_a_problem_for_others(
    client: httpx.Client, path: str
) -> None:
    page = client.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "没有这个页面" in page.text
    assert client.get(path).json()["type"] == "/problems/not-found"


@pytest.mark.parametrize(
    ("name", "value"),
    [("WENJU_LIMITS_URL", "sqlite://"), ("WENJU_PROXIES", "my-proxy"), ("WENJU_PUBLIC_URL", "qa.example.gov.cn")],
)
def test_a_setting_that_cannot_be_used_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setattr(OpeningAssistant, "check", lambda _: None)
    monkeypatch.setenv(name, value)
    with pytest.raises(typer.Exit) as ended:
        serve(host="127.0.0.1", port=free_port(), index=tmp_path / "index")
    assert ended.value.exit_code == 1
    said = capsys.readouterr().err
    assert said.startswith(f"wenju: {name}: ")
    assert said.count("\n") == 1


def test_a_server_that_ends_lets_go_of_the_store_of_its_limits(
    settings_in: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Limiter] = []

    async def close(limiter: Limiter) -> None:
        closed.append(limiter)

    monkeypatch.setattr(Limiter, "close", close)
    app = app_over(FakeAssistant(), settings_in())
    with serving(app):
        assert closed == []
    assert closed == [app.state.service.limiter]


def test_an_article_is_shown_with_its_quote_marked(client: httpx.Client) -> None:
    page = client.get(article_path("alliance", [SPAN]))
    assert page.status_code == 200
    assert f'<mark id="quote">{ALLIANCE_QUOTE}</mark>' in page.text
    assert "<script" not in page.text


def test_an_article_whose_id_is_full_of_marks_is_found_by_its_path(client: httpx.Client) -> None:
    assert client.get(article_path(HOSTILE.id)).status_code == 200
    assert "第七屆進博會" in client.get(article_path("进博会/第七届 100%")).text


@pytest.mark.parametrize(
    "query",
    [
        "start=x&end=5",
        "start=5",
        "end=5",
        "start=-3&end=-1",
        "start=9999999999999999999999&end=1",
        "start=1e3&end=2",
        "start=&end=",
        "start=٣&end=٩",
        "start=50&end=2",
        "start=1&start=2&end=",
        "&".join(["start=1&end=2"] * 500),
    ],
)
def test_a_malformed_stretch_is_no_failure(client: httpx.Client, query: str) -> None:
    page = client.get(f"/articles/alliance?{query}")
    assert page.status_code == 200
    assert "九城市共同发起" in page.text


@pytest.mark.parametrize(
    "path", ["nothing", "..%2f..%2fetc%2fpasswd", "%00", "a" * 2000, "<script>alert(1)<%2fscript>"]
)
def test_an_unknown_article_is_a_page_in_the_same_look(client: httpx.Client, path: str) -> None:
    page = client.get(f"/articles/{path}")
    assert page.status_code == 404
    assert "没有这篇文章" in page.text
    assert "/look/look.css" in page.text
    assert "alert" not in page.text


def test_the_pages_speak_the_language_of_the_browser(client: httpx.Client) -> None:
    english = client.get("/articles/nothing", headers={"Accept-Language": "en"})
    assert "There is no such article" in english.text
    assert "沒有這篇文章" in client.get("/articles/nothing", headers={"Accept-Language": "zh-TW"}).text


def test_the_articles_are_listed(client: httpx.Client) -> None:
    for query in ("", "?page=2", "?page=x", "?page=-1", "?page=" + "9" * 5000):
        page = client.get(f"/articles{query}")
        assert page.status_code == 200
        assert "共收录 3 篇文章" in page.text


@pytest.mark.parametrize(
    "path", ["/", "/config", "/articles", "/articles/alliance", "/healthz", "/look/look.css", "/nothing", "/theme.css"]
)
def test_every_route_carries_the_security_headers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert "http" not in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_the_front_page_runs_its_own_scripts_and_no_other_inline_script(client: httpx.Client) -> None:
    page = client.get("/")
    scripts = page.headers["content-security-policy"].split("script-src ")[1].split(";")[0]
    assert scripts.startswith("'self' 'sha256-")
    assert "unsafe" not in scripts
    assert int(page.headers["content-length"]) == len(page.content)


def test_the_front_page_advertises_nobody(client: httpx.Client) -> None:
    page = client.get("/", headers={"Accept-Encoding": "gzip, br"}).text
    assert "og:image" not in page
    assert "raw.githubusercontent.com" not in page
    assert "<gradio-app" in page


def test_an_article_page_may_run_no_script(client: httpx.Client) -> None:
    policy = client.get("/articles/alliance").headers["content-security-policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
def test_no_other_origin_is_let_in(client: httpx.Client, origin: str) -> None:
    for path in ("/", "/config", "/readyz"):
        answer = client.get(path, headers={"Origin": origin, "Host": "wenju.example"})
        assert not [name for name in answer.headers if name.startswith("access-control-allow")]
    preflight = client.options(
        "/feedback", headers={"Origin": origin, "Access-Control-Request-Method": "POST", "Host": "wenju.example"}
    )
    assert "access-control-allow-origin" not in preflight.headers


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=http://evil.example/",
        "/gradio_api/proxy=http://evil.example/",
        "/gradio_api/info",
        "/gradio_api/openapi.json",
        "/gradio_api/component_server",
        "/gradio_api/runs",
        "/gradio_api/deep_link",
        "/gradio_api/vibe-code",
        "/gradio_api/call/on_ask",
        "//gradio_api/upload",
        "/gradio_api%2fupload",
        "/gradio_api/queue/../upload",
        "/upload",
        "/file=/etc/passwd",
        "/run/on_ask",
        "/login",
        "/monitoring",
        "/docs",
        "/openapi.json",
    ],
)
def test_what_a_chat_never_needs_is_walled_off(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path, files={"files": b"x"}).status_code == 404
    assert client.get(path).headers["content-type"] == "application/problem+json"


def test_a_browser_that_goes_astray_gets_a_page(client: httpx.Client) -> None:
    page = client.get("/nothing/here", headers={"Accept": "text/html,*/*"})
    assert page.status_code == 404
    assert "没有这个页面" in page.text
    assert "/look/look.css" in page.text


def test_a_body_beyond_any_question_is_refused(client: httpx.Client) -> None:
    big = client.post("/gradio_api/queue/join", content=b"x" * (BODY_BYTES + 1))
    assert big.status_code == 413
    assert "x" * 20 not in big.text
    assert client.post("/feedback", json={"answer": "x" * BODY_BYTES}).status_code == 413


def test_an_answer_that_was_shown_can_be_rated(client: httpx.Client) -> None:
    html = asked(client, "联盟是做什么的？")[-1]
    shown = html.split('class="wj-tools" id="x1-')[1][:16]
    assert client.post("/feedback", json={"answer": shown, "rating": "up", "reason": None}).status_code == 204
    assert client.post("/feedback", json={"answer": "0" * 16, "rating": "up"}).status_code == 404


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b"null", b'{"answer":1,"rating":"up"}', b"\xff", b"[" * 1000, b'{"answer":"a"}']
)
def test_feedback_that_makes_no_sense_is_refused_without_an_echo(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/feedback", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"type": "about:blank", "title": answer.json()["title"], "status": 422}


def test_feedback_from_a_form_of_another_site_is_refused(client: httpx.Client) -> None:
    assert client.post("/feedback", data={"answer": "a", "rating": "up"}).status_code == 415


def test_a_question_streams_until_its_answer_is_complete(client: httpx.Client) -> None:
    states = asked(client, "联盟是做什么的？")
    assert "正在查找资料" in states[0]
    assert ALLIANCE_QUOTE in states[-1]
    assert "wj-finished" in states[-1]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("长" * 5000, "问题太长了"),
        ("没有的事？", "文章中没有答案"),
        ("失败", "服务出错"),
        ("联盟\u202e\u0000\x1b[31m是做什么的？", "首批成员"),
    ],
)
def test_whatever_is_posted_to_the_queue_gets_an_end(client: httpx.Client, question: str, words: str) -> None:
    states = asked(client, question)
    assert words in states[-1]
    assert "secret of the inside" not in "".join(states)
    assert client.get("/healthz").status_code == 200


def test_a_lone_surrogate_is_no_failure(client: httpx.Client) -> None:
    assert "首批成员" in asked(client, "联盟\ud83d是做什么的？")[-1]


@pytest.mark.parametrize("question", ["", "   ", "\u3000\u200b", None])
def test_a_blank_question_is_told_apart_and_not_asked(
    client: httpx.Client, fake_assistant: FakeAssistant, question: object
) -> None:
    before = len(fake_assistant.asked)
    assert asked(client, question) == []
    assert len(fake_assistant.asked) == before


def test_markup_in_a_question_comes_back_as_text(client: httpx.Client) -> None:
    last = asked(client, "<img src=x onerror=alert(1)> 联盟？")[-1]
    assert "&lt;img src=x onerror=alert(1)&gt;" in last
    assert "<img" not in last


def test_the_configuration_of_the_page_names_no_other_host(client: httpx.Client) -> None:
    configuration = json.dumps(client.get("/config").json())
    assert "huggingface" not in configuration
    assert "fonts.googleapis" not in configuration
