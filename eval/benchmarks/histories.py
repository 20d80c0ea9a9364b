"""The files that cases may be answered from: which they are, and that they are the same ones."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from eval.benchmarks.files import fingerprint
from eval.case import Benchmark, Case

MISSING = "missing"
PICTURES = "{} (pictures)"


def histories(cases: Sequence[Case]) -> dict[str, str]:
    """SHA-256 of each history of these cases, by its path below the folder that has them all.

    Persona-MME's pictures, which lie beside a person's history, have one digest a person. A file
    that is not there is named so: the cases about it fail, and with it they would be another run.
    """
    paths = sorted({case.history.path for case in cases if case.history})
    if not paths:
        return {}
    pictured = cases[0].benchmark is Benchmark.PERSONA_MME
    root = paths[0].parents[3 if pictured else 0]  # root/samples/50/0/user_data.json
    found = {}
    for path in paths:
        name = path.relative_to(root).as_posix()
        found[name] = fingerprint(path) if path.is_file() else MISSING
        if pictured and (beside := _pictures(path)):
            found[PICTURES.format(name)] = beside
    return found


def _pictures(path: Path) -> str:
    """SHA-256 over the names and digests of the files beside a history; empty without any."""
    beside = sorted(one for one in path.parent.glob("*") if one.is_file() and one != path)
    lines = [f"{one.name} {fingerprint(one)}\n" for one in beside]
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else ""
