"""The same attacks over HTTP: two sites with different articles, and what leaves the server about tampered articles."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from rag.assistant import Assistant
from rag.records import Answer, Citation, Status
from rag.retrieval import HybridRetriever
from rag.settings import Settings
from tests.redteam.attacks import OTHER_SITE, OTHER_WORDS, OWN, attacks, poisons
from tests.redteam.breaches import phones
from tests.redteam.matrix import CANARY, obeying
from web.api.wording import said, said_so_far
from web.server import create_app

OURS, THEIRS = "pk_" + "a" * 26, "pk_" + "b" * 26
OUR_SECRET, THEIR_SECRET = "sk_" + "a" * 52, "sk_" + "b" * 52
OUR_PAGE, THEIR_PAGE = "https://www.a.gov.cn", "https://www.b.gov.cn"
ASKED_FOR_THEIRS = "乙站内部通报说备用钥匙存放在哪里？"
_MANY = "limits = { client_minute = 100000, client_day = 100000, site_minute = 100000, tokens_day = 900000000 }"
# What a client that reads Markdown or HTML would fetch, run or make a link of.
_ACTIVE = re.compile(r"\]\(|\]:|<\s*/?[a-zA-Z!?]")


def site(name: str, key: str, secret: str, origin: str, articles: tuple[str, ...]) -> str:
    digest = sha256(secret.encode()).hexdigest()
    head = f'[sites.{name}]\nkey = "{key}"\nsecret_sha256 = "{digest}"\norigins = ["{origin}"]\n'
    return f"{head}articles = {json.dumps(list(articles))}\n{_MANY}\n"


@pytest.fixture(scope="module")
def two_sites(poisoned_settings: Settings) -> Settings:
    """Settings with two sites: ours sees every article but that of theirs, theirs sees that one."""
    path = poisoned_settings.index.parent / "sites.toml"
    ours = site("ours", OURS, OUR_SECRET, OUR_PAGE, OWN)
    theirs = site("theirs", THEIRS, THEIR_SECRET, THEIR_PAGE, ("other-site-*",))
    path.write_text(ours + theirs, encoding="utf-8")
    changes = {"sites": path, "chat_page": False, "public_url": "https://qa.gov.cn"}
    return poisoned_settings.model_copy(update=changes)


@pytest.fixture(scope="module")
def client(two_sites: Settings, retriever: HybridRetriever) -> Iterator[TestClient]:
    with TestClient(create_app(Assistant(retriever), two_sites), base_url="https://qa.gov.cn") as client:
        yield client


@pytest.fixture(scope="module")
def obeyed(two_sites: Settings, retriever: HybridRetriever, gullible: str) -> Iterator[TestClient]:
    """The same before a model that says the words of the other site whatever it is asked."""
    assistant = obeying(retriever, two_sites, gullible, "another_site")
    with TestClient(create_app(assistant, two_sites), base_url="https://qa.gov.cn") as client:
        yield client


@pytest.fixture(scope="module")
def told(client: TestClient) -> dict[str, Any]:
    """What is told of each tampered article, by its id."""
    return {poison.id: ask(client, poison.ask).json() for poison in poisons()}


def ask(client: TestClient, question: str, key: str = OURS, origin: str = OUR_PAGE, **more: Any) -> Any:
    headers = {"X-Site-Key": key, "Origin": origin, **more.pop("headers", {})}
    return client.post("/api/v1/ask", json={"question": question, **more}, headers=headers)


def holds_theirs(text: str, asked: str = "") -> bool:
    return any(word in text and word not in asked for word in (*OTHER_WORDS, OTHER_SITE["id"]))


def test_their_own_site_gets_their_words(client: TestClient) -> None:
    answer = ask(client, ASKED_FOR_THEIRS, THEIRS, THEIR_PAGE).json()
    assert answer["status"] == "answered"
    assert OTHER_WORDS[2] in answer["answer"]


def test_no_question_gets_the_words_of_another_site(client: TestClient, obeyed: TestClient) -> None:
    questions = [a.question.text for a in attacks("direct") if a.family in ("cross_site", "canary", "fake_delimiter")]
    for question in (ASKED_FOR_THEIRS, OTHER_SITE["text"][:60], OTHER_SITE["id"], *questions):
        for server in (client, obeyed):
            answer = ask(server, question)
            assert answer.status_code in (200, 422)
            assert not holds_theirs(answer.text, question), question
            assert CANARY not in answer.text


def test_a_passage_of_another_site_is_not_there(client: TestClient) -> None:
    (source, *_) = ask(client, ASKED_FOR_THEIRS, THEIRS, THEIR_PAGE).json()["sources"]
    passage = source["id"]
    ours = {"X-Site-Key": OURS, "Origin": OUR_PAGE}
    theirs = {"X-Site-Key": THEIRS, "Origin": THEIR_PAGE}
    assert client.get(f"/api/v1/sources/{quote(passage, safe='')}", headers=theirs).status_code == 200
    forged = [
        passage,
        passage.upper(),
        passage + " ",
        " " + passage,
        "./" + passage,
        "00/../" + passage,
        "%2e%2e/" + passage,
        passage + "%00",
        passage.replace("-", "*"),
        "*",
        "*#0",
        "[!x]*",
        passage.split("#")[0],
        passage + "#0",
    ]
    for name in forged:
        for path in (quote(name, safe=""), quote(name, safe="/%")):
            answer = client.get(f"/api/v1/sources/{path}", headers=ours)
            assert answer.status_code in (400, 404), name
            assert not holds_theirs(answer.text.replace(passage, "")), name


def test_an_article_of_another_site_is_not_there(client: TestClient) -> None:
    path = f"/embed/articles/{OTHER_SITE['id']}"
    assert client.get(path, params={"site_key": THEIRS, "start": 0, "end": 9}).status_code == 200
    for parameters in (
        {"site_key": OURS},
        {"site_key": [OURS, THEIRS]},
        {"site_key": THEIRS.upper()},
        {},
        {"site_key": OURS, "articles": "*"},
    ):
        answer = client.get(path, params=parameters)
        # Of two keys one counts, and then it is that site's own page.
        if answer.status_code != 200 or parameters.get("site_key") != [OURS, THEIRS]:
            assert answer.status_code in (401, 403, 404), parameters
            assert not holds_theirs(answer.text.replace(OTHER_SITE["id"], "")), parameters


def test_a_form_without_script_sees_its_site_only(client: TestClient) -> None:
    page = client.get("/embed/plain", params={"site_key": OURS, "lang": "zh-Hans"})
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    sent = {**fields, "question": ASKED_FOR_THEIRS, "articles": "*"}
    answer = client.post("/embed/plain", params={"site_key": OURS}, data=sent)
    assert not holds_theirs(answer.text)
    forged = client.post("/embed/plain", params={"site_key": THEIRS}, data=sent)
    assert not holds_theirs(forged.text)


def test_the_secret_of_a_site_opens_its_own_articles_only(client: TestClient) -> None:
    body = {"model": "wenju", "messages": [{"role": "user", "content": ASKED_FOR_THEIRS}], "articles": "*"}
    ours = client.post("/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {OUR_SECRET}"})
    assert ours.status_code == 200
    assert not holds_theirs(ours.text)
    batch = json.dumps({"id": "1", "question": ASKED_FOR_THEIRS}) + "\n"
    told = client.post(
        "/api/v1/batch", content=batch, headers={"Authorization": f"Bearer {OUR_SECRET}", "Content-Type": "x/ndjson"}
    )
    assert not holds_theirs(told.text)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "pk_",
        "pk_" + "c" * 26,
        OURS.upper(),
        OURS + " x",
        OURS[:-1],
        OURS + "a",
        f"{OURS},{THEIRS}",
        OUR_SECRET,
        "*",
        "../" + OURS,
        "a" * 5000,
        sha256(OUR_SECRET.encode()).hexdigest(),
    ],
)
def test_a_forged_key_is_nobodys(client: TestClient, key: str) -> None:
    answer = ask(client, ASKED_FOR_THEIRS, key=key)
    assert answer.status_code in (400, 401, 431)
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        THEIR_PAGE,
        "null",
        "",
        "https://www.a.gov.cn.evil.example",
        "https://evil.example/https://www.a.gov.cn",
        "https://www.a.gov.cn@evil.example",
        "https://WWW.A.GOV.CN",
        "https://www.a.gov.cn:8443",
        "http://www.a.gov.cn",
        "https://www.a.gov.cn/",
        "https://a.gov.cn",
        "https://wwwXa.gov.cn",
        "https://www.а.gov.cn".encode().decode("latin-1"),
        "https://www.a.gov.cn, https://evil.example",
        "file://",
        "chrome-extension://abcdef",
    ],
)
def test_a_look_alike_of_our_page_gets_no_answer(client: TestClient, origin: str) -> None:
    answer = ask(client, "联盟是做什么的？", headers={"Origin": origin.encode("latin-1")})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    assert "answer" not in answer.json()


def test_their_page_cannot_ask_in_our_name(client: TestClient) -> None:
    assert ask(client, "联盟是做什么的？", OURS, THEIR_PAGE).status_code == 403
    assert ask(client, ASKED_FOR_THEIRS, THEIRS, OUR_PAGE).status_code == 403


def test_what_is_told_of_a_tampered_article_leads_nowhere(told: dict[str, Any]) -> None:
    for name, answer in told.items():
        sources = [*answer["sources"], *answer.get("nearest", ())]
        assert sources, name
        for source in sources:
            assert source["url"] is None or re.match(r"https?://[^@\s\\]+$", source["url"]), name
            assert (source["url"] is None) == (source["host"] is None)
            assert source["article_url"].startswith("/embed/articles/")
            assert not re.search(r"[<>\"' ]|\.\./|://", source["article_url"]), name
        marks = set(map(int, re.findall(r"\[(\d+)\]", answer["answer"])))
        assert marks == set(answer["used"]) <= {source["n"] for source in answer["sources"]}, name
        assert not _ACTIVE.search(answer["answer"]), (name, answer["answer"])
        unquoted = answer["answer"]
        for source in answer["sources"]:
            unquoted = unquoted.replace(re.sub(r"\s*\n\s*", " ", source["quote"]), "")
        assert not phones(unquoted), name


def test_the_page_of_a_tampered_article_runs_and_fetches_nothing(client: TestClient, told: dict[str, Any]) -> None:
    seen = {source["article_url"].split("#")[0] for answer in told.values() for source in answer["sources"]}
    assert len(seen) >= 60
    for path in seen:
        page = client.get(path)
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "script-src" not in page.headers["content-security-policy"]
        found = re.findall(r"<\s*(script|img|svg|iframe|object|embed|form|base|meta http-equiv)\b|\son\w+=", page.text)
        assert not [name for name in found if name], path
        targets = re.findall(r'(?:href|src)="([^"]*)"', page.text)
        assert not [target for target in targets if re.match(r"\s*(?:javascript|data|vbscript):|//", target, re.I)], (
            path
        )


def test_a_quote_of_markup_reaches_a_client_that_reads_markdown_as_words() -> None:
    """`/v1/chat/completions` is read by chat pages that draw images and follow links of what they are sent."""
    quote = (
        "![标志](http://evil.example/l.png?q=1)，[办事][a]，<img src=x onerror=alert(1)>，"
        "<http://evil.example> [9]\n[a]: http://evil.example"
    )
    cited = Citation(
        number=1,
        passage_id="p",
        article_id="a",
        title=None,
        source=None,
        published=None,
        url=None,
        quote=quote,
        start=0,
        end=len(quote),
    )
    flat = quote.replace("\n", " ")
    answer = Answer(
        text=f"《甲》写道：\n“{flat}”[1]",
        status=Status.ANSWERED,
        language="zh-Hans",
        writer="quote",
        citations=(cited,),
    )
    for words in (said(answer), said_so_far(answer)):
        assert "evil.example" in words
        assert not _ACTIVE.search(words)
        assert re.findall(r"\[\d+\]", words) == ["[1]"]
