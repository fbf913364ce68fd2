"""Reads event streams as a client does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx
from three_sites import A, Embedded, Invited


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """An event as it came."""

    name: str
    data: dict[str, Any]
    id: int


def events_in(stream: str) -> list[Told]:
    """The events of a whole stream. Comments are left out."""
    found = []
    for block in stream.split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            fields = dict(line.split(": ", 1) for line in lines)
            assert list(fields) == ["id", "event", "data"]
            found.append(Told(name=fields["event"], data=json.loads(fields["data"]), id=int(fields["id"])))
    return found


def ask(embedded: Embedded, question: str = "联盟是做什么的？", site: Invited = A, **body: object) -> httpx.Response:
    """The answer to a question in one piece of JSON."""
    return post(embedded, {"question": question, **body}, site=site)


def ask_events(embedded: Embedded, question: str = "联盟是做什么的？", site: Invited = A, **body: object) -> list[Told]:
    """The events of the answer to a question."""
    answer = post(embedded, {"question": question, **body}, site=site, Accept="text/event-stream")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    return events_in(answer.text)


def post(
    embedded: Embedded, body: object, *, path: str = "/api/v1/ask", site: Invited = A, **headers: str
) -> httpx.Response:
    """The answer to `body`, sent as a page of the site sends it; a header with the value "" is left out."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in {**embedded.headers(site), **names}.items() if value}
    return httpx.post(embedded.address + path, json=body, headers=sent, trust_env=False, verify=False, timeout=30)
