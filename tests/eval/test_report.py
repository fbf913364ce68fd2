"""The report of a run: what it tells, what it never does, and how large it may get."""

from __future__ import annotations

import os
import re
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from corpus.records import Article
from eval.compare import compare
from eval.errors import EvaluationError
from eval.report import report
from eval.report_cases import MOST_RIGHTS, MOST_STORIES, cause_of, gather, needed_place
from eval.report_files import earlier_run, run_summary, write_reports
from eval.report_numbers import Earlier
from eval.words import _table
from tests.eval.report_lines import answered_nonsense, line, summary_of, written_run, wrong_words

NOW = datetime(2026, 11, 22, 9, 30)
HOSTILE = "</style></article><script>alert(1)</script><img src=x onerror=alert(1)>&\u0000\ud800\u202e"
BUSES = Article(
    id="buses",
    title=None,
    text="末班车 23:30 发车。周末班次与平日相同。",
    source=None,
    author=None,
    published=None,
    url=None,
    script="hans",
)
LINES = [line("1"), line("2"), wrong_words("3"), answered_nonsense("4")]


def page_of(lines: list[dict[str, Any]], **more: Any) -> str:
    return report("buses", summary_of(lines), lines, when=NOW, **more)


def words_of(html: str) -> str:
    """The text of `html`, all languages."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


class _Reader(HTMLParser):
    """Collects what a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [
            f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "srcset") or name.startswith("on")
        ]


def test_the_headline_says_how_good_it_is_with_its_interval() -> None:
    text = words_of(page_of(LINES))
    assert "4 题中答对 2 题（50.0%，95% 区间 15.0%–85.0%）。" in text
    assert "2 of 4 questions were answered right (50.0%, 95% interval 15.0%–85.0%)." in text
    assert "以下内容由人工智能生成" in text


def test_a_wrong_answer_is_told_as_a_story() -> None:
    html = page_of([wrong_words("3")], find={"buses": BUSES}.get)
    story = words_of(html[html.index("<article>") : html.index("</article>")])
    for words in (
        "末班车几点发车？",
        "✗ 缺 missing 23:30 | 23时30分",
        "“周末班次与平日相同。”[1]",
        "[1] 末班车 23:30 发车。",
        "公交 · 市交通局 · 2024-05-01 · buses",
        "buses (0.910) 所需文章 needed 末班车 23:30 发车。",
        "所需文章排在第 1 位。",
        "缺少要点",
        "引对了文章，没有说出要点",
    ):
        assert words in story
    assert "bins (0.500)" in story


def test_a_question_that_must_be_refused_is_told_so() -> None:
    text = words_of(page_of([answered_nonsense("4")]))
    assert "应当拒答：文章里没有" in text
    assert "不该答而答" in text


def test_the_history_and_the_standalone_question_are_shown() -> None:
    history = [{"role": "user", "content": "有夜班车吗？"}, {"role": "assistant", "content": "有。"}]
    text = words_of(page_of([wrong_words("3", history=history, standalone="夜班车几点发车？")]))
    assert "user: 有夜班车吗？" in text
    assert "补全后的问题 made standalone : 夜班车几点发车？" in text


def test_it_loads_nothing_and_runs_nothing_whatever_the_texts_hold() -> None:
    told = {"answer": HOSTILE, "question": HOSTILE, "kind": HOSTILE, "error": HOSTILE, "standalone": HOSTILE + "."}
    hit = {"passage_id": HOSTILE, "article_id": HOSTILE, "score": 1.0, "start": 0, "end": 5}
    citation = {**line("1")["citations"][0], "quote": HOSTILE, "title": HOSTILE, "article_id": HOSTILE}
    expected = {"refuse": False, "facts": [[HOSTILE]], "articles": [HOSTILE], "answer": HOSTILE}
    lines = [wrong_words(HOSTILE, **told, hits=[hit], citations=[citation], expected=expected, missing=[HOSTILE])]
    lines.append(line("right", question=HOSTILE, kind=HOSTILE))
    html = report(HOSTILE, {**summary_of(lines), "problems": [HOSTILE]}, lines, when=NOW)
    html.encode("utf-8")
    reader = _Reader()
    reader.feed(html)
    assert reader.loads == []
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(reader.tags)
    assert html.count("</style>") == 1
    assert "Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'" in html
    assert "url(" not in html
    assert "@import" not in html
    assert "\u202e" not in html
    assert r"\ud800" in html


