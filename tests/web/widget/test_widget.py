"""What a citizen does with the widget on an ordinary page."""

from __future__ import annotations

import re
from collections.abc import Callable
from statistics import median

import pytest
from fake_assistant import ALLIANCE_QUOTE
from hosts import QUESTION, Scene, api, ask, browser, context_of, host, keep_paper, launcher, opened, scene, scene_of
from playwright.sync_api import Page, expect
from three_sites import A, B, C

pytestmark = pytest.mark.browser
__all__ = ["api", "browser", "context_of", "host", "scene", "scene_of"]


def inside(page: Page) -> str:
    """The class or the name of what has the focus in the dialog; empty when it is elsewhere."""
    return page.evaluate(
        "(e => e ? e.id || e.className || e.textContent : '')"
        "(document.querySelector('wenju-chat').shadowRoot.activeElement)"
    )


def test_nothing_is_asked_of_the_server_before_the_citizen_opens_it(scene: Scene) -> None:
    page = scene.visit()
    page.wait_for_function("!!customElements.get('wenju-chat')")
    assert [url for url in scene.requested if "/api/" in url] == []
    opened(page)
    assert [url.split("?")[0] for url in scene.requested if "/api/" in url] == [f"{scene.api.address}/api/v1/site"]


def test_a_question_is_answered_with_its_citations(scene: Scene) -> None:
    page = opened(scene.visit())
    ask(page)
    expect(page.locator("h3").last).to_have_text(f"您的问题：{QUESTION}")
    expect(page.locator(".text blockquote").first).to_contain_text(ALLIANCE_QUOTE)
    first = page.locator("ol li").first
    expect(first).to_contain_text("《长三角G60科创走廊ESG发展联盟成立》")
    expect(first).to_contain_text("中新网上海")
    expect(first.locator("time")).to_have_text("2024年11月25日")
    expect(first.locator("blockquote")).to_have_text(ALLIANCE_QUOTE)
    expect(first).to_contain_text("即将离开本网站，打开 news.example.org")
    expect(page.get_by_role("status")).to_have_text("回答已生成，含 2 条引用。")
    expect(page.locator(".exchange .contact")).to_contain_text("市民服务热线12345在线留言")
    expect(page.locator(".made")).to_have_text(
        re.compile(r"^本回答由人工智能生成，参考回答，不作为办事依据，编号 \S{16,}$")
    )


def test_a_citation_opens_the_article_at_the_quote(scene: Scene) -> None:
    page = opened(scene.visit())
    ask(page)
    with scene.context.expect_page() as opening:
        page.locator("ol li a").first.click()
    article = opening.value
    quote = article.locator("mark#quote")
    expect(quote).to_have_text(ALLIANCE_QUOTE)
    expect(quote).to_be_in_viewport()
    assert f"site_key={A.key}" in article.url


def test_a_number_leads_to_its_citation_and_back_with_the_keyboard_alone(scene: Scene) -> None:
    page = scene.visit()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#box")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".made").wait_for()
    number = page.get_by_role("button", name="引用 [2]")
    number.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-n='2']")).to_be_focused()
    expect(page.locator("[data-n='2']")).to_be_in_viewport()
    page.locator("[data-n='2']").get_by_role("button", name="回到正文").focus()
    page.keyboard.press("Enter")
    expect(number).to_be_focused()
    page.keyboard.press("Escape")
    expect(launcher(page)).to_be_focused()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_launcher_says_whether_the_dialog_is_open(scene: Scene) -> None:
    page = scene.visit()
    expect(launcher(page)).to_have_attribute("aria-expanded", "false")
    opened(page)
    expect(launcher(page)).to_have_attribute("aria-expanded", "true")
    launcher(page).click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(launcher(page)).to_have_attribute("aria-expanded", "false")


