"""The verdicts of a judge on disk, and beside them what they are verdicts on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import TypeAdapter

from eval import durable
from eval.benchmarks.files import json_of
from eval.open.verdicts import Pair, Verdict
from personavlm.errors import BadInput

ABOUT, COMPARED, ROWS = "judgement.json", "compared.jsonl", "verdicts.jsonl"
COMMIT = "commit"  # may differ between two parts of one run
VERDICT = TypeAdapter(Verdict)


@dataclass(frozen=True, slots=True)
class Compared:
    """What a judge was given of one question, and what cannot be told from its words.

    of: as verdicts on it have it. right: the right answer. person: what the judge is told of them.
    ours, theirs: the replies; failed: why there is none, else empty.
    """

    case: str
    of: str
    question: str
    right: str
    person: Mapping[str, Any]
    ours: str
    theirs: str
    ours_failed: str = ""
    theirs_failed: str = ""

    @classmethod
    def of_pair(cls, pair: Pair) -> Compared:
        ours, theirs = pair.ours, pair.theirs
        return cls(
            pair.case.id, pair.digest, pair.case.question, pair.case.gold, pair.person,
            ours.reply, theirs.reply, ours.failed, theirs.failed,
        )  # fmt: skip


COMPARED_ROW = TypeAdapter(Compared)


class Lines:
    """Verdicts, open for writing. rows: what was there when they were opened."""

    def __init__(self, rows: tuple[Verdict, ...], file: BinaryIO) -> None:
        self.rows = rows
        self._file = file

    def append(self, row: Verdict) -> None:
        """Keep one more: once this returns, it outlives the process."""
        durable.append(self._file, row)


@contextmanager
def opened(
    folder: Path,
    about: Mapping[str, Any],
    pairs: Sequence[Pair],
    stays: Callable[[Verdict], bool],
) -> Iterator[Lines]:
    """Start in a folder, or go on with the same.

    about: what the verdicts are of (JSON): with anything else they are not continued. pairs: what
    is compared. stays: which of the verdicts that are there are kept; the others are made anew.

    Raises:
        BadInput: the folder holds something else, is in use by another process, or is damaged.
    """
    with durable.held(folder):
        _claim(folder, about)
        rows = tuple(filter(stays, verdicts(folder)))
        rewrite(folder, rows)  # without a line that was cut off, too
        shown = b"".join(durable.line(Compared.of_pair(pair)) for pair in pairs)
        durable.replace(folder / COMPARED, shown)
        with (folder / ROWS).open("ab") as file:
            yield Lines(rows, file)
            os.fsync(file.fileno())


def verdicts(folder: Path) -> tuple[Verdict, ...]:
    """Those of a folder, without a line that is still being written.

    Raises:
        BadInput: it is damaged.
    """
    return tuple(durable.rows(folder / ROWS, VERDICT))


def compared(folder: Path) -> dict[str, Compared]:
    """What they are verdicts on, by case.

    Raises:
        BadInput: it is damaged.
    """
    return {one.case: one for one in durable.rows(folder / COMPARED, COMPARED_ROW)}


def rewrite(folder: Path, rows: Sequence[Verdict]) -> None:
    """All verdicts at once, in this order, or none of them."""
    durable.replace(folder / ROWS, b"".join(map(durable.line, rows)))


def _claim(folder: Path, about: Mapping[str, Any]) -> None:
    path = folder / ABOUT
    wanted = json.dumps(dict(about), ensure_ascii=False, indent=1)
    if not path.exists():
        durable.replace(path, wanted.encode() + b"\n")
        return
    old, new = json_of(path), json.loads(wanted)
    names = [name for name in {**old, **new} if name != COMMIT and old.get(name) != new.get(name)]
    if names:
        raise BadInput(
            f"{folder} holds other verdicts: {', '.join(names)} differ. Give another --out, or "
            "remove it."
        )
