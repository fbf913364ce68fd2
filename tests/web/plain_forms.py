"""Forms of the pages without script, filled in and sent as a browser would."""

from __future__ import annotations

import httpx
from markup import Tags
from three_sites import A, Invited

QUESTION = "联盟是做什么的？"


def path(site: Invited = A, lang: str = "zh-Hans", **more: str) -> str:
    return str(httpx.URL("/embed/plain", params={"site_key": site.key, "lang": lang, **more}))


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the form that asks."""
    form = page.split('<textarea id="question"')[0].rsplit("<form", 1)[1]
    return {
        str(attributes["name"]): str(attributes["value"])
        for tag, attributes in Tags("<form" + form).tags
        if tag == "input"
    }


def ask(client: httpx.Client, question: str, page: str | None = None, **headers: str) -> httpx.Response:
    """What the form of `page`, by default a fresh one, gets for `question`."""
    shown = page or client.get(path()).text
    own = {"Origin": str(client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    return client.post(path(), data={**fields(shown), "question": question}, headers={**own, **headers})
