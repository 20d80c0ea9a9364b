"""What a folder holds, held against what its files say: a whole model, or an adapter of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from personavlm.errors import WeightsError
from personavlm.hub.headers import FLOATS, Headers, main_dtype, read_headers
from personavlm.hub.prepare import prepare_weights
from personavlm.hub.progress import size
from personavlm.hub.snapshot import CONFIG, read_json, weight_files

ADAPTER_CONFIG = "adapter_config.json"
ADAPTER = "adapter_model.safetensors"
TOKENIZERS = frozenset({"tokenizer.json", "tokenizer.model", "vocab.json"})
PROCESSOR = "preprocessor_config.json"
# owner/name, as the Hub allows it
REPO = re.compile(r"(?!.*(?:--|\.\.))\w(?:[\w.-]*\w)?/\w(?:[\w.-]{0,94}\w)?", re.ASCII)
PAIR = re.compile(r"(.*\blora_)(?:(embedding_)?(A|B))\b(.*)")


class Kind(StrEnum):
    MODEL = "model"
    ADAPTER = "adapter"


@dataclass(frozen=True, slots=True)
class Artefact:
    """A verified result of training.

    what: in words, `Qwen2ForCausalLM, float32`. weights: its files of tensors, `bytes` in all.
    named: the base that an adapter's own config names, which may be a folder; empty for a model.
    sees: it reads pictures too.
    """

    kind: Kind
    what: str
    weights: tuple[str, ...]
    bytes: int
    named: str
    sees: bool


def inspect(folder: Path, report: Callable[[str], None]) -> Artefact:
    """Verify what a folder holds. report: takes lines on what was checked.

    Raises:
        WeightsError: neither a model nor an adapter, or one that could not be loaded.
    """
    model, adapter = ((folder / name).is_file() for name in (CONFIG, ADAPTER_CONFIG))
    if model and adapter:
        raise WeightsError(
            f"{folder} holds a {CONFIG} and an {ADAPTER_CONFIG}: a model or an adapter? Take the "
            "other one out."
        )
    if adapter:
        return _adapter(folder, report)
    if not model:
        inner = [str(path) for path in sorted(folder.iterdir()) if _holds_one(path)]
        hint = f" Did you mean {' or '.join(inner)}?" if inner else ""
        raise WeightsError(
            f"{folder} holds no result of training: neither {CONFIG} nor {ADAPTER_CONFIG}.{hint}"
        )
    return _model(folder, report)


def _holds_one(path: Path) -> bool:
    is_checkpoint = path.name.startswith("checkpoint")
    return not is_checkpoint and any((path / name).is_file() for name in (CONFIG, ADAPTER_CONFIG))


def _model(folder: Path, report: Callable[[str], None]) -> Artefact:
    weights = prepare_weights(str(folder), report=report)
    names = frozenset(path.name for path in folder.iterdir())
    files = weight_files(str(folder), names, folder)
    _require_no_others(folder, files)
    if not TOKENIZERS & names:
        raise WeightsError(f"{folder} has no tokenizer, so that nobody could use the model.")
    sees = "vision_config" in read_json(folder / CONFIG)
    if sees and PROCESSOR not in names:
        raise WeightsError(f"{folder} has no {PROCESSOR}, so that the model could read no picture.")
    what = f"{weights.architecture}, {weights.dtype}"
    return Artefact(Kind.MODEL, what, files, weights.bytes, "", sees)


def _adapter(folder: Path, report: Callable[[str], None]) -> Artefact:
    config = read_json(folder / ADAPTER_CONFIG)
    kind, named = config.get("peft_type"), config.get("base_model_name_or_path")
    if kind != "LORA":
        raise WeightsError(f"{folder} holds an adapter of type {kind}; LORA ones are published.")
    if not isinstance(named, str) or not named:
        raise WeightsError(
            f"The {ADAPTER_CONFIG} of {folder} does not say what the adapter is for "
            "(base_model_name_or_path)."
        )
    _require_no_others(folder, (ADAPTER,))
    headers = read_headers(folder / ADAPTER)
    if any(header.dtype not in FLOATS for header in headers.values()):
        raise WeightsError(f"{folder / ADAPTER} has tensors that are no floats. Save it as float.")
    pairs = _require_pairs(headers, config, str(folder))
    total = sum(header.bytes for header in headers.values())
    dtype = main_dtype(headers, {}, str(folder))
    report(f"{folder} is an adapter of {pairs} pairs of matrices ({size(total)}).")
    sees = any(".language_model." in name for name in headers)
    what = f"LoRA of rank {config.get('r')} on {pairs} layers, {dtype}"
    return Artefact(Kind.ADAPTER, what, (ADAPTER,), total, named, sees)


def _require_no_others(folder: Path, weights: tuple[str, ...]) -> None:
    """Other tensors beside the weights: of an earlier save, or of something else."""
    others = {path.name for path in folder.glob("*.safetensors")} - set(weights)
    if others:
        raise WeightsError(
            f"{folder} has {min(others)}, which is no part of what is loaded. Take it out."
        )


def _require_pairs(headers: Headers, config: dict[str, object], title: str) -> int:
    """How many pairs of low-rank matrices there are; each fits together.

    Raises:
        WeightsError: one has no other half, or they do not fit; or there are none.
    """
    halves: dict[str, dict[str, tuple[int, ...]]] = {}
    for name, header in headers.items():
        if found := PAIR.fullmatch(name):
            halves.setdefault(f"{found[1]}{found[4]}", {})[found[3]] = header.shape
    for name, pair in halves.items():
        if pair.keys() != {"A", "B"}:
            raise WeightsError(f"{title}: {name} lacks its {'AB'.replace(min(pair), '')} matrix.")
        rank = {pair["A"][0], pair["B"][1]}
        if len(rank) > 1 or (not config.get("rank_pattern") and rank != {config.get("r")}):
            raise WeightsError(
                f"{title}: {name} has matrices of {pair['A']} and {pair['B']}, which are of no "
                f"rank {config.get('r')}."
            )
    if not halves:
        raise WeightsError(f"{title} has no low-rank matrices in {ADAPTER}.")
    return len(halves)