def test_the_focus_walks_out_of_the_dialog(scene: Scene) -> None:
    page = opened(scene.visit("<a href='#x' id='before'>前</a>"))
    for _ in range(4):
        page.keyboard.press("Tab")
    assert inside(page) == ""
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_an_enter_that_ends_composing_does_not_send(scene: Scene) -> None:
    page = opened(scene.visit())
    page.locator("#box").fill("lian meng")
    for options in ("{isComposing: true}", "{keyCode: 229}"):
        page.locator("#box").evaluate(
            "(box, given) => box.dispatchEvent(new KeyboardEvent('keydown',"
            " Object.assign({key: 'Enter', bubbles: true, cancelable: true, composed: true}, given)))",
            {"isComposing": True} if "is" in options else {"keyCode": 229},
        )
    expect(page.locator(".exchange")).to_have_count(0)
    page.locator("#box").press("Shift+Enter")
    expect(page.locator(".exchange")).to_have_count(0)
    assert page.locator("#box").input_value() == "lian meng\n"
    page.locator("#box").press("Enter")
    expect(page.locator(".exchange")).to_have_count(1)


def test_a_rating_goes_to_the_server_once(scene: Scene) -> None:
    page = opened(scene.visit())
    ask(page)
    page.get_by_role("button", name="没有帮助").click()
    page.get_by_label("引用不支持回答").check()
    page.get_by_label("补充说明").fill("第二句不对")
    with page.expect_request("**/api/v1/feedback") as sent:
        page.get_by_role("button", name="提交").click()
    body = sent.value.post_data_json
    assert {**body, "answer_id": ""} == {
        "answer_id": "",
        "rating": "down",
        "reason": "citation",
        "comment": "第二句不对",
    }
    expect(page.get_by_role("status")).to_have_text("已记录，谢谢。")
    expect(page.get_by_role("button", name="没有帮助")).to_have_attribute("aria-pressed", "true")


def test_what_is_copied_carries_the_label_and_the_sources(scene_of: Callable[..., Scene]) -> None:
    scene = scene_of(permissions=["clipboard-read", "clipboard-write"])
    page = opened(scene.visit())
    ask(page)
    page.get_by_role("button", name="复制").click()
    expect(page.get_by_role("status")).to_have_text("已复制。")
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith(f"{QUESTION}\n\n《")
    cited = f"[1] 《长三角G60科创走廊ESG发展联盟成立》，中新网上海，2024年11月25日：“{ALLIANCE_QUOTE}” "
    assert f"{cited}{scene.api.address}/embed/articles/" in text
    label = "（本内容由人工智能生成，参考回答，不作为办事依据，请以引用的原文为准。"
    assert re.search(label + r"政务问答，20\d\d年\d+月\d+日，回答编号 \S+）$", text)


def test_what_is_printed_carries_the_label_and_the_sources(scene: Scene) -> None:
    page = opened(scene.visit())
    ask(page)
    keep_paper(page)
    page.get_by_role("button", name="打印").click()
    paper = page.frames[-1]
    assert paper.locator("h1").inner_text() == QUESTION
    text = paper.locator("body").inner_text()
    assert "（本内容由人工智能生成" in text
    assert "[2] 《长三角G60科创走廊ESG发展联盟成立》" in text


def test_a_conversation_is_forgotten_unless_the_page_wants_it_kept(scene: Scene) -> None:
    page = opened(scene.visit())
    ask(page)
    assert page.evaluate("sessionStorage.length") == 0
    page.reload()
    opened(page)
    expect(page.locator(".exchange")).to_have_count(0)


def test_a_kept_conversation_is_there_after_a_reload_and_gone_when_cleared(scene: Scene) -> None:
    page = opened(scene.visit(history="session"))
    ask(page)
    page.reload()
    opened(page)
    expect(page.locator("ol li")).to_have_count(2)
    with page.expect_request("**/api/v1/ask") as sent:
        ask(page, "那金额呢？")
    assert [turn["role"] for turn in sent.value.post_data_json["history"]] == ["user", "assistant"]
    page.get_by_role("button", name="清空").click()
    expect(page.locator(".exchange")).to_have_count(0)
    expect(page.get_by_role("button", name=QUESTION)).to_be_visible()
    page.reload()
    opened(page)
    expect(page.locator(".exchange")).to_have_count(0)


