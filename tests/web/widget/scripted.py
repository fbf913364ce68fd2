"""A server that says word for word what a test gives it to say, where the real one would not go wrong like that."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from three_sites import Embedded

from web.embedding import add_widget
from web.sites import Sites

SOURCE = {
    "n": 1,
    "id": "alliance#0",
    "article_id": "alliance",
    "title": "联盟成立",
    "url": None,
    "issuer": "中新网",
    "date": "2024-11-25",
    "quote": "联盟由九城市共同发起。",
    "lang": "zh-Hans",
    "article_url": "/embed/articles/alliance?site_key=x#quote",
    "host": None,
    "outside": False,
}


def event(name: str, **data: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


META = event("meta", answer_id="a1", conversation_id="c1", lang="zh-Hans", writer="quote", ai_label={"text": "x"})
SOURCES = event("sources", sources=[SOURCE])
DONE = event("done", status="answered", used=[1], timings_ms={})
ANSWER = META + SOURCES + event("delta", text="联盟由九城市共同发起[1]") + DONE


@dataclass(frozen=True, slots=True)
class Said:
    """One response: its pieces as they are sent, `pause` seconds apart."""

    pieces: tuple[bytes, ...]
    status: int = 200
    kind: str = "text/event-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0
    cut: bool = False
    """The connection breaks after the last piece instead of ending."""


@dataclass(frozen=True, slots=True)
class Scripted:
    """What is said next, one after the other, and what was asked."""

    say: list[Said] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)


def problem(status: int, kind: str, **more: Any) -> Said:
    body = {"type": f"/problems/{kind}", "title": kind, "status": status, **more}
    return Said((json.dumps(body).encode(),), status=status, kind="application/problem+json")


def scripted_app(script: Scripted, embedded: Embedded, origin: str, folder: Path) -> FastAPI:
    """Serves the real widget, which asks here for `embedded`'s site and gets what `script` holds."""
    app = FastAPI(openapi_url=None)
    add_widget(app, Sites(folder / "none.toml", public_url=None, port=1))
    allowed = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Headers": "content-type,x-site-key,x-site-token,accept-language",
        "Access-Control-Expose-Headers": "Retry-After",
    }

    @app.options("/{path:path}")
    def preflight() -> Response:
        return Response(status_code=204, headers=allowed)

    @app.get("/api/v1/site")
    def site(request: Request) -> Response:
        answer = httpx.get(f"{embedded.address}/api/v1/site", params={"lang": "zh-Hans"}, headers=embedded.headers())
        return JSONResponse(answer.json(), headers=allowed)

    @app.post("/api/v1/ask")
    async def ask(request: Request) -> Response:
        script.asked.append(await request.json())
        said = script.say.pop(0)
        return StreamingResponse(
            _pieces(said), status_code=said.status, media_type=said.kind, headers={**allowed, **said.headers}
        )

    return app


async def _pieces(said: Said) -> AsyncGenerator[bytes, None]:
    for i, piece in enumerate(said.pieces):
        await asyncio.sleep(said.pause if i else 0)
        yield piece
    if said.cut:
        await asyncio.sleep(said.pause)
        raise asyncio.CancelledError
