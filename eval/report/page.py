"""report.html: one file that says what was run, and leads from each figure down to its cases.

It loads nothing and sends nothing: a content security policy forbids it, and allows no script but
the page's own, whatever a question or a reply may hold.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval.journal import Manifest, Run
from eval.methods.subject import ANSWERED_BY
from eval.published.table import SOURCE
from eval.report.drawing import Drawn
from eval.report.matrix import matrices
from eval.report.parts import key, parts
from eval.report.sections import Section, notes

FOLDER = Path(__file__).parent
SCRIPTS = ("page.js", "cases.js", "case.js")
MANY = 20  # files
SHORT = 12  # digits of a digest


def page(
    out: Path,
    found: Sequence[Section],
    known: Sequence[str],
    drawn: Mapping[str, Sequence[Drawn]],
) -> str:
    """The whole page. known: what a reader has to know of all runs. drawn: by section's slug."""
    about, packed = parts(out, found)
    script = "".join((FOLDER / name).read_text("utf-8") for name in SCRIPTS)
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["signed"] = lambda value: f"{value:+.2f}".replace("-", "−")
    return environment.get_template("page.html").render(
        known=known,
        sections=[_section(out, section, drawn.get(section.slug, ())) for section in found],
        told=told(found),
        source=SOURCE,
        about={"runs": about},
        parts=packed,
        style=Markup((FOLDER / "page.css").read_text("utf-8")),
        script=Markup(script),
        policy=_policy(script),
    )


def _policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _section(out: Path, section: Section, drawn: Sequence[Drawn]) -> dict[str, Any]:
    tables, marked = matrices(section)
    return {
        "name": section.name,
        "slug": section.slug,
        "tables": tables,
        "marked": marked,
        "notes": notes(section, ()),
        "plots": [{"name": one.name, "title": one.title, "about": one.about,
                   "svg": Markup(one.svg)} for one in drawn],
        "runs": [_run(one.run, rule=one.rule) for one in section.made],
        "unfinished": [_run(run, rule=False) for run in section.unfinished],
        "links": {one.method: link(out, section, one.run) for one in section.made},
    }  # fmt: skip


def link(out: Path, section: Section, run: Run) -> str:
    """To the cases of a run; a group may be added."""
    return "#cases?" + urlencode({"of": section.name, "run": key(out, run)}, quote_via=quote)


def _run(run: Run, rule: bool) -> dict[str, Any]:
    """What the page says at the top of a run, and all that its manifest has."""
    told = run.manifest
    by = ", ".join(_answered_by(run))
    return {
        "method": told.method,
        "by": by or ("no model, a rule" if rule else "replies from a file"),
        "how": str(told.settings.get("asked", "")),
        "engine": str(told.settings.get("engine", "")),
        "done": len(run.records),
        "cases": told.cases,
        "of": told.of,
        "failed": sum(bool(record.failed) for record in run.records),
        "published": told.published,
        "manifest": _listed(told),
    }


def _answered_by(run: Run) -> list[str]:
    """What its replies came from, as they say themselves, or else as the settings do."""
    planned = run.manifest.settings.get(ANSWERED_BY, "")
    kept = [record.detail or {} for record in run.records if not record.failed]
    return [str(by) for by in dict.fromkeys(one.get(ANSWERED_BY, planned) for one in kept) if by]


def _listed(told: Manifest) -> str:
    """A manifest as JSON, without lists of files that nobody would read through."""
    shown = {
        name: f"{len(value)} entries" if isinstance(value, dict) and len(value) > MANY else value
        for name, value in asdict(told).items()
    }
    return json.dumps(shown, indent=2, ensure_ascii=False)


def told(found: Sequence[Section]) -> dict[str, list[str]]:
    """What the runs were made with, each different value once."""
    manifests = [
        run.manifest
        for section in found
        for run in (*(one.run for one in section.made), *section.unfinished)
    ]
    by_name = {
        "Answered by": [
            by for section in found for one in section.made for by in _answered_by(one.run)
        ],
        "Weights": [one.weights for one in manifests],
        "Code": [f"commit {one.commit}, SHA-256 {one.code[:SHORT]}" for one in manifests],
        "Data": [
            f"{name}, SHA-256 {digest[:SHORT]}"
            for one in manifests
            for name, digest in one.data.items()
        ],
        "Data from": [one.revision for one in manifests],
    }
    kept = {name: [*dict.fromkeys(filter(None, values))] for name, values in by_name.items()}
    return {name: values for name, values in kept.items() if values}
