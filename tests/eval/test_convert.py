"""Public question sets in the form in which their authors publish them, and the files that they become."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import eval.__main__ as command
from corpus.reading import read_articles
from corpus.records import Article
from eval.convert import convert_set
from eval.errors import EvaluationError
from eval.reading import read_set

Save = Callable[[str, object], Path]

BUS_TEXT = "公交车每十二分钟一班，末班车晚上十一点半发车。周末班次与平日相同，票价两元不变。"
SQUAD_LAYOUT = {
    "version": "v1.0",
    "data": [
        {
            "title": "公交",
            "id": "DEV_7",
            "paragraphs": [
                {
                    "id": "DEV_7",
                    "context": BUS_TEXT,
                    "qas": [
                        {
                            "id": "DEV_7_QUERY_0",
                            "question": "末班车几点发车？",
                            "answers": [
                                {"text": "晚上十一点半", "answer_start": 13},
                                {"text": "十一点半", "answer_start": 15},
                                {"text": "晚上十一点半", "answer_start": 13},
                            ],
                        },
                        {"id": "DEV_7_QUERY_1", "question": "为什么？", "answers": []},
                    ],
                }
            ],
        }
    ],
}
OWN_LAYOUT = [
    {
        "context_id": "TRIAL_9",
        "context_text": BUS_TEXT,
        "title": "公交",
        "qas": [{"query_text": "票价多少？", "query_id": "TRIAL_9_QUERY_0", "answers": ["两元"]}],
    }
]
TELLS = "2018年我国城镇新增就业1361万人，比上年多增10万人，完成全年目标。"
TELLS_WRONGLY = "2018年我国城镇新增就业161万人，比上年多增10万人，完成全年目标。"
SAYS_NOTHING = "图表：2018年上半年全国城镇新增就业情况一览，来源为国家统计局。"


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Writes a value as JSON, or a list of lines as JSON lines where the name says so; gives back its path."""

    def saved(name: str, value: object) -> Path:
        path = tmp_path / name
        lines = isinstance(value, list) and name.startswith("zh_")
        text = "".join(json.dumps(each) + "\n" for each in value) if lines else json.dumps(value)  # type: ignore[union-attr]
        path.write_text(text, encoding="utf-8")
        return path

    return saved


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def squad(context: str, question: str, answer: str, id: str = "q1") -> dict[str, object]:
    qa = {"id": id, "question": question, "answers": [{"text": answer, "answer_start": 0}]}
    return {"version": "1.1", "data": [{"paragraphs": [{"context": context, "qas": [qa]}]}]}


def test_cmrc_in_the_layout_of_squad(save: Save, tmp_path: Path) -> None:
    sieves = convert_set("cmrc2018", [save("cmrc2018_dev.json", SQUAD_LAYOUT)], tmp_path / "out")
    assert lines(tmp_path / "out/corpus.jsonl") == [
        {"id": "DEV_7", "title": "公交", "text": BUS_TEXT, "date": "", "source": ""}
    ]
    assert lines(tmp_path / "out/questions.jsonl") == [
        {
            "id": "DEV_7_QUERY_0",
            "question": "末班车几点发车？",
            "lang": "zh-Hans",
            "kind": "single",
            "facts": [["晚上十一点半", "十一点半"]],
            "articles": ["DEV_7"],
            "articles_mode": "any",
            "answerable": True,
        }
    ]
    assert sieves["questions.jsonl"].left_out == {"a question without an answer": 1}


def test_cmrc_in_its_own_layout_beside_the_other(save: Save, tmp_path: Path) -> None:
    files = [save("cmrc2018_trial.json", OWN_LAYOUT), save("cmrc2018_dev.json", SQUAD_LAYOUT)]
    convert_set("cmrc2018", files, tmp_path / "out")
    first, second = lines(tmp_path / "out/questions.jsonl")
    assert (first["id"], first["facts"], first["articles"]) == ("TRIAL_9_QUERY_0", [["两元"]], ["TRIAL_9"])
    assert second["id"] == "DEV_7_QUERY_0"


def test_a_file_that_is_named_twice_counts_once(save: Save, tmp_path: Path) -> None:
    file = save("cmrc2018_trial.json", OWN_LAYOUT)
    sieves = convert_set("cmrc2018", [file, file], tmp_path / "out")
    assert sieves["corpus.jsonl"].left_out == {"an id that was there before": 1}
    assert (sieves["corpus.jsonl"].kept, sieves["questions.jsonl"].kept) == (1, 1)


