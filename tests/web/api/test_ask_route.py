from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from events import ask, ask_events, post
from fake_assistant import ALLIANCE, ALLIANCE_QUOTE, FakeAssistant
from three_sites import GONE, HOST, A, B, C, Embedded


def test_an_answer_is_told_in_events(embedded: Embedded) -> None:
    told = ask_events(embedded, conversation_id="talk-1", lang="zh-CN")
    assert [event.name for event in told] == ["meta", "sources", "delta", "done"]
    assert [event.id for event in told] == [1, 2, 3, 4]
    meta, sources, delta, done = (event.data for event in told)
    assert meta["conversation_id"] == "talk-1"
    assert (meta["lang"], meta["writer"]) == ("zh-Hans", "quote")
    assert (meta["contact"]["phone"], meta["contact"]["days"]) == ("12345", None)
    assert meta["ai_label"]["text"].startswith("以下内容由人工智能生成")
    assert meta["ai_label"]["AIGC"]["ContentProducer"] == "示例市人民政府办公室"
    assert meta["ai_label"]["AIGC"]["ProduceID"] == meta["answer_id"]
    assert f"“{ALLIANCE_QUOTE}”[1]" in delta["text"]
    assert (done["status"], done["answer_lang"]) == ("answered", "zh-Hans")
    assert done["used"] == [1, 2]
    first = sources["sources"][0]
    start = ALLIANCE.text.index(ALLIANCE_QUOTE)
    assert first == {
        "n": 1,
        "id": "alliance#0",
        "article_id": "alliance",
        "title": ALLIANCE.title,
        "url": "https://news.example.org/a?b=1&c=2",
        "issuer": "中新网上海",
        "date": "2024-11-25",
        "quote": ALLIANCE_QUOTE,
        "lang": "zh-Hans",
        "article_url": f"/embed/articles/alliance?site_key={A.key}&lang=zh-Hans"
        f"&start={start}&end={start + len(ALLIANCE_QUOTE)}#quote",
        "host": "news.example.org",
        "outside": True,
    }


def test_json_holds_the_same_answer_in_one_piece(embedded: Embedded) -> None:
    answer = ask(embedded)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    whole, told = answer.json(), ask_events(embedded)
    assert whole["answer"] == told[2].data["text"]
    assert whole["sources"] == told[1].data["sources"]
    assert (whole["status"], whole["used"]) == ("answered", [1, 2])
    assert whole["ai_label"]["AIGC"]["ReservedCode1"].startswith("sha256:")


def test_the_language_of_the_answer_is_that_of_the_question_and_not_of_the_screen(embedded: Embedded) -> None:
    whole = ask(embedded, "What does the alliance do?", lang="zh-CN").json()
    assert (whole["lang"], whole["answer_lang"]) == ("zh-Hans", "en")


def test_an_address_that_is_no_ordinary_one_is_left_out(embedded: Embedded) -> None:
    for question in ("金额", "攻击"):
        (source,) = ask(embedded, question).json()["sources"]
        assert source["url"] is None
        assert source["host"] is None
        assert source["outside"] is False


def test_without_an_answer_the_nearest_articles_are_named(embedded: Embedded) -> None:
    told = ask_events(embedded, "没有的事？")
    assert [event.name for event in told] == ["meta", "sources", "delta", "done"]
    assert told[1].data == {"sources": []}
    done = told[-1].data
    assert (done["status"], done["reason"], done["used"]) == ("no_answer", "cannot_answer", [])
    (near,) = done["nearest"]
    assert near["article_id"] == "alliance"
    assert "quote" not in near


def test_a_site_sees_its_own_articles_only(embedded: Embedded, fake_assistant: FakeAssistant) -> None:
    assert ask(embedded, site=B).json()["status"] == "answered"
    assert fake_assistant.asked[-1].articles == ("alliance",)
    ask(embedded)
    assert fake_assistant.asked[-1].articles == ()


def test_what_was_said_before_goes_along(embedded: Embedded, fake_assistant: FakeAssistant) -> None:
    history = [{"role": "user", "content": "联盟？"}, {"role": "assistant", "content": "九城市。"}]
    assert ask(embedded, history=history).status_code == 200
    assert [(turn.role, turn.content) for turn in fake_assistant.asked[-1].history] == [
        ("user", "联盟？"),
        ("assistant", "九城市。"),
    ]


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
@pytest.mark.parametrize(("question", "kind"), [("失败", "service-failed"), ("索引", "index-unavailable")])
def test_a_failure_has_an_end_and_tells_nothing_of_the_inside(
    embedded: Embedded, question: str, kind: str, accept: str
) -> None:
    answer = post(embedded, {"question": question}, Accept=accept)
    assert f"/problems/{kind}" in answer.text
    assert "secret" not in answer.text
    assert ".wenju" not in answer.text
    assert "Traceback" not in answer.text
    if accept == "text/event-stream":
        assert answer.text.count("event: error") == 1
        assert answer.text.rindex("event: ") == answer.text.index("event: error")
        assert answer.headers["x-request-id"] in answer.text


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        ({"X_Site_Key": ""}, 401, "unknown-site-key"),
        ({"X_Site_Key": "pk_" + "z" * 26}, 401, "unknown-site-key"),
        ({"X_Site_Key": GONE.key}, 403, "site-revoked"),
        ({"Origin": ""}, 403, "origin-not-allowed"),
        ({"Origin": "null"}, 403, "origin-not-allowed"),
        ({"Origin": HOST.upper()}, 403, "origin-not-allowed"),
        ({"Origin": HOST + ".evil.example"}, 403, "origin-not-allowed"),
        ({"Origin": HOST + ":8443"}, 403, "origin-not-allowed"),
        ({"Origin": "http" + HOST.removeprefix("https")}, 403, "origin-not-allowed"),
        ({"X_Site_Key": C.key}, 401, "token-required"),
        ({"X_Site_Key": C.key, "X_Site_Token": "t1.1.x"}, 401, "token-required"),
    ],
)
def test_who_was_not_invited_gets_no_answer(
    embedded: Embedded, fake_assistant: FakeAssistant, headers: dict[str, str], status: int, kind: str
) -> None:
    before = len(fake_assistant.asked)
    answer = post(embedded, {"question": "联盟？"}, **headers)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    assert len(fake_assistant.asked) == before
    if headers.get("Origin", HOST) != HOST:
        assert "access-control-allow-origin" not in answer.headers


