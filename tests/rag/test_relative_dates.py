from datetime import date

import pytest

from rag.assistant import Assistant
from rag.records import Question
from rag.relative_dates import Moment, relatives
from tests.rag.lexical_retriever import LexicalRetriever, article

WEDNESDAY = date(2020, 11, 4)


def means(
    text: str, *, published: date | None = WEDNESDAY, title: str = "", whole: str = ""
) -> list[Moment | str | None]:
    return [each.means for each in relatives(text, published=published, title=title, article=whole or text)]


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("今年增长一成", Moment(year=2020)),
        ("比去年同期增长一成", Moment(year=2019)),
        ("前年开工", Moment(year=2018)),
        ("明年完工", Moment(year=2021)),
        ("下个月开幕", Moment(year=2020, month=12)),
        ("昨日举行发布会", Moment(year=2020, month=11, day=3)),
        ("昨晚举行", Moment(year=2020, month=11, day=3)),
        ("今天上午举行", Moment(year=2020, month=11, day=4)),
        ("上周五签约", Moment(year=2020, month=10, day=30)),
        ("本周日闭幕", Moment(year=2020, month=11, day=8)),
        ("下星期一开班", Moment(year=2020, month=11, day=9)),
        ("It opened last year.", Moment(year=2019)),
        ("上上个月开幕", Moment(year=2020, month=9)),
        ("上上周五签约", Moment(year=2020, month=10, day=23)),
        ("下下周一开班", Moment(year=2020, month=11, day=16)),
        ("大前年开工", Moment(year=2017)),
        ("大前天举行", Moment(year=2020, month=11, day=1)),
        ("大会上周五举行", Moment(year=2020, month=10, day=30)),
        ("4号线上周五开通", Moment(year=2020, month=10, day=30)),
        ("上海上月增长一成", Moment(year=2020, month=10)),
        ("去年检察机关起诉百人", Moment(year=2019)),
        ("计划明年底完工", Moment(year=2021)),
        ("今年份额增长一成", Moment(year=2020)),
        ("今年轻工业增长一成", Moment(year=2020)),
        ("今晚举行", Moment(year=2020, month=11, day=4)),
        ("定于明早开幕", Moment(year=2020, month=11, day=5)),
    ],
)
def test_a_time_is_counted_from_the_date_of_the_article(text: str, then: Moment) -> None:
    assert means(text) == [then]


def test_a_month_counts_into_another_year() -> None:
    assert means("下月", published=date(2020, 12, 31)) == [Moment(year=2021, month=1)]
    assert means("上月", published=date(2021, 1, 31)) == [Moment(year=2020, month=12)]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "光明日报记者",
            "目前年产",
            "如今年轻人",
            "日本年轻人",
            "证明年龄",
            "说明日期",
            "目前天气",
            "过去年均",
            "以前年度",
        ),
        *("上年纪", "基本月收入", "以上月收入"),
        *(
            "注明日期",
            "注明年龄",
            "写明年份",
            "载明年限",
            "税前年收入",
            "婚前年龄",
            "日前天津",
            "至今日均",
            "扩大前年产",
        ),
        *("网上年报", "网上周五", "晚上周六", "马上年底", "机动车去年检", "5000元以下月收入", "名下月供"),
        *(
            "当今年轻人",
            "本年级学生",
            "年前年后",
            "每年今日举行",
            "如今早已建成",
            "至今早已建成",
            "《今晚报》",
            "今晚报记者",
        ),
        "大后天",
        "五年前年均收入",
        "美好的明天",
        "《今日头条》报道",
        "今日头条报道",
        "本月球车",
        "2020年举行",
        "今天的中国",
    ],
)
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    assert means(text) == []


def test_without_a_date_nothing_is_counted() -> None:
    assert means("今年增长", published=None) == [None]
    assert means("昨日举行", published=date.min) == [None]


@pytest.mark.parametrize(
    ("text", "whole", "edition"),
    [
        ("本届进博会", "第三届中国国际进口博览会开幕。本届进博会", "第三届"),
        ("上届进博会", "第三届中国国际进口博览会开幕。", "第二届"),
        ("下一届大赛", "第9届创新大赛。", "第10届"),
        ("上届大赛", "第十届创新大赛。", "第九届"),
        ("上上届大赛", "第十届创新大赛。", "第八届"),
        ("本届，规模更大", "第四届论坛开幕。", "第四届"),
    ],
)
def test_an_edition_is_read_in_the_article(text: str, whole: str, edition: str) -> None:
    assert means(text, whole=whole) == [edition]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("本届进博会", "进博会开幕。"),
        ("本届大赛", "第三届进博会期间,大赛开幕。"),
        ("本届进博会", "第二届进博会签约100亿元,第三届进博会更多。"),
        ("上届进博会", "第一届进博会开幕。"),
        ("本届进博会", "本届进博会签约120亿元,比第二届进博会增长20%。"),
        ("本届大会设五个论坛", "第十四届全国人民代表大会代表李某出席。"),
        ("本届将展出灯笼三百只", "第十三届全国政协委员李某参观灯会。"),
    ],
)
def test_an_edition_that_the_article_does_not_name_is_not_known(text: str, whole: str) -> None:
    assert means(text, whole=whole) == [None]


def test_the_title_says_which_edition_is_meant() -> None:
    whole = "第二届进博会签约100亿元,第三届进博会更多。"
    assert means("本届进博会", title="第三届进博会来了", whole=whole) == ["第三届"]