def test_two_widgets_on_a_page_keep_apart(scene: Scene) -> None:
    body = "<div id='place' style='height: 500px'></div>" + scene.tag(B, target="#place", lang="en")
    page = scene.visit(body)
    inline = page.locator("#place wenju-chat")
    inline.locator("#box").fill("What does the alliance do?")
    inline.locator("#box").press("Enter")
    expect(inline.locator(".exchange")).to_have_count(1)
    page.get_by_role("button", name="智能问答").click()
    floating = page.get_by_role("dialog")
    expect(floating.get_by_role("heading", name="政务问答")).to_be_visible()
    expect(floating.locator(".exchange")).to_have_count(0)
    expect(inline.get_by_role("heading", name="Alliance desk")).to_be_visible()


def test_a_tag_that_runs_twice_makes_one_widget(scene: Scene) -> None:
    page = scene.visit(scene.tag())
    page.wait_for_function("!!customElements.get('wenju-chat')")
    assert page.locator("wenju-chat").count() == 1
    assert page.locator("button[aria-haspopup=dialog]").count() == 1


def test_a_widget_that_a_page_takes_out_and_puts_back_keeps_its_conversation(scene: Scene) -> None:
    page = opened(scene.visit())
    ask(page)
    page.evaluate("document.body.replaceChildren(document.querySelector('script[data-site-key]'))")
    page.evaluate(
        "const old = document.querySelector('script[data-site-key]'), tag = document.createElement('script');"
        "Object.assign(tag.dataset, old.dataset); tag.src = old.src; document.body.append(tag)"
    )
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.locator(".exchange")).to_have_count(1)
    ask(page, "意向金额是多少？")
    expect(page.locator(".exchange")).to_have_count(2)


def test_a_page_opens_it_asks_and_listens_without_hearing_the_question(scene: Scene) -> None:
    page = scene.visit(
        "<script>window.heard = [];"
        "addEventListener('load', () => { for (const name of ['open', 'answer', 'error'])"
        " Wenju.on(name, (detail) => heard.push([name, detail])); Wenju.ask('联盟是做什么的？'); });</script>"
    )
    page.locator(".made").wait_for()
    heard = dict(page.evaluate("heard"))
    assert list(heard) == ["open", "answer"]
    assert {**heard["answer"], "answer_id": ""} == {
        "site_key": A.key,
        "answer_id": "",
        "status": "answered",
        "citations": 2,
    }
    page.evaluate("Wenju.close()")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_site_that_wants_tokens_gets_them_from_the_page_and_a_new_one_when_it_is_refused(scene: Scene) -> None:
    response = scene.context.request.post(
        f"{scene.api.address}/api/v1/token",
        headers={"Authorization": f"Bearer {C.secret}"},
        data={"origin": scene.host.address},
    )
    scene.host.tokens[:] = ["of.yesterday", response.json()["token"]]
    page = opened(scene.open(scene.host.page(scene.tag(C, token_url="/wenju-token"))))
    ask(page)
    expect(page.locator("ol li")).to_have_count(2)
    assert scene.requested.count(f"{scene.host.address}/wenju-token") == 2
    scene.complaints[:] = [line for line in scene.complaints if "status of 401" not in line]


def test_a_site_that_wants_tokens_says_so_when_the_page_has_none(scene: Scene) -> None:
    page = scene.open(scene.host.page(scene.tag(C, token_url="/nowhere")))
    launcher(page).click()
    expect(page.get_by_role("alert")).to_contain_text("暂时连接不上")


def test_a_widget_can_stand_open_without_taking_the_focus(scene: Scene) -> None:
    page = scene.visit(open="true", title="问一问", contact_url="https://www.host.example.gov.cn/ask")
    expect(page.get_by_role("dialog", name="问一问")).to_be_visible()
    page.locator("#box").wait_for()
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    expect(page.get_by_role("link", name="在线留言")).to_have_attribute("href", "https://www.host.example.gov.cn/ask")


