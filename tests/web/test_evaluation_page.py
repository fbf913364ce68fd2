"""The page of batch evaluation over HTTP, with the real desk behind it over a system whose answers are known."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Callable

import httpx
import openpyxl
import pytest
from evaluation_clerk import (
    ANSWERS,
    PASSWORD,
    QUESTIONS,
    SET,
    Clerk,
    Held,
    address,
    clerk,
    files_of,
    jsonl,
    serving_desk,
    settings,
    with_password,
)
from fake_assistant import FakeAssistant
from pydantic import SecretStr
from served import app_over, serving

from eval.desk import Desk
from rag.prompts import label, labels
from rag.settings import Settings
from web.chat import _screen
from web.screen import LANGUAGES
from web.server import create_app

__all__ = ["address", "clerk", "settings"]


@pytest.fixture(scope="module")
def done(address: str) -> str:
    """The id of a run that is finished."""
    clerk = Clerk(address)
    clerk.sign_in()
    id = clerk.uploaded("题目 2024.jsonl")
    clerk.finished(id)
    clerk.client.close()
    return id


@pytest.mark.parametrize("password", [None, SecretStr(PASSWORD)])
def test_without_a_password_or_who_evaluates_there_is_no_such_page_and_no_link(
    settings_in: Callable[[], Settings], password: SecretStr | None
) -> None:
    settings = settings_in().model_copy(update={"evaluation_password": password})
    with serving(app_over(FakeAssistant(), settings)) as address:
        for path in ("/evaluation", "/evaluation/", "/evaluation/runs/1", "/evaluation/template.xlsx"):
            assert httpx.get(address + path, trust_env=False).status_code == 404
        assert httpx.post(f"{address}/evaluation/upload", content=b"x", trust_env=False).status_code == 404
        assert "/evaluation" not in httpx.get(address, trust_env=False).text


def test_nobody_sees_anything_without_the_password(address: str, done: str) -> None:
    stranger = Clerk(address)
    for path in (f"/runs/{done}", f"/runs/{done}/files/report.html", "/template.xlsx", f"/runs/{done}/delete"):
        answer = stranger.client.get(f"/evaluation{path}")
        assert answer.url.path == "/evaluation"
        assert 'type="password"' in answer.text
        assert "题目 2024" not in answer.text
    assert stranger.client.get(f"/evaluation/runs/{done}/progress").status_code == 403
    for path in ("/upload", f"/runs/{done}/start", f"/runs/{done}/delete", "/sign-out"):
        answer = stranger.client.post(f"/evaluation{path}", headers=stranger.own, follow_redirects=False)
        assert answer.status_code == 303
    stranger.client.close()


def test_a_wrong_password_is_told_and_stands_nowhere(
    settings_in: Callable[[], Settings], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving_desk(settings_in()) as (address, _):
        clerk = Clerk(address)
        answer = clerk.sign_in("a wrong secret 123")
        assert answer.status_code == 403
        assert label("evaluation_wrong_password", "zh-Hans") in answer.text
        for _ in range(4):
            clerk.sign_in("a wrong secret 123")
        answer = clerk.sign_in()
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 900
        for text in (answer.text, caplog.text):
            assert "a wrong secret 123" not in text
            assert PASSWORD not in text
        clerk.client.close()


def test_the_session_is_a_cookie_that_no_script_and_no_other_site_gets(address: str) -> None:
    clerk = Clerk(address)
    page = {"form": clerk.token(), "password": PASSWORD}
    answer = clerk.client.post("/evaluation/sign-in", data=page, headers=clerk.own, follow_redirects=False)
    told = answer.headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=strict" in told
    assert "path=/evaluation" in told
    assert "max-age=28800" in told
    assert "; secure" not in told  # the server of this test speaks plain HTTP
    clerk.client.close()


def test_behind_https_the_cookie_is_secure(settings_in: Callable[[], Settings]) -> None:
    settings = settings_in().model_copy(update={"public_url": "https://qa.example.gov.cn"})
    with serving_desk(settings) as (address, _):
        clerk = Clerk(address)
        page = {"form": clerk.token(), "password": PASSWORD}
        own = {"Origin": "https://qa.example.gov.cn"}
        answer = clerk.client.post("/evaluation/sign-in", data=page, headers=own, follow_redirects=False)
        assert "; secure" in answer.headers["set-cookie"].lower()
        clerk.client.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Referer": "https://evil.example/page"},
    ],
    ids=str,
)
def test_a_form_that_another_page_sent_does_nothing(clerk: Clerk, done: str, headers: dict[str, str]) -> None:
    token = clerk.token()
    answer = clerk.client.post(f"/evaluation/runs/{done}/delete", data={"form": token}, headers=headers)
    assert answer.status_code == 403
    assert label("evaluation_foreign", "zh-Hans") in answer.text
    assert clerk.client.get(f"/evaluation/runs/{done}").status_code == 200


@pytest.mark.parametrize("token", [None, "", "f1.9999999999." + "a" * 43, "x" * 500])
def test_a_form_without_its_token_does_nothing(clerk: Clerk, done: str, token: str | None) -> None:
    data = {} if token is None else {"form": token}
    for path in (f"/runs/{done}/delete", f"/runs/{done}/start", "/sign-out"):
        assert clerk.client.post(f"/evaluation{path}", data=data, headers=clerk.own).status_code == 403
    assert clerk.client.get(f"/evaluation/runs/{done}").status_code == 200


def test_who_signs_out_cannot_use_the_old_cookie(address: str) -> None:
    clerk = Clerk(address)
    clerk.sign_in()
    cookie = clerk.client.cookies["wenju-evaluation"]
    assert 'type="password"' in clerk.post("/sign-out").text
    answer = httpx.get(f"{address}/evaluation", cookies={"wenju-evaluation": cookie}, trust_env=False)
    assert 'type="password"' in answer.text
    clerk.client.close()


def test_a_file_is_checked_and_its_bad_rows_are_named_before_anything_is_asked(clerk: Clerk) -> None:
    shown = clerk.upload("题目.jsonl", SET).text
    assert "4 题" in shown
    assert label("evaluation_state_ready", "zh-Hans") in shown
    assert "不能提问的行（3）" in shown
    for cells in (("5", "question", "文字"), ("6", "facts", "要点"), ("7", "id", "第 1 行已有")):
        for cell in cells:
            assert cell in shown
    assert "<h1>题目</h1>" in shown


def test_a_run_tells_how_good_it_is_and_why_answers_are_wrong(clerk: Clerk, done: str) -> None:
    shown = clerk.show(done)
    assert "50 %" in shown  # two of four
    assert "真实水平多半在" in shown
    assert label("ai_label", "zh-Hans") in shown
    assert 'name="AIGC"' in shown
    assert "缺：23:30" in shown
    assert shown.count('<tr role="row"><td role="cell"><code>') == 2
    assert clerk.show(done, show="right").count("<code>1</code>") == 1
    assert "共 4 题" in clerk.show(done, show="all")


def test_what_questions_and_answers_hold_is_shown_and_never_markup(clerk: Clerk, done: str) -> None:
    shown = clerk.show(done, show="all")
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;?" in shown


def test_every_export_says_that_a_machine_wrote_the_answers(clerk: Clerk, done: str) -> None:
    files = f"/evaluation/runs/{done}/files"
    words = label("ai_label", "zh-Hans")
    assert words in clerk.client.get(f"{files}/report.html").text
    lines = clerk.client.get(f"{files}/results.jsonl").text.splitlines()
    assert [words in json.loads(line)["ai_label"] for line in lines] == [True] * 4
    book = openpyxl.load_workbook(io.BytesIO(clerk.client.get(f"{files}/results.xlsx").content))
    assert words in str(book["results"]["A1"].value)
    assert book["results"]["A6"].value == "'=4"


def test_files_are_stored_under_the_name_of_the_set_and_nothing_in_the_report_can_run(clerk: Clerk, done: str) -> None:
    files = f"/evaluation/runs/{done}/files"
    report = clerk.client.get(f"{files}/report.html")
    assert report.headers["content-disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''%E9%A2%98%E7%9B%AE%202024-report.html" in report.headers["content-disposition"]
    looked_at = clerk.client.get(f"{files}/report.html?look=yes")
    assert looked_at.headers["content-disposition"] == "inline"
    for answer in (report, looked_at):
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none';")
        assert answer.headers["x-content-type-options"] == "nosniff"
    rows = clerk.client.get(f"{files}/refused.csv")
    assert rows.content.startswith(b"\xef\xbb\xbfrow,column,expected,found\r\n5,question,text,nothing\r\n")


@pytest.mark.parametrize(
    "path",
    [
        "/runs/..%2f..%2fetc",
        "/runs/%2e%2e",
        "/runs/20240101-000000-00000000",
        "/runs/running.lock",
        "/runs/20240101-000000-00000000/files/report.html",
        "/runs/x/progress",
        "/runs/x/delete",
    ],
)
def test_whatever_is_no_run_is_not_found(clerk: Clerk, path: str) -> None:
    assert clerk.client.get(f"/evaluation{path}").status_code == 404


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/upload", "/runs/{id}/start", "/runs/{id}/cancel"])
def test_the_address_of_a_form_leads_back_to_its_page(clerk: Clerk, done: str, path: str) -> None:
    """It is what stands in the address bar when a file or a password was refused."""
    answer = clerk.client.get("/evaluation" + path.format(id=done), follow_redirects=False)
    page = f"/evaluation/runs/{done}" if "{id}" in path else "/evaluation"
    assert (answer.status_code, answer.headers["location"]) == (303, page)


@pytest.mark.parametrize("name", ["about.json", "questions.jsonl", "..%2fabout.json", "summary.json", "run.json"])
def test_no_other_file_of_a_run_is_sent(clerk: Clerk, done: str, name: str) -> None:
    assert clerk.client.get(f"/evaluation/runs/{done}/files/{name}").status_code == 404


def test_a_run_can_be_compared_with_an_earlier_one(clerk: Clerk, done: str) -> None:
    later = clerk.uploaded("题目 2024.jsonl")
    clerk.finished(later)
    shown = clerk.show(later, **{"with": done})
    assert "两次都有的 4 题中，0 题由错变对，0 题由对变错" in shown
    assert label("evaluation_held", "zh-Hans") in shown
    assert f'value="{later}"' not in clerk.show(done)


def test_a_deleted_run_is_gone_after_it_was_asked_whether(clerk: Clerk, settings: Settings) -> None:
    id = clerk.uploaded()
    asked = clerk.client.get(f"/evaluation/runs/{id}/delete").text
    assert "要删除“set”吗？" in asked
    assert files_of(settings, id).exists()
    clerk.post(f"/runs/{id}/delete")
    assert not files_of(settings, id).exists()
    assert id not in clerk.client.get("/evaluation").text


@pytest.mark.parametrize(("given", "spoken"), [("zh-TW", "zh-Hant"), ("en-GB", "en"), ("zh-CN", "zh-Hans")])
def test_the_page_speaks_the_language_of_the_browser_and_remembers_another(
    address: str, given: str, spoken: str
) -> None:
    clerk = Clerk(address, given)
    assert f'<html lang="{spoken}"' in clerk.sign_in().text
    assert '<html lang="en"' in clerk.client.get("/evaluation?lang=en").text
    assert '<html lang="en"' in clerk.client.get("/evaluation").text
    clerk.client.close()


def test_all_words_of_the_page_are_there_in_three_languages() -> None:
    names = [{name for name in labels(language) if name.startswith("evaluation")} for language in LANGUAGES]
    assert names[0] == names[1] == names[2]
    assert len(names[0]) > 100


def test_two_hundred_wrong_answers_are_shown_a_hundred_at_a_time(clerk: Clerk) -> None:
    id = clerk.uploaded("many.jsonl", jsonl(*({"id": f"q{n}", "question": f"Why {n}?"} for n in range(150))))
    clerk.finished(id)
    first, second = clerk.show(id), clerk.show(id, show="wrong", page="2")
    assert ("<code>q99</code>" in first, "<code>q100</code>" in first) == (True, False)
    assert ("<code>q99</code>" in second, "<code>q149</code>" in second) == (False, True)
    assert "show=wrong&amp;page=2" in first
    for page in ("0", "-1", "x", "9" * 5000, "²"):
        assert clerk.client.get(f"/evaluation/runs/{id}", params={"page": page}).status_code == 200


def test_one_run_at_a_time_with_progress_that_can_be_cancelled_and_gone_on_with(
    settings_in: Callable[[], Settings],
) -> None:
    held = Held()
    with serving_desk(settings_in(), held) as (address, _):
        clerk = Clerk(address)
        clerk.sign_in()
        first, second = clerk.uploaded(), clerk.uploaded()
        assert "已完成 0 题，共 4 题" in clerk.start(first).text
        busy = clerk.start(second)
        assert busy.status_code == 409
        assert label("evaluation_busy", "zh-Hans") in busy.text
        assert clerk.post(f"/runs/{first}/delete").status_code == 409
        held.turns.release(2)
        clerk.wait(first, "running", done=2)
        another_tab = Clerk(address)
        another_tab.sign_in()
        assert "已完成 2 题，共 4 题" in another_tab.show(first)
        clerk.post("/sign-out")  # whoever leaves does not end it
        threading_release(held)
        stopped = another_tab.post(f"/runs/{first}/cancel")
        another_tab.wait(first, "stopped")
        assert stopped.status_code == 200
        shown = another_tab.show(first)
        assert "未完成，3/4" in shown
        assert label("evaluation_so_far", "zh-Hans") in shown
        held.turns.release(9)
        another_tab.finished(first)
        assert held.questions == [question["question"] for question in QUESTIONS]  # none of them twice
        assert ANSWERS.keys() & set(held.questions)
        clerk.client.close()
        another_tab.client.close()


def test_a_server_that_is_told_to_end_sums_up_what_its_run_has_answered(settings_in: Callable[[], Settings]) -> None:
    held, settings = Held(), settings_in()
    desk = Desk(settings.index.parent / "evaluations", settings, lambda: held, lambda: False)
    with serving(create_app(FakeAssistant(), with_password(settings), desk)) as address:
        clerk = Clerk(address)
        clerk.sign_in()
        id = clerk.uploaded()
        clerk.start(id)
        held.turns.release(2)
        clerk.wait(id, "running", done=2)
        clerk.client.close()
        threading_release(held)
    run = desk.run(id)
    assert run
    assert (run.state, run.done) == ("stopped", 3)
    assert run.shares


def threading_release(held: Held) -> None:
    """Lets the question under way end a moment after its run was told to."""
    threading.Timer(0.5, held.turns.release).start()


def test_the_chat_page_leads_to_it_where_it_is() -> None:
    assert 'href="/evaluation"' in _screen("en", FakeAssistant(), evaluation=True)["html_head"]
    assert "/evaluation" not in _screen("en", FakeAssistant(), evaluation=False)["html_head"]
