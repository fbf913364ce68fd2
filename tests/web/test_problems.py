import pytest
from starlette.requests import Request

from web.problems import STATUSES, Refused, problem, public_line
from web.screen import LANGUAGES


def test_a_strangers_line_names_no_folder_of_the_machine_and_no_address() -> None:
    error = RuntimeError("No index at /srv/wenju/.wenju/index.\nBuild it with: python -m rag ingest")
    assert public_line(error) == "No index at .wenju/index. Build it with: python -m rag ingest"
    assert (
        public_line(RuntimeError("Chroma at http://10.0.0.7:8000 does not answer.")) == "Chroma at … does not answer."
    )
    assert public_line(RuntimeError("Give and/or take.")) == "Give and/or take."


def test_a_problem_says_what_and_is_not_stored() -> None:
    response = problem(503, "Not ready.")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"


def request(path: str, language: str = "en") -> Request:
    headers = [(b"accept-language", language.encode())]
    return Request({"type": "http", "path": path, "headers": headers, "state": {"request_id": "abcdefgh"}})


@pytest.mark.parametrize("kind", STATUSES)
def test_every_kind_of_problem_has_words_in_every_language(kind: str) -> None:
    lines = {Refused(kind, values={"most": 300}).detail(language) for language in LANGUAGES}
    assert len(lines) == 3
    assert not any("{" in line for line in lines)


def test_a_refusal_says_why_and_when_to_come_back() -> None:
    response = Refused("rate-limited", retry_after=7, headers={"RateLimit": "x"}).response(request("/api/v1/ask"))
    assert response.status_code == 429
    assert response.headers["retry-after"] == "7"
    assert response.headers["ratelimit"] == "x"
    assert response.headers["content-type"] == "application/problem+json"
    assert bytes(response.body) == (
        b'{"type":"/problems/rate-limited","title":"Rate limited","status":429,'
        b'"detail":"Too many questions in a short time. Please wait a moment and try again.",'
        b'"instance":"/api/v1/ask","request_id":"abcdefgh","retry_after":7}'
    )


def test_a_path_that_a_stranger_made_up_is_not_sent_back() -> None:
    for path in ("/api/v1/sources/<script>", "/api/v1/ask/x", "/anything"):
        assert b"instance" not in bytes(Refused("not-found").response(request(path)).body)


def test_a_problem_is_worded_for_its_reader() -> None:
    assert "请先输入问题" in bytes(Refused("question-empty").response(request("/", "zh-CN")).body).decode()
    assert "請先輸入問題" in bytes(Refused("question-empty").response(request("/", "zh-TW")).body).decode()
