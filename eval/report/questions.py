"""The questions of a run, kept beside its records so that a reader of the report sees them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from eval.case import Case
from personavlm.errors import BadInput

QUESTIONS = "questions.jsonl"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a case put to a method. options: letter to text. profile: empty where none is told."""

    case: str
    question: str
    options: Mapping[str, str]
    time: str = ""
    profile: str = ""


ASKED = TypeAdapter(Asked)


def keep_questions(folder: Path, cases: Iterable[Case]) -> None:
    """Write them into a run's folder, at once or not at all."""
    asked = (
        Asked(case.id, case.question, dict(case.options), case.time, case.profile) for case in cases
    )
    text = "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in asked)
    draft = folder / f"{QUESTIONS}.draft"
    draft.write_text(text, "utf-8")
    draft.replace(folder / QUESTIONS)


def questions(folder: Path) -> dict[str, Asked]:
    """Those of a run by case; none where it has no such file.

    Raises:
        BadInput: the file is damaged.
    """
    path = folder / QUESTIONS
    if not path.exists():
        return {}
    found: dict[str, Asked] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            one = ASKED.validate_json(line)
        except ValidationError as error:
            message = f"{path}, line {number}, is damaged. Remove it and start the run again."
            raise BadInput(message) from error
        found[one.case] = one
    return found
