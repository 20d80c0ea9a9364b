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

from eval.journal import Run
from eval.published.efficiency import QUESTIONS as ASKED
from eval.published.efficiency import TABLE_11
from eval.published.figure5 import FIGURE_5, JUDGE, QUESTIONS
from eval.published.table import SOURCE
from eval.report.comparison import SLUG, Comparison
from eval.report.drawing import Drawn
from eval.report.efficiency import Efficiency, efficiency
from eval.report.matrix import matrices
from eval.report.pairs import Systems, answers, pair_parts, systems
from eval.report.parts import key, parts
from eval.report.sections import Section, notes
from eval.report.told import run_told, stand_in, told

FOLDER = Path(__file__).parent
SCRIPTS = ("page.js", "lists.js", "cases.js", "case.js", "pairs.js")


def page(
    out: Path,
    found: Sequence[Section],
    judged: Comparison,
    known: Sequence[str],
    drawn: Mapping[str, Sequence[Drawn]],
) -> str:
    """The whole page: sections, Table 11, Fig. 5, and the cases below them.

    known: what a reader has to know of all runs. drawn: by a section's slug, or Fig. 5's.

    Raises:
        BadInput: a run of Table 11 or Fig. 5 is damaged.
    """
    costs = efficiency(out)
    opened, compared = answers(out), systems(out, judged)
    scored = [(section.name, one.run) for section in found for one in section.made]
    about, packed = parts(out, [*scored, *((_listed_under(run), run) for run in costs.runs)])
    pairs, more = pair_parts(compared, opened)
    runs = [*(run for section in found for run in (*(one.run for one in section.made),
              *section.unfinished)), *costs.runs, *costs.unfinished, *opened]  # fmt: skip
    script = "".join((FOLDER / name).read_text("utf-8") for name in SCRIPTS)
    return (
        _environment()
        .get_template("page.html")
        .render(
            known=known,
            sections=[_section(out, section, drawn.get(section.slug, ())) for section in found],
            costs=_costs(out, costs),
            comparison=_comparison(judged, compared, opened, drawn.get(SLUG, ())),
            told=told(runs),
            source=SOURCE,
            about={"runs": about, "pairs": pairs},
            parts=[*packed, *more],
            style=Markup((FOLDER / "page.css").read_text("utf-8")),
            script=Markup(script),
            policy=_policy(script),
        )
    )


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters["signed"] = lambda value, decimals=2: f"{value:+,.{decimals}f}".replace("-", "−")
    made.filters["number"] = lambda value, decimals=0: f"{value:,.{decimals}f}"
    return made


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
        "plots": _plots(drawn),
        "runs": [*(run_told(one.run) for one in section.made), *map(run_told, section.unfinished)],
        "stand_ins": {one.method: stand_in(one.run.manifest) for one in section.made},
        "links": {one.method: link(out, section.name, one.run) for one in section.made},
    }  # fmt: skip


def _plots(drawn: Sequence[Drawn]) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "title": one.title, "about": one.about, "svg": Markup(one.svg)}
        for one in drawn
    ]


def _costs(out: Path, found: Efficiency) -> dict[str, Any]:
    """Table 11. A row of the paper stands below ours where that is of the same model."""
    notes = [note.text for note in TABLE_11.notes]
    printed = {
        row.label: [
            {"value": value, "marks": [number for number, note in enumerate(TABLE_11.notes, 1)
                                       if note.marks(row, column)]}
            for column, value in zip(TABLE_11.columns, row.cells, strict=True)
        ]
        for row in TABLE_11.rows
    }  # fmt: skip
    used = {row.published for row in found.rows}
    return {
        "title": TABLE_11.title,
        "questions": ASKED,
        "rows": [
            {
                "figures": row.figures,
                "paper": printed.get(row.published),
                "label": row.published,
                "stand_in": stand_in(row.runs[0].manifest),
                "links": [(run.manifest.context, link(out, _listed_under(run), run))
                          for run in row.runs],
            }
            for row in found.rows
        ],
        "left": [(label, cells) for label, cells in printed.items() if label not in used],
        "notes": found.notes,
        "marked": notes,
        "runs": list(map(run_told, (*found.runs, *found.unfinished))),
    }  # fmt: skip


def _comparison(
    made: Comparison, compared: Sequence[Systems], opened: Sequence[Run], drawn: Sequence[Drawn]
) -> dict[str, Any]:
    """Fig. 5. What the paper has stands below ours where both systems are the same."""
    used = {one.printed.opponent for one in made.found if one.printed}
    return {
        "rows": [
            {
                "found": found,
                "about": found.judged.about,
                "link": _pairs_link(each.key, number),
                "told": json.dumps(asdict(found.judged.about), indent=2, ensure_ascii=False),
            }
            for each in compared
            for number, found in enumerate(each.found)
        ],
        "left": [one for one in FIGURE_5 if one.opponent not in used],
        "marks": {one.opponent: number for number, one in enumerate(FIGURE_5, 1)},
        "marked": [f"PersonaVLM against {one.opponent}: {one.note}" for one in FIGURE_5],
        "judge": JUDGE,
        "questions": QUESTIONS,
        "agreements": made.agreements,
        "notes": made.notes,
        "runs": list(map(run_told, opened)),
        "plots": _plots(drawn),
    }


def link(out: Path, section: str, run: Run) -> str:
    """To the cases of a run; a group may be added."""
    return _address("cases", {"of": section, "run": key(out, run.folder)})


def _pairs_link(systems: str, judge: int) -> str:
    """To what one judge compared; an outcome may be added."""
    return _address("pairs", {"of": systems, "judge": str(judge)})


def _address(kind: str, asked: Mapping[str, str]) -> str:
    return f"#{kind}?" + urlencode(asked, quote_via=quote)


def _listed_under(run: Run) -> str:
    """The name that the cases of a run of Table 11 are listed under."""
    return f"Table {TABLE_11.number}: {run.manifest.benchmark} {run.manifest.context}"
