"""Made-up memories, any number of them, put into a person's database at once.

What a search costs depends on how many rows there are, how long their texts and how common their
words; so those are like a long correspondence: a dozen content words a message among as many common
ones, words as unevenly frequent as in talk (Zipf-Mandelbrot), sessions of twelve messages that keep
to their subject, a topic each. Rows and vectors are inserted in bulk: written turn by turn through
the product's own code, a million would take hours. Words are counted by the product's own code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from personavlm.memory.database import Database, to_micros
from personavlm.memory.encode import Vectors
from personavlm.memory.knowledge import Knowledge
from personavlm.memory.lexical import counted
from personavlm.records import MemoryType

FIRST = datetime(1995, 1, 1, tzinfo=ZoneInfo("UTC"))
MINUTE = 60 * 1_000_000
SESSION = 12  # turns, one topic, and 7 facts: 60, 5 and 35 of a hundred memories
FACTS = 7
SESSIONS_A_DAY = 2
AT_ONCE = 500  # sessions that are made together
COMMON_SHARE, OWN_SHARE = 0.6, 0.4  # of a vector: the mean of all, and what no word accounts for
COMMON = ("I", "was", "at", "the", "and", "then", "we", "have", "to", "it", "with", "a")
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aiou"]


class Vocabulary:
    """Pseudo-words, how often each is said, and a direction for each. Also the stand-in encoder."""

    name, dimension = "made-up", 384
    size = 30_000

    def __init__(self) -> None:
        chance = np.random.default_rng(1)
        count = len(SYLLABLES)
        self.words = [
            SYLLABLES[n % count] + SYLLABLES[n // count % count] + SYLLABLES[n // count**2] + "n"
            for n in range(self.size)
        ]
        often = 1 / (np.arange(self.size) + 11)  # the most common in one of 90 places
        self._often = np.cumsum(often / often.sum())
        self._weight = np.log(often[0] / often + 1).astype(np.float32) + 1  # rare words say more
        # Few directions tell most: the spectrum of all-MiniLM-L6-v2 over LoCoMo's messages, and
        # their mean.
        self._spread = ((np.arange(self.dimension) + 16.0) ** -0.85).astype(np.float32)
        self._spread /= np.linalg.norm(self._spread)
        self._mean = chance.standard_normal(self.dimension, np.float32) * self._spread
        self._directions = chance.standard_normal((self.size, self.dimension), np.float32)
        self._directions *= self._spread
        self._numbers = {word: number for number, word in enumerate(self.words)}

    def draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.int64]:
        """Words by number, as often as they are said."""
        drawn = np.searchsorted(self._often, chance.random(shape))
        return np.minimum(drawn, self.size - 1)

    def vectors(self, texts: NDArray[np.int64], chance: np.random.Generator) -> Vectors:
        """Unit vectors of texts of as many words each: what they say, and something of their own.

        texts: shape (rows, words).
        """
        length = np.sqrt((self._weight[texts] ** 2).sum(1, keepdims=True))
        own = chance.standard_normal((len(texts), self.dimension), np.float32) * self._spread
        total = length * (COMMON_SHARE * self._mean + OWN_SHARE * own)
        for column in texts.T:
            total += self._directions[column] * self._weight[column, None]
        return total / np.linalg.norm(total, axis=1, keepdims=True)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Of any texts; those without a word of the vocabulary get one direction."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            said = [self._numbers[word] for word in text.split() if word in self._numbers]
            length = np.linalg.norm(self._weight[said]) if said else 1
            row += COMMON_SHARE * length * self._mean
            row += self._weight[said] @ self._directions[said]
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def text(self, words: Iterable[int]) -> str:
        """A sentence with these words, every other word a common one."""
        said = (f"{self.words[word]} {COMMON[word % len(COMMON)]}" for word in words)
        return " ".join(said)

    def question(self, text: str, chance: np.random.Generator) -> tuple[str, str]:
        """What somebody asks who looks for a text: the keywords, and the whole question."""
        known = [word for word in text.split() if word in self._numbers]
        few = chance.permutation(known)[:5].tolist()
        return ", ".join(few[:2]), f"do you know what I said of {' and '.join(few)}"


def fill(database: Database, vocabulary: Vocabulary, memories: int) -> None:
    """Put so many memories into a new database: turns, facts, topics, in whole sessions."""
    chance = np.random.default_rng(memories)
    sessions = round(memories / (SESSION + FACTS + 1))
    database.read("PRAGMA synchronous = OFF")
    for first in range(0, sessions, AT_ONCE):
        _write(database, vocabulary, chance, range(first, min(first + AT_ONCE, sessions)))
    habits = {f"habit {n}": vocabulary.text(vocabulary.draw(chance, (6,))) for n in range(5)}
    Knowledge(database).replace_entries(MemoryType.PROCEDURAL, habits, FIRST, None)
    database.scrub()
    database.read("PRAGMA synchronous = FULL")


def _write(
    database: Database, vocabulary: Vocabulary, chance: np.random.Generator, sessions: range
) -> None:
    start = to_micros(FIRST)
    ids = np.arange(sessions.start, sessions.stop) + 1
    began = start + ids * (24 * 60 // SESSIONS_A_DAY) * MINUTE
    subjects = vocabulary.draw(chance, (len(ids), 40))

    def said(each: int, words: int) -> NDArray[np.int64]:
        """Words of rows, `each` a session: half of its subject, half of anything."""
        rows = np.repeat(np.arange(len(ids)), each)
        own = subjects[rows[:, None], chance.integers(0, 40, (len(rows), words))]
        other = vocabulary.draw(chance, own.shape)
        return np.where(chance.random(own.shape) < 0.5, own, other)

    turn_ids = (ids[:, None] - 1) * SESSION + np.arange(SESSION) + 1
    turn_times = began[:, None] + np.arange(SESSION) * MINUTE
    fact_ids = (ids[:, None] - 1) * FACTS + np.arange(FACTS) + 1
    turns, facts, topics = said(SESSION, 12), said(FACTS, 6), said(1, 14)
    texts = {"turn": _texts(vocabulary, turns), "semantic": _texts(vocabulary, facts),
             "topic": _texts(vocabulary, topics)}  # fmt: skip
    keywords = {"semantic": facts[:, :3], "topic": topics[:, :5]}
    lists = {owner: [[vocabulary.words[w] for w in row] for row in rows]
             for owner, rows in keywords.items()}  # fmt: skip
    tables: dict[str, Iterable[tuple[object, ...]]] = {
        "sessions (id, started, ended)": zip(
            ids.tolist(), began.tolist(), turn_times[:, -1].tolist(), strict=True
        ),
        "turns (id, session_id, at, text, reply, state)": zip(
            *(turn_ids.ravel().tolist(), np.repeat(ids, SESSION).tolist()),
            *(turn_times.ravel().tolist(), texts["turn"], texts["turn"], ["done"] * turn_ids.size),
            strict=True,
        ),
        "semantic (id, at, content, keywords, reason, turn_id)": zip(
            *(fact_ids.ravel().tolist(), turn_times[:, :FACTS].ravel().tolist()),
            *(texts["semantic"], map(json.dumps, lists["semantic"]), ["said so"] * fact_ids.size),
            turn_ids[:, :FACTS].ravel().tolist(),
            strict=True,
        ),
        "topics (id, session_id, started, ended, summary, keywords)": zip(
            *(ids.tolist(), ids.tolist(), began.tolist(), turn_times[:, -1].tolist()),
            *(texts["topic"], map(json.dumps, lists["topic"])),
            strict=True,
        ),
        "topic_turns (topic_id, turn_id)": zip(
            np.repeat(ids, SESSION).tolist(), turn_ids.ravel().tolist(), strict=True
        ),
    }
    views = (
        ("turn", "content", turn_ids, texts["turn"], turns),
        ("semantic", "content", fact_ids, texts["semantic"], facts),
        ("topic", "content", ids, texts["topic"], topics),
        ("semantic", "keywords", fact_ids, map(", ".join, lists["semantic"]), facts[:, :3]),
        ("topic", "keywords", ids, map(", ".join, lists["topic"]), topics[:, :5]),
    )
    with database.write() as connection:
        for table, rows in tables.items():
            marks = ", ".join("?" * (table.count(",") + 1))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        for owner, view, numbers, lines, words in views:
            connection.executemany(
                "INSERT INTO vectors (owner, owner_id, view, encoder, vector, words) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                _vector_rows(vocabulary, owner, view, numbers, lines,
                             vocabulary.vectors(words, chance)),
            )  # fmt: skip


def _texts(vocabulary: Vocabulary, rows: NDArray[np.int64]) -> list[str]:
    return [vocabulary.text(row) for row in rows.tolist()]


def _vector_rows(
    vocabulary: Vocabulary,
    owner: str,
    view: str,
    ids: NDArray[np.int64],
    lines: Iterable[str],
    vectors: Vectors,
) -> Iterator[tuple[object, ...]]:
    for id, line, vector in zip(ids.ravel().tolist(), lines, vectors, strict=True):
        yield owner, id, view, vocabulary.name, vector.tobytes(), counted(line)
