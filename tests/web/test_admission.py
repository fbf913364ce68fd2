from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from invited import KEY, ORIGIN, OTHER_KEY, OTHER_ORIGIN, OTHER_SECRET, PUBLIC_URL, SECRET, entry, other_entry, written
from starlette.requests import HTTPConnection

from web.admission import Admission, Admitted
from web.problems import Refused
from web.sites import Sites

NOW = 1_800_000_000.0


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    gone = entry("gone", "pk_gone" + "c" * 22, "sk_" + "g" * 52, ("https://gone.example.gov.cn",), "revoked = true")
    path = written(tmp_path, entry(), other_entry("secure = true"), gone)
    return Sites(path, public_url=PUBLIC_URL, port=7860)


@pytest.fixture
def admission(sites: Sites) -> Admission:
    return Admission(sites, "127.0.0.1", clock=lambda: NOW)


def request(headers: Mapping[str, str] | list[tuple[str, str]], method: str = "POST") -> HTTPConnection:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return HTTPConnection(
        {
            "type": "http",
            "method": method,
            "path": "/api/v1/ask",
            "client": ("203.0.113.5", 4711),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs],
        }
    )


def refusal(admission: Admission, headers: Mapping[str, str] | list[tuple[str, str]], method: str = "POST") -> str:
    """Why a request is not served."""
    with pytest.raises(Refused) as refused:
        admission.admit(request(headers, method))
    return f"{refused.value.kind} {refused.value.status}"


def test_a_page_of_an_invited_site_is_admitted(admission: Admission) -> None:
    admitted = admission.admit(request({"X-Site-Key": KEY, "Origin": ORIGIN}))
    assert (admitted.site.name, admitted.client, admitted.origin) == ("health", "203.0.113.5", ORIGIN)


def test_a_page_of_this_server_is_admitted_for_every_site(admission: Admission) -> None:
    assert admission.admit(request({"X-Site-Key": KEY, "Origin": PUBLIC_URL})).origin == PUBLIC_URL


@pytest.mark.parametrize(
    "key", [None, "", "pk_nobody", KEY.upper(), f" {KEY}", KEY + "\x00", "k" * 10_000, SECRET, "é"]
)
def test_a_key_of_nobody_is_refused(key: str | None, admission: Admission) -> None:
    headers = {"Origin": ORIGIN} | ({} if key is None else {"X-Site-Key": key})
    assert refusal(admission, headers) == "unknown-site-key 401"


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "*",
        OTHER_ORIGIN,
        "http://www.health.example.gov.cn",
        "https://www.health.example.gov.cn:8443",
        "https://www.health.example.gov.cn.evil.com",
        "https://WWW.health.example.gov.cn",
        "https://gone.example.gov.cn",
        f"{ORIGIN}, https://evil.com",
        f"{PUBLIC_URL}.evil.com",
    ],
)
def test_a_page_that_is_not_of_the_site_is_refused(origin: str | None, admission: Admission) -> None:
    headers = {"X-Site-Key": KEY} | ({} if origin is None else {"Origin": origin})
    assert refusal(admission, headers) == "origin-not-allowed 403"


def test_two_origins_are_none(admission: Admission) -> None:
    pairs = [("X-Site-Key", KEY), ("Origin", ORIGIN), ("Origin", "https://evil.com")]
    assert refusal(admission, pairs) == "origin-not-allowed 403"


def test_a_revoked_site_is_told_so(admission: Admission) -> None:
    headers = {"X-Site-Key": "pk_gone" + "c" * 22, "Origin": "https://gone.example.gov.cn"}
    assert refusal(admission, headers) == "site-revoked 403"


def test_a_page_of_this_server_reads_without_an_origin(admission: Admission) -> None:
    own = {"X-Site-Key": KEY, "Sec-Fetch-Site": "same-origin", "Host": "qa.example.gov.cn"}
    assert admission.admit(request(own, "GET")).origin == PUBLIC_URL
    assert refusal(admission, own, "POST") == "origin-not-allowed 403"


@pytest.mark.parametrize(
    "change",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": ""},
        {"Host": "evil.com"},
        {"Host": ""},
        {"Origin": "null"},
        {"Origin": "https://evil.com"},
    ],
)
def test_no_other_page_does(change: dict[str, str], admission: Admission) -> None:
    own = {"X-Site-Key": KEY, "Sec-Fetch-Site": "same-origin", "Host": "qa.example.gov.cn"}
    assert refusal(admission, own | change, "GET") == "origin-not-allowed 403"


def test_a_site_with_tokens_wants_one(admission: Admission) -> None:
    headers = {"X-Site-Key": OTHER_KEY, "Origin": OTHER_ORIGIN}
    assert refusal(admission, headers) == "token-required 401"
    site = admission.site(OTHER_KEY)
    token = admission.token_for(site, OTHER_ORIGIN)
    assert admission.admit(request({**headers, "X-Site-Token": token})).site == site


