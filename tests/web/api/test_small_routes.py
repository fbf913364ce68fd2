from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from events import ask, post
from fake_assistant import ALLIANCE
from three_sites import GONE, HOST, A, B, C, Embedded, Invited


def get(embedded: Embedded, path: str, site: Invited = A, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in {**embedded.headers(site), **names}.items() if value}
    return httpx.get(embedded.address + path, headers=sent, trust_env=False, verify=False)


def server(embedded: Embedded, path: str, body: Any, secret: str = C.secret) -> httpx.Response:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return httpx.post(embedded.address + path, json=body, headers=headers, trust_env=False, verify=False)


def test_a_widget_learns_all_it_shows(embedded: Embedded) -> None:
    answer = get(embedded, "/api/v1/site?lang=zh-CN")
    site = answer.json()
    assert answer.status_code == 200
    assert (site["title"], site["greeting"]) == ("政务问答", "您好，请问有什么可以帮您？")
    assert site["examples"] == ["联盟是做什么的？", "意向采购金额是多少？"]
    assert site["contact"] == {
        "name": "市民服务热线",
        "phone": "12345",
        "url": "https://www.host.example.gov.cn/contact",
        "email": None,
        "days": None,
    }
    assert site["limits"] == {"question_chars": 300}
    assert site["plain_url"] == f"/embed/plain?site_key={A.key}&lang=zh-Hans"
    assert site["ai_label"]["text"]
    assert answer.headers["cache-control"] == "private, max-age=300"


def test_what_a_site_does_not_word_has_words_of_our_own(embedded: Embedded) -> None:
    site = get(embedded, "/api/v1/site?lang=en", B).json()
    assert site["title"] == "Alliance desk"
    assert site["greeting"]
    assert site["examples"] == []
    assert (site["lang"], site["languages"]) == ("en", ["en", "zh-Hans"])
    assert get(embedded, "/api/v1/site?lang=xx", B, Accept_Language="fr").json()["lang"] == "en"


def test_a_site_that_has_not_changed_is_not_sent_again(embedded: Embedded) -> None:
    first = get(embedded, "/api/v1/site")
    assert get(embedded, "/api/v1/site", If_None_Match=first.headers["etag"]).status_code == 304
    assert get(embedded, "/api/v1/site?lang=en", If_None_Match=first.headers["etag"]).status_code == 200


def test_a_passage_can_be_read_in_full(embedded: Embedded) -> None:
    found = get(embedded, "/api/v1/sources/alliance%230?lang=en").json()
    assert found["text"] == ALLIANCE.text
    assert (found["id"], found["article_id"], found["start"], found["end"]) == (
        "alliance#0",
        "alliance",
        0,
        len(ALLIANCE.text),
    )
    assert found["url"] == ALLIANCE.url
    assert found["article_url"].startswith("/embed/articles/alliance?")


@pytest.mark.parametrize(
    "passage", ["alliance%231", "nothing%230", "..%2f..%2fetc%2fpasswd", "%00", "%ff", "a" * 2000, "[1]", "%20"]
)
def test_a_passage_that_is_not_there_is_not_found(embedded: Embedded, passage: str) -> None:
    answer = get(embedded, f"/api/v1/sources/{passage}")
    assert answer.status_code == 404
    assert "passwd" not in answer.text


def test_a_site_cannot_read_the_passages_of_others(embedded: Embedded) -> None:
    fair = "/api/v1/sources/%E8%BF%9B%E5%8D%9A%E4%BC%9A%2F%E7%AC%AC%E4%B8%83%E5%B1%8A%20100%25%230"
    assert get(embedded, fair).status_code == 200
    assert get(embedded, fair, B).status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/site", "/api/v1/sources/alliance%230"])
