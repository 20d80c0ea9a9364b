"""A run on disk: a manifest that says what was run, and one JSON line a case.

A run may be killed at any point and started again: what is complete stays as it is, a line that was
being written is written anew, and the rest follows. A folder never takes up another run than the
one whose manifest it has, nor two processes at once.

A case that failed stays failed until it is asked for again. The new answers are kept beside the run
until all are there and then take the places of the old ones at once; each says in its `detail` why
the case had failed before. Every other line stays as it is.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import TypeAdapter, ValidationError

from eval import durable
from eval.benchmarks.files import json_of
from eval.case import Benchmark
from eval.scoring.score import RECORD, Record
from personavlm.errors import BadInput

ROOT = Path(__file__).resolve().parents[1]
MANIFEST, CASES, RETRIED = "manifest.json", "cases.jsonl", "retried.jsonl"
FAILED_BEFORE = "failed before"  # in the detail of a record: the reasons, oldest first


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run is of. published: what the paper calls this row; empty where it has none.

    cases: how many there are to answer; of: how many there would be without the limit. data:
    SHA-256 of each file of questions. settings: the method's. code: SHA-256 of this project's
    code and prompts, without which a run is not continued; commit: where they came from.
    histories: SHA-256 of each history that the cases may be answered from, and of its pictures.
    revision: where on the Hub the data is from, `owner/name@commit`; empty for a folder. weights:
    the model's, `owner/name@commit` with the whole commit; empty where it has none or is a folder.
    """

    benchmark: Benchmark
    context: str
    method: str
    published: tuple[str, ...]
    settings: dict[str, Any]
    limit: int | None
    cases: int
    of: int
    data: dict[str, str]
    code: str
    commit: str = field(compare=False)
    histories: dict[str, str] = field(default_factory=dict)
    revision: str = ""
    weights: str = ""


RUN = TypeAdapter(Manifest)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it is on disk."""

    folder: Path
    manifest: Manifest
    records: tuple[Record, ...]

    @property
    def complete(self) -> bool:
        return len(self.records) == self.manifest.cases


class Journal:
    """A run that is open for writing.

    done: the cases that are not to be asked. again: the failed ones that are, by their ids.
    """

    def __init__(self, run: Run, file: BinaryIO, beside: BinaryIO | None) -> None:
        asked_again = beside is not None
        self.again = {r.case: r for r in run.records if r.failed} if asked_again else {}
        self.done = {record.case for record in run.records} - self.again.keys()
        self._file, self._beside = file, beside

    def append(self, record: Record) -> None:
        """Keep one more record: once this returns, it outlives the process."""
        before = self.again.get(record.case)
        if before is None or self._beside is None:
            durable.append(self._file, record)
        else:
            durable.append(self._beside, _told_of(record, before))


def _told_of(record: Record, before: Record) -> Record:
    """A new answer, with the reasons for which there was none before."""
    reasons = [*(before.detail or {}).get(FAILED_BEFORE, ()), before.failed]
    return replace(record, detail={**(record.detail or {}), FAILED_BEFORE: reasons})


def put_in_order(folder: Path, cases: Sequence[str]) -> None:
    """The records of a complete run in the order of its cases: at once or not at all."""
    run = read(folder)
    if [record.case for record in run.records] == list(cases):
        return
    lines = _lines(folder / CASES)
    durable.replace(folder / CASES, b"".join(lines[case] for case in cases))


@contextmanager
def opened(folder: Path, manifest: Manifest, again: bool = False) -> Iterator[Journal]:
    """Start a run in a folder, or go on with the same one. again: ask failed cases once more.

    Raises:
        BadInput: the folder holds another run, is in use by another process, or is damaged.
    """
    with durable.held(folder):
        _claim(folder, manifest)
        for name in (CASES, RETRIED):
            durable.drop_torn_line(folder / name)
        _take_in(folder)  # what a process that was killed had asked again
        with ExitStack() as files:
            file = files.enter_context((folder / CASES).open("ab"))
            beside = files.enter_context((folder / RETRIED).open("ab")) if again else None
            yield Journal(read(folder), file, beside)
            os.fsync(file.fileno())
        _take_in(folder)


def _take_in(folder: Path) -> None:
    """Put new answers in the places of the failed ones: at once, and as often as one likes."""
    beside = folder / RETRIED
    if not beside.exists():
        return
    _records(beside)  # nothing damaged is taken in
    new = _lines(beside)
    if new:
        lines = _lines(folder / CASES)
        taken = b"".join(new.get(case, line) for case, line in lines.items())
        durable.replace(folder / CASES, taken)
    beside.unlink()


def _claim(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, or make sure that the one that is there is the same."""
    path = folder / MANIFEST
    if path.exists():
        differing = differences(_manifest(path), manifest)
        if differing:
            raise BadInput(
                f"{folder} holds another run: {differing}. Give another --out, or remove it."
            )
        return
    if (folder / CASES).exists():
        raise BadInput(f"{folder} has {CASES} and no {MANIFEST}. Give another --out, or remove it.")
    durable.replace(path, RUN.dump_json(manifest, indent=1) + b"\n")


def differences(there: Manifest, wanted: Manifest) -> str:
    """In which way a run is not the one that is wanted; empty where it is."""
    if there == wanted:
        return ""
    told = []
    for name in (one.name for one in fields(Manifest) if one.compare):
        old, new = getattr(there, name), getattr(wanted, name)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
            old, new = ({key: one.get(key) for key in keys[:1]} for one in (old, new))
        told.append(f"{name} was {_short(old)}, is {_short(new)}")
    if there.revision != wanted.revision and there.revision:
        told.append(f"--data-revision {there.revision.rpartition('@')[2]} has that data")
    return "; ".join(told)


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 90 else text[:87] + "..."


def read(folder: Path) -> Run:
    """A run, without a line that is still being written.

    Raises:
        BadInput: it is no run, or damaged.
    """
    manifest = _manifest(folder / MANIFEST)
    return Run(folder, manifest, tuple(_records(folder / CASES)))


def _records(path: Path) -> list[Record]:
    records = durable.rows(path, RECORD)
    if len({record.case for record in records}) < len(records):
        raise BadInput(f"{path} has a case twice. Remove {path.parent}.")
    return records


def _lines(path: Path) -> dict[str, bytes]:
    """Each line as it was written, by its case."""
    return {json.loads(line)["case"]: line + b"\n" for line in durable.whole_lines(path)}


def _manifest(path: Path) -> Manifest:
    if not path.is_file():
        raise BadInput(f"{path.parent} is no run: it has no {MANIFEST}.")
    held = json_of(path)
    try:
        manifest = RUN.validate_python(held)
    except ValidationError as error:
        raise BadInput(f"{path} is not the manifest of a run that this can read.") from error
    lacking = [one.name for one in fields(Manifest) if one.name not in held]
    if lacking:
        raise BadInput(
            f"{path} was written by an earlier version, which did not record {', '.join(lacking)}: "
            f"whether its results still hold cannot be told. Give another --out, or remove "
            f"{path.parent}."
        )
    return manifest


# What no result depends on.
NO_PART = (
    *("eval/bench/", "eval/report/"),
    *("personavlm/ui/", "personavlm/synthesis/", "personavlm/training/"),
)


def code() -> str:
    """SHA-256 over the code and prompts that a result depends on: with others it is another run."""
    kinds = [(part, kind) for part in ("eval", "personavlm") for kind in ("*.py", "*.txt")]
    files = [path for part, kind in kinds for path in sorted((ROOT / part).rglob(kind))]
    digest = hashlib.sha256()
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(NO_PART):
            digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()
