"""The report in a real browser: opened from the disk, in light and dark, on a narrow screen, in both languages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from eval.report import report
from eval.report_numbers import Earlier
from tests.browser import chromium
from tests.eval.report_lines import answered_nonsense, line, summary_of, wrong_words
from tests.eval.test_report import earlier

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SHARE = {"value": 0.8, "low": 0.7, "high": 0.9}
JUDGED = {"model": "m", "runs": 3, "n": 10, "unjudged": 2, "faithfulness": SHARE, "agreement": SHARE}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = [*(line(str(n), certainty=n / 40, elapsed_ms=20.0 + n) for n in range(40)), answered_nonsense("x")]
    lines += [
        wrong_words("y", kind="a kind with a long name that must not break anything"),
        wrong_words("z", error="E"),
    ]
    before: Earlier = earlier([line(each["id"]) for each in lines], lines)
    summary = {**summary_of(lines), "judged": JUDGED, "problems": ["set.xlsx, row 3: ..."]}
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report("buses", summary, lines, when=datetime(2026, 11, 22), earlier=before), encoding="utf-8")
    return path


def opened(browser: Browser, file: Path, *, dark: bool = False, width: int = 1200) -> tuple[Page, list[str]]:
    """The page, and what it asked for or complained about."""
    page = browser.new_page(color_scheme="dark" if dark else "light", viewport={"width": width, "height": 800})
    noticed: list[str] = []
    page.on("request", lambda request: noticed.append(request.url))
    page.on("console", lambda message: noticed.append(message.text))
    page.goto(file.as_uri())
    return page, noticed


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_is_clean_for_axe(browser: Browser, file: Path, dark: bool, language: str) -> None:
    page, _ = opened(browser, file, dark=dark)
    page.check(f"#in-{language}")
    page.eval_on_selector_all("details", "all => all.forEach(each => each.open = true)")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run({{runOnly: {json.dumps(RULES)}}})")["violations"]
    page.close()
    assert [f"{each['id']}: {[node['target'] for node in each['nodes']][:3]}" for each in found] == []


def test_from_the_disk_it_asks_for_nothing_else(browser: Browser, file: Path) -> None:
    page, noticed = opened(browser, file)
    assert page.inner_text("h1") == "评测报告：buses"
    page.close()
    assert noticed == [file.as_uri()]


def test_the_reader_chooses_the_language(browser: Browser, file: Path) -> None:
    page, _ = opened(browser, file)
    assert "所需文章" in page.inner_text("main")
    assert "needed articles" not in page.inner_text("main")
    page.focus("#in-zh")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("h1") == "Evaluation report: buses"
    assert "所需文章" not in page.inner_text("main")
    page.close()


@pytest.mark.parametrize("width", [320, 390, 800, 1600])
def test_no_screen_has_to_scroll_sideways(browser: Browser, file: Path, width: int) -> None:
    page, _ = opened(browser, file, width=width)
    page.eval_on_selector_all("details", "all => all.forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_it_prints(browser: Browser, file: Path) -> None:
    page, _ = opened(browser, file, dark=True)
    assert page.pdf().startswith(b"%PDF")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.is_visible(".languages")
    page.close()
