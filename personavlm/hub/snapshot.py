"""What a model repository holds at one commit, and which of it running the model takes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants
from huggingface_hub.file_download import repo_folder_name

from personavlm.errors import WeightsError
from personavlm.hub.weights import PROMPTS

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
SETTINGS = frozenset(
    {
        *(CONFIG, INDEX, "generation_config.json"),
        *("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "vocab.json"),
        *("merges.txt", "special_tokens_map.json", "added_tokens.json"),
        *("chat_template.jinja", "chat_template.json"),
        *("preprocessor_config.json", "video_preprocessor_config.json", "processor_config.json"),
        PROMPTS,
    }
)
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file as the Hub announces it.

    size: bytes. digest: the sha256 of a large file (64 hex digits), the sha1 that git gives a small
    one (40 hex digits), None where the Hub's word on it is not known.
    """

    name: str
    size: int
    digest: str | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A model repository at one commit. online: the Hub has just been asked, and can be again."""

    repo: str
    commit: str
    files: tuple[HubFile, ...]
    online: bool

    @property
    def name(self) -> str:
        return f"{self.repo}@{self.commit[:7]}"

    @property
    def folder(self) -> Path:
        """Where huggingface_hub puts the files of this commit."""
        return repo_folder(self.repo) / "snapshots" / self.commit

    @property
    def settings(self) -> tuple[HubFile, ...]:
        """All that is needed besides the weights: config, tokenizer, processor, index."""
        return tuple(file for file in self.files if file.name in SETTINGS)

    def shards(self) -> tuple[HubFile, ...]:
        """The weights. Where there is an index it has to be in `folder` already.

        Raises:
            WeightsError: there are none that are safe to load, or the index names others.
        """
        known = {file.name: file for file in self.files}
        names = weight_files(self.name, frozenset(known), self.folder)
        missing = [name for name in names if name not in known]
        if missing and self.online:
            raise WeightsError(
                f"The index of {self.name} names {missing[0]}, which the repository does not have. "
                "Tell its owner, or choose another revision."
            )
        # Offline only files that are here are known; what is missing then has no size to tell.
        return tuple(known.get(name, HubFile(name, 0, None)) for name in names)


def repo_folder(repo: str) -> Path:
    """The folder of a model in huggingface_hub's cache."""
    return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repo, repo_type="model")


def weight_files(title: str, names: frozenset[str], folder: Path) -> tuple[str, ...]:
    """The names of the safetensors files that make up the model in `folder`.

    names: the files that there are. title: what to call it in a message.

    Raises:
        WeightsError: pickled weights only, none at all, or an index that cannot be followed.
    """
    if INDEX in names:
        return tuple(sorted(set(read_index(folder / INDEX).values())))
    if SINGLE in names:
        return (SINGLE,)
    pickles = sorted(name for name in names if name.endswith(PICKLES))
    if pickles:
        raise WeightsError(
            f"{title} has only pickled weights ({pickles[0]}), which can run any code when they "
            "are loaded. Choose a repository or revision with safetensors files."
        )
    raise WeightsError(f"{title} has no weights: neither {SINGLE} nor {INDEX}.")


def read_index(path: Path) -> dict[str, str]:
    """Which file each tensor is in, as the index has it.

    Raises:
        WeightsError: it cannot be read, or names something that is no safetensors file beside it.
    """
    weight_map = read_json(path).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise WeightsError(f"{path} lists no tensors.")
    for name in weight_map.values():
        if not isinstance(name, str) or Path(name).name != name or "\\" in name:
            raise WeightsError(f"{path} names {name!r}, which is no file beside it.")
        if not name.endswith(".safetensors"):
            raise WeightsError(f"{path} names {name}; only safetensors files are loaded.")
    return weight_map


def read_json(path: Path) -> dict[str, object]:
    """A JSON object from a file.

    Raises:
        WeightsError: there is no such file, or there is something else in it.
    """
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise WeightsError(f"{path} is missing.") from error
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} cannot be read ({error}).") from error
    if not isinstance(value, dict):
        raise WeightsError(f"{path} holds no JSON object.")
    return value
