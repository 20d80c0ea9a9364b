"""The command on tiny random checkpoints: what it keeps, and that batches change nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from checkpoints import text_checkpoint, vision_checkpoint

from eval.skills import together
from eval.skills.run import main
from eval.skills.together import Together, text_base
from personavlm.engines.base import Request
from personavlm.engines.transformers.engine import TransformersEngine
from personavlm.errors import BadInput
from personavlm.hub.prepare import prepare_weights
from personavlm.hub.weights import Weights
from personavlm.prompts import OWN
from personavlm.protocol import Task
from personavlm.protocol.messages import Message
from personavlm.synthesis.formats import Format
from personavlm.synthesis.produce import produce
from personavlm.synthesis.simulator import Simulator
from personavlm.synthesis.split import Split
from personavlm.synthesis.targets import targets
from personavlm.training.rollout.batch import Batch
from personavlm.training.rollout.row import Row
from personavlm.training.rollout.writer import Piece

SHORT = 12  # tokens


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A random model never ends of itself."""
    monkeypatch.setattr(together, "GREEDY", replace(together.GREEDY, most=SHORT))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return text_checkpoint(tmp_path_factory.mktemp("tiny") / "tiny-text")


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("people")
    produce(Simulator(3, Split.TEST), 1, place, [Format.RL])
    return place


def weights(folder: Path) -> Weights:
    return prepare_weights(str(folder), report=lambda line: None)


def requests() -> list[Request]:
    life = Simulator(3, Split.TEST).write(0)
    some = [one for one in targets(life) if one.task is Task.PERSONALITY][:3]
    return [
        Request(one.task, one.inputs, OWN.render(one.task, one.inputs), max_tokens=SHORT)
        for one in some
    ]


def test_a_batch_writes_what_each_would_be_written_alone(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the product's engine writes it, too: both in float32, where rounding decides nothing."""
    monkeypatch.setattr("torch.cpu._is_avx512_bf16_supported", lambda: False)
    engine = Together(text_base(weights(checkpoint)), OWN, batch=3)
    asked = requests()
    with ThreadPoolExecutor(len(asked)) as pool:
        written = list(pool.map(lambda request: next(iter(engine.generate(request))), asked))
    with TransformersEngine(lambda report: weights(checkpoint), "cpu") as alone:
        for request, chunk in zip(asked, written, strict=True):
            *pieces, last = alone.generate(request)
            assert chunk.text == "".join(piece.text for piece in (*pieces, last))
            assert chunk.usage is not None and last.usage is not None
            assert chunk.usage.prompt_tokens == last.usage.prompt_tokens
            assert 0 < chunk.usage.completion_tokens <= SHORT
    assert len({chunk.text for chunk in written}) > 1


def test_after_a_search_only_what_it_returned_is_read(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A random model searches for nothing: each of its replies is taken for a search here, and is
    one token long, as more at random are not read back as they were written."""
    monkeypatch.setattr("torch.cpu._is_avx512_bf16_supported", lambda: False)
    monkeypatch.setattr(together, "is_search", lambda text: True)
    monkeypatch.setattr(together, "GREEDY", replace(together.GREEDY, most=1))
    base = text_base(weights(checkpoint))
    engine, anew = Together(base, OWN, batch=1), Together(base, OWN, batch=1)
    counts: list[int] = []
    read = Batch.read

    def counted(batch: Batch, rows: list[Row], pieces: list[Piece]) -> torch.Tensor:
        counts.append(len(pieces[0].ids))
        return read(batch, rows, pieces)

    monkeypatch.setattr(Batch, "read", counted)
    fewer = 0
    for request in requests():
        (said,) = engine.generate(request)
        found = (Message("assistant", (said.text,)), Message("user", ("Nothing was found.",)))
        longer = replace(request, messages=(*request.messages, *found))
        (after,), (whole,) = engine.generate(longer), anew.generate(longer)
        assert after == whole
        fewer += counts[-2] < counts[-1] / 4
    assert fewer


def test_a_model_with_eyes_is_refused(tmp_path: Path) -> None:
    seeing = vision_checkpoint(tmp_path / "tiny-vl", shards=1)
    with pytest.raises(BadInput, match="text alone"):
        text_base(weights(seeing))


def test_the_command_goes_on_where_it_stopped_and_refuses_another_run(
    checkpoint: Path, lives: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = ["--people", str(lives), "--limit", "1", "--out", str(out)]
    run = [*asked, "--model", str(checkpoint), "--name", "before training"]
    assert main(run) == 0
    kept = (out / "before-training" / "people.jsonl").read_bytes()
    assert kept.count(b"\n") == 1
    first = capsys.readouterr().out
    assert "before training (1 people)" in first

    (out / "before-training" / "people.jsonl").write_bytes(kept[:-20])  # killed in the middle
    assert main(run) == 0
    assert (out / "before-training" / "people.jsonl").read_bytes() == kept
    assert capsys.readouterr().out == first

    assert main([*run, "--name", "after"]) == 0
    figures = json.loads((out / "skills.json").read_text("utf-8"))
    assert [one["name"] for one in figures["runs"]] == ["before training", "after"]
    assert all(one["value"] in (0.0, None) for one in figures["gains"][0]["figures"])

    assert main([*run[:2], "--limit", "2", *run[4:]]) == 1
    assert "has 1 people of up to 50 turns, and 2 are asked for" in capsys.readouterr().err
    pack = tmp_path / "pack.json"
    pack.write_text("{}", "utf-8")
    assert main([*run, "--prompts", str(pack)]) == 1
    assert "begun with another prompts" in capsys.readouterr().err


def test_the_embedded_engine_is_asked_the_same(lives: Path, tmp_path: Path) -> None:
    asked = ["--people", str(lives), "--limit", "1", "--out", str(tmp_path / "out")]
    assert main([*asked, "--model", "preview", "--name", "by hand"]) == 0
    run = json.loads((tmp_path / "out" / "skills.json").read_text("utf-8"))["runs"][0]
    assert run["weights"] == {}
    figures = {one["name"]: one["value"] for one in run["figures"]}
    assert figures["replies in form, all tasks"] == 100.0  # its writers are the protocol's own
