"""Requests that nobody would send: no failure, no trace of the inside, nothing of the input in the answer."""

from __future__ import annotations

import json
import os
from collections import Counter

import httpx
import pytest
from events import ask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from three_sites import HOST, A, Embedded

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "300"))
"""How many requests are made up. For more: `FUZZ_REQUESTS=5000 python -m pytest tests/web/api/test_fuzz.py`."""
CANARY = "k4n4rienvogel"
STATUSES = {200, 204, 304, 400, 401, 403, 404, 405, 409, 413, 415, 422}

ROUTES = [
    *[("POST", "/api/v1/ask")] * 6,
    ("GET", "/api/v1/site"),
    *[("POST", "/api/v1/feedback")] * 2,
    ("POST", "/api/v1/token"),
    *[("POST", "/api/v1/batch?batch_id=fuzz")] * 2,
    ("GET", "/api/v1/sources/alliance%230"),
    ("GET", "/api/v1/openapi.json"),
    *[("POST", "/v1/chat/completions")] * 3,
    ("GET", "/v1/models"),
    ("GET", "/embed/plain?site_key=" + A.key),
    ("POST", "/embed/plain?site_key=" + A.key),
    ("POST", "/embed/plain/feedback?site_key=" + A.key),
    ("GET", "/embed/articles/alliance?site_key=" + A.key),
    ("GET", "/embed/v1/loader.js"),
    ("GET", "/embed/frame?site_key=" + A.key),
    ("GET", "/healthz"),
]
TAILS = st.text(st.sampled_from("/.%20?&=#;\\<>'\"aZ0长"), min_size=1, max_size=12) | st.just(f"/{CANARY}")
TARGETS = st.one_of(
    *[st.sampled_from(ROUTES)] * 8,
    st.sampled_from(ROUTES).flatmap(lambda r: st.tuples(st.just(r[0]), TAILS.map(lambda tail: r[1] + tail))),
    st.tuples(
        st.sampled_from(["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"]), st.sampled_from([r[1] for r in ROUTES])
    ),
)
TEXT = st.text(st.characters(codec=None), max_size=40) | st.just(CANARY)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
VALUES = st.recursive(
    SCALARS,
    lambda values: st.lists(values, max_size=4) | st.dictionaries(TEXT, values, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    "question conversation_id lang client_msg_id history answer_id rating reason comment origin id model messages "
    "stream role content".split()
)
RECORDS = st.dictionaries(NAMES | TEXT, VALUES, max_size=6)
BODIES = st.one_of(
    st.binary(max_size=200),
    VALUES.map(lambda value: json.dumps(value).encode()),
    RECORDS.map(lambda value: json.dumps(value).encode()),
    RECORDS.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    st.builds(lambda text: json.dumps({"question": text}).encode(), TEXT),
    st.builds(lambda text, cut: json.dumps({"question": text, "lang": "en"}).encode()[:cut], TEXT, st.integers(0, 60)),
    st.builds(
        lambda said: json.dumps({"model": "wenju", "messages": [{"role": "user", "content": said}]}).encode(), VALUES
    ),
)
HEADERS = st.one_of(
    *[st.just(dict[str, str]())] * 3,
    st.just({"Accept": "text/event-stream"}),
    st.fixed_dictionaries(
        {},
        optional={
            "Accept": st.sampled_from(["text/event-stream", "application/json", "*/*", CANARY]),
            "Content-Type": st.sampled_from(
                ["application/json", "application/json; charset=gbk", "application/x-ndjson", "text/plain", CANARY]
            ),
            "Origin": st.sampled_from([HOST, "null", f"https://{CANARY}.example"]),
            "X-Site-Key": st.sampled_from([A.key, CANARY]),
            "Authorization": st.sampled_from([f"Bearer {A.secret}", f"Bearer {CANARY}", "Basic eDp5"]),
            "Accept-Language": st.sampled_from(["zh-TW", "en;q=x", CANARY, "zh-CN;q=nan"]),
            "X-Forwarded-For": st.sampled_from([CANARY, "::1, 1.2.3.4", "1" * 4000]),
        },
    ),
)


@pytest.mark.timeout(1800)
def test_nothing_that_is_sent_breaks_anything(embedded: Embedded) -> None:
    seen: Counter[int] = Counter()
    usual = {**embedded.headers(), "Content-Type": "application/json", "Authorization": f"Bearer {A.secret}"}

    with httpx.Client(base_url=embedded.address, trust_env=False, timeout=30) as client:

        @settings(
            max_examples=REQUESTS,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(TARGETS, HEADERS, BODIES)
        @example(("POST", "/api/v1/ask"), {}, b'{"question": "x\\ud83d"}')
        def sent(target: tuple[str, str], headers: dict[str, str], body: bytes) -> None:
            answer = client.request(*target, headers={**usual, **headers}, content=body)
            seen[answer.status_code] += 1
            assert answer.status_code in STATUSES, (answer.status_code, answer.text)
            assert "Traceback" not in answer.text
            assert CANARY not in answer.text
            if answer.text == "Invalid HTTP request received.":
                return  # uvicorn says so, before there is a request
            assert answer.headers["x-request-id"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            if answer.content and answer.headers.get("content-type") == "application/problem+json":
                assert answer.json()["status"] == answer.status_code

        sent()
    print(f"{sum(seen.values())} requests: {dict(sorted(seen.items()))}")
    assert ask(embedded).json()["status"] == "answered"
