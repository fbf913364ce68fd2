"""Each rule undoes its own damage, and lets what only looks like it alone."""

from __future__ import annotations

import pytest

from corpus.characters import without_control, without_entities, without_invisible
from corpus.gbk import reread
from corpus.linebreaks import joined
from corpus.lostbytes import with_lost_bytes
from corpus.mojibake import with_holes, without_gbk_reading, without_latin_reading
from corpus.plausibility import certainty, is_common, log_likelihood, read_as
from corpus.punctuation import without_strewn_commas
from corpus.readings import without_readings
from corpus.script import script_of
from corpus.tally import Tally


@pytest.mark.parametrize(
    ("damaged", "text"),
    [
        ("七屆進(jìn)口博覽會(huì)開幕", "七屆進口博覽會開幕"),
        ("各鎮(zhèn)(工業(yè)區(qū))，中歐班列(上海)，PET(滌綸)", "各鎮(工業區)，中歐班列(上海)，PET(滌綸)"),
        ("為當(dāng)?shù)亟?jīng)濟(jì)發(fā)展增添動(dòng)力", "為當地經濟發展增添動力"),
        ("主要是因?yàn)椋?W(wǎng)友認(rèn)為", "主要是因為，網友認為"),
        ("一定程度上回?fù)舻独尚赂琛?", "一定程度上回擊刀郎新歌。"),
        ("進(jìn)（jìn）口（kǒu）", "進(jìn)（jìn）口（kǒu）"),
    ],
)
def test_readings_of_a_converter_go(damaged: str, text: str):
    if damaged == text:
        assert without_readings(text) == (text, ())
    else:
        assert without_readings(damaged)[0] == text


@pytest.mark.parametrize(
    "text",
    [
        "酈道元的酈念作酈(lì)。",
        "他姓仇(qiú)，不姓仇(chóu)。",
        "這座城叫甪(lù)直。",
        "化學式(NaCl)、縮寫(abc)、函數f(x)、英文名(Li)。",
        "小(xiǎo)馬(mǎ)過(guò)河(hé)。",
    ],
)
def test_glosses_and_brackets_of_a_writer_stay(text: str):
    assert without_readings(text) == (text, ())


@pytest.mark.parametrize(
    ("damaged", "text"),
    [
        ("一體化建設!毙旖ㄇ嗾f。", "一體化建設。”徐建青說。"),
        ("引資的紐帶!苯鹕絽^投促辦主任葛鈞表示", "引資的紐帶。”金山區投促辦主任葛鈞表示"),
        ("深遠影響!薄拔乙獙⒔裉鞂W習的成果", "深遠影響。”“我要將今天學習的成果"),
    ],
)
def test_a_lost_byte_is_put_back(damaged: str, text: str):
    assert with_lost_bytes(damaged)[0] == text


@pytest.mark.parametrize(
    "text",
    [
        "太好了!本报记者见证。",
        "快看!比赛开始了",
        "你好!毕竟是他",
        "结束!被告人不服",
        "真好!币值稳定",
        "别走！彼得说，北京见，白天再来",
    ],
)
def test_an_exclamation_mark_alone_is_no_damage(text: str):
    assert with_lost_bytes(text) == (text, ())


def test_a_run_is_read_again_up_to_where_both_readings_fall_into_step():
    again = reread("建設!毙旖ㄇ嗾f。下一句", 2, lost=(0xA1,), as_bytes=(0xA3, 0xA1))
    assert again is not None
    assert (again.start, again.end, again.text) == (2, 8, "。”徐建青說")


@pytest.mark.parametrize(
    ("damaged", "text"),
    [
        ("正式舉行,。記者獲悉,,本屆大會,，集團,、公司,；其中", "正式舉行。記者獲悉,本屆大會，集團、公司；其中"),
        ("他說,\n。第二天", "他說。第二天"),
    ],
)
def test_strewn_commas_go(damaged: str, text: str):
    assert without_strewn_commas(damaged)[0] == text


@pytest.mark.parametrize(
    "text", ["张三,,上海,,李四\n王五,,北京,,", "f(a,,b); x,;y", "1,,000", "甲,乙,丙,丁", "好,好,好。"]
)
def test_commas_that_mean_something_stay(text: str):
    assert without_strewn_commas(text) == (text, ())


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        ("&ldquo;好&rdquo;", "“好”"),
        ("&#20013;&#x56fd;", "中国"),
        ("&amp;#20013;&amp;amp;", "中&"),
        ("AT&T &unknown; R&D", "AT&T &unknown; R&D"),
    ],
)
def test_entities_are_read(escaped: str, text: str):
    assert without_entities(escaped)[0] == text


