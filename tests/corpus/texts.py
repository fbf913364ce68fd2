"""Clean texts, written for these tests. Cleaning must leave each of them as it is, to the character."""

from __future__ import annotations

SIMPLIFIED = """滨江新区启用智慧公交调度中心

9月12日，滨江新区智慧公交调度中心正式启用。记者从区交通局获悉，中心接入公交车426辆，覆盖线路38条，平均候车时间由11.5分钟缩短到7.8分钟。

“以前靠电话喊，现在看一块屏就行。”调度员孙立新说，遇到堵车，系统会自动建议发车间隔。

本期工程总投资6300万元，其中中央补助2100万元。下一步，新区将把共享单车、地铁（在建的5号线）的数据也接进来。"""

TRADITIONAL = """濱海圖書館開館 首日迎來八千讀者

10月1日，濱海圖書館正式開館，首日接待讀者八千二百人次。館內藏書一百二十萬冊，設有兒童閱覽區、視障閱覽室和二十四小時自助借還廳。

「我從早上七點就來排隊了！」家住附近的陳太太說。館長李維明表示，開館首月免費辦理借書證，每人可借書十冊，借期三十天。

圖書館由舊碼頭倉庫改建而成，保留了原來的紅磚牆與鐵桁架。"""

ENGLISH = """County library keeps its lights on all night

At 1 am, more than 40 people are still reading on the third floor. "It is the best money\
 we spend," a vice-mayor said.

The library (opened in 1998, rebuilt in 2021) lends 3,200 books a day; about\
 28.37 percent of them are children's books. Is it worth it? Ask the readers!"""

MIXED = """新加坡南洋理工大学(NTU)副校长(产业)表示，GDP增长5.2%，PM2.5浓度下降到28.6μg/m³。

项目采用Python 3.11和C++开发，源代码在GitHub上公开；联系邮箱：info@example.com。A股、H股同时上涨，S&P\
 500指数收于5,123.41点。

会议由张三(李四代)主持，参加人员有王五(上海)、赵六(涤纶厂)等，各镇(工业区)也派人参加，总价1,234,567.89元(含税)。"""

POEM = """静夜思

床前明月光，
疑是地上霜。
举头望明月，
低头思故乡。"""

MODERN_POEM = """河流

我在河边坐了一个下午
水把天空一片一片地带走
没有人问我
要到哪里去"""

TABLE = """各区一季度招商情况

区名,项目数,金额（亿元）,备注
东区,12,36.5,
西区,,18.2,含外资
南区,7,,
合计,19,54.7,"""

PIPED_TABLE = """指标 | 2022年 | 2023年 | 2024年 | 增速 | 占比 | 位次
总产值 | 120 | 131 | 142 | 8.4% | 100% | 3
工业 | 60 | 66 | 70 | 6.1% | 49% | 2
服务业 | 48 | 52 | 58 | 11.5% | 41% | 4"""

LIST = """办事材料

1、身份证原件及复印件
2、户口簿
3、申请表（一式两份）
（1）填写完整
（2）加盖公章
• 近期免冠照片两张"""

LAW = """公共图书馆条例

第一条 为了促进公共图书馆事业发展，保障公民基本文化权益，制定本条例。

第二条 本条例所称公共图书馆，是指向社会公众免费开放的公共文化设施。

第三条 未经著作权人许可，不得复制、转载馆藏作品；侵犯著作权的，依法追究责任。

第四条 本条例自2020年1月1日起施行。"""

GLOSSED = """“饕餮”（tāo tiè）是传说中的凶兽。郦道元的郦读作郦(lì)，不读丽。

乐山的“乐”字在这里念乐（lè），而音乐的乐念yuè。这座山下有一种叫氽（tǔn）的做法。"""

LEARNERS = "小(xiǎo)马(mǎ)过(guò)河(hé)，大(dà)家(jiā)一(yī)起(qǐ)来(lái)，小(xiǎo)马(mǎ)真(zhēn)高(gāo)兴(xìng)。"

EXCLAMATIONS = """别这样!本来就不是他的错。快看!比赛开始了!毙命的不是他!被告当庭上诉!报名从速!北京见!
“站住！”警察喊道！本案至此告破。真的？本人不信。走吧，彼得说。"""

RARE = """李锟是当地的钢琴家，赵烓、王垚和张彧都是他的学生。剡溪边的䢺村出产一种瓷器，叫做“甪瓷”。"""

DIALOGUE = """记者：请问什么时候通车？

局长：年底。

记者：能不能再早一点？

局长：安全第一，不抢工期。"""

BRACES = """请在{姓名}处填写姓名，在{{日期}}处填写日期。程序里写的是 f"{x!r:>{width}}"\
，路径是 C:\\temp\\新建文件夹，表达式 a && b || c < d > e。"""

CLEAN = {
    "simplified": SIMPLIFIED,
    "traditional": TRADITIONAL,
    "english": ENGLISH,
    "mixed": MIXED,
    "poem": POEM,
    "modern poem": MODERN_POEM,
    "table": TABLE,
    "piped table": PIPED_TABLE,
    "list": LIST,
    "law": LAW,
    "glossed": GLOSSED,
    "learners": LEARNERS,
    "exclamations": EXCLAMATIONS,
    "rare characters": RARE,
    "dialogue": DIALOGUE,
    "braces": BRACES,
    "emoji": "开馆啦👨‍👩‍👧‍👦！欢迎🏳️‍🌈 ❤️ 一家人来读书📚。",
    "arabic": "他用阿拉伯语写下 \u200fمرحبا\u200f 两个字。",
    "one line": "本市明天多云转晴，最高气温26℃。",
    "one word": "通知",
}
