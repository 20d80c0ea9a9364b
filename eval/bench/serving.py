"""One SGLang server under 32 conversations: at once against one at a time, and what it need not
read again.

    python eval/bench/serving.py --sglang-python PATH [--json OUT] [--people N]

Each conversation is one message answered in three steps, each of which goes on from the one before,
as the response stage does; with a picture, rendered by the product's own prompts, through the
product's own engine. Each person has their own salt, so nothing is shared between two of them.

On an NVIDIA GPU: the shapes of Qwen2.5-VL 7B with random weights in bfloat16. Without one: the
tiny checkpoint of the tests on the CPU. That says that it runs, and how much better a server does
with many at once; it says nothing about a GPU, and the result tells so.
"""

from __future__ import annotations

import argparse
import json
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from checkpoints import vision_checkpoint  # noqa: E402
from engine_requests import sample_picture, trajectory, turns_of  # noqa: E402

from eval.bench.machine import machine  # noqa: E402
from personavlm.engines.base import Engine, Request  # noqa: E402
from personavlm.engines.sglang.engine import SGLangEngine  # noqa: E402
from personavlm.engines.sglang.find import find_python  # noqa: E402
from personavlm.engines.sglang.process import Process  # noqa: E402
from personavlm.engines.sglang.settings import Setting, server_settings  # noqa: E402
from personavlm.hub.weights import Weights  # noqa: E402
from personavlm.machine import find_gpu  # noqa: E402

