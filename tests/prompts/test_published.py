"""The published dataset, from a Hub on loopback: recovered, cached, refused, out of reach.

huggingface_hub reads its endpoint when it is imported, so each case runs in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prompts.dataset_server import COMMIT, DatasetServer
from prompts.training_data import Writer, write
from typer.testing import CliRunner

from personavlm.cli_prompts import app
from personavlm.errors import BadInput
from personavlm.prompts import OWN, choose_pack, load_pack, save_pack
from personavlm.prompts.trained import SLOTS

DATASET, FILE = "ClareNie/PersonaVLM-Dataset", "sft/sft.json"
CLI = "from personavlm.cli_prompts import app; app()"
AUTO = """
import sys, json, pathlib
from personavlm.prompts import choose_pack
reported = []
pack, note = choose_pack("auto", pathlib.Path(sys.argv[1]), reported.append)
print(json.dumps([pack.name, len(pack.trained), pack.commit, note, reported]))
"""


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Path:
    writer = Writer(1)
    data = [writer.exchanges(name) for name in SLOTS for _ in range(25)]
    return write(tmp_path_factory.mktemp("data") / "sft.json", data)


@pytest.fixture
def hub(training: Path) -> Iterator[DatasetServer]:
    with DatasetServer(DATASET, FILE, training.read_bytes()) as server:
        yield server


def python(
    code: str, *words: object, home: Path, url: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
    ours = {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        env=clean | ours | {"NO_PROXY": "127.0.0.1"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def auto(home: Path, url: str, **environment: str) -> tuple[str, int, str | None, str, list[str]]:
    done = python(AUTO, home / "packs", home=home, url=url, **environment)
    assert done.returncode == 0, done.stderr
    name, count, commit, note, reported = json.loads(done.stdout)
    return name, count, commit, note, reported


def nowhere() -> str:
    """A Hub that has just gone away."""
    with DatasetServer(DATASET, FILE, None) as server:
        return server.url


def test_auto_recovers_once_and_then_reads_its_cache(tmp_path: Path, hub: DatasetServer) -> None:
    name, count, commit, note, _ = auto(tmp_path, hub.url)
    assert (name, count, commit) == (f"{DATASET}@3f9c2b1", len(SLOTS), COMMIT)
    assert note == f"Prompts: as trained (8 of 8 templates, from {DATASET}@3f9c2b1)"
    asked = len(hub.requests)
    assert asked > 0
    again = auto(tmp_path, hub.url)
    assert again == (name, count, commit, note, [])
    assert len(hub.requests) == asked
    (tmp_path / "packs" / "recovered.prompts.json").write_text("damaged", encoding="utf-8")
    _, count, _, _, reported = auto(tmp_path, hub.url)
    assert count == len(SLOTS)
    assert "It is recovered again." in reported[0]
    assert len(hub.requests) > asked


def test_auto_without_a_hub_uses_the_copy_that_is_here(tmp_path: Path, hub: DatasetServer) -> None:
    done = python(CLI, "recover", DATASET, "--output", tmp_path / "p", home=tmp_path, url=hub.url)
    assert done.returncode == 0, done.stderr
    _, count, commit, _, reported = auto(tmp_path, nowhere())
    assert (count, commit) == (len(SLOTS), COMMIT)
    assert f"using the copy of {DATASET} that is here" in reported[0]


def test_auto_without_network_or_copy_is_our_own(tmp_path: Path) -> None:
    for environment, why in (({}, "cannot be reached"), ({"HF_HUB_OFFLINE": "1"}, "OFFLINE")):
        name, count, _, note, _ = auto(tmp_path, nowhere(), **environment)
        assert (name, count) == ("own", 0)
        assert note.startswith("Prompts: our own wording (the trained wording could not be")
        assert why in note
        assert "\n" not in note


def test_auto_with_data_that_explains_nothing_is_our_own(tmp_path: Path) -> None:
    for content, why in ((b"[]", "no training conversations"), (b"[{", "breaks off")):
        with DatasetServer(DATASET, FILE, content) as server:
            name, _, _, note, _ = auto(tmp_path / why, server.url)
        assert name == "own"
        assert why in note


def test_the_command_writes_a_pack_of_the_dataset(tmp_path: Path, hub: DatasetServer) -> None:
    path = tmp_path / "pack.json"
    done = python(CLI, "recover", DATASET, "--output", path, home=tmp_path, url=hub.url)
    assert done.returncode == 0, done.stderr
    assert load_pack(path).commit == COMMIT
    assert load_pack(path).line in done.stdout


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        ((401, "GatedRepo"), "is gated (401)"),
        ((403, "GatedRepo"), "your account has no access to it (403)"),
        ((404, "RepoNotFound"), f"The Hub has no dataset {DATASET}"),
        ((401, "RepoNotFound"), "or it is private and you are not let in (401)"),
    ],
)
def test_what_the_hub_refuses_is_one_line(
    tmp_path: Path, hub: DatasetServer, refusal: tuple[int, str], message: str
) -> None:
    hub.refusal = refusal
    done = python(CLI, "recover", DATASET, home=tmp_path, url=hub.url)
    assert done.returncode == 1
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_dataset_without_the_file_is_named(tmp_path: Path) -> None:
    with DatasetServer(DATASET, FILE, None) as server:
        done = python(CLI, "recover", DATASET, home=tmp_path, url=server.url)
    assert done.returncode == 1
    assert f"The dataset {DATASET} has no {FILE} (404)" in done.stderr


# -- without the Hub -----------------------------------------------------------------------------


def test_the_command_tells_what_became_of_each_task(tmp_path: Path) -> None:
    writer = Writer(2)
    data = [writer.exchanges(name) for name in ("core", "semantic") for _ in range(30)]
    source, path = write(tmp_path / "mine.json", data), tmp_path / "pack.json"
    done = CliRunner().invoke(app, ["recover", str(source), "--output", str(path)])
    assert done.exit_code == 0, done.output
    rows = {line.split()[0]: line.split(maxsplit=5) for line in done.stdout.splitlines()[1:9]}
    assert list(rows) == list(SLOTS)
    assert rows["core"][1:] == ["30", "30", "30", "30", "as trained"]
    assert rows["reason"][1:] == ["0", "0", "0", "0", "our own (no samples)"]
    assert load_pack(path).name == "mine.json"
    assert load_pack(path).commit is None
    assert [each.name for each in load_pack(path).trained] == ["semantic", "core"]


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ("none.json", "none.json is not a file"),
        (".", ". is not a file"),
        ("not a name", "neither a file nor a dataset"),
    ],
)
def test_what_is_no_dataset_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["recover", dataset])
    assert done.exit_code == 1
    assert done.stderr.startswith(message) or message in done.stderr
    assert "Traceback" not in done.output
    assert not any(tmp_path.iterdir())


def test_data_that_explains_nothing_writes_no_pack(tmp_path: Path) -> None:
    source = write(tmp_path / "one.json", [[("Hello", "<think>t</think><answer>a</answer>")]])
    done = CliRunner().invoke(app, ["recover", str(source), "--output", str(tmp_path / "pack")])
    assert done.exit_code == 1
    assert "No template could be recovered" in done.stderr
    assert not (tmp_path / "pack").exists()


def test_a_setting_names_the_pack(tmp_path: Path) -> None:
    assert choose_pack("own", tmp_path, print) == (OWN, "Prompts: our own wording (asked for)")
    path = tmp_path / "pack.json"
    save_pack(OWN, path)
    pack, note = choose_pack(str(path), tmp_path, print)
    assert pack == OWN
    assert note.endswith(f"read from {path}")
    with pytest.raises(BadInput, match="cannot be read"):
        choose_pack(str(tmp_path / "none.json"), tmp_path, print)
