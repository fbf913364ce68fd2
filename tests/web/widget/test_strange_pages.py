"""Pages that do not make it easy: strict policies, hostile styles and scripts, old browsers, none at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hosts import QUESTION, Scene, api, ask, browser, context_of, host, keep_paper, launcher, opened, scene, scene_of
from playwright.sync_api import Page, expect
from three_sites import A

pytestmark = pytest.mark.browser
__all__ = ["api", "browser", "context_of", "host", "scene", "scene_of"]


def policy(scene: Scene, trusted_types: str, more: str = "") -> dict[str, str]:
    """The strictest policy under which a page can have the widget."""
    ours = scene.api.address
    return {
        "Content-Security-Policy": f"default-src 'none'; script-src {ours}; connect-src {ours}; {more}"
        f"require-trusted-types-for 'script'; trusted-types {trusted_types}"
    }


def works(page: Page) -> None:
    opened(page)
    ask(page)
    expect(page.locator("ol li")).to_have_count(2)
    style = page.get_by_role("dialog").evaluate("e => [getComputedStyle(e).position, getComputedStyle(e).display]")
    assert style == ["fixed", "flex"]


@pytest.mark.parametrize(
    ("file", "trusted_types"),
    [
        pytest.param("loader.js", "wenju", id="loader, with the name of its policy"),
        pytest.param("widget.js", "'none'", id="component alone, without any policy"),
    ],
)
def test_nothing_is_violated_under_the_strictest_policy(scene: Scene, file: str, trusted_types: str) -> None:
    url = scene.host.page(scene.tag(file=file, theme_accent="#7a1f1f"), policy(scene, trusted_types))
    page = scene.open(url)
    works(page)
    page.get_by_role("button", name="大字").click()
    keep_paper(page)
    page.get_by_role("button", name="打印").click()
    assert page.frames[-1].locator("h1").inner_text() == QUESTION
    page.get_by_role("button", name="没有帮助").click()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("status")).to_have_text("已记录，谢谢。")


def test_a_browser_without_constructed_stylesheets_takes_one_with_the_nonce_of_the_tag(scene: Scene) -> None:
    ours = scene.api.address
    sources = f"script-src 'nonce-abc'; style-src 'nonce-abc'; connect-src {ours}"
    headers = {"Content-Security-Policy": f"default-src 'none'; {sources}"}
    page = scene.tab()
    page.add_init_script("delete window.CSSStyleSheet.prototype.replaceSync; delete HTMLElement.prototype.showPopover")
    page.goto(scene.host.page(scene.tag().replace("<script", "<script nonce='abc'"), headers))
    works(page)


def test_no_style_sheet_of_the_page_reaches_in(scene: Scene) -> None:
    page = scene.open(f"{scene.api.address}/embed/demo?site_key={A.key}&lang=zh-Hans&hostile=1")
    look = "e => { const s = getComputedStyle(e), r = e.getBoundingClientRect(); return [s.display, s.visibility,"
    look += " s.opacity, s.letterSpacing, s.textTransform, s.direction, s.pointerEvents, Math.round(r.height)]; }"
    page.locator("button.launch").wait_for()
    expected = ["visible", "1", "normal", "none", "ltr", "auto"]
    assert launcher(page).evaluate(look) == ["block", *expected, 48]
    works(page)
    page.wait_for_timeout(100)
    section = page.get_by_role("dialog")
    assert section.evaluate(look)[:7] == ["flex", *expected]
    assert page.locator(".row .send").evaluate(look)[:7] == ["block", *expected]
    on_top = (
        "e => { const r = e.getBoundingClientRect(); return document.elementFromPoint(r.x + 20, r.y + 20).tagName; }"
    )
    assert section.evaluate(on_top) == "WENJU-CHAT"


def test_layers_and_moved_bodies_of_the_page_stay_below(scene: Scene) -> None:
    page = scene.visit(
        "<div style='position: fixed; inset: 0; z-index: 2147483647; background: #fff'>横幅</div>"
        "<script>document.documentElement.style.transform = 'translateX(0)';"
        "addEventListener('load', () => document.body.append(document.querySelector('div').cloneNode(true)))</script>"
    )
    works(page)
    box = page.get_by_role("dialog").bounding_box()
    assert box
    assert box["x"] + box["width"] == 1280 - 24


SCRIPTS = """
<script>
  var define = function () { throw new Error('AMD'); }; define.amd = {};
  Array.prototype.toJSON = function () { return 'prototype'; };
  Array.prototype.first = function () { return this[0]; };
  Object.prototype.inherited = 'x';
  ['forEach', 'map', 'filter', 'find', 'includes', 'reduce', 'some'].forEach(function (name) {
    Array.prototype[name] = function () { throw new Error(name); };
  });
  Element.prototype.remove = Element.prototype.append = function () { throw new Error('remove'); };
  window.onerror = function () { window.failed = true; };
  window.keys = [];
  document.addEventListener('keydown', function (event) { keys.push(event.key); });
  window.$ = window.name = window.Line = window.Chat = 'taken';
