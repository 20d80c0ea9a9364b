"""How a person's Big Five came to be: a row for each inference or correction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from personavlm.memory.database import Database, to_micros
from personavlm.personality import BigFive


@dataclass(frozen=True, slots=True)
class PersonalityRecord:
    """The vector after one step, and what led to it (`sentence`: the message it was read from)."""

    time: datetime
    turn: int | None
    vector: BigFive
    inferred: tuple[int | None, ...] | None
    sentence: str
    source: Literal["inferred", "corrected", "reset"]


class PersonalityLog:
    """Reads and writes one person's trait history."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def current(self) -> BigFive:
        rows = self._db.read("SELECT vector FROM personality ORDER BY id DESC LIMIT 1")
        return BigFive.from_values(json.loads(rows[0]["vector"])) if rows else BigFive()

    def history(self) -> list[PersonalityRecord]:
        """Oldest first; empty as long as nothing was inferred."""
        rows = self._db.read(
            "SELECT p.*, coalesce(t.text, '') AS sentence FROM personality p "
            "LEFT JOIN turns t ON t.id = p.turn_id ORDER BY p.id"
        )
        return [
            PersonalityRecord(
                time=self._db.local(row["at"]),
                turn=row["turn_id"],
                vector=BigFive.from_values(json.loads(row["vector"])),
                inferred=tuple(json.loads(row["inferred"])) if row["inferred"] else None,
                sentence=row["sentence"],
                source=row["source"],
            )
            for row in rows
        ]

    def append(
        self,
        at: datetime,
        vector: BigFive,
        source: Literal["inferred", "corrected", "reset"],
        turn: int | None = None,
        inferred: Sequence[int | None] | None = None,
    ) -> None:
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO personality (turn_id, at, source, inferred, vector) "
                "VALUES (?, ?, ?, ?, ?)",
                (
                    turn,
                    to_micros(at),
                    source,
                    None if inferred is None else json.dumps(list(inferred)),
                    json.dumps(list(vector.values())),
                ),
            )

    def frozen(self) -> frozenset[str]:
        """The traits that the person has asked to leave as they are."""
        return frozenset(row["trait"] for row in self._db.read("SELECT trait FROM frozen_traits"))

    def freeze(self, trait: str, on: bool) -> None:
        statement = (
            "INSERT OR IGNORE INTO frozen_traits VALUES (?)"
            if on
            else "DELETE FROM frozen_traits WHERE trait = ?"
        )
        with self._db.write() as connection:
            connection.execute(statement, (trait,))
