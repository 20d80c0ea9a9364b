"""Speed of the transformers engine: time to the first token, and tokens a second.

    python eval/bench/decode.py [--tiny] [--json OUT] [--tokens N]

On an NVIDIA GPU: the shapes of Qwen2.5-VL 7B with random weights in bfloat16, prompts of 2k and 8k
tokens with one picture of the trained 230,400 pixels, through the engine's own reading, compiled
single tokens and choice. Each token reads all weights of the language model once, so the memory's
bandwidth, measured in the same run, bounds the rate. Aim: at least 60% of that bound.

`--tiny`, or without a GPU: the same code with a tiny model on the CPU. That says that it runs, and
what one token costs besides the network; it says nothing about a GPU, and the result tells so.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as Pillow

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from checkpoints import vision_checkpoint  # noqa: E402

from eval.bench.machine import machine  # noqa: E402
from personavlm.engines.base import Request, silent  # noqa: E402
from personavlm.engines.transformers import generation, static  # noqa: E402
from personavlm.engines.transformers.choice import Grammars  # noqa: E402
from personavlm.engines.transformers.model import Model, load_model  # noqa: E402
from personavlm.engines.transformers.prefixes import Prefixes  # noqa: E402
from personavlm.engines.transformers.readers import GridReader  # noqa: E402
from personavlm.engines.transformers.steps import PlainSteps, Steps  # noqa: E402
from personavlm.hub.weights import Weights  # noqa: E402
from personavlm.protocol import Task  # noqa: E402
from personavlm.protocol.messages import Message  # noqa: E402
from personavlm.records import Image  # noqa: E402

RESULTS = ROOT / "eval/bench/results/decode.json"
PROMPTS = (2_048, 8_192 - 256)  # tokens
TINY_PROMPTS = (512, 2_048)
AIM = 0.6  # of the bound
NO_GPU = (
    "No NVIDIA GPU was found on this machine, so nothing was measured on one: the decode rate at "
    "7B shapes, and whether it reaches its aim, are unknown."
)
TEXT_7B = {
    "hidden_size": 3584,
    "intermediate_size": 18_944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "vocab_size": 152_064,
    "max_position_embeddings": 128_000,
    "rms_norm_eps": 1e-6,
    "rope_parameters": {
        "rope_type": "default",
        "rope_theta": 1e6,
        "mrope_section": [16, 24, 24],
    },
}
VISION_7B = {
    "depth": 32,
    "hidden_size": 1280,
    "intermediate_size": 3420,
    "num_heads": 16,
    "out_hidden_size": 3584,
    "window_size": 112,
    "fullatt_block_indexes": [7, 15, 23, 31],
}


@dataclass
class Speed:
    """One prompt: seconds to the first token, and the rate of those that follow."""

    prompt_tokens: int
    first_token_s: float
    again_first_token_s: float  # the same prompt, of which all but the last token is kept
    tokens_per_s: float


def random_7b(folder: Path, device: torch.device) -> Model:
    """The published architecture with random weights; the tokenizer of the tiny checkpoint."""
    from transformers import (
        AutoImageProcessor,
        AutoTokenizer,
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
    )

    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    name_of = {
        "image_token_id": "<|image_pad|>",
        "video_token_id": "<|video_pad|>",
        "vision_start_token_id": "<|vision_start|>",
        "vision_end_token_id": "<|vision_end|>",
    }
    config = Qwen2_5_VLConfig(
        text_config=TEXT_7B,
        vision_config=VISION_7B,
        tie_word_embeddings=False,
        **{name: tokenizer.convert_tokens_to_ids(token) for name, token in name_of.items()},
    )
    torch.manual_seed(0)
    with torch.device(device):
        network: Any = Qwen2_5_VLForConditionalGeneration._from_config(
            config, dtype=torch.bfloat16, attn_implementation="sdpa"
        )
    network.eval()
    processor = AutoImageProcessor.from_pretrained(folder)  # type: ignore[no-untyped-call]
    return Model(
        "random 7B",
        network,
        tokenizer,
        GridReader(tokenizer, processor, network),
        Grammars(tokenizer, TEXT_7B["vocab_size"], {tokenizer.eos_token_id}),  # type: ignore[arg-type]
        frozenset(),  # random weights must not end a turn early
        TEXT_7B["max_position_embeddings"],  # type: ignore[arg-type]
    )


def tiny(folder: Path) -> Model:
    weights = Weights("tiny", None, folder, "Qwen2_5_VLForConditionalGeneration", "float32", 0)
    return replace(load_model(weights, torch.device("cpu"), silent), ends=frozenset())


def picture(folder: Path) -> Image:
    """Noise of 640 by 360 pixels: 230,400, the most that the weights were trained with."""
    noise = np.random.default_rng(0).integers(0, 256, (360, 640, 3), np.uint8)
    path = folder / "noise.webp"
    Pillow.fromarray(noise).save(path, "WEBP")
    return Image("0" * 64, 640, 360, path)


def request_of(model: Model, tokens: int, image: Image, generate: int) -> Request:
    """A prompt of about so many tokens, with a picture at its beginning."""

    def ask(words: int) -> Request:
        message = Message("user", (image, "talk day " * words))
        return Request(Task.REASON, None, (message,), max_tokens=generate)  # type: ignore[arg-type]

    empty, some = (len(model.reader.read(ask(words).messages)) for words in (0, 100))
    return ask((tokens - empty) * 100 // (some - empty))


def measure(model: Model, steps: Steps, request: Request) -> Speed:
    prefixes = Prefixes()
    times: list[float] = []
    first: list[float] = []
    for _ in range(2):
        synchronize(model)
        started = time.perf_counter()
        times.clear()
        for chunk in generation.generate(model, steps, prefixes, request):
            times.append(time.perf_counter())  # each token was brought to the CPU
            usage = chunk.usage
        first.append(times[0] - started)
        tokens = times[:-2]  # the last two hold what was kept back, and the usage
    assert usage is not None
    assert usage.completion_tokens == request.max_tokens
    rate = (len(tokens) - 1) / (tokens[-1] - tokens[0])
    return Speed(usage.prompt_tokens, round(first[0], 4), round(first[1], 4), round(rate, 2))


def weights_read_per_token(model: Model) -> int:
    """Bytes of the language model's weights; of the input embeddings only a row is read."""
    network = model.network
    rows = {id(parameter) for parameter in network.get_input_embeddings().parameters()}
    parts = (network.model.language_model, network.get_output_embeddings())
    return sum(
        parameter.numel() * parameter.element_size()
        for part in parts
        for parameter in part.parameters()
        if id(parameter) not in rows
    )


