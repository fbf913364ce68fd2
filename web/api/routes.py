"""The addresses of the API, put on the application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from web.api.ask import ask
from web.api.batch import batch
from web.api.completions import completions, models
from web.api.description import description
from web.api.feedback import rate
from web.api.service import Service, as_app
from web.api.site import site_info
from web.api.sources import source
from web.api.token import token


def add_api(app: Starlette, service: Service) -> None:
    """Adds every route of the API to `app`."""

    def plain(path: str, handler: Callable[[Service, Request], Awaitable[Response]], method: str) -> Route:
        return Route(path, partial(handler, service), methods=[method])

    app.router.routes.extend(
        [
            Route("/api/v1/ask", as_app(partial(ask, service)), methods=["POST"]),
            plain("/api/v1/site", site_info, "GET"),
            plain("/api/v1/feedback", rate, "POST"),
            plain("/api/v1/sources/{passage_id:path}", source, "GET"),
            plain("/api/v1/token", token, "POST"),
            Route("/api/v1/batch", as_app(partial(batch, service)), methods=["POST"]),
            Route("/v1/chat/completions", as_app(partial(completions, service)), methods=["POST"]),
            Route("/api/v1/openapi.json", description, methods=["GET"]),
            plain("/v1/models", models, "GET"),
            plain("/v1/models/{name}", models, "GET"),
        ]
    )