def test_the_page_of_a_site_may_read_its_answers(embedded: Embedded) -> None:
    answer = ask(embedded)
    assert answer.headers["access-control-allow-origin"] == HOST
    assert "access-control-allow-credentials" not in answer.headers
    assert "Origin" in answer.headers["vary"]


def test_a_problem_within_the_limits_of_a_browser_can_be_read_by_the_page(embedded: Embedded) -> None:
    for body in ({"question": ""}, {"question": "长" * 20_000}):
        answer = post(embedded, body)
        assert answer.status_code in (413, 422)
        assert answer.headers["access-control-allow-origin"] == HOST


@pytest.mark.parametrize(("lang", "words"), [("en", "Please type"), ("zh-TW", "請先輸入"), ("zh-HK", "請先輸入")])
def test_a_problem_is_told_in_the_language_that_was_wanted(embedded: Embedded, lang: str, words: str) -> None:
    assert words in post(embedded, {"question": " ", "lang": lang}).json()["detail"]


def test_a_site_speaks_only_its_languages(embedded: Embedded) -> None:
    assert ask(embedded, site=B, lang="zh-TW").json()["lang"] == "en"
    assert ask(embedded, site=B, lang="zh-CN").json()["lang"] == "zh-Hans"


def test_a_question_may_be_as_long_as_the_site_says(embedded: Embedded) -> None:
    for filler in ("长", "😀", "𠀀"):
        assert ask(embedded, filler * 300).status_code == 200
        over = ask(embedded, filler * 301)
        assert (over.status_code, over.json()["type"]) == (422, "/problems/question-too-long")
        assert "300" in over.json()["detail"]
    composed = "é" * 300
    decomposed = "e\u0301" * 300
    assert ask(embedded, composed).status_code == ask(embedded, decomposed).status_code == 200


@pytest.mark.parametrize("question", ["", "   ", "\u3000", "\u200b\u200d", "\n\t", "\x00\x07", "\U000e0041"])
def test_a_blank_question_reaches_nobody(embedded: Embedded, fake_assistant: FakeAssistant, question: str) -> None:
    before = len(fake_assistant.asked)
    answer = ask(embedded, question)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/question-empty")
    assert len(fake_assistant.asked) == before


def test_every_answer_carries_the_name_of_its_request(embedded: Embedded) -> None:
    own = post(embedded, {"question": "联盟？"}, X_Request_Id="trace-0123456789")
    assert own.headers["x-request-id"] == "trace-0123456789"
    for strange in ("short", "a" * 65, "a b c d e f g", "<script>alert"):
        assert post(embedded, {"question": ""}, X_Request_Id=strange).headers["x-request-id"] != strange
    for path in ("/", "/nothing", "/healthz"):
        assert len(httpx.get(embedded.address + path, trust_env=False).headers["x-request-id"]) == 16


def test_the_log_holds_no_question(embedded: Embedded, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        ask(embedded, "联盟是做什么的，秘密问题？", conversation_id="secret-talk")
        post(embedded, {"question": "秘密问题" * 200})
    lines = [record.getMessage() for record in caplog.records if record.name == "wenju.requests"]
    assert len(lines) == 2
    assert '"site": "a"' in lines[0]
    assert '"status": 200' in lines[0]
    assert '"chars": 13' in lines[0]
    assert '"passages": ["alliance#0", "alliance#0"]' in lines[0]
    assert '"status": 422' in lines[1]
    for line in lines:
        assert "秘密" not in line
        assert "\\u79d8" not in line
        assert "secret-talk" not in line
        assert "127.0.0.1" not in line


def test_a_site_is_invited_without_a_restart(embedded: Embedded, tmp_path: Path) -> None:
    from three_sites import invite

    origin = "https://new.example.gov.cn"
    assert post(embedded, {"question": "联盟？"}, Origin=origin).status_code == 403
    invite(embedded.sites, origin)
    assert post(embedded, {"question": "联盟？"}, Origin=origin).status_code == 200
    invite(embedded.sites)
    assert post(embedded, {"question": "联盟？"}, Origin=origin).status_code == 403
