"""What a sentence says the other way round: with a negation that the evidence has not, without one that it has, or with
the opposite word.

Looks at the clause of the evidence that says most of the same. Knows nothing of numbers but the way they go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rag import quantities
from rag.support_binding import bearing
from rag.support_clauses import Clause, words_of
from rag.support_derived import is_derived, tells_derived
from rag.support_reading import Reading

LEAST_LEAD = 1.25
"""How many times more the clause of the other polarity has to tell than the best of the same."""
LEAST_LEAD_OVER_SAME = 2.5
"""The same over a clause that negates the very word."""
LEAST_BEARING = 1.0
"""Clauses that share less than this speak of different things: about one pair of characters that none other has."""
LEAST_CONTEXT = 0.5
"""How much of what they share has to be something else than what one of them negates."""
LEAST_ALIKE = 0.8
"""The share of a negated clause that a sentence without negation has to have to contradict it by itself."""
LEAST_ALIKE_PLAIN = 0.6
"""The share of a negated clause of the sentence that a plain one has to have to contradict it."""
LEAST_KNOWN = 3
"""How many of its words the evidence has to have for an English clause to be compared."""
LEAST_ENGLISH = 0.6
"""The share of an English clause's words that the clause has which it contradicts."""

NOT = re.compile(
    r"(?:没有|没能|尚未|从未|并未|并不|并非|暂不|暂未|暂缓|暂停|不得(?!超过|低于|少于|高于|多于|晚于|早于)|不能|不会|不可(?!或缺|缺|少|避)|不再|不予|不准|不许|无须|无需|禁止|严禁|取消|停止"
    r"|拒绝|否认|除外|排除|未(?!来|必|满|成年|婚)|不(?!满\d|管(?!用)|得(?:超过|低于|少于|高于|多于|晚于|早于)|[断仅同过久足只但论乏来必妨料惜愧锈少等低超变高]|限于|可或缺|动产)"
    r"|没(?!收)|无(?!故|人(?!员)|线|锡|论|障|偿|形|数|疑|限|缝|烟|纸)|非(?!常|法|洲|遗|物质|公有|首都|营利|但)|勿|莫(?=[入要用])|毋|免(?=[交缴收付除征予于]))"
)
_AUXILIARY = re.compile(r"^(?:向|有|能|会|再|曾|得|予|被|对|在|将|经|以|设|设有|可|允许|进行|得到|要|把|给|于|就)+")
_WEAK = re.compile(
    r"[免禁缺除拒失否难]|停[止办用业工运]|还在|仍在|仍(?![须需要可能会应])|尚|推迟|延[期后至迟]|待|[维保]持|照[旧样]|外[地省来]|扣"
)
_RUMOUR = re.compile(r"传[闻言]|[谣讹]|不实|误传|\bden(?:y|ied|ies)\b|\brumou?r")
_BUT_SOME = re.compile(
    r"如果|如若|若是|倘|凡|要是|只要|除非|其[余他它]|还有|[尚另]有|剩|余下|不到|不满|未满|没到|也[能可照]"
)
"""In a clause that speaks of some, or of a condition: it may deny of these what the evidence says of the others."""
_DONE = re.compile(r"(?:已经?|早已|业已)(?P<what>[\u3400-\u9fff]{2,5})")
_COMING = re.compile(
    r"^(?!.*(?:已|了)).*(?:将(?!近)|拟(?!定)|计划(?!明确|提出|单列)|预计|待(?!遇)|会(?=[在于])|准备|打算)"
)
_ORDER = re.compile(r"[先才]|[再方]|之?后")
_PAYS = re.compile(r"[交缴付纳收][\u3400-\u9fff]{1,6}")
_SCOPE = 4
_VERB = 3
"""How many characters behind a negation tell what it negates: the rest is of whom or what."""
_NOT_AND_VERB = re.compile(
    rf"(?:(?P<verb>暂缓|暂停|禁止|严禁|取消|停止|拒绝|否认|排除)|{NOT.pattern})[\u3400-\u9fff]{{0,5}}"
)
_ENGLISH_NOT = re.compile(
    r"\b(?:not|never|no|none|no longer|cannot|(?:ca|did|does|do|is|are|was|were|wo|has|have|had|would|could)n't|without"
    r"|nor|neither|rather than|instead of|failed to|fails to|refused to|declined to|unable to"
    r"|exclud\w+|cancel\w+|prohibit\w*|forbid\w*|ban|banned|except|den(?:y|ied|ies))\b"
)
_BEGINS = re.compile(rf"[\s但则均都也仍故便即就并且一律]*{NOT.pattern}")
_DENIES = re.compile(r"[免禁拒缺闭停止]|[始方]得|方[可能]|才[可能会]|只[有限能]|仅|否则|除非")
_HAN_NOT = re.compile(r"[不未没無无非否禁免拒失]|取消|停止|除外|暂缓")
_NOT_REALLY = re.compile(
    r"\b(?:not only|not just|not limited to|no (?:more|later|fewer|less|earlier) than"
    r"|not (?=(?:[a-z]+ ){1,4}(?:before|until)\b))"
)
_HALF_NOT = re.compile(
    r"\b(?:unless|until|only|first|rul\w+ out|le(?:ft|ave|aving) out|omit\w*|impossible|lack\w*|fail\w*|stop\w*|lost"
    r"|withdr\w+|remain\w*|still|stay\w*|keeps?|kept|unchanged|unaffected|avoid\w*|prevent\w*|refus\w*"
    r"|den(?:y|ies|ied)|exempt\w*|free|yet to|barr\w+|lowest|highest|apart from|other than|but the|neither|out of"
    r"|un(?!der|ion|it|til|ivers|ique|less|cle|animous|veil|fold|iform)[a-z]{4,})\b"
)
"""Words that deny something without a negation: a clause with one can say what a negated clause says."""
_ENGLISH_CLAUSE = re.compile(r"[,;:.](?=\s|$)|\b(?:but|because|while|although|and|which|who)\b")


