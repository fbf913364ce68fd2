"""`POST /api/v1/feedback`: what a reader thinks of an answer that was shown."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from web.api.body import read_json
from web.api.schema import Rating
from web.api.service import Service, screen_language
from web.problems import Refused


async def rate(service: Service, request: Request) -> Response:
    """Nothing, where the rating was taken down. Raises `Refused`."""
    admitted = service.admit(request)
    screen_language(request, admitted.site, None)
    sent = await read_json(request, Rating)
    log = service.feedback
    if log.is_rated(sent.answer_id):
        raise Refused("already-rated")
    if not await run_in_threadpool(log.add, sent.answer_id, sent.rating, sent.reason, sent.comment):
        raise Refused("not-found")
    return Response(status_code=204, headers={"Cache-Control": "no-store"})