def bandwidth(device: torch.device) -> float:
    """Bytes a second: the better of a large copy and a large sum."""
    size = (2**31 if device.type == "cuda" else 2**28) // 2
    source = torch.ones(size, dtype=torch.bfloat16, device=device)
    target = torch.empty_like(source)
    runs: list[tuple[Callable[[], object], int]] = [
        (lambda: target.copy_(source), 4 * size),
        (lambda: source.sum(dtype=torch.float32), 2 * size),
    ]
    best = 0.0
    for run, moved in runs:
        for _ in range(12):
            with timed(device) as seconds:
                run()
            best = max(best, moved / seconds[0])
    return best


@contextmanager
def timed(device: torch.device) -> Iterator[list[float]]:
    seconds: list[float] = []
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    started = time.perf_counter()
    yield seconds
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    seconds.append(time.perf_counter() - started)


def synchronize(model: Model) -> None:
    if model.network.device.type == "cuda":
        torch.cuda.synchronize()


def peak_gb(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def run(device: torch.device, tokens: int) -> dict[str, object]:
    """All measurements on one device, printed as they come."""
    gpu = device.type == "cuda"
    speed_of_memory = bandwidth(device)
    with tempfile.TemporaryDirectory() as name:
        folder = vision_checkpoint(Path(name))
        model = random_7b(folder, device) if gpu else tiny(folder)
        image = picture(folder)
        started = time.perf_counter()
        accelerate = static.on_cuda(print) if gpu else lambda step: step
        fixed = static.StaticSteps(model, accelerate)
        ready = time.perf_counter() - started
        per_token = weights_read_per_token(model)
        bound = speed_of_memory / per_token
        print(f"memory {speed_of_memory / 1e9:,.0f} GB/s, {per_token / 1e9:.3f} GB of weights a "
              f"token: at most {bound:,.1f} tokens/s")  # fmt: skip
        results: dict[str, object] = {
            "bandwidth_gb_s": round(speed_of_memory / 1e9, 1),
            "weights_gb": round(per_token / 1e9, 4),
            "bound_tokens_per_s": round(bound, 2),
            "preparing_s": round(ready, 1),
        }
        plain = PlainSteps(model.network)
        measure(model, plain, request_of(model, 256, image, 4))  # warms up
        for length in PROMPTS if gpu else TINY_PROMPTS:
            asked = request_of(model, length, image, tokens)
            for way, steps in (("static", fixed), ("plain", plain)):
                speed = measure(model, steps, asked)
                ratio = speed.tokens_per_s / bound
                print(
                    f"{speed.prompt_tokens:6,} tokens, {way:6}: first token "
                    f"{speed.first_token_s:.3f} s (again: {speed.again_first_token_s:.3f} s), then "
                    f"{speed.tokens_per_s:7.1f} tokens/s, {ratio:.1%} of the bound"
                )
                results[f"{length} {way}"] = asdict(speed) | {"of_bound": round(ratio, 4)}
        results["peak_memory_gb"] = round(peak_gb(device), 2)
        print(f"peak memory {results['peak_memory_gb']} GB")
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--tiny", action="store_true", help="a tiny model on the CPU")
    parser.add_argument("--json", type=Path, metavar="OUT", default=RESULTS)
    parser.add_argument("--tokens", type=int, default=256, help="to generate for each prompt")
    asked = parser.parse_args()
    gpu = torch.cuda.is_available() and not asked.tiny
    here: dict[str, object] = dict(machine())
    here["gpu"] = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    print("\n".join(f"{name:12} {value}" for name, value in here.items()))
    results: dict[str, object] = {"machine": here, "aim": AIM}
    if gpu:
        results["7b"] = run(torch.device("cuda"), asked.tokens)
    else:
        torch.set_num_threads(1)
        if not torch.cuda.is_available():
            print(f"\n{NO_GPU}\n")
            results["gpu_run"] = NO_GPU
        results["tiny_on_cpu"] = run(torch.device("cpu"), asked.tokens)
    asked.json.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print(f"written to {asked.json}")


if __name__ == "__main__":
    main()
