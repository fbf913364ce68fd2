from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.site_records import Site
from web.tokens import SECONDS, issue, verdict

NOW = 1_800_000_000.0
ORIGIN = "https://www.health.example.gov.cn"
HEALTH = Site(name="health", key="pk_health" + "a" * 20, secret_sha256="11" * 32)
TAX = Site(name="tax", key="pk_tax" + "b" * 23, secret_sha256="22" * 32)
TOKEN = issue(HEALTH, origin=ORIGIN, purpose="ask", now=NOW)


def seen(token: str, *, site: Site = HEALTH, origin: str = ORIGIN, purpose: str = "ask", now: float = NOW) -> str:
    return verdict(token, site, origin=origin, purpose=purpose, now=now)  # type: ignore[arg-type]


def test_a_token_is_good_until_its_time_is_over() -> None:
    assert [seen(TOKEN, now=NOW + t) for t in (0, SECONDS - 1, SECONDS, SECONDS + 86400)] == ["good"] * 2 + [
        "expired"
    ] * 2


def test_a_token_is_good_for_nobody_else() -> None:
    assert seen(TOKEN, site=TAX) == "wrong"
    assert seen(TOKEN, origin="https://www.tax.example.gov.cn") == "wrong"
    assert seen(TOKEN, purpose="form") == "wrong"


def test_a_new_secret_or_a_new_key_ends_all_tokens() -> None:
    assert seen(TOKEN, site=Site(name="health", key=HEALTH.key, secret_sha256="33" * 32)) == "wrong"
    assert seen(TOKEN, site=Site(name="health", key=TAX.key, secret_sha256=HEALTH.secret_sha256)) == "wrong"


def test_the_time_of_a_token_cannot_be_put_off() -> None:
    start, expiry, signature = TOKEN.split(".")
    assert seen(f"{start}.{int(expiry) + 1}.{signature}") == "wrong"


def test_what_is_signed_cannot_be_cut_elsewhere() -> None:
    token = issue(HEALTH, origin="https://a.cn\n1", purpose="ask", now=NOW)
    assert seen(token, origin="https://a.cn") == "wrong"


@pytest.mark.parametrize(
    "token", ["", "t1", "t1..", "密", "\udcff", "t1.-1.x", TOKEN + "=", TOKEN + "\n", f" {TOKEN}", "." * 999]
)
def test_what_is_no_token_is_wrong(token: str) -> None:
    assert seen(token) == "wrong"


@given(at=st.integers(0, len(TOKEN) - 1), letter=st.characters())
def test_no_letter_of_a_token_can_be_another(at: int, letter: str) -> None:
    changed = TOKEN[:at] + letter + TOKEN[at + 1 :]
    assert seen(changed) == ("good" if changed == TOKEN else "wrong")


def test_a_token_holds_neither_secret_nor_site() -> None:
    assert HEALTH.secret_sha256 not in TOKEN
    assert HEALTH.key not in TOKEN
