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
from pathlib import Path
from typing import Any

from personavlm.errors import BadImage, BadInput
from personavlm.memory.database import Database, zone_of
from personavlm.memory.pictures import encode_picture, picture_path, write_picture

FORMAT = "personavlm-memory"
VERSION = 1
TABLES = {  # parents before children, each with the order of its rows
    "sessions": "id",
    "turns": "id",
    "images": "hash",
    "turn_images": "turn_id, position",
    "semantic": "id",
    "crops": "id",
    "topics": "id",
    "topic_turns": "topic_id, turn_id",
    "entries": "id",
    "personality": "id",
    "frozen_traits": "trait",
    "jobs": "id",
    "outcomes": "id",
}
MAX_FILES = 20_000
MAX_JSON_BYTES = 512_000_000
MAX_PICTURE_BYTES = 8_000_000
MAX_TOTAL_BYTES = 4_000_000_000
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold: no clock in the archive


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


def import_archive(database: Database, source: bytes | Path, take_over: bool) -> None:
    """Replace everything the memory holds by an archive's content, or change nothing.

    Raises:
        BadInput: not such an archive, damaged, too large, or somebody else's (unless `take_over`).
    """
    document, pictures = _read(source)
    if document["user_id"] != database.user_id and not take_over:
        raise BadInput(
            "This archive was exported from another person's memory. "
            "If it is yours all the same, say so (take_over) and import it again."
        )
    zone_of(document["zone"])
    for name, data in pictures.items():
        write_picture(database.folder, name, data)
    with database.write() as connection:
        connection.execute("PRAGMA defer_foreign_keys = ON")
        for table in reversed(TABLES):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("UPDATE person SET zone = ?", (document["zone"],))
        try:
            for table in TABLES:
                _insert(connection, table, document["tables"][table])
        except (ValueError, sqlite3.IntegrityError, sqlite3.ProgrammingError) as error:
            raise BadInput(f"The archive's content does not fit together: {error}.") from error
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise BadInput("The archive's content does not fit together: something is missing.")


def _insert(connection: Any, table: str, rows: list[dict[str, Any]]) -> None:
    columns = [row["name"] for row in connection.execute(f"PRAGMA table_info({table})")]
    for row in rows:
        if set(row) != set(columns):
            raise ValueError(f"the columns of {table} are not the expected ones")
        marks = ",".join("?" * len(columns))
        connection.execute(
            f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks})",
            [row[column] for column in columns],
        )


def _read(source: bytes | Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as file:
            entries = _checked_entries(file)
            document = json.loads(file.read(entries.pop("memory.json")))
            pictures = {
                name.removeprefix("images/").removesuffix(".webp"): file.read(entry)
                for name, entry in entries.items()
            }
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadInput("That file is not a zip, or it is damaged.") from error
    except (ValueError, RecursionError) as error:
        raise BadInput("The archive's memory.json is damaged.") from error
    _check_document(document)
    _check_pictures(document, pictures)
    return document, pictures


def _checked_entries(file: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The archive's entries by name, once their announced sizes are known to be harmless."""
    entries = {entry.filename: entry for entry in file.infolist()}
    if "memory.json" not in entries:
        raise BadInput("That zip is not an export of PersonaVLM: it has no memory.json.")
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


def _check_document(document: Any) -> None:
    problem = None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        problem = "it is not an export of PersonaVLM"
    elif document.get("version") != VERSION:
        problem = f"its version is {document.get('version')!r}, this program reads {VERSION}"
    elif not isinstance(document.get("user_id"), str) or not isinstance(document.get("zone"), str):
        problem = "it does not say whose it is"
    else:
        tables = document.get("tables")
        if not isinstance(tables, dict) or set(tables) != set(TABLES):
            problem = "its tables are not the expected ones"
        elif not all(
            isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
            for rows in tables.values()
        ):
            problem = "its tables do not hold rows"
    if problem:
        raise BadInput(f"The archive cannot be imported: {problem}.")


def _check_pictures(document: dict[str, Any], pictures: dict[str, bytes]) -> None:
    announced = {row.get("hash") for row in document["tables"]["images"]}
    if announced != set(pictures):
        raise BadInput("The archive's pictures are not the ones its memory names.")
    for name, data in pictures.items():
        if hashlib.sha256(data).hexdigest() != name:
            raise BadInput("A picture in the archive is damaged.")
        try:
            encode_picture(data)
        except BadImage as error:
            raise BadInput(f"A picture in the archive cannot be used: {error}") from error


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry
