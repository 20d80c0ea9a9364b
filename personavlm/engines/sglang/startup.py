"""What SGLang's log says about a start: how far it is, and why it failed.

Written against the log of the version that find.py names. A line that another version words
differently costs a progress message or an explanation; only uvicorn's, LISTENING, has to be there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from personavlm.engines.sglang.find import VERSION

LISTENING = "warming up"  # the port is its own now
KEPT_LINES = 6  # of the log, in an error's message
LONGEST_LINE = 300  # characters

_PHASES = (
    (r"server_args=", "reading the model's configuration"),
    (r"Load weight begin", "loading the weights"),
    (r"loading.* shards: .*\| *(\d+/\d+) ", r"loading the weights, file \1"),
    (r"Load weight end", "setting memory aside for conversations"),
    (r"Capture .*graph begin", "preparing the GPU for short steps"),
    (r"\bnvcc\b|\bninja\b|JIT.*compil|compil.*JIT", "compiling GPU kernels; once, for minutes"),
    (r"Uvicorn running on", LISTENING),
)

_CAUSES = (  # the surest first
    (
        r"out of memory|OutOfMemoryError|Not enough memory",
        "There is not enough memory for these weights on this {device}. Free what else uses it, or "
        "use a smaller model.",
    ),
    (
        r"address already in use|Errno 98\b|[Pp]ort .*(?:in use|not available)",
        "Its port was taken by another program at that moment. Try again.",
    ),
    (
        r"No module named 'sglang'",
        "That Python has no SGLang. Pass the one that has it with --sglang-python.",
    ),
    (
        r"[Aa]rchitecture.* not supported|not recognize this architecture|not a registered model",
        "This version of SGLang does not know the model's architecture. Use --engine transformers.",
    ),
    (
        r"SafetensorError|HeaderTooLarge|incomplete metadata|size mismatch|JSONDecodeError",
        "The weights or their config cannot be read; they may be damaged. Download them again.",
    ),
    (
        r"driver version is insufficient|no kernel image|No CUDA GPUs|Found no NVIDIA",
        "SGLang cannot use this GPU with the driver that is installed. Update the driver, or use "
        "--engine transformers.",
    ),
    (
        r"unrecognized arguments|invalid choice",
        "This version of SGLang does not know a setting that it was given. Install the one that "
        f"PersonaVLM was tested with: {VERSION}.",
    ),
    (r"No space left on device", "The disk is full."),
    (
        r"nvcc|CUDA_HOME|ninja",
        "It compiles GPU kernels on its first start and cannot do so here: install the CUDA "
        "toolkit (nvcc), ninja and a C++ compiler and set CUDA_HOME, or use --engine transformers.",
    ),
    (
        r"^(?:ModuleNotFound|Import)Error",
        "Its Python environment is incomplete. Install SGLang again, in an environment of its own.",
    ),
)
_NOISE = re.compile(
    r"Warning|warnings\.warn|Ignore import error|torchaudio|torchcodec|RLIMIT|server_args="
    r"|freeze_gc|^urllib3|^ConnectionRefused"  # it calls itself a moment too early, and goes on
    r"|^Traceback|^\s+\S|^\s*[\^~]*\s*$"
)
_TELLING = re.compile(r"[Ee]rror|ERROR|[Ee]xception|[Ff]ail|[Kk]illed|not supported|SIGQUIT")
_STAMP = re.compile(r"^\[\d{4}-\d\d-\d\d [\d:.]+[^\]]*\] *")


def phase(line: str) -> str | None:
    """What a line of the log says about how far the start is, for people; mostly nothing."""
    for pattern, words in _PHASES:
        if found := re.search(pattern, line, re.IGNORECASE):
            return found.expand(words)
    return None


def cause(log: Sequence[str], status: int | None, gpu: bool) -> str:
    """What most likely went wrong and what to do. status: of the process; None if it lives."""
    text = "\n".join(line for line in log if not _is_noise(line))
    for pattern, words in _CAUSES:
        if re.search(pattern, text, re.MULTILINE):
            return words.format(device="GPU" if gpu else "computer")
    if status in (137, -9):
        return "It was killed, probably because memory ran out. Free some, or use a smaller model."
    return "The lines below are the end of its log."


def last_lines(log: Sequence[str]) -> str:
    """The lines of a log that tell most about its end, the last of them last."""
    lines = list(dict.fromkeys(_STAMP.sub("", line) for line in log if not _is_noise(line)))
    telling = [line for line in lines if _TELLING.search(line)] or lines
    return "\n".join(line[:LONGEST_LINE] for line in telling[-KEPT_LINES:])


def _is_noise(line: str) -> bool:
    return _NOISE.search(line) is not None
