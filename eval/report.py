"""A run as one HTML file to read and to print: how good, whether it got worse, where it fails, and each wrong answer
that is worth reading as a story. It asks nothing of the network and runs no script.

Both languages are in it; what its reader chooses is shown. Its size is bounded, however many questions were asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from eval import report_numbers as numbers
from eval.report_cases import MOST_RIGHTS, Gathered, Line, gather
from eval.report_numbers import Earlier, Summary
from eval.report_stories import Find, story
from eval.words import both, in_both, known, safe
from rag.prompts import label

_STYLE = Path(__file__).parent / "report.css"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_MOST_PROBLEMS = 50


def report(
    name: str,
    summary: Summary,
    lines: Iterable[Line],
    *,
    when: datetime,
    find: Find = lambda _: None,
    earlier: Earlier | None = None,
    verdicts: Mapping[str, Mapping[str, Any]] | None = None,
) -> str:
    """The HTML of the run `name`. `find` gives articles, to show what was found; `verdicts` are a judge's, by id."""
    worse = {str(after["id"]) for _, after in earlier.comparison.worse} if earlier else set()
    gathered = gather(lines, first=worse)
    sections = [
        ("", numbers.verdict(summary, gathered, earlier) + numbers.tiles(summary, earlier)),
        (both("comparison", name=earlier.name) if earlier else "", numbers.compared(earlier) if earlier else ""),
        (both("plots"), numbers.figures(summary, gathered)),
        (both("measures"), numbers.all_measures(summary)),
        (both("by_kind"), numbers.parts(summary, "by_kind", "kind")),
        (both("by_language"), numbers.parts(summary, "by_language", "lang")),
        ("", _folded("by_article", numbers.parts(summary, "by_article", "article"))),
        (both("stages"), numbers.stages(summary)),
        (both("judged"), numbers.judged(summary["judged"]) if summary.get("judged") else ""),
        _stories(gathered, find, verdicts or {}),
        ("", _rights(gathered) + _problems(summary) + _how_to_read()),
    ]
    body = "".join(
        f"<section>{f'<h2>{heading}</h2>' if heading else ''}{content}</section>"
        for heading, content in sections
        if content
    )
    titles = " · ".join(in_both("title", name=name))
    return (
        '<!doctype html>\n<html lang="zh-Hans"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{safe(titles)}</title><style>{_STYLE.read_text(encoding='utf-8')}</style></head>\n<body>\n"
        f"{_head(name, summary, gathered, when)}<main>{body}</main>\n</body></html>\n"
    )


def _head(name: str, summary: Summary, gathered: Gathered, when: datetime) -> str:
    run = summary.get("run") or {}
    about = [both("facts_line", n=f"{gathered.n:,}", when=f"{when:%Y-%m-%d %H:%M}")]
    if system := run.get("system"):
        about.append(_of("system", "system", f"system_{system}", str(system)))
    if writer := (run.get("settings") or {}).get("chat_model") or ("quote" if system == "ours" else ""):
        about.append(_of("writer", "writer", f"writer_{writer}", str(writer)))
    if index := run.get("index"):
        about.append(both("index", index=str(index)[:12]))
    marked = " / ".join(label("ai_label", language) for language in ("zh-Hans", "en"))
    chips = "".join(f"<li>{each}</li>" for each in about)
    return (
        "<header>"
        f'<fieldset class="languages"><legend>{both("language")}</legend>'
        '<input type="radio" name="language" id="in-zh" checked><label for="in-zh" lang="zh-Hans">中文</label>'
        '<input type="radio" name="language" id="in-en"><label for="in-en" lang="en">English</label></fieldset>'
        f'<h1>{both("title", name=name)}</h1><ul class="about">{chips}</ul><p class="ai">{safe(marked)}</p></header>'
    )


def _of(name: str, key: str, word: str, otherwise: str) -> str:
    """The words `name` around the words `word`, where there are such, or around `otherwise`."""
    chinese, english = in_both(word) if known(word) else (otherwise, otherwise)
    around = in_both(name, **{key: "\0"})
    said = [text.replace("\0", inside) for text, inside in zip(around, (chinese, english), strict=True)]
    return f'<span class="zh" lang="zh-Hans">{safe(said[0])}</span><span class="en" lang="en">{safe(said[1])}</span>'


def _folded(name: str, content: str) -> str:
    return f"<details><summary>{both(name)}</summary>{content}</details>" if content else ""


def _stories(gathered: Gathered, find: Find, verdicts: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    if not gathered.worst:
        return "", ""
    told = "".join(story(line, find, verdicts.get(str(line["id"]))) for line in gathered.worst)
    heading = both("worst", shown=len(gathered.worst), n=f"{gathered.wrong:,}")
    return heading, f"<p class='dim'>{both('worst_note')}</p>{told}"


def _rights(gathered: Gathered) -> str:
    if not gathered.rights:
        return ""
    rows = [
        [f"<code>{safe(each.id)}</code>", safe(each.kind), safe(each.question), safe(each.status)]
        for each in gathered.rights
    ]
    cut = f"<p class='dim'>{both('rights_cut', n=MOST_RIGHTS)}</p>" if gathered.right > len(rows) else ""
    shown = numbers.table([both(name) for name in ("id", "kind", "question", "status")], rows, "question")
    return f"<details><summary>{both('rights', n=f'{gathered.right:,}')}</summary>{cut}{shown}</details>"


def _problems(summary: Summary) -> str:
    problems = list(summary.get("problems") or ())
    if not problems:
        return ""
    rows = "".join(f"<li>{safe(problem)}</li>" for problem in problems[:_MOST_PROBLEMS])
    left = len(problems) - _MOST_PROBLEMS
    more = f"<p class='dim'>{both('and_more', n=left)}</p>" if left > 0 else ""
    return f"<details open><summary>{both('problems', n=len(problems))}</summary><ul>{rows}</ul>{more}</details>"


def _how_to_read() -> str:
    rows = "".join(f"<li>{both(f'how_{number}')}</li>" for number in (1, 2, 3))
    return f"<details><summary>{both('how_to_read')}</summary><ul>{rows}</ul></details>"
