"""The card of a trained model: what the run and the results say, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from personavlm.errors import BadInput
from personavlm.hub.publish.artefact import Artefact, Kind
from personavlm.hub.publish.card import MISSING, Training, read_training, trained_card
from personavlm.hub.publish.plan import Target, make_plan
from personavlm.hub.publish.results import SUMMARY, THIS, read_results
from personavlm.training.config import SFTConfig

REPO = "acme/tiny"
MODEL = Artefact(Kind.MODEL, "Qwen2ForCausalLM, float32", ("model.safetensors",), 10, "", False)
METRICS = (
    {"step": 1, "loss": 6.5, "num_tokens": 316},
    {"step": 9, "loss": 1.25},
    {"step": 9, "train_runtime": 0.5},
)


def settings() -> dict[str, object]:
    config = SFTConfig(
        model="/home/maya/models/smollm2", data=Path("/home/maya/secret/sft.jsonl"),
        output=Path("/home/maya/runs/1"), batch=8, per_device=4, learning_rate=1e-3,
        max_length=640, save_every=50, lora={"rank": 8, "alpha": 16},
    )  # fmt: skip
    loaded: dict[str, object] = json.loads(config.model_dump_json())
    return loaded


def row(
    method: str, group: str = "Overall (micro)", score: float | None = 71.5
) -> dict[str, object]:
    interval = {"low": 60.0, "high": 80.25} if score is not None else {"low": None, "high": None}
    return {
        "benchmark": "persona-mme", "context": "32k", "method": method, "group": group,
        "n": 40, "score": score, "published": 71.48, **interval,
    }  # fmt: skip


def write_summary(folder: Path, *rows: dict[str, object]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / SUMMARY).write_text(json.dumps({"rows": rows}))
    return folder


def test_a_run_is_told_without_the_places_of_this_machine() -> None:
    card = trained_card(MODEL, REPO, "acme/base", Training(settings(), METRICS), [])
    for line in (
        "| model | smollm2 |", "| data | sft.jsonl |", "| learning_rate | 0.001 |",
        "| lora.rank | 8 |", "| loss | 6.5 (step 1) | 1.25 (step 9) |",
    ):  # fmt: skip
        assert f"\n{line}\n" in card
    assert "/home" not in card and "output" not in card
    data = ModelCard(card).data
    assert (data.base_model, data.library_name) == ("acme/base", "transformers")
    assert data.pipeline_tag == "text-generation"
    assert "reads text only" in card


def test_what_was_not_recorded_is_said_to_be_missing() -> None:
    card = trained_card(MODEL, REPO, None, Training({}, ()), [])
    assert "How it was trained was not recorded beside it." in card
    assert "trained with" not in card and "trained on" not in card, "nobody said that it was"
    assert f"| loss | {MISSING} | {MISSING} |" in card
    assert f"| all | {MISSING} |" in card
    assert ModelCard(card).data.base_model is None
    figures = re.findall(r"\d+(?:\.\d+)?", re.sub(r"```.*?```", "", card, flags=re.DOTALL))
    assert figures == ["2", "32"], "of the name of the architecture alone"


def test_two_cards_are_the_same_bytes() -> None:
    first, second = (
        trained_card(MODEL, REPO, None, Training(settings(), METRICS), []) for _ in "ab"
    )
    assert first == second


def test_an_adapter_is_told_how_to_load() -> None:
    adapter = Artefact(Kind.ADAPTER, "LoRA of rank 2", ("a.safetensors",), 1, "x", True)
    card = trained_card(adapter, REPO, "acme/base", Training({}, ()), [])
    code = re.search(r"```python\n(.*?)```", card, re.DOTALL)
    assert code is not None
    compile(code[1], "card", "exec")
    assert 'AutoModelForImageTextToText.from_pretrained("acme/base")' in code[1]
    assert ModelCard(card).data.library_name == "peft"


def test_figures_of_this_model_and_of_others(tmp_path: Path) -> None:
    folder = tmp_path / "run" / "model"
    folder.mkdir(parents=True)
    summary = write_summary(
        tmp_path / "out",
        row(f"personavlm (transformers: {folder})"),
        row("personavlm (transformers: /elsewhere/before)", score=None),
        row("full (preview)"),
        row(f"personavlm (transformers: {folder})", group="recall"),
    )
    rows = read_results(summary, folder)
    assert [each[1] for each in rows] == [
        f"personavlm (transformers: {THIS})", "personavlm (transformers: before)", "full (preview)",
    ]  # fmt: skip
    assert rows[0] == (
        "persona-mme 32k", rows[0][1], "Overall (micro)", "40", "71.50 (60.00 to 80.25)", "71.48",
    )  # fmt: skip
    assert rows[1][4] == MISSING
    card = trained_card(MODEL, REPO, None, Training({}, ()), rows)
    assert "| persona-mme 32k | full (preview) | Overall (micro) | 40 | 71.50 (60.00 to" in card


def test_figures_of_another_model_are_not_taken_for_its_own(tmp_path: Path) -> None:
    summary = write_summary(tmp_path / "out", row("full (transformers: other/model)"))
    first, second = read_results(summary, tmp_path)
    assert (first[1], first[4]) == (THIS, MISSING)
    assert second[1] == "full (transformers: other/model)"
    write_summary(tmp_path / "out", row("full (a)", group="recall"), row("full (b)", group="style"))
    assert [each[2] for each in read_results(summary, tmp_path)[1:]] == ["recall", "style"]


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "has no summary.json"), ("[]", "cannot be read"), ('{"rows": [{}]}', "cannot be read")],
)
def test_results_that_cannot_be_read(tmp_path: Path, content: str | None, told: str) -> None:
    if content is not None:
        (tmp_path / SUMMARY).write_text(content)
    with pytest.raises(BadInput, match=told):
        read_results(tmp_path, tmp_path)


def test_the_record_lies_beside_the_model_or_around_it(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    assert read_training(tmp_path / "model") == Training({}, ())
    (tmp_path / "run.json").write_text('{"seed": 3}')
    (tmp_path / "metrics.jsonl").write_text('{"step": 1, "loss": 2.0}\n')
    expected = Training({"seed": 3}, ({"step": 1, "loss": 2.0},))
    assert read_training(tmp_path / "model") == read_training(tmp_path) == expected
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(BadInput, match=r"run\.json is no JSON"):
        read_training(tmp_path)


def test_a_secret_in_the_record_does_not_get_into_the_card(folder: Path) -> None:
    (folder.parent / "run.json").write_text(json.dumps({"judge": {"key": "sk-" + "a1B2" * 6}}))
    with pytest.raises(BadInput, match="would hold a key of a model provider in line") as raised:
        make_plan(folder, Target(REPO))
    assert "a1B2" not in str(raised.value)


def test_a_card_of_ones_own_is_sent_as_it_is(folder: Path, tmp_path: Path) -> None:
    own = "---\nlicense: apache-2.0\n---\n\nMine.\n"
    (folder / "README.md").write_text(own)
    plan = make_plan(folder, Target(REPO))
    assert plan.card == own
    [sent] = [file for file in plan.files if file.name == "README.md"]
    assert sent.content == folder / "README.md"
    with pytest.raises(BadInput, match="--results has no place"):
        make_plan(folder, Target(REPO), results=write_summary(tmp_path / "out", row("full (a)")))
    (folder / "README.md").write_text("---\nlicense: [\n---\nMine.")
    with pytest.raises(BadInput, match=r"The metadata of .*README.md cannot be read"):
        make_plan(folder, Target(REPO))
