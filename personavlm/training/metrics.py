"""What a run measures, a line of JSON for each log: loss, learning rate, tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

FILE = "metrics.jsonl"


class MetricsFile(TrainerCallback):
    """Appends to a file. A run that goes on from a checkpoint drops what came after that."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        if not state.is_world_process_zero:
            return
        rows = read_metrics(self._path) if state.global_step else []
        kept = [row for row in rows if row["step"] <= state.global_step]
        self._path.write_text("".join(map(_line, kept)), "utf-8")

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
        if state.is_world_process_zero and logs:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(_line({"step": state.global_step, **logs}))


def read_metrics(path: Path) -> list[dict[str, float]]:
    """The rows of a metrics file, none if there is no such file yet."""
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return [json.loads(line) for line in lines]


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row) + "\n"
