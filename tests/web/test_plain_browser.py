"""The pages without script in a real browser whose scripts are turned off."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from fake_assistant import ALLIANCE_QUOTE, FAIR_QUOTE
from playwright.sync_api import Browser, Page, expect
from test_page import AXE, RULES, browser
from three_sites import A, Embedded

from tests.watched_pages import watched

__all__ = ["browser"]

pytestmark = pytest.mark.browser

QUESTION = {"zh-Hans": "联盟是做什么的？", "en": "What does the alliance do?"}
SIZES = [(1280, 800), (375, 667), (320, 256)]


@pytest.fixture
def open_plain(browser: Browser, embedded: Embedded) -> Iterator[Callable[..., Page]]:
    """Opens the page, without scripts unless they are asked for. Fails the test if anything left this machine."""
    with watched(browser) as opened:

        def page(
            lang: str = "zh-Hans",
            size: tuple[int, int] = (1280, 800),
            *,
            scripts: bool = False,
            more: str = "",
            **changes: str,
        ) -> Page:
            address = f"{embedded.address}/embed/plain?site_key={A.key}&lang={lang}{more}"
            return opened(address, size, scripts=scripts, **changes)

        yield page


def ask(page: Page, question: str) -> None:
    page.locator("#question").fill(question)
    with page.expect_navigation():  # a click does not wait for the page that it brings
        page.locator("button.main").click()


def overflow(page: Page) -> int:
    """How many pixels stand out on the right."""
    found: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run({{runOnly: {json.dumps([*RULES, 'best-practice'])}}})")["violations"]
    return [f"{v['id']}: {[node['target'] for node in v['nodes']]}" for v in found]


def test_a_question_is_answered_and_its_citation_opens_the_article_at_the_quote(
    open_plain: Callable[..., Page],
) -> None:
    page = open_plain()
    ask(page, QUESTION["zh-Hans"])
    expect(page.locator("#result")).to_contain_text(QUESTION["zh-Hans"])
    expect(page.locator("#result")).to_be_in_viewport()
    with page.context.expect_page() as opening:
        page.locator(".citations .source a").first.click()
    article = opening.value
    quote = article.locator("mark#quote")
    expect(quote).to_have_text(ALLIANCE_QUOTE)
    expect(quote).to_be_in_viewport()
    article.get_by_role("link", name="前往提问").click()
    expect(article.locator("#question")).to_be_visible()


def test_the_whole_way_is_gone_with_the_keyboard_alone(open_plain: Callable[..., Page]) -> None:
    page = open_plain()
    keys = page.keyboard
    keys.press("Tab")
    expect(page.get_by_role("link", name="跳到提问")).to_be_focused()
    expect(page.get_by_role("link", name="跳到提问")).to_be_in_viewport()
    keys.press("Enter")
    expect(page.locator("#question")).to_be_focused()
    keys.type("金额是多少？")
    keys.press("Tab")
    expect(page.get_by_role("button", name="提问", exact=True)).to_be_focused()
    keys.press("Enter")
    expect(page.locator("#result")).to_be_focused()
    keys.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#a-c1"
    keys.press("Enter")
    assert page.evaluate("location.hash") == "#a-c1"
    keys.press("Tab")
    with page.context.expect_page() as opening:
        keys.press("Enter")
    expect(opening.value.locator("mark#quote")).to_have_text(FAIR_QUOTE)


def test_an_error_takes_the_focus_and_leads_to_the_box(open_plain: Callable[..., Page]) -> None:
    page = open_plain()
    ask(page, "长" * 301)
    expect(page.locator(".faults")).to_be_focused()
    expect(page).to_have_title("出错：问题太长，最多 300 个字，请缩短后再问。 – 政务问答")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#question")).to_be_focused()
    expect(page.locator("#question")).to_have_value("长" * 301)


def test_an_example_is_asked_by_one_press(open_plain: Callable[..., Page]) -> None:
    page = open_plain()
    page.get_by_role("button", name="意向采购金额是多少？").click()
    expect(page.locator(".answered")).to_contain_text("28.37")


def test_a_rating_leaves_the_answer_where_it_is(open_plain: Callable[..., Page]) -> None:
    page = open_plain()
    ask(page, QUESTION["zh-Hans"])
    page.get_by_label("如果没有帮助，哪里不好？").select_option("citation")
    with page.context.expect_page() as opening:
        page.get_by_role("button", name="没有帮助").click()
    expect(opening.value.locator("h1")).to_have_text("已记录，谢谢。")
    expect(page.locator(".answered")).to_contain_text(ALLIANCE_QUOTE)


def test_a_conversation_goes_on_and_can_be_begun_anew(open_plain: Callable[..., Page]) -> None:
    page = open_plain()
    ask(page, QUESTION["zh-Hans"])
    ask(page, "它的金额是多少？")
    page.locator("summary").click()
    expect(page.locator(".earlier")).to_contain_text(ALLIANCE_QUOTE)
    page.get_by_role("link", name="重新开始").click()
    expect(page.locator(".earlier")).to_have_count(0)


@pytest.mark.parametrize(
    ("lang", "look"),
    [("zh-Hans", {}), ("en", {}), ("zh-Hans", {"color_scheme": "dark"}), ("en", {"forced_colors": "active"})],
    ids=str,
)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_no_barrier_is_found_on_any_page(
    open_plain: Callable[..., Page], size: tuple[int, int], lang: str, look: dict[str, str]
) -> None:
    page = open_plain(lang, size, scripts=True, **look)
    assert violations(page) == []
    ask(page, QUESTION[lang])
    assert violations(page) == []
    ask(page, "金额？")
    page.locator("summary").first.click()
    assert violations(page) == []
    assert overflow(page) == 0
    ask(page, "长" * 301)
    assert violations(page) == []
    assert overflow(page) == 0
    page.goto(page.url.split("#")[0].replace("/embed/plain?", "/embed/articles/alliance?") + "&start=9&end=40#quote")
    assert violations(page) == []
    assert overflow(page) == 0


@pytest.mark.parametrize("more", ["", "&text=large"], ids=["normal", "large"])
def test_nothing_stands_out_of_a_narrow_window_even_with_more_space_between_letters(
    open_plain: Callable[..., Page], more: str
) -> None:
    page = open_plain("en", (320, 256), scripts=True, more=more)
    spaced = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
    for question in (None, QUESTION["en"], "x" * 301, "没有 a" + "W" * 120):
        if question:
            ask(page, question)
        assert overflow(page) == 0
        page.evaluate(
            "css => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s]; }", spaced
        )
        assert overflow(page) == 0


def test_large_text_is_half_as_large_again_with_targets_for_unsteady_hands(open_plain: Callable[..., Page]) -> None:
    page = open_plain()
    normal = page.locator(".intro").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    page.get_by_role("link", name="大字版").click()
    expect(page.locator("#question")).to_be_visible()
    large = page.locator(".intro").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert large == pytest.approx(1.5 * normal)
    assert large >= 20
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 60


def test_targets_are_large_enough_and_apart(open_plain: Callable[..., Page]) -> None:
    page = open_plain(size=(375, 667))
    ask(page, QUESTION["zh-Hans"])
    for target in page.locator("button, select, textarea").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    for link in page.locator("main a").all():
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= 24


def test_the_label_and_the_contact_are_on_the_printed_page_and_the_forms_are_not(
    open_plain: Callable[..., Page],
) -> None:
    page = open_plain()
    ask(page, QUESTION["zh-Hans"])
    page.emulate_media(media="print")
    expect(page.get_by_text("以下内容由人工智能生成")).to_be_visible()
    expect(page.get_by_text("参考回答，不作为办事依据。").first).to_be_visible()
    expect(page.locator(".citations")).to_be_visible()
    expect(page.locator("#contact")).to_be_visible()
    assert [form.is_visible() for form in page.locator("form").all()] == [False, False]


def test_without_its_style_the_page_still_reads_from_top_to_bottom(open_plain: Callable[..., Page]) -> None:
    page = open_plain()
    page.context.route("**/*.css*", lambda route: route.fulfill(body="", content_type="text/css"))
    page.reload()
    ask(page, QUESTION["zh-Hans"])
    text = page.locator("body").inner_text()
    order = [
        "政务问答",
        "人工智能生成",
        QUESTION["zh-Hans"],
        ALLIANCE_QUOTE,
        "引用（链接",
        "2024年11月25日",
        "人工咨询",
        "继续提问",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
