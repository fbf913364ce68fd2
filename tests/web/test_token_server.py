"""The example of a site's own server, run as it stands in the documentation."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from invited import KEY, ORIGIN, PUBLIC_URL, SECRET, entry, written
from served import serving

from web.admission import Admission
from web.problems import Refused
from web.sites import Sites

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "token_server.py"


@pytest.fixture
def admission(tmp_path: Path) -> Admission:
    return Admission(Sites(written(tmp_path, entry(more="secure = true")), public_url=PUBLIC_URL, port=7860), "")


@pytest.fixture
def wenju(admission: Admission) -> Iterator[str]:
    """The address of a server that gives tokens away as the API does."""
    app = FastAPI()

    @app.post("/api/v1/token")
    async def token(request: Request) -> dict[str, object]:
        site = admission.admit_server(request).site
        return {"token": admission.token_for(site, (await request.json())["origin"]), "expires_in": 900}

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Exception) -> object:
        assert isinstance(error, Refused)
        return error.response(request)

    with serving(app) as address:
        yield address


@contextmanager
def token_server(wenju: str, secret: str = SECRET, origin: str = ORIGIN) -> Iterator[str]:
    """The address of the example."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = {**os.environ, "WENJU_URL": wenju, "WENJU_SECRET": secret, "SITE_ORIGIN": origin, "NO_PROXY": "*"}
    process = subprocess.Popen([sys.executable, str(EXAMPLE), str(port)], env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


def test_a_page_gets_a_token_that_lets_it_ask(wenju: str, admission: Admission) -> None:
    with token_server(wenju) as site:
        answer = httpx.get(f"{site}/wenju-token", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.json()["expires_in"] == 900
    assert answer.headers["cache-control"] == "no-store"
    headers = {"x-site-key": KEY, "origin": ORIGIN, "x-site-token": answer.json()["token"]}
    asked = Request(
        {
            "type": "http",
            "method": "POST",
            "client": ("203.0.113.5", 1),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    assert admission.admit(asked).site.name == "health"


def test_a_page_of_another_site_gets_none(wenju: str) -> None:
    with token_server(wenju) as site:
        assert httpx.get(f"{site}/wenju-token", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 404
        assert httpx.get(f"{site}/").status_code == 404


@pytest.mark.parametrize(("secret", "origin"), [("sk_wrong", ORIGIN), (SECRET, "https://evil.com")])
def test_whom_wenju_refuses_gets_none(secret: str, origin: str, wenju: str) -> None:
    with token_server(wenju, secret, origin) as site:
        answer = httpx.get(f"{site}/wenju-token")
    assert answer.status_code == 502
    assert secret not in answer.text
