"""Export and import of everything a person's memory holds: one zip, `memory.json` and pictures.

The same memory always gives the same bytes, and export, import, export gives them back. Vectors are
not in it: they follow from the text. An archive is checked whole before anything is changed, and
then taken over in one transaction.
"""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from personavlm.errors import BadImage, BadInput
from personavlm.memory.archive_rows import ROWS, check_rows
from personavlm.memory.database import Database, zone_of
from personavlm.memory.pictures import picture_path, picture_size, write_picture

FORMAT = "personavlm-memory"
VERSION = 1
TABLES = {  # parents before children, each with the order of its rows
    "sessions": "id",
    "turns": "id",
    "images": "hash",
    "turn_images": "turn_id, position",
    "semantic": "id",
    "replaced": "older",
    "objects": "id",
    "crops": "id",
    "topics": "id",
    "topic_turns": "topic_id, turn_id",
    "entries": "id",
    "personality": "id",
    "frozen_traits": "trait",
    "jobs": "id",
    "outcomes": "id",
}
LATER = {"replaced", "objects"}  # not in the first archives
MAX_FILES = 20_000
MAX_JSON_BYTES = 128_000_000
MAX_PICTURE_BYTES = 8_000_000
MAX_TOTAL_BYTES = 4_000_000_000
# zipfile reports damage with all of these.
DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError,
           RuntimeError)  # fmt: skip
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold: no clock in the archive


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive holds: whose it is, the rows of each table, the pictures by hash."""

    user_id: str
    zone: ZoneInfo
    tables: dict[str, list[dict[str, Any]]]
    pictures: dict[str, bytes]


def export_archive(database: Database) -> bytes:
    """Everything about the person, as the bytes of a zip."""
    with database.write():  # one consistent state, even while an update is about to commit
        tables = {
            table: [dict(row) for row in database.read(f"SELECT * FROM {table} ORDER BY {order}")]
            for table, order in TABLES.items()
        }
        pictures = {
            row["hash"]: picture_path(database.folder, row["hash"]).read_bytes()
            for row in tables["images"]
        }
    document = {
        "format": FORMAT,
        "version": VERSION,
        "user_id": database.user_id,
        "zone": database.zone.key,
        "tables": tables,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1)
        archive.writestr(_entry("memory.json"), text)
        for name in sorted(pictures):
            archive.writestr(_entry(f"images/{name}.webp"), pictures[name])
    return buffer.getvalue()


def read_archive(source: bytes | Path) -> Archive:
    """The content of an archive, checked as far as one can without a database.

    Raises:
        BadInput: not such an archive, damaged, or too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as file:
            entries = _checked_entries(file)
            document = _document(_unpack(file, entries.pop("memory.json")))
            pictures = _pictures(document, file, entries)
    except DAMAGED as error:
        raise BadInput("That file is not a zip, or it is damaged.") from error
    return Archive(document["user_id"], zone_of(document["zone"]), document["tables"], pictures)


def replace_all(database: Database, archive: Archive) -> None:
    """Put an archive's content in the place of all that the memory holds.

    Raises:
        BadInput: its parts do not fit together; nothing was changed.
    """
    with database.write() as connection:
        for name, data in archive.pictures.items():
            write_picture(database.folder, name, data)
        connection.execute("PRAGMA defer_foreign_keys = ON")
        for table in reversed(TABLES):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("UPDATE person SET zone = ?", (archive.zone.key,))
        try:
            for table in TABLES:
                _insert(connection, table, archive.tables[table])
        except (sqlite3.IntegrityError, UnicodeEncodeError) as error:
            raise BadInput(f"The archive's content does not fit together: {error}.") from error
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise BadInput("The archive's content does not fit together: something is missing.")


def _insert(connection: Any, table: str, rows: list[dict[str, Any]]) -> None:
    columns = {name: field.default for name, field in ROWS[table].model_fields.items()}
    marks = ",".join("?" * len(columns))
    connection.executemany(
        f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks})",
        [[row.get(name, default) for name, default in columns.items()] for row in rows],
    )


def _checked_entries(file: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The archive's entries by name, once their announced sizes are known to be harmless."""
    entries = {entry.filename: entry for entry in file.infolist()}
    if "memory.json" not in entries:
        raise BadInput("That zip is not an export of PersonaVLM: it has no memory.json.")
    if len(entries) != len(file.infolist()):
        raise BadInput("The archive holds the same file twice; not imported.")
    too_large = (
        len(entries) > MAX_FILES
        or entries["memory.json"].file_size > MAX_JSON_BYTES
        or sum(entry.file_size for entry in entries.values()) > MAX_TOTAL_BYTES
        or any(
            entry.file_size > MAX_PICTURE_BYTES
            for name, entry in entries.items()
            if name != "memory.json"
        )
    )
    if too_large:
        raise BadInput("The archive would unpack to far more than a memory holds; not imported.")
    return entries


def _unpack(file: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """An entry's bytes, never more of them than it announces."""
    with file.open(entry) as packed:
        return packed.read(entry.file_size + 1)  # a read without a limit would unpack all it holds


def _document(text: bytes) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput("The archive's memory.json is damaged.") from error
    problem = None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        problem = "it is not an export of PersonaVLM"
    elif document.get("version") != VERSION:
        problem = f"its version is {document.get('version')!r}, this program reads {VERSION}"
    elif not isinstance(document.get("user_id"), str) or not isinstance(document.get("zone"), str):
        problem = "it does not say whose it is"
    elif not isinstance(tables := document.get("tables"), dict) or tables.keys() | LATER != set(
        TABLES
    ):
        problem = "its tables are not the expected ones"
    if problem:
        raise BadInput(f"The archive cannot be imported: {problem}.")
    checked: dict[str, Any] = document
    checked["tables"] = {table: [] for table in LATER} | checked["tables"]
    check_rows(checked["tables"])
    return checked


def _pictures(
    document: dict[str, Any], file: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]
) -> dict[str, bytes]:
    """The pictures by hash, each checked before the next one is unpacked."""
    rows = {f"images/{row['hash']}.webp": row for row in document["tables"]["images"]}
    if set(rows) != set(entries):
        raise BadInput("The archive's pictures are not the ones its memory names.")
    pictures = {}
    for name, entry in entries.items():
        data, row = _unpack(file, entry), rows[name]
        if hashlib.sha256(data).hexdigest() != row["hash"]:
            raise BadInput("A picture in the archive is damaged.")
        try:
            size = picture_size(data)
        except BadImage as error:
            raise BadInput(f"A picture in the archive cannot be used: {error}") from error
        if size != (row["width"], row["height"]):
            raise BadInput("A picture in the archive has another size than its memory says.")
        pictures[row["hash"]] = data
    return pictures


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry
