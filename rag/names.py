"""The names in a sentence that its evidence has to hold: Latin names, places, organisations, persons.

Finds them by their form and the words around them; knows no list of the people or bodies in any article. A place or
an abbreviation that is written differently in the other language counts as held when the other spelling is there.
"""

from __future__ import annotations

import re
from functools import cache

from corpus.fold import fold, simplify
from rag.language import is_english

# English spellings before the colon, what Chinese texts write after it.
_SAME_PLACES = """
beijing:北京 shanghai:上海 tianjin:天津 chongqing:重庆 hebei:河北 shanxi:山西 liaoning:辽宁 jilin:吉林
heilongjiang:黑龙江 jiangsu:江苏 zhejiang:浙江 anhui:安徽 fujian:福建 jiangxi:江西 shandong:山东 henan:河南
hubei:湖北 hunan:湖南 guangdong:广东 hainan:海南 sichuan:四川 guizhou:贵州 yunnan:云南 shaanxi:陕西 gansu:甘肃
qinghai:青海 taiwan:台湾 guangxi:广西 tibet|xizang:西藏 ningxia:宁夏 xinjiang:新疆 inner_mongolia:内蒙古
hong_kong|hk:香港|港 macao|macau:澳门 suzhou:苏州 hangzhou:杭州 nanjing:南京 wuxi:无锡 ningbo:宁波 hefei:合肥
wuhu:芜湖 xuancheng:宣城 jiaxing:嘉兴 jinhua:金华 huzhou:湖州 wenzhou:温州 shaoxing:绍兴 songjiang:松江
pudong:浦东 guangzhou:广州 shenzhen:深圳 dongguan:东莞 zhuhai:珠海 foshan:佛山 wuhan:武汉 changsha:长沙
chengdu:成都 xi'an:西安 zhengzhou:郑州 jinan:济南 qingdao:青岛 dalian:大连 shenyang:沈阳 harbin:哈尔滨
changchun:长春 xiamen:厦门 fuzhou:福州 nanchang:南昌 kunming:昆明 guiyang:贵阳 nanning:南宁 haikou:海口
sanya:三亚 lanzhou:兰州 urumqi:乌鲁木齐 lhasa:拉萨 hohhot:呼和浩特 taiyuan:太原 shijiazhuang:石家庄
xiong'an:雄安 taipei:台北 kaohsiung:高雄 yangtze:长江|长三角
united_states|u.s.|us|usa|america:美国|美方|中美|美元 united_kingdom|u.k.|uk|britain:英国|英方|中英
germany:德国|中德 france:法国|中法 russia:俄罗斯|俄方|中俄 japan:日本|中日|日方 south_korea:韩国|中韩
north_korea:朝鲜 india:印度|中印 indonesia:印度尼西亚|印尼 malaysia:马来西亚 singapore:新加坡 thailand:泰国
vietnam:越南 philippines:菲律宾 australia:澳大利亚 canada:加拿大 brazil:巴西 mexico:墨西哥 italy:意大利
spain:西班牙 ukraine:乌克兰 israel:以色列 iran:伊朗 iraq:伊拉克 saudi_arabia:沙特 egypt:埃及 south_africa:南非
turkey|türkiye:土耳其 pakistan:巴基斯坦 kazakhstan:哈萨克斯坦 mongolia:蒙古 switzerland:瑞士 netherlands:荷兰
sweden:瑞典 poland:波兰 greece:希腊 cuba:古巴 london:伦敦 paris:巴黎 tokyo:东京 new_york:纽约 washington:华盛顿
moscow:莫斯科 berlin:柏林 seoul:首尔 eu:欧盟|欧洲联盟 un:联合国
"""
_SAME_SHORT = """
gdp:国内生产总值|生产总值 ai:人工智能|智能
wto:世贸|世界贸易组织 imf:国际货币基金组织 who:世卫|世界卫生组织 covid-19|covid:新冠 r&d:研发|研究
sme|smes:中小企业 ev|evs|nev|nevs:电动|新能源 cpi:消费价格 ppi:出厂价格 pmi:采购经理 fdi:外资|外商|外国直接投资
ict|it:信息 prc:中国|中华人民共和国|我国 cpc:中共|共产党 npc:全国人大|人民代表大会 cppcc:政协 rmb|cny:人民币|元
usd:美元 ceo:首席执行官|总裁 cfo:首席财务官 ipo:上市|首次公开 ndrc:发改委|发展改革委|发展和改革委
miit:工信部|工业和信息化部 pboc:人民银行|央行 csrc:证监会 soe|soes:国企|国有企业|央企 rcep:区域全面经济伙伴
asean:东盟 apec:亚太经合 brics:金砖 bri:一带一路 g7:七国集团 g20:二十国集团 hksar|sar:特区|特别行政区
ciie:进博会|进口博览会 yrd:长三角 gba:大湾区 ppp:政府和社会资本 phd:博士 mba:工商管理 pm:下午 am:上午 tv:电视
teu|teus:标箱|标准箱 pc:电脑 app:应用 esg:环境、社会|环境社会
"""
_BESIDE_NUMBERS = ("上午", "下午", "美元", "人民币")
"""Words of which the numbers beside them tell whether they are held."""
_FUNCTION = frozenset(
    "该这此各全有关等的家两三几本其上述另多某个所大是为和与在对向由将被从到及或据于让给同以及我你他她它们并也都就还"
)
_BODY = re.compile(
    r"([\u4e00-\u9fff]{2})(?:[子分母总]?公司|集团|银行|大学|学院|医院|委员会|研究院|研究所|协会|学会|商会|联盟|联合会|基金会|办公室"
    r"|办公厅|交易所|法院|检察院|日报|晚报|通讯社|电视台|部(?![分门署队件长位落])|局(?![面部势长限])|厅(?!长)|政府"
    r"|市(?![场民值委长政区府])|省(?![份委长级内])|县(?![委长级域])|自治区|机场|车站|论坛|指数)"
)
SURNAME = (
    "(?:欧阳|上官|司马|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|[王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢"
    "宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程"
    "苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃"
    "武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂"
    "章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单裴霍涂成苗谷曲盛冉翁蓝路游辛靳管柴蒙鲍华"
    "喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵"
    "洪骆阎占揭练纽屠邸荆阙萧锺苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟])"
)
ROLE = (
    "主席|总书记|书记|总理|部长|省长|市长|县长|区长|局长|厅长|处长|司长|主任|院长|校长|会长|理事长|董事长"
    "|署长|馆长|组长|队长|团长|站长|所长|社长|台长|行长|镇长|乡长|村长|议长|科长|厂长|店长|首席|总监|总统|首相|议员"
    "|董事|监事|工程师|会计师|经济师|规划师|建筑师|设计师|指挥家|指挥|画家|作家|歌手|演员|教练|法官|检察官|船长|机长"
    "|总裁|总经理|经理|教授|研究员|院士"
    "|记者|发言人|代表|委员|秘书长|副主席|律师|医生|专家|首席执行官|创始人|负责人|先生|女士|同志|同学|老"
    "师|司令|大使|作者|编辑|导演|船长"
)
_SAYS = (
    "说|表示|指出|称(?!为)|介绍|强调|透露|认为|告诉|坦言|回应|解释|补充|提醒|呼吁|重申|警告|坦承|表态|证实|否认|要求|批评|质疑|建议|承诺|主张|反对|提出|直言|感谢|出席|主持|宣布|担任|当选|获得|率"
    "|在(?=.{0,12}(?:说|表示|指出|介绍|强调))"
)
_PERSON = re.compile(
    rf"(?:(?:{ROLE})(?P<after>{SURNAME}[\u4e00-\u9fff]{{1,2}}?)(?=[,，。、:：\"“\s]|{_SAYS}|$|等|和|与|的|于|向|对|为))"
    rf"|(?:(?:^|[,，。、:：\s])(?P<before>{SURNAME}[\u4e00-\u9fff]{{1,2}}?)(?={_SAYS}|{ROLE}))"
)
_OPENS = re.compile(rf"{SURNAME}[\u4e00-\u9fff]{{1,2}}(?=在|是|的|说|对|做|曾|从|跟|和|什么|哪|怎|何|现)")
_LATIN = re.compile(r"(?<![A-Za-z0-9])(?:[A-Za-z][A-Za-z0-9]*|\d+[A-Za-z][A-Za-z0-9]*)(?:[-.&+/'’][A-Za-z0-9]+)*")
_HAN = re.compile(r"[\u3400-\u9fff]")
_GLOSS = re.compile(r"\s*[(（]([\u3400-\u9fff·]+)[)）]")


