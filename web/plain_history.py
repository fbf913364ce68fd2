"""What was said before, carried by the page: signed, so that nobody can put words into it. Knows nothing of HTTP.

The server keeps no conversation. A field of the form holds the last exchanges, `h1.EXPIRY.SIGNATURE.CONTENT`; what is
wrong, too old or another site's is as if it were not there.
"""

from __future__ import annotations

import hmac
import json
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from rag.records import Turn
from web.site_records import Site

EXCHANGES = 3
"""The most exchanges that are remembered: two turns each."""
CHARS = 2000
"""The most characters of all turns together."""
SECONDS = 7200
"""How long a form and what it carries is good for."""

_SEALED = re.compile(r"h1\.(?P<expiry>[1-9][0-9]{9,10})\.(?P<signature>[A-Za-z0-9_-]{43})\.(?P<content>[A-Za-z0-9_-]+)")


def remembered(earlier: Sequence[Turn], question: str, answer: str) -> tuple[Turn, ...]:
    """`earlier` and one more exchange, the oldest left out until it is short enough; a long answer loses its end."""
    answer = answer[: max(0, CHARS - len(question))]
    turns = [*earlier, Turn(role="user", content=question), Turn(role="assistant", content=answer)]
    while len(turns) > 2 * EXCHANGES or sum(len(turn.content) for turn in turns) > CHARS:
        turns = turns[2:]
    return tuple(turns)


def sealed(turns: Sequence[Turn], site: Site, *, now: float) -> str:
    """`turns` as the text of a hidden field for pages of `site`; empty if there are none. `now`: seconds since 1970."""
    if not turns:
        return ""
    written = json.dumps([turn.content for turn in turns], ensure_ascii=True).encode("ascii")
    content = urlsafe_b64encode(zlib.compress(written, 9)).decode("ascii").rstrip("=")
    expiry = str(int(now) + SECONDS)
    return f"h1.{expiry}.{_signature(site, expiry, content)}.{content}"


def opened(text: str, site: Site, *, now: float) -> tuple[Turn, ...]:
    """The turns of a hidden field that `sealed` made for `site` at most two hours ago; otherwise none."""
    found = _SEALED.fullmatch(text)
    if not found:
        return ()
    # Nothing is unpacked before it is known to be ours.
    if not hmac.compare_digest(_signature(site, found["expiry"], found["content"]), found["signature"]):
        return ()
    if now >= int(found["expiry"]):
        return ()
    packed = urlsafe_b64decode(found["content"] + "=" * (-len(found["content"]) % 4))
    said: list[str] = json.loads(zlib.decompress(packed))
    return tuple(Turn(role="assistant" if n % 2 else "user", content=content) for n, content in enumerate(said))


def _signature(site: Site, expiry: str, content: str) -> str:
    signed = "\n".join(("wenju history 1", site.key, expiry, content))
    digest = hmac.digest(bytes.fromhex(site.secret_sha256), signed.encode("ascii"), "sha256")
    return urlsafe_b64encode(digest).decode("ascii").rstrip("=")
