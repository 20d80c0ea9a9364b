"""One person's SQLite file: opening, locking, transactions. What is in it is others' business.

The file is held by one process at a time (a lock file beside it). Within the process one connection
serves all threads, one at a time; no lock is held while a model runs.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
import threading
import time
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from filelock import FileLock, Timeout

from personavlm.errors import BadInput, MemoryCorrupt, MemoryUnavailable
from personavlm.memory.schema import migrate

log = logging.getLogger(__name__)

FILE_NAME = "memory.sqlite3"
DAMAGED = ".damaged-"
MAPPED = 1 << 31  # bytes read where they lie: a person with 100,000 memories opens 15% faster
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_micros(time: datetime) -> int:
    """An aware datetime as microseconds since 1970 (UTC)."""
    return (time - EPOCH) // MICROSECOND


def list_of(values: Iterable[int]) -> str:
    """Ids as one parameter of a query: `id IN (SELECT value FROM json_each(?))`, any number."""
    return json.dumps(list(values))


def storable(text: str) -> str:
    """Text that UTF-8 can hold: lone surrogates, which a browser may send, become "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


def person_folder(data_dir: Path, user_id: str) -> Path:
    """Where a person's memory lives. The id is hashed: no id can name a path outside.

    Raises:
        BadInput: the id is empty, or not text that can be stored.
    """
    identity = unicodedata.normalize("NFC", user_id).strip()
    if any("\ud800" <= letter <= "\udfff" for letter in identity):
        raise BadInput("That user id is not valid Unicode text. Choose another one.")
    if not identity:
        raise BadInput("A user id cannot be empty. Give each person a name or an id of their own.")
    return data_dir / "people" / hashlib.sha256(identity.encode()).hexdigest()[:32]


def zone_of(name: str) -> ZoneInfo:
    """An IANA time zone by name.

    Raises:
        BadInput: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadInput(f"{name!r} is not a time zone. Use a name like 'Europe/Lisbon'.") from error


class _Told:
    """Puts what sqlite says of the file or the disk as an error fit to be shown."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.IntegrityError):
            return  # that says something of the data
        if isinstance(error, sqlite3.DatabaseError):
            raise _unavailable(error, self._path) from error


class Database:
    """An open memory file. `read` and `write` may be called from any thread."""

    def __init__(self, folder: Path, user_id: str, zone: str | None) -> None:
        """Open or create the memory of `user_id` in `folder`.

        Raises:
            MemoryUnavailable: another process has it, or the disk refuses.
            MemoryCorrupt: the file is damaged; it was moved aside.
        """
        self.folder = folder
        self._mutex = threading.RLock()
        self._told = _Told(folder / FILE_NAME)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (folder / "images").mkdir(exist_ok=True)
            self._lock = FileLock(folder / "lock", timeout=0, thread_local=False)
            self._lock.acquire()
        except Timeout as error:
            raise MemoryUnavailable(
                "This person's memory is open in another process. Close that one first, "
                "or use another data folder (--data-dir)."
            ) from error
        except OSError as error:
            raise MemoryUnavailable(
                f"The data folder {folder} cannot be used ({error.strerror}). "
                "Choose another with --data-dir or PERSONAVLM_DATA_DIR."
            ) from error
        try:
            self._connection = self._open()
        except BaseException:
            self._lock.release()
            raise
        try:
            row = self._person(user_id, zone)
        except BaseException:
            self.close()
            raise
        self.user_id: str = row["user_id"]
        self.zone = zone_of(row["zone"])

    def _open(self) -> sqlite3.Connection:
        path = self.folder / FILE_NAME
        connection = None
        try:
            path.touch(mode=0o600)  # sqlite would create it under the process's umask
            connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            connection.row_factory = sqlite3.Row
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",  # an acknowledged turn survives a power cut
                "secure_delete = ON",
                "foreign_keys = ON",
                f"mmap_size = {MAPPED}",
            ):
                connection.execute(f"PRAGMA {pragma}")
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("the quick check failed")
            migrate(connection)
            # What was deleted just before a crash may still be in the log.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            # Let go of the pages that the check has read.
            connection.execute("PRAGMA shrink_memory")
            connection.execute("PRAGMA mmap_size = 0")
            connection.execute(f"PRAGMA mmap_size = {MAPPED}")
        except (sqlite3.OperationalError, OSError) as error:
            if connection is not None:
                connection.close()
            raise _unavailable(error, path) from error
        except sqlite3.DatabaseError as error:
            if connection is not None:
                connection.close()
            aside = _move_aside(path)
            raise MemoryCorrupt(
                f"This person's memory file is damaged and was moved to {aside}. Nothing was "
                "deleted. Restore a backup or an export; opening it again starts an empty memory."
            ) from error
        return connection

    def _person(self, user_id: str, zone: str | None) -> sqlite3.Row:
        rows = self.read("SELECT user_id, zone FROM person")
        if not rows:
            name = zone_of(zone or _system_zone()).key
            with self.write() as connection:
                connection.execute(
                    "INSERT INTO person VALUES (1, ?, ?, ?)",
                    (user_id, name, time.time_ns() // 1000),
                )
            rows = self.read("SELECT user_id, zone FROM person")
        row: sqlite3.Row = rows[0]
        return row

    def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query.

        Raises:
            MemoryUnavailable: the memory is closed, or the disk refuses.
        """
        with self._mutex, self._told:
            return self._connection.execute(sql, parameters).fetchall()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on disk when the block ends, or none of it.

        Raises:
            MemoryUnavailable: disk full, read-only, or closed; nothing was changed.
        """
        with self._mutex, self._told:
            if self._connection.in_transaction:  # a nested block joins the outer one
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def scrub(self) -> None:
        """Empty the write-ahead log, so that what was deleted is gone from it too."""
        with self._mutex, self._told:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def vacuum(self) -> None:
        """Rewrite the file without free pages, then empty the log."""
        with self._mutex, self._told:
            self._connection.execute("VACUUM")
            self.scrub()

    def remove_damaged(self) -> None:
        """Delete the damaged files that were moved aside."""
        for path in self.folder.glob(f"{FILE_NAME}{DAMAGED}*"):
            path.unlink(missing_ok=True)

    def local(self, micros: int) -> datetime:
        """A stored time in the person's zone."""
        return (EPOCH + timedelta(microseconds=micros)).astimezone(self.zone)

    def close(self) -> None:
        """Close the file and let other processes have it. Calling it twice is fine."""
        with self._mutex:
            self._connection.close()
            self._lock.release()


def _system_zone() -> str:
    """The IANA name of this machine's zone, UTC where it has none."""
    try:
        from tzlocal import get_localzone_name
    except ImportError:
        return "UTC"
    return get_localzone_name() or "UTC"


def _unavailable(error: sqlite3.Error | OSError, path: Path) -> MemoryUnavailable:
    reason = str(error).lower()
    if "full" in reason or "no space" in reason:
        advice = "The disk is full: nothing was changed. Free some space and try again."
    elif any(word in reason for word in ("readonly", "read-only", "permission")):
        advice = "The file or its folder is read-only: nothing was changed. Make it writable."
    elif "closed" in reason:
        advice = "This memory is closed. Open the person's agent again."
    else:
        advice = f"The database says: {error}."
    return MemoryUnavailable(f"Memory at {path} cannot be used. {advice}")


def _move_aside(path: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    target = path.with_name(f"{path.name}{DAMAGED}{stamp}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(target.with_name(target.name + suffix))
    log.error("A damaged memory file was moved to %s", target)
    return target