RESULTS = ROOT / "eval/bench/results/serving.json"
STEPS = 3
TOKENS = 64  # at most, of each step
PICTURES = ("biscuit", "cake", "fern", "mug", "olive", "tiles", "bike", "bookshelf", "octopus")
NO_GPU = (
    "No NVIDIA GPU was found on this machine: these are figures of a tiny model on a CPU. What a "
    "server does at 7B shapes on a GPU is unknown."
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One step as it came: tokens, and seconds to the first text and in all."""

    prompt: int
    cached: int
    written: int
    first_s: float
    seconds: float


def conversation(person: int, way: str) -> list[Request]:
    """The steps of one message of one person; those of another way of asking share nothing."""
    *before, last = (replace(turn, images=()) for turn in turns_of(1 + person % 15))
    seen = sample_picture(f"{PICTURES[person % len(PICTURES)]}.png")
    asked = replace(last, text=f"{last.text} ({person})", images=(seen,))
    return [
        replace(step, salt=f"{way} {person}", max_tokens=TOKENS)
        for step in trajectory([*before[:STEPS], asked], STEPS)
    ]


def listen(engine: Engine, request: Request) -> Reply:
    started = time.perf_counter()
    first = 0.0
    for chunk in engine.generate(request):
        if chunk.text and not first:
            first = time.perf_counter() - started
    usage = chunk.usage
    assert usage is not None
    return Reply(
        usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens, first, usage.seconds
    )


def talk(engine: Engine, person: int, way: str) -> list[Reply]:
    return [listen(engine, request) for request in conversation(person, way)]


def summary(replies: list[list[Reply]], seconds: float) -> dict[str, object]:
    """The rate of all together; and of each step its wait for the first text, and its cache."""
    each = [reply for steps in replies for reply in steps]
    written = sum(reply.written for reply in each)
    spoken = [reply for reply in each if reply.written > 1]
    rates = [(reply.written - 1) / (reply.seconds - reply.first_s) for reply in spoken]
    return {
        "seconds": round(seconds, 2),
        "tokens_per_s": round(written / seconds, 1),
        "tokens_per_s_of_one": round(float(np.median(rates)), 1),
        "steps": [
            {
                "prompt_tokens": round(np.mean([reply.prompt for reply in step])),
                "cached": round(sum(r.cached for r in step) / sum(r.prompt for r in step), 4),
                "first_text_p50_s": round(float(np.percentile([r.first_s for r in step], 50)), 4),
                "first_text_p95_s": round(float(np.percentile([r.first_s for r in step], 95)), 4),
            }
            for step in zip(*replies, strict=True)
        ],
    }


def show(way: str, found: dict[str, object]) -> None:
    print(
        f"\n{way}: {found['tokens_per_s']} tokens/s in all, {found['tokens_per_s_of_one']} of one"
    )
    steps = found["steps"]
    assert isinstance(steps, list)
    for number, step in enumerate(steps, 1):
        print(f"  step {number}: {step['prompt_tokens']:5} tokens, {step['cached']:6.1%} of them "
              f"cached; first text p50 {step['first_text_p50_s']:.3f} s, "
              f"p95 {step['first_text_p95_s']:.3f} s")  # fmt: skip


def measure(engine: Engine, people: int) -> dict[str, object]:
    for _ in range(2):
        talk(engine, 0, "warming up")
    started = time.perf_counter()
    alone = [talk(engine, person, "alone") for person in range(people)]
    one_by_one = summary(alone, time.perf_counter() - started)
    show("one at a time", one_by_one)
    started = time.perf_counter()
    with ThreadPoolExecutor(people) as pool:
        replies = list(pool.map(lambda person: talk(engine, person, "together"), range(people)))
    together = summary(replies, time.perf_counter() - started)
    show(f"{people} at once", together)
    ratio = round(together["tokens_per_s"] / one_by_one["tokens_per_s"], 2)  # type: ignore[operator]
    print(f"\n{people} at once: {ratio} times the tokens a second of one at a time")
    return {"people": people, "alone": one_by_one, "together": together, "ratio": ratio}


def random_7b(folder: Path) -> None:
    """Make a tiny checkpoint one of the published shapes, to be served with made-up weights."""
    from eval.bench.decode import TEXT_7B, VISION_7B

    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["text_config"] |= TEXT_7B | {"layer_types": ["full_attention"] * 28}
    config["vision_config"] |= VISION_7B
    config["dtype"] = "bfloat16"
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    for weights in folder.glob("*.safetensors*"):
        weights.unlink()


@contextmanager
def served(python: Path, folder: Path, gpu: bool) -> Iterator[SGLangEngine]:
    """An engine on a server of these weights; on a GPU they are made up as it starts."""
    weights = Weights("random", None, folder, "Qwen2_5_VLForConditionalGeneration", "", 0)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    key = secrets.token_urlsafe(32)
    settings: dict[str, Setting] = server_settings(weights, gpu, port, key)
    # The tiny model's cache takes little, so all can be kept; on a GPU it is as large as it gets.
    settings |= {"load-format": "dummy"} if gpu else {"max-total-tokens": 2**18}
    process = Process(python, settings, gpu)
    try:
        process.wait_ready(print)
        url = f"http://127.0.0.1:{port}"
        with SGLangEngine(None, python=None, urls=(url,), key=key, gpu=gpu) as engine:
            engine.load()
            yield engine
    finally:
        process.end()


def sglang_version(python: Path) -> str:
    ask = "from importlib.metadata import version as v; print(v('sglang'), 'torch', v('torch'))"
    return subprocess.run([python, "-c", ask], capture_output=True, text=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else "")
    parser.add_argument("--sglang-python", metavar="PATH", help="the Python that has SGLang")
    parser.add_argument("--json", type=Path, metavar="OUT", default=RESULTS)
    parser.add_argument("--people", type=int, default=32)
    asked = parser.parse_args()
    python = find_python(asked.sglang_python)
    gpu = find_gpu()
    here: dict[str, object] = {**machine(), "gpu": gpu.name if gpu else None}
    here["sglang"] = sglang_version(python)
    print("\n".join(f"{name:10} {value}" for name, value in here.items()))
    results: dict[str, object] = {"machine": here}
    if gpu is None:
        print(f"\n{NO_GPU}\n")
        results["gpu_run"] = NO_GPU
    with tempfile.TemporaryDirectory() as name:
        folder = vision_checkpoint(Path(name))
        if gpu is not None:
            random_7b(folder)
        with served(python, folder, gpu is not None) as engine:
            results["7b" if gpu else "tiny_on_cpu"] = measure(engine, asked.people)
    asked.json.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print(f"written to {asked.json}")


if __name__ == "__main__":
    main()
