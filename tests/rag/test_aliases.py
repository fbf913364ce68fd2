from pathlib import Path

import pytest

from corpus.fold import fold
from rag import aliases
from rag.aliases import Names, everywhere, given, learned, with_other_names, without_other_names
from rag.assistant import Assistant
from rag.errors import SettingsError
from rag.index import Index
from rag.index_sync import sync
from rag.manifest import PassageSettings
from rag.records import Question, Status
from rag.retrieval import HybridRetriever
from tests.rag.hashed_embedder import HashedEmbedder
from tests.rag.lexical_retriever import LexicalRetriever, article


@pytest.mark.parametrize(
    ("text", "full", "short"),
    [
        ("印发《关于支持走廊高质量发展的意见》（以下简称《意见》），提出", "关于支持走廊高质量发展的意见", "意见"),
        ("向廣州仲裁委員會(下稱“廣仲”)提出", "广州仲裁委员会", "广仲"),
        ("记者从丽水经济技术开发区（简称丽水经开区）获悉", "丽水经济技术开发区", "丽水经开区"),
        ("第31届世界大学生夏季运动会，简称大运会，", "大学生夏季运动会", "大运会"),
        ("长江三角洲区域（本文均简称长三角）", "长江三角洲区域", "长三角"),
        ("丽水经济技术开发区（下简称丽水经开区）", "丽水经济技术开发区", "丽水经开区"),
        ("腾讯计算机系统有限公司（以下简称“腾讯公司”或“公司”）", "腾讯计算机系统有限公司", "腾讯公司"),
        ("中国科学技术大学，也称中科大，", "中国科学技术大学", "中科大"),
        ("他说：“建设‘科技创新示范区’（简称‘科创区’）”", "科技创新示范区", "科创区"),
    ],
)
def test_an_article_says_how_it_calls_something(text: str, full: str, short: str) -> None:
    assert list(given(fold(text))) == [(full, short)]


@pytest.mark.parametrize(
    "text",
    [
        *("市政府(以下简称甲方)同意", "他被称为英雄。", "(简称)", "，简称，", "以下简称“方案”"),
        "涉事的“某某食品有限公司”，称“产品合格”。",
        "《关于加强管理的通知》，称为“史上最严”，",
        "他先称“没有见过这个人”，又称“记不清了”，",
    ],
)
def test_a_short_name_of_nothing_that_stands_before_is_none(text: str) -> None:
    assert list(given(fold(text))) == []


def test_a_short_name_that_an_article_gives_to_two_things_is_neither() -> None:
    text = fold(
        "《甲区停车办法》（以下简称《办法》）自五月起施行。《乙区养犬办法》（以下简称《办法》）同时废止。《办法》规定"
    )
    assert with_other_names(text, aliases.of_article(text)) == text


def test_what_holds_in_other_articles_is_an_abbreviation_with_one_meaning() -> None:
    texts = [
        "丽水经济技术开发区（简称丽水经开区）。《管理办法》（以下简称办法）",
        "南宁市第二中学（简称南二中）",
        "南京市第二中学（简称南二中）",
        "广州仲裁委员会（简称广仲）",
        "“第三届中国国际进口博览会”（以下简称“进博会”）",
        "“2024年上海国际电影节”（以下简称“上影节”）",
        "“东湖创新创业大赛”（以下简称“本次大赛”）",
    ]
    assert learned(pair for text in texts for pair in given(fold(text))) == (("丽水经济技术开发区", "丽水经开区"),)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("第三届进博会", "中国国际进口博览会"),
        ("第三屆進博會", "ciie"),
        ("What is the G60 S&T  Innovation\nCorridor?", "长三角g60科创走廊"),
        ("CIIE什么时候举行", "进博会"),
    ],
)
def test_a_name_that_holds_everywhere_has_others(text: str, other: str) -> None:
    assert other in everywhere().others(fold(text))


