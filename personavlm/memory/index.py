"""Exact vector search inside a span of time, over what the database holds.

Every row has a span of validity: a moment for facts and turns, first to last turn for topics, and
"since then" for habits. A search first isolates the rows whose span meets the window, then compares
exactly those with FAISS: nothing outside is ever returned, nothing inside is missed (the paper's
section 3.2; its code does not do this).

The tables are a cache in memory. The vectors are stored beside the text they belong to, computed
once, and computed again only when that text changes.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from personavlm.memory.database import Database
from personavlm.memory.encode import TextEncoder, Vectors
from personavlm.memory.knowledge import FAR_FUTURE
from personavlm.memory.nearest import nearest

Owner = Literal["semantic", "topic", "turn", "entry"]
View = Literal["content", "keywords"]
Key = tuple[Owner, View]

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
    ),
    # A message that is being answered must not be found, nor embedded while somebody waits.
    "turn": Source("turns", "at", "at", {"content": "text"}, "state <> 'open'"),
    "entry": Source(
        "entries",
        "at",
        str(FAR_FUTURE),
        {"content": "key || ': ' || value"},
        "type = 'procedural' AND superseded IS NULL",
    ),
}
VIEWS: tuple[Key, ...] = tuple((owner, view) for owner, s in SOURCES.items() for view in s.texts)


class Table:
    """The vectors of one view with their spans; rows in no particular order."""

    def __init__(self, dimension: int) -> None:
        self.size = 0
        self._ids = np.empty(64, np.int64)
        self._starts = np.empty(64, np.int64)
        self._ends = np.empty(64, np.int64)
        self._vectors = np.empty((64, dimension), np.float32)

    def add(
        self, ids: Sequence[int], starts: Sequence[int], ends: Sequence[int], vectors: Vectors
    ) -> None:
        """Append rows, replacing any with the same id."""
        self.discard(ids)
        needed = self.size + len(ids)
        if needed > len(self._ids):
            self._grow(max(needed, 2 * len(self._ids)))
        fresh = slice(self.size, needed)
        self._ids[fresh], self._starts[fresh], self._ends[fresh] = ids, starts, ends
        self._vectors[fresh] = vectors
        self.size = needed

    def discard(self, ids: Collection[int]) -> None:
        """Drop rows by id; unknown ids are fine."""
        keep = ~np.isin(self._ids[: self.size], np.fromiter(ids, np.int64, len(ids)))
        kept = int(keep.sum())
        if kept == self.size:
            return
        for name in ("_ids", "_starts", "_ends", "_vectors"):
            rows = getattr(self, name)
            rows[:kept] = rows[: self.size][keep]
        self._vectors[kept : self.size] = 0  # a deleted vector does not linger in memory
        self.size = kept

    def search(
        self, query: Vectors, low: int, high: int, k: int, exclude: Collection[int] = ()
    ) -> list[tuple[int, float]]:
        """The k nearest rows that meet [low, high] and are not excluded: (id, cosine), best first.

        query: float32, shape (dimension,), unit length.
        """
        rows = self._isolate(low, high)
        ids, vectors = self._ids[rows], self._vectors[rows]
        wanted = min(k + len(exclude), len(ids))
        if wanted <= 0:
            return []
        best = ((int(ids[row]), score) for row, score in nearest(query, vectors, wanted))
        return [pair for pair in best if pair[0] not in exclude][:k]

    def scores(self, query: Vectors, ids: Collection[int]) -> dict[int, float]:
        """The cosine of each of these rows; ids without a vector are left out."""
        rows = np.flatnonzero(np.isin(self._ids[: self.size], np.fromiter(ids, np.int64, len(ids))))
        return dict(zip(self._ids[rows].tolist(), (self._vectors[rows] @ query).tolist(),
                        strict=True))  # fmt: skip

    def _isolate(self, low: int, high: int) -> slice | NDArray[np.int64]:
        """The rows whose span meets [low, high]; as a slice where they lie together (no copy)."""
        inside = (self._starts[: self.size] <= high) & (self._ends[: self.size] >= low)
        rows = np.flatnonzero(inside)
        if len(rows) == 0:
            return slice(0, 0)
        if rows[-1] - rows[0] + 1 == len(rows):
            return slice(int(rows[0]), int(rows[-1]) + 1)
        return rows

    def _grow(self, capacity: int) -> None:
        for name in ("_ids", "_starts", "_ends", "_vectors"):
            old = getattr(self, name)
            new = np.empty((capacity, *old.shape[1:]), old.dtype)
            new[: self.size] = old[: self.size]
            setattr(self, name, new)


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

    def search(
        self,
        views: Mapping[Key, Vectors],
        span: tuple[int, int],
        k: int,
        exclude: Collection[int] = (),
    ) -> dict[Key, list[tuple[int, float]]]:
        """The k best rows of each view, as `Table.search` finds them."""
        with self._lock:
            tables = self._sync()
            return {
                key: tables[key].search(vector, *span, k, exclude) for key, vector in views.items()
            }

    def scores(self, key: Key, query: Vectors, ids: Collection[int]) -> dict[int, float]:
        """How near these rows of one view are, as `Table.scores` says."""
        with self._lock:
            return self._sync()[key].scores(query, ids)

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
                f"SELECT id, {source.start} AS low, {source.end} AS high, {text} AS text, vector "
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
        [row["id"] for row in rows],
        [row["low"] for row in rows],
        [row["high"] for row in rows],
        vectors,
    )
