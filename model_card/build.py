"""Write the card of the weights from facts.toml and our result files.

    python model_card/build.py [--results DIR] [--output FILE]

Figures of the paper are in facts.toml, each with its table; ours are read from the result files it
names. The same facts and results give the same bytes. No `.eval_results/*.yaml` is written: the Hub
wants the task ids of datasets that are registered as benchmarks, and these are not known to be.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from dataclasses import astuple, dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard, ModelCardData
from pydantic import BaseModel, ConfigDict, Field, model_validator

from personavlm.hub.publish.card import MISSING, render

HERE = Path(__file__).resolve().parent
FACTS = HERE / "facts.toml"
TEMPLATE = HERE / "template.md"
RESULTS = HERE.parent / "eval" / "bench" / "results"


class Shape(BaseModel):
    """A section of facts.toml: a key that is unknown or missing is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Published(Shape):
    """A table of the paper, or some rows and columns of it; cells as printed."""

    source: str = Field(pattern=r"^Table \d+$")
    title: str
    columns: list[str]
    rows: list[list[str]]
    note: str = ""

    @model_validator(mode="after")
    def _is_a_table(self) -> Published:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{self.source} has {len(self.columns)} columns, not so {row}")
        return self


class Measurement(Shape):
    """Which numbers of a result file to show: `values` maps a name to keys joined by dots."""

    what: str
    file: str
    setting: str = ""
    values: dict[str, str] = {}


class Facts(Shape):
    card: dict[str, Any]
    model: dict[str, str]
    paper: dict[str, str]
    training: dict[str, str]
    format: dict[str, str]
    use: dict[str, str | int]
    published: list[Published]
    measured: list[Measurement]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of our own results."""

    what: str
    setting: str
    result: str = MISSING
    where: str = ""


def load_facts(path: Path = FACTS) -> Facts:
    return Facts.model_validate(tomllib.loads(path.read_text("utf-8")))


def build(facts: Facts, results: Path) -> ModelCard:
    """The card of the weights; `results` is the folder of our result files.

    Raises:
        ValueError: a result file lacks what facts.toml asks of it, or does not say where it ran.
    """
    rows = [astuple(measured(entry, results)) for entry in facts.measured]
    return render(TEMPLATE, ModelCardData(**facts.card), facts=facts, measured=rows)


def measured(entry: Measurement, results: Path) -> Row:
    """What was measured, or that it was not yet where there is no such file."""
    path = results / entry.file
    if not path.exists():
        return Row(entry.what, entry.setting)
    if not entry.values:
        raise ValueError(f"{path} is there: name the values to show of it in {FACTS.name}.")
    found = json.loads(path.read_text("utf-8"))
    shown = [f"{name} {_value(found, keys, path)}" for name, keys in entry.values.items()]
    return Row(entry.what, entry.setting, ", ".join(shown), _machine(found, path))


def _value(found: Any, keys: str, path: Path) -> int | float:
    try:
        value = reduce(lambda inner, key: inner[key], keys.split("."), found)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} has no value at {keys}.") from error
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{path} has no number at {keys}, but {value!r}.")
    return value


def _machine(found: Any, path: Path) -> str:
    machine = found.get("machine", {})
    if not machine.get("commit"):
        raise ValueError(f"{path} does not say on which machine and commit it was measured.")
    told = {key: value for key, value in machine.items() if key != "load" and value is not None}
    return ", ".join(f"{key} {value}" for key, value in told.items())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the card of the weights.")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of result files")
    parser.add_argument("--output", type=Path, help="file to write; otherwise printed")
    asked = parser.parse_args(arguments)
    if not asked.results.is_dir():
        parser.error(f"{asked.results} is no folder.")
    try:
        card = f"{build(load_facts(), asked.results)}\n"
    except ValueError as error:
        parser.error(str(error))
    if asked.output:
        asked.output.write_text(card, "utf-8")
    else:
        sys.stdout.write(card)
    return 0


if __name__ == "__main__":
    sys.exit(main())
