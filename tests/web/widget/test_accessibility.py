"""The widget for everybody: axe, narrow and enlarged windows, forced colours, the focus that nothing may cover.

axe finds a third to a half of what is wrong; the rest of WCAG 2.2 that a script can see is checked below.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_assistant import ALLIANCE_QUOTE
from hosts import Scene, api, ask, browser, context_of, host, launcher, opened, scene, scene_of, violations
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
__all__ = ["api", "browser", "context_of", "host", "scene", "scene_of"]

SIZES = [(1280, 800), (375, 667), (320, 256)]
PAGE = "<main><h1>办事指南</h1><p>正文。<a href='#x'>链接</a></p></main>"


@pytest.mark.parametrize(
    ("size", "lang", "scheme"),
    [*((size, lang, "light") for size in SIZES for lang in ("zh-CN", "en")), (SIZES[1], "zh-TW", "dark")],
    ids=str,
)
def test_axe_finds_nothing_in_any_state(
    scene_of: Callable[..., Scene], size: tuple[int, int], lang: str, scheme: str
) -> None:
    scene = scene_of(color_scheme=scheme)
    page = scene.visit(PAGE, size, lang=lang)
    page.locator("button.launch").wait_for()
    found = {"closed": violations(page)}
    opened(page)
    found["open"] = violations(page)
    ask(page)
    page.locator(".tools button").last.click()
    found["answered"] = violations(page)
    page.route("**/api/v1/ask", lambda route: route.abort())
    ask(page, "金额")
    expect(page.get_by_role("alert")).to_be_visible()
    found["error"] = violations(page)
    assert {state: some for state, some in found.items() if some} == {}
    scene.complaints[:] = [line for line in scene.complaints if "Failed to load resource" not in line]


COVERED = """
() => {
  const root = document.querySelector('wenju-chat').shadowRoot, covered = [];
  const focusable = root.querySelectorAll('button, a, select, textarea, input, [tabindex="0"]');
  for (const element of focusable) {
    if (!element.checkVisibility() || element.closest('[hidden]')) continue;
    element.focus();
    const r = element.getBoundingClientRect(), points = [[.5, .5], [.1, .1], [.9, .9], [.5, .1], [.5, .9]];
    const seen = points.some(([x, y]) => {
      const at = root.elementFromPoint(r.x + r.width * x, r.y + r.height * y);
      return at && (at === element || element.contains(at) || at.contains(element) && at.tagName === 'LABEL');
    });
    if (!seen) covered.push(element.outerHTML.slice(0, 80));
  }
  return covered;
}
"""


@pytest.mark.parametrize("large", [False, True], ids=["normal", "large"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_nothing_that_has_the_focus_is_covered_and_nothing_sticks_out(
    scene: Scene, size: tuple[int, int], large: bool
) -> None:
    page = opened(scene.visit(PAGE, size, lang="en", **({"font": "large"} if large else {})))
    ask(page)
    page.get_by_role("button", name="Not helpful").click()
    assert page.evaluate(COVERED) == []
    overflow = "e => [...e.querySelectorAll('*'), e].filter(x => x.scrollWidth > x.clientWidth + 1 && x.clientWidth > 1"
    overflow += " && getComputedStyle(x).display !== 'inline').map(x => x.className || x.tagName)"
    assert page.get_by_role("dialog").evaluate(overflow) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_in_a_low_window_the_launcher_covers_nothing_of_the_page(scene: Scene) -> None:
    page = scene.visit(PAGE + "<p><a id='last' href='#x'>最后的链接</a></p>", (320, 256))
    page.locator("button.launch").wait_for()
    launch, last = launcher(page).bounding_box(), page.locator("#last").bounding_box()
    assert launch
    assert last
    assert launch["y"] >= last["y"] + last["height"]


def test_at_four_hundred_percent_the_text_of_a_wide_window_still_fits(scene_of: Callable[..., Scene]) -> None:
    """1280 by 1024 pixels, enlarged four times, are 320 by 256 for the page."""
    scene = scene_of(device_scale_factor=4)
    page = opened(scene.visit(PAGE, (320, 256)))
    ask(page)
    assert page.get_by_role("dialog").evaluate("e => [e.offsetWidth, e.scrollWidth]") == [320, 320]
    page.locator("ol li blockquote").first.scroll_into_view_if_needed()
    expect(page.locator("ol li blockquote").first).to_be_in_viewport(ratio=0.9)


def test_wider_spacing_of_the_text_cuts_nothing_off(scene: Scene) -> None:
    page = opened(scene.visit(PAGE, (375, 667), lang="en"))
    ask(page)
    page.evaluate(
        "const s = new CSSStyleSheet(); s.replaceSync('* { line-height: 1.5 !important; word-spacing: .16em !important;"
        " letter-spacing: .12em !important } p { margin-bottom: 2em !important }');"
        "const r = document.querySelector('wenju-chat').shadowRoot; r.adoptedStyleSheets = [...r.adoptedStyleSheets, s]"
    )
    cut = "e => [...e.querySelectorAll('button, a, p, h2, h3, li')].filter(x => x.scrollHeight > x.clientHeight + 2"
    cut += " && x.clientHeight && getComputedStyle(x).display !== 'inline').map(x => x.outerHTML.slice(0, 60))"
    assert page.get_by_role("dialog").evaluate(cut) == []


@pytest.mark.parametrize(("font", "least"), [("", 44), ("large", 60)])
def test_what_is_pressed_is_large_enough(scene: Scene, font: str, least: int) -> None:
    page = opened(scene.visit(PAGE, (375, 667), font=font))
    ask(page)
    page.get_by_role("button", name="没有帮助").click()
    pressed = "button, select, textarea, .tools a, .contact a, fieldset label"
    small = f"""e => [...e.querySelectorAll('{pressed}')].filter((x) => x.checkVisibility() && !x.closest('sup'))
      .map((x) => [x.textContent, x.getBoundingClientRect().height]).filter(([, high]) => high < {least} - .5)"""
    assert page.get_by_role("dialog").evaluate(small) == []
    number = page.get_by_role("button", name="引用 [1]").bounding_box()
    assert number
    assert min(number["width"], number["height"]) >= 24


def test_forced_colours_leave_every_control_its_edge(scene_of: Callable[..., Scene]) -> None:
    page = opened(scene_of(forced_colors="active").visit(PAGE))
    ask(page)
    edges = "e => [getComputedStyle(e).borderTopStyle, getComputedStyle(e).borderTopWidth]"
    for control in (launcher(page), page.locator("#box"), page.locator(".row .send"), page.get_by_role("dialog")):
        assert control.evaluate(edges) == ["solid", "1px"]
    assert violations(page) == []


@pytest.mark.parametrize(("motion", "behaviour"), [("reduce", "auto"), ("no-preference", "smooth")])
def test_nothing_moves_for_whoever_asks_for_less_motion(
    scene_of: Callable[..., Scene], motion: str, behaviour: str
) -> None:
    page = opened(scene_of(reduced_motion=motion).visit(PAGE))
    assert page.locator(".log").evaluate("e => getComputedStyle(e).scrollBehavior") == behaviour
    moving = "e => [...e.querySelectorAll('*')].filter(x => getComputedStyle(x).transitionDuration !== '0s' ||"
    moving += " getComputedStyle(x).animationName !== 'none').length"
    assert page.get_by_role("dialog").evaluate(moving) == 0


def test_filling_the_screen_it_closes_when_the_focus_leaves_it(scene: Scene) -> None:
    page = opened(scene.visit("<a href='#x' id='before'>前</a>" + PAGE, (375, 667)))
    page.locator("#before").focus()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#before")).to_be_focused()


def test_words_are_in_the_language_that_they_are_marked_with(scene: Scene) -> None:
    page = opened(scene.visit(PAGE, lang="en"))
    ask(page)
    assert page.get_by_role("dialog").get_attribute("lang") == "en"
    quote = page.locator(".exchange blockquote", has_text=ALLIANCE_QUOTE).first
    assert quote.get_attribute("lang") == "zh-Hans"
    assert page.locator(".text").get_attribute("lang") == "zh-Hans"
    assert page.get_by_role("button", name="Citation [1]").get_attribute("lang") == "en"


def test_the_box_has_a_label_a_note_and_the_error_beside_it(scene: Scene) -> None:
    page = opened(scene.visit(PAGE))
    box = page.get_by_label("您的问题：", exact=True)
    expect(box).to_have_accessible_description("请勿输入身份证号、手机号、银行卡号等个人信息。")
    box.press("Enter")
    expect(box).to_have_accessible_description("请勿输入身份证号、手机号、银行卡号等个人信息。 请先输入问题。")
    send = page.get_by_role("button", name="提问", exact=True)
    expect(send).to_have_attribute("aria-disabled", "true")
    send.focus()
    expect(send).to_be_focused()


def test_an_answer_is_read_aloud_where_there_is_a_voice_for_its_language(scene: Scene) -> None:
    page = scene.tab()
    page.add_init_script(
        "window.spoken = []; window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };"
        "const synthesis = {getVoices: () => [{lang: 'zh-CN'}], addEventListener() {},"
        " speak: (one) => spoken.push([one.text, one.voice.lang]), cancel: () => spoken.push('cancelled')};"
        "Object.defineProperty(window, 'speechSynthesis', {get: () => synthesis});"
    )
    page.goto(scene.host.page(scene.tag()))
    ask(opened(page))
    read = page.get_by_role("button", name="朗读")
    read.click()
    expect(read).to_have_attribute("aria-pressed", "true")
    said = page.evaluate("spoken")
    assert said[0] == ["本回答由人工智能生成，参考回答，不作为办事依据", "zh-CN"]
    assert ALLIANCE_QUOTE in "".join(text for text, _ in said)
    assert "[1]" not in "".join(text for text, _ in said)
    read.click()
    expect(read).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("spoken.pop()") == "cancelled"


def test_without_a_voice_there_is_no_button_to_read(scene: Scene) -> None:
    page = opened(scene.visit(PAGE))
    ask(page)
    expect(page.get_by_role("button", name="朗读")).to_be_hidden()


def test_on_paper_a_page_leaves_the_widget_out(scene: Scene) -> None:
    page: Page = opened(scene.visit(PAGE))
    page.emulate_media(media="print")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(launcher(page)).to_be_hidden()
