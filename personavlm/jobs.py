"""The updates that are queued in a person's database: each is done once, whole, oldest first."""

from __future__ import annotations

from dataclasses import dataclass

from personavlm.memory.database import Database

MAX_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Job:
    """A queued update: of one turn, or of one ended session."""

    id: int
    turn: int | None
    session: int | None


class Superseded(Exception):
    """The job was withdrawn (its turn edited, deleted, forgotten) while it was being worked on."""


class Jobs:
    """The queue of one person."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def pending(self) -> int:
        """How many updates are still to be done."""
        return int(self._db.read("SELECT count(*) FROM jobs")[0][0])

    def next(self) -> Job | None:
        """The oldest one; it stays queued."""
        rows = self._db.read("SELECT * FROM jobs ORDER BY id LIMIT 1")
        return Job(rows[0]["id"], rows[0]["turn_id"], rows[0]["session_id"]) if rows else None

    def take(self, job: Job) -> None:
        """Remove a job in the transaction that writes its results.

        Raises:
            Superseded: somebody else did; nothing may be written.
        """
        with self._db.write() as connection:
            taken = connection.execute("DELETE FROM jobs WHERE id = ?", (job.id,))
        if taken.rowcount != 1:
            raise Superseded

    def count_failure(self, job: Job) -> bool:
        """Note that a job failed. True if it has failed too often: then it is given up."""
        with self._db.write() as connection:
            connection.execute("UPDATE jobs SET attempts = attempts + 1 WHERE id = ?", (job.id,))
            given_up = connection.execute(
                "DELETE FROM jobs WHERE id = ? AND attempts >= ?", (job.id, MAX_ATTEMPTS)
            )
        return bool(given_up.rowcount)
