"""The writer that needs no model: it answers with the articles' own sentences, quoted and cited.

It picks the sentences that answer, says which article and date each comes from, and says plainly when the articles
come near without saying what was asked, or do not hold it at all. It cannot invent anything.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from corpus.fold import fold
from corpus.passages import Span, sentences
from corpus.records import Article
from rag.asking import Asked, Kind, asked
from rag.certainty import features, rank, ranked_evidence, rule
from rag.citations import cite, on_one_line
from rag.enumerations import NTH, counted_off, item_at
from rag.evidence import TIMES, Evidence, terms
from rag.explained import explained, in_full
from rag.fitting import fitting
from rag.lists import end_of_list, is_heading, line_end, start_of_list, under_numbered_heading
from rag.mismatch import tells_of_other
from rag.model_text import plain_words
from rag.parts import in_a_row, parts
from rag.prompts import reply
from rag.records import Answer, Citation, Hit, Language, Question, Status
from rag.several import newest_first, others
from rag.short_answer import short_answer
from rag.standalone import standalone

# A sentence that opens like this is understood only with the one before it.
_LEANS = re.compile(
    r"^(?:其中|同时|同時|此外|另外|对此|對此|为此|為此|因此|他|她|它|该|該|这|這|此|双方|雙方|两者|兩者|前者|后者|後者|据悉|报告显示|報告顯示)"
)
_QUOTATION_MARKS = (("“", "”"), ("「", "」"), ("『", "』"))
_TELEPHONE = re.compile(r"\d(?:[\s\-.()]{0,2}\d){6}")
_SAYS = re.compile(r"说|說|表示|指出|称|稱|介绍|介紹|强调|強調|透露|认为|認為|提到|告诉|告訴|建议|建議")
_ASKS_LIST = re.compile(r"条件|材料|对象|情形|范围|流程|步骤|程序|手续|证件|要求|资料")
_ASKS_HOW_LONG = re.compile(r"多久|多长")
_TOLD_APART = re.compile(r"^(?:第|\d{4}年)")
_MOST_CHARS = 300  # of a quote that takes in the sentence before
_MOST_QUOTES = 3  # for one part of a question
_MOST_NEAR = 2  # where none answers
_MARGIN = 1.5  # how far in rank behind the best sentence another one may be to be quoted too
_NAMES_MORE = 0.3  # of the question's words, that a sentence holds beside those quoted
_SAME_TOPIC = 0.25  # from this share of the question's words on, an article is near enough to be offered


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What the articles hold for one part of a question."""

    part: str
    status: Status
    evidence: tuple[Evidence, ...]
    differ: bool = False
    """Articles give different numbers or dates."""


class QuoteWriter:
    """Answers by quoting."""

    name = "quote"

    def standalone(self, question: Question) -> str:
        """The question with what it leans on put in, by rule."""
        return standalone(question)

    def standing_alone(self, question: Question) -> Generator[str]:
        """The same, at once."""
        yield standalone(question)

    def stream(self, question: str, hits: tuple[Hit, ...], language: Language) -> Iterator[Answer]:
        """The one, final answer to `question` out of `hits`."""
        yield self.write(question, hits, language)

    def tokens(self, answer: Answer) -> int:
        """None: no model reads or writes."""
        return 0

    def write(self, question: str, hits: tuple[Hit, ...], language: Language) -> Answer:
        """The answer to `question` out of `hits`, which come best first."""
        found = [self.find(part, [hit for hit in hits if hit.query in ("", part)]) for part in parts(question)]
        status = _together([f.status for f in found])
        if status in (Status.NO_PASSAGES, Status.CANNOT_ANSWER):
            return Answer(
                text=declined(status, hits, language), status=status, language=language, writer=self.name, hits=hits
            )
        text, citations = _quoted(question, found, status, language)
        return Answer(text=text, status=status, language=language, writer=self.name, citations=citations, hits=hits)

    def find(self, part: str, hits: Sequence[Hit]) -> Found:
        """The sentences of `hits` that answer `part`, best first; the newest first where articles differ."""
        question = asked(part)
        ranked = ranked_evidence(question, hits)
        if not ranked or _says_only_when(question) or _is_one_unknown_word(question, ranked):
            return Found(part=part, status=Status.NO_PASSAGES, evidence=())
        best = ranked[0]
        if _tells_of_other(best, question):  # another sentence may tell of what is asked
            best = next((each for each in ranked if _status(each, question) is Status.ANSWERED), best)
        is_foreign = all(each.foreign for each in ranked)
        status = Status.CANNOT_ANSWER if is_foreign else _status(best, question)
        if status in (Status.NO_PASSAGES, Status.CANNOT_ANSWER):
            return Found(part=part, status=status, evidence=())
        floor = rank(best, question) - _MARGIN
        within = itertools.takewhile(lambda e: rank(e, question) >= floor, ranked)
        rivals = (e for e in within if e is not best)
        if status is not Status.ANSWERED:
            near = (e for e in rivals if _status(e, question) in (Status.PARTIAL, Status.ANSWERED))
            near = (e for e in near if fold(e.text) != fold(best.text))  # who copies says nothing more
            return Found(part=part, status=status, evidence=(best, *itertools.islice(near, _MOST_NEAR - 1)))
        same = (e for e in rivals if e.article.id == best.article.id and _status(e, question) is Status.ANSWERED)
        quoted = (best, *itertools.islice(same, _MOST_QUOTES - 1))
        quoted = (*quoted, *_naming(quoted, [e for e in ranked if rank(e, question) >= floor - _MARGIN]))
        more = others(quoted, ranked, question, answers=lambda e: _status(e, question) is Status.ANSWERED)
        every = (*quoted, *more.evidence)
        states = question.kind in (Kind.WHO, Kind.WHERE)  # of who and where it is, the newest article is asked
        return Found(
            part=part,
            status=status,
            evidence=tuple(newest_first(every)) if more.differ or (states and more.evidence) else every,
            differ=more.differ,
        )


