"""The database of one person, as numbered migrations (`PRAGMA user_version` counts them).

Times are integer microseconds since 1970 in UTC; the person's zone is kept beside them. Vectors are
derived from the text beside them and may be dropped and computed again at any time; so may nothing
else here.
"""

from __future__ import annotations

import sqlite3

from personavlm.errors import MemoryUnavailable

MIGRATIONS = (
    """
    CREATE TABLE person (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        user_id TEXT NOT NULL,
        zone TEXT NOT NULL,
        created INTEGER NOT NULL
    );
    CREATE TABLE sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        started INTEGER NOT NULL,
        ended INTEGER                      -- NULL while the session runs
    );
    CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
        at INTEGER NOT NULL,
        text TEXT NOT NULL,
        reply TEXT,
        state TEXT NOT NULL CHECK (state IN ('open', 'done', 'stopped', 'failed')),
        trace TEXT NOT NULL DEFAULT '[]',  -- hits by id, never by text: see trace_codec
        usage TEXT NOT NULL DEFAULT '[]'
    );
    CREATE INDEX turns_by_session ON turns (session_id, at);
    CREATE TABLE images (
        hash TEXT PRIMARY KEY,             -- sha256 of the stored file
        width INTEGER NOT NULL,
        height INTEGER NOT NULL
    );
    CREATE TABLE turn_images (
        turn_id INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE,
        position INTEGER NOT NULL,
        hash TEXT NOT NULL REFERENCES images,
        PRIMARY KEY (turn_id, position)
    );
    CREATE TABLE semantic (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        content TEXT NOT NULL,
        keywords TEXT NOT NULL,            -- a JSON list
        reason TEXT NOT NULL,
        turn_id INTEGER REFERENCES turns ON DELETE CASCADE,
        edited INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX semantic_by_turn ON semantic (turn_id);
    CREATE TABLE crops (                   -- objects in pictures (filled by a later schema's code)
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        semantic_id INTEGER NOT NULL REFERENCES semantic ON DELETE CASCADE,
        source TEXT NOT NULL REFERENCES images,
        hash TEXT NOT NULL REFERENCES images,
        name TEXT NOT NULL,
        category TEXT NOT NULL,
        box TEXT NOT NULL                  -- JSON [left, top, right, bottom], pixels of the source
    );
    CREATE TABLE topics (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
        started INTEGER NOT NULL,
        ended INTEGER NOT NULL,
        summary TEXT NOT NULL,
        keywords TEXT NOT NULL
    );
    CREATE TABLE topic_turns (
        topic_id INTEGER NOT NULL REFERENCES topics ON DELETE CASCADE,
        turn_id INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE,
        PRIMARY KEY (topic_id, turn_id)
    ) WITHOUT ROWID;
    CREATE INDEX topic_turns_by_turn ON topic_turns (turn_id);
    CREATE TABLE entries (                 -- core and procedural memory, every version of it
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        type TEXT NOT NULL CHECK (type IN ('core', 'procedural')),
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        at INTEGER NOT NULL,
        session_id INTEGER REFERENCES sessions ON DELETE SET NULL,  -- NULL: set by the person
        superseded INTEGER,                -- when it stopped being the current value
        superseded_in INTEGER              -- the session whose update did that
    );
    CREATE UNIQUE INDEX entries_current ON entries (type, key) WHERE superseded IS NULL;
    CREATE TABLE vectors (
        owner TEXT NOT NULL,               -- 'semantic', 'topic', 'turn', 'entry' or 'crop'
        owner_id INTEGER NOT NULL,
        view TEXT NOT NULL,                -- 'content', 'keywords' or 'picture'
        encoder TEXT NOT NULL,             -- of texts; of a crop, the descriptor
        vector BLOB NOT NULL,              -- float32, unit length
        PRIMARY KEY (owner, owner_id, view)
    ) WITHOUT ROWID;
    CREATE TABLE personality (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        turn_id INTEGER REFERENCES turns ON DELETE CASCADE,
        at INTEGER NOT NULL,
        source TEXT NOT NULL CHECK (source IN ('inferred', 'corrected', 'reset')),
        inferred TEXT,                     -- JSON list of five integers or nulls
        vector TEXT NOT NULL               -- JSON list of five numbers, 1 to 5
    );
    CREATE INDEX personality_by_turn ON personality (turn_id);
    CREATE TABLE frozen_traits (trait TEXT PRIMARY KEY);
    CREATE TABLE jobs (                    -- updates that are still to be done, oldest first
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('turn', 'session')),
        turn_id INTEGER REFERENCES turns ON DELETE CASCADE,
        session_id INTEGER REFERENCES sessions ON DELETE CASCADE,
        attempts INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE outcomes (                -- what an update did; what was saved is named by id only
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        saved INTEGER NOT NULL,
        note TEXT NOT NULL,                -- why nothing was saved
        memory_ids TEXT NOT NULL,          -- a JSON list such as ["semantic:3"]
        turn_id INTEGER REFERENCES turns ON DELETE CASCADE,
        session_id INTEGER REFERENCES sessions ON DELETE CASCADE
    );
    CREATE INDEX outcomes_by_turn ON outcomes (turn_id);
    CREATE TRIGGER semantic_gone AFTER DELETE ON semantic BEGIN
        DELETE FROM vectors WHERE owner = 'semantic' AND owner_id = old.id;
    END;
    CREATE TRIGGER topic_gone AFTER DELETE ON topics BEGIN
        DELETE FROM vectors WHERE owner = 'topic' AND owner_id = old.id;
    END;
    CREATE TRIGGER turn_gone AFTER DELETE ON turns BEGIN
        DELETE FROM vectors WHERE owner = 'turn' AND owner_id = old.id;
    END;
    CREATE TRIGGER entry_gone AFTER DELETE ON entries BEGIN
        DELETE FROM vectors WHERE owner = 'entry' AND owner_id = old.id;
    END;
    """,
    # What wrote a reply: the engine, and the weights and prompts that it ran.
    "ALTER TABLE turns ADD COLUMN answered_by TEXT NOT NULL DEFAULT '';",
    # Which fact a newer one replaced. Both stay; without the newer one, the older holds again.
    """
    CREATE TABLE replaced (
        older INTEGER PRIMARY KEY REFERENCES semantic ON DELETE CASCADE,
        newer INTEGER NOT NULL REFERENCES semantic ON DELETE CASCADE
    );
    CREATE INDEX replaced_by_newer ON replaced (newer);
    """,
    # Objects in pictures. A crop is one view of an object, in one picture.
    """
    DROP TABLE crops;                      -- nothing was ever written to it
    CREATE TABLE objects (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        category TEXT NOT NULL
    );
    CREATE TABLE crops (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        object_id INTEGER NOT NULL REFERENCES objects ON DELETE CASCADE,
        at INTEGER NOT NULL,
        semantic_id INTEGER REFERENCES semantic ON DELETE CASCADE,  -- NULL: shown by the person
        turn_id INTEGER REFERENCES turns ON DELETE CASCADE,  -- NULL: the picture is of no message
        note TEXT NOT NULL,                -- the person's; what a fact says stands in that fact
        source TEXT NOT NULL REFERENCES images,
        hash TEXT NOT NULL REFERENCES images,
        box TEXT NOT NULL                  -- JSON [left, top, right, bottom], pixels of the source
    );
    CREATE INDEX crops_by_object ON crops (object_id);
    CREATE INDEX crops_by_fact ON crops (semantic_id);
    CREATE INDEX crops_by_turn ON crops (turn_id);
    CREATE TRIGGER crop_gone AFTER DELETE ON crops BEGIN
        DELETE FROM vectors WHERE owner = 'crop' AND owner_id = old.id;
        DELETE FROM objects WHERE id = old.object_id
            AND NOT EXISTS (SELECT 1 FROM crops WHERE object_id = old.object_id);
    END;
    CREATE TRIGGER turn_image_gone AFTER DELETE ON turn_images BEGIN
        DELETE FROM crops WHERE turn_id = old.turn_id AND source = old.hash;
    END;
    """,
    # The counted words beside the vector, so that opening reads no text; and a table with row
    # numbers: without them, rows of 1.5 KB spill over to a page of their own. (No renaming: that
    # would rewrite the triggers.) Windows and unanswered turns are found by index.
    """
    CREATE TABLE kept AS SELECT * FROM vectors;
    DROP TABLE vectors;
    CREATE TABLE vectors (
        owner TEXT NOT NULL,               -- 'semantic', 'topic', 'turn' or 'entry'
        owner_id INTEGER NOT NULL,
        view TEXT NOT NULL,                -- 'content' or 'keywords'
        encoder TEXT NOT NULL,
        vector BLOB NOT NULL,              -- float32, unit length
        words BLOB,                        -- see lexical.counted; NULL: not counted yet
        PRIMARY KEY (owner, owner_id, view)
    );
    INSERT INTO vectors SELECT owner, owner_id, view, encoder, vector, NULL FROM kept;
    DROP TABLE kept;
    CREATE INDEX turns_by_time ON turns (at);
    CREATE INDEX turns_open ON turns (id) WHERE state = 'open';
    CREATE INDEX semantic_by_time ON semantic (at);
    """,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to the newest schema, in one transaction.

    Raises:
        MemoryUnavailable: the file was written by a newer version of this program.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise MemoryUnavailable(
            f"This memory was written by a newer version of PersonaVLM (schema {version}, "
            f"this one knows {len(MIGRATIONS)}). Update the program to open it."
        )
    if version < len(MIGRATIONS):
        steps = "".join(MIGRATIONS[version:])
        connection.executescript(f"BEGIN; {steps} PRAGMA user_version = {len(MIGRATIONS)}; COMMIT;")
