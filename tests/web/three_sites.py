"""A server with three invited sites, for whatever speaks to it from another origin.

A sees all articles and speaks Chinese first, B sees one article and speaks English first, C wants a token. Use the
fixture `embedded`, or `serving_sites` with your own assistant and origins; a page on a new origin is invited by writing
the file again with `invite`, which the server notices by itself.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from served import app_over, serving

from rag.settings import Settings
from web.api.service import Service
from web.conversation import Assistant

HOST = "https://www.host.example.gov.cn"
"""An origin that all three list, for tests without a browser."""

_LIMITS = "client_minute = 100000, client_day = 100000, client_at_once = 100, site_minute = 100000"


@dataclass(frozen=True, kw_only=True, slots=True)
class Invited:
    """The keys of a site."""

    name: str
    key: str
    secret: str


A = Invited(name="a", key="pk_" + "a" * 26, secret="sk_" + "a" * 52)
B = Invited(name="b", key="pk_" + "b" * 26, secret="sk_" + "b" * 52)
C = Invited(name="c", key="pk_" + "c" * 26, secret="sk_" + "c" * 52)
GONE = Invited(name="gone", key="pk_" + "d" * 26, secret="sk_" + "d" * 52)
"""A site that was revoked."""

_MORE = {
    A.name: """\
titles = { zh-Hans = "政务问答", zh-Hant = "政務問答", en = "Ask the city" }
greetings = { zh-Hans = "您好，请问有什么可以帮您？" }
examples = { zh-Hans = ["联盟是做什么的？", "意向采购金额是多少？"], en = ["What does the alliance do?"] }
contact = { name = "市民服务热线", phone = "12345", url = "https://www.host.example.gov.cn/contact" }
publisher = "示例市人民政府办公室"
""",
    B.name: """\
languages = ["en", "zh-Hans"]
articles = ["alliance"]
titles = { en = "Alliance desk" }
contact = { name = "Alliance desk", email = "desk@example.gov.cn" }
""",
    C.name: "secure = true\n",
    GONE.name: "revoked = true\n",
}


def invite(path: Path, *origins: str, limits: str = _LIMITS) -> Path:
    """Writes a file of the sites to `path`, each with `origins` beside `HOST`."""
    listed = list(dict.fromkeys((HOST, *origins)))
    path.write_text("\n".join(_entry(site, listed, limits) for site in (A, B, C, GONE)), encoding="utf-8")
    return path


def _entry(site: Invited, origins: list[str], limits: str) -> str:
    digest = sha256(site.secret.encode()).hexdigest()
    head = f'[sites.{site.name}]\nkey = "{site.key}"\nsecret_sha256 = "{digest}"\norigins = {origins}\n'
    return f"{head}limits = {{ {limits} }}\n{_MORE[site.name]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Embedded:
    """A server that pages of other origins speak to."""

    address: str
    """Its own origin, `http://127.0.0.1:PORT`."""
    sites: Path
    """Its file of sites, for `invite`."""
    service: Service
    """What the API shares, to look at from outside."""

    def headers(self, site: Invited = A, **more: str) -> dict[str, str]:
        """What the widget of a page on `HOST` sends along."""
        return {"X-Site-Key": site.key, "Origin": HOST, **more}


@contextmanager
def serving_sites(
    assistant: Assistant, settings: Settings, *origins: str, limits: str = _LIMITS, **changes: object
) -> Iterator[Embedded]:
    """`assistant` served to the three sites, each with `origins` beside `HOST`; `changes` are settings.

    There is no chat page unless `chat_page=True` is among them.
    """
    sites = invite(settings.index.parent / "sites.toml", *origins, limits=limits)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        update = {"port": port, "sites": sites, "chat_page": False, **changes}
        app = app_over(assistant, settings.model_copy(update=update))
        with serving(app, listener) as address:
            yield Embedded(address=address, sites=sites, service=app.state.service)
