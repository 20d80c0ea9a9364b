"""What of a folder is sent, what is left out, and what keeps all of it from being sent."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy
import pytest
from safetensors.numpy import save_file

from personavlm.errors import BadInput
from personavlm.hub.publish.folder import MOST_TOLD, choose
from personavlm.hub.publish.secrets import BLOCK, find_secret, mask

# Joined here, so that no scanner takes this file for one that holds secrets.
HUB = "hf_" + "aB3dE6gH9j" * 4
PROVIDER = "sk-" + "proj-0123456789abcdefXYZ"
AWS = "AKIA" + "ABCDEFGH12345678"
AWS_SECRET = "aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz12345678"
GITHUB = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
KEY = "-----BEGIN " + "OPENSSH PRIVATE KEY-----"


def write(folder: Path, name: str, content: bytes | str = "{}") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_leftovers_of_training_stay_and_are_told(tmp_path: Path) -> None:
    sent = ("README.md", "config.json", "figures/loss.svg", "model.safetensors.index.json")
    for name in sent:
        write(tmp_path, name)
    for name in (
        *("checkpoint-50/optimizer.pt", "checkpoint-50/model.safetensors", "runs/events.out"),
        *("training_args.bin", "optimizer.bin", "rng_state_0.pth", "trainer_state.json"),
        *("run.json", "metrics.jsonl", ".gitattributes", ".cache/huggingface/x.lock"),
    ):
        write(tmp_path, name, b"\x80\x04N.")
    chosen = choose(tmp_path)
    assert sorted(chosen.files) == sorted(sent)
    assert set(chosen.left_out) == {
        *("checkpoint-50/", "runs/", ".cache/", "training_args.bin", "optimizer.bin"),
        *("rng_state_0.pth", "trainer_state.json", "run.json", "metrics.jsonl", ".gitattributes"),
    }


def test_a_card_with_its_blanks_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "README.md", "# Model Card\n\n- **License:** [More Information Needed]\n")
    assert choose(tmp_path).left_out == ("README.md",)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("pytorch_model.bin", "", "can run any code"),
        ("model.pt", "", "can run any code"),
        ("model.PTH", "", "can run any code"),
        ("last.ckpt", "", "can run any code"),
        ("vocab.pkl", "", "can run any code"),
        ("more/state.pickle", "", "can run any code"),
        ("weights.dat", b"\x80\x04\x95", "is pickled or packed"),
        ("weights", b"PK\x03\x04torch", "is pickled or packed"),
        ("modeling_tiny.py", "", "is code"),
        ("demo.ipynb", "", "is code"),
        ("config.json", '{"auto_map": {"AutoModel": "modeling_tiny.Tiny"}}', "auto_map"),
        ("tokenizer_config.json", '{"auto_map": {}}', "auto_map"),
        (".env", "A=1", "where secrets are kept"),
        (".env.local", "A=1", "where secrets are kept"),
        ("server.pem", "", "where secrets are kept"),
        ("id_ed25519", "", "where secrets are kept"),
        ("more/.netrc", "", "where secrets are kept"),
        ("README.md", f"# Mine\n\nexport HF_TOKEN={HUB}\n", "Hugging Face token in line 3"),
        ("notes.txt", f'key: "{PROVIDER}"', "a key of a model provider in line 1"),
        ("notes.txt", f"\n{AWS}\n", "an AWS key in line 2"),
        ("notes.txt", AWS_SECRET, "an AWS secret in line 1"),
        ("notes.txt", f"https://{GITHUB}@github.com/", "a GitHub token in line 1"),
        ("notes.txt", KEY, "a private key in line 1"),
        ("config.json", json.dumps({"token": HUB}), "a Hugging Face token in line 1"),
        ("windows.txt", f"one\r\n{HUB}".encode("utf-16"), "a Hugging Face token in line 2"),
    ],
)
def test_what_must_not_be_sent(tmp_path: Path, name: str, content: bytes | str, told: str) -> None:
    write(tmp_path, name, content)
    with pytest.raises(BadInput) as raised:
        choose(tmp_path)
    message = str(raised.value)
    assert told in message and Path(name).name in message
    assert not any(secret in message for secret in (HUB, PROVIDER, AWS, AWS_SECRET, GITHUB))


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    write(tmp_path, "private/diary.txt", "Dear diary")
    (tmp_path / "model").mkdir()
    (tmp_path / "model/README.md").symlink_to(tmp_path / "private/diary.txt")
    (tmp_path / "model/more").symlink_to(tmp_path / "private")
    with pytest.raises(BadInput) as raised:
        choose(tmp_path / "model")
    assert "README.md is a link" in str(raised.value) and "more is a link" in str(raised.value)
    assert "diary" not in str(raised.value)


def test_what_is_no_file_is_not_sent(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="pipe is no regular file"):
        choose(tmp_path)


def test_all_problems_are_told_at_once_unless_there_are_too_many(tmp_path: Path) -> None:
    for number in range(MOST_TOLD + 2):
        write(tmp_path, f"{number}.py")
    with pytest.raises(BadInput) as raised:
        choose(tmp_path)
    head, *problems, more = str(raised.value).splitlines()
    assert head == f"{tmp_path} is not published:"
    assert len(problems) == MOST_TOLD and more.strip() == "And 2 more."


def test_of_tensors_only_what_is_said_of_them_is_looked_through(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    noise = {"w": numpy.frombuffer(HUB.encode() * 2, dtype=numpy.uint8)}
    save_file(noise, path)
    assert find_secret(path) is None, "numbers may look like anything"
    save_file(noise, path, {"author": HUB})
    assert find_secret(path) == "a Hugging Face token in line 1"


def test_a_secret_between_two_blocks_is_found(tmp_path: Path) -> None:
    line = b"word " * 200 + b"\n"
    before = (line * (BLOCK // len(line) + 1))[: BLOCK - 20] + b"\n"
    path = tmp_path / "tokenizer.json"
    path.write_bytes(before + HUB.encode() + b"\n" + line)
    expected = before.count(b"\n") + 1
    assert find_secret(path) == f"a Hugging Face token in line {expected}"
    path.write_bytes(before * 2 + HUB.encode())
    assert find_secret(path) == f"a Hugging Face token in line {2 * expected - 1}"


def test_words_that_are_no_secrets(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(
        "hf_hub_download, sk-learn-like-names-for-things, AKIA, task-0123456789012345678"
    )
    assert find_secret(path) is None


def test_messages_are_masked() -> None:
    said = f"No: {HUB} at https://s3.example/a?X-Amz-Signature=12ab&x=1 now"
    assert mask(said) == "No: *** at https://s3.example/a now"