def test_drcd_keeps_its_traditional_characters(save: Save, tmp_path: Path) -> None:
    value = squad(
        "基督新教與天主教均繼承普世教會歷史上許多傳統教義，以聖經作為最高權威。", "哪本經典為最高權威?", "聖經"
    )
    value["data"][0]["paragraphs"][0]["id"] = "2128-2"  # type: ignore[index]
    convert_set("drcd", [save("DRCD_dev.json", value)], tmp_path / "out")
    (question,) = lines(tmp_path / "out/questions.jsonl")
    assert (question["lang"], question["facts"], question["articles"]) == ("zh-Hant", [["聖經"]], ["2128-2"])


def test_xquad_asks_in_english_about_the_chinese_articles(save: Save, tmp_path: Path) -> None:
    chinese = save(
        "xquad.zh.json", squad("黑豹队的防守只丢了 308分，在联赛中排名第六。", "黑豹队的防守丢了多少分？", "308")
    )
    english = save("xquad.en.json", squad("The Panthers gave up just 308 points.", "How many points?", "308 points"))
    for order in ([chinese, english], [english, chinese]):
        convert_set("xquad", order, tmp_path / "out")
        (article,) = lines(tmp_path / "out/corpus.jsonl")
        assert (article["id"], article["text"][:3]) == ("xquad-0000", "黑豹队")
        (asked,) = lines(tmp_path / "out/questions_en.jsonl")
        assert asked["question"] == "How many points?"
        assert (asked["id"], asked["lang"], asked["facts"]) == ("q1-en", "en", [["308"]])
        assert asked["articles"] == ["xquad-0000"]


def test_xquad_without_its_chinese_file_is_refused(save: Save, tmp_path: Path) -> None:
    english = save("xquad.en.json", squad("The Panthers gave up just 308 points.", "How many points?", "308"))
    with pytest.raises(EvaluationError, match=r"0 of these files are in Chinese\. Name xquad\.zh\.json"):
        convert_set("xquad", [english], tmp_path / "out")


def test_rgb_gives_three_sets_over_three_corpora(save: Save, tmp_path: Path) -> None:
    refine = {"id": 4, "query": "新增就业多少？", "answer": ["1361万"], "positive": [TELLS], "negative": [SAYS_NOTHING]}
    fact = {**refine, "id": 1, "answer": "1361万", "fakeanswer": "161万", "positive_wrong": [TELLS_WRONGLY]}
    files = [save("zh_refine.json", [refine]), save("zh_fact.json", [fact])]
    convert_set("rgb", files, tmp_path / "out")
    out = tmp_path / "out"
    texts = {path.name: {row["text"] for row in lines(path)} for path in out.glob("corpus*.jsonl")}
    assert texts == {
        "corpus.jsonl": {TELLS, SAYS_NOTHING},
        "corpus_without_answers.jsonl": {SAYS_NOTHING},
        "corpus_conflict.jsonl": {TELLS, TELLS_WRONGLY, SAYS_NOTHING},
    }
    tells = next(row["id"] for row in lines(out / "corpus.jsonl") if row["text"] == TELLS)
    asked = lines(out / "questions.jsonl")
    assert [(q["id"], q["facts"], q["articles"], q["kind"]) for q in asked] == [
        ("rgb-refine-4", [["1361万"]], [tells], "single"),
        ("rgb-fact-1", [["1361万"]], [tells], "single"),
    ]
    (unanswerable,) = lines(out / "questions_without_answers.jsonl")
    assert (unanswerable["id"], unanswerable["answerable"]) == ("rgb-refine-4-without", False)
    (conflict,) = lines(out / "questions_conflict.jsonl")
    assert (conflict["id"], conflict["kind"], conflict["articles"]) == ("rgb-fact-1-conflict", "conflict", [tells])


def test_rgb_wants_every_part_of_an_answer_in_one_of_its_spellings(save: Save, tmp_path: Path) -> None:
    entry = {
        "id": 0,
        "query": "宣誓和首次会议的时间",
        "answer": [["1月3日", "一月三日"], "1月12日"],
        "positive": [[TELLS, TELLS_WRONGLY], [SAYS_NOTHING]],
        "negative": [],
    }
    convert_set("rgb", [save("zh_int.json", [entry])], tmp_path / "out")
    (question,) = lines(tmp_path / "out/questions.jsonl")
    assert question["facts"] == [["1月3日", "一月三日"], ["1月12日"]]
    assert (question["kind"], question["articles_mode"], len(question["articles"])) == ("multi", "any", 3)
    assert not (tmp_path / "out/questions_without_answers.jsonl").exists()


