"""What the pages without script do not accept, and what becomes of the question then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from hashlib import sha256

import httpx
import pytest
from fake_assistant import ALLIANCE_QUOTE, FakeAssistant, UnreadyAssistant, answer
from markup import Tags
from plain_forms import QUESTION, ask, fields, path
from three_sites import GONE, HOST, A, B, C, Embedded, serving_sites

from rag.records import Answer, Question, Status
from rag.settings import Settings
from web import tokens
from web.site_records import Site


@pytest.fixture
def client(embedded: Embedded) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=embedded.address, headers={"Accept-Language": "zh-CN"}) as made:
        yield made


class ReplyingAssistant(FakeAssistant):
    """Always gives `reply`."""

    def __init__(self, reply: Answer) -> None:
        super().__init__()
        self.reply = reply

    def _final(self, question: Question) -> Answer:
        return self.reply


@pytest.fixture
def served(settings_in: Callable[[], Settings]) -> Iterator[Callable[..., httpx.Client]]:
    """Serves another assistant, or with other limits."""
    opened: list[tuple[object, httpx.Client]] = []

    def serve(assistant: FakeAssistant, **changes: str) -> httpx.Client:
        serving = serving_sites(assistant, settings_in(), **changes)  # type: ignore[arg-type]
        made = httpx.Client(base_url=serving.__enter__().address, headers={"Accept-Language": "zh-CN"})
        opened.append((serving, made))
        return made

    yield serve
    for serving, made in opened:
        made.close()
        serving.__exit__(None, None, None)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("question", "words"),
    [("", "请先输入问题"), (" \u3000\u200b\r\n", "请先输入问题"), ("长" * 301, "问题太长，最多 300 个字")],
)
def test_what_is_no_question_is_refused_beside_the_box(
    client: httpx.Client, fake_assistant: FakeAssistant, question: str, words: str
) -> None:
    before = len(fake_assistant.asked)
    page = ask(client, question)
    assert page.status_code == 422
    assert words in page.text.split('class="fault"')[1]
    assert 'aria-invalid="true"' in page.text
    assert len(fake_assistant.asked) == before
    if "长" in question:
        assert f"{question}</textarea>" in page.text


@pytest.mark.parametrize("question", ["长" * 300, "𠀀" * 300, "e\u0301" * 300, "一\r\n" * 100 + "长" * 100])
def test_the_limit_counts_characters_as_the_reader_does(client: httpx.Client, question: str) -> None:
    assert ask(client, question).status_code == 200


def test_personal_data_is_refused_before_anything_is_searched(
    client: httpx.Client, fake_assistant: FakeAssistant
) -> None:
    before = len(fake_assistant.asked)
    page = ask(client, "我的身份证是 11010519491231002X，怎么办？")
    assert page.status_code == 422
    assert "问题里似乎有个人信息" in page.text.split('class="fault"')[1]
    assert "我的身份证是" in page.text.split("<textarea")[1]
    assert len(fake_assistant.asked) == before


def test_personal_data_that_only_the_assistant_finds_is_an_error_in_the_question(
    served: Callable[..., httpx.Client],
) -> None:
    refusing = served(ReplyingAssistant(answer("请删去个人信息。", status=Status.REFUSED, reason="question_personal")))
    page = ask(refusing, QUESTION)
    assert page.status_code == 422
    assert "请删去个人信息。" in page.text.split('class="fault"')[1]


def test_a_form_that_another_page_sends_is_not_accepted(client: httpx.Client, fake_assistant: FakeAssistant) -> None:
    before = len(fake_assistant.asked)
    for headers in (
        {"Origin": HOST},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        page = ask(client, QUESTION, **headers)
        assert page.status_code == 403, headers
        assert "没有受理这次提交" in page.text
    form = {**fields(client.get(path()).text), "question": QUESTION}
    assert client.post(path(), data=form, headers={"Referer": "https://evil.example/x"}).status_code == 403
    assert len(fake_assistant.asked) == before


def test_a_browser_too_old_to_say_where_a_form_comes_from_is_served(client: httpx.Client) -> None:
    form = {**fields(client.get(path()).text), "question": QUESTION}
    assert client.post(path(), data=form).status_code == 200
    assert (
        client.post(
            path(), data=form, headers={"Referer": f"{str(client.base_url).rstrip('/')}/embed/plain"}
        ).status_code
        == 200
    )


@pytest.mark.parametrize("token", ["", "x", "t1.1.x", "t1.9999999999." + "A" * 43])
def test_a_form_that_was_never_given_away_is_not_accepted(
    client: httpx.Client, fake_assistant: FakeAssistant, token: str
) -> None:
    before = len(fake_assistant.asked)
    assert client.post(path(), data={"form": token, "question": QUESTION}).status_code == 403
    assert len(fake_assistant.asked) == before


def test_the_form_of_one_site_is_no_form_of_another(client: httpx.Client) -> None:
    form = {**fields(client.get(path(B)).text), "question": QUESTION}
    assert client.post(path(A), data=form).status_code == 403


def test_a_form_that_was_open_for_too_long_keeps_the_question(client: httpx.Client) -> None:
    site = Site(name=A.name, key=A.key, secret_sha256=sha256(A.secret.encode()).hexdigest())
    old = tokens.issue(site, origin="form", purpose="form", now=time.time() - 7201, seconds=7200)
    page = client.post(path(), data={"form": old, "question": QUESTION})
    assert page.status_code == 422
    assert "页面打开的时间太久了" in page.text
    assert f"{QUESTION}</textarea>" in page.text
    assert "aria-invalid" not in page.text
    assert ask(client, QUESTION, page.text).status_code == 200


def test_where_the_site_vouches_for_its_readers_an_old_form_shows_the_question_to_copy(client: httpx.Client) -> None:
    site = Site(name=C.name, key=C.key, secret_sha256=sha256(C.secret.encode()).hexdigest())
    old = tokens.issue(site, origin="form", purpose="form", now=time.time() - 7201, seconds=7200)
    page = client.post(path(C), data={"form": old, "question": "<b>问题</b>"})
    assert page.status_code == 403
    assert "请从网站进入" in page.text
    assert "&lt;b&gt;问题&lt;/b&gt;</blockquote>" in page.text
    assert "<textarea" not in page.text


def test_an_unknown_site_gets_a_page_and_no_answer(client: httpx.Client, fake_assistant: FakeAssistant) -> None:
    before = len(fake_assistant.asked)
    for site, status, words in (("pk_unknown", 404, "没有这个网站"), ("", 404, "没有"), (GONE.key, 403, "已停用")):
        for answer_ in (
            client.get(f"/embed/plain?site_key={site}"),
            client.post(f"/embed/plain?site_key={site}", data={"question": QUESTION}),
            client.get(f"/embed/articles/alliance?site_key={site}"),
            client.post(f"/embed/plain/feedback?site_key={site}", data={"rating": "up"}),
        ):
            assert answer_.status_code == status
            assert words in answer_.text
            assert ALLIANCE_QUOTE not in answer_.text
    assert client.get("/embed/plain").status_code == 404
    assert len(fake_assistant.asked) == before


def test_a_site_that_vouches_for_its_readers_needs_its_token(client: httpx.Client) -> None:
    closed = client.get(path(C))
    assert closed.status_code == 403
    assert "请从网站进入" in closed.text
    assert "<textarea" not in closed.text
    assert client.get(path(C, token="t1.9999999999." + "A" * 43)).status_code == 403
    bearer = {"Authorization": f"Bearer {C.secret}"}
    token = client.post("/api/v1/token", json={"origin": HOST}, headers=bearer).json()["token"]
    page = client.get(path(C, token=token))
    assert page.status_code == 200
    answered = client.post(path(C), data={**fields(page.text), "question": QUESTION})
    assert answered.status_code == 200
    # The form is good for its own time: an answer does not make it last longer.
    assert fields(answered.text)["form"] == fields(page.text)["form"]
    assert fields(client.get(path(A)).text)["form"] not in page.text


def test_too_many_questions_are_told_when_to_come_back_and_keep_theirs(served: Callable[..., httpx.Client]) -> None:
    busy = served(FakeAssistant(), limits="client_minute = 1")
    assert ask(busy, QUESTION).status_code == 200
    page = ask(busy, QUESTION)
    assert page.status_code == 429
    seconds = int(page.headers["retry-after"])
    assert 0 < seconds <= 60
    assert f"请在 {seconds} 秒后再试" in page.text
    assert "ratelimit" in page.headers
    assert f"{QUESTION}</textarea>" in page.text
    assert "aria-invalid" not in page.text


def test_without_an_index_the_reader_is_told_to_come_back(served: Callable[..., httpx.Client]) -> None:
    class Missing(UnreadyAssistant):
        def stream(self, question: Question) -> Iterator[Answer]:
            self.check()
            yield from ()

    client = served(Missing())
    page = ask(client, QUESTION)
    assert page.status_code == 503
    assert "retry-after" in page.headers
    assert "python -m" not in page.text
    assert f"{QUESTION}</textarea>" in page.text
    assert client.get(f"/embed/articles/alliance?site_key={A.key}").status_code == 503


def test_a_failure_says_nothing_of_the_inside(client: httpx.Client) -> None:
    page = ask(client, "失败")
    assert page.status_code == 500
    assert "secret of the inside" not in page.text
    assert "失败</textarea>" in page.text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"question=%FF%FE&form=x", "application/x-www-form-urlencoded", 400),
        ("question=问".encode(), "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % n for n in range(50)), "application/x-www-form-urlencoded", 400),
        (b'{"question": "x"}', "application/json", 415),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
        (b"question=" + b"x" * 100_000, "application/x-www-form-urlencoded", 413),
        (b"", "application/x-www-form-urlencoded", 403),
    ],
)
def test_what_no_form_of_ours_sends_is_refused(client: httpx.Client, body: bytes, kind: str, status: int) -> None:
    assert client.post(path(), content=body, headers={"Content-Type": kind}).status_code == status


def test_half_a_character_and_markup_come_back_as_text(client: httpx.Client) -> None:
    page = ask(client, "<script>alert(1)</script>\u202e联盟\x00？")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "\u202e" not in page.text


def test_a_cry_for_help_is_answered_and_not_called_an_error(served: Callable[..., httpx.Client]) -> None:
    helping = served(ReplyingAssistant(answer("请拨打 12356，有人在听。", status=Status.REFUSED, reason="crisis")))
    page = ask(helping, "我不想活了")
    assert page.status_code == 200
    assert "请拨打 12356，有人在听。" in Tags(page.text).text
    assert "无法受理" not in page.text
    assert "出错" not in page.text
    assert fields(page.text)["history"] == ""
