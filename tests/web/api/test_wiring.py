"""What is served beside the API, and under which headers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fake_assistant import FakeAssistant
from three_sites import HOST, A, Embedded, serving_sites

from rag.settings import Settings
from web.sites import LOCAL_KEY

ROOT = Path(__file__).resolve().parents[3]
API = ["/api/v1/site", "/api/v1/ask", "/api/v1/openapi.json", "/v1/models", "/api/v1/nothing"]
PAGES = [
    f"/embed/plain?site_key={A.key}",
    f"/embed/frame?site_key={A.key}",
    f"/embed/articles/alliance?site_key={A.key}",
]


def get(embedded: Embedded, path: str, **headers: str) -> httpx.Response:
    return httpx.get(embedded.address + path, headers=headers, trust_env=False, verify=False)


@pytest.mark.parametrize("path", API)
def test_the_api_lets_a_browser_do_nothing_with_an_answer_but_read_it(embedded: Embedded, path: str) -> None:
    headers = get(embedded, path).headers
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "no-store" in headers["cache-control"] or "openapi" in path
    assert "set-cookie" not in headers


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_a_site_is_framed_by_that_site_only(embedded: Embedded, path: str) -> None:
    answer = get(embedded, path, Accept="text/html")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert HOST in policy.split("frame-ancestors ")[1].split(";")[0]
    assert "unsafe" not in policy
    assert (
        "x-frame-options" not in answer.headers
    )  # it knows no hosts, and old browsers would take it for the last word
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers


def test_a_script_may_be_loaded_by_any_page_and_read_by_invited_ones(embedded: Embedded) -> None:
    for origin, allowed in ((HOST, HOST), ("https://evil.example", None)):
        answer = get(embedded, "/embed/v1/loader.js", Origin=origin)
        assert answer.status_code == 200
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers.get("access-control-allow-origin") == allowed
        assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    "path",
    ["/", "/config", "/gradio_api/queue/join", "/gradio_api/upload", "/feedback", "/articles", "/articles/alliance"],
)
def test_without_a_chat_page_there_is_nothing_of_it(embedded: Embedded, path: str) -> None:
    assert get(embedded, path).status_code == 404
    assert httpx.post(embedded.address + path, json={}, trust_env=False, verify=False).status_code == 404


def test_without_a_chat_page_gradio_is_not_even_loaded(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
sys.path[:0] = ["tests/web", "."]
from fake_assistant import FakeAssistant
from rag.settings import Settings
from web.server import create_app

folder = Path(sys.argv[1])
create_app(FakeAssistant(), Settings(_env_file=None, index=folder / "index", sites=folder / "x", chat_page=False))
heavy = {"gradio", "torch", "chromadb", "tantivy", "langchain", "transformers", "pandas"}
print(sorted(heavy & set(sys.modules)))
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    environment = {**os.environ, "HOME": str(tmp_path)}
    finished = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=120, env=environment)
    assert finished.stdout.strip() == "[]", finished.stderr


@pytest.fixture(scope="module")
def both(settings_in: Callable[[], Settings]) -> Iterator[Embedded]:
    with serving_sites(FakeAssistant(), settings_in(), chat_page=True) as both:
        yield both


def test_chat_page_and_api_stand_side_by_side(both: Embedded) -> None:
    assert "<gradio-app" in get(both, "/").text
    answer = httpx.post(
        both.address + "/api/v1/ask", json={"question": "联盟？"}, headers=both.headers(), trust_env=False, verify=False
    )
    assert answer.status_code == 200
    for origin in (HOST, "https://evil.example"):
        page = get(both, "/config", Origin=origin)
        assert not [name for name in page.headers if name.startswith("access-control")]


def test_without_a_file_of_sites_the_servers_own_pages_may_ask(
    settings_in: Callable[[], Settings], tmp_path: Path
) -> None:
    with serving_sites(FakeAssistant(), settings_in(), sites=tmp_path / "none.toml") as alone:
        for origin, status in ((alone.address, 200), (HOST, 403), ("http://127.0.0.1", 403)):
            headers = {"X-Site-Key": LOCAL_KEY, "Origin": origin}
            answer = httpx.post(
                alone.address + "/api/v1/ask",
                json={"question": "联盟？"},
                headers=headers,
                trust_env=False,
                verify=False,
            )
            assert answer.status_code == status


def test_a_failure_of_our_own_is_a_problem_under_all_headers(
    embedded: Embedded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("secret of the inside")

    monkeypatch.setattr("web.api.site.widget_labels", fail)
    answer = get(embedded, "/api/v1/site", **embedded.headers())
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/service-failed")
    assert "secret" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["access-control-allow-origin"] == HOST
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret of the inside" in caplog.text