def turned_round(said: Reading, held: Reading) -> list[str]:
    """The words with which `said` says the opposite of `held`."""
    if said.chinese != held.chinese:
        turned = _bare_negation(said, held) if held.chinese else []
    elif said.chinese:
        turned = [*_negated_alone(said, held), *_plain_alone(said, held)]
    else:
        turned = _english(said, held)
    return [*turned, *_done_already(said, held)]


def _bare_negation(said: Reading, held: Reading) -> list[str]:
    """The negation of an English sentence over a Chinese text that has none where it has the sentence's numbers."""
    found = _ENGLISH_NOT.search(_NOT_REALLY.sub("", said.text))
    if not found:
        return []
    told = {
        clause.sentence
        for number in said.numbers
        for other in held.numbers
        if quantities.says(other, number) and (clause := held.clauses.at(other.start))
    }
    told = told or {clause.sentence for clause in held.clauses.all}
    around = (clause.text for clause in held.clauses.all if clause.sentence in told)
    return [] if any(map(_HAN_NOT.search, around)) else [found.group()]


def _scopes(text: str) -> Iterator[tuple[str, str]]:
    """Each negation in a Chinese clause with what it negates."""
    for match in NOT.finditer(text):
        if (
            match.group() == "不"
            and text[max(0, match.start() - 1) : match.start()] == text[match.end() : match.end() + 1]
        ):
            continue  # `进不进` leaves it open
        rest = re.split(r"[,，。;；、：:]", text[match.end() :])[0]
        scope = _AUXILIARY.sub("", rest)[:_SCOPE]
        yield match.group(), scope


def _plain(text: str) -> frozenset[str]:
    """The words of a Chinese clause that no negation stands before."""
    return words_of(_NOT_AND_VERB.sub(lambda match: match["verb"] or " ", text))


def _pairs(scope: str) -> frozenset[str]:
    return frozenset(word for word in words_of(scope) if len(word) > 1)


def _negated_alone(said: Reading, held: Reading) -> list[str]:
    """What `said` negates and the clauses of `held` that say most of the same do not."""
    turned = []
    for clause in said.clauses.all:
        if tells_derived(said, clause, held) or _BUT_SOME.search(clause.text):
            continue
        for word, scope in _scopes(clause.text):
            wanted = _pairs(scope[:2])
            plain = [c for c in held.clauses.all if wanted & c.words and not _is_negative(c.text, scope)]
            negated = [c for c in held.clauses.all if _is_negative(c.text, scope)]
            same = [c for c in negated if any(wanted & _pairs(other) for _, other in _scopes(c.text))]
            lead = LEAST_LEAD_OVER_SAME if same else LEAST_LEAD
            against = best_bearing(said, clause, held, plain)
            if not any(_is_alike(clause, other) for other in plain):
                continue
            if against and against > lead * best_bearing(said, clause, held, same or negated):
                turned.append(word + scope[:2])
    return turned


