"""The real page in a real browser."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fake_assistant import ALLIANCE_QUOTE, FAIR_QUOTE, FakeAssistant, UnreadyAssistant
from playwright.sync_api import Browser, BrowserContext, Page, expect
from served import app_over, serving

from rag.settings import Settings
from tests.browser import chromium

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
QUESTION = "联盟是做什么的？"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@dataclass(frozen=True, slots=True)
class Window:
    """A browser profile, which keeps Gradio's files from test to test, and what went on in it."""

    context: BrowserContext
    requested: list[str]
    complaints: list[str]


@pytest.fixture(scope="module")
def window(browser: Browser) -> Callable[[str, bool], Window]:
    @cache
    def opened(locale: str, dark: bool) -> Window:
        context = browser.new_context(
            locale=locale,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )
        made = Window(context, [], [])
        context.on("request", lambda request: made.requested.append(request.url))
        context.on("dialog", lambda dialog: made.complaints.append(f"dialog {dialog.message}"))
        context.on("console", lambda m: made.complaints.append(m.text) if m.type == "error" else None)
        return made

    return opened


@pytest.fixture
def open_page(window: Callable[[str, bool], Window], address: str) -> Iterator[Callable[..., Page]]:
    """Opens the chat, by default in Simplified Chinese on a desk. Fails the test if anything left this machine."""
    used: list[Window] = []

    def opened(
        locale: str = "zh-CN", size: tuple[int, int] = (1280, 800), dark: bool = False, at: str | None = None
    ) -> Page:
        inside = window(locale, dark)
        used.append(inside)
        page = inside.context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(at or address)
        page.wait_for_selector(".wj-welcome")
        return page

    yield opened
    for inside in used:
        for page in inside.context.pages:
            page.close()
        assert {urlsplit(url).hostname for url in inside.requested if not url.startswith("data:")} == {"127.0.0.1"}
        assert inside.complaints == []


@pytest.fixture(scope="module")
def slow(settings_in: Callable[[], Settings]) -> Iterator[tuple[str, FakeAssistant]]:
    """An assistant that takes two seconds for an answer, and where it is served."""
    assistant = FakeAssistant(pause=0.1)
    with serving(app_over(assistant, settings_in())) as address:
        yield address, assistant


def ask(page: Page, question: str) -> None:
    page.get_by_role("textbox").fill(question)
    page.get_by_role("textbox").press("Enter")


def answered(page: Page) -> None:
    page.wait_for_selector("#wj-current .wj-finished")


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run({{runOnly: {json.dumps(RULES)}}})")["violations"]
    return [f"{v['id']}: {[node['target'] for node in v['nodes']]}" for v in found]


def test_a_question_is_answered_and_its_citation_opens_the_article_at_the_quote(open_page: Callable[..., Page]) -> None:
    page = open_page()
    ask(page, QUESTION)
    answered(page)
    expect(page.locator("#wj-current .wj-question")).to_contain_text(QUESTION)
    expect(page.locator(".wj-citation").first).to_contain_text(ALLIANCE_QUOTE)
    with page.context.expect_page() as opening:
        page.locator(".wj-citation .wj-open").first.click()
    article = opening.value
    quote = article.locator("mark#quote")
    expect(quote).to_have_text(ALLIANCE_QUOTE)
    expect(quote).to_be_in_viewport()
    assert article.evaluate("document.querySelector('.article-text').lang") == "zh-Hans"