def test_a_token_is_of_no_use_anywhere_else(admission: Admission, sites: Sites) -> None:
    site = admission.site(OTHER_KEY)
    token = admission.token_for(site, OTHER_ORIGIN)
    own_page = {"X-Site-Key": OTHER_KEY, "Origin": PUBLIC_URL, "X-Site-Token": token}
    assert refusal(admission, own_page) == "token-required 401"
    later = Admission(sites, "", clock=lambda: NOW + 901)
    asked = {"X-Site-Key": OTHER_KEY, "Origin": OTHER_ORIGIN, "X-Site-Token": token}
    assert refusal(later, asked) == "token-expired 401"
    form = {**asked, "X-Site-Token": admission.form_token(site)}
    assert refusal(admission, form) == "token-required 401"


def test_the_place_of_the_page_is_looked_at_before_its_token(admission: Admission) -> None:
    token = admission.token_for(admission.site(OTHER_KEY), OTHER_ORIGIN)
    headers = {"X-Site-Key": OTHER_KEY, "Origin": "https://evil.com", "X-Site-Token": token}
    assert refusal(admission, headers) == "origin-not-allowed 403"


def test_no_token_is_given_for_a_page_of_somebody_else(admission: Admission) -> None:
    with pytest.raises(Refused, match="origin-not-allowed"):
        admission.token_for(admission.site(KEY), OTHER_ORIGIN)


def test_an_address_that_names_the_site_can_stand_for_its_header(admission: Admission) -> None:
    assert admission.admit(request({"Origin": PUBLIC_URL}), key=KEY).site.key == KEY


def admitted_server(admission: Admission, authorization: str | None) -> Admitted | str:
    try:
        return admission.admit_server(request({} if authorization is None else {"Authorization": authorization}))
    except Refused as refused:
        return f"{refused.kind} {refused.status}"


def test_a_server_is_known_by_its_secret_key(admission: Admission) -> None:
    found = admitted_server(admission, f"Bearer {SECRET}")
    assert isinstance(found, Admitted)
    assert (found.site.name, found.origin) == ("health", None)
    assert isinstance(admitted_server(admission, f"bearer  {SECRET} "), Admitted)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        SECRET,
        f"Basic {SECRET}",
        f"Bearer {KEY}",
        f"Bearer {SECRET[:-1]}",
        f"Bearer {SECRET}x",
        f"Bearer {SECRET} {SECRET}",
        f"Bearer {SECRET.upper()}",
        "Bearer " + "s" * 100_000,
        "Bearer é\x00",
    ],
)
def test_nothing_else_is_a_secret_key(authorization: str | None, admission: Admission) -> None:
    assert admitted_server(admission, authorization) == "unknown-site-key 401"


def test_the_secret_of_a_revoked_site_is_refused(admission: Admission) -> None:
    assert admitted_server(admission, "Bearer sk_" + "g" * 52) == "site-revoked 403"


def test_the_secret_of_one_site_is_not_that_of_another(admission: Admission) -> None:
    found = admitted_server(admission, f"Bearer {OTHER_SECRET}")
    assert isinstance(found, Admitted)
    assert found.site.name == "tax"


@pytest.mark.parametrize("origin", [{}, {"Origin": "null"}, {"Origin": PUBLIC_URL}, {"Sec-Fetch-Site": "same-origin"}])
def test_a_form_that_this_server_gave_away_is_taken_from_any_browser(
    origin: dict[str, str], admission: Admission
) -> None:
    token = admission.form_token(admission.site(KEY))
    assert admission.admit_form(request(origin), key=KEY, token=token).site.name == "health"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.com"},
        {"Origin": ORIGIN},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_on_a_page_of_others_is_refused(headers: dict[str, str], admission: Admission) -> None:
    token = admission.form_token(admission.site(KEY))
    with pytest.raises(Refused, match="origin-not-allowed"):
        admission.admit_form(request(headers), key=KEY, token=token)


def test_a_form_needs_its_own_token(admission: Admission) -> None:
    wrong = (
        None,
        "",
        "t1.x",
        admission.form_token(admission.site(OTHER_KEY)),
        admission.token_for(admission.site(KEY), ORIGIN),
    )
    for token in wrong:
        with pytest.raises(Refused, match="token-required"):
            admission.admit_form(request({}), key=KEY, token=token)


def test_a_form_that_was_open_too_long_is_told_so(admission: Admission, sites: Sites) -> None:
    token = admission.form_token(admission.site(KEY), seconds=3600)
    later = Admission(sites, "", clock=lambda: NOW + 3600)
    with pytest.raises(Refused, match="token-expired"):
        later.admit_form(request({}), key=KEY, token=token)
