"""The page of batch evaluation in a real browser: with the keyboard, without scripts, in narrow windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from evaluation_clerk import BAD_ROWS, PASSWORD, QUESTIONS, Held, jsonl, serving_desk
from playwright.sync_api import Browser, Page, expect
from test_page import browser
from test_plain_browser import overflow, violations

from rag.settings import Settings
from tests.watched_pages import watched

__all__ = ["browser"]

pytestmark = pytest.mark.browser

NAMES = {
    "zh-CN": {"start": "开始评测", "compare": "比较", "delete": "删除"},
    "en-GB": {"start": "Start", "compare": "Compare", "delete": "Delete"},
}


@pytest.fixture(scope="module")
def held() -> Held:
    return Held()


@pytest.fixture(scope="module")
def address(settings_in: Callable[[], Settings], held: Held) -> Iterator[str]:
    with serving_desk(settings_in(), held) as (address, _):
        yield address


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "题目 2024.jsonl"
    path.write_bytes(jsonl(*QUESTIONS, bad=BAD_ROWS))
    return path


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens the page. Fails the test if anything left this machine or the policy forbade something."""
    with watched(browser) as opened:

        def page(locale: str = "zh-CN", size: tuple[int, int] = (1280, 800), *, scripts: bool = True) -> Page:
            return opened(f"{address}/evaluation", size, scripts=scripts, locale=locale)

        yield page


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.locator("#password").fill(password)
    with page.expect_navigation():  # a click does not wait for the page that it brings
        page.locator("button.main").click()


def upload(page: Page, file: Path) -> None:
    page.locator("#file").set_input_files(file)
    page.locator("#upload button").click()
    expect(page.locator("#state")).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("size", [(1280, 800), (320, 640)], ids=str)
@pytest.mark.parametrize("locale", NAMES)
def test_no_barrier_is_found_on_any_page(
    open_page: Callable[..., Page], held: Held, file: Path, tmp_path: Path, locale: str, size: tuple[int, int]
) -> None:
    page = open_page(locale, size)

    def is_open_to_all() -> None:
        assert violations(page) == []
        assert overflow(page) == 0

    is_open_to_all()
    sign_in(page, "not the password")
    is_open_to_all()
    sign_in(page)
    is_open_to_all()
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"no workbook")
    page.locator("#file").set_input_files(broken)
    page.locator("#upload button").click()
    expect(page.locator(".faults")).to_be_visible(timeout=60_000)
    is_open_to_all()
    for _ in range(2):
        page.goto(page.url.split("/evaluation")[0] + "/evaluation")
        upload(page, file)
        is_open_to_all()
        page.get_by_role("button", name=NAMES[locale]["start"], exact=True).click()
        expect(page.locator("progress")).to_be_visible()
        is_open_to_all()
        held.turns.release(4)
        expect(page.locator(".tiles")).to_be_visible(timeout=60_000)  # the script turns the page by itself
        is_open_to_all()
    page.get_by_role("button", name=NAMES[locale]["compare"], exact=True).click()
    expect(page.locator("#comparison table")).to_be_visible()
    is_open_to_all()
    with page.expect_navigation():
        page.get_by_role("link", name=NAMES[locale]["delete"], exact=True).click()
    is_open_to_all()


def test_the_whole_way_is_gone_with_the_keyboard_alone(open_page: Callable[..., Page], held: Held, file: Path) -> None:
    page = open_page()
    keys = page.keyboard

    def tab_to(name: str, role: str = "button") -> None:
        wanted = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
        for _ in range(40):
            keys.press("Tab")
            if wanted.evaluate("e => e === document.activeElement"):
                return
        raise AssertionError(f"{name} is not reached")

    keys.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    keys.press("Enter")
    keys.press("Tab")
    expect(page.locator("#password")).to_be_focused()
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.locator("#file")).to_be_visible()
    page.locator("#file").set_input_files(file)  # the window of the system, which has its own keys
    tab_to("上传并检查")
    keys.press("Enter")
    expect(page.locator("#state")).to_have_text("已检查，未开始", timeout=60_000)
    tab_to("开始评测")
    keys.press("Enter")
    expect(page.locator("#progress-words")).to_contain_text("共 4 题")
    held.turns.release(4)
    expect(page.locator("#state")).to_have_text("已完成", timeout=60_000)
    tab_to("全部", "link")
    keys.press("Enter")
    expect(page.locator("#results")).to_contain_text("共 4 题")
    tab_to("删除", "link")
    keys.press("Enter")
    tab_to("删除")
    keys.press("Enter")
    expect(page.locator("h1")).to_have_text("批量评测")


def test_everything_works_without_scripts(open_page: Callable[..., Page], held: Held, file: Path) -> None:
    page = open_page(scripts=False)
    sign_in(page)
    upload(page, file)
    page.get_by_role("button", name="开始评测").click()
    expect(page.locator("#progress-words")).to_contain_text("已完成 0 题")
    held.turns.release(4)
    for _ in range(100):
        if page.locator(".tiles").count():
            break
        if page.get_by_role("link", name="刷新进度").count():
            page.get_by_role("link", name="刷新进度").click()
    expect(page.locator(".tiles")).to_be_visible()
    page.get_by_role("link", name="查看报告").click()
    expect(page.locator("h1")).to_contain_text("题目 2024")


def test_a_file_that_is_too_large_is_not_even_sent(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page()
    sign_in(page)
    large = tmp_path / "large.jsonl"
    large.write_bytes(b"x" * 10_000_001)
    page.locator("#file").set_input_files(large)
    expect(page.locator("#file-fault")).to_contain_text("文件太大")
    page.locator("#upload button").click()
    expect(page.locator("#upload button")).to_be_enabled()
    assert page.url.endswith("/evaluation")


def test_what_an_answer_holds_does_not_run_in_the_report_either(
    open_page: Callable[..., Page], held: Held, file: Path
) -> None:
    page = open_page()
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    sign_in(page)
    upload(page, file)
    page.get_by_role("button", name="开始评测").click()
    held.turns.release(4)
    expect(page.locator(".tiles")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="查看报告").click()
    expect(page.locator("main")).to_contain_text("alert(1)")
    page.get_by_text("English", exact=True).click()
    expect(page.locator("h1 .en")).to_be_visible()
    assert said == []
