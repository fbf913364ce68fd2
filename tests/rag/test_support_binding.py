"""Facts belong to their clause: fresh sentences over fresh texts, none of them from `eval/support`."""

from datetime import date

import pytest

from rag.support import check

PUBLISHED = date(2022, 5, 11)
MARKET = (
    "5月10日，平原市农业农村局发布通报。上月白菜均价为每公斤2.4元，青椒为每公斤6.8元，猪肉批发量同比增加12%。"
    "全市设检测点40处，其中固定点28处、流动点12处，检出农药残留0.03毫克。"
    "局长蒋兆明说，南桥批发市场原定6月搬迁，推迟至9月开业；副市长邱丽华批评进度缓慢。"
    "新修订的《农贸市场管理办法》自8月1日起施行，摊位费由900元降至600元，不再收取卫生费。"
    "日均客流约3万人次，每户每月可领补贴200元。长乐路改造由宏远营造承建，夜市尚未开放，暂不提供停车服务。"
    "大厅10时开门，工期半年，首批招收60人，满意度占67%。"
)


def missing(sentence: str) -> tuple[str, ...]:
    return check(sentence, MARKET, published=PUBLISHED).missing


@pytest.mark.parametrize(
    "sentence",
    [
        "白菜的均价是每公斤2.4元，青椒则为6.8元。",
        "全市有40处检测点，28处固定，12处流动。",
        "四月份白菜均价为每公斤2.4元。",
        "《农贸市场管理办法》8月1日起实行。",
        "摊位费从900元下调到600元，降了300元。",
        "南桥批发市场要到9月才开业，原计划6月搬。",
        "卫生费不会再收。",
        "夜市还没有开放。",
        "大厅上午10点开门。",
        "工期六个月，第一批招60人。",
        "满意的约占三分之二。",
        "平原市农业农村局于5月10日通报。",
    ],
)
def test_a_paraphrase_that_keeps_each_fact_with_its_own_is_supported(sentence: str) -> None:
    assert missing(sentence) == ()


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("白菜均价为每公斤6.8元。", "6.8元"),
        ("其中固定点12处、流动点28处。", "12处"),
        ("《农贸市场管理办法》自5月10日起施行。", "5月10日"),
        ("南桥批发市场于6月开业。", "6月"),
        ("摊位费为900元。", "900元"),
        ("摊位费由600元升至900元。", "600元"),
        ("局长邱丽华批评进度缓慢。", "局长邱丽华"),
        ("蒋兆明批评进度缓慢。", "蒋兆明"),
    ],
)
def test_a_fact_that_stands_with_the_words_of_another_is_swapped(sentence: str, word: str) -> None:
    assert word in missing(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "检出农药残留0.03微克。",
        "月均客流约3万人次。",
        "每户每年可领补贴200元。",
        "每人每月可领补贴200元。",
    ],
)
def test_another_unit_or_period_is_found(sentence: str) -> None:
    assert missing(sentence)


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("长安路改造由宏远营造承建。", "长安路"),
        ("长乐路改造由宏达营造承建。", "宏达营造"),
        ("局长蒋兆华说，批发市场推迟开业。", "蒋兆华"),
        ("北桥批发市场推迟至9月开业，平原市财政局发布通报。", "财政局"),
    ],
)
def test_a_name_in_the_place_of_another_is_found(sentence: str, word: str) -> None:
    assert word in missing(sentence)


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("夜市已经开放。", "开放"),
        ("市场提供停车服务。", "提供"),
        ("商户须缴纳卫生费，市场收取卫生费。", "收取"),
        ("局长说不发布通报。", "不发布"),
    ],
)
def test_a_clause_without_the_negation_of_its_like_is_found(sentence: str, word: str) -> None:
    assert word in missing(sentence)


@pytest.mark.parametrize(
    "clause",
    ["为鼓励青年返乡创业", "还将引进智能监控系统", "因此吸引大批外国游客"],
)
def test_an_added_clause_is_found_beside_one_that_is_held(clause: str) -> None:
    assert clause in missing(f"白菜均价为每公斤2.4元，{clause}。")


HARBOUR = (
    "Mayor Ellen Price said on June 4 that the Weir Bridge will close for 12 weeks. Engineer Tom Hale found that the "
    "deck is not safe for trucks. The city will hire 30 divers and 8 surveyors; the old ferry charges $4 for adults "
    "and $2 for pupils. The survey covered 900 households."
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Mayor Tom Hale said the Weir Bridge will close for 12 weeks.",
        "The city will hire 8 divers and 30 surveyors.",
        "The deck is safe for trucks.",
        "The survey covered 900 individuals.",
        "The bridge will close for 12 weeks, because rust weakened several cables.",
    ],
)
def test_english_facts_are_bound_as_well(sentence: str) -> None:
    assert check(sentence, HARBOUR, published=date(2020, 6, 5)).missing


@pytest.mark.parametrize(
    "sentence",
    [
        "The city is hiring 30 divers and 8 surveyors.",
        "Tom Hale, an engineer, found the deck unsafe for trucks.",
        "Ellen Price is the mayor.",
        "Pupils pay $2 on the old ferry.",
    ],
)
def test_an_english_paraphrase_is_supported(sentence: str) -> None:
    assert check(sentence, HARBOUR, published=date(2020, 6, 5)).missing == ()


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("票价6.5美元。", "The fare is $6.50."),
        ("补助上限为3万元。", "The grant is capped at NT$30,000."),
        ("The grant is capped at NT$30,000.", "補助上限為3萬元。"),
        ("渡轮从7月5日起停航。", "The ferry stops from July 5."),
        ("客流增长8%。", "Passenger traffic was up 8 percent, while freight fell 3 percent."),
        ("第一中心已开放。", "The first centre has opened."),
    ],
)
def test_what_two_languages_write_in_their_own_way_is_supported(sentence: str, evidence: str) -> None:
    assert check(sentence, evidence, published=PUBLISHED).missing == ()


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("票价16.5美元。", "The fare is $6.50."),
        ("渡轮从7月15日起停航。", "The ferry stops from July 5."),
        ("It takes 6 months.", "工期到6月底，共9个月。"),
    ],
)
def test_a_number_or_date_of_another_language_has_to_be_the_same(sentence: str, evidence: str) -> None:
    assert check(sentence, evidence, published=PUBLISHED).missing


@pytest.mark.parametrize(
    "sentence", ["A recount is required.", "The Dunlow branch will be rebuilt.", "Teachers are not eligible."]
)
def test_a_short_english_clause_that_denies_is_found(sentence: str) -> None:
    evidence = (
        "A recount is not required because the margin was wide. Nurses and teachers are eligible. "
        "The Dunlow branch, damaged by fire, will not be rebuilt."
    )
    assert check(sentence, evidence).missing


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("每顿8元。", "学生午饭每餐8元。"),
        ("大桥维修已经完成并验收。", "大桥维修通过验收。塔楼清洗因缺料未完成。"),
        ("隧道长12千米。", "隧道长12公里。"),
        ("The shuttle runs from May 3 to June 9.", "A shuttle runs from May 3 to June 9."),
        ("The shop closes at 9:30 p.m.", "The shop closes at 9:30 p.m. Prices will not change."),
        ("前9个月售出40台。", "1至9月售出40台。"),
    ],
)
def test_what_only_looks_like_a_contradiction_is_supported(sentence: str, evidence: str) -> None:
    assert check(sentence, evidence, published=PUBLISHED).missing == ()