def test_launchers_on_the_same_side_stand_one_above_the_other(scene: Scene) -> None:
    page = scene.visit(scene.tag(B, title="乙"))
    page.wait_for_function("document.querySelectorAll('wenju-chat').length === 2")
    page.locator("button.launch").nth(1).wait_for()
    places = page.locator("button.launch").evaluate_all(
        "all => all.map((e) => { const r = e.getBoundingClientRect(); return [r.top, r.bottom]; })"
    )
    assert places[1][1] <= places[0][0]
    page.get_by_role("button", name="智能问答").click()
    expect(page.get_by_role("dialog", name="政务问答")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="乙").click()
    expect(page.get_by_role("dialog", name="乙")).to_be_visible()
    expect(page.get_by_role("dialog", name="政务问答")).to_be_hidden()


def test_the_counter_counts_as_the_server_does(scene: Scene) -> None:
    page = opened(scene.visit())
    page.locator("#box").fill("𠮷" * 299 + "é")
    expect(page.locator(".foot")).to_contain_text("300/300 字")
    page.locator("#box").press("Enter")
    expect(page.locator(".exchange")).to_have_count(1)
    page.locator(".made").wait_for()
    page.locator("#box").fill("𠮷" * 301)
    page.locator("#box").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("问题最多 300 字，现在是 301 字，请缩短后再问。")
    expect(page.locator(".exchange")).to_have_count(1)
    page.locator("#box").fill(" 　\n")
    page.locator("#box").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("请先输入问题。")
    expect(page.locator("#box")).to_be_focused()


def test_another_language_is_spoken_at_once_and_what_was_said_stays(scene: Scene) -> None:
    page = opened(scene.visit())
    ask(page)
    page.locator("#box").fill("草稿")
    page.get_by_label("语言").focus()
    page.get_by_label("语言").select_option("en")
    expect(page.get_by_role("heading", name="Ask the city")).to_be_visible()
    assert page.get_by_role("dialog").get_attribute("lang") == "en"
    assert page.locator("#box").input_value() == "草稿"
    expect(page.locator(".exchange")).to_have_count(1)
    expect(page.get_by_label("Language")).to_be_focused()


def test_large_text_is_remembered_in_the_tab(scene: Scene) -> None:
    page = opened(scene.visit())
    page.get_by_role("button", name="大字").click()
    page.reload()
    opened(page)
    size = page.locator("#box").evaluate("box => [parseFloat(getComputedStyle(box).fontSize), box.offsetHeight]")
    assert size[0] == 22
    assert size[1] >= 60


@pytest.mark.alone
def test_two_hundred_answers_stay_quick(scene: Scene) -> None:
    page = opened(scene.visit(history="session"))
    ask(page)
    page.evaluate(
        "const name = Object.keys(sessionStorage)[0], held = JSON.parse(sessionStorage.getItem(name));"
        "held.kept = Array(190).fill(held.kept[0]); sessionStorage.setItem(name, JSON.stringify(held))"
    )
    page.reload()
    opened(page)
    expect(page.locator(".exchange")).to_have_count(190)
    spent = page.evaluate(
        """async () => {
          const chat = document.querySelector('wenju-chat'), spent = [];
          const body = {answer_id: 'a', status: 'answered', used: [], answer: '一句话\\n'.repeat(8), sources: []};
          const headers = {'Content-Type': 'application/json'};
          window.fetch = async () => new Response(JSON.stringify(body), {headers});
          for (let i = 0; i < 10; i++) {
            const begun = performance.now();
            const answered = new Promise((go) => document.addEventListener('wenju:answer', go, {once: true}));
            chat.ask('问');
            await answered;
            spent.push(performance.now() - begun);
          }
          return spent;
        }"""
    )
    expect(page.locator(".exchange")).to_have_count(200)
    assert median(spent) < 250
