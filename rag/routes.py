"""Messages that no article answers and that have approved words of their own: a cry for help, an insult, a wish.

A route is taken only where the message as a whole is such a one: what asks about the articles is never turned away
for a word in it. Works on the folded text (see `corpus.fold`), so that one pattern serves both scripts.
"""

from __future__ import annotations

import re
from typing import Literal

from corpus.fold import fold

Route = Literal["crisis", "abuse", "off_topic", "opinion", "about"]


def _one_of(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_START = r"(?:^|[,。.!?;:~…\s])"
_STOP = r"(?=[,。.!?;~…\s]|$)"
_CLOSE = r"\W*$"
_WITHIN = r"[^。!?]"  # one sentence
_PLAIN = r"[^。!?:,的谁什哪多几]"  # no sentence end, and nothing that asks or describes
_EN_WORDS = r"(?:\w+ ){0,4}"

# --- crisis: who speaks, how, and of what

_I = r"我(?![们国市省县区校司厂院方军党])"
_VERY = (
    _one_of(
        "真心 真的? 实在 已经 现在 今天?晚?上? 此刻 好 很 只 就 都 也 还 又 有点 有时候? 经常 常常 总是? 老是? 一直 "
        "非常 特别 突然 快 感觉 "
        "觉得 是 正在? 每[天晚] 可能 曾经? 这次 多么"
    )
    + "*"
)
_WANT = _one_of("想要? 要 打算 准备 决定 计划 考虑 试图 想过 试过 忍不住") + "去?过?"
_HOW = _one_of("怎么样? 怎样 如何") + "(?:才能|可以|能|才)?"
_PAINLESS = _one_of("无痛 没有?痛苦 不痛苦 不疼 最快 快速 轻松")
_HARM = (
    _one_of(
        "自杀 轻生 自尽 自残 自我了断 寻死 寻短见 跳楼 跳河 跳江 跳桥 割腕 上吊(?![牌顶灯装]) 服毒 烧炭 一了百了 "
        "伤害我?自己 (?:结束|了结|了断)掉?我?(?:自己的?)?(?:生命|一生|一切|此生) (?:结束|了结|了断)掉?我?自己"
    )
    + rf"(?!{_one_of('率 式 性 者 案 事件 现象 问题 预防 干预 未遂 险 价 机 市 保险 条款')}"
    r"|的(?:人|孩子|学生|患者|原因|故事))"
)
_HIGH = _one_of("楼 \\d+楼 \\d+层 高楼 天台 阳台 窗户?台? 大?桥 悬崖 山顶 屋顶")
_PLACE = r"(?:在|到|去|用)[^。!?,谁什哪多几看听讲防]{1,6}"
_DIE = r"(?:去|安乐)?死(?![记磕心守扛你他她它后亡者刑罪机角缓海抠皮党法因水结板活伤]|的(?:人|原因|故事))"
_TIRED_OF_LIFE = _one_of(
    f"不想(?:再|继续)?活(?![动跃在]) [活撑熬]不下去(?!的) 活够了 活腻了 生无可恋 不如死 死了算了 想不开(?:了|{_STOP}) "
    "没有?活下去的(?:勇气|理由|意义) "
    "活着[真好太实在也还都]*(?:没有?(?:什么|啥|任何)?(?:意思|意义|劲|希望)|不如死|有[什啥何]么?意[思义])"
)
_MY_PEOPLE = r"我(?:的|有一?个|一个|这个|那个)?(?:好|女|男|最好的)?" + _one_of(
    "朋友 闺蜜 孩子 儿子 女儿 妈妈? 母亲 爸爸? 父亲 父母 老公 丈夫 老婆 妻子 爱人 对象 同学 室友 同事 学生 弟弟? "
    "妹妹? 哥哥? 姐姐? 家人 "
    "亲戚 邻居 奶奶 爷爷 外婆 外公 姥姥 姥爷"
)
_SOMEBODY = _one_of(
    "老公 丈夫 老婆 妻子 男朋?友 女朋?友 前夫 前妻 爸爸? 妈妈? 父亲 母亲 继父 继母 父母 儿子 同学 老师 老板 邻居 "
    "家里?人 公公 婆婆 "
    "他们? 她 有人 歹徒 陌生人"
)
_ATTACKED = _one_of("家暴 绑架 强奸 性侵 猥亵 囚禁 拐卖 拐骗 非法拘禁 毒打 虐待 殴打 跟踪")
_NOT_ME = r"(?![们国的家军孩儿女妈爸老弟妹哥姐]|电话|手机)"
_EN_HARM = (
    r"(?:kill(?:ing)? myself|end(?:ing)? (?:my (?:own )?life|it all)|(?:hurt|harm)(?:ing)? myself|cut(?:ting)? myself"
    r"|tak(?:e|ing) my (?:own )?life|hang(?:ing)? myself|suicide)"
)
_EN_PEOPLE = (
    r"my (?:\w+ )?(?:friend|child|kid|son|daughter|husband|wife|boyfriend|girlfriend|brother|sister|mother|father|mom"
    r"|dad|stepfather|partner|classmate|boss|teacher)"
)

_WISH_TO_DIE = _any(
    rf"(?:{_I}|{_START}){_VERY}{_WANT}{_VERY}(?:{_HARM}|{_DIE})",  # 我真的很想死；我今晚要跳楼；好想一了百了
    rf"{_I}{_VERY}{_WANT}{_VERY}(?:{_PLACE}{_HARM}|从{_HIGH}[^。!?,]{{0,3}}跳(?![伞水绳舞远高箱]))",  # 我想在车里烧炭
    rf"{_I}{_WITHIN}{{0,8}}有{_WITHIN}{{0,6}}(?:自杀|轻生|自残|寻死|死)的?(?:念头|想法|冲动|打算|倾向|计划)",
    rf"(?:{_I}|{_START}){_VERY}{_TIRED_OF_LIFE}",
    rf"{_I}{_VERY}(?:自残|自杀|割腕|割了腕)(?:了|过|中|未遂){_STOP}",
    rf"{_I}{_VERY}[吃吞喝][了下]{_WITHIN}{{0,6}}(?:安眠药|农药|毒药|百草枯|老鼠药)",
    rf"{_I}{_VERY}站?在(?:楼顶|天台|桥上|窗台|阳台上?){_WITHIN}{{0,6}}[跳死]",
    rf"(?:{_START}|{_I}{_WITHIN}{{0,4}})(?:请问)?{_HOW}{_PAINLESS}?地?的?{_HARM}(?!的|身亡|成功)",  # 怎么自杀不痛苦
    rf"(?:{_START}|{_I}{_WITHIN}{{0,4}})(?:请问)?{_HOW}去?死[得的才会能]*(?:不|没有?|最|比较)[痛疼难快]",
    rf"{_PAINLESS}[的地]?(?:自杀(?!率)|死法|死亡方[式法]|去死)",
    rf"{_MY_PEOPLE}{_WITHIN}{{0,12}}(?:{_WANT}(?:{_HARM}|死)|想不开|不想活|活不下去)",
    rf"(?:{_START}|看[到见]|发现|遇到|碰到|这里|楼[上顶]|天台|桥上|旁边)有人(?:想|要|正要|正在|准备|扬言|闹着){_HARM}"
    r"(?:了|怎么办|快|[,。!?]|$)",
    rf"\bi(?:'m| am|'ve| have)?\b[^.?!]{{0,40}}\b{_EN_HARM}",
    r"\bi(?:'m| am|'ve been| have been| feel| am feeling|'m feeling) (?:\w+ )?suicidal\b",
    r"\bi (?:\w+ )?(?:want|wish|would like|am going|am ready|plan|am about) (?:to )?(?:i (?:was|were) )?"
    r"(?:die|dead|be dead)\b(?! for)",
    r"\bi (?:do not|don'?t|no longer) (?:want|wish) to (?:live|be alive|exist|go on|be here) ?(?:any ?more|$|[.,!?])",
    r"\bno reason (?:for me )?to (?:live|go on)\b|\bbetter off dead\b",
    r"\bi can'?t go on (?:living|any ?more|like this)\b",
    rf"\b(?:how|ways?) (?:can|do|should|to|could|would) (?:i )?{_EN_HARM}(?= |[.?!]|$)",
    rf"\b{_EN_PEOPLE}\b[^.?!]{{0,30}}\b(?:suicidal|wants? to die|kill(?:ing)? (?:him|her|them)self"
    r"|end (?:his|her|their) life)\b",
)
_DANGER = _any(
    rf"(?:{_I}|^\W*+){_VERY}(?:被|遭到?|遭受)(?:我?{_SOMEBODY})?{_ATTACKED}",  # 我被家暴了
    rf"(?:{_START}|我){_SOMEBODY}[^。!?,]{{0,6}}(?:打|{_ATTACKED})了?我{_NOT_ME}",  # 我老公天天打我
    rf"(?:{_START}|我){_SOMEBODY}[^。!?,]{{0,6}}(?:要|想|威胁)[^。!?,]{{0,3}}(?:杀|打死|砍死?|弄死|捅)[了掉死]?我{_NOT_ME}",
    rf"{_START}(?:快来?)?救命(?:[啊呀]|{_STOP})|{_START}(?:快来?|谁来?|求求你们?)?救救我(?!们)",
    r"\b(?:is|are|was) (?:trying|going|threatening) to (?:kill|hurt|rape) me\b|\bwants? to kill me\b",
    rf"\b{_EN_PEOPLE}\b[^.?!]{{0,20}}\b(?:hits?|beats?|abuses?|rapes?|raped|is (?:hitting|beating|abusing)) me\b",
    r"\bi(?:'m| am| was|'ve been| have been| just got| got) (?:\w+ )?"
    r"(?:raped|kidnapped|held captive|being (?:abused|beaten|raped|followed|stalked))\b",
    r"^\W*+(?:please )?(?:help me|save me|sos)\W*$|\bsomeone (?:please )?help me\b",
)
# What is asked of the law and of offices beside a danger is a question for the articles.
_OF_OFFICES = re.compile(
    _one_of(
        "申请 办理 材料 流程 手续 规定 条例 法律 法院 政策 条件 赔偿 补助 补贴 证明 起诉 离婚 鉴定 保护令 "
        r"\b(?:apply|law|legal|court|divorce|documents?|order)\b"
    )
)
# What these words say is no cry: removed before a cry is looked for, unless something beside them is one.
_NOTARY = (
    rf"(?={_WITHIN}*(?:遗嘱|公证|过户|继承|遗产|赠[与予送]))(?={_WITHIN}*(?:公证|办理|材料|流程|手续|登记|[税费]|律师|法院|有效|合法))"
    rf"(?={_WITHIN}*(?:怎(?!么办(?!理))|如何|哪|吗|多少|什么|能否|是否|可不可以))"
)
_PAY = "(?:工资|薪水|工钱|钱(?!包)|款(?!式)|抚养费|生活费)"
_HARMLESS = _any(
    rf"(?<!安乐)(?<!去)死之?前(?![天晚几年些夫妻女男任段面途后]){_NOTARY}",
    r"烧炭(?=烧烤(?!自|我)|烤[火肉串鱼]|做饭|煮|窑|取暖.*(?:安全|注意|允许|可以|防止|避免|不会.{0,5}(?:中毒|着火|危险)))",
    rf"上吊(?=(?:桥(?!上)|车(?![库祸里上内下])|脚楼|篮|塔|机){_WITHIN}*(?:票|景|玩|参观|[证考]|怎(?!么办)|哪|吗|多少))",
    r"(?:结束|了结)掉?我?(?:一切|自己)的?(?="
    r"(?:所有的?)?(?:社保|医保|(?:养老|医疗|社会|商业)?保险|公积金)的?(?:缴[费纳]|代缴|业务|手续|关系|账户)"
    r"|(?:缴费|业务|合同|手续|租约|租赁|经营(?!的?(?:一切|人生|生命))|个体户))",
    rf"[没不]打我(?:{_PAY}|卡[里上内号])",
    rf"打了?我(?:[低零高满]分(?!钟)|差评|小报告|官司|(?:{_PAY}|卡[里上内号]的?钱?)(?=[?少多错到怎为向该吗晚迟]))",
)
_TRADE_IS_SLOW = re.compile(
    _one_of("生意 公司 小店 门店 店铺 餐馆 饭店 订单 企业 工厂 房租")
    + r"[^。!?,我]{0,12}[,。]?[^。!?,我]{0,4}[撑熬]不下去(?!的)"
)
_RELIEF = _one_of("政策 补[贴助] 减免 [免减降]租 减税 纾困 扶持 缓缴")
_RELIEF_ASKED = _any(
    rf"(?:有没有|(?<!没)[有是]什么|(?<!没)有哪些|能不能|能否|可不可以|怎|如何|哪)[^。!?,]{{0,10}}{_RELIEF}",
    rf"{_RELIEF}[^。!?,]{{0,8}}(?:吗|怎(?!么办(?!理))|哪|如何|有没有)",
)
_DESPAIR = re.compile(
    _one_of(
        "死 自杀 自残 轻生 寻短 上吊 烧炭 割腕 服毒 一了百了 伤害 跳 活[够腻着不] 不想活 解脱 遗书 痛 疼 绝望 崩溃 "
        "抑郁 [好太]累 累了 没意[思义] 永别 告别 再见 留恋 后悔 不(?:再|想|会)?醒 醒不 睡过去 一觉 没人 发现 密[封闭] "
        "离开(?:这个|人世|世界) 安眠药 农药 今晚 今夜 马上 立刻 (?<!不)[才能会想](?:一氧化碳|煤气|co)?中毒 "
        "辞退 开除 裁员 失业 欠债 负债 逼债 催收 (?<![快要临])(?:倒闭|破产) 心理 压力 加班 上班 打工 请假 霸凌 领导 "
        "同事 打了?我(?!电话) 打人 揍 动手 威胁 杀 砍 救命 救救 家暴 骂 掐 刀 生无可恋 想不开 "
        "殴 跟踪 绑架 囚禁 强奸 性侵 猥亵 虐待 拐[卖骗] 最后 die kill dead suicid hurt harm beat live life "
        "can't rape help"
    )
)

# --- abuse

_ABUSE = _any(
    r"傻[逼比bx叉]|煞笔|[操草艹]你(?:妈|大爷|祖宗|娘|全家)|(?<!妈)[他你她]妈的|你妈(?:死|逼|比)|去死吧|狗娘养|王八蛋|龟孙子",
    r"婊子|贱人|贱货|滚(?:蛋|开吧|犊子|粗)|^滚[!吧。]*$|^放屁|(?<![a-z0-9])(?:cnm|nmsl|wcnm)(?![a-z0-9])",
    r"你们?[^。!?,]{0,4}(?<![a-z0-9])sb(?![a-z0-9])|^\W*sb\W*$",
    r"你们?(?:就|真|他妈|都|这个?|是不是|简直|真的)*是?(?:一?[个群帮堆种])?大?"
    + _one_of(
        "垃圾(?![分桶站处车箱袋费场]|[^。!?,]{0,8}(?:收(?![钱费礼红])|清[运理]|[倒扔投]放?)) "
        "废物(?![利回]) 白痴 蠢货 蠢猪 智障 脑残 弱智 混蛋 混账 狗东西 畜生 神经病 饭桶 人渣 傻瓜 "
        "笨蛋 猪头"
    ),
    r"\bf+u+c+k+(?:ing)? (?:you|off|u)\b|\b(?:bitch|asshole|motherfucker|dickhead|bastard)\b",
    r"\bscrew you\b|\bshut up\b|\bgo to hell\b",
    rf"\byou(?:'re| are)? {_EN_WORDS}"
    r"(?:idiot|stupid|moron|dumb|useless|garbage|trash|retard(?:ed)?|piece of (?:shit|crap))\b",
)
# Words of abuse that tell, in a question, of somebody's mother.
_MOTHER = _any(
    r"(?<![去操艹草日滚真这那都又就])[你他她]妈的(?=户口|身份证|名[下字]|房|工资|养老|退休|医保|社保|医疗|保险|账|银行|手机|电话|遗产|抚恤|丧葬|签证|护照)",
    r"你妈死(?=[了后亡]?[^。!?]{0,10}(?:抚恤|丧葬|遗产|继承|户口|养老|注销|房|证明|社保|医保))",
)

# --- off topic

_PLEASE = r"^\W*+(?:你好|您好|请|麻烦|可不可以|可以|能不能|能否|能|你|您|现在|帮|给|替|为|我|一下|来|[, ])*+"
_WORK = _one_of(
    "诗 诗歌 词 歌 歌词 小说 作文 散文 情书 故事 笑话 段子 代码 脚本 函数 剧本 论文 检讨书? 对联 春联 祝福语 "
    "祝词 贺词 文案 简历 "
    "辞职信 请假条 演讲稿 发言稿 邮件 周报 日报 读后感 日记 谜语 广告语? rap sql python java"
)
_PROGRAM = "(?:程序|app|网站)"  # offices have these too: an order says one, or of what kind
_OF_COMPUTERS = _one_of(
    r"排序 算法 爬虫 游戏 计算器 翻译 抢[票购红] 刷[票单课] 小(?=程序) python java html c语言 c\+\+"
)
_WRITE = (
    r"(?:写(?![字真生])|作(?=出?[一几两]?[首篇段副]|[诗词歌对])|编(?![外制办号码内委辑审排列入修])|创作|生成|续写|仿写)"
)
_SUM = r"[\d\s.+\-*/×÷^x%()加减乘除以]*"
_EN_PLEASE = r"^\W*+(?:please |can you |could you |will you |now )*"
_EN_ONE = rf"(?: me| us)? (?:an?|some|the|another)? ?{_EN_WORDS}"
_EN_WORK = r"(?:poem|haiku|song|lyrics|story|joke|essay|novel|resume|rap|sonnet|limerick)"
_OFF_TOPIC = _any(
    rf"{_PLEASE}{_WRITE}出?[一几两]?[首篇段封个部则副份条些点]?{_PLAIN}{{0,12}}的?{_PLAIN}{{0,8}}{_WORK}"
    rf"(?:吗|吧|呢|给我)?{_CLOSE}",  # 帮我写一首关于春天的诗
    rf"{_PLEASE}{_WRITE}出?(?:[一几两]?[个段套款](?!税|人|体|案){_PLAIN}{{0,12}}的?{_PLAIN}{{0,8}}"
    rf"|{_PLAIN}{{0,8}}{_OF_COMPUTERS}{_PLAIN}{{0,6}}的?)?{_PROGRAM}(?:吗|吧|呢|给我)?{_CLOSE}",
    rf"{_PLEASE}[讲说][一几]?[个则段]{_PLAIN}{{0,8}}(?:笑话|故事|段子)(?:吗|吧|给我听|听听|来听听)?{_CLOSE}",
    rf"^\W*+[请你]?(?:给我|帮我|能)?[唱来]一?首(?![都尔府钢付次批席套]){_PLAIN}{{0,8}}{_CLOSE}|^\W*+[请你]?陪我(?:聊|玩)",
    rf"{_PLEASE}[把将][^。]{{1,300}}(?:翻译|译)[成为到]{_PLAIN}{{1,12}}(?:[:].*)?{_CLOSE}",  # 把这句话翻译成英文：……
    rf"{_PLEASE}翻译(?:一下|下面|以下|这[句段篇]|成|:)",
    rf"{_EN_PLEASE}(?:translate|rewrite|paraphrase|proofread)\b",
    rf"{_EN_PLEASE}(?:write|compose|create|generate|make up){_EN_ONE}(?:{_EN_WORK}|(?<!health )(?<!qr )code"
    r"|program|script|function|email(?! address| account)|letter)s?\b(?!.*\b(?:articles?|alliance)\b)",
    rf"{_EN_PLEASE}(?:give|tell|sing){_EN_ONE}(?:{_EN_WORK}|(?:python|java(?:script)?|sql|html|bash|sorting) "
    r"(?:code|program|script|function))s?\b(?!.*\b(?:articles?|alliance)\b)",
    rf"^\W*+(?:请问|查一?下|告诉我|你知道)?[^。!?,\d]{{0,6}}"
    rf"{_one_of('今天 今晚 明天 后天 大后天 现在 此刻 这?周末? 本周 下周 未来几天')}"
    r"[^。!?,]{0,8}(?:天气(?:怎么样|如何|好吗|好不好|预报|情况)?|会?(?:下雨|下雪|刮风|有雨)[吗不]|气温|多少度|[热冷]不[热冷]|[热冷]吗)"
    rf"[呢啊吗呀]?{_CLOSE}",
    rf"^\W*+(?:查一?下|告诉我)?天气(?:怎么样|如何|预报)?{_CLOSE}",
    rf"^\W*+(?:请问|你知道|告诉我)?(?:现在|此刻)是?(?:几点|什么时间|什么时候)[钟了]*{_CLOSE}",
    rf"^\W*+(?:请问)?今天是?(?:几号|几月几[日号]|星期几|周几|礼拜几){_CLOSE}",
    r"^\W*+(?:(?:what|how)(?:'s| is) the weather(?! (?:bureau|station|service|office|warning|alert))"
    r"|will it (?:rain|snow))\b",
    r"^\W*+what(?:'s| is)? (?:(?:time|day) is it|day is today|the time|today's date|the date today)"
    r"(?: now| right now| today| there| in \w+(?: \w+)?)*\W*$",
    rf"^\W*+[请帮我你]*(?:计算|算算?|求)(?:一下)?[:\s]*[\d(][\d\s.,()]*[+\-*/×÷^x%加减乘除]{_SUM}(?:=|等于)?(?:几|多少)?{_CLOSE}",
    rf"^\W*+(?:请问)?\d[\d\s.()]*(?:[+*×÷^加减乘]|除以|[-/](?={_SUM}(?:=|等于))){_SUM}(?:=|等于|是)?(?:几|多少)?{_CLOSE}",
    r"^\W*+(?:calculate|compute|solve|what(?:'s| is))\s+[\d(][\d\s.+\-*/^()x]*[+\-*/^x][\d\s.+\-*/^()x=]*\W*$",
    rf"^\W*+[请你能帮给我]*推荐[一几两]?[下些个部只支家首款本点]?{_PLAIN}{{0,8}}"
    + _one_of("电影 电视剧 餐厅 饭店 美食 股票 基金 歌曲? 音乐 游戏 小说 彩票号?码? 手机 旅游景点")
    + rf"(?:吗|吧|给我)?{_CLOSE}",
)

# --- opinion

_YOU = r"(?<!如果)(?<!只要)(?<![当若让])[你您]"
_SERVICE = (
    r"(?:用|使用)?(?:微信|支付宝|银联|云闪付|现金|信用卡|刷卡|数字人民币)(?:支付|付款|付费|缴费|扫码|[和或、吗么?]|$)"
    r"|[^。!?,]{0,10}(?:支付|付款|缴费|结算|扫码|刷卡)[^。!?,]{0,4}(?:[吗么?]|$)"
    r"|[^。!?,]{0,10}(?:办理|通办|预约|邮寄|报销|查询|申请|申领|下载|打印|退款)(?:[吗么?]|$)"
)
_EN_SERVICE = (
    r"(?:\w+ ){0,3}(?:alipay|wechat|unionpay|apple pay|(?:credit|debit|bank|visa) cards?|"
    r"(?:card|cash|mobile|online) payments?|online (?:applications?|bookings?|registration|renewals?))\b"
)
_OPINION = _any(
    rf"{_YOU}(?:自己|本人|个人)?是?(?:怎么看|怎样看|如何看|怎么想|怎么评价|如何评价)",
    rf"{_YOU}(?:自己|本人|个人)?(?:是不是|会不会|是否|也|更)?(?:觉得|认为|反对|赞成|赞同|喜欢|讨厌|相信|希望|崇拜|站在|站哪"
    rf"|支持(?!{_SERVICE})|同意(?!才|后|就|书|方可|即可))",
    rf"{_YOU}对{_WITHIN}{{1,40}}(?:的|有什么|有何|怎么|如何|是什么)(?:看|观点|意见|态度|评价|立场|想)",
    rf"{_YOU}对{_WITHIN}{{1,30}}(?:满意|感兴趣|失望|有信心|有好感)[吗不么]",
    rf"{_YOU}的?(?:个人)?(?:政治)?(?:看法|观点|立场|态度)(?:是什么|是|呢)?{_CLOSE}",
    r"^\W*+[请你您帮给我能来]*(?:预测|猜|估计(?!一下[^。!?]*(?:(?<!举)办|申请|审批|审核|受理)[^。!?]*[多几要需]))一下",
    r"\bwhat(?:'s| is| are) your (?:own |personal |political )?"
    r"(?:opinion|view|thought|stance|position|take|prediction)s?\b",
    r"\bwhat do you (?:personally )?(?:think|believe|feel) (?:of|about|will|should)\b|\bin your (?:\w+ )?opinion\b",
    r"\bdo you (?:personally |really |also )?"
    rf"(?:support(?! {_EN_SERVICE})|agree|like|dislike|believe|think|prefer|trust|love|hate)\b",
    r"\bwho would you vote for\b|\bcan you predict\b|^\W*+(?:please )?predict\b",
    r"\bare you (?:for|against|pro|left|right|communist|democrat|republican|conservative|liberal)\b",
)

# --- about

_GREETING = _one_of(
    "你好 您好 大家好 早上好 上午好 中午好 下午好 晚上好 早安 晚安 嗨 哈喽 哈啰 喂 在吗 在不在 有人吗 谢谢 你 您 了 "
    "多谢 再见 拜拜 好的 "
    "hello hi hey good morning afternoon evening thanks? you bye goodbye ok test 测试 啊 呀 哦 呢"
)
_ABOUT = _any(
    rf"^\W*+(?:{_GREETING}\W*)+$",
    r"^\W*+(?:(?:你好|您好|hello|hi)\W*)?(?:请问)?[你您](?:到底|究竟|又|现在)?"
    + _one_of(
        "是谁 是什么 是[干做]什么的 叫什么(?:名字)? 是哪位 是真?人(?:工)?(?:客服|智能)? "
        "是不?是?一?个?(?:机器人|ai|真人|人工智能|人工客服|chatgpt|gpt|deepseek) 会做?(?:什么|些什么|干什么) "
        "能(?:帮我做|帮我|为我做|回答|做|干)?(?:什么|些什么|哪些问题|哪些事|啥|干嘛) "
        "可以(?:帮我做|回答|做|干)?(?:什么|些什么|哪些问题|啥) "
        "有(?:什么|哪些)功能 怎么用 如何使用 是谁(?:开发|做|制造|训练)的 (?:用的)?是什么大?模型 基于什么模型"
    )
    + rf"[吗呢啊呀]?{_CLOSE}",
    rf"^\W*请?(?:做个|来个|先)?(?:介绍一?下?[你您]自己|自我介绍)(?:一下)?吧?{_CLOSE}",
    r"^\W*+(?:怎么用|怎么使用|如何使用|使用说明|帮助|help)\W*$",
    r"^\W*+(?:(?:hello|hi|hey)\W+)?(?:who|what)(?:'s| is| are|'re) (?:you|your name)\W*$",
    r"^\W*+(?:(?:hello|hi|hey)\W+)?what can you (?:do|help|answer)(?: for me| me with| with)?\W*$",
    r"^\W*how (?:do|can) (?:you work|i use (?:this|you))\W*$|^\W*+(?:introduce|tell me about) yourself\W*$",
    r"^\W*are you (?:an? )?(?:\w+ )?(?:bot|robot|human|ai|person|machine|chatgpt|gpt)\W*$",
    r"^\W*+(?:who|which company) (?:made|built|created|developed|trained) you\W*$",
)

_SPACE = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_QUOTED = re.compile(r"《[^》]*》|“[^”]*”|「[^」]*」|\"[^\"]*\"")
_OF_ARTICLES = re.compile(r"文[中章里]|作者|报道|\b(?:articles?|authors?|reports?)\b")
_ASKS = re.compile(r"谁|什么|哪|多少|几|怎|如何|为何|吗|介绍|\b(?:what|who|when|where|which|how|why|does|did|is|are)\b")
_CLAUSE = re.compile(r"[^,。.!?;\n]+[,。.!?;\n]*")


def route(text: str) -> Route | None:
    """What kind of message `text` is, or None where it is a question for the articles."""
    said = _SPACE.sub("", fold(text))
    own = _QUOTED.sub(" ", said)
    if not _ASKS.search(own.replace("怎么办", "")):
        own = said  # what is quoted is no title or saying that is asked about
    heard = _without_harmless(own)
    if _WISH_TO_DIE.search(heard) or (_DANGER.search(heard) and not _OF_OFFICES.search(own)):
        return "crisis"
    if _ABOUT.search(said):
        return "about"
    addressed = _MOTHER.sub("", own) if _ASKS.search(own) else own
    if _ABUSE.search(addressed) and not _asks_beside(addressed, _ABUSE):
        return "abuse"
    if _OFF_TOPIC.search(own):
        return "off_topic"
    return "opinion" if _OPINION.search(own) and not _OF_ARTICLES.search(own) else None


def _without_harmless(folded: str) -> str:
    """`folded` without words that only sound like a cry; all of it where something else in it might be one."""
    calm = _HARMLESS.sub("", folded)
    if _DESPAIR.search(calm):
        return folded
    return _TRADE_IS_SLOW.sub("", calm) if _RELIEF_ASKED.search(calm) else calm


def _asks_beside(folded: str, pattern: re.Pattern[str]) -> bool:
    """Whether something is asked in what is left without the clauses that `pattern` matches."""
    return any(_ASKS.search(clause) for clause in _CLAUSE.findall(folded) if not pattern.search(clause))
