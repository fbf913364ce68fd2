"""A run as one HTML file to read: how good, by kind, and each wrong case as a story. Asks nothing of the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import cast

from eval.cases import Case
from eval.running import Outcome
from eval.summary import GROUPS
from rag.prompts import label
from rag.records import Citation, Hit

_STYLE = Path(__file__).parent / "report.css"
_HITS = 8
_SNIPPET = 160

MEANINGS = {
    "recall@1": "needed articles found first 首位命中",
    "recall@5": "needed articles among the first 5 前五命中",
    "recall@10": "needed articles among the first 10 前十命中",
    "mrr@10": "one over the rank of the first needed article",
    "ndcg@10": "needed articles weighed by rank",
    "fact_recall": "expected facts in the answer 要点覆盖",
    "right": "right answers 回答正确",
    "citation_precision": "cited articles that are needed 引用准确",
    "citation_recall": "needed articles that are cited 引用完整",
    "quote_equals_source": "quotes that equal the article, character by character 引文一致",
    "refused_unanswerable": "questions without an answer that were refused 应拒已拒",
    "false_refusal": "answerable questions that were refused (low is good) 误拒",
}
"""What each measure counts, for the reader."""

_CHECKS = {
    "facts": "a fact is missing 缺少要点",
    "citations": "a needed article is not cited 缺少引用",
    "forbidden": "something forbidden is in the answer 出现禁止内容",
    "refusal": "answered, or refused, where it should not 拒答判断有误",
}


def report(name: str, summary: Mapping[str, object], outcomes: Sequence[Outcome], *, when: datetime) -> str:
    """The HTML of the run `name`."""
    wrong = [outcome for outcome in outcomes if outcome.right is False]
    right = [outcome for outcome in outcomes if outcome.right]
    title = f"Evaluation 评测报告: {name}"
    label_text = " / ".join(label("ai_label", language) for language in ("zh-Hans", "en"))
    parts = [
        f"<h1>{_safe(title)}</h1>",
        f'<p class="dim">{len(outcomes)} questions 题 · {when:%Y-%m-%d %H:%M} · {_latency(summary)}</p>',
        f'<p class="ai">{_safe(label_text)}</p>',
        "<h2>How good 总体</h2>",
        _measures(summary),
        "<h2>By kind 分类</h2>",
        _kinds(cast(Mapping[str, Mapping[str, object]], summary["by_kind"])),
        *([f"<h2>Wrong answers 错误回答 ({len(wrong)})</h2>", *map(_story, wrong)] if wrong else []),
        *([_rights(right)] if right else []),
    ]
    style = _STYLE.read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="zh-Hans"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_safe(title)}</title><style>{style}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _safe(text: object) -> str:
    """`text` for HTML; control characters and lone surrogates as escapes, so that any browser reads the file."""
    shown = (c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in str(text))
    return escape("".join(shown))


def _share(group: object, name: str) -> tuple[float | None, str]:
    found = cast(Mapping[str, Mapping[str, float | None]], group)[name]
    value = found["value"]
    return value, "–" if value is None else f"{value:.3f}"


def _latency(summary: Mapping[str, object]) -> str:
    latency = cast(Mapping[str, float | None], summary["latency_ms"])
    return f"p50 {latency['p50']} ms · p95 {latency['p95']} ms"


def _measures(summary: Mapping[str, object]) -> str:
    rows = []
    for group, names in GROUPS.items():
        for name in names:
            value, shown = _share(summary[group], name)
            if value is None:
                continue
            found = cast(Mapping[str, Mapping[str, float]], summary[group])[name]
            rows.append(
                f'<tr><th scope="row">{name}</th><td class="number">{shown}</td>'
                f'<td class="number dim">{found["low"]:.3f} – {found["high"]:.3f}</td>'
                f'<td><meter min="0" max="1" value="{value}">{shown}</meter></td><td>{_safe(MEANINGS.get(name, ""))}</td></tr>'
            )
    head = "<tr><th>measure</th><th>value</th><th>95 % interval</th><th></th><th>what it counts</th></tr>"
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table></div>'


_KIND_COLUMNS = (
    ("answers", "right"),
    ("retrieval", "recall@5"),
    ("answers", "fact_recall"),
    ("answers", "citation_precision"),
    ("refusal", "refused_unanswerable"),
    ("refusal", "false_refusal"),
)


def _kinds(by_kind: Mapping[str, Mapping[str, object]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("kind", "n", *(name for _, name in _KIND_COLUMNS)))
    rows = []
    for kind, part in by_kind.items():
        cells = "".join(f'<td class="number">{_share(part[group], name)[1]}</td>' for group, name in _KIND_COLUMNS)
        rows.append(f'<tr><th scope="row">{_safe(kind)}</th><td>{part["n"]}</td>{cells}</tr>')
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _story(outcome: Outcome) -> str:
    case, answer = outcome.case, outcome.answer
    failed = [_CHECKS[check] for check in outcome.score.failed] if outcome.score else []
    told = [("question 问题", _question(case)), ("expected 应答", _expected(case))]
    if answer:
        told.append(("answer 回答", f'<p class="dim">{_safe(answer.status)}</p>{_safe(answer.text)}'))
        told.append(("quotes 引文", "".join(map(_quote, answer.citations)) or "–"))
        told.append(("found 检索", _found(answer.hits, case)))
    told.append(("failed 未过", f'<span class="bad">{_safe("; ".join(failed) or outcome.error or "")}</span>'))
    if outcome.score and outcome.score.missing:
        told.append(("missing 缺少", _safe("; ".join(outcome.score.missing))))
    if outcome.error:
        told.append(("error 故障", _safe(outcome.error)))
    rows = "".join(f"<dt>{name}</dt><dd>{body}</dd>" for name, body in told)
    heading = f'{_safe(case.id)} <span class="dim">{_safe(case.kind)}</span>'
    return f"<article><h3>{heading}</h3><dl>{rows}</dl></article>"


def _question(case: Case) -> str:
    before = "".join(f'<p class="dim">{turn.role}: {_safe(turn.content)}</p>' for turn in case.history)
    return f"{before}<strong>{_safe(case.question)}</strong>"


def _expected(case: Case) -> str:
    if case.refuse:
        return "a refusal: the articles do not say this 应拒答"
    lines = [_safe(case.answer)] if case.answer else []
    lines += [_safe(" | ".join(fact)) for fact in case.facts]
    if case.articles:
        joint = " / " if case.articles_mode == "any" else " + "
        lines.append(f'<span class="dim">{_safe(joint.join(case.articles))}</span>')
    lines += [f"<blockquote>{_safe(piece.quote)}</blockquote>" for piece in case.evidence]
    return "\n".join(lines) or "an answer 应回答"


def _quote(citation: Citation) -> str:
    about = " · ".join(str(x) for x in (citation.title, citation.source, citation.published, citation.article_id) if x)
    quoted = f"[{citation.number}] {_safe(citation.quote)}"
    return f'<blockquote>{quoted}<br><span class="dim">{_safe(about)}</span></blockquote>'


def _found(hits: Iterable[Hit], case: Case) -> str:
    rows = []
    for hit in list(hits)[:_HITS]:
        needed = ' <span class="good">needed</span>' if hit.article.id in case.articles else ""
        text = hit.passage.text if len(hit.passage.text) <= _SNIPPET else hit.passage.text[:_SNIPPET] + "…"
        rows.append(
            f'<li>{_safe(hit.article.id)} ({hit.score:.3f}){needed} <span class="dim">{_safe(text)}</span></li>'
        )
    return f"<ol>{''.join(rows)}</ol>" if rows else "nothing"


def _rights(outcomes: Sequence[Outcome]) -> str:
    rows = "".join(
        f"<tr><td>{_safe(o.case.id)}</td><td>{_safe(o.case.kind)}</td><td>{_safe(o.case.question)}</td>"
        f"<td>{_safe(o.answer.status if o.answer else '')}</td></tr>"
        for o in outcomes
    )
    head = "<tr><th>id</th><th>kind</th><th>question</th><th>status</th></tr>"
    return (
        f"<details><summary>Right answers 正确回答 ({len(outcomes)})</summary>"
        f'<div class="scroll"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div></details>'
    )
