"""Whatever is sent gets a clear answer that repeats none of it, and the next honest question is answered."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from events import ask
from fake_assistant import FakeAssistant
from three_sites import HOST, A, Embedded

CANARY = "k4n4rienvogel"

BODIES: list[tuple[str, bytes, int]] = [
    ("empty body", b"", 422),
    ("not JSON", f"{{{CANARY}".encode(), 422),
    ("cut off", f'{{"question": "{CANARY}'.encode(), 422),
    ("array", f'["{CANARY}"]'.encode(), 422),
    ("number", b"7", 422),
    ("null", b"null", 422),
    ("text", f'"{CANARY}"'.encode(), 422),
    ("question is null", b'{"question": null}', 422),
    ("question is a number", b'{"question": 7}', 422),
    ("question is an object", f'{{"question": {{"{CANARY}": 1}}}}'.encode(), 422),
    ("question is an array", f'{{"question": ["{CANARY}"]}}'.encode(), 422),
    ("NaN", b'{"question": NaN}', 422),
    ("Infinity", b'{"question": "x", "lang": -Infinity}', 422),
    ("lone surrogate alone", rb'{"question": "\ud83d"}', 422),
    ("lone surrogate in an id", rb'{"question": "x", "conversation_id": "\udc00"}', 422),
    ("lone surrogate as a key", rb'{"question": "x", "\ud83d": 1}', 422),
    ("lone surrogate as a language", rb'{"question": "x", "lang": "\ud83d"}', 422),
    ("a number of 5,000 digits", b'{"question": ' + b"9" * 5000 + b"}", 422),
    ("a number of 5,000 digits in a field", b'{"question": "x", "client_msg_id": ' + b"9" * 5000 + b"}", 422),
    ("a huge exponent", b'{"question": 1e999999}', 422),
    ("invalid UTF-8", b'{"question": "\xff\xfe\xfa"}', 400),
    ("cut UTF-8", '{"question": "长'.encode()[:-1] + b'"}', 400),
    ("overlong UTF-8", b'{"question": "\xc0\xaf"}', 400),
    ("UTF-8 surrogates", b'{"question": "\xed\xa0\xbd"}', 400),
    ("GBK", '{"question": "长三角"}'.encode("gbk"), 400),
    ("UTF-16 with a mark", '{"question": "x"}'.encode("utf-16"), 400),
    ("UTF-16 without a mark", '{"question": "x"}'.encode("utf-16-le"), 400),
    ("UTF-32", '{"question": "x"}'.encode("utf-32"), 400),
    ("byte order mark", b'\xef\xbb\xbf{"question": "x"}', 400),
    ("raw control character", b'{"question": "a\x01b"}', 422),
    ("raw line break", b'{"question": "a\nb"}', 422),
    ("unknown field", f'{{"question": "x", "{CANARY}": 1}}'.encode(), 422),
    ("model", b'{"question": "x", "model": "gpt"}', 422),
    ("temperature", b'{"question": "x", "temperature": 2}', 422),
    ("top_k", b'{"question": "x", "top_k": 1000}', 422),
    ("articles", b'{"question": "x", "articles": ["*"]}', 422),
    ("__proto__", b'{"question": "x", "__proto__": {}}', 422),
    ("900 deep", b'{"question": ' + b"[" * 900 + b"]" * 900 + b"}", 422),
    ("900 objects deep", b'{"question": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}", 422),
    ("900 deep in the history", b'{"question": "x", "history": ' + b"[" * 900 + b"]" * 900 + b"}", 422),
    ("8,000 deep", b"[" * 8000 + b"]" * 8000, 422),
    ("100,000 deep", b"[" * 100_000, 413),
    (
        "history of seven",
        json.dumps({"question": "x", "history": [{"role": "user", "content": "y"}] * 7}).encode(),
        422,
    ),
    (
        "history too long",
        json.dumps({"question": "x", "history": [{"role": "user", "content": "y" * 1001}] * 2}).encode(),
        422,
    ),
    ("history of a system", b'{"question": "x", "history": [{"role": "system", "content": "y"}]}', 422),
    ("history with more", b'{"question": "x", "history": [{"role": "user", "content": "y", "name": "z"}]}', 422),
    ("id with a line break", b'{"question": "x", "client_msg_id": "a\\n"}', 422),
    ("id too long", json.dumps({"question": "x", "conversation_id": "a" * 65}).encode(), 422),
    ("empty id", b'{"question": "x", "conversation_id": ""}', 422),
    ("language unknown", b'{"question": "x", "lang": "tlh"}', 422),
    ("16 KB and one", json.dumps({"question": "x" * 16 * 1024}).encode(), 413),
    ("1 MB", json.dumps({"question": CANARY * 80_000}).encode(), 413),
]


def raw(
    embedded: Embedded, body: bytes, *, path: str = "/api/v1/ask", method: str = "POST", **more: str
) -> httpx.Response:
    headers = {**embedded.headers(), "Content-Type": "application/json"}
    headers.update({name.replace("_", "-"): value for name, value in more.items()})
    return httpx.request(
        method, embedded.address + path, content=body, headers=headers, trust_env=False, verify=False, timeout=10
    )


@pytest.fixture
def asked(fake_assistant: FakeAssistant) -> Iterator[None]:
    """Nothing of this test reaches the assistant, and afterwards a question is answered."""
    before = len(fake_assistant.asked)
    yield
    assert len(fake_assistant.asked) == before


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(("body", "status"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES])
def test_a_body_that_makes_no_sense_is_refused_without_an_echo(embedded: Embedded, body: bytes, status: int) -> None:
    for accept in ("application/json", "text/event-stream"):
        answer = raw(embedded, body, Accept=accept)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert CANARY not in answer.text
        assert "\\ud" not in answer.text
        assert "Traceback" not in answer.text
        assert len(answer.content) < 1500


@pytest.mark.parametrize(("body", "status"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES])
@pytest.mark.parametrize("path", ["/api/v1/feedback", "/api/v1/token", "/api/v1/batch", "/v1/chat/completions"])
def test_the_same_bodies_break_no_other_route(embedded: Embedded, path: str, body: bytes, status: int) -> None:
    kind = "application/x-ndjson" if path.endswith("batch") else "application/json"
    answer = raw(embedded, body, path=path, Authorization=f"Bearer {A.secret}", Content_Type=kind)
    assert answer.status_code in ((200,) if path.endswith("batch") else (400, 413, 422)), answer.text
    assert CANARY not in answer.text
    assert "Traceback" not in answer.text


def test_the_last_of_equal_keys_counts(embedded: Embedded, fake_assistant: FakeAssistant) -> None:
    assert raw(embedded, b'{"question": "first", "question": "last"}').status_code == 200
    assert fake_assistant.asked[-1].text == "last"


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("联盟\x00是做什么的", "联盟\x00是做什么的"),
        ("联盟\x1b[31m\x07", "联盟\x1b[31m\x07"),
        ("联盟\u202e\u2066反", "联盟\u202e\u2066反"),
        ("联盟\U000e0041\ufe0f", "联盟\U000e0041\ufe0f"),
        ("  联盟  ", "联盟"),
        ("ＬＭ联盟", "ＬＭ联盟"),
        ("聯盟是做什麼的", "聯盟是做什麼的"),
    ],
)
def test_odd_characters_are_answered(
    embedded: Embedded, fake_assistant: FakeAssistant, question: str, asked: str
) -> None:
    assert ask(embedded, question).status_code == 200
    assert fake_assistant.asked[-1].text == asked  # the assistant strips them: `rag.checking`


def test_a_lone_surrogate_in_a_question_is_refused(embedded: Embedded) -> None:
    assert raw(embedded, rb'{"question": "abc\ud83d"}').status_code == 422


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    "kind",
    ["text/plain", "", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"],
)
@pytest.mark.parametrize(
    "path", ["/api/v1/ask", "/api/v1/feedback", "/api/v1/token", "/v1/chat/completions", "/api/v1/batch"]
)
def test_what_is_no_json_is_refused(embedded: Embedded, path: str, kind: str) -> None:
    answer = raw(embedded, b'{"question": "x"}', path=path, Content_Type=kind, Authorization=f"Bearer {A.secret}")
    assert answer.status_code == 415


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"])
@pytest.mark.parametrize(
    "path", ["/api/v1/ask", "/api/v1/feedback", "/api/v1/token", "/v1/chat/completions", "/api/v1/batch"]
)
def test_another_method_is_told_which_one_there_is(embedded: Embedded, path: str, method: str) -> None:
    answer = raw(embedded, b"", path=path, method=method)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("origin", "status", "allowed"),
    [(HOST, 204, HOST), ("https://evil.example", 403, None), ("null", 403, None), (HOST + ".evil.example", 403, None)],
)
def test_a_browser_may_ask_first_for_invited_pages_only(
    embedded: Embedded, origin: str, status: int, allowed: str | None
) -> None:
    asks = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-site-key"}
    answer = httpx.options(embedded.address + "/api/v1/ask", headers=asks, trust_env=False, verify=False)
    assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (status, allowed)
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nothing",
        "/api/v2/ask",
        "/api",
        "/v1",
        "/v1/embeddings",
        "/api/v1/ask/",
        "//api/v1/ask",
        "/api/v1/..%2fask",
        "/api/v1/ask%00",
        "/problems/busy",
        "/docs",
        "/openapi.json",
    ],
)
def test_what_is_not_there_is_not_found(embedded: Embedded, path: str) -> None:
    for method in ("GET", "POST"):
        answer = raw(embedded, b"{}", path=path, method=method)
        assert answer.status_code in (404, 405)
        assert "content-security-policy" in answer.headers


def test_an_endless_body_is_ended(embedded: Embedded) -> None:
    host, port = embedded.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = f"POST /api/v1/ask HTTP/1.1\r\nHost: {host}\r\nOrigin: {HOST}\r\nX-Site-Key: {A.key}\r\n"
        connection.sendall((head + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n").encode())
        started = time.monotonic()
        sent = 0
        answer = b""
        connection.settimeout(0.01)
        while not answer and time.monotonic() - started < 5:
            try:
                connection.sendall(b"1000\r\n" + b"a" * 4096 + b"\r\n")
                sent += 4096
                answer = connection.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                break
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"payload-too-large" in answer
        assert sent < 200_000


@pytest.mark.alone
def test_20_megabytes_are_refused_at_once_and_not_kept(embedded: Embedded) -> None:
    before = _resident()
    started = time.monotonic()
    for _ in range(3):
        with socket.create_connection(_place(embedded), timeout=10) as connection:
            head = f"POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nOrigin: {HOST}\r\nX-Site-Key: {A.key}\r\n"
            connection.sendall((head + "Content-Type: application/json\r\nContent-Length: 20000000\r\n\r\n").encode())
            assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
    assert time.monotonic() - started < 1
    assert _resident() - before < 5_000_000


@pytest.mark.parametrize(
    "head",
    [
        "POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        "POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n",
        "POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nX: " + "a" * 200_000 + "\r\n\r\n",
        "GET /api/v1/site HTTP/1.1\r\nHost: x\r\nX-Site-Key: a\nb\r\n\r\n",
        "GARBAGE\r\n\r\n",
    ],
)
def test_a_broken_request_ends_with_400(embedded: Embedded, head: str) -> None:
    with socket.create_connection(_place(embedded), timeout=10) as connection:
        connection.sendall(head.encode())
        answer = connection.recv(4096)
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 401", b"HTTP/1.1 431")), answer
    assert CANARY.encode() not in answer
    assert httpx.get(embedded.address + "/healthz", trust_env=False, verify=False).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "X-Site-Key",
        "X-Site-Token",
        "Origin",
        "Accept",
        "Accept-Language",
        "X-Request-Id",
        "Authorization",
        "If-None-Match",
        "X-Forwarded-For",
        "Sec-Fetch-Site",
    ],
)
@pytest.mark.parametrize("value", [CANARY, "a" * 8000, "\xff\xfe", "' OR 1=1 --", "%00", "zh;q=nan,en;q=inf,*;q=1e999"])
def test_odd_headers_break_nothing(embedded: Embedded, name: str, value: str) -> None:
    headers: dict[str, bytes] = {n: v.encode() for n, v in embedded.headers().items()}
    headers[name] = value.encode("latin-1")
    for path in ("/api/v1/site", "/api/v1/sources/alliance%230", "/v1/models", "/nothing"):
        answer = httpx.get(embedded.address + path, headers=headers, trust_env=False, verify=False)
        assert answer.status_code in (200, 401, 403, 404)
        assert CANARY not in answer.text or name == "X-Request-Id"
    assert httpx.post(
        embedded.address + "/api/v1/ask", json={"question": "联盟？"}, headers=headers, trust_env=False, verify=False
    ).status_code in (200, 401, 403)


def test_the_next_question_is_answered(embedded: Embedded) -> None:
    assert ask(embedded).json()["status"] == "answered"


def _place(embedded: Embedded) -> tuple[str, int]:
    host, port = embedded.address.removeprefix("http://").split(":")
    return host, int(port)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096
