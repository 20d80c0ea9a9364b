"""What models came to, on disk and as one table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from pydantic import TypeAdapter

from eval import durable
from eval.skills.ask import Outcome
from eval.skills.measures import Figure, figures, gains
from personavlm.errors import BadInput

RUN, ROWS, TABLE, FIGURES = "run.json", "people.jsonl", "skills.md", "skills.json"
OUTCOME = TypeAdapter(Outcome)
MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Run:
    """What outcomes depend on. weights, prompts, people: SHA-256 of the files. search: how much
    one returns. number: its place among the runs of a folder, from 1."""

    name: str
    model: str
    weights: dict[str, str]
    prompts: str
    people: str
    limit: int
    search: dict[str, int]
    code: str
    number: int = 0


_RUN = TypeAdapter(Run)


def begun(folder: Path, run: Run) -> None:
    """Begin a run in its folder, or go on with it.

    Raises:
        BadInput: the folder holds another one.
    """
    path = folder / RUN
    if not path.exists():
        numbers = [one.number for one, _ in _all(folder.parent)]
        run = Run(**(asdict(run) | {"number": max(numbers, default=0) + 1}))
        durable.replace(path, json.dumps(asdict(run), indent=1) + "\n")
        return
    before = _RUN.validate_json(path.read_bytes())
    now = asdict(run) | {"number": before.number}
    changed = [name for name, value in asdict(before).items() if now[name] != value]
    if changed:
        raise BadInput(
            f"{folder} was begun with another {', '.join(changed)}. Give this run another --name, "
            "or remove that folder."
        )


def report(out: Path) -> str:
    """Write the table of all models in a folder; returns it as Markdown."""
    runs = [(run, rows) for run, rows in _all(out) if rows]
    if not runs:
        raise BadInput(f"{out} has no outcomes yet.")
    columns = [(run, figures(rows), len(rows)) for run, rows in runs]
    steps = [gains(before, after) for (_, before), (_, after) in pairwise(runs)]
    told = "\n".join(_table(columns, steps)) + "\n"
    durable.replace(out / TABLE, told)
    data = {
        "runs": [
            {**asdict(run), "people_asked": n, "figures": list(map(asdict, found))}
            for run, found, n in columns
        ],
        "gains": [
            {"from": one.name, "to": other.name, "figures": list(map(asdict, step))}
            for ((one, _), (other, _)), step in zip(pairwise(runs), steps, strict=True)
        ],
    }
    durable.replace(out / FIGURES, json.dumps(data, indent=1) + "\n")
    return told


def _all(out: Path) -> list[tuple[Run, list[Outcome]]]:
    found = [
        (_RUN.validate_json(path.read_bytes()), durable.rows(path.parent / ROWS, OUTCOME))
        for path in out.glob(f"*/{RUN}")
    ]
    return sorted(found, key=lambda one: one[0].number)


def _table(
    columns: Sequence[tuple[Run, list[Figure], int]], steps: Sequence[list[Figure]]
) -> Iterator[str]:
    yield "Held-out made-up people, with the same questions and the same memory for every model."
    yield "In brackets 95 % intervals, by a bootstrap over people. A gain is over the model before,"
    yield "person by person."
    yield ""
    heads = ["measure", "n"]
    for place, (run, _, n) in enumerate(columns):
        heads.append(f"{run.name} ({n} people)")
        heads += ["gain"] if place else []
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in range(len(columns[0][1])):
        shown = [found[row] for _, found, _ in columns]
        cells = [f"{shown[0].name} ({shown[0].unit})", str(shown[0].n)]
        for place, figure in enumerate(shown):
            cells.append(_told(figure, sign=False))
            cells += [_told(steps[place - 1][row], sign=True)] if place else []
        yield f"| {' | '.join(cells)} |"


def _told(figure: Figure, sign: bool) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return MISSING
    digits = 1 if figure.unit == "%" else 2
    form = f"{'+' if sign else ''}.{digits}f"
    return f"{figure.value:{form}} ({figure.low:{form}} to {figure.high:{form}})"
