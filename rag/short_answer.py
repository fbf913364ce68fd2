"""The answer in a few words, where a reader found it in the sentence that is quoted. Always the article's own words."""

from __future__ import annotations

import re

from corpus.fold import fold, fold_with_offsets
from corpus.passages import Span
from rag.asking import Asked, Kind
from rag.dates import days
from rag.evidence import Evidence
from rag.fitting import fits
from rag.quantities import quantities

SURE = 0.5
"""From this probability on, a few words are put before the quote. Below, the quote speaks for itself."""
RELEVANT = 0.0
"""From this relevance on, a logit, the text counts as one that answers: where it does not, sure words are less often
right."""
_MOST_CHARS = 60
_SEVERAL = re.compile(r"分别|各(?:是|有|在|自|占|为|由)|\b(?:both|each|respectively)\b")
_DENIES = re.compile(
    r"(?:不(?:再|用|必|会|是|能够?|可以?|得|宜|准|许|予|允许|应当?|须|需要?|要)?"
    r"|(?:尚|并|从|还)?未[能曾经]?|(?<![淹埋出沉])没有?|无[需须法]?|并非|(?<![东西南北是])非"
    r"|(?:避|减|豁)免|(?<![罢任难赦])免|勿|禁止|取消|暂停|停止|除了"
    r"|(?<![解消拆清扣排废删切去撤铲根破剔驱免开剪])除)$"
)
"""What before some words says that they do not hold."""
_BOUNDS_BEFORE = re.compile(
    r"(?:差不多|[不没][超低少高多大小][过于出]?|不[足到满]|超[过出]?|大约"
    r"|(?<![节预签合公契履违邀])约为?|(?<![附最临邻靠亲])将?近|接近|逾"
    r"|(?<![胜担肩抱自])负|零下|第|最[多少高低]|至[多少]|[高低少多大小]于"
    r"|(?:下[降跌滑调]|减少|降低|回落|亏损)了?|人民币)$"
)
_MINUS = re.compile(r"(?<![a-z\d%])-$")
_MAY_BE_BELOW_ZERO = re.compile(r"(?:度|℃|°c|%)$")  # elsewhere it is a dash: 票价-35元
_BOUNDS_BEHIND = re.compile(
    r"及?以[上下内外后前]|之[内外前后]|左右|上下"
    r"|前(?![\d一二三四五六七八九十首期往来景沿])|后(?![勤台续备面期来])|起(?![步点草诉来码])"
)
"""What beside a number or a date says that it is another one."""
_ARTICLE_OF_LAW = re.compile(r"第[一二三四五六七八九十百\d]+[条章节款项]")
_ASKS_WHICH = re.compile(r"哪一?[条章节款项]")
_EXCEPTS = re.compile(r"除了?$")
_EXCEPTED = re.compile(r"[以之]?外")
_TO = re.compile(r"\s*(?:开始|起)?\s*[-—–~至到]\s*(?:[次翌同当]年)?\s*")
_BEHIND_A_TIME = re.compile(r"(?<=[日月号])[在于於将將由]$")
_THAT_DAY = re.compile(r"[当同近次翌即某][天日年月晚](?:[早晚]|上午|下午)?|日前|近期|目前|此前|随后")
"""A time that only says which by what stands before it."""
_EDGES = " \t\r\n\u3000，,。、；;：:！!？?"
_PAIRS = ("《》", "〈〉", "“”", "‘’", "「」", "『』", "（）", "()", "【】")


def likeliest(evidence: Evidence) -> Span | None:
    """Where the reader saw the answer in the sentence of `evidence`, however sure it was; None where it saw none."""
    reading = evidence.reading
    if reading is None or reading.answer is None:
        return None
    start, end = reading.answer
    if not evidence.span.start <= start < end <= evidence.span.end:
        return None
    words = evidence.article.text[start:end]
    single = _EDGES + "".join(mark for pair in _PAIRS for mark in pair if not set(pair) <= set(words))
    start += len(words) - len(words.lstrip(single))
    end = start + len(_BEHIND_A_TIME.sub("", words.strip(single)))
    return Span(start, end) if start < end else None


def short_answer(evidence: Evidence, question: Asked) -> Span | None:
    """The few words of the sentence of `evidence` that answer `question`; None where they do not stand out.

    A number, a date, a company or the like that is asked for must be in them. Where several things are asked for there
    are none: the reader tells one stretch, which would pass for all of them. To English questions there are none
    either: it has learned from few of them, and is right about half of the time.
    """
    if question.english or question.kind is Kind.LIST or _SEVERAL.search(question.text):
        return None
    span = likeliest(evidence)
    reading = evidence.reading
    if span is None or reading is None or reading.sureness < SURE or reading.relevance < RELEVANT:
        return None
    span = _whole(evidence, span)
    if span.end - span.start > min(_MOST_CHARS, (evidence.span.end - evidence.span.start) / 2):
        return None
    words = fold(evidence.article.text[span.start : span.end])
    if question.kind is Kind.WHEN and _THAT_DAY.fullmatch(words):
        return None
    if _ARTICLE_OF_LAW.fullmatch(words) and not _ASKS_WHICH.search(question.text):
        return None
    return span if fits(question, words) else None


def _whole(evidence: Evidence, span: Span) -> Span:
    """`span` with the rest of the numbers and dates that it has a part of, and with what turns or bounds its words."""
    begin = evidence.span.start
    folded = fold_with_offsets(evidence.text)
    places = [place for place, offset in enumerate(folded.offsets[:-1]) if span.start <= begin + offset < span.end]
    if not places:
        return span
    first, last = places[0], places[-1] + 1
    opens, closes = False, False  # with a number or a date
    numbers = [(each.start, each.end) for each in quantities(folded.text)]
    told = sorted(numbers + [(each.start, each.end) for each in days(folded.text)])
    for start, end in told:
        if start < last and (first < end or _TO.fullmatch(folded.text, end, first)):
            first, opens = min(first, start), opens or start <= first
    for start, end in told:
        if first < end and (start < last or _TO.fullmatch(folded.text, last, start)):
            last, closes = max(last, end), closes or end >= last
    if closes and (behind := _BOUNDS_BEHIND.match(folded.text, last)):
        last = behind.end()
    minus = _MINUS if _MAY_BE_BELOW_ZERO.search(folded.text[first:last]) else _BOUNDS_BEFORE
    if opens and (bounds := minus.search(folded.text[:first]) or _BOUNDS_BEFORE.search(folded.text[:first])):
        first = bounds.start()
    if denies := _DENIES.search(folded.text[:first]):
        first = denies.start()
        if _EXCEPTS.search(denies.group()) and (outside := _EXCEPTED.match(folded.text, last)):
            last = outside.end()
    return Span(*(begin + place for place in folded.span(first, last)))
