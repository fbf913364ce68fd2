"""Asks the chat page's queue directly, as somebody without a browser would."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx


def asked(client: httpx.Client, question: object) -> list[str]:
    """The states of the current exchange, as HTML, until the queue ends the event; none where nothing was asked."""
    configuration = client.get("/config").json()
    ask = next(d for d in configuration["dependencies"] if d["api_name"].startswith("on_ask"))
    current = next(c["id"] for c in configuration["components"] if c["props"].get("elem_id") == "wj-current")
    session = uuid.uuid4().hex[:11]
    body = {"data": [question, None], "fn_index": ask["id"], "session_hash": session, "trigger_id": None}
    sent = json.dumps(body, ensure_ascii=True)  # httpx's own encoder cannot write a lone surrogate
    joined = client.post("/gradio_api/queue/join", content=sent, headers={"Content-Type": "application/json"})
    joined.raise_for_status()
    states: list[str] = []
    place = ask["outputs"].index(current)
    outputs: list[Any] = []
    with client.stream("GET", f"/gradio_api/queue/data?session_hash={session}", timeout=20) as stream:
        for line in stream.iter_lines():
            if not line.startswith("data:"):
                continue
            message = json.loads(line[5:])
            if message["msg"] == "process_generating":
                outputs = _merged(outputs, message["output"]["data"])
                if isinstance(outputs[place], str) and outputs[place]:
                    states.append(outputs[place])
            if message["msg"] == "process_completed":
                assert message["success"], message
                return states
            if message["msg"] == "close_stream":
                break
    raise AssertionError("The queue closed without an end.")


def _merged(before: list[Any], news: list[Any]) -> list[Any]:
    """Gradio sends the first outputs whole and then only what changed: `[["replace", path, value], ...]` for each."""
    if not before:
        return list(news)
    return [_patched(old, new) for old, new in zip(before, news, strict=True)]


def _patched(old: Any, changes: Any) -> Any:
    if not (isinstance(changes, list) and all(isinstance(c, list) and len(c) == 3 for c in changes)):
        return changes
    for action, path, value in changes:
        if action == "append" and not path and isinstance(old, str):
            old = old + value
        elif action == "replace" and not path:
            old = value
    return old
