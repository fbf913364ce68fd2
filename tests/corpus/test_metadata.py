"""What lines and datelines say of a page is taken from their words; other lines say nothing."""

from __future__ import annotations

from datetime import date

import pytest

from corpus.metadata import Metadata, date_in, normal, of_line, of_opening, of_text


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("2024-11-25 08:23", date(2024, 11, 25)),
        ("2024年1月5日", date(2024, 1, 5)),
        ("2024/3/9 下午 3:20", date(2024, 3, 9)),
        ("發布時間：2021.06.16", date(2021, 6, 16)),
        ("中華民國113年5月20日", date(2024, 5, 20)),
        ("September 28, 2023", date(2023, 9, 28)),
        ("28 Sep 2023", date(2023, 9, 28)),
        ("２０２３年０９月０１日", date(2023, 9, 1)),
        ("2024-13-45", None),
        ("2023年2月30日", None),
        ("11月7日", None),
        ("2024年", None),
        ("电话2024-1234567", None),
    ],
)
def test_a_date_is_a_whole_one_that_the_calendar_has(line: str, day: date | None):
    assert date_in(normal(line)) == day


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "2024-11-25 08:23 来源:中新网上海 阅读量:17414   ",
            Metadata(source="中新网上海", published=date(2024, 11, 25)),
        ),
        ("栏目:素质教育  时间:2023-11-06", Metadata(published=date(2023, 11, 6))),
        ("來源：新華網", Metadata(source="新華網")),
        ("作者：王小明 来源：甲报", Metadata(source="甲报", author="王小明")),
        ("本文作者:黄勇娣", Metadata(author="黄勇娣")),
        ("作者：李榮、王巧月　編輯：陳某", Metadata(author="李榮、王巧月")),
        (
            "2022年05月04日05:14 | 来源：人民网－人民日报",
            Metadata(source="人民网－人民日报", published=date(2022, 5, 4)),
        ),
        ("来源：《每日经济新闻》", Metadata(source="每日经济新闻")),
        ("By Lin Mu | Updated: 2023-08-22 09:14", Metadata(author="Lin Mu", published=date(2023, 8, 22))),
    ],
)
def test_a_line_of_particulars_says_what_it_says(line: str, said: Metadata):
    assert of_line(line) == said


@pytest.mark.parametrize(
    "line",
    [
        "11月7日，博览会正式举行。",
        "2024年1月1日起施行。",
        "资料来源：国家统计局",
        "图片来源：视觉中国",
        "记者：请问什么时候通车？",
        "能量来源于太阳",
        "本办法自2020年1月1日起施行，有效期五年。",
        "作者认为，来源可靠。",
        "通知",
        "",
    ],
)
def test_other_lines_say_nothing_of_the_page(line: str):
    assert of_line(line) is None


@pytest.mark.parametrize(
    ("opening", "said"),
    [
        ("新華網上海1月19日電(李榮 王巧月)上海金山最新打出", Metadata(source="新華網", author="李榮 王巧月")),
        ("新华社北京7月27日电（记者黄堃、林威）加拿大", Metadata(source="新华社", author="黄堃、林威")),
        ("荆楚网(湖北日报网)讯(记者何婧通讯员曾令豪)缅怀", Metadata(source="荆楚网", author="何婧")),
        ("（中央社記者張雅婷嘉義縣5日電）", Metadata(source="中央社", author="張雅婷")),
        ("本报讯 昨天下午，市政府召开会议", Metadata()),
        ("据新华社电 为进一步强化", Metadata()),
        ("11月7日，第七届博览会开幕(上海)，记者到场。", Metadata()),
    ],
)
def test_a_dateline_names_the_agency_and_the_reporters(opening: str, said: Metadata):
    assert of_opening(opening) == said


def test_the_paper_whose_reporters_speak_is_the_source_if_it_is_the_only_one():
    assert of_text("活動舉行。證券時報記者從活動上獲悉，訂單增加。") == Metadata(source="證券時報")
    assert of_text("活動舉行。記者從活動上獲悉，訂單增加。") == Metadata()
    assert of_text("甲日报记者从市里获悉。乙晚报记者从省里获悉。") == Metadata()
