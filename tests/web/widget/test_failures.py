"""What the citizen is told when something goes wrong between the page and the server, and that the question is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hosts import QUESTION, Host, Scene, api, browser, context_of, host, launcher, opened, scene_of
from playwright.sync_api import Page, expect
from scripted import ANSWER, DONE, META, SOURCE, SOURCES, Said, Scripted, event, problem, scripted_app
from served import serving
from three_sites import GONE, Embedded

pytestmark = pytest.mark.browser
__all__ = ["api", "browser", "context_of", "host", "scene_of"]

FAILED_LOADS = "Failed to load resource"


@pytest.fixture(scope="module")
def served(api: Embedded, host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Scripted, Embedded]]:
    script = Scripted()
    folder: Path = tmp_path_factory.mktemp("scripted")
    with serving(scripted_app(script, api, host.address, folder)) as address:
        yield script, replace(api, address=address)


@pytest.fixture
def script(served: tuple[Scripted, Embedded]) -> Scripted:
    served[0].say.clear()
    served[0].asked.clear()
    return served[0]


@pytest.fixture
def page(scene_of: Callable[..., Scene], served: tuple[Scripted, Embedded]) -> Iterator[Page]:
    """The open dialog of a page whose server follows the script."""
    scene = scene_of(served[1])
    yield opened(scene.visit())
    # The browser itself says so in its console whenever a request fails.
    scene.complaints[:] = [line for line in scene.complaints if FAILED_LOADS not in line]


def put(page: Page, question: str = QUESTION) -> None:
    page.locator("#box").fill(question)
    page.locator("#box").press("Enter")


def answered(page: Page) -> None:
    expect(page.get_by_role("status")).to_have_text("回答已生成，含 1 条引用。")
    expect(page.locator(".text")).to_have_text("联盟由九城市共同发起[1]")
    expect(page.locator("ol li")).to_have_count(1)


def failed(page: Page, words: str) -> None:
    """The words are said, the question stands there still, and asking again brings the answer."""
    expect(page.get_by_role("alert")).to_have_text(words)
    expect(page.locator(".exchange h3")).to_contain_text(QUESTION)
    expect(page.get_by_role("button", name="重新回答")).to_be_visible()


def again(page: Page, script: Scripted) -> None:
    script.say.append(Said((ANSWER,)))
    page.get_by_role("button", name="重新回答").click()
    answered(page)
    assert len({asked["client_msg_id"] for asked in script.asked}) == 1
    expect(page.get_by_role("alert")).to_be_hidden()


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(tuple(ANSWER[i : i + 1] for i in range(len(ANSWER))), id="byte by byte"),
        pytest.param((ANSWER.replace(b"\n", b"\r\n")[:-1], b"\n"), id="carriage returns, the last one cut off"),
        pytest.param((ANSWER.replace(b"\n", b"\r"),), id="carriage returns alone"),
        pytest.param(
            (b"\xef\xbb\xbf: ping\n\n" + META + b": ping\n\nid: 7\nretry: 1\n" + ANSWER[len(META) :],),
            id="BOM, pings, other fields",
        ),
        pytest.param((ANSWER.replace(b'data: {"text"', b'data:\ndata:{"text"'),), id="data on two lines"),
        pytest.param((ANSWER.replace("共同".encode(), "共\u2028同".encode()),), id="line separators in the text"),
        pytest.param((ANSWER + DONE + event("delta", text="还有"),), id="something after the end"),
    ],
)
def test_an_answer_is_understood_however_it_comes(page: Page, script: Scripted, pieces: tuple[bytes, ...]) -> None:
    script.say.append(Said(pieces))
    put(page)
    expect(page.get_by_role("status")).to_have_text("回答已生成，含 1 条引用。")
    expect(page.locator(".text")).to_contain_text("同发起[1]")


def test_an_answer_grows_while_it_is_written_and_what_is_focused_stays(page: Page, script: Scripted) -> None:
    first = META + SOURCES + event("delta", text="- 联盟由九城市共同发起[1]\n- 一\n\n其")
    script.say.append(Said((first, event("delta", text="次，没有[2]号。"), DONE), pause=0.7))
    put(page)
    expect(page.get_by_role("status")).to_have_text("正在生成回答……")
    page.get_by_role("button", name="引用 [1]").focus()
    expect(page.locator("ol li")).to_have_count(1)
    expect(page.locator(".text ul li")).to_have_count(2)
    expect(page.locator(".text p")).to_have_text("其次，没有[2]号。")
    expect(page.get_by_role("button", name="引用 [1]")).to_be_focused()
    expect(page.get_by_role("button", name="引用 [2]")).to_have_count(0)
    assert page.locator(".text").get_attribute("aria-live") is None
    expect(page.get_by_role("status")).to_have_text("回答已生成，含 1 条引用。")


def test_a_text_that_is_put_right_replaces_what_stood_there(page: Page, script: Scripted) -> None:
    wrong = event("delta", text="一\n二\n三[1]")
    script.say.append(
        Said((META, SOURCES, wrong, event("replace", text="联盟由九城市共同发起[1]", reason="revised"), DONE))
    )
    put(page)
    answered(page)


def test_an_answer_is_in_the_language_that_the_server_tells(page: Page, script: Scripted) -> None:
    told = event("done", status="answered", answer_lang="zh-Hant", used=[1], timings_ms={})
    script.say.append(Said((META, SOURCES, event("delta", text="由九城市共同[1]"), told)))
    put(page)
    expect(page.locator("[lang=zh-Hant]", has_text="由九城市共同").first).to_be_visible()


def test_an_answer_in_one_piece_is_shown_too(page: Page, script: Scripted) -> None:
    body = {
        "answer_id": "a1",
        "answer": "联盟由九城市共同发起[1]",
        "status": "answered",
        "used": [1],
        "sources": [SOURCE],
    }
    script.say.append(Said((json.dumps(body).encode(),), kind="application/json"))
    put(page)
    answered(page)


def test_markup_in_an_answer_is_text(page: Page, script: Scripted) -> None:
    hostile = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) ![i](http://evil.example/i) http://evil.example"
    source = {
        **SOURCE,
        "title": "<script>alert(1)</script>",
        "url": "javascript:alert(1)",
        "issuer": "<b>x</b>",
        "quote": hostile,
    }
    script.say.append(Said((META, event("sources", sources=[source]), event("delta", text=f"{hostile}[1]"), DONE)))
    put(page)
    expect(page.locator(".text")).to_have_text(f"{hostile}[1]")
    expect(page.locator("ol a")).to_have_text(["《<script>alert(1)</script>》（在新标签页打开）"])
    assert page.locator(".exchange img, .exchange script, .exchange b, .text a").count() == 0


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param(Said((META, SOURCES)), "连接中断，回答不完整。请重新回答，问题已保留。", id="no end"),
        pytest.param(Said((META, SOURCES), cut=True), "连接中断，回答不完整。请重新回答，问题已保留。", id="cut"),
        pytest.param(
            Said((META, b"event: delta\ndata: {broken\n\n")),
            "连接中断，回答不完整。请重新回答，问题已保留。",
            id="broken JSON",
        ),
        pytest.param(
            Said((META, event("error", problem={"detail": "服务出错了。"}))), "服务出错了。", id="error event"
        ),
        pytest.param(
            Said((b"<h1>Bad gateway</h1>",), status=502, kind="text/html"),
            "服务出错，请稍后重新回答，问题已保留。",
            id="502",
        ),
        pytest.param(Said((b"<h1>Login</h1>",), kind="text/html"), "暂时连接不上。", id="a page instead"),
        pytest.param(
            Said((b"<h1>No</h1>",), status=403, kind="text/html"),
            "本页面没有获准使用问答服务，请到官方网站提问。",
            id="403 of a firewall",
        ),
        pytest.param(problem(403, "origin-not-allowed", detail="本页面未登记。"), "本页面未登记。", id="403"),
        pytest.param(
            problem(503, "busy", detail="提问的人多。", retry_after=5), "提问的人多。 请在 5 秒后再试。", id="503"
        ),
        pytest.param(
            Said((b"",), status=429, headers={"Retry-After": "30"}), "提问过于频繁。 请在 30 秒后再试。", id="429"
        ),
    ],
)
def test_a_failure_is_said_plainly_and_the_question_can_be_asked_again(
    page: Page, script: Scripted, said: Said, words: str
) -> None:
    script.say.append(said)
    put(page)
    failed(page, words)
    again(page, script)


def test_what_was_written_before_a_cut_stays_and_is_marked(page: Page, script: Scripted) -> None:
    script.say.append(Said((META, SOURCES, event("delta", text="联盟由九城市[1]")), pause=1, cut=True))
    put(page)
    failed(page, "连接中断，回答不完整。请重新回答，问题已保留。")
    expect(page.locator(".standing").first).to_have_text("回答不完整。")
    expect(page.locator(".text")).to_have_text("联盟由九城市[1]")
    expect(page.locator(".made")).to_be_visible()
    again(page, script)


def test_a_question_that_is_refused_goes_back_into_the_box(page: Page, script: Scripted) -> None:
    script.say.append(problem(422, "personal-data", detail="问题里像有个人信息。"))
    put(page, "我的手机号是多少")
    expect(page.get_by_role("alert")).to_have_text("问题里像有个人信息。")
    expect(page.locator("#box")).to_have_value("我的手机号是多少")
    expect(page.locator("#box")).to_be_focused()
    expect(page.locator(".exchange")).to_have_count(0)


def test_a_question_that_is_still_being_answered_is_waited_for(page: Page, script: Scripted) -> None:
    script.say.extend([problem(409, "pending", detail="还在回答。"), Said((ANSWER,))])
    put(page)
    answered(page)
    assert script.asked[0] == script.asked[1]


def test_an_answer_can_be_stopped_and_asked_for_again(page: Page, script: Scripted) -> None:
    script.say.append(Said((META, SOURCES, event("delta", text="联盟由九城市[1]"), DONE), pause=2))
    put(page)
    expect(page.get_by_role("status")).to_have_text("正在查找资料……")
    expect(page.get_by_role("button", name="提问")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="停止").click()
    expect(page.get_by_role("status")).to_have_text("已停止，回答不完整。")
    expect(page.locator(".standing").first).to_have_text("已停止，回答不完整。")
    expect(page.locator(".exchange h3")).to_be_focused()
    again(page, script)
    expect(page.locator(".exchange")).to_have_count(1)


def test_a_second_question_waits_for_the_first(page: Page, script: Scripted) -> None:
    script.say.append(Said((ANSWER[:-4], ANSWER[-4:]), pause=2))
    put(page)
    put(page, "意向金额是多少？")
    expect(page.get_by_role("alert")).to_contain_text("上一个问题还在回答")
    expect(page.locator("#box")).to_have_value("意向金额是多少？")
    answered(page)
    expect(page.locator(".exchange")).to_have_count(1)


def test_the_page_is_not_scrolled_away_from_what_is_read(page: Page, script: Scripted) -> None:
    lines = [event("delta", text=f"第{n}行。\n") for n in range(60)]
    script.say.append(Said((META, SOURCES, b"".join(lines[:30]), b"".join(lines[30:]), DONE), pause=0.3))
    put(page)
    page.locator(".text p").nth(29).wait_for()
    before = page.locator(".log").evaluate("log => log.scrollTop")
    page.locator(".made").wait_for()
    assert page.locator(".text p").count() == 60
    assert page.locator(".log").evaluate("log => log.scrollTop") == before


def test_being_offline_is_said(page: Page, script: Scripted) -> None:
    page.context.set_offline(True)
    put(page)
    failed(page, "网络已断开。请检查网络后重新回答，问题已保留。")
    page.context.set_offline(False)
    again(page, script)


def test_a_server_that_falls_silent_is_given_up(page: Page, script: Scripted) -> None:
    page.clock.install()
    script.say.append(Said((META, b""), pause=8))
    put(page)
    expect(page.get_by_role("status")).to_have_text("正在查找资料……")
    page.wait_for_timeout(300)
    page.clock.fast_forward(46000)
    failed(page, "连接中断，回答不完整。请重新回答，问题已保留。")


def test_a_site_that_cannot_be_reached_leads_to_the_page_without_script(scene_of: Callable[..., Scene]) -> None:
    scene = scene_of()
    page = scene.open(scene.host.page(scene.tag(GONE)))
    launcher(page).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("暂时连接不上，请使用简易版")
    assert f"/embed/plain?site_key={GONE.key}" in str(dialog.get_by_role("link").get_attribute("href"))
    page.keyboard.press("Escape")
    expect(launcher(page)).to_be_focused()
    # A page of a site that was revoked may not even read why.
    scene.complaints[:] = [line for line in scene.complaints if not re.search(f"{FAILED_LOADS}|CORS policy", line)]


def test_a_language_that_cannot_be_fetched_leaves_everything_as_it_was(page: Page, script: Scripted) -> None:
    script.say.append(Said((ANSWER,)))
    put(page)
    answered(page)
    page.route("**/api/v1/site?*", lambda route: route.abort())
    page.get_by_label("语言").select_option("en")
    expect(page.get_by_role("alert")).to_have_text("暂时连接不上。")
    expect(page.get_by_label("语言")).to_have_value("zh-Hans")
    expect(page.locator(".exchange")).to_have_count(1)


def test_a_component_that_cannot_be_loaded_leaves_a_link(scene_of: Callable[..., Scene]) -> None:
    scene = scene_of()
    page = scene.tab()
    page.route("**/widget.js", lambda route: route.abort())
    page.goto(scene.host.page(scene.tag()))
    link = page.get_by_role("link", name="智能问答")
    expect(link).to_be_visible()
    assert str(link.get_attribute("href")).endswith("&lang=zh-CN")
    scene.complaints[:] = [line for line in scene.complaints if FAILED_LOADS not in line]


def test_storage_that_may_not_be_used_is_done_without(scene_of: Callable[..., Scene]) -> None:
    scene = scene_of()
    page = scene.tab()
    page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    )
    page.goto(scene.host.page(scene.tag(history="session")))
    opened(page)
    put(page)
    expect(page.locator("ol li")).to_have_count(2)
    page.get_by_role("button", name="大字").click()
    expect(page.get_by_role("button", name="大字")).to_have_attribute("aria-pressed", "true")


def test_a_huge_text_pasted_is_counted_not_sent(scene_of: Callable[..., Scene]) -> None:
    page = opened(scene_of().visit())
    page.locator("#box").evaluate("box => { box.value = '问'.repeat(1e6); box.dispatchEvent(new Event('input')); }")
    page.locator("#box").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("问题最多 300 字，现在是 1000000 字，请缩短后再问。")
    expect(page.locator(".exchange")).to_have_count(0)
