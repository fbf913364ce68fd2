"""Writes the two tables beside this file: `python -m corpus.tables.make JIEBA_DICT PYPINYIN_DICT`.

JIEBA_DICT is `jieba/dict.txt` of the package jieba (a word, its count and its part of speech a line), PYPINYIN_DICT
is `pypinyin/pinyin_dict.json` of the package pypinyin (code point -> readings, comma-separated).
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

from corpus.fold import simplify

HERE = Path(__file__).parent
RARE = 10
"""Pairs of characters that were counted less often than this are left out."""


def level(count: int) -> str:
    """A count as one character: quarter steps of the natural logarithm, from `0` on."""
    return chr(ord("0") + round(4 * math.log(count + 1)))


def bigrams(words: Path) -> str:
    """A line for each character: itself, how often it occurs, opens a word, ends one, and what follows it in words."""
    occurs, opens, ends = Counter[str](), Counter[str](), Counter[str]()
    follows: dict[str, Counter[str]] = defaultdict(Counter)
    for line in words.read_text("utf-8").splitlines():
        word, count, *_ = line.split(" ")
        word = simplify(word)
        opens[word[0]] += int(count)
        ends[word[-1]] += int(count)
        for character in word:
            occurs[character] += int(count)
        for first, second in pairwise(word):
            follows[first][second] += int(count)
    han = sorted(character for character in occurs if "\u4e00" <= character <= "\u9fff")
    lines = []
    for first in han:
        pairs = [second + level(n) for second, n in sorted(follows[first].items()) if n >= RARE and second in occurs]
        head = first + level(occurs[first]) + level(opens[first]) + level(ends[first])
        lines.append(head + "".join(pair for pair in pairs if "\u4e00" <= pair[0] <= "\u9fff"))
    return "\n".join(lines) + "\n"


def readings(characters: Path) -> str:
    """A line for each reading: itself and the characters of GBK that are read so."""
    read_so: dict[str, set[str]] = defaultdict(set)
    for code, names in json.loads(characters.read_text("utf-8")).items():
        character = chr(int(code))
        if len(character.encode("gbk", "ignore")) == 2:
            for name in names.split(","):
                read_so[name].add(character)
    return "".join(f"{name}\t{''.join(sorted(found))}\n" for name, found in sorted(read_so.items()))


def main() -> None:
    """Writes both tables."""
    words, characters = map(Path, sys.argv[1:])
    (HERE / "bigrams.tsv").write_text(bigrams(words), "utf-8")
    (HERE / "readings.tsv").write_text(readings(characters), "utf-8")


if __name__ == "__main__":
    main()
