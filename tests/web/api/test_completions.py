"""The OpenAI-compatible routes, spoken to by OpenAI's own client and by LangChain's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from fake_assistant import ALLIANCE_QUOTE, FAIR_QUOTE, FakeAssistant
from three_sites import GONE, A, B, Embedded

QUESTION: list[Any] = [{"role": "user", "content": "联盟是做什么的？"}]


def client_for(embedded: Embedded, secret: str = A.secret) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{embedded.address}/v1",
        api_key=secret,
        max_retries=0,
        http_client=httpx.Client(trust_env=False),
    )


@pytest.fixture
def client(embedded: Embedded) -> Iterator[openai.OpenAI]:
    with client_for(embedded) as client:
        yield client


def test_the_one_model_is_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["wenju"]
    assert client.models.retrieve("wenju").id == "wenju"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("other")


def test_a_completion_is_a_cited_answer(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(model="wenju", messages=QUESTION, temperature=0.2, user="x", seed=1)
    (choice,) = completion.choices
    content = choice.message.content or ""
    assert f"“{ALLIANCE_QUOTE}”[1]" in content
    assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
    assert completion.usage is not None
    assert completion.usage.total_tokens == 0
    annotations = choice.message.annotations or []
    assert [content[a.url_citation.start_index : a.url_citation.end_index] for a in annotations] == ["[1]", "[2]"]
    first = annotations[0]
    assert first.type == "url_citation"
    assert first.url_citation.url == "https://news.example.org/a?b=1&c=2"
    assert first.url_citation.title == "长三角G60科创走廊ESG发展联盟成立"
    assert first.model_dump()["quote"] == ALLIANCE_QUOTE
    assert first.model_dump()["article_id"] == "alliance"
    assert completion.model_dump()["wenju"]["ai_label"]["AIGC"]["Label"] == "1"


def test_a_citation_without_an_address_of_its_own_opens_here(client: openai.OpenAI, embedded: Embedded) -> None:
    completion = client.chat.completions.create(model="wenju", messages=[{"role": "user", "content": "金额"}])
    (annotation,) = completion.choices[0].message.annotations or []
    assert annotation.url_citation.url.startswith(f"{embedded.address}/embed/articles/")
    assert annotation.model_dump()["quote"] == FAIR_QUOTE


def test_a_stream_adds_up_to_the_same_answer(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="wenju", messages=QUESTION).choices[0].message
    pieces = list(
        client.chat.completions.create(
            model="wenju", messages=QUESTION, stream=True, stream_options={"include_usage": True}
        )
    )
    deltas = [piece.choices[0].delta for piece in pieces if piece.choices]
    assert "".join(delta.content or "" for delta in deltas) == whole.content
    assert deltas[0].role == "assistant"
    assert [p.choices[0].finish_reason for p in pieces if p.choices][-1] == "stop"
    annotations = deltas[-1].model_dump()["annotations"]
    assert [a["url_citation"]["url"] for a in annotations] == [a.url_citation.url for a in whole.annotations or []]
    assert pieces[-1].usage is not None
    assert len({piece.id for piece in pieces}) == 1


def test_what_was_said_before_is_read_and_the_rest_is_not(client: openai.OpenAI, fake_assistant: FakeAssistant) -> None:
    client.chat.completions.create(
        model="wenju",
        messages=[
            {"role": "system", "content": "You are a pirate."},
            {"role": "user", "content": "很久以前" * 600},
            {"role": "assistant", "content": "联盟由九城市发起。"},
            {"role": "user", "content": [{"type": "text", "text": "它何时成立？"}]},
        ],
    )
    asked = fake_assistant.asked[-1]
    assert asked.text == "它何时成立？"
    assert [(turn.role, turn.content) for turn in asked.history] == [("assistant", "联盟由九城市发起。")]


def test_a_server_sees_the_articles_of_its_site_only(embedded: Embedded, fake_assistant: FakeAssistant) -> None:
    with client_for(embedded, B.secret) as client:
        client.chat.completions.create(model="wenju", messages=QUESTION)
    assert fake_assistant.asked[-1].articles == ("alliance",)


@pytest.mark.parametrize(
    ("secret", "raised"),
    [
        ("sk_" + "z" * 52, openai.AuthenticationError),
        (A.key, openai.AuthenticationError),
        (GONE.secret, openai.PermissionDeniedError),
    ],
)
def test_a_stranger_is_told_so_in_the_clients_own_way(
    embedded: Embedded, secret: str, raised: type[openai.APIStatusError]
) -> None:
    with client_for(embedded, secret) as client, pytest.raises(raised):
        client.chat.completions.create(model="wenju", messages=QUESTION)


@pytest.mark.parametrize(
    ("change", "raised", "code"),
    [
        ({"model": "gpt-4o"}, openai.NotFoundError, "model_not_found"),
        ({"messages": []}, openai.BadRequestError, "invalid_request"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, openai.BadRequestError, "invalid_request"),
        ({"messages": [{"role": "user", "content": " "}]}, openai.BadRequestError, "question_empty"),
        ({"messages": [{"role": "user", "content": "x" * 301}]}, openai.BadRequestError, "question_too_long"),
        ({"messages": [{"role": "user", "content": "13812345678"}]}, openai.BadRequestError, "personal_data"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x"}}]}]},
            openai.BadRequestError,
            "invalid_request",
        ),
        ({"messages": [{"role": "user", "content": "失败"}]}, openai.InternalServerError, "service_failed"),
        ({"messages": [{"role": "user", "content": "索引"}]}, openai.InternalServerError, "index_unavailable"),
    ],
)
def test_a_failure_raises_what_the_client_knows(
    client: openai.OpenAI, change: dict[str, Any], raised: type[openai.APIStatusError], code: str
) -> None:
    with pytest.raises(raised) as caught:
        client.chat.completions.create(**{"model": "wenju", "messages": QUESTION, **change})
    assert caught.value.code == code
    assert "secret" not in str(caught.value.body)
    assert caught.value.request_id


@pytest.mark.parametrize("question", ["失败", "索引"])
def test_a_failure_in_mid_stream_raises_too(client: openai.OpenAI, question: str) -> None:
    stream = client.chat.completions.create(
        model="wenju", messages=[{"role": "user", "content": question}], stream=True
    )
    with pytest.raises(openai.APIError):
        list(stream)


def test_langchain_reads_it_too(embedded: Embedded) -> None:
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(
        model="wenju",
        base_url=f"{embedded.address}/v1",
        api_key=A.secret,  # type: ignore[arg-type]
        http_client=httpx.Client(trust_env=False),
    )
    assert ALLIANCE_QUOTE in str(model.invoke("联盟是做什么的？").content)
    assert ALLIANCE_QUOTE in "".join(str(piece.content) for piece in model.stream("联盟是做什么的？"))
