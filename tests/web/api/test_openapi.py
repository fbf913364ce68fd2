"""The API does what its document says, for whatever a machine makes of the document."""

from __future__ import annotations

import os
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from three_sites import HOST, A, Embedded

from web.api.description import document
from web.problems import STATUSES

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "300"))
"""How many requests are made up. For more: `FUZZ_REQUESTS=5000 python -m pytest tests/web/api/test_openapi.py`."""
OPERATIONS = sum(len(path) for path in document()["paths"].values())

# What the rest of a document cannot say: that a question of 301 letters is too long, and that a site has its limits.
CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_headers_conformance,
    schemathesis.checks.response_schema_conformance,
    schemathesis.checks.unsupported_method,
]


@schemathesis.serializer("application/x-ndjson")
def lines(ctx: schemathesis.SerializationContext, value: Any) -> bytes:
    """A body of lines as it is made up: whatever text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


schema = schemathesis.openapi.from_dict(dict(document()))


@pytest.mark.timeout(1800)
@schema.parametrize()
@settings(max_examples=max(1, REQUESTS // OPERATIONS), suppress_health_check=list(HealthCheck), database=None)
def test_the_api_does_what_its_document_says(case: Any, embedded: Embedded) -> None:
    keys = {"X-Site-Key": A.key, "Origin": HOST, "Authorization": f"Bearer {A.secret}"}
    answer = case.call(base_url=embedded.address, headers=keys, timeout=20)
    case.validate_response(answer, checks=CHECKS)
    assert "Traceback" not in answer.text
    assert answer.headers["x-request-id"]


def test_the_document_is_public(embedded: Embedded) -> None:
    answer = httpx.get(embedded.address + "/api/v1/openapi.json", trust_env=False)
    assert answer.json() == document()


def test_every_problem_has_its_status_in_the_document() -> None:
    told = {status for path in document()["paths"].values() for each in path.values() for status in each["responses"]}
    assert {str(status) for status in STATUSES.values()} - {"405"} <= told
