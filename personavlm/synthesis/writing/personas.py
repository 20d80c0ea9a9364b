"""Who the people start from: one line each, out of a JSONL file or PersonaHub.

PersonaHub's `persona.jsonl` has rows `{"persona": "A ..."}`; any file with such rows will do. Which
split a persona is for follows from its words alone, so the people of the two never share one.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from personavlm.errors import BadInput
from personavlm.synthesis.split import Split
from personavlm.synthesis.writing.hub import fetched

HUB, FILE, FIELD = "proj-persona/PersonaHub", "persona.jsonl", "persona"
OF_SEVEN = {Split.TRAIN: range(5), Split.TEST: range(5, 7)}  # 500 and 200 people (paper, section 4)
LONGEST = 2_000  # characters


@dataclass(frozen=True, slots=True)
class Personas:
    """source: `owner/name@commit`, or a file's name and digest. texts: of one split, by seed."""

    source: str
    texts: tuple[str, ...]


def personas(source: str, split: Split, seed: int, report: Callable[[str], None]) -> Personas:
    """The personas of one split, in an order left to a seed.

    source: a JSONL file, or a dataset on the Hub that has a `persona.jsonl`, as `owner/name` or
    `owner/name@revision`.

    Raises:
        BadInput: they cannot be had, or there are none.
    """
    path = Path(source)
    if path.is_file():
        name = path.name
    elif path.suffix or source.count("/") != 1:
        raise BadInput(
            f"There is no file {source}. Name a JSONL file with rows like "
            f'{{"{FIELD}": "A ..."}}, or a dataset on the Hub, such as {HUB}.'
        )
    else:
        name, path = fetched(source, FILE, report)
    rows = _rows(path)
    if path == Path(source):
        digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        name = f"{name} (sha256 {digest[:12]})"
    texts = sorted({row for row in rows if _for(row) is split})
    if not texts:
        raise BadInput(f"{source} has no persona for the {split.value} split.")
    random.Random(f"{seed} {split.value}").shuffle(texts)
    return Personas(name, tuple(texts))


def _for(text: str) -> Split:
    seventh = int(hashlib.sha256(text.encode()).hexdigest(), 16) % 7
    return next(split for split, sevenths in OF_SEVEN.items() if seventh in sevenths)


def _rows(path: Path) -> list[str]:
    rows = []
    try:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if line.strip():
                row = json.loads(line)
                text = row.get(FIELD) if isinstance(row, dict) else None
                if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST:
                    raise BadInput(
                        f"{path}, line {number}: {FIELD!r} has to be a text of 1 to {LONGEST:,} "
                        "characters."
                    )
                rows.append(" ".join(text.split()))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read: {error}.") from error
    return rows