def test_joiners_stay_where_they_join_and_go_where_they_do_not():
    assert without_invisible("家👨‍👩‍👧人\u200d民می\u200cخواهم")[0] == "家👨‍👩‍👧人民می\u200cخواهم"


def test_no_break_spaces_become_spaces_or_nothing():
    assert without_control("，\u00a0后来 \u00a0又 来\u00a0了\u3000。a\u00a0b")[0] == "，后来 又 来 了\u3000。a\u00a0b"


@pytest.mark.parametrize(
    ("damaged", "text"),
    [
        ("cafÃ© Â©2023", "café ©2023"),
        ("ä¸­å›½ä¼ ç»Ÿ", "中国传统"),
        ("São Paulo, Ação, naïve, £5", "São Paulo, Ação, naïve, £5"),
    ],
)
def test_utf8_read_as_latin1_is_read_again(damaged: str, text: str):
    assert without_latin_reading(damaged)[0] == text


@pytest.mark.parametrize(
    ("damaged", "text"), [("浣犲ソ锛屼笘鐣", "你好，世"), ("锘縉ews today", "News today"), ("你好，世界", "你好，世界")]
)
def test_utf8_read_as_gbk_is_read_again(damaged: str, text: str):
    assert without_gbk_reading(damaged)[0].startswith(text)


def test_a_digit_that_a_broken_character_swallowed_is_never_guessed():
    # 总投资6300万元: the last byte of 资 took the 6 along.
    read = without_gbk_reading("鏈湡宸ョ▼鎬绘姇璧?300涓囧厓锛屽叾涓腑澶ˉ鍔┿€")[0]
    assert "资□300万元" in read


@pytest.mark.parametrize(
    ("damaged", "text"),
    [
        ("全锟斤拷锟斤拷开", "全□开"),
        ("全锟\n斤拷锟斤拷开", "全□开"),
        ("服务锟今”碉拷目标", "服务□目标"),
        ("李锟的拷问", "李锟的拷问"),
        ("李锟弹琴", "李锟弹琴"),
    ],
)
def test_what_is_lost_is_marked(damaged: str, text: str):
    assert with_holes(damaged)[0] == text


def test_cut_lines_are_joined_and_words_of_other_scripts_keep_their_blank():
    cut = (
        "北约秘书长办公室主任斯蒂安称乌克兰可以通过向俄罗斯割让领\n"
        "土实现和平和加入北约，据今日俄罗斯电台网站报道，俄罗斯联\n"
        "邦安全会议副主席和前总统在社交媒体上发帖评论说，这位 John\n"
        "Smith 的想法真有趣。"
    )
    assert joined(cut)[0] == cut.replace("John\n", "John ").replace("\n", "")


@pytest.mark.parametrize(
    "text",
    [
        "床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。",
        "推动创新要素汇聚流通，促进区域协同发展\n会上发布了若干举措，着眼加速知识技术汇聚共享，打通制约经济循环的关键堵点，更好服务全国统一大市场建设。",
        "市发展和改革委员会办公室综合规划处\n市经济和信息化委员会产业政策研究室\n市住房和城乡建设管理委员会法规处\n市卫生健康委员会基层卫生健康管理处",
    ],
)
def test_lines_that_were_not_cut_stay(text: str):
    assert joined(text) == (text, ())


def test_words_are_more_likely_than_debris():
    assert log_likelihood("徐建青說") > log_likelihood("毙旖ㄇ嗾f")
    assert log_likelihood("当地经济") > log_likelihood("当?亟?济")


def test_the_tables_know_the_readings_and_the_common_characters():
    assert {"數", "数", "树"} <= read_as("shù")
    assert read_as("nonsense") == frozenset()
    assert is_common("國")
    assert is_common("的")
    assert not is_common("饕")


def test_certainty_is_shared_among_rivals():
    assert certainty("中", "国", "人", ["围", "固"]) > 0.9
    assert certainty("，", "他", "说", ["她", "他"]) < 0.9


@pytest.mark.parametrize(
    ("text", "script"),
    [("進口博覽會", "hant"), ("进口博览会", "hans"), ("G60", "hans"), ("國国國", "hant"), ("", "hans")],
)
def test_the_script_is_that_of_most_characters(text: str, script: str):
    assert script_of(text) == script


def test_a_tally_keeps_one_short_printable_example_of_each_kind():
    tally = Tally()
    tally.add("reading", "一\ud800二\n三" + "四" * 100)
    tally.add("reading", "别的")
    (repair,) = tally.repairs()
    assert (repair.kind, repair.count, len(repair.example)) == ("reading", 2, 80)
    assert repair.example.isprintable()