def test_ten_thousand_questions_make_a_page_that_still_opens() -> None:
    long = "字" * 20_000
    lines = []
    for number in range(10_000):
        wrong = wrong_words(str(number), kind=f"kind {number % 60}", question=long[:2000], answer=long, missing=[long])
        article = {"refuse": False, "facts": [[long]] * 50, "articles": [f"article {number}"]}
        lines.append(wrong if number % 2 else line(str(number), question=long[:2000], expected=article))
    html = page_of(lines)
    assert len(html.encode("utf-8")) < 3_000_000
    assert html.count("<article>") == MOST_STORIES
    assert f"Right answers ({5000:,})" in html
    assert words_of(html).count("ANSWERED") < MOST_STORIES + MOST_RIGHTS + 1


def test_what_a_summary_lacks_is_not_shown() -> None:
    html = report("empty", {"n": 0}, [], when=NOW)
    assert "没有可评分的题目。" in html
    assert "<figure" not in html
    assert "<article>" not in html


def test_a_run_of_retrieval_alone_is_told_so() -> None:
    lines = [line("1", right=None, status=None, certainty=None)]
    del lines[0]["answer"]
    assert "本次只评检索" in page_of(lines)


def test_every_plot_has_a_heading_and_its_numbers_in_a_table() -> None:
    html = page_of([*LINES, *(line(f"more {n}", elapsed_ms=20.0 + n, certainty=n / 40) for n in range(40))])
    figures = re.findall(r"<figure.*?</figure>", html, re.DOTALL)
    assert [re.search(r'id="(\w+)"', each)[1] for each in figures] == ["recall", "latency", "causes", "risk", "kinds"]  # type: ignore[index]
    for each in figures:
        assert re.search(r'<svg role="img" aria-labelledby="\w+-heading"', each)
        assert "<figcaption" in each
        assert "<tbody><tr>" in each


def test_the_recall_curve_is_counted_from_the_rankings() -> None:
    lines = [line("1", ranking=["a", "b", "buses"]), line("2"), line("3", ranking=[])]
    assert [round(value, 3) for _, value in gather(lines).recall_curve] == [0.333, 0.333, *[0.667] * 8]


def test_the_numbers_of_judges_stand_apart() -> None:
    share = {"value": 0.8, "low": 0.7, "high": 0.9}
    judged = {"model": "m", "runs": 3, "n": 10, "unjudged": 2, "faithfulness": share, "agreement": share}
    html = report("buses", {**summary_of(LINES), "judged": judged}, LINES, when=NOW, verdicts={})
    assert "未能评判 2 题" in html
    assert "80.0%" in words_of(html[html.index("未能评判") :])
    assert "未能评判" not in page_of(LINES)


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        (wrong_words("1"), "other_words"),
        (wrong_words("1", failed=["citations"]), "other_article"),
        (wrong_words("1", failed=["facts"], ranking=["bins"]), "not_found"),
        (wrong_words("1", status="CANNOT_ANSWER"), "refused"),
        (wrong_words("1", status="NO_PASSAGES", ranking=[]), "not_found"),
        (wrong_words("1", failed=["forbidden", "facts"]), "forbidden"),
        (wrong_words("1", failed=["refusal"], status="PARTIAL"), "partial"),
        (wrong_words("1", error="ZeroDivisionError"), "error"),
        (answered_nonsense("1"), "answered"),
        ({"id": "1", "right": False}, "partial"),
    ],
)
def test_the_cause_is_the_first_link_that_broke(wrong: dict[str, Any], cause: str) -> None:
    assert cause_of(wrong) == cause


@pytest.mark.parametrize(
    ("needed", "mode", "place"),
    [
        (["b"], None, 2),
        (["a", "c"], "all", 3),
        (["a", "z"], "all", 0),
        (["c", "b", "z"], "any", 2),
        (["z"], "any", 0),
        ([], None, None),
    ],
)
def test_the_place_of_the_needed_articles(needed: list[str], mode: str | None, place: int | None) -> None:
    assert needed_place({"expected": {"articles": needed, "articles_mode": mode}, "ranking": ["a", "b", "c"]}) == place


