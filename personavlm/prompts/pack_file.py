"""A prompt pack on disk: one JSON file that people can read. Loading it runs nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from personavlm.errors import BadInput
from personavlm.prompts.pack import PromptPack
from personavlm.prompts.trained import TrainedTemplate

VERSION = 1


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Slot(_Strict):
    slot: str
    empty: str | None = None


class _Pack(_Strict):
    """The file. A template is a list of fixed texts and slots, in the order of the prompt."""

    format: Literal["personavlm-prompts"]
    version: int
    name: str
    commit: str | None
    sha256: str
    templates: dict[str, list[str | _Slot]]


def save_pack(pack: PromptPack, path: Path) -> None:
    """Write `pack`; the file appears whole or not at all.

    Raises:
        BadInput: it cannot be written there.
    """
    document = {
        "format": "personavlm-prompts",
        "version": VERSION,
        "name": pack.name,
        "commit": pack.commit,
        "sha256": pack.sha256,
        "templates": {template.name: _pieces(template) for template in pack.trained},
    }
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        content = (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except (OSError, UnicodeEncodeError) as error:
        raise BadInput(f"The prompt pack cannot be written to {path}: {error}.") from error


def load_pack(path: Path) -> PromptPack:
    """The pack in `path`.

    Raises:
        BadInput: it cannot be read, is no prompt pack, is of a newer version, or has a template
            that cannot be filled.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"The prompt pack {path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is not a prompt pack: it is not JSON.") from error
    version = data.get("version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise BadInput(
            f"{path} is a prompt pack of version {version}; this program reads version {VERSION}. "
            "Update the program, or recover the pack again."
        )
    try:
        read = _Pack.model_validate(data)
        trained = tuple(_template(name, pieces) for name, pieces in read.templates.items())
    except ValidationError as error:
        raise BadInput(f"{path} is not a prompt pack: {_first(error)}.") from error
    except BadInput as error:
        raise BadInput(f"{path} cannot be used: {error}") from error
    return PromptPack(read.name, trained, read.commit, read.sha256)


def _pieces(template: TrainedTemplate) -> list[object]:
    empty = dict(template.empty)
    pieces: list[object] = [template.texts[0]]
    for slot, text in zip(template.slots, template.texts[1:], strict=True):
        pieces.append({"slot": slot} | ({"empty": empty[slot]} if slot in empty else {}))
        pieces.append(text)
    return pieces


def _template(name: str, pieces: list[Any]) -> TrainedTemplate:
    texts, slots = pieces[::2], pieces[1::2]
    if not all(isinstance(text, str) for text in texts) or any(isinstance(s, str) for s in slots):
        raise BadInput(f"The {name} prompt is not texts and slots in turn.")
    empty = tuple((slot.slot, slot.empty) for slot in slots if slot.empty is not None)
    return TrainedTemplate(name, tuple(texts), tuple(slot.slot for slot in slots), empty)


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    place = ".".join(map(str, problem["loc"])) or "the file"
    return f"{place}: {problem['msg']}"
