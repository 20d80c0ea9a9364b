"""Exact search inside a span of time, by vectors and by words, over what the database holds.

Every row has a span of validity: a moment for facts and turns, first to last turn for topics, and
"since then" for habits. A search first isolates the rows whose span meets the window, then compares
exactly those: nothing outside is ever returned, nothing inside is missed (the paper's section 3.2;
its code does not do this).

The tables are a cache in memory. Vectors and counted words are stored beside the text they belong
to, computed once, and computed again only when that text changes. What the assistant said is in
none of them.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from personavlm.memory.backend import IndexBackend, installed
from personavlm.memory.database import Database
from personavlm.memory.encode import TextEncoder, Vectors
from personavlm.memory.knowledge import FAR_FUTURE
from personavlm.memory.lexical import counted
from personavlm.memory.table import Found, Rows, Table

Owner = Literal["semantic", "topic", "turn", "entry"]
View = Literal["content", "keywords"]
Key = tuple[Owner, View]
Missing = tuple[Key, dict[str, Any]]  # a row that has no vector yet

NO_SESSION = "0"
BATCH = 256  # rows that are embedded, and stored, at a time
PAGE = 1024  # rows that are read at a time: few enough to stay in the cache of a core
COLUMNS = ("id", "low", "high", "session", "words")
STORED = ("vector", "words", "id", "text")

# Which rows a memory's public id ("episodic:3") stands for.
OWNER_OF: dict[str, Owner] = {
    "semantic": "semantic",
    "episodic": "topic",
    "core": "entry",
    "procedural": "entry",
    "turn": "turn",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where an owner's rows come from: table, span, the text of each view, and which rows count."""

    table: str
    start: str
    end: str
    texts: dict[View, str]
    where: str = "TRUE"
    session: str = NO_SESSION


SOURCES: dict[Owner, Source] = {
    "semantic": Source(
        "semantic",
        "at",
        "at",
        {
            "content": "content",
            "keywords": "(SELECT coalesce(group_concat(value, ', '), '') "
            "FROM json_each(semantic.keywords))",
        },
    ),
    "topic": Source(
        "topics",
        "started",
        "ended",
        {
            "content": "summary",
            "keywords": "(SELECT coalesce(group_concat(value, ', '), '') "
            "FROM json_each(topics.keywords))",
        },
        session="session_id",
    ),
    # A message that is being answered must not be found, nor embedded while somebody waits.
    "turn": Source("turns", "at", "at", {"content": "text"}, "state <> 'open'", "session_id"),
    "entry": Source(
        "entries",
        "at",
        str(FAR_FUTURE),
        {"content": "key || ': ' || value"},
        "type = 'procedural' AND superseded IS NULL",
    ),
}
VIEWS: tuple[Key, ...] = tuple((owner, view) for owner, s in SOURCES.items() for view in s.texts)


