from __future__ import annotations

from pathlib import Path

import pytest
from invited import KEY, ORIGIN, OTHER_KEY, OTHER_ORIGIN, PUBLIC_URL, entry, other_entry, written
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from web.admission import SiteCors
from web.sites import Sites

ASKED = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-site-key"}


async def everything(request: Request) -> Response:
    return PlainTextResponse("served", headers={"Vary": "Accept-Language, origin"})


@pytest.fixture
def browser(tmp_path: Path) -> TestClient:
    gone = entry("gone", "pk_gone" + "c" * 22, "sk_" + "g" * 52, ("https://gone.example.gov.cn",), "revoked = true")
    sites = Sites(written(tmp_path, entry(), other_entry(), gone), public_url=PUBLIC_URL, port=7860)
    route = Route("/{path:path}", everything, methods=["GET", "POST", "OPTIONS"])
    return TestClient(SiteCors(Starlette(routes=[route]), sites))


@pytest.mark.parametrize("origin", [ORIGIN, OTHER_ORIGIN, PUBLIC_URL])
def test_a_page_of_an_invited_site_may_ask(origin: str, browser: TestClient) -> None:
    answer = browser.options("/api/v1/ask", headers={"Origin": origin, **ASKED})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-headers"] == "content-type,x-site-key,x-site-token,accept-language"
    assert answer.headers["access-control-max-age"] == "600"
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["null", "*", "https://evil.com", f"{ORIGIN}.evil.com", "https://gone.example.gov.cn", ""]
)
def test_no_other_page_may(origin: str, browser: TestClient) -> None:
    answer = browser.options("/api/v1/ask", headers={"Origin": origin, **ASKED})
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["vary"] == "Origin"


def test_only_pages_of_the_site_may_read_what_is_answered_for_it(browser: TestClient) -> None:
    answer = browser.post("/api/v1/ask", headers={"Origin": ORIGIN, "X-Site-Key": KEY})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "Retry-After" in answer.headers["access-control-expose-headers"]
    assert answer.headers["vary"] == "Accept-Language, origin, X-Site-Key"


@pytest.mark.parametrize(
    ("origin", "key"),
    [
        (ORIGIN, OTHER_KEY),
        (ORIGIN, ""),
        (ORIGIN, "pk_gone" + "c" * 22),
        ("https://gone.example.gov.cn", "pk_gone" + "c" * 22),
        ("null", KEY),
        ("https://evil.com", KEY),
    ],
)
def test_nobody_else_reads_anything(origin: str, key: str, browser: TestClient) -> None:
    answer = browser.post("/api/v1/ask", headers={"Origin": origin, "X-Site-Key": key})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "origin" in answer.headers["vary"]


def test_the_widget_itself_can_be_loaded_with_a_checksum_by_every_invited_page(browser: TestClient) -> None:
    for origin in (ORIGIN, OTHER_ORIGIN, PUBLIC_URL):
        answer = browser.get("/embed/v1/loader.js", headers={"Origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin
    for origin in ("https://evil.com", "https://gone.example.gov.cn", "null"):
        answer = browser.get("/embed/v1/loader.js", headers={"Origin": origin})
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/", "/v1/chat/completions", "/healthz", "/articles/1", "/gradio_api/queue/join", "/api/v2/ask"]
)
def test_nothing_else_is_shared_with_anybody(path: str, browser: TestClient) -> None:
    answer = browser.get(path, headers={"Origin": ORIGIN, "X-Site-Key": KEY})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_question_about_methods_is_no_preflight(browser: TestClient) -> None:
    assert browser.options("/api/v1/ask", headers={"Origin": ORIGIN}).text == "served"
    assert browser.options("/api/v1/ask", headers=ASKED).text == "served"


def test_a_page_without_an_origin_is_served_and_cached_apart(browser: TestClient) -> None:
    answer = browser.get("/api/v1/site")
    assert answer.text == "served"
    assert "origin" in answer.headers["vary"]
