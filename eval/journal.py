"""A run on disk: a manifest that says what was run, and one JSON line a case.

A run may be killed at any point and started again: what is complete stays as it is, a line that was
being written is written anew, and the rest follows. A folder never takes up another run than the
one whose manifest it has, nor two processes at once.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from eval.benchmarks.files import json_of
from eval.case import Benchmark
from eval.scoring.score import RECORD, Record
from personavlm.errors import BadInput

ROOT = Path(__file__).resolve().parents[1]
MANIFEST, CASES = "manifest.json", "cases.jsonl"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run is of. published: what the paper calls this row; empty where it has none.

    cases: how many there are to answer; of: how many there would be without the limit. data:
    SHA-256 of each file of questions. settings: the method's. code: SHA-256 of this project's
    code and prompts, without which a run is not continued; commit: where they came from.
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
    """A run that is open for writing."""

    def __init__(self, run: Run, file: BinaryIO) -> None:
        self.done = {record.case for record in run.records}
        self._file = file

    def append(self, record: Record) -> None:
        """Keep one more record: once this returns, it outlives the process."""
        line = json.dumps(asdict(record), ensure_ascii=False, separators=(",", ":"))
        self._file.write(line.encode() + b"\n")  # pydantic's own would turn Ctrl-C into its error
        self._file.flush()


def put_in_order(folder: Path, cases: Sequence[str]) -> None:
    """The records of a complete run in the order of its cases: at once or not at all."""
    run, path = read(folder), folder / CASES
    if [record.case for record in run.records] == list(cases):
        return
    lines = dict(
        zip((r.case for r in run.records), path.read_bytes().splitlines(keepends=True), strict=True)
    )
    draft = path.with_suffix(".draft")
    draft.write_bytes(b"".join(lines[case] for case in cases))
    draft.replace(path)


@contextmanager
def opened(folder: Path, manifest: Manifest) -> Iterator[Journal]:
    """Start a run in a folder, or go on with the same one.

    Raises:
        BadInput: the folder holds another run, is in use by another process, or is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            _claim(folder, manifest)
            _drop_torn_line(folder / CASES)
            with (folder / CASES).open("ab") as file:
                yield Journal(read(folder), file)
                os.fsync(file.fileno())
    except Timeout as error:
        raise BadInput(f"Another process is writing {folder}. Wait for it to end.") from error


def _claim(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, or make sure that the one that is there is the same."""
    path = folder / MANIFEST
    if path.exists():
        differing = _differences(_manifest(path), manifest)
        if differing:
            raise BadInput(
                f"{folder} holds another run: {differing}. Give another --out, or remove it."
            )
        return
    if (folder / CASES).exists():
        raise BadInput(f"{folder} has {CASES} and no {MANIFEST}. Give another --out, or remove it.")
    draft = path.with_suffix(".draft")
    draft.write_bytes(RUN.dump_json(manifest, indent=1) + b"\n")
    draft.replace(path)


def _differences(there: Manifest, wanted: Manifest) -> str:
    if there == wanted:
        return ""
    old, new = asdict(there), asdict(wanted)
    names = [name for name in old if name != "commit" and old[name] != new[name]]
    return "; ".join(f"{name} was {_short(old[name])}, is {_short(new[name])}" for name in names)


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _drop_torn_line(path: Path) -> None:
    """Cut off what was being written when a process was killed."""
    if not path.exists():
        return
    written = path.read_bytes()
    whole = written.rfind(b"\n") + 1
    if whole < len(written):
        os.truncate(path, whole)


def read(folder: Path) -> Run:
    """A run, without a line that is still being written.

    Raises:
        BadInput: it is no run, or damaged.
    """
    path = folder / CASES
    manifest = _manifest(folder / MANIFEST)
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    records = []
    for number, line in enumerate(lines, 1):
        try:
            records.append(RECORD.validate_json(line))
        except ValidationError as error:
            raise BadInput(f"{path}, line {number}, is damaged. Remove {folder}.") from error
    if len({record.case for record in records}) < len(records):
        raise BadInput(f"{path} has a case twice. Remove {folder}.")
    return Run(folder, manifest, tuple(records))


def _manifest(path: Path) -> Manifest:
    if not path.is_file():
        raise BadInput(f"{path.parent} is no run: it has no {MANIFEST}.")
    try:
        return RUN.validate_python(json_of(path))
    except ValidationError as error:
        raise BadInput(f"{path} is not the manifest of a run that this can read.") from error


def code() -> str:
    """SHA-256 over the code and prompts that a result depends on: with others it is another run."""
    kinds = [(part, kind) for part in ("eval", "personavlm") for kind in ("*.py", "*.txt")]
    files = [path for part, kind in kinds for path in sorted((ROOT / part).rglob(kind))]
    digest = hashlib.sha256()
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("eval/bench/"):
            digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()
