"""These tests do not wait for the disk: none of them pulls the plug."""

from __future__ import annotations

import os
import sqlite3

import pytest

from personavlm.memory.database import Database


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    open_durably = Database._open

    def open_quickly(database: Database) -> sqlite3.Connection:
        connection = open_durably(database)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    monkeypatch.setattr(Database, "_open", open_quickly)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