@cache
def _tables() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    to_han: dict[str, tuple[str, ...]] = {}
    to_latin: dict[str, tuple[str, ...]] = {}
    for entry in (_SAME_PLACES + _SAME_SHORT).split():
        latin, _, han = entry.partition(":")
        spellings = tuple(word.replace("_", " ") for word in latin.split("|"))
        for spelling in spellings:
            to_han[spelling] = tuple(han.split("|"))
        first = han.split("|")[0]
        if len(first) >= 2 and first not in _BESIDE_NUMBERS:
            to_latin[first] = (*spellings, *han.split("|"))
    return to_han, to_latin


@cache
def _in_chinese() -> dict[str, tuple[str, ...]]:
    to_han, _ = _tables()
    spelled = "|".join(entry.partition(":")[0] for entry in _SAME_PLACES.split()).replace("_", " ")
    return {name: tuple(way for way in to_han[name] if len(way) > 1) for name in spelled.split("|")}


def in_chinese(place: str) -> tuple[str, ...]:
    """What Chinese texts write for a well-known place or union of states in English, in lower case; none if unknown."""
    return _in_chinese().get(place, ())


@cache
def _places() -> tuple[re.Pattern[str], re.Pattern[str]]:
    to_han, to_latin = _tables()
    longest = sorted(to_latin, key=len, reverse=True)
    words = sorted((w for w in to_han if " " in w or len(w) > 4), key=len, reverse=True)
    return re.compile("|".join(longest)), re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + r")\b")


def look_up(sentence: str, evidence: str) -> dict[str, bool]:
    """Each name in `sentence`, folded, and whether `evidence` (folded) holds it.

    `sentence` keeps its case: capitals tell names. In English over a Chinese text only abbreviations, names with
    digits and well-known places can be looked up; the others are passed over.
    """
    text = simplify(sentence)
    folded = fold(text)
    english = is_english(text)
    return {
        **_look_up_latin(text, evidence, english=english),
        **_look_up_places(folded, evidence),
        **({} if english else _look_up_bodies(folded, evidence)),
    }


def persons(text: str) -> list[str]:
    """The persons that Simplified `text` names by a word for what they do or before one for speaking, in order."""
    found = [match["after"] or match["before"] for match in _PERSON.finditer(text)]
    return list(dict.fromkeys(found))


def opens_with_person(text: str) -> bool:
    """Whether Simplified `text` begins with what is likely a person's name."""
    return bool(_OPENS.match(text))


def places(text: str) -> list[str]:
    """The well-known places in Simplified `text`, in order."""
    return [match.group() for match in _places()[0].finditer(text)]


def bodies(text: str) -> list[str]:
    """The organisations in folded `text`, each by the two characters before what it is: 石化 in 石化公司."""
    return [match[1] for match in _BODY.finditer(text) if match[1][0] not in _FUNCTION]


def _look_up_latin(text: str, evidence: str, *, english: bool) -> dict[str, bool]:
    chinese_evidence = bool(_HAN.search(evidence))
    found = {}
    for match in _LATIN.finditer(text):
        token = re.sub(r"['’]s$", "", match.group())
        capitals = sum(c.isupper() for c in token)
        strong = any(c.isdigit() for c in token) or capitals >= 2
        if english and not (strong or (capitals and not chinese_evidence and not _begins(text, match.start()))):
            continue
        if text[match.end() : match.end() + 1] == "$":
            continue  # `HK$`
        if len(token) >= 2 and not token.lower().startswith(("mid-", "pre-", "non-")):
            gloss = _GLOSS.match(text, match.end())
            found[fold(token)] = _holds_latin(token, evidence) or bool(gloss and gloss[1] in evidence)
    return found


def _holds_latin(token: str, evidence: str) -> bool:
    to_han, _ = _tables()
    name = fold(token)
    if _has_word(evidence, name):
        return True
    pieces = [p for p in re.split(r"[-/&+]", token) if sum(map(str.isupper, p)) >= 2 or re.search(r"\d", p)]
    if pieces and pieces != [token] and all(_holds_latin(piece, evidence) for piece in pieces):
        return True
    return any(word in evidence for word in to_han.get(name) or to_han.get(name.rstrip("s")) or ())


def _begins(text: str, place: int) -> bool:
    return not text[:place].strip(" \"'“‘([-*") or text[:place].rstrip()[-1:] in ".:!?"


def _has_word(evidence: str, name: str) -> bool:
    bare = name[:-1] if name.endswith("s") and len(name) > 3 else name
    return any(
        re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", evidence)
        for word in {name, bare, name.replace(".", "")}
    )


def _look_up_places(folded: str, evidence: str) -> dict[str, bool]:
    to_han, to_latin = _tables()
    han, latin = _places()
    return {
        **{name: any(word in evidence for word in to_latin[name]) for name in han.findall(folded)},
        **{name: name in evidence or any(word in evidence for word in to_han[name]) for name in latin.findall(folded)},
    }


def _look_up_bodies(folded: str, evidence: str) -> dict[str, bool]:
    bodies = {m.group(): m.group(1) in evidence for m in _BODY.finditer(folded) if not _FUNCTION & set(m.group(1))}
    persons = [match["after"] or match["before"] for match in _PERSON.finditer(folded)]
    return bodies | {name: name in evidence for name in persons}
