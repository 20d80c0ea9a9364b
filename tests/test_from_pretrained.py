"""One line from a repository to an agent: found, fetched, verified, loaded, recorded.

The checkpoint is tiny and random, of the published architecture; its words are noise.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from checkpoints import cross_encoder_checkpoint, vision_checkpoint
from hub_server import HubServer

from personavlm import BadInput, EngineUnavailable, PersonaVLM, WeightsError
from personavlm.engines.choose import Wanted
from personavlm.memory.rerank import CrossEncoder
from personavlm.prompts import PromptPack
from personavlm.prompts.pack_file import save_pack
from personavlm.prompts.trained import TrainedTemplate
from personavlm.records import Window

REPO = "acme/tiny-vl"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vision_checkpoint(tmp_path_factory.mktemp("hub") / REPO)


def test_a_folder(tiny: Path, tmp_path: Path) -> None:
    told: list[str] = []
    with PersonaVLM.from_pretrained(
        str(tiny), engine="transformers", data_dir=tmp_path, report=told.append
    ) as model:
        assert any("text encoder" in line for line in told)
        assert model.loading() is None
        assert model.engine_note == (
            "Running tiny-vl with transformers (asked for). Prompts: our own wording."
        ), "auto means our own wording for weights that are not the published ones"
        agent = model.agent("maya", profile={"name": "Maya"})
        reply = agent.chat("I adopted a corgi called Biscuit!")
        assert reply.text and reply.usage.completion_tokens > 10
        assert reply.answered_by == "tiny-vl on transformers, own prompts"
        done = {item.kind: item for item in agent.remembered(reply.turn or 0)}
        assert set(done) == {"personality", "semantic"}
        assert agent.personality.values() != (3.0,) * 5, "decoded under its grammar: always read"


def test_the_hub_and_the_commit_in_the_export(tiny: Path, tmp_path: Path) -> None:
    """In a process of its own: where the Hub is, is read when its library is imported."""
    code = """
import sys
from personavlm import PersonaVLM
model = PersonaVLM.from_pretrained(sys.argv[1], engine="transformers", data_dir=sys.argv[2])
agent = model.agent("maya")
agent.chat("Hello")
print(model.engine.weights.commit)
open(sys.argv[3], "wb").write(agent.memory.export())
model.close()
"""
    archive = tmp_path / "maya.zip"
    with HubServer(tiny.parents[1]) as server:
        done = subprocess.run(
            [sys.executable, "-c", code, REPO, str(tmp_path / "data"), str(archive)],
            env={**os.environ, **server.environment, "HF_HOME": str(tmp_path / "hf")},
            capture_output=True,
            text=True,
            timeout=200,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    commit = done.stdout.split()[-1]
    assert len(commit) == 40
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as zipped:
        [turn] = json.loads(zipped.read("memory.json"))["tables"]["turns"]
    assert turn["answered_by"] == f"{REPO}@{commit[:7]} on transformers, own prompts"


def test_what_is_wrong_is_said_before_anything_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsError, match=r"no config\.json"):
        PersonaVLM.from_pretrained(str(tmp_path / "empty"), engine="transformers")
    with pytest.raises(EngineUnavailable, match="runs no weights"):
        PersonaVLM.from_pretrained("me/small", engine="preview")
    with pytest.raises(EngineUnavailable, match=r"no SGLang|neither a Python"):
        PersonaVLM.from_pretrained("me/small", sglang_python=str(tmp_path / "empty"))


def test_a_bad_prompt_pack_is_refused(tiny: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack.json"
    pack.write_text("{}")
    with pytest.raises(BadInput, match="not a prompt pack"):
        PersonaVLM.from_pretrained(str(tiny), engine="transformers", prompts=str(pack))


def test_weights_are_asked_with_the_prompts_that_they_bring(tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "with-prompts"
    shutil.copytree(tiny, folder)
    template = TrainedTemplate("core", ("Profile: ", "\nSaid:\n", ""), ("profile", "dialogue"))
    save_pack(PromptPack("theirs", (template,)), folder / "prompts.json")
    with PersonaVLM.from_pretrained(str(folder), engine="transformers") as model:
        assert model.engine.prompts.name == "theirs"
    with PersonaVLM.from_pretrained(str(folder), engine="transformers", prompts="own") as model:
        assert model.engine.prompts.name == "own"


def test_nothing_is_loaded_until_it_is_asked_for(tiny: Path, tmp_path: Path) -> None:
    with PersonaVLM.prepare(Wanted("transformers", str(tiny)), tmp_path) as model:
        assert model.engine.weights is None
        assert "the transformers engine (asked for)" in model.engine_note


def test_a_reranker_rereads_what_is_found(tmp_path: Path) -> None:
    tiny = cross_encoder_checkpoint(tmp_path / "reranker")
    told: list[str] = []
    with PersonaVLM.from_pretrained(
        engine="preview", data_dir=tmp_path / "data", reranker=str(tiny)
    ) as model:
        model.load(told.append)
        assert any(line.startswith("Loading the reranker") for line in told)
        agent = model.agent("maya")
        for text in ("I adopted a corgi.", "My corgi is called Biscuit.", "My corgi loves cheese."):
            agent.chat(text)
        question = "What does my corgi like?"
        hits = agent.memory.search("corgi", question, Window())
        facts = [hit.text for hit in hits if hit.id.startswith("semantic:")]
        assert len(facts) > 1
        assert facts == sorted(
            facts, key=lambda fact: -CrossEncoder(str(tiny)).scores(question, [fact])[0]
        )
    with pytest.raises(WeightsError, match="cannot be loaded"):
        PersonaVLM.from_pretrained(
            engine="preview", data_dir=tmp_path / "data", reranker=str(tmp_path / "none")
        ).load()
