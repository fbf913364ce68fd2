"""`GET /api/v1/site`: all that a widget shows before a question is asked."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rag.prompts import label, labels
from rag.records import Language
from web.api.schema import SiteInfo
from web.api.service import Service, screen_language
from web.api.telling import contact_of
from web.sites import Site

_WIDGET = "widget_"
_KEPT_SECONDS = 300


async def site_info(service: Service, request: Request) -> Response:
    """What there is to know of the site of `request`, in one language."""
    site = service.admit(request).site
    language = screen_language(request, site, request.query_params.get("lang"))
    info = _info(service, site, language)
    version = _digest(info)
    etag = f'"{version}"'
    headers = {
        "ETag": etag,
        "Cache-Control": f"private, max-age={_KEPT_SECONDS}",
        "Vary": "Accept-Language, X-Site-Key",
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return JSONResponse({**info, "version": version}, headers=headers)


def _info(service: Service, site: Site, language: Language) -> SiteInfo:
    name = label("name", language)
    return {
        "name": name,
        "title": site.titles.get(language) or name,
        "greeting": site.greetings.get(language) or label("tagline", language),
        "examples": list(site.examples.get(language, ())),
        "languages": list(site.languages),
        "lang": language,
        "limits": {"question_chars": service.question_chars(site)},
        "contact": contact_of(site) if site.contact else None,
        "theme": dict(site.theme),
        "theme_dark": dict(site.theme_dark),
        "labels": _labels(site, language),
        "writer": service.answering.writer,
        "ai_label": {"text": label("ai_label", language)},
        "plain_url": "/embed/plain?" + urlencode({"site_key": site.key, "lang": language}),
        "version": "",
    }


def _labels(site: Site, language: Language) -> dict[str, str]:
    """The words of the widget, with the days in which this site promises to answer a complaint."""
    found = widget_labels(language)
    if site.contact and site.contact.days:
        found["contact"] = label("contact_days", language, days=site.contact.days)
    return found


def widget_labels(language: Language) -> dict[str, str]:
    """Every word of the widget, by its name without `widget_`."""
    return {name.removeprefix(_WIDGET): words for name, words in labels(language).items() if name.startswith(_WIDGET)}


def _digest(info: SiteInfo) -> str:
    return hashlib.sha256(json.dumps(info, sort_keys=True).encode()).hexdigest()[:16]
