"""What an operator should know of a file of sites that can be read: findings to mend, remarks to think about."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.errors import IndexUnusable
from rag.manifest import current_generation, read_manifest
from rag.scope import seen
from web import contrast, themes
from web.origins import is_secure
from web.site_file import sites_and_mistakes
from web.site_records import Site


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What was seen in a file of sites, a line each."""

    findings: tuple[str, ...]
    """What must be mended."""
    remarks: tuple[str, ...]
    """What may be meant so."""


def report_on(path: Path, *, index: Path, public_url: str | None) -> Report:
    """What there is to say of the sites of `path`. The articles are those of `index`, if there is one."""
    sites, mistakes = sites_and_mistakes(path)
    article_ids = _article_ids(index)
    findings = list(mistakes)
    remarks = []
    if public_url is None:
        remarks.append("WENJU_PUBLIC_URL is unset, so that only pages of this machine can reach the assistant.")
    if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        remarks.append(f"{path}: others than its owner can read it, and tokens are signed with what it holds.")
    for site in sites:
        if not site.revoked:
            findings += [f'{path}: site "{site.name}": {line}.' for line in _findings(site, article_ids)]
            remarks += [f'{path}: site "{site.name}": {line}.' for line in _remarks(site)]
    return Report(findings=tuple(findings), remarks=tuple(remarks))


def _article_ids(index: Path) -> frozenset[str] | None:
    try:
        return frozenset(read_manifest(current_generation(index)).articles)
    except IndexUnusable:
        return None


def _findings(site: Site, article_ids: frozenset[str] | None) -> Iterator[str]:
    contact = site.contact
    if contact is None:
        yield "contact: missing; every answer must name people who can be asked"
    elif not (contact.phone or contact.url or contact.email):
        yield "contact: expected a phone, url or email beside the name"
    if article_ids is not None:
        for place, pattern in enumerate(site.articles, start=1):
            if not seen((pattern,), article_ids):
                yield f'articles[{place}]: "{pattern}" is none of the {len(article_ids)} articles of the index'
    for line in contrast.faults(site.theme, themes.LIGHT):
        yield f"theme: {line}"
    for line in contrast.faults(site.theme_dark, themes.DARK):
        yield f"theme_dark: {line}"
    for field, given in (("titles", site.titles), ("greetings", site.greetings), ("examples", site.examples)):
        unspoken = [language for language in given if language not in site.languages]
        if unspoken:
            yield f"{field}: {', '.join(unspoken)} is none of its languages"
    for example_language, examples in site.examples.items():
        if max(map(len, examples), default=0) > site.limits.question_chars:
            yield f"examples.{example_language}: longer than a question, {site.limits.question_chars} characters"


def _remarks(site: Site) -> Iterator[str]:
    for origin in site.origins:
        if not is_secure(origin):
            yield f"{origin}: without https, anybody on the way can change the page and what it shows"
        if origin.startswith("https://*.") and origin.count(".") == 2:
            yield f"{origin}: every host below is let in; is every one of them yours?"
    if site.limits.client_minute > site.limits.site_minute:
        yield "limits: one client may ask as much as the whole site"
