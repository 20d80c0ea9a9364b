"""What a folder must hold to be sent: a model that loads, or an adapter whose base is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from huggingface_hub import snapshot_download
from safetensors.numpy import load_file, save_file
from upload_hub import UploadHub

from personavlm.errors import BadInput, PersonaVLMError, WeightsError
from personavlm.hub.publish.artefact import ADAPTER, ADAPTER_CONFIG, Kind, inspect
from personavlm.hub.publish.plan import Target, described, make_plan
from personavlm.hub.publish.send import send

pytest.importorskip("peft", reason="the extra `train` is not installed")
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
BASE = "acme/base"


@pytest.fixture(scope="session")
def trained_adapter(trained: Path) -> Path:
    """As peft saves it, of the base in `trained`. Read only."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    config = LoraConfig(r=2, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    network = get_peft_model(AutoModelForCausalLM.from_pretrained(trained), config)
    folder = trained.parent / "adapter"
    network.save_pretrained(folder)
    (folder / "training_args.bin").write_bytes(b"\x80\x04N.")  # transformers' Trainer leaves it
    return folder


@pytest.fixture
def adapter(trained_adapter: Path, tmp_path: Path) -> Path:
    """One to be changed."""
    return Path(shutil.copytree(trained_adapter, tmp_path / "run" / "adapter"))


def test_an_adapter_goes_with_the_name_of_its_base_and_works_there(
    hub: UploadHub, adapter: Path, trained: Path
) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    shutil.copytree(trained, hub.root / BASE)
    plan = make_plan(adapter, Target("acme/adapter"), base=BASE)
    assert f"names {trained}; sent, it names {BASE}." in described(plan)
    assert plan.left_out == ("README.md", "training_args.bin"), "peft's card has blanks"
    send(plan, lambda line: None)
    sent = hub.root / "acme/adapter"
    assert (sent / ADAPTER).read_bytes() == (adapter / ADAPTER).read_bytes()
    assert "base_model: acme/base\n" in (sent / "README.md").read_text()
    config = json.loads((sent / ADAPTER_CONFIG).read_text())
    assert config == json.loads((adapter / ADAPTER_CONFIG).read_text()) | {
        "base_model_name_or_path": BASE
    }
    words = torch.arange(8).unsqueeze(0)
    alone = AutoModelForCausalLM.from_pretrained(trained)(words).logits
    here, fetched = (
        PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(trained), where)(words)
        for where in (str(adapter), snapshot_download("acme/adapter"))
    )
    assert torch.equal(fetched.logits, here.logits) and not torch.equal(fetched.logits, alone)


def test_a_base_that_is_a_folder_here_has_to_be_named(adapter: Path) -> None:
    with pytest.raises(BadInput, match=r"which is a folder here\. Name .* with --base"):
        make_plan(adapter, Target("acme/adapter"))
    (adapter.parent / "run.json").write_text('{"model": "acme/base@main"}')
    plan = make_plan(adapter, Target("acme/adapter"))
    assert plan.base == BASE, "what the run was told"
    with pytest.raises(BadInput, match="--base smollm2 is no model on the Hub"):
        make_plan(adapter, Target("acme/adapter"), base="smollm2")


def test_an_adapter_whose_matrices_do_not_fit(adapter: Path) -> None:
    tensors = load_file(adapter / ADAPTER)
    half = min(name for name in tensors if "lora_A" in name)
    save_file({name: tensor for name, tensor in tensors.items() if name != half}, adapter / ADAPTER)
    with pytest.raises(WeightsError, match="lacks its A matrix"):
        inspect(adapter, print)
    save_file(tensors | {half: tensors[half][:1]}, adapter / ADAPTER)
    with pytest.raises(WeightsError, match=r"of no rank 2"):
        inspect(adapter, print)
    (adapter / ADAPTER).write_bytes((adapter / ADAPTER).read_bytes()[:-8])
    with pytest.raises(WeightsError, match="damaged or incomplete"):
        inspect(adapter, print)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"peft_type": "PROMPT_TUNING"}, "of type PROMPT_TUNING"),
        ({"base_model_name_or_path": None}, "does not say what the adapter is for"),
    ],
)
def test_an_adapter_of_another_kind(adapter: Path, changed: dict[str, object], told: str) -> None:
    path = adapter / ADAPTER_CONFIG
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    with pytest.raises(WeightsError, match=told):
        inspect(adapter, print)


def test_a_model_is_one_that_the_product_would_load(folder: Path) -> None:
    told: list[str] = []
    found = inspect(folder, told.append)
    assert (found.kind, found.what) == (Kind.MODEL, "Qwen2ForCausalLM, float32")
    assert len(found.weights) == 4 and not found.sees
    assert any("is ready" in line for line in told)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("model-00002-of-00004.safetensors", None, "is missing"),
        ("model-00002-of-00004.safetensors", b"", "damaged or incomplete"),
        ("model-00009-of-00009.safetensors", b"", "which is no part of what is loaded"),
        ("tokenizer.json", None, "has no tokenizer"),
        ("config.json", b"{}", "names no architecture"),
        (ADAPTER_CONFIG, b"{}", "a model or an adapter"),
        ("config.json", None, "holds no result of training"),
    ],
)
def test_what_could_not_be_loaded(
    folder: Path, name: str, content: bytes | None, told: str
) -> None:
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(WeightsError, match=told):
        make_plan(folder, Target("acme/tiny"))


def test_the_folder_of_a_run_is_not_its_result(folder: Path) -> None:
    with pytest.raises(WeightsError, match=f"Did you mean {folder}?"):
        make_plan(folder.parent, Target("acme/tiny"))


@pytest.mark.parametrize(
    ("repo", "revision"),
    [("tiny", "main"), ("acme/ti ny", "main"), ("acme/-tiny", "main"), ("a/b/c", "main"),
     ("../tiny", "main"), ("acme/tiny", "0" * 40)],
)  # fmt: skip
def test_where_nothing_can_be_sent(repo: str, revision: str) -> None:
    with pytest.raises(PersonaVLMError, match=r"is no name for a repository|is a commit"):
        Target(repo, revision)
