"""What updates did, in words: for each turn and session, what was saved or why nothing was.

Saved memories are named by id only, and put into words when asked for: what is deleted from memory
is gone from here too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from sqlite3 import Row
from typing import Literal

from personavlm.memory.memory import Memory
from personavlm.personality import TRAITS
from personavlm.records import Entry, Fact, MemoryType, Object, Remembered, Topic

Kind = Literal["personality", "semantic", "episodic", "procedural", "core"]


class Outcomes:
    """Reads and writes one person's outcomes."""

    def __init__(self, memory: Memory) -> None:
        self._db = memory.database
        self._knowledge = memory.knowledge
        self._objects = memory.objects

    def record(
        self,
        kind: Kind,
        saved: bool,
        note: str,
        memory_ids: Sequence[str] = (),
        *,
        turn: int | None,
        session: int | None,
    ) -> None:
        """Note the outcome of one task. `note`: why nothing was saved, or what went wrong."""
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO outcomes (kind, saved, note, memory_ids, turn_id, session_id) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (kind, saved, note, json.dumps(list(memory_ids)), turn, session),
            )

    def of_turn(self, turn: int) -> list[Remembered]:
        """What came of a turn; of its session too, if it was that session's last one."""
        return self._select(
            "turn_id = ? OR session_id = (SELECT session_id FROM turns t WHERE t.id = ? AND t.id = "
            "(SELECT max(id) FROM turns WHERE session_id = t.session_id))",
            turn,
            turn,
        )

    def of_session(self, session: int) -> list[Remembered]:
        """What came of a session as a whole."""
        return self._select("session_id = ?", session)

    def _select(self, where: str, *parameters: int) -> list[Remembered]:
        rows = self._db.read(f"SELECT * FROM outcomes WHERE {where} ORDER BY id", parameters)
        return [self._outcome(row) for row in rows]

    def _outcome(self, row: Row) -> Remembered:
        ids = tuple(json.loads(row["memory_ids"]))
        told = [self._tell(id) for id in ids]
        if row["kind"] == "personality" and not row["note"]:
            told.append(self._tell_traits(row["turn_id"]))
        text = "; ".join([*told, row["note"]] if row["note"] else told)
        return Remembered(
            row["kind"], text, bool(row["saved"]), row["turn_id"], row["session_id"], ids
        )

    def _tell(self, id: str) -> str:
        kind, _, number = id.partition(":")
        found: Sequence[Fact | Topic | Entry | Object]
        if kind == "semantic":
            found = self._knowledge.facts([int(number)])
        elif kind == "episodic":
            found = self._knowledge.topics([int(number)])
        elif kind == "object":
            found = self._objects.of_ids([int(number)])
        else:
            found = self._knowledge.entries(MemoryType(kind), [int(number)], history=True)
        if not found:
            return "(deleted since)"
        match found[0]:
            case Fact(content=text) | Topic(summary=text):
                return text
            case Entry(key=key, value=value):
                return f"{key}: {value}"
            case Object(name=name):
                return f"{name} can be recognised in pictures"

    def _tell_traits(self, turn: int) -> str:
        rows = self._db.read(
            "SELECT vector, inferred, (SELECT vector FROM personality b WHERE b.id < a.id "
            "ORDER BY b.id DESC LIMIT 1) AS before FROM personality a WHERE turn_id = ? "
            "ORDER BY id DESC LIMIT 1",
            (turn,),
        )
        if not rows:
            return ""
        after = json.loads(rows[0]["vector"])
        before = json.loads(rows[0]["before"]) if rows[0]["before"] else [3.0] * len(TRAITS)
        moved = [
            f"{trait} {old:.2f} → {new:.2f}"
            for trait, old, new in zip(TRAITS, before, after, strict=True)
            if round(old, 2) != round(new, 2)
        ]
        return ", ".join(moved) or "no clear cue in this message"
