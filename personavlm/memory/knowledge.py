"""The four memory types in the database: facts, topics, and the entries of core and procedural.

Facts and topics only ever grow; an entry is replaced by a newer version and stays as history
(paper, section 3.1). The person may edit or delete any of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from sqlite3 import Row
from typing import Any

from personavlm.memory.database import Database, list_of, to_micros
from personavlm.memory.pictures import picture_path
from personavlm.records import Entry, Fact, Image, MemoryType, Topic, Window

FAR_PAST = -(2**62)
FAR_FUTURE = 2**62


def bounds(window: Window) -> tuple[int, int]:
    """A window as a closed span of microseconds."""
    start = to_micros(window.start) if window.start else FAR_PAST
    end = to_micros(window.end) if window.end else FAR_FUTURE
    return start, end


class Knowledge:
    """Reads and writes facts, topics and entries of one person."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # -- semantic -------------------------------------------------------------------------------

    def add_fact(
        self, at: datetime, content: str, keywords: Sequence[str], reason: str, turn: int | None
    ) -> int:
        with self._db.write() as connection:
            cursor = connection.execute(
                "INSERT INTO semantic (at, content, keywords, reason, turn_id) "
                "VALUES (?, ?, ?, ?, ?)",
                (to_micros(at), content, _pack(keywords), reason, turn),
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def facts(
        self, ids: Sequence[int] | None = None, text: str = "", window: Window | None = None
    ) -> list[Fact]:
        """Facts, newest first; `text` must occur in the content or the keywords."""
        if ids is not None and not ids:
            return []
        where, parameters = _filters("at", "at", "content || ' ' || keywords", ids, text, window)
        rows = self._db.read(
            "SELECT *, (SELECT newer.at FROM replaced JOIN semantic AS newer "
            "ON newer.id = replaced.newer WHERE replaced.older = semantic.id) AS superseded "
            f"FROM semantic {where} ORDER BY at DESC, id DESC",
            parameters,
        )
        return [
            Fact(
                id=row["id"],
                time=self._db.local(row["at"]),
                content=row["content"],
                keywords=tuple(json.loads(row["keywords"])),
                reason=row["reason"],
                turn=row["turn_id"],
                edited=bool(row["edited"]),
                superseded=None if row["superseded"] is None else self._db.local(row["superseded"]),
            )
            for row in rows
        ]

    def views(self, facts: Iterable[int]) -> dict[int, tuple[Image, ...]]:
        """What shows the things that facts name, for those that were noted with such views."""
        rows = self._db.read(
            "SELECT semantic_id, hash, width, height FROM crops JOIN images USING (hash) "
            "WHERE semantic_id IN (SELECT value FROM json_each(?)) ORDER BY crops.id",
            (list_of(facts),),
        )
        found: dict[int, dict[str, Image]] = {}
        for row in rows:
            hash, width, height = row["hash"], row["width"], row["height"]
            image = Image(hash, width, height, picture_path(self._db.folder, hash))
            found.setdefault(row["semantic_id"], {})[hash] = image
        return {fact: tuple(images.values()) for fact, images in found.items()}

    def replace_facts(self, older: Sequence[int], newer: int) -> None:
        """Mark facts as replaced by a newer one; those that an earlier one replaced stay so."""
        if not older:
            return
        with self._db.write() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO replaced (older, newer) "
                "SELECT id, ? FROM semantic WHERE id IN (SELECT value FROM json_each(?))",
                (newer, list_of(older)),
            )

    def successors(self, facts: Iterable[int]) -> dict[int, int]:
        """For each of these facts that was replaced, the one that holds in its place now."""
        rows = self._db.read(
            "WITH RECURSIVE chain (older, newer) AS ("
            "  SELECT older, newer FROM replaced WHERE older IN (SELECT value FROM json_each(?))"
            "  UNION SELECT chain.older, replaced.newer"
            "  FROM chain JOIN replaced ON replaced.older = chain.newer) "
            "SELECT older, newer FROM chain WHERE newer NOT IN (SELECT older FROM replaced)",
            (list_of(facts),),
        )
        return {row["older"]: row["newer"] for row in rows}

    # -- episodic -------------------------------------------------------------------------------

    def add_topic(
        self, session: int, summary: str, keywords: Sequence[str], turns: Sequence[int]
    ) -> int:
        """A topic spans from its first to its last turn."""
        with self._db.write() as connection:
            span = connection.execute(
                "SELECT min(at), max(at) FROM turns WHERE id IN (SELECT value FROM json_each(?))",
                (list_of(turns),),
            ).fetchone()
            cursor = connection.execute(
                "INSERT INTO topics (session_id, started, ended, summary, keywords) "
                "VALUES (?, ?, ?, ?, ?)",
                (session, span[0], span[1], summary, _pack(keywords)),
            )
            topic = cursor.lastrowid
            connection.executemany(
                "INSERT INTO topic_turns VALUES (?, ?)", [(topic, turn) for turn in turns]
            )
        assert topic is not None
        return topic

    def topics(
        self, ids: Sequence[int] | None = None, text: str = "", window: Window | None = None
    ) -> list[Topic]:
        """Topics, newest first, that overlap the window."""
        if ids is not None and not ids:
            return []
        where, parameters = _filters(
            "started", "ended", "summary || ' ' || keywords", ids, text, window
        )
        rows = self._db.read(
            f"SELECT *, (SELECT json_group_array(turn_id) FROM "
            "(SELECT turn_id FROM topic_turns WHERE topic_id = topics.id ORDER BY turn_id)"
            f") AS turns FROM topics {where} ORDER BY started DESC, id DESC",
            parameters,
        )
        return [self._topic(row) for row in rows]

    def set_keywords(self, table: str, id: int, keywords: Sequence[str]) -> None:
        """Replace the keywords of a row of `semantic` or `topics`."""
        with self._db.write() as connection:
            connection.execute(
                f"UPDATE {table} SET keywords = ? WHERE id = ?", (_pack(keywords), id)
            )

    def topics_of_turns(self, turns: Iterable[int]) -> dict[int, int]:
        """For each of these turns that a topic holds, that topic (the latest, if several do)."""
        rows = self._db.read(
            "SELECT turn_id, max(topic_id) FROM topic_turns "
            "WHERE turn_id IN (SELECT value FROM json_each(?)) GROUP BY turn_id",
            (list_of(turns),),
        )
        return {row[0]: row[1] for row in rows}

    def _topic(self, row: Row) -> Topic:
        return Topic(
            id=row["id"],
            session=row["session_id"],
            start=self._db.local(row["started"]),
            end=self._db.local(row["ended"]),
            summary=row["summary"],
            keywords=tuple(json.loads(row["keywords"])),
            turns=tuple(json.loads(row["turns"])),
        )

    # -- core and procedural --------------------------------------------------------------------

    def entries(
        self,
        kind: MemoryType,
        ids: Sequence[int] | None = None,
        text: str = "",
        window: Window | None = None,
        history: bool = False,
    ) -> list[Entry]:
        """Entries of one type, oldest key first; superseded ones only with `history`."""
        if ids is not None and not ids:
            return []
        until = f"coalesce(superseded, {FAR_FUTURE})"
        where, parameters = _filters("at", until, "key || ' ' || value", ids, text, window)
        current = "" if history else " AND superseded IS NULL"
        rows = self._db.read(
            f"SELECT * FROM entries {where} AND type = ?{current} ORDER BY at, id",
            [*parameters, kind.value],
        )
        return [
            Entry(
                id=row["id"],
                type=MemoryType.CORE if row["type"] == "core" else MemoryType.PROCEDURAL,
                key=row["key"],
                value=row["value"],
                time=self._db.local(row["at"]),
                superseded=None if row["superseded"] is None else self._db.local(row["superseded"]),
                session=row["session_id"],
            )
            for row in rows
        ]

    def current(self, kind: MemoryType) -> dict[str, str]:
        """Key to value, as the prompts show it."""
        rows = self._db.read(
            "SELECT key, value FROM entries WHERE type = ? AND superseded IS NULL ORDER BY at, id",
            (kind.value,),
        )
        return {row["key"]: row["value"] for row in rows}

    def replace_entries(
        self,
        kind: MemoryType,
        entries: Mapping[str, str],
        at: datetime,
        session: int | None,
    ) -> tuple[int, ...]:
        """Make `entries` the current ones; what differs is superseded. Returns the new ids."""
        added: list[int] = []
        with self._db.write() as connection:
            for old in self.entries(kind):
                if entries.get(old.key) != old.value:
                    connection.execute(
                        "UPDATE entries SET superseded = ?, superseded_in = ? WHERE id = ?",
                        (to_micros(at), session, old.id),
                    )
            kept = self.current(kind)
            for key, value in entries.items():
                if key not in kept:
                    cursor = connection.execute(
                        "INSERT INTO entries (type, key, value, at, session_id) "
                        "VALUES (?, ?, ?, ?, ?)",
                        (kind.value, key, value, to_micros(at), session),
                    )
                    added.append(cursor.lastrowid or 0)
        return tuple(added)


def _pack(keywords: Sequence[str]) -> str:
    return json.dumps(list(keywords), ensure_ascii=False)


def _filters(
    start: str,
    end: str,
    haystack: str,
    ids: Sequence[int] | None,
    text: str,
    window: Window | None,
) -> tuple[str, list[Any]]:
    """A WHERE clause over [start, end] columns: by id, by text, by overlap with a window."""
    clauses, parameters = ["TRUE"], list[Any]()
    if ids is not None:
        clauses.append("id IN (SELECT value FROM json_each(?))")
        parameters.append(list_of(ids))
    if text:
        clauses.append(f"instr(lower({haystack}), lower(?)) > 0")
        parameters.append(text)
    if window is not None and not window.open:
        low, high = bounds(window)
        clauses.append(f"{start} <= ? AND {end} >= ?")
        parameters += [high, low]
    return f"WHERE {' AND '.join(clauses)}", parameters