def _is_alike(clause: Clause, other: Clause) -> bool:
    """Whether the plain `other` has most of what `clause` says besides its negation."""
    characters = {word for word in words_of(NOT.sub(" ", clause.text)) if len(word) == 1}
    return len(characters & other.words) >= LEAST_ALIKE_PLAIN * len(characters)


def _is_negative(text: str, scope: str) -> bool:
    """Whether a clause negates anything, be it in a word such as `免` that is not part of `scope`."""
    return any(found.group() not in scope for found in (*NOT.finditer(text), *_DENIES.finditer(text)))


def _plain_alone(said: Reading, held: Reading) -> list[str]:
    """What `held` negates where it says most of the same, and `said` does not."""
    turned = []
    negations = [(other, word, scope) for other in held.clauses.all for word, scope in _scopes(other.text)]
    scopes = [_pairs(scope) for _, _, scope in negations]
    is_reworded = any(
        not any(pairs & _pairs(scope) for pairs in scopes)
        for clause in said.clauses.all
        for _, scope in _scopes(clause.text)
    )
    denied = {
        place
        for clause in said.clauses.all
        for _, own in _scopes(clause.text)
        for place, pairs in enumerate(scopes)
        if pairs & _pairs(own)
    }
    for clause in said.clauses.all:
        free = []
        for word, scope in _scopes(clause.text):
            shared = [place for place, pairs in enumerate(scopes) if pairs & _pairs(scope)]
            free.append((word, shared))
        for place, (other, word, scope) in enumerate(negations):
            if (word == "免" and not _PAYS.search(clause.text)) or _is_told_of_both(place, scope, denied, held):
                continue
            if _ORDER.search(clause.text) and len(NOT.findall(other.text)) > 1:
                continue  # `先改善，才加价` is 未改善前不加价
            met = any((place in shared or not shared) and own not in scope for own, shared in free)
            if not met and _says_plainly(said, clause, held, other, scope, is_reworded=is_reworded):
                turned.append(scope[:2] or word)
    return turned


def _is_told_of_both(place: int, scope: str, denied: set[int], held: Reading) -> bool:
    """Whether both texts deny a thing of one and say it of another: words do not tell of which."""
    return place in denied and any(_pairs(scope) & _plain(clause.text) for clause in held.clauses.all)


def _says_plainly(
    said: Reading, clause: Clause, held: Reading, other: Clause, scope: str, *, is_reworded: bool
) -> bool:
    """Whether `clause` says of the same without the negation what `other` negates.

    Where `said` negates in other words, `is_reworded`, it has to be the very verb.
    """
    weak = _WEAK.search(clause.text)
    if (weak and weak.group() not in other.text) or _RUMOUR.search(clause.text):
        return False  # 仍在建设 is 尚未完工 in other words
    if _is_contained(said, other):
        return True
    wanted = _pairs(scope)
    shared = wanted & _plain(clause.text)
    if not shared or (not shared & _pairs(scope[:_VERB]) and is_reworded):
        return False
    is_most = 2 * len(shared) >= len(wanted)
    against = bearing(said.clauses, clause, held.clauses, _with_subject(held, other))
    alike = [c for c in held.clauses.all if (wanted & _plain(c.text) if is_most else not NOT.search(c.text))]
    negated = words_of(scope)
    is_bare = sum(len(word) > 1 for word in clause.words - negated) < LEAST_KNOWN  # `可以携带`
    of_the_same = is_bare or against - held.clauses.weigh(negated & clause.words) >= LEAST_CONTEXT
    return of_the_same and against >= LEAST_BEARING and against > LEAST_LEAD * best_bearing(said, clause, held, alike)


