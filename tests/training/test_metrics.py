"""The file of metrics: one row a log, none twice after a run went on from a checkpoint."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("transformers", reason="the extra `cpu` is not installed")

from personavlm.training.metrics import MetricsFile, read_metrics


def state(step: int, main: bool = True) -> SimpleNamespace:
    return SimpleNamespace(global_step=step, is_world_process_zero=main)


def test_rows_after_the_checkpoint_go_when_the_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    file = MetricsFile(path)
    file.on_train_begin(None, state(0), None)
    for step in (1, 2, 3):
        file.on_log(None, state(step), None, logs={"loss": 4.0 - step})
    file.on_log(None, state(4, main=False), None, logs={"loss": 9.0})
    assert read_metrics(path) == [{"step": s, "loss": 4.0 - s} for s in (1, 2, 3)]
    MetricsFile(path).on_train_begin(None, state(2), None)
    assert [row["step"] for row in read_metrics(path)] == [1, 2]
    MetricsFile(path).on_train_begin(None, state(0), None)
    assert read_metrics(path) == []