def test_a_citation_is_reached_and_opened_with_the_keyboard_alone(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.get_by_role("textbox").focus()
    page.keyboard.type("金额是多少？")
    page.keyboard.press("Enter")
    answered(page)
    page.get_by_role("link", name="引用 [1]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#x1-c1"
    page.keyboard.press("Tab")
    assert "未标明标题的文章" in page.evaluate("document.activeElement.textContent")
    with page.context.expect_page() as opening:
        page.keyboard.press("Enter")
    expect(opening.value.locator("mark#quote")).to_have_text(FAIR_QUOTE)


def test_an_answer_is_announced_once_and_not_letter_by_letter(
    open_page: Callable[..., Page], slow: tuple[str, FakeAssistant]
) -> None:
    page = open_page(at=slow[0])
    ask(page, QUESTION)
    status = page.locator("div[role=status].wj-unseen")
    expect(status).to_have_text("正在生成回答……")
    answered(page)
    expect(status).to_have_text("回答已生成，含 2 条引用。")
    assert page.locator("#wj-current [aria-live], #wj-current [role=log]").count() == 0


def test_nothing_above_the_growing_text_moves(open_page: Callable[..., Page], slow: tuple[str, FakeAssistant]) -> None:
    page = open_page(at=slow[0])
    ask(page, QUESTION)
    page.wait_for_selector("#wj-current .wj-text")
    places = set()
    while page.locator("#wj-current .wj-working").count():
        places.add(
            page.evaluate(
                "[...document.querySelectorAll('.wj-question, .wj-text, #wj-desk')]"
                ".map(e => Math.round(e.getBoundingClientRect().top)).join()"
            )
        )
        time.sleep(0.05)
    assert len(places) == 1


def test_stop_ends_the_answer_on_the_page_and_at_its_source(
    open_page: Callable[..., Page], slow: tuple[str, FakeAssistant]
) -> None:
    address, assistant = slow
    page = open_page(at=address)
    assistant.closed.clear()
    ask(page, QUESTION)
    page.wait_for_selector("#wj-current .wj-text")
    page.get_by_role("button", name="停止").click()
    answered(page)
    assert assistant.closed.wait(2)
    expect(page.locator("#wj-current .wj-standing")).to_contain_text("已停止")
    kept = page.locator("#wj-current .wj-text").inner_text()
    assert 0 < len(kept) < 60
    page.wait_for_timeout(500)
    assert page.locator("#wj-current .wj-text").inner_text() == kept
    ask(page, "金额是多少？")
    page.wait_for_selector("#wj-current .wj-finished:has-text('28.37')")


def test_a_closed_tab_ends_the_answer_at_its_source(
    open_page: Callable[..., Page], slow: tuple[str, FakeAssistant]
) -> None:
    address, assistant = slow
    page = open_page(at=address)
    assistant.closed.clear()
    ask(page, QUESTION)
    page.wait_for_selector("#wj-current .wj-text")
    page.close()
    assert assistant.closed.wait(5)


def test_answering_again_asks_the_same_question_in_the_same_place(
    open_page: Callable[..., Page], fake_assistant: FakeAssistant
) -> None:
    page = open_page()
    ask(page, QUESTION)
    answered(page)
    before = len(fake_assistant.asked)
    page.get_by_role("button", name="重新回答").click()
    page.wait_for_timeout(300)
    answered(page)
    assert [question.text for question in fake_assistant.asked[before:]] == [QUESTION]
    assert page.locator(".wj-exchange").count() == 1


def test_a_later_question_stands_below_and_leans_on_the_first(
    open_page: Callable[..., Page], fake_assistant: FakeAssistant
) -> None:
    page = open_page()
    ask(page, QUESTION)
    answered(page)
    ask(page, "它的金额是多少？")
    page.wait_for_selector("#wj-current .wj-finished:has-text('28.37')")
    assert page.locator("#wj-earlier .wj-exchange").count() == 1
    assert fake_assistant.asked[-1].history[0].content == QUESTION
    numbers = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(numbers) == len(set(numbers))


def test_clearing_brings_the_empty_page_back_and_forgets(
    open_page: Callable[..., Page], fake_assistant: FakeAssistant
) -> None:
    page = open_page()
    ask(page, QUESTION)
    answered(page)
    page.get_by_role("button", name="清空").click()
    expect(page.locator(".wj-exchange")).to_have_count(0)
    expect(page.locator(".wj-welcome")).to_be_visible()
    ask(page, "金额是多少？")
    answered(page)
    assert fake_assistant.asked[-1].history == ()


def test_clearing_while_an_answer_is_written_leaves_nothing_behind(
    open_page: Callable[..., Page], slow: tuple[str, FakeAssistant]
) -> None:
    page = open_page(at=slow[0])
    ask(page, QUESTION)
    page.wait_for_selector("#wj-current .wj-text")
    page.get_by_role("button", name="清空").click()
    expect(page.locator(".wj-exchange")).to_have_count(0)
    page.wait_for_timeout(600)
    expect(page.locator(".wj-exchange")).to_have_count(0)
    expect(page.get_by_role("button", name="提问")).to_be_visible()


def test_two_readers_are_answered_at_once_and_apart(
    open_page: Callable[..., Page], slow: tuple[str, FakeAssistant]
) -> None:
    one, two = open_page(at=slow[0]), open_page(at=slow[0])
    ask(one, QUESTION)
    ask(two, "金额是多少？")
    one.wait_for_selector("#wj-current .wj-text")
    two.wait_for_selector("#wj-current .wj-text")
    assert one.locator("#wj-current .wj-working").count() == 1
    answered(one)
    answered(two)
    assert "28.37" not in one.locator("#wj-current").inner_text()
    assert "28.37" in two.locator("#wj-current").inner_text()


def test_a_blank_question_is_met_with_a_hint(open_page: Callable[..., Page]) -> None:
    page = open_page()
    ask(page, "   ")
    expect(page.locator("#wj-hint")).to_contain_text("请先输入问题")
    expect(page.locator("div[role=status].wj-unseen")).to_have_text("请先输入问题。")
    assert page.locator(".wj-exchange").count() == 0


def test_copying_takes_the_citations_and_the_label_along(open_page: Callable[..., Page]) -> None:
    page = open_page()
    ask(page, QUESTION)
    answered(page)
    page.get_by_role("button", name="复制").click()
    expect(page.locator(".wj-told")).to_have_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{QUESTION}\n\n《长三角G60科创走廊ESG发展联盟成立》（中新网上海，2024-11-25）写道：\n")
    assert f"[1] 《长三角G60科创走廊ESG发展联盟成立》，中新网上海，2024年11月25日 “{ALLIANCE_QUOTE}”" in copied
    assert "本内容由人工智能生成" in copied.splitlines()[-1]


def test_a_thumb_down_asks_for_the_reason_and_both_are_kept(
    open_page: Callable[..., Page], browser: Browser, tmp_path: Path
) -> None:
    settings = Settings(_env_file=None, index=tmp_path / "index")  # type: ignore[call-arg]
    with serving(app_over(FakeAssistant(), settings)) as address:
        page = open_page(at=address)
        ask(page, QUESTION)
        answered(page)
        page.get_by_role("button", name="没有帮助").click()
        expect(page.locator(".wj-told")).to_have_text("已记录，谢谢。")
        page.get_by_role("button", name="引用不支持回答").click()
        expect(page.get_by_role("button", name="引用不支持回答")).to_have_attribute("aria-pressed", "true")
        page.wait_for_timeout(300)
        page.close()
    lines = [json.loads(line) for line in (tmp_path / "feedback.jsonl").read_text().splitlines()]
    assert [(line["rating"], line["reason"]) for line in lines] == [("down", None), ("down", "citation")]
    assert QUESTION not in (tmp_path / "feedback.jsonl").read_text()


def test_hostile_text_in_articles_and_questions_does_nothing(open_page: Callable[..., Page]) -> None:
    page = open_page()
    ask(page, "<img src=http://evil.example/q onerror=alert(1)> 攻击 ![x](http://evil.example/?q=1)")
    answered(page)
    assert page.locator("#wj-current").locator("img, script, iframe, svg, b").count() == 0
    expect(page.locator("#wj-current .wj-question")).to_contain_text("<img src=http://evil.example/q onerror=alert(1)>")
    expect(page.locator("#wj-current .wj-text")).to_contain_text("![图](http://evil.example/i.png)")
    with page.context.expect_page() as opening:
        page.locator(".wj-citation .wj-open").first.click()
    expect(opening.value.locator("mark#quote")).to_contain_text("$$x$$ `code` {{7*7}} ${7*7}")


def test_without_an_index_the_page_says_what_to_do(
    open_page: Callable[..., Page], settings_in: Callable[[], Settings]
) -> None:
    with serving(app_over(UnreadyAssistant(), settings_in())) as address:
        page = open_page(at=address)
        expect(page.locator(".wj-not-ready")).to_contain_text("现在还不能回答问题")
        expect(page.locator(".wj-not-ready")).to_contain_text("Build it with: python -m rag ingest")
        page.close()


@pytest.mark.parametrize(
    ("locale", "lang", "button", "label"),
    [
        ("zh-CN", "zh-Hans", "提问", "以下内容由人工智能生成"),
        ("zh-TW", "zh-Hant", "提問", "以下內容由人工智慧生成"),
        ("zh-HK", "zh-Hant", "提問", "以下內容由人工智慧生成"),
        ("en-US", "en", "Ask", "Generated by AI"),
        ("fr-FR", "en", "Ask", "Generated by AI"),
    ],
)
def test_the_page_speaks_the_language_of_the_browser(
    open_page: Callable[..., Page], locale: str, lang: str, button: str, label: str
) -> None:
    page = open_page(locale)
    expect(page.get_by_role("button", name=button, exact=True)).to_be_visible()
    expect(page.locator("#wj-label")).to_contain_text(label)
    assert page.evaluate("document.documentElement.lang") == lang


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (375, 667), (320, 256)], ids=str)
def test_no_barrier_is_found_on_any_page(open_page: Callable[..., Page], size: tuple[int, int], dark: bool) -> None:
    page = open_page(size=size, dark=dark)
    assert violations(page) == []
    ask(page, QUESTION)
    answered(page)
    page.locator("summary").click()
    page.get_by_role("button", name="没有帮助").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.context.expect_page() as opening:
        page.locator(".wj-citation .wj-open").first.click()
    article = opening.value
    article.locator("summary").click()
    assert violations(article) == []
    assert article.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_label_stays_in_sight_while_one_reads(open_page: Callable[..., Page]) -> None:
    page = open_page(size=(375, 667))
    ask(page, QUESTION)
    answered(page)
    page.mouse.wheel(0, 5000)
    page.wait_for_timeout(200)
    expect(page.locator("#wj-label")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("textbox")).to_be_in_viewport(ratio=1)