def _naming(quoted: Sequence[Evidence], ranked: Sequence[Evidence]) -> Iterator[Evidence]:
    """The best sentence of the same article that names what is asked about, where none that is `quoted` does."""
    most = max(each.held for each in quoted)
    same = (each for each in ranked if each.article.id == quoted[0].article.id)
    yield from itertools.islice((each for each in same if each.held >= most + _NAMES_MORE), 1)


def _status(best: Evidence, question: Asked) -> Status:
    learned = rule(best, question)
    certainty = learned.certainty(features(best, question))
    if certainty >= learned.answered and not best.contradicts and not _tells_of_other(best, question):
        return Status.ANSWERED
    if certainty >= learned.near:
        return Status.PARTIAL
    return Status.CANNOT_ANSWER if best.topic >= _SAME_TOPIC or question.english else Status.NO_PASSAGES


def _tells_of_other(evidence: Evidence, question: Asked) -> bool:
    article, span = evidence.article, _readable(evidence, question)
    quote = article.text[span.start : span.end]
    return tells_of_other(question, evidence.text, quote, published=article.published)


def _says_only_when(question: Asked) -> bool:
    """Whether it is `今年` and no more: whatever was written that year would seem to answer."""
    return bool(question.runs) and all(term in TIMES for run in question.runs for term in terms(run))


def _is_one_unknown_word(question: Asked, ranked: Sequence[Evidence]) -> bool:
    """Whether it is one English word that no text holds: to a model every text is about as near to `asdfgh`."""
    one = question.english and len(re.findall(r"[^\W\d_]+", question.text)) <= 1
    return one and not any(each.held for each in ranked)


def _together(statuses: Sequence[Status]) -> Status:
    if all(status is Status.ANSWERED for status in statuses):
        return Status.ANSWERED
    if any(status in (Status.ANSWERED, Status.PARTIAL) for status in statuses):
        return Status.PARTIAL
    return Status.CANNOT_ANSWER if Status.CANNOT_ANSWER in statuses else Status.NO_PASSAGES


def declined(status: Status, hits: Sequence[Hit], language: Language) -> str:
    """The reply for a question that `hits` do not answer, naming the nearest articles."""
    names = list(dict.fromkeys(_name(hit.article, language) for hit in hits))[:3]
    if status is Status.NO_PASSAGES or not names:
        return reply("no_passages", language)
    return (
        reply("cannot_answer", language)
        + "\n"
        + reply("nearest", language, names=reply("between_names", language).join(names))
    )


