"""The articles of an index, word for word as they were indexed, and where their passages and windows lie."""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from corpus.passages import Span
from corpus.records import Article, Passage, Repair
from rag.errors import BUILD_AGAIN, IndexDamaged
from rag.language_means import Side
from rag.latest import Latest

Content = Literal["chinese", "other", "little"]

_TABLES = """
create table articles (id text primary key, fields text not null) without rowid;
create table passages (
    place integer primary key,
    id text not null,
    article text not null,
    first integer not null,
    last integer not null,
    windows text not null,
    matched text not null,
    content text not null
);
create index passages_by_id on passages (id);
"""
_REMEMBERED = 4096  # passages, a few KB each: those that questions come upon again and again
_SELECT = "select place, id, article, first, last, windows, matched, content from passages"


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """Where a passage lies, with what retrieval needs to know of it before its article is read."""

    id: str
    article_id: str
    start: int
    end: int
    windows: tuple[Span, ...]
    matched: str
    """The folded text on which it is matched."""
    content: Content
    """What it is written in; `little` where it holds next to nothing, such as a button's words."""

    @property
    def side(self) -> Side:
        """The language with whose tokens its own are compared."""
        return "en" if self.content == "other" else "zh"

    def passage(self, article: Article) -> Passage:
        """The passage itself, out of its article."""
        text = article.text[self.start : self.end]
        return Passage(id=self.id, article_id=self.article_id, start=self.start, end=self.end, text=text)


def write_articles(path: Path, articles: Iterable[Article], placed: Iterable[Placed]) -> None:
    """A new file that holds `articles` and their passages in the order of their places. Raises `OSError`."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.executescript(_TABLES)
            connection.executemany("insert into articles values (?, ?)", ((a.id, to_json(a)) for a in articles))
            connection.executemany(
                "insert into passages values (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        place,
                        each.id,
                        each.article_id,
                        each.start,
                        each.end,
                        json.dumps([[span.start, span.end] for span in each.windows]),
                        each.matched,
                        each.content,
                    )
                    for place, each in enumerate(placed)
                ),
            )
    except sqlite3.Error as error:
        raise OSError(f"{path}: {error}") from None
    finally:
        connection.close()


class Articles:
    """A reader. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            # Nothing changes a complete generation, and an immutable file needs no lock and no writable folder.
            uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise self._damaged(error) from None
        self._close = weakref.finalize(self, self._connection.close)
        self._latest: Latest[int, Placed] = Latest(most=_REMEMBERED)
        self._article = lru_cache(maxsize=256)(self._read_article)

    def close(self) -> None:
        self._close()

    def article(self, article_id: str) -> Article | None:
        return self._article(article_id)

    def articles(self) -> list[Article]:
        """All of them, by id."""
        return [from_json(fields) for (fields,) in self._rows("select fields from articles order by id")]

    def passage(self, passage_id: str) -> tuple[Passage, Article] | None:
        """The passage with its article, or None."""
        rows = self._rows(f"{_SELECT} where id = ?", passage_id)
        article = self.article(_placed(rows[0]).article_id) if rows else None
        return (_placed(rows[0]).passage(article), article) if article else None

    def article_ids(self) -> list[str]:
        """The id of the article of each passage, in the order of the places."""
        return [article_id for (article_id,) in self._rows("select article from passages order by place")]

    def placed(self, places: Collection[int]) -> dict[int, Placed]:
        """The passages at `places`, by place. The place of a passage is its number in the index, from 0."""
        found = self._latest.get_all(places)
        unread = [place for place in places if place not in found]
        if unread:
            marks = ",".join("?" * len(unread))
            read = {row[0]: _placed(row) for row in self._rows(f"{_SELECT} where place in ({marks})", *unread)}
            if len(read) < len(unread):
                raise self._damaged("passages are missing")
            self._latest.put_all(read)
            found |= read
        return {place: found[place] for place in places}

    def all_placed(self) -> list[Placed]:
        """Every passage in the order of the places."""
        return [_placed(row) for row in self._rows(f"{_SELECT} order by place")]

    def window_counts(self) -> list[int]:
        """How many windows each passage has."""
        return [n for (n,) in self._rows("select json_array_length(windows) from passages order by place")]

    def has_content(self, content: Content) -> bool:
        return bool(self._rows("select 1 from passages where content = ? limit 1", content))

    def _read_article(self, article_id: str) -> Article | None:
        rows = self._rows("select fields from articles where id = ?", article_id)
        return from_json(rows[0][0]) if rows else None

    def _rows(self, query: str, *values: Any) -> list[Any]:
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchall()
        except (sqlite3.Error, OverflowError) as error:
            raise self._damaged(error) from None

    def _damaged(self, reason: object) -> IndexDamaged:
        return IndexDamaged(f"The index is damaged: {self._path}: {reason}. {BUILD_AGAIN}")


def _placed(row: tuple[Any, ...]) -> Placed:
    _, id_, article_id, start, end, windows, matched, content = row
    return Placed(
        id=id_,
        article_id=article_id,
        start=start,
        end=end,
        windows=tuple(Span(first, last) for first, last in json.loads(windows)),
        matched=matched,
        content=content,
    )


def to_json(article: Article) -> str:
    """All fields of an article on one line, always the same for the same article."""
    fields = asdict(article)
    fields["published"] = article.published.isoformat() if article.published else None
    return json.dumps(fields, sort_keys=True)


def from_json(line: str) -> Article:
    """The article that `to_json` wrote."""
    fields = json.loads(line)
    fields["published"] = date.fromisoformat(fields["published"]) if fields["published"] else None
    fields["repairs"] = tuple(Repair(**repair) for repair in fields["repairs"])
    return Article(**fields)