def test_crud_needs_every_article_and_takes_others_as_background(save: Save, tmp_path: Path) -> None:
    first = "2023-07-28 10:45:05 张家界荷花国际机场开展航空器灭火救援演练，多部门参加。"
    second = "据悉，此次演练共有三十名队员参加，历时两小时圆满结束，未发生意外。"
    value = {
        "event_summary": [{"ID": "0"}],
        "questanswer_1doc": [
            {"ID": "a1", "event": "演练", "news1": first, "questions": "在哪里演练？", "answers": "荷花国际机场。"}
        ],
        "questanswer_2docs": [
            {
                "ID": "a2",
                "event": "演练",
                "news1": first,
                "news2": second,
                "questions": "多少人？",
                "answers": "三十名。",
            }
        ],
    }
    background = tmp_path / "documents_dup_part_1_part_1"
    background.write_text(f"另一条新闻，与问题无关，只作背景之用。\n\n{first}\n", encoding="utf-8")
    convert_set("crud", [save("split_merged.json", value), background], tmp_path / "out")
    corpus = lines(tmp_path / "out/corpus.jsonl")
    assert [row["text"][:6] for row in corpus] == ["2023-0", "据悉，此次演"[:6], "另一条新闻，"]
    assert [row["date"] for row in corpus] == ["2023-07-28", "", ""]
    one, two = lines(tmp_path / "out/questions.jsonl")
    assert (one["id"], one["kind"], one["answer"]) == ("crud-1doc-a1", "single", "荷花国际机场。")
    assert (two["kind"], two["articles_mode"]) == ("multi", "all")
    assert two["articles"] == [corpus[0]["id"], corpus[1]["id"]]


def test_our_readers_take_what_is_written(save: Save, tmp_path: Path) -> None:
    convert_set("cmrc2018", [save("cmrc2018_dev.json", SQUAD_LAYOUT)], tmp_path / "out")
    read = read_set(tmp_path / "out/questions.jsonl")
    assert (len(read.cases), read.problems) == (1, ())
    (article,) = read_articles(tmp_path / "out/corpus.jsonl")
    assert isinstance(article, Article)
    assert (article.id, article.text.endswith(BUS_TEXT)) == ("DEV_7", True)


@pytest.mark.parametrize("name", ["cmrc2018", "drcd", "xquad", "rgb", "crud"])
@pytest.mark.parametrize(
    "content",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        "7",
        '{"data": []}',
        '{"data": [{"paragraphs": [{"context": 1}]}]}',
        '[{"qas": []}]',
        "[" * 9999,
    ],
)
def test_a_file_of_something_else_is_one_clear_line(name: str, content: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(EvaluationError) as told:
        convert_set(name, [path], tmp_path / "out")
    assert str(told.value).startswith(f"{path}")
    assert "Name " in str(told.value)
    assert "\n" not in str(told.value)


def test_a_line_of_rgb_that_lacks_a_key_is_named(save: Save, tmp_path: Path) -> None:
    sound = {"id": 0, "query": "问", "answer": ["答"], "positive": [TELLS], "negative": []}
    path = save("zh_refine.json", [sound, {"id": 1, "query": "问"}])
    with pytest.raises(EvaluationError, match=r"zh_refine\.json, line 2: not what was expected"):
        convert_set("rgb", [path], tmp_path / "out")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (
            ["convert", "cmrc2018", "cmrc2018_dev.json", "out"],
            0,
            "questions.jsonl: 1 questions\n  left out 1: a question",
        ),
        (["convert", "cmrc2018", "out"], 2, "Name at least one file"),
        (["convert", "--help"], 0, "python -m eval convert rgb"),
    ],
)
def test_the_command(
    words: list[str], code: int, told: str, save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save("cmrc2018_dev.json", SQUAD_LAYOUT)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(command.app, words)
    assert result.exit_code == code
    assert told in result.output


@pytest.mark.parametrize(
    ("name", "file", "told"),
    [("squad", "cmrc2018_dev.json", "no set squad. Choose one of: cmrc2018,"), ("drcd", "nowhere", "no such file")],
)
def test_a_wrong_word_is_one_clear_line(name: str, file: str, told: str, save: Save, tmp_path: Path) -> None:
    save("cmrc2018_dev.json", SQUAD_LAYOUT)
    with pytest.raises(EvaluationError, match=told):
        convert_set(name, [tmp_path / file], tmp_path / "out")
