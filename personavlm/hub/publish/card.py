"""The card of a trained model, from the record of its run and from results; nothing is made up.

`render` fills the template of any card of ours; what cards share lies beside them in `cards/`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard, ModelCardData

from personavlm.errors import BadInput
from personavlm.hub.publish.artefact import Artefact, Kind

CARDS = Path(__file__).parent / "cards"
MISSING = "not measured yet"
RUN, METRICS = "run.json", "metrics.jsonl"  # what training writes into its output folder
# Of a run's settings, those that did not change what was learnt: places and housekeeping.
UNTOLD = frozenset(
    {"output", "pictures", "memories", "save_every", "keep_checkpoints", "log_every", "trackio"}
)
WATCHED = ("loss", "mean_token_accuracy", "reward", "kl")


@dataclass(frozen=True, slots=True)
class Training:
    """What a run left beside its result. run: its settings, empty if there are none."""

    run: Mapping[str, Any]
    metrics: tuple[Mapping[str, float], ...]


def render(template: Path, data: ModelCardData, **told: object) -> ModelCard:
    """Fill a card's template: with the metadata, whole and one by one, and with what is told.

    A name in it that has no value is an error.

    Raises:
        jinja2.UndefinedError: there is one.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    places = FileSystemLoader([template.parent, CARDS])
    environment = Environment(loader=places, undefined=StrictUndefined, autoescape=False)
    one_by_one = data.to_dict()  # type: ignore[no-untyped-call]
    values = {**one_by_one, **told, "card_data": data.to_yaml()}
    return ModelCard(environment.get_template(template.name).render(values))


def read_training(folder: Path) -> Training:
    """The record of the run that made the model in `folder`: there, or in the folder around it.

    Raises:
        BadInput: it cannot be read.
    """
    for place in (folder, folder.parent):
        if (place / RUN).is_file():
            run = _json((place / RUN).read_text("utf-8"), place / RUN)
            path = place / METRICS
            lines = path.read_text("utf-8").splitlines() if path.is_file() else []
            return Training(run, tuple(_json(line, path) for line in lines))
    return Training({}, ())


def _json(text: str, path: Path) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise BadInput(f"{path} is no JSON ({error}).") from error
    if not isinstance(value, dict):
        raise BadInput(f"{path} holds no JSON object.")
    return value


def trained_card(
    artefact: Artefact,
    repo: str,
    base: str | None,
    training: Training,
    results: Iterable[tuple[str, ...]],
) -> str:
    """The card of a model that was trained here. base: on the Hub, if it is known.

    results: rows of `results.read_results`. The same facts give the same bytes.
    """
    sees, adapter = artefact.sees, artefact.kind is Kind.ADAPTER
    details: dict[str, Any] = {
        "library_name": "peft" if adapter else "transformers",
        "pipeline_tag": "image-text-to-text" if sees else "text-generation",
        "tags": ["personalization", "long-term-memory", "personavlm"],
    }
    if base is not None:
        details |= {
            "base_model": base,
            "base_model_relation": "adapter" if adapter else "finetune",
        }
    card = render(
        CARDS / "trained.md",
        ModelCardData(**details),
        repo=repo,
        what=artefact.what,
        adapter=adapter,
        sees=sees,
        base=base,
        base_named=f"[{base}](https://huggingface.co/{base})" if base else "its base model",
        run=list(_settings(training.run)),
        measured=_measured(training.metrics),
        results=list(results),
        missing=MISSING,
    )
    return f"{card}\n"


def _settings(run: Mapping[str, Any], within: str = "") -> Iterable[tuple[str, Any]]:
    """Rows of a run's settings; of places on this machine the last name alone."""
    for name, value in run.items():
        if isinstance(value, Mapping):
            yield from _settings(value, f"{within}{name}.")
        elif value is not None and name not in UNTOLD:
            is_place = isinstance(value, str) and value.startswith(("/", "~", ".."))
            yield f"{within}{name}", Path(value).name if is_place else value


def _measured(metrics: Iterable[Mapping[str, float]]) -> list[tuple[str, ...]]:
    """First and last value of what was watched, each with its step."""
    rows = list(metrics)
    told = []
    for name in WATCHED:
        found = [row for row in rows if name in row]
        if found:
            ends = (found[0], found[-1])
            told.append((name, *(f"{row[name]:.4g} (step {row.get('step', '?')})" for row in ends)))
        elif name == WATCHED[0]:
            told.append((name, MISSING, MISSING))
    return told
