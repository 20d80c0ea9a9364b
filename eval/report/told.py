"""What the page says of a run: what it was made with, how much of it there is, its manifest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.journal import FAILED_BEFORE, Manifest, Run
from eval.methods.subject import ANSWERED_BY
from eval.report.sections import RULES

MANY = 20  # files
SHORT = 12  # digits of a digest


def run_told(run: Run) -> dict[str, Any]:
    """One run. again: how many cases were asked once more after they had failed."""
    about = run.manifest
    return {
        "method": about.method,
        "context": about.context,
        "by": ", ".join(_answered_by(run)) or _without_model(run),
        "how": str(about.settings.get("asked", "")),
        "engine": str(about.settings.get("engine", "")),
        "done": len(run.records),
        "cases": about.cases,
        "of": about.of,
        "failed": sum(bool(record.failed) for record in run.records),
        "again": sum(FAILED_BEFORE in (record.detail or {}) for record in run.records),
        "published": about.published,
        "manifest": _listed(about),
    }


def stand_in(about: Manifest) -> str:
    """What answered, where the model that was asked for by name is not in it; else empty."""
    by, model = (str(about.settings.get(name) or "") for name in (ANSWERED_BY, "model"))
    name = Path(model).name.casefold()
    return by if name not in by.casefold() else ""


def _answered_by(run: Run) -> list[str]:
    """What its replies came from, as they say themselves, or else as the settings do."""
    planned = run.manifest.settings.get(ANSWERED_BY, "")
    kept = [record.detail or {} for record in run.records if not record.failed]
    found = dict.fromkeys(one.get(ANSWERED_BY, planned) for one in kept)
    return [str(by) for by in found or (planned,) if by]


def _without_model(run: Run) -> str:
    if run.manifest.method in RULES:
        return "no model, a rule"
    return "replies from a file" if "engine" not in run.manifest.settings else "nothing yet"


def _listed(about: Manifest) -> str:
    """A manifest as JSON, without lists of files that nobody would read through."""
    shown = {
        name: f"{len(value)} entries" if isinstance(value, dict) and len(value) > MANY else value
        for name, value in asdict(about).items()
    }
    return json.dumps(shown, indent=2, ensure_ascii=False)


def told(runs: Sequence[Run]) -> dict[str, list[str]]:
    """What all of them were made with, each different value once."""
    manifests = [run.manifest for run in runs]
    by_name = {
        "Answered by": [by for run in runs for by in _answered_by(run)],
        "Weights": [one.weights for one in manifests],
        "Code": [
            f"commit {one.commit or 'not known'}, SHA-256 {one.code[:SHORT]}" for one in manifests
        ],
        "Data": [
            f"{name}, SHA-256 {digest[:SHORT]}, {_whence(one)}"
            for one in manifests
            for name, digest in one.data.items()
        ],
    }
    kept = {name: [*dict.fromkeys(filter(None, values))] for name, values in by_name.items()}
    return {name: values for name, values in kept.items() if values}


def _whence(about: Manifest) -> str:
    return f"from {about.revision}" if about.revision else "from a folder, of no known revision"
