"""`POST /api/v1/token`: a short-lived token for a page, fetched by the site's own server with the secret key."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from web import tokens
from web.api.body import read_json
from web.api.schema import TokenFor
from web.api.service import Service


async def token(service: Service, request: Request) -> Response:
    """The token and how many seconds it is good for. Raises `Refused`."""
    site = service.admit_server(request).site
    sent = await read_json(request, TokenFor)
    made = service.admission.token_for(site, sent.origin)
    return JSONResponse({"token": made, "expires_in": tokens.SECONDS}, headers={"Cache-Control": "no-store"})