@pytest.mark.parametrize(
    "text",
    [
        "specific",
        "a star marketing firm",
        "xipos",
        "市交通部门",
        "北京大学生志愿者",
        "中央行政",
        "上海社科院",
        "欧洲央行",
        "日本央行",
        "英国央行",
        "美国证监会",
    ],
)
def test_what_is_part_of_another_name_is_none(text: str) -> None:
    assert everywhere().others(text) == []


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("上海市国资委", ["国有资产监督管理委员会"]),
        ("宁波国资委", ["国有资产监督管理委员会"]),
        ("上海市卫生健康委员会", ["卫健委"]),
        ("上海市发展和改革委员会", ["发展改革委", "发改委"]),
    ],
)
def test_the_body_of_a_place_is_not_that_of_the_state(text: str, others: list[str]) -> None:
    assert everywhere().others(text) == others


@pytest.mark.parametrize("text", ["我国央行", "中国央行", "央行上海总部", "国家发改委", "经国资委批准", "国务院国资委"])
def test_the_body_of_the_state_has_its_full_name(text: str) -> None:
    assert any(other.startswith(("中国", "国家", "国务院")) for other in everywhere().others(text))


@pytest.mark.parametrize(
    "text", ["same = [", "other = []", 'same = [["a"]]', "same = [[]]", "same = [[1, 2]]", "same = 3"]
)
def test_a_table_that_is_none_is_told_in_one_line(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "aliases.toml"
    table.write_text(text)
    monkeypatch.setattr(aliases, "TABLE", table)
    with pytest.raises(SettingsError, match=r"aliases\.toml: not a list of names \(.+\)\. Write same = "):
        everywhere.__wrapped__()


def test_no_name_stands_for_two_things() -> None:
    names = [name for group in everywhere().groups for name in group]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["上海  张江高科技园区", " 上海张江高科技园区", "Shanghai\tZhangjiang  Park", "    "])
def test_white_space_in_a_name_counts_once(name: str) -> None:
    text = fold(f"记者获悉，“{name}”（以下简称“园区”）获批。")
    assert all("  " not in other and other.strip() for other in Names(given(text)).others(text))


def test_other_names_stand_behind_and_can_be_taken_off() -> None:
    names = Names([("甲乙丙", "甲丙")])
    text = with_other_names("甲丙来了", names, names)
    assert text.split("\n")[1:] == ["甲乙丙"]
    assert without_other_names(text) == "甲丙来了"
    assert with_other_names("甲乙丙(甲丙)来了", names) == "甲乙丙(甲丙)来了"


OFFICE = article(
    "office",
    "丽水经济技术开发区（以下简称丽水经开区）成立三十年。\n\n"
    + "当地居民说起往事。" * 60
    + "\n\n丽水经开区现有企业2160家。",
    title="三十年",
)
LATER = article("later", "丽水经开区去年新建道路12公里。", title="新路")
OTHER = article("other", "云和县去年新建道路15公里。", title="云和新路")


def test_an_answer_that_uses_the_short_name_is_found_by_the_full_one(tmp_path: Path) -> None:
    embedder, settings = HashedEmbedder(), PassageSettings(tokens=64, overlap_sentences=1)
    sync([OFFICE, LATER, OTHER], path=tmp_path, embedder=embedder, settings=settings)
    retriever = HybridRetriever(Index(tmp_path, embedder=embedder, settings=settings), embedder)
    hits = retriever.retrieve("丽水经济技术开发区新建道路多少公里？")
    shares = {hit.article.id: hit.share for hit in hits}
    assert shares["later"] > shares["other"] + 0.3


def test_within_an_article_its_own_short_names_count_as_the_full_ones() -> None:
    plan = article(
        "plan",
        "市政府印发《全民健身设施补短板五年行动计划》（以下简称《计划》）。\n\n《计划》提出新建体育公园23个。",
        title="体育",
    )
    answer = Assistant(LexicalRetriever((plan, OTHER))).answer(
        Question(text="《全民健身设施补短板五年行动计划》提出新建体育公园多少个？")
    )
    assert (answer.status, "23个" in answer.text) == (Status.ANSWERED, True)