class VectorIndex:
    """All views of one person's memory. Loaded on first use; safe to use from several threads."""

    def __init__(
        self, database: Database, encoder: TextEncoder, backend: IndexBackend | None = None
    ) -> None:
        """backend: what compares vectors; what is installed here unless given."""
        self.backend = backend or installed()
        self._db = database
        self._encoder = encoder
        self._person = object()  # what a device knows this person's vectors by
        self._tables: dict[Key, Table] | None = None
        self._lock = threading.Lock()
        self._stale: set[tuple[Owner, int]] = set()
        self._stale_lock = threading.Lock()  # never held while another lock is waited for

    def touch(self, owner: Owner, ids: Iterable[int]) -> None:
        """Say that these rows are new, changed or gone; the next search sees them as they are."""
        with self._stale_lock:
            self._stale.update((owner, id) for id in ids)

    def unload(self) -> None:
        """Forget the cache; the next search loads it again."""
        with self._lock:
            for table in (self._tables or {}).values():
                table.release()
            self._tables = None

    def sync(self) -> None:
        """Bring the cache up to date, and embed everything that has no vector yet."""
        with self._lock:
            self._sync()

    def find(
        self,
        questions: Mapping[Key, tuple[Vectors, Collection[str]]],
        span: tuple[int, int],
    ) -> dict[Key, Found]:
        """How the rows of each view inside a span answer its question, as `Table.find` says.

        A question is its vector and its terms.
        """
        with self._lock:
            tables = self._sync({owner for owner, _ in questions})
            return {
                key: tables[key].find(vector, terms, *span, SOURCES[key[0]].session != NO_SESSION)
                for key, (vector, terms) in questions.items()
            }

    def _sync(self, owners: Collection[Owner] = SOURCES.keys()) -> dict[Key, Table]:
        """All tables, of which those of these owners are up to date."""
        tables = self._tables
        if tables is None:
            tables = {
                key: Table(self._encoder.dimension, self.backend, self._person) for key in VIEWS
            }
            every = [row for owner in SOURCES for row in self._load(owner, None, tables)]
            self._embed(every, tables)
            self._tables = tables
            return tables
        with self._stale_lock:
            stale = {each for each in self._stale if each[0] in owners}
            self._stale -= stale
        if not stale:
            return tables
        try:
            missing: list[Missing] = []
            for owner in sorted({owner for owner, _ in stale}):
                ids = sorted(id for kind, id in stale if kind == owner)
                for view in SOURCES[owner].texts:
                    tables[owner, view].discard(ids)
                for batch in (ids[i : i + BATCH] for i in range(0, len(ids), BATCH)):
                    missing += self._load(owner, batch, tables)
            self._embed(missing, tables)
        except BaseException:
            with self._stale_lock:
                self._stale |= stale  # try again next time
            raise
        return tables

    def _load(
        self, owner: Owner, ids: Sequence[int] | None, tables: dict[Key, Table]
    ) -> list[Missing]:
        """Fill an owner's tables from stored vectors. Returns the rows that have none."""
        missing: list[Missing] = []
        for view in SOURCES[owner].texts:
            key = owner, view
            if ids is None:
                counts = self._db.read(
                    "SELECT count(*) FROM vectors WHERE owner = ? AND view = ?", key
                )
                tables[key].reserve(counts[0][0])
            for page in self._pages(owner, view, ids):
                _add(tables[key], [row for row in page if row["words"] is not None])
                uncounted = [_with_words(row) for row in page if row["words"] is None]
                older = [row for row in uncounted if row["vector"] is not None]
                if older:
                    self._keep_words(owner, view, older)
                    _add(tables[key], older)
                missing += [
                    (key, row) for row in uncounted if row["vector"] is None and row["text"].strip()
                ]
        return missing

    def _pages(
        self, owner: Owner, view: View, ids: Sequence[int] | None
    ) -> Iterator[list[sqlite3.Row]]:
        """The rows of a view by id, some thousand at a time: vectors of all would be there twice.

        A row's text comes only where its words have not been counted yet.
        """
        source = SOURCES[owner]
        among = "" if ids is None else f" AND id IN ({','.join('?' * len(ids))})"
        query = (
            f"SELECT id, {source.start} AS low, {source.end} AS high, {source.session} AS session, "
            f"words, vector, CASE WHEN words IS NULL THEN {source.texts[view]} END AS text "
            f"FROM {source.table} LEFT JOIN vectors ON owner = ? AND view = ? AND encoder = ? "
            f"AND owner_id = id WHERE {source.where}{among} AND id > ? ORDER BY id LIMIT {PAGE}"
        )
        last = -1
        while True:
            rows = self._db.read(query, (owner, view, self._encoder.name, *(ids or ()), last))
            yield rows
            if len(rows) < PAGE:
                return
            last = rows[-1]["id"]

    def _keep_words(self, owner: Owner, view: View, rows: Sequence[dict[str, Any]]) -> None:
        """Store the words of rows that have a vector, but from before words were stored."""
        with self._db.write() as connection:
            connection.executemany(
                "UPDATE vectors SET words = ? WHERE owner = ? AND owner_id = ? AND view = ? "
                "AND vector = ?",  # not beside that of a text that has changed meanwhile
                [(row["words"], owner, row["id"], view, row["vector"]) for row in rows],
            )

    def _embed(self, missing: Sequence[Missing], tables: dict[Key, Table]) -> None:
        """Give rows their vectors: computed together, and stored in one transaction."""
        for batch in (missing[i : i + BATCH] for i in range(0, len(missing), BATCH)):
            vectors = self._encoder.encode([row["text"] for _, row in batch])
            rows: dict[Key, list[dict[str, Any]]] = defaultdict(list)
            for (key, row), vector in zip(batch, vectors, strict=True):
                rows[key].append({**row, "vector": vector.tobytes()})
            with self._db.write() as connection:
                for (owner, view), its in rows.items():
                    source = SOURCES[owner]
                    connection.executemany(
                        # None for a row that was changed or deleted meanwhile: it is stale again.
                        "INSERT OR REPLACE INTO vectors "
                        "(owner, view, encoder, vector, words, owner_id) "
                        f"SELECT ?, ?, ?, ?, ?, id FROM {source.table} "
                        f"WHERE id = ? AND {source.texts[view]} = ?",
                        [(owner, view, self._encoder.name, *map(row.get, STORED)) for row in its],
                    )
            for key, its in rows.items():
                _add(tables[key], its)


def _with_words(row: sqlite3.Row) -> dict[str, Any]:
    return {**row, "words": counted(row["text"])}


def _add(table: Table, rows: Sequence[Any]) -> None:
    if rows:
        ids, lows, highs, sessions, words = ([row[name] for row in rows] for name in COLUMNS)
        vectors = np.frombuffer(b"".join(row["vector"] for row in rows), np.float32)
        table.add(Rows(ids, lows, highs, sessions, words, vectors.reshape(len(rows), -1)))
