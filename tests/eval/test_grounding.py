"""Which sentences of an answer cite, whether what they cite holds them, and whether the language is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corpus.records import Article, Passage
from eval.grounding import Claim, claims, grounding, language_kept, said
from rag.citations import cite
from rag.quote_writer import QuoteWriter
from rag.records import Answer, Citation, Hit, Language, Status
from tests.eval.fake_system import REFUSAL, answered

TEXT = "联盟今天成立。首批成员有136家企业，去年产值28.37亿元。\n明年将扩大到200家。"
ARTICLE = Article(
    id="a", title="联盟成立", text=TEXT, source="新华社", author=None, published=None, url=None, script="hans"
)
PASSAGE = Passage(id="a#0", article_id="a", start=0, end=len(TEXT), text=TEXT)
HIT = Hit(passage=PASSAGE, article=ARTICLE, score=1.0, similarity=0.9, share=1.0)


def quoted(words: str, number: int = 1) -> Citation:
    start = TEXT.index(words)
    return cite(HIT, start, start + len(words), number)


def of(text: str, *citations: Citation, language: Language = "zh-Hans") -> Answer:
    return replace(answered(text, *citations, hits=(HIT,)), language=language)


def counts(answer: Answer) -> tuple[int, int, int]:
    found = grounding(claims(answer), answer, {"a": ARTICLE}.get)
    return found.claims, found.cited, found.held


def test_a_quote_of_several_sentences_is_one_claim_and_its_lead_in_is_none() -> None:
    answer = of(f"《联盟成立》（新华社）写道：\n“{TEXT.replace(chr(10), ' ')}”[1]", quoted(TEXT))
    assert claims(answer) == (Claim(words=TEXT.replace("\n", " "), numbers=(1,)),)
    assert counts(answer) == (1, 1, 1)


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_every_sentence_of_what_the_quoting_writer_writes_is_cited_and_held(language: Language) -> None:
    untitled = replace(HIT, article=replace(ARTICLE, title=None))
    for hit in (HIT, untitled):
        answer = QuoteWriter().write("首批成员有多少家企业？", (hit,), language)
        assert answer.citations
        found = grounding(claims(answer), answer, {hit.article.id: hit.article}.get)
        assert found.claims == found.cited == found.held > 0
        assert language_kept(answer, language)


def test_a_sentence_without_a_number_is_not_cited() -> None:
    answer = of("首批成员有136家企业。[1] 这非常重要。", quoted("首批成员有136家企业"))
    assert [claim.numbers for claim in claims(answer)] == [(1,), ()]
    assert counts(answer) == (2, 1, 1)


def test_a_number_that_the_passage_does_not_hold_is_not_supported() -> None:
    answer = of("首批成员有163家企业。[1]明年将扩大到200家。[1]", quoted("首批成员有136家企业"))
    assert counts(answer) == (2, 2, 1)


def test_a_citation_that_there_is_not_cites_nothing() -> None:
    assert counts(of("首批成员有136家企业。[7]", quoted("首批成员有136家企业"))) == (1, 0, 0)


def test_a_quote_that_is_not_in_its_article_holds_nothing_by_itself() -> None:
    forged = replace(quoted("联盟今天成立。"), quote="联盟有999家企业。")
    assert counts(of("联盟有999家企业。[1]", forged)) == (1, 1, 0)


@pytest.mark.parametrize("opening", ["简短回答：“136家”", "簡短回答：「136家」", "In short: “136家” "])
def test_the_few_words_before_a_quote_are_a_claim_without_what_opens_them(opening: str) -> None:
    answer = of(f"{opening}[1]\n“首批成员有136家企业”[1]", quoted("首批成员有136家企业"))
    assert claims(answer)[0].words.strip("“”「」 ") == "136家"
    assert counts(answer) == (2, 2, 2)


def test_a_refusal_states_nothing() -> None:
    assert claims(REFUSAL) == ()
    assert claims(replace(of("首批有136家。[1]", quoted("联盟")), status=Status.CANNOT_ANSWER)) == ()
    assert said(claims(REFUSAL)) == ""


def test_what_is_said_is_without_numbers_and_lead_ins() -> None:
    answer = of(
        "《联盟成立》写道：\n“联盟今天成立。”[1]\n首批成员有136家企业。[2]",
        quoted("联盟今天成立。"),
        quoted("136家企业", 2),
    )
    assert said(claims(answer)) == "联盟今天成立。\n首批成员有136家企业。"


@pytest.mark.parametrize(
    ("text", "asked", "kept"),
    [
        ("联盟有136家企业。", "zh-Hans", True),
        ("聯盟有136家企業。", "zh-Hant", True),
        ("聯盟有136家企業。", "zh-Hans", False),
        ("联盟有136家企业。", "zh-Hant", False),
        ("136", "zh-Hant", True),
        ("The alliance has 136 members.", "en", True),
        ("The alliance has 136 members.", "zh-Hans", False),
        ("联盟有136家企业。", "en", False),
        ("《联盟成立》：“联盟今天成立。”", "zh-Hant", True),
        ("From “联盟成立”: “联盟今天成立。”[1]", "en", True),
    ],
)
def test_the_answers_own_words_are_in_the_language_that_was_asked(text: str, asked: Language, kept: bool) -> None:
    assert language_kept(of(text, quoted("联盟今天成立。")), asked) is kept
