"""Exact search inside a span of time, by vectors and by words, over what the database holds.

Every row has a span of validity: a moment for facts and turns, first to last turn for topics, and
"since then" for habits. A search first isolates the rows whose span meets the window, then compares
exactly those: nothing outside is ever returned, nothing inside is missed (the paper's section 3.2;
its code does not do this).

The tables are a cache in memory. The vectors are stored beside the text they belong to, computed
once, and computed again only when that text changes. What the assistant said is in none of them.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from personavlm.memory.database import Database
from personavlm.memory.encode import TextEncoder, Vectors
from personavlm.memory.knowledge import FAR_FUTURE
from personavlm.memory.table import Found, Row, Table

Owner = Literal["semantic", "topic", "turn", "entry"]
View = Literal["content", "keywords"]
Key = tuple[Owner, View]

NO_SESSION = "0"
BATCH = 256  # rows that are embedded, and stored, at a time

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

    def __init__(self, database: Database, encoder: TextEncoder) -> None:
        self._db = database
        self._encoder = encoder
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
            tables = self._sync()
            return {
                key: tables[key].find(vector, terms, *span, SOURCES[key[0]].session != NO_SESSION)
                for key, (vector, terms) in questions.items()
            }

    def _sync(self) -> dict[Key, Table]:
        tables = self._tables
        if tables is None:
            tables = {key: Table(self._encoder.dimension) for key in VIEWS}
            for owner in SOURCES:
                self._embed(owner, self._load(owner, None, tables), tables)
            self._tables = tables
            return tables
        with self._stale_lock:
            stale, self._stale = self._stale, set()
        try:
            for owner in SOURCES:
                ids = sorted(id for kind, id in stale if kind == owner)
                for batch in (ids[i : i + BATCH] for i in range(0, len(ids), BATCH)):
                    for view in SOURCES[owner].texts:
                        tables[owner, view].discard(batch)
                    self._embed(owner, self._load(owner, batch, tables), tables)
        except BaseException:
            with self._stale_lock:
                self._stale |= stale  # try again next time
            raise
        return tables

    def _load(
        self, owner: Owner, ids: Sequence[int] | None, tables: dict[Key, Table]
    ) -> dict[View, list[dict[str, Any]]]:
        """Fill an owner's tables from stored vectors. Returns the rows that have none, by view."""
        source = SOURCES[owner]
        among = "" if ids is None else f" AND id IN ({','.join('?' * len(ids))})"
        missing: dict[View, list[dict[str, Any]]] = {}
        for view, text in source.texts.items():
            rows = self._db.read(
                f"SELECT id, {source.start} AS low, {source.end} AS high, {text} AS text, "
                f"{source.session} AS session, vector "
                f"FROM {source.table} LEFT JOIN vectors ON owner = ? AND view = ? "
                f"AND encoder = ? AND owner_id = id WHERE {source.where}{among} ORDER BY id",
                (owner, view, self._encoder.name, *(ids or ())),
            )
            stored = [row for row in rows if row["vector"] is not None]
            if stored:
                vectors = np.frombuffer(b"".join(row["vector"] for row in stored), np.float32)
                _add(tables[owner, view], stored, vectors.reshape(len(stored), -1))
            missing[view] = [
                dict(row) for row in rows if row["vector"] is None and row["text"].strip()
            ]
        return missing

    def _embed(
        self,
        owner: Owner,
        missing: Mapping[View, Sequence[dict[str, Any]]],
        tables: dict[Key, Table],
    ) -> None:
        source = SOURCES[owner]
        for view, rows in (
            (view, every[i : i + BATCH])
            for view, every in missing.items()
            for i in range(0, len(every), BATCH)
        ):
            vectors = self._encoder.encode([row["text"] for row in rows])
            # A row that was changed or deleted meanwhile gets no vector: it is stale again.
            statement = (
                f"INSERT OR REPLACE INTO vectors SELECT ?, id, ?, ?, ? FROM {source.table} "
                f"WHERE id = ? AND {source.texts[view]} = ?"
            )
            with self._db.write() as connection:
                connection.executemany(
                    statement,
                    [
                        (owner, view, self._encoder.name, vector.tobytes(), row["id"], row["text"])
                        for row, vector in zip(rows, vectors, strict=True)
                    ],
                )
            _add(tables[owner, view], rows, vectors)


def _add(table: Table, rows: Sequence[Any], vectors: Vectors) -> None:
    table.add(
        [Row(row["id"], row["low"], row["high"], row["session"], row["text"]) for row in rows],
        vectors,
    )