def test_a_page_of_our_own_reads_without_an_origin(embedded: Embedded, path: str) -> None:
    assert get(embedded, path, Origin="").status_code == 403
    assert get(embedded, path, Origin="", Sec_Fetch_Site="cross-site").status_code == 403
    assert get(embedded, path, Origin="", Sec_Fetch_Site="same-origin").status_code == 200
    assert post(embedded, {"question": "联盟？"}, Origin="", Sec_Fetch_Site="same-origin").status_code == 403


def test_an_answer_is_rated_once(embedded: Embedded, tmp_path: Any) -> None:
    answer_id = ask(embedded).json()["answer_id"]
    rating = {"answer_id": answer_id, "rating": "down", "reason": "wrong", "comment": "请打13812345678，谢谢"}
    first = post(embedded, rating, path="/api/v1/feedback")
    assert (first.status_code, first.content) == (204, b"")
    assert first.headers["access-control-allow-origin"] == HOST
    again = post(embedded, rating, path="/api/v1/feedback")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-rated")
    lines = (embedded.sites.parent / "feedback.jsonl").read_text(encoding="utf-8").splitlines()
    line = json.loads(lines[-1])
    assert (line["answer"], line["rating"], line["reason"], line["site"]) == (answer_id, "down", "wrong", "a")
    assert line["comment"] == "请打***，谢谢"
    assert "联盟" not in lines[-1]


@pytest.mark.parametrize(
    ("rating", "status"),
    [
        ({"answer_id": "never-shown", "rating": "up"}, 404),
        ({"answer_id": "a", "rating": "sideways"}, 422),
        ({"answer_id": "a", "rating": "up", "reason": "because"}, 422),
        ({"answer_id": "a", "rating": "up", "comment": "长" * 201}, 422),
        ({"answer_id": "a b", "rating": "up"}, 422),
        ({"rating": "up"}, 422),
    ],
)
def test_a_rating_that_no_widget_sends_is_refused(embedded: Embedded, rating: dict[str, str], status: int) -> None:
    assert post(embedded, rating, path="/api/v1/feedback").status_code == status


def test_a_token_opens_a_site_that_wants_one(embedded: Embedded) -> None:
    made = server(embedded, "/api/v1/token", {"origin": HOST})
    assert made.status_code == 200
    assert made.json()["expires_in"] == 900
    assert made.headers["cache-control"] == "no-store"
    token = made.json()["token"]
    assert get(embedded, "/api/v1/site", C).status_code == 401
    assert post(embedded, {"question": "联盟？"}, site=C, X_Site_Token=token).status_code == 200
    assert post(embedded, {"question": "联盟？"}, site=C, X_Site_Token=token[:-1] + "_").status_code == 401
    assert get(embedded, "/api/v1/site", C, X_Site_Token=token).status_code == 200


def test_a_token_of_another_site_opens_nothing(embedded: Embedded) -> None:
    token = server(embedded, "/api/v1/token", {"origin": HOST}, A.secret).json()["token"]
    assert post(embedded, {"question": "联盟？"}, site=C, X_Site_Token=token).status_code == 401


@pytest.mark.parametrize(
    ("secret", "origin", "status"),
    [
        ("", HOST, 401),
        ("sk_" + "z" * 52, HOST, 401),
        (A.key, HOST, 401),
        (GONE.secret, HOST, 403),
        (C.secret, "https://evil.example", 403),
        (C.secret, "null", 403),
        (C.secret, 7, 422),
    ],
)
def test_a_token_is_made_for_the_site_itself_only(embedded: Embedded, secret: str, origin: object, status: int) -> None:
    made = server(embedded, "/api/v1/token", {"origin": origin}, secret)
    assert made.status_code == status
    assert "token" not in made.json()
    assert "evil" not in made.text


@pytest.mark.parametrize(
    "text", ["我的身份证号是11010519491231002X，怎么补办？", "打13812345678找我", "mail a@example.com"]
)
def test_personal_data_is_refused_before_it_goes_anywhere(embedded: Embedded, text: str) -> None:
    answer = ask(embedded, text)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/personal-data")
    assert "1381234" not in answer.text