def _quoted(
    asked_as: str, found: Sequence[Found], status: Status, language: Language
) -> tuple[str, tuple[Citation, ...]]:
    """The text and its citations: what came of the question `asked_as`, then for each article a line that names it
    and its quotes in the article's order."""
    stretches: dict[str, list[tuple[Hit, Span]]] = {}
    asked_when: set[str] = set()
    for part in found:
        question = asked(part.part)
        for evidence in part.evidence:
            if _asks_when(question):
                asked_when.add(evidence.article.id)
            of_article = stretches.setdefault(evidence.article.id, [])
            of_article += [(evidence.hit, span) for span in _stretches(evidence, question)]
    lines: list[str] = []
    citations: list[Citation] = []
    for quotes in stretches.values():
        article = quotes[0][0].article
        cited = [cite(hit, s.start, s.end, n) for n, (hit, s) in enumerate(_joined(quotes), len(citations) + 1)]
        citations += cited
        when = article.id in asked_when
        lines.append(_lead(article, explained(cited, article, language, asks_when=when), language))
        for citation in cited:
            lines.append(reply("quote", language, quote=on_one_line(citation.quote), number=citation.number))
    if status is Status.PARTIAL:
        opening = [_partial(asked_as, found, language)]
    else:
        opening = _in_short(found, citations, language)
    opening += [reply("differ", language)] if any(part.differ for part in found) else []
    return "\n".join([*opening, *lines]), tuple(citations)


def _partial(question: str, found: Sequence[Found], language: Language) -> str:
    """The line that says that not all of `question` is answered; of several in a row, which of them are not."""
    unanswered = [str(number) for number, part in enumerate(found, 1) if part.status is not Status.ANSWERED]
    if len(found) != len(in_a_row(question)) or len(unanswered) == len(found):
        return reply("partial", language)
    return reply("partial_of", language, numbers=reply("between_names", language).join(unanswered))


def _in_short(found: Sequence[Found], citations: Sequence[Citation], language: Language) -> list[str]:
    """For each part a line with the few words that answer it; none where of any part they do not stand out."""
    lines = []
    for part in found:
        evidence, question = part.evidence[0], asked(part.part)
        span = None if part.differ or _is_told_elsewhere(part.evidence, question) else short_answer(evidence, question)
        if span is None:
            return []
        words = on_one_line(evidence.article.text[span.start : span.end])
        of_article = (c for c in citations if c.article_id == evidence.article.id)
        number = next(c.number for c in of_article if c.start <= span.start < c.end)
        time = in_full(span, evidence.article, language) if _asks_when(question) else None
        lines.append(reply("short_dated" if time else "short", language, answer=words, time=time, number=number))
    return lines


def _asks_when(question: Asked) -> bool:
    return question.kind is Kind.WHEN and not _ASKS_HOW_LONG.search(question.text)


def _is_told_elsewhere(quoted: Sequence[Evidence], question: Asked) -> bool:
    """Whether another of the `quoted` sentences may hold the answer as well as the best: it names the year or the
    edition that is asked about, which the best does not, or another number of what is counted."""
    best, *rest = (fold(each.text) for each in quoted)
    named = [given for given in question.givens if _TOLD_APART.search(given) and given not in best]
    if any(given in other for given in named for other in rest):
        return True
    if question.kind is not Kind.NUMBER or not question.measure:
        return False
    numbers = set(fitting(question, best))
    rivals = (each for each, text in zip(quoted[1:], rest, strict=True) if set(fitting(question, text)) - numbers)
    return any(each.held >= quoted[0].held for each in rivals)


def _joined(quotes: Sequence[tuple[Hit, Span]]) -> list[tuple[Hit, Span]]:
    """`quotes` of one article in its order, those that touch or overlap made one."""
    found: list[tuple[Hit, Span]] = []
    for hit, span in sorted(quotes, key=lambda quote: quote[1].start):
        last = found[-1][1] if found else None
        if last and not hit.article.text[last.end : span.start].strip(" \u3000"):
            found[-1] = (found[-1][0], Span(last.start, max(last.end, span.end)))
        else:
            found.append((hit, span))
    return found


def _stretches(evidence: Evidence, question: Asked) -> list[Span]:
    """What is quoted for the sentence of `evidence`: where what it counts off is asked for, each item of that."""
    nth = NTH.search(question.text)
    asks_all = question.kind is Kind.LIST or bool(_ASKS_LIST.search(question.text))
    if not evidence.entry and (nth or asks_all or question.kind is Kind.OTHER):
        opens, *items = counted_off(evidence.article.text, evidence.span) or (evidence.span,)
        if nth and (item := item_at(evidence.article.text, items, nth["number"])):
            return [opens, item, _readable(evidence, question)]
        if items and (asks_all or opens.start == evidence.span.start):
            return [opens, *items, _readable(evidence, question)]
    return [_readable(evidence, question)]