</script>
<base href="https://elsewhere.example/x/">
"""


def test_scripts_of_the_page_get_nothing_into_it_and_nothing_out(scene: Scene) -> None:
    page = scene.visit(SCRIPTS, history="session")
    opened(page)
    page.locator("#box").press_sequentially("联盟")
    page.locator("#box").press("Enter")
    page.locator(".made").wait_for()
    with page.expect_request("**/api/v1/ask") as sent:
        ask(page, "那金额呢？")
    assert [turn["role"] for turn in sent.value.post_data_json["history"]] == ["user", "assistant"]
    page.get_by_role("button", name="引用 [1]").last.click()
    assert page.evaluate("[window.failed, keys.length, typeof Wenju.ask, $]") == [None, 0, "function", "taken"]
    assert page.evaluate("Array.isArray(JSON.parse(sessionStorage.getItem(Object.keys(sessionStorage)[0])).kept)")


def test_a_browser_without_what_is_needed_gets_a_link(scene: Scene) -> None:
    page = scene.tab()
    page.add_init_script("delete window.AbortController; delete Document.prototype.currentScript")
    page.goto(scene.host.page(scene.tag(lang="zh-TW")))
    link = page.get_by_role("link", name="智能問答")
    expect(link).to_be_visible()
    assert link.get_attribute("href") == f"{scene.api.address}/embed/plain?site_key={A.key}&lang=zh-TW"
    assert link.get_attribute("aria-expanded") is None
    assert [url for url in scene.requested if "widget.js" in url] == []
    link.click()
    expect(page.get_by_role("textbox")).to_be_visible()


def test_without_javascript_there_is_a_link_to_the_page_without_script(scene_of: Callable[..., Scene]) -> None:
    scene = scene_of(java_script_enabled=False)
    plain = f"{scene.api.address}/embed/plain?site_key={A.key}"
    page = scene.context.new_page()
    page.goto(scene.host.page(scene.tag() + f"<noscript><a href='{plain}'>智能问答</a></noscript>"))
    page.get_by_role("link", name="智能问答").click()
    page.get_by_role("textbox").fill(QUESTION)
    page.get_by_role("textbox").press("Tab")
    expect(page.get_by_role("button").first).to_be_visible()
    page.close()


def test_a_page_that_is_never_idle_still_fetches_the_component(scene: Scene) -> None:
    busy = "const c = new MessageChannel(); c.port1.onmessage = () => {"
    busy += " const until = performance.now() + 20; while (performance.now() < until); c.port2.postMessage(0); };"
    page = scene.visit(f"<h1>正文</h1><script>{busy} c.port2.postMessage(0)</script>")
    page.locator("button.launch").wait_for()


def test_a_tag_in_the_head_without_defer_waits_for_the_body(scene: Scene) -> None:
    works(scene.open(scene.host.page("<h1>正文</h1>", head=scene.tag().replace(" defer", ""))))


def test_an_element_in_the_page_needs_no_launcher(scene: Scene) -> None:
    script = f'<script src="{scene.api.address}/embed/v1/widget.js" defer></script>'
    page = scene.open(scene.host.page(f"<wenju-chat data-site-key='{A.key}' data-lang='en'></wenju-chat>{script}"))
    ask(page)
    expect(page.get_by_role("region", name="Ask the city")).to_be_visible()
    expect(page.locator("ol li")).to_have_count(2)


def test_a_page_of_an_invited_site_may_frame_the_assistant(scene: Scene) -> None:
    frame = (
        f"<iframe src='{scene.api.address}/embed/frame?site_key={A.key}&lang=zh-Hans' width=400 height=600></iframe>"
    )
    page = scene.open(scene.host.page(frame, {"Content-Security-Policy": f"frame-src {scene.api.address}"}))
    inside = page.frame_locator("iframe")
    inside.locator("#box").fill(QUESTION)
    inside.locator("#box").press("Enter")
    expect(inside.locator("ol li")).to_have_count(2)
    assert inside.locator("section").evaluate("e => [e.offsetHeight, document.documentElement.scrollHeight]") == [
        600,
        600,
    ]
    assert page.frames[1].evaluate("window.broken") == []


def test_a_page_that_was_not_invited_may_not_frame_it(scene: Scene) -> None:
    frame = f"<iframe src='{scene.api.address}/embed/frame?site_key={A.key}'></iframe>"
    page = scene.open(scene.host.page(frame).replace("127.0.0.1", "localhost"))
    page.wait_for_timeout(300)
    assert page.frames[1].url.startswith("chrome-error:")
    assert "frame-ancestors" in " ".join(scene.complaints)
    scene.complaints.clear()
    scene.requested.clear()


def test_the_theme_of_the_tag_is_taken_for_light_screens_and_that_of_the_page_for_all(
    scene_of: Callable[..., Scene],
) -> None:
    style = "<style>wenju-chat { --wenju-mark: rgb(1, 2, 3); }</style>"
    colours = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).getPropertyValue('--mark').trim()]"
    for scheme, paper in (("light", "rgb(255, 250, 240)"), ("dark", "rgb(23, 25, 28)")):
        page = opened(scene_of(color_scheme=scheme).visit(style, theme_paper="#fffaf0"))
        assert page.get_by_role("dialog").evaluate(colours) == [paper, "rgb(1, 2, 3)"]