def _with_subject(held: Reading, clause: Clause) -> Clause:
    """`clause` with the one before it, of the same sentence, where it begins with its negation."""
    place = held.clauses.all.index(clause)
    before = held.clauses.all[place - 1] if place else None
    if before is None or before.sentence != clause.sentence or not _BEGINS.match(clause.text):
        return clause
    return replace(clause, start=before.start, text=before.text + clause.text, words=before.words | clause.words)


def _is_contained(said: Reading, other: Clause) -> bool:
    """Whether a whole negated clause stands in `said`, which negates nothing."""
    if NOT.search(said.text):
        return False
    characters = {word for word in words_of(NOT.sub(" ", other.text)) if len(word) == 1}
    shared = sum(character in said.text for character in characters)
    return len(characters) >= 4 and shared >= LEAST_ALIKE * len(characters)


def best_bearing(said: Reading, clause: Clause, held: Reading, others: list[Clause]) -> float:
    return max((bearing(said.clauses, clause, held.clauses, other) for other in others), default=0.0)


def _english(said: Reading, held: Reading) -> list[str]:
    """The negation, or the lack of one, in which a clause of `said` differs from the one that says most of the same."""
    others = list(_with_sentences(held.text)) if said.text else []
    found = (
        _denied_by(clause, held, others)
        for clause in _english_clauses(said.text)
        if not any(is_derived(said, number, held) for number in said.numbers if number.text in clause)
    )
    return [negation for negation in found if negation]


def _denied_by(clause: str, held: Reading, others: list[tuple[str, frozenset[str]]]) -> str:
    """The negation that only one of `clause` and the one of `others` has that says most of the same."""
    words = frozenset(word for word in words_of(_ENGLISH_NOT.sub(" ", clause)) if held.clauses.weight(word))
    negation = negation_of(clause)
    if negation == "except":
        return ""

    def told(other: str, around: frozenset[str]) -> float:
        shared = words & words_of(other)
        return held.clauses.weigh(shared) + 0.5 * held.clauses.weigh((words & around) - shared)

    alike = [(other, around) for other, around in others if bool(negation_of(other)) == bool(negation)]
    for other, around in others:
        denial = negation_of(other)
        if bool(denial) == bool(negation):
            continue
        half = _HALF_NOT.search(other if negation else clause)
        if half and half.group() not in (clause if negation else other):
            continue
        shared = words & words_of(other)
        negated = _negated(clause) or _negated(other)
        if len(words) >= LEAST_KNOWN and len(shared) >= LEAST_ENGLISH * len(words):
            against, same = held.clauses.weigh(shared), [told(*one) for one in alike]
        elif len(words) >= 2 and negated in shared and len(words & around) >= LEAST_ALIKE * len(words):
            against, same = told(other, around), [told(*one) for one in alike if negated in words_of(one[0])]
        else:
            continue
        is_denied_too = negation and any(negated in words_of(one) for one, _ in alike)
        if against > (LEAST_LEAD_OVER_SAME if is_denied_too else LEAST_LEAD) * max(same, default=0.0):
            return negation or denial
    return ""


def _negated(clause: str) -> str:
    """The word that an English clause negates, in the form of `words_of`; empty where there is none."""
    found = _ENGLISH_NOT.search(_NOT_REALLY.sub("", clause))
    behind = re.findall(r"[a-z]{3,}", clause[found.end() :]) if found else []
    return next((word[:4] for word in behind if words_of(word)), "")


def _with_sentences(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each English clause with the words of its sentence."""
    for sentence in re.split(r"[.!?](?=\s|$)|\n", text):
        around = words_of(sentence)
        for clause in _english_clauses(sentence):
            yield clause, around


def _english_clauses(text: str) -> list[str]:
    return [clause for clause in _ENGLISH_CLAUSE.split(text) if clause.strip()]


def negation_of(clause: str) -> str:
    found = _ENGLISH_NOT.search(_NOT_REALLY.sub("", clause))
    return found.group() if found else ""


def _done_already(said: Reading, held: Reading) -> Iterator[str]:
    """What `said` tells as done, `已经公布`, and `held` only as still to come: `将于8月公布`."""
    for done in _DONE.finditer(said.text):
        for word in sorted(_pairs(done["what"]), key=done["what"].find):
            clauses = [clause.text for clause in held.clauses.all if word in clause.text]
            if clauses and all(_COMING.search(text[: text.find(word)]) for text in clauses):
                yield done.group()
            if clauses:
                break
