"""The files of the widget as they are served: small, of their time, and with headers that fit other people's pages."""

from __future__ import annotations

import gzip
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fake_assistant import FakeAssistant
from served import app_over, serving
from three_sites import GONE, HOST, A, B, C, Embedded

from rag.prompts import label, labels
from rag.settings import Settings
from web.embedding import assets, component
from web.sites import LOCAL_KEY

WEB = Path(__file__).parents[1]
WIDGET = Path(__file__).parents[3] / "web" / "widget"
SIZES = {"loader.js": 1500, "widget.js": 12000}


@pytest.mark.parametrize("name", SIZES)
def test_a_file_stays_small(name: str) -> None:
    assert len(gzip.compress(assets().by_name[name].content, 9)) <= SIZES[name]


@pytest.mark.parametrize(("name", "version"), [("loader.js", 5), ("widget.js", 2018)])
def test_a_file_is_written_in_the_language_of_its_oldest_browser(name: str, version: int) -> None:
    program = (
        "const text = require('fs').readFileSync(0, 'utf8');"
        f"require('acorn').parse(text, {{ ecmaVersion: {version}, sourceType: 'script' }});"
    )
    text = assets().by_name[name].content
    subprocess.run(["node", "-e", program], input=text, check=True, cwd=WEB, capture_output=True)


@pytest.mark.parametrize("name", ["loader.js", "widget.js"])
def test_no_file_can_make_markup_or_code_of_text(name: str) -> None:
    text = assets().by_name[name].content.decode()
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc", text) == []


def test_what_is_served_is_what_was_written_without_comments() -> None:
    served = component().splitlines()
    written = [line.strip() for path in WIDGET.glob("*.js") if path.name != "loader.js" for line in _lines(path)]
    assert set(written) <= set(served)
    assert [line for line in served if line.startswith(("//", "/*"))] == []


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if not re.match(r" *//|$", line)]


def test_the_stylesheet_cannot_end_the_string_that_it_stands_in() -> None:
    look = component().split("const LOOK = `")[1].split("@media print")[0]
    assert re.findall(r"[`\\]|\$\{", look) == []


def test_every_word_of_the_widget_is_shown_and_every_word_shown_is_there() -> None:
    text = component()
    asked = set(re.findall(r"labels\.([a-z_]\w*)", text)) | set(re.findall(r"cut|offline|no_pass|unreachable", text))
    asked |= set(re.findall(r'"(empty|too_long|pending)"', text))
    asked |= {f"status_{name}" for name in ("partial", "no_answer", "refused", "stopped", "cut", "failed")}
    asked |= {f"reason_{name}" for name in ("wrong", "incomplete", "citation", "other")}
    asked |= {"http_403", "http_422", "http_429", "http_503", "zh-Hans", "zh-Hant", "en", "plain"}
    there = {name.removeprefix("widget_") for name in labels("en") if name.startswith("widget_")}
    assert asked - {"title", "close"} == there - {"title", "close"}


@pytest.mark.parametrize("name", SIZES)
def test_any_invited_page_may_load_a_file_and_check_its_content(embedded: Embedded, name: str) -> None:
    got = httpx.get(f"{embedded.address}/embed/v1/{name}", headers={"Origin": HOST})
    assert got.headers["content-type"] == "text/javascript; charset=utf-8"
    assert got.headers["cross-origin-resource-policy"] == "cross-origin"
    assert got.headers["access-control-allow-origin"] == HOST
    assert got.headers["cache-control"] == "public, max-age=300"
    assert got.headers["content-encoding"] == "gzip"
    assert "Origin" in got.headers["vary"]
    assert "Accept-Encoding" in got.headers["vary"]
    assert got.content == assets().by_name[name].content


def test_a_page_that_was_not_invited_may_not_read_a_file(embedded: Embedded) -> None:
    got = httpx.get(f"{embedded.address}/embed/v1/loader.js", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in got.headers


def test_a_file_of_a_version_is_kept_for_good_and_another_version_is_not_there(embedded: Embedded) -> None:
    path = f"{embedded.address}/embed/{assets().version}/widget.js"
    assert httpx.get(path).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert httpx.get(f"{embedded.address}/embed/000000000000/widget.js").status_code == 404


def test_an_unchanged_file_is_not_sent_again(embedded: Embedded) -> None:
    path = f"{embedded.address}/embed/v1/widget.js"
    again = httpx.get(path, headers={"If-None-Match": httpx.get(path).headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_client_that_cannot_unzip_gets_the_file_as_it_is(embedded: Embedded) -> None:
    got = httpx.get(f"{embedded.address}/embed/v1/widget.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in got.headers
    assert got.content == assets().by_name["widget.js"].content


def test_only_the_pages_of_a_site_may_frame_it(embedded: Embedded) -> None:
    got = httpx.get(f"{embedded.address}/embed/frame", params={"site_key": A.key, "lang": "en"})
    policy = dict(part.strip().split(" ", 1) for part in got.headers["content-security-policy"].split(";"))
    assert policy["frame-ancestors"] == f"'self' {HOST}"
    assert policy["default-src"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "x-frame-options" not in got.headers
    assert '<html lang="en">' in got.text
    assert f"/embed/plain?site_key={A.key}&amp;lang=en" in got.text


def test_a_frame_speaks_a_language_of_its_site(embedded: Embedded) -> None:
    got = httpx.get(f"{embedded.address}/embed/frame", params={"site_key": B.key, "lang": "zh-Hant"})
    assert '<html lang="en">' in got.text


@pytest.mark.parametrize(
    ("key", "status"), [(GONE.key, 403), (C.key, 403), ("pk_none", 404), ('"><script>alert(1)</script>', 404)]
)
def test_a_key_that_may_not_be_framed_gets_a_page_that_says_so(embedded: Embedded, key: str, status: int) -> None:
    got = httpx.get(f"{embedded.address}/embed/frame", params={"site_key": key})
    assert got.status_code == status
    assert "<script" not in got.text


def test_the_demo_shows_the_lines_that_a_page_needs(embedded: Embedded) -> None:
    got = httpx.get(f"{embedded.address}/embed/demo", params={"site_key": A.key, "lang": "en"})
    assert f"{embedded.address}/embed/v1/loader.js" in got.text
    assert label("demo_hostile", "en") in got.text
    assert "trusted-types wenju;" in got.headers["content-security-policy"]
    assert httpx.get(f"{embedded.address}/embed/demo").status_code == 404  # there is no built-in site beside a list


def test_the_demo_is_there_before_any_site_is_invited(
    fake_assistant: FakeAssistant, settings_in: Callable[[], Settings]
) -> None:
    with serving(app_over(fake_assistant, settings_in().model_copy(update={"chat_page": False}))) as address:
        assert f'data-site-key="{LOCAL_KEY}"' in httpx.get(f"{address}/embed/demo").text


def test_what_the_host_sends_in_its_name_is_shown_as_text(embedded: Embedded) -> None:
    got = httpx.get(
        f"{embedded.address}/embed/demo", params={"site_key": A.key}, headers={"Host": 'x"><script>alert(1)</script>'}
    )
    assert "<script>alert" not in got.text
