"""`GET /api/v1/sources/{passage_id}`: a passage in full, for whoever wants to read around a quote."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rag.errors import AssistantError
from web.api.schema import SourceText
from web.api.service import Service, screen_language
from web.api.telling import article_facts
from web.problems import Refused
from web.screen import visible

_LONGEST_ID = 1000


async def source(service: Service, request: Request) -> Response:
    """The passage, if the site may see its article. Raises `Refused`."""
    site = service.admit(request).site
    language = screen_language(request, site, request.query_params.get("lang"))
    passage_id: str = request.path_params["passage_id"]
    if len(passage_id) > _LONGEST_ID:
        raise Refused("not-found")
    try:
        found = await run_in_threadpool(service.assistant.passage, passage_id, site.articles)
    except AssistantError:
        raise Refused("index-unavailable") from None
    if found is None:
        raise Refused("not-found")
    passage, article = found
    facts = article_facts(article, passage.id, passage.start, passage.end, site, language)
    content: SourceText = {**facts, "text": visible(passage.text), "start": passage.start, "end": passage.end}
    return JSONResponse(content, headers={"Cache-Control": "no-store"})