def _readable(evidence: Evidence, question: Asked) -> Span:
    """The sentence, with what it cannot be understood without: who speaks, what it leans on, the list that it opens."""
    text, span = evidence.article.text, evidence.span
    start, end = span.start, span.end
    if entry := evidence.entry:  # the question that it answers, and the whole answer where it is short enough
        opening = entry.question.start
        if stop := next((stop for stop in (entry.end, end) if stop - opening <= _MOST_CHARS), None):
            return Span(opening, stop)
    line = text.rfind("\n", 0, start) + 1
    before = sentences(text, line, start)
    if before and end - before[-1].start <= _MOST_CHARS:
        says = question.kind is Kind.WHO and not _SAYS.search(text[start:end])
        if _LEANS.match(text[start:end]) or (says and _SAYS.search(text[before[-1].start : before[-1].end])):
            start = before[-1].start
    opening = start_of_list(text, start)
    if opening < start:  # an item by itself says nothing of what it is an item of
        lists = question.kind is Kind.LIST or _ASKS_LIST.search(question.text)
        whole = end_of_list(text, line_end(text, opening))
        if lists or whole - opening <= _MOST_CHARS:
            return Span(opening, whole)
        if end - opening <= _MOST_CHARS:
            return Span(opening, end)
    if is_heading(text, start):
        return Span(start, end_of_list(text, line_end(text, start)))
    if under := under_numbered_heading(text, start):
        told = (s.end for s in sentences(text, under.start, under.end) if s.end - start <= _MOST_CHARS)
        return Span(start, max(told, default=end))
    if text[start:end].rstrip().endswith(("：", ":")):
        return Span(start, end_of_list(text, end))
    following = sentences(text, end, line_end(text, end))
    if following and following[0].end - start <= _MOST_CHARS and _carries_on(text[following[0].start :], question):
        end = following[0].end
    return _with_whole_quotations(text, Span(start, end))


def _with_whole_quotations(text: str, span: Span) -> Span:
    """`span` with the sentences before and after it in which a quotation opens or closes that it has a part of."""
    start, end = span.start, span.end
    words = text[start:end]
    for opens, closes in _QUOTATION_MARKS:
        if -1 < words.find(closes) < (words.find(opens) + 1 or len(words)):
            earlier = sentences(text, text.rfind("\n", 0, span.start) + 1, span.start)
            places = (s.start for s in reversed(earlier) if text.rfind(opens, s.start, s.end) >= 0)
            start = min(start, next(places, start))
        if words.rfind(opens) > words.rfind(closes):
            later = sentences(text, span.end, line_end(text, span.end))
            end = max(end, next((s.end for s in later if text.find(closes, s.start, s.end) >= 0), end))
    return Span(start, end) if end - start <= _MOST_CHARS else span


def _carries_on(sentence: str, question: Asked) -> bool:
    """Whether `sentence` goes on about the question's subject: it opens with a pronoun or the subject's short name."""
    if question.kind not in (Kind.OTHER, Kind.LIST):
        return False
    opening = fold(sentence[:12])
    return bool(_LEANS.match(sentence)) or any(opening.startswith(run[-2:]) for run in question.runs if len(run) >= 4)


def _lead(article: Article, explained_words: Sequence[str], language: Language) -> str:
    published = article.published.isoformat() if article.published else None
    about = reply("comma", language).join(filter(None, (_publisher(article), published, *explained_words)))
    return reply("lead_dated" if about else "lead", language, name=_name(article, language), about=about)


def _publisher(article: Article) -> str | None:
    """Who published the article, without markup and addresses. What holds a telephone number is no publisher's name."""
    name = plain_words(article.source or "")
    return None if not name or _TELEPHONE.search(fold(name)) else name


def _name(article: Article, language: Language) -> str:
    # Whoever writes an article names it too, and here its name is not told apart from our own words.
    if title := plain_words(article.title or ""):
        return reply("titled", language, title=title)
    opening = sentences(article.text, 0, 200)
    first = article.text[opening[0].start : opening[0].end] if opening else article.id
    return reply("untitled", language, opening=first[:24])