FAIR = article(
    "fair",
    "第三屆燈會開幕。本屆燈會昨日舉行發佈會,到場三百人,去年到場二百人。",
    title="燈會開幕",
    published=WEDNESDAY,
    script="hant",
)


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        (
            "本届灯会发布会到场多少人？",
            "《燈會開幕》（2020-11-04，文中“本屆”指第三届、“昨日”指2020年11月3日、“去年”指2019年）写道：",
        ),
        (
            "本屆燈會發佈會到場多少人？",
            "《燈會開幕》（2020-11-04，文中「本屆」指第三屆、「昨日」指2020年11月3日、「去年」指2019年）寫道：",
        ),
        (
            "How many people came in all to the 灯会发布会 到场?",
            "From “燈會開幕” (2020-11-04, where “本屆” is 第三届, “昨日” is 2020-11-03, “去年” is 2019):",
        ),
    ],
)
def test_the_answer_explains_the_words_of_its_quotes(question: str, lead: str) -> None:
    answer = Assistant(LexicalRetriever((FAIR,))).answer(Question(text=question))
    assert lead in answer.text.split("\n")


def test_an_edition_that_is_named_later_is_not_meant() -> None:
    fair = article("fair", "本届灯会发布会到场三百人。第四届灯会招展同日启动。", title="灯会开幕")
    answer = Assistant(LexicalRetriever((fair,))).answer(Question(text="灯会发布会到场多少人？"))
    assert "《灯会开幕》（未写明“本届”是第几届）写道：" in answer.text.split("\n")


def test_a_time_counts_after_a_word_that_only_looks_like_another() -> None:
    assert means("比如今年增长一成") == [Moment(year=2020)]


def test_what_the_article_does_not_tell_is_said_to_be_unknown() -> None:
    undated = article("fair", "本届灯会昨日举行发布会,到场三百人。", title="灯会开幕")
    answer = Assistant(LexicalRetriever((undated,))).answer(Question(text="灯会发布会到场多少人？"))
    assert "《灯会开幕》（未标明日期，“昨日”所指的时间无法确定，未写明“本届”是第几届）写道：" in answer.text.split("\n")


def noticed(question: str, text: str, *, published: date | None) -> str | None:
    fair = article("fair", text, title="灯会开幕", published=published)
    retriever = LexicalRetriever((fair,))
    return Assistant(retriever, today=lambda: date(2026, 3, 5)).answer(Question(text=question)).notice  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "published", "told"),
    [
        ("今年灯会到场多少人？", date(2024, 2, 1), "“今年”指2026年；引用的文章发布于2024年2月1日或更早"),
        ("今年燈會到場多少人？", date(2024, 2, 1), "「今年」指2026年；引用的文章發布於2024年2月1日或更早"),
        ("去年灯会到场多少人？", date(2024, 2, 1), "“去年”指2025年"),
        ("上个月灯会到场多少人？", date(2025, 12, 1), "“上个月”指2026年2月"),
        ("昨天灯会到场多少人？", date(2026, 3, 1), "“昨天”指2026年3月4日"),
        (
            "How many people, 灯会到场 this year?",
            date(2024, 2, 1),
            "“this year” is 2026; the articles quoted are",
        ),
        ("今年灯会到场多少人？", None, "“今年”指2026年；引用的文章未标明日期"),
        ("去年灯会到场多少人？", date(2026, 2, 1), "“去年”指2025年"),
    ],
)
def test_a_question_of_today_is_told_that_the_articles_are_older(
    question: str, published: date | None, told: str
) -> None:
    assert told in (noticed(question, "灯会到场三百人。", published=published) or "")


@pytest.mark.parametrize(
    ("question", "text", "published"),
    [
        ("今年灯会到场多少人？", "灯会到场三百人。", date(2026, 2, 1)),
        ("去年灯会到场多少人？", "灯会到场三百人。", date(2025, 2, 1)),
        ("明年灯会到场多少人？", "灯会到场三百人。", date(2026, 2, 1)),
        ("今年灯会到场多少人？", "二〇二六年灯会到场三百人。", date(2025, 12, 1)),
        ("去年灯会到场多少人？", "去年灯会到场三百人。", date(2026, 2, 1)),
        ("去年灯会到场多少人？", "2025年灯会到场三百人。", date(2026, 2, 1)),
        ("昨天灯会到场多少人？", "3月4日灯会到场三百人。", date(2026, 3, 1)),
        ("上个月灯会到场多少人？", "2026年2月灯会到场三百人。", date(2025, 12, 1)),
        ("灯会到场多少人？", "灯会到场三百人。", date(2020, 2, 1)),
        ("《今年灯会》到场多少人？", "灯会到场三百人。", date(2020, 2, 1)),
        ("今年火星移民多少人？", "灯会到场三百人。", date(2020, 2, 1)),
    ],
)
def test_a_question_that_the_articles_time_fits_gets_no_such_line(
    question: str, text: str, published: date | None
) -> None:
    assert noticed(question, text, published=published) is None


def test_a_day_of_another_year_is_another_day() -> None:
    question = "昨天灯会到场多少人？"
    for text, published in (
        ("3月4日灯会到场三百人。", date(2020, 3, 6)),
        ("3月4日灯会到场三百人。", None),
        ("2020年3月4日灯会到场三百人。", date(2026, 3, 1)),
    ):
        assert "“昨天”指2026年3月4日" in (noticed(question, text, published=published) or "")
    assert noticed(question, "2026-03-04灯会到场三百人。", published=date(2026, 3, 1)) is None


def test_a_number_is_no_year() -> None:
    assert noticed("今年灯会到场多少人？", "灯会到场2026人。", published=date(2024, 2, 1))
