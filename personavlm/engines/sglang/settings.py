"""How the server is started: its settings and its environment variables."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from personavlm.hub.weights import Weights

MODEL_NAME = "personavlm"  # the `model` of requests
LONGEST_CONTEXT = 32_768  # tokens: what Qwen2.5-VL holds unstretched; prompts have far fewer
GPU_SHARE = 0.75  # of free GPU memory, weights included: the rest is for activations and encoders
CPU_KV_TOKENS = 32_768  # of all conversations together; without it, it takes a share of memory
CPU_LANES = 32  # requests side by side

Setting = str | int | float | bool
_ON_GPU: dict[str, Setting] = {"mem-fraction-static": GPU_SHARE}
_ON_CPU: dict[str, Setting] = {
    "device": "cpu",
    "dtype": "float32",  # in bfloat16 near-ties fall otherwise than in transformers
    "disable-overlap-schedule": True,
    "skip-server-warmup": True,
    "sleep-on-idle": True,  # it would keep a core busy waiting
    "max-total-tokens": CPU_KV_TOKENS,
    "max-running-requests": CPU_LANES,
    "mem-fraction-static": 0.3,
}


def server_settings(weights: Weights, gpu: bool, port: int, key: str) -> dict[str, Setting]:
    """SGLang's flags, without their dashes.

    It has no limit on pictures: they come resized, and the context bounds how many there are.
    """
    common: dict[str, Setting] = {
        "model-path": str(weights.path),
        "served-model-name": MODEL_NAME,
        "host": "127.0.0.1",
        "port": port,
        "api-key": key,
        "random-seed": 0,
        "enable-cache-report": True,
        "enable-metrics": True,
        "enable-priority-scheduling": True,  # a person who waits goes before an update
    }
    if (context := context_length(weights.path)) is not None:
        common["context-length"] = context
    return common | (_ON_GPU if gpu else _ON_CPU)


def context_length(checkpoint: Path) -> int | None:
    """Tokens that a conversation may have; None where the checkpoint's config does not say."""
    config = json.loads((checkpoint / "config.json").read_text("utf-8"))
    text = config.get("text_config") or config
    longest = text.get("max_position_embeddings")
    return min(longest, LONGEST_CONTEXT) if isinstance(longest, int) else None


def environment(python: Path, gpu: bool, folder: Path) -> dict[str, str]:
    """This process's, less what belongs to its own Python. Temporary files go to `folder`."""
    variables = dict(os.environ)
    if python != Path(sys.executable):
        for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
            variables.pop(name, None)
    variables |= {
        "TMPDIR": str(folder),
        "PYTHONUNBUFFERED": "1",  # the start is followed line by line
        "HF_HUB_OFFLINE": "1",  # the weights are on this disk, verified
        "TRANSFORMERS_OFFLINE": "1",
        "SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION": "0",  # /health_generate does that
    }
    if not gpu:
        # Without the second, the first picture would be compiled for, which takes longer than it.
        variables |= {"SGLANG_USE_CPU_ENGINE": "1", "TORCHDYNAMO_DISABLE": "1"}
    return variables