def test_harmful_answers_come_before_others_and_no_cause_hides_the_rest() -> None:
    lines = [wrong_words(f"refused {n}", status="CANNOT_ANSWER", kind=f"k{n % 3}") for n in range(90)]
    lines += [answered_nonsense(f"nonsense {n}") for n in range(90)] + [wrong_words("words")]
    told = [each["id"] for each in gather(lines).worst]
    assert len(told) == MOST_STORIES
    assert told[0] == "nonsense 0"
    assert "words" in told
    assert sum(id.startswith("refused") for id in told) >= 8


def earlier(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Earlier:
    comparison = compare({x["id"]: x for x in before}, {x["id"]: x for x in after}, {"right": 0.02, "recall@5": 0.02})
    return Earlier(name="last week", summary=summary_of(before), comparison=comparison)


def test_what_got_worse_is_named_and_its_stories_come_first() -> None:
    before = [line(str(n)) for n in range(30)]
    after = [answered_nonsense("x"), *before[:10], *(wrong_words(str(n)) for n in range(10, 30))]
    html = page_of(after, earlier=earlier(before, after))
    text = words_of(html)
    assert "与上次（last week）相比变差：回答正确。" in text
    assert "worse: right answers." in text
    assert "由对变错（20）" in text
    assert "▼ -67.7 个百分点" in text
    assert re.search(r"<article><h3>(\w+)", html)[1] == "10"  # type: ignore[index]


def test_a_run_as_good_as_the_last_is_told_so() -> None:
    assert "没有一项明显变差" in page_of(LINES, earlier=earlier(LINES, LINES))


def test_both_languages_have_the_same_words() -> None:
    chinese, english = _table("zh-Hans"), _table("en")
    assert set(chinese) == set(english)
    names = re.compile(r"\{(\w+)\}")
    assert [name for name in chinese if set(names.findall(chinese[name])) != set(names.findall(english[name]))] == []


def test_the_files_of_a_run_are_written_and_compared_with_the_run_before_it(tmp_path: Path) -> None:
    older = written_run(tmp_path / "older", [line("1"), line("2")])
    other_set = {"set": "bins", "set_digest": "bb", "system": "ours"}
    written_run(tmp_path / "other", LINES, run=other_set)
    os.utime(older / "summary.json", (1, 1))
    folder = written_run(tmp_path / "now", [line("1"), wrong_words("2")])
    write_reports(folder, "buses", run_summary(folder), when=NOW)
    assert sorted(path.name for path in folder.iterdir()) == [
        "report.html",
        "results.jsonl",
        "results.xlsx",
        "summary.json",
    ]
    assert "与上次相比：older" in (folder / "report.html").read_text(encoding="utf-8")


def test_the_run_before_is_the_latest_of_the_same_questions_and_system(tmp_path: Path) -> None:
    run = summary_of(LINES)["run"]
    for age, (name, changes) in enumerate(
        [
            ("tutorial", {"system": "tutorial"}),
            ("edited", {"set_digest": "zz"}),
            ("newer", {}),
            ("older", {}),
            ("search", {"retrieval_only": True}),
        ]
    ):
        path = written_run(tmp_path / name, LINES, run={**run, **changes}) / "summary.json"
        os.utime(path, (10_000 - age, 10_000 - age))
    now = written_run(tmp_path / "now", LINES)
    assert earlier_run(now, run_summary(now)) == tmp_path / "newer"
    assert earlier_run(now, {"run": {**run, "set_digest": "yy"}}) == tmp_path / "edited"
    assert earlier_run(now, {"run": {**run, "set": "bins"}}) is None
    assert earlier_run(now, {}) is None


def test_a_run_to_compare_with_that_is_none_is_one_clear_line(tmp_path: Path) -> None:
    folder = written_run(tmp_path / "now", LINES)
    with pytest.raises(EvaluationError, match="no results there"):
        write_reports(folder, "buses", run_summary(folder), when=NOW, compare_with=tmp_path / "nowhere")
    with pytest.raises(EvaluationError, match="no finished run there"):
        run_summary(tmp_path / "nowhere")
