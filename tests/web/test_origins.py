from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.origins import allows, fault, is_secure, origin_of

SITE = "https://www.health.example.gov.cn"
BELOW = "https://*.example.gov.cn"


@pytest.mark.parametrize(
    "listed",
    [
        SITE,
        BELOW,
        "https://www.example.gov.cn:8443",
        "https://*.example.gov.cn:8443",
        "http://www.county.gov.cn",
        "http://localhost:8000",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "https://xn--fiqs8s.xn--fiqs8s",
        "http://intranet",
    ],
)
def test_an_origin_as_browsers_send_it_can_be_listed(listed: str) -> None:
    assert fault(listed) is None


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("*", "anybody"),
        ("null", "anybody"),
        ("https://*", "anybody"),
        ("", "scheme, host"),
        ("www.example.gov.cn", "scheme, host"),
        ("https://www.example.gov.cn/", "nothing after them"),
        ("https://www.example.gov.cn/page", "nothing after them"),
        ("https://www.example.gov.cn.", "nothing after them"),
        ("https://user@www.example.gov.cn", "nothing after them"),
        ("https://www.example.gov.cn\n", "nothing after them"),
        ("ftp://www.example.gov.cn", "scheme, host"),
        ("https://WWW.example.gov.cn", "write https://www.example.gov.cn"),
        ("https://www.example.gov.cn:443", "leave it out"),
        ("http://www.example.gov.cn:80", "leave it out"),
        ("https://www.example.gov.cn:65536", "up to 65535"),
        ("https://www.example.gov.cn:0443", "scheme, host"),
        ("https://政务.cn", "https://xn--zfr164b.cn"),
        ("http://010.0.0.1", "a host name"),
        ("http://[0:0::1]", "expected [::1]"),
        ("https://*.cn", "at least two names"),
        ("https://*.0.0.1", "at least two names"),
        ("http://*.example.gov.cn", "expected https"),
        ("https://*.*.example.gov.cn", "one star"),
        ("https://www.*.gov.cn", "one star"),
        ("https://*example.gov.cn", "one star"),
        ("https://*.gov.cn", "write one more, such as https://*.example.gov.cn"),
        ("https://*.bj.cn", "strangers"),
        ("https://*.co.uk", "strangers"),
    ],
)
def test_what_no_browser_sends_or_lets_strangers_in_is_told(listed: str, expected: str) -> None:
    assert expected in (fault(listed) or "")


def test_a_listed_origin_is_let_in() -> None:
    assert allows((SITE,), SITE)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "null",
        "*",
        "https://www.health.example.gov.cn.evil.com",
        "https://evil.com/https://www.health.example.gov.cn",
        "https://www.health.example.gov.cn:8443",
        "https://www.health.example.gov.cn:443",
        "http://www.health.example.gov.cn",
        "https://WWW.health.example.gov.cn",
        "HTTPS://www.health.example.gov.cn",
        "https://www.health.example.gov.cn.",
        "https://www.health.example.gov.cn/",
        "https://www.health.example.gov.cn@evil.com",
        "https://evilwww.health.example.gov.cn",
        "https://example.gov.cn",
        " https://www.health.example.gov.cn",
        "https://www.health.example.gov.cn https://evil.com",
        "https://www.health.example.gov.cn\x00",
        "https://www.һealth.example.gov.cn",
    ],
)
def test_a_look_alike_is_kept_out(sent: str) -> None:
    assert not allows((SITE,), sent)


@pytest.mark.parametrize(
    "sent", ["https://a.example.gov.cn", "https://a.b.example.gov.cn", "https://x-1.example.gov.cn"]
)
def test_a_star_lets_every_host_below_in(sent: str) -> None:
    assert allows((BELOW,), sent)


@pytest.mark.parametrize(
    "sent",
    [
        "https://example.gov.cn",
        "https://evilexample.gov.cn",
        "https://.example.gov.cn",
        "https://*.example.gov.cn",
        "http://a.example.gov.cn",
        "https://a.example.gov.cn:8443",
        "https://a.example.gov.cn.evil.com",
        "https://evil.com/.example.gov.cn",
        "https://evil.com#.example.gov.cn",
        "https://evil.com\\.example.gov.cn",
        "https://user@a.example.gov.cn",
        "https://-.example.gov.cn",
    ],
)
def test_a_star_lets_nothing_else_in(sent: str) -> None:
    assert not allows((BELOW,), sent)


@given(st.text())
def test_no_text_is_let_in_below_a_star_but_a_plain_host(text: str) -> None:
    sent = f"https://{text}.example.gov.cn"
    # An underscore may make up a label, a hyphen may not.
    is_plain = all(label.replace("_", "a").replace("-", "").isalnum() and label.isascii() for label in text.split("."))
    assert is_plain or not allows((BELOW,), sent)


def test_a_port_below_a_star_must_be_the_same() -> None:
    assert allows(("https://*.example.gov.cn:8443",), "https://a.example.gov.cn:8443")
    assert not allows(("https://*.example.gov.cn:8443",), "https://a.example.gov.cn")


def test_https_and_this_machine_are_safe_from_those_on_the_way() -> None:
    assert [is_secure(o) for o in (SITE, BELOW, "http://localhost:1", "http://127.0.0.9", "http://[::1]:1")] == [
        True
    ] * 5
    assert not is_secure("http://www.county.gov.cn")
    assert not is_secure("http://127.0.0.1.evil.com")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://qa.example.gov.cn", "https://qa.example.gov.cn"),
        ("https://QA.example.gov.cn:443/", "https://qa.example.gov.cn"),
        ("http://10.0.0.1:7860", "http://10.0.0.1:7860"),
        ("https://qa.example.gov.cn/wenju", None),
        ("qa.example.gov.cn", None),
        ("https://*.example.gov.cn", None),
        ("javascript:alert(1)", None),
        ("https://qa.example.gov.cn:99999", None),
    ],
)
def test_the_origin_of_an_address(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin
