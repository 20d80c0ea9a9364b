"""Taking things out of memory: deletion that can be undone once, and going back before a turn.

What is deleted leaves the disk at once (`secure_delete`, the log emptied). The one copy that makes
undo possible is held in this process's memory only, until the next deletion or until it ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from personavlm.errors import BadInput
from personavlm.memory.database import Database, list_of
from personavlm.memory.index import Owner, VectorIndex
from personavlm.memory.pictures import picture_path, write_picture

TABLES = {
    "semantic": "semantic",
    "episodic": "topics",
    "core": "entries",
    "procedural": "entries",
    "turn": "turns",
    "object": "objects",
    "crop": "crops",  # one view of an object
}
OWNERS: dict[str, Owner] = {
    "semantic": "semantic",
    "topics": "topic",
    "entries": "entry",
    "turns": "turn",
}
# What goes with a row: (table, column that points at it). Parents are restored before these.
CHILDREN = {
    "sessions": [("turns", "session_id"), ("topics", "session_id"), ("outcomes", "session_id"),
                 ("jobs", "session_id")],
    "turns": [("turn_images", "turn_id"), ("semantic", "turn_id"), ("topic_turns", "turn_id"),
              ("personality", "turn_id"), ("jobs", "turn_id"), ("outcomes", "turn_id"),
              ("crops", "turn_id")],
    "semantic": [("crops", "semantic_id"), ("replaced", "older"), ("replaced", "newer")],
    "topics": [("topic_turns", "topic_id")],
    "objects": [("crops", "object_id")],
}  # fmt: skip
# What other rows point at, in the order in which it is put back.
PARENTS = ("images", "sessions", "turns", "topics", "semantic", "objects")
MAX_DIGITS = 18  # of a row's number: what fits 64 bits
ORPHANED = (
    "hash NOT IN (SELECT hash FROM turn_images) "
    "AND hash NOT IN (SELECT source FROM crops) AND hash NOT IN (SELECT hash FROM crops)"
)


def split_id(id: str) -> tuple[str, int]:
    """ "semantic:12" as ("semantic", 12).

    Raises:
        BadInput: it is not the id of a memory.
    """
    kind, _, number = id.partition(":")
    if kind not in TABLES or not number.isdecimal() or len(number) > MAX_DIGITS:
        raise BadInput(f"{id!r} is not the id of a memory; ids look like 'semantic:12'.")
    return kind, int(number)


@dataclass(slots=True)
class Deleted:
    """The rows and pictures of one deletion, in the order in which they can be put back.

    unsorted: the sessions of its turns that had not been sorted into topics yet.
    """

    rows: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    pictures: dict[str, bytes] = field(default_factory=dict)
    unsorted: list[int] = field(default_factory=list)


class Eraser:
    """Deletes from one person's memory, and remembers the last deletion."""

    def __init__(self, database: Database, index: VectorIndex) -> None:
        self._db = database
        self._index = index
        self._last: Deleted | None = None

    @property
    def can_undo(self) -> bool:
        return self._last is not None

    def delete(self, ids: Sequence[str]) -> None:
        """Delete memories (or turns, with all that came of them), for good but for one undo.

        Raises:
            BadInput: an id is malformed. Ids that no longer exist are passed over.
        """
        wanted: dict[str, list[int]] = defaultdict(list)
        for id in ids:
            kind, number = split_id(id)
            if TABLES[kind] != "entries" or self._is_entry(kind, number):
                wanted[TABLES[kind]].append(number)
        deleted = Deleted()
        with self._db.write():
            for table, numbers in wanted.items():
                self._collect(deleted, table, "id", numbers)
            self._collect_emptied_topics(deleted, wanted["turns"])
            self._collect_emptied_objects(deleted)
            deleted.unsorted = self._unsorted(
                {t["session_id"] for t in deleted.rows["turns"].values()}
            )
            self._delete_rows(deleted)
            self._collect_orphaned_pictures(deleted)
            self._last = deleted
        self._touch(deleted)
        self.remove_strays()
        self._db.scrub()

    def _is_entry(self, kind: str, number: int) -> bool:
        rows = self._db.read("SELECT 1 FROM entries WHERE id = ? AND type = ?", (number, kind))
        return bool(rows)

    def undo(self) -> int:
        """Put the last deletion back. Returns how many memories and turns came back; views of
        objects count where nothing else did."""
        back = 0
        with self._db.write() as connection:
            if self._last is None:
                return 0
            deleted = self._last
            for name, data in deleted.pictures.items():
                write_picture(self._db.folder, name, data)
            for table in (*PARENTS, *deleted.rows):
                count = self._insert(connection, table, deleted)
                back += count if table in TABLES.values() and table != "crops" else 0
            topics = self._sort_again(connection, deleted.unsorted)
            self._last = None
        self._touch(deleted)
        self._index.touch("topic", topics)
        return back or len(deleted.rows["crops"])

    def forget_undo(self) -> None:
        """Drop the copy that undo would need."""
        self._last = None

    # -- collecting what has to go --------------------------------------------------------------

    def _collect(self, deleted: Deleted, table: str, column: str, keys: Sequence[int]) -> None:
        if not keys:
            return
        rows = self._db.read(
            f"SELECT * FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))",
            (list_of(keys),),
        )
        fresh = [dict(row) for row in rows if tuple(row) not in deleted.rows[table]]
        deleted.rows[table].update({tuple(row.values()): row for row in fresh})
        for child, pointer in CHILDREN.get(table, []):
            self._collect(deleted, child, pointer, [row["id"] for row in fresh])

    def _collect_emptied_topics(self, deleted: Deleted, turns: Sequence[int]) -> None:
        if not turns:
            return
        emptied = self._db.read(
            "SELECT topic_id FROM topic_turns GROUP BY topic_id "
            "HAVING sum(turn_id NOT IN (SELECT value FROM json_each(?))) = 0",
            (list_of(turns),),
        )
        self._collect(deleted, "topics", "id", [row[0] for row in emptied])

    def _collect_emptied_objects(self, deleted: Deleted) -> None:
        """The objects of which no view is left."""
        crops = [row["id"] for row in deleted.rows["crops"].values()]
        emptied = self._db.read(
            "SELECT object_id FROM crops GROUP BY object_id "
            "HAVING sum(id NOT IN (SELECT value FROM json_each(?))) = 0",
            (list_of(crops),),
        )
        self._collect(deleted, "objects", "id", [row[0] for row in emptied])

    def _collect_orphaned_pictures(self, deleted: Deleted) -> None:
        rows = self._db.read(f"SELECT * FROM images WHERE {ORPHANED}")
        for row in rows:
            deleted.rows["images"][tuple(row)] = dict(row)
            path = picture_path(self._db.folder, row["hash"])
            if path.exists():
                deleted.pictures[row["hash"]] = path.read_bytes()
        with self._db.write() as connection:
            connection.executemany(
                "DELETE FROM images WHERE hash = ?", [(row["hash"],) for row in rows]
            )

    def _unsorted(self, sessions: Iterable[int]) -> list[int]:
        rows = self._db.read(
            "SELECT id FROM sessions WHERE id IN (SELECT value FROM json_each(?)) "
            "AND (ended IS NULL OR EXISTS (SELECT 1 FROM jobs WHERE session_id = sessions.id))",
            (list_of(sessions),),
        )
        return [row["id"] for row in rows]

    # -- changing the database ------------------------------------------------------------------

    def _delete_rows(self, deleted: Deleted) -> None:
        with self._db.write() as connection:
            for table in ("turns", "topics", "semantic", "entries", "objects", "crops"):
                connection.executemany(
                    f"DELETE FROM {table} WHERE id = ?",
                    [(row["id"],) for row in deleted.rows.get(table, {}).values()],
                )

    def _insert(self, connection: Any, table: str, deleted: Deleted) -> int:
        """Put a table's rows back. Returns how many; what has a successor by now stays gone.

        A view that went over to another object goes back to its own.
        """
        count, over = 0, "REPLACE" if table == "crops" else "IGNORE"
        for row in deleted.rows.get(table, {}).values():
            marks = ",".join("?" * len(row))
            inserted = connection.execute(
                f"INSERT OR {over} INTO {table} ({','.join(row)}) VALUES ({marks})",
                list(row.values()),
            )
            count += inserted.rowcount
        return count

    def _sort_again(self, connection: Any, sessions: Sequence[int]) -> list[int]:
        """Queue those that were sorted meanwhile, without turns that are back now.

        Returns the topics that go for it.
        """
        waiting = set(self._unsorted(sessions))
        gone: list[int] = []
        for session in (session for session in sessions if session not in waiting):
            gone += self._ids("SELECT id FROM topics WHERE session_id = ?", session)
            connection.execute("DELETE FROM topics WHERE session_id = ?", (session,))
            connection.execute(
                "DELETE FROM outcomes WHERE session_id = ? AND turn_id IS NULL", (session,)
            )
            connection.execute(
                "INSERT INTO jobs (kind, session_id) "
                "SELECT 'session', id FROM sessions WHERE id = ?",
                (session,),
            )
        return gone

    def _touch(self, deleted: Deleted) -> None:
        for table, owner in OWNERS.items():
            self._index.touch(owner, [row["id"] for row in deleted.rows.get(table, {}).values()])

    def merge_objects(self, kept: int, other: int) -> None:
        """Make the views of one object those of another one too. Undone like a deletion."""
        merged = Deleted()
        with self._db.write() as connection:
            self._collect(merged, "objects", "id", [other])
            connection.execute("UPDATE crops SET object_id = ? WHERE object_id = ?", (kept, other))
            connection.execute("DELETE FROM objects WHERE id = ?", (other,))
            self._last = merged
        self._db.scrub()

    # -- going back -----------------------------------------------------------------------------

    def strip_turn(self, turn: int) -> None:
        """Remove everything that came of a turn, so that it can be asked again or taken back.

        If its session was consolidated already, that is rolled back too and the session runs again.
        A deletion before this can no longer be undone: it may hold what came of the turn.
        """
        self.forget_undo()
        with self._db.write() as connection:
            row = self._db.read("SELECT session_id FROM turns WHERE id = ?", (turn,))
            if not row:
                raise BadInput("That message is no longer there.")
            self._reopen(connection, row[0]["session_id"])
            facts = self._ids("SELECT id FROM semantic WHERE turn_id = ?", turn)
            for table in ("semantic", "personality", "jobs", "outcomes"):
                connection.execute(f"DELETE FROM {table} WHERE turn_id = ?", (turn,))
            connection.execute("DELETE FROM vectors WHERE owner = 'turn' AND owner_id = ?", (turn,))
        self._index.touch("semantic", facts)
        self._index.touch("turn", [turn])

    def _reopen(self, connection: Any, session: int) -> None:
        topics = self._ids("SELECT id FROM topics WHERE session_id = ?", session)
        entries = self._ids("SELECT id FROM entries WHERE session_id = ?", session)
        connection.execute("DELETE FROM topics WHERE session_id = ?", (session,))
        connection.execute("DELETE FROM entries WHERE session_id = ?", (session,))
        back = self._ids(
            "SELECT id FROM entries e WHERE superseded_in = ? AND NOT EXISTS (SELECT 1 "
            "FROM entries c WHERE c.type = e.type AND c.key = e.key AND c.superseded IS NULL)",
            session,
        )
        connection.executemany(
            "UPDATE entries SET superseded = NULL, superseded_in = NULL WHERE id = ?",
            [(id,) for id in back],
        )
        connection.execute(
            "DELETE FROM outcomes WHERE session_id = ? AND turn_id IS NULL", (session,)
        )
        connection.execute("DELETE FROM jobs WHERE session_id = ?", (session,))
        # Only one session runs. A later one has had its turns deleted, as this turn is the last.
        connection.execute("DELETE FROM sessions WHERE id > ? AND ended IS NULL", (session,))
        connection.execute("UPDATE sessions SET ended = NULL WHERE id = ?", (session,))
        self._index.touch("topic", topics)
        self._index.touch("entry", entries)
        self._index.touch("entry", back)

    def _ids(self, sql: str, key: int) -> list[int]:
        return [row[0] for row in self._db.read(sql, (key,))]

    def remove_strays(self) -> None:
        """Delete the pictures that no turn or crop refers to, and files that are nobody's."""
        # In one transaction: a picture that another thread is about to attach is no stray.
        with self._db.write() as connection:
            connection.execute(f"DELETE FROM images WHERE {ORPHANED}")
            known = {row["hash"] for row in self._db.read("SELECT hash FROM images")}
            for path in (self._db.folder / "images").iterdir():
                if path.stem not in known:
                    path.unlink(missing_ok=True)


def clear_tables(connection: Any, tables: Iterable[str]) -> None:
    """Empty tables, children first."""
    for table in tables:
        connection.execute(f"DELETE FROM {table}")
