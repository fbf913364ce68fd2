"""Each wrong answer as a story: what was asked, expected, answered, quoted and found, and where it broke."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from corpus.records import Article
from eval.lines import digest
from eval.report_cases import DEPTH, Line, cause_of, needed_place
from eval.words import both, in_both, known, safe

Find = Callable[[str], Article | None]
"""The article of an id, or None."""

_HITS = 6
_SNIPPET = 160
_ANSWER = 1500
_QUOTE = 400
_LISTED = 12


def story(line: Line, find: Find, verdicts: Mapping[str, Any] | None = None) -> str:
    """The HTML of one wrong answer. `verdicts` are those of the judge, where there are any."""
    told = [("asked", _question(line)), ("expected", _expected(line))]
    if "answer" in line:
        told.append(("answered", _answer(line)))
        told.append(("quotes", "".join(map(_quote, list(line.get("citations") or ())[:_LISTED])) or both("no_quotes")))
    told.append(("found", _found(line, find)))
    told.append(("failed", _failed(line)))
    if verdicts:
        told.append(("judge_says", _verdicts(verdicts)))
    if line.get("error"):
        told.append(("error", f'<span class="bad">{safe(_cut(str(line["error"]), _QUOTE))}</span>'))
    rows = "".join(f"<dt>{both(name)}</dt><dd>{body}</dd>" for name, body in told)
    cause = f'<span class="cause">{both(f"cause_{cause_of(line)}")}</span>'
    kind = f'<span class="dim">{safe(line.get("kind") or "")}</span>'
    return f"<article><h3>{safe(line['id'])} {kind} {cause}</h3><dl>{rows}</dl></article>"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _question(line: Line) -> str:
    turns = list(line.get("history") or ())[-4:]
    before = "".join(f'<p class="dim">{safe(t["role"])}: {safe(_cut(t["content"], _QUOTE))}</p>' for t in turns)
    standalone = line.get("standalone")
    alone = ""
    if standalone and standalone != line["question"]:
        alone = f'<p class="dim">{both("asked_alone")}: {safe(_cut(standalone, _QUOTE))}</p>'
    return f"{before}<strong>{safe(_cut(str(line['question']), _ANSWER))}</strong>{alone}"


def _expected(line: Line) -> str:
    expected = line.get("expected") or {}
    if expected.get("refuse"):
        return both("expected_refusal")
    missing = set(line.get("missing") or ())
    facts = [
        f"<li>{_mark(fact[0] not in missing)} {safe(_cut(' | '.join(fact), _QUOTE))}</li>"
        for fact in list(expected.get("facts") or ())[:_LISTED]
    ]
    parts = [f"<p>{safe(_cut(expected['answer'], _QUOTE))}</p>"] if expected.get("answer") else []
    parts += [f'<ul class="facts">{"".join(facts)}</ul>'] if facts else []
    parts += [
        f"<blockquote>{safe(_cut(e['quote'], _QUOTE))}</blockquote>" for e in list(expected.get("evidence") or ())[:4]
    ]
    if articles := list(expected.get("articles") or ()):
        some = f" ({both('any_of')})" if expected.get("articles_mode") == "any" and len(articles) > 1 else ""
        shown = ", ".join(map(str, articles[:_LISTED])) + (" …" if len(articles) > _LISTED else "")
        parts.append(f'<p class="dim">{both("needed")}: {safe(shown)}{some}</p>')
    return "".join(parts) or both("expected_answer")


def _mark(there: bool) -> str:
    word, shown = ("said", "✓") if there else ("missing", "✗")
    return f'<span class="{"good" if there else "bad"}">{shown} {both(word)}</span>'


def _answer(line: Line) -> str:
    text = safe(_cut(str(line["answer"]), _ANSWER)) or both("no_answer")
    return f'<p class="dim"><code>{safe(line.get("status"))}</code></p>{text}'


def _quote(citation: Mapping[str, Any]) -> str:
    about = " · ".join(str(citation[x]) for x in ("title", "source", "published", "article_id") if citation.get(x))
    quote = f"[{safe(citation['number'])}] {safe(_cut(str(citation['quote']), _QUOTE))}"
    return f'<blockquote>{quote}<br><span class="dim">{safe(about)}</span></blockquote>'


def _found(line: Line, find: Find) -> str:
    needed = set((line.get("expected") or {}).get("articles") or ())
    rows = [_hit(hit, str(hit["article_id"]) in needed, find) for hit in list(line.get("hits") or ())[:_HITS]]
    if not rows:  # only retrieval was run, or nothing is known of the passages
        rows = [f"<li>{safe(id)}{_needed(id in needed)}</li>" for id in list(line.get("ranking") or ())[:_HITS]]
    place = needed_place(line)
    standing = ""
    if place is not None:
        words = both("place_first", place=place) if place else both("place_none", depth=DEPTH)
        standing = f'<p class="{"dim" if place else "bad"}">{words}</p>'
    return (f"<ol>{''.join(rows)}</ol>" if rows else both("found_nothing")) + standing


def _hit(hit: Mapping[str, Any], needed: bool, find: Find) -> str:
    snippet = ""
    article = find(str(hit["article_id"])) if "start" in hit else None
    if article and digest(article.text[hit["start"] : hit["end"]]) == hit.get("digest"):
        snippet = f' <span class="dim">{safe(_cut(article.text[hit["start"] : hit["end"]], _SNIPPET))}</span>'
    score = hit.get("score")
    shown = f" ({score:.3f})" if isinstance(score, int | float) else ""
    return f"<li>{safe(hit['article_id'])}{shown}{_needed(needed)}{snippet}</li>"


def _needed(needed: bool) -> str:
    return f' <span class="good">{both("needed")}</span>' if needed else ""


def _failed(line: Line) -> str:
    failed: Sequence[str] = line.get("failed") or ()
    named = [both(f"check_{check}") if known(f"check_{check}") else safe(check) for check in failed]
    return f'<span class="bad">{"<br>".join(named)}</span>' if named else "–"


def _verdicts(verdicts: Mapping[str, Any]) -> str:
    rows = []
    for claim in list(verdicts.get("claims") or ())[:_LISTED]:
        rows.append(
            f"<li>{safe(_cut(str(claim.get('claim')), _QUOTE))}: {safe(claim.get('in_quotes'))}, "
            f"{safe(claim.get('agrees'))} <span class='dim'>{safe(_cut(str(claim.get('reason')), _QUOTE))}</span></li>"
        )
    return f"<ul>{''.join(rows)}</ul>" if rows else safe(verdicts.get("reason") or "–")


def label_of(name: str) -> str:
    """The words of a measure in both languages; its name where there are none."""
    return both(name) if known(name) else safe(name)


def plain_label(name: str, language: str) -> str:
    """The words of a measure in one language."""
    return in_both(name)[0 if language == "zh" else 1] if known(name) else name
