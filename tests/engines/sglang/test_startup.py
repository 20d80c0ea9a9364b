"""What is made of the log: lines as SGLang 0.5.23 writes them, with what they come to."""

from __future__ import annotations

import pytest

from personavlm.engines.sglang import startup

NOW = "[2026-11-23 09:05:04] "


@pytest.mark.parametrize(
    ("line", "phase"),
    [
        (NOW + "server_args={'model_path': '/w', 'cuda': 'nvcc'}", "reading the model's config"),
        (NOW + "Load weight begin. avail mem=21.62 GB", "loading the weights"),
        (
            "Multi-thread loading shards:  57% Completed | 4/7 [00:00<00:00, 1326.26it/s]",
            "loading the weights, file 4/7",
        ),
        (
            "Loading safetensors checkpoint shards:  25% Completed | 1/4 [00:01<00:05,  1.69s/it]",
            "loading the weights, file 1/4",
        ),
        (NOW + "Load weight end. elapsed=0.03 s, type=Qwen2_5_VL", "setting memory aside"),
        (NOW + "Capture decode CUDA graph begin. avail mem=9.1 GB", "preparing the GPU"),
        ("[1/2] /usr/local/cuda/bin/nvcc --generate-dependencies", "compiling GPU kernels"),
        (NOW + "INFO:     Uvicorn running on http://127.0.0.1:31999", startup.LISTENING),
    ],
)
def test_lines_that_say_how_far_it_is(line: str, phase: str) -> None:
    found = startup.phase(line)
    assert found is not None
    assert found.startswith(phase)


@pytest.mark.parametrize(
    "line",
    [
        "",
        NOW + "Cannot detect CUDA architecture.",
        NOW + "Ignore import error when loading sglang.srt.models.mamba: cannot import name 'x'",
        NOW + 'INFO:     127.0.0.1:52414 - "POST /freeze_gc HTTP/1.1" 200 OK',
        NOW + "Prefill batch, #new-seq: 1, #new-token: 39, #cached-token: 0",
    ],
)
def test_most_lines_say_nothing(line: str) -> None:
    assert startup.phase(line) is None


OUT_OF_MEMORY = """\
[2026-11-23 09:11:55] Scheduler hit an exception: Traceback (most recent call last):
  File "/env/sglang/kernels/jit/utils/compile/ninja.py", line 568, in __init__
    self.init_model_worker()
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has

[2026-11-23 09:11:55] Received sigquit from a child process. It usually means the child failed.
[2026-11-23 09:11:55] kill_process_tree called: parent_pid=14475, include_parent=True, pid=14475
"""
DAMAGED = """\
  File "/env/sglang/srt/model_loader/weight_utils.py", line 1354, in _load_file
    with safetensors.safe_open(st_file, framework="pt", device="cpu") as f:
         ^^^^^^^^^^^^^^^^^^^^^
safetensors._safetensors_rust.SafetensorError: Error while deserializing header: invalid header
"""


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        (OUT_OF_MEMORY, "not enough memory for these weights on this GPU"),
        (DAMAGED, "may be damaged. Download them again"),
        (NOW + "Cannot run `nvcc --version`: not found\n" + DAMAGED, "may be damaged"),
        ("ValueError: Model architectures ['Foo'] are not supported for now.", "does not know"),
        ("ValueError: 'FooForCausalLM' is not a registered model in the", "does not know"),
        (
            "ValueError: type `foo` but Transformers does not recognize this architecture",
            "not know",
        ),
        ("RuntimeError: Could not find nvcc and default cuda_home='/usr/local/cuda'", "CUDA_HOME"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'ninja'", "ninja and a C++"),
        ("RuntimeError: http port at 31999 is not available in 5 seconds.", "port was taken"),
        ("OSError: [Errno 98] Address already in use", "port was taken"),
        ("RuntimeError: The NVIDIA driver on your system: Found no NVIDIA driver", "the driver"),
        ("sglang serve: error: unrecognized arguments: --enable-metrics", "0.5.23"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("/usr/bin/python3: No module named 'sglang'", "has no SGLang"),
        ("ModuleNotFoundError: No module named 'xgrammar'", "environment is incomplete"),
    ],
)
def test_causes_are_named(log: str, cause: str) -> None:
    assert cause in startup.cause(log.splitlines(), status=1, gpu=True)


def test_what_sglang_shrugs_off_is_no_cause() -> None:
    """Each of these is in the log of a start that goes well."""
    log = [
        NOW + "OpenAI Responses API disabled: (ModuleNotFoundError: No module named 'openai_x')",
        NOW + "Ignore import error when loading sglang.srt.models.inkling: ImportError: ninja",
        "/env/quantization/gguf.py:76: UserWarning: Architecture x is not supported",
        NOW + "Cannot detect CUDA architecture.",
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "urllib3.exceptions.MaxRetryError: HTTPConnectionPool(host='127.0.0.1', port=34071): Max",
        "requests.exceptions.ConnectionError: Max retries exceeded with url: /freeze_gc",
    ]
    assert "urllib3" not in startup.last_lines(log)
    assert "killed" in startup.cause(log, status=137, gpu=False)
    assert "end of its log" in startup.cause(log, status=1, gpu=False)


def test_the_telling_lines_are_shown() -> None:
    assert startup.last_lines(OUT_OF_MEMORY.splitlines()).splitlines() == [
        "Scheduler hit an exception: Traceback (most recent call last):",
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has",
        "Received sigquit from a child process. It usually means the child failed.",
    ]


def test_without_any_the_last_lines_are() -> None:
    log = [NOW + f"line {number}" for number in range(50)]
    shown = startup.last_lines(log).splitlines()
    assert shown == [f"line {number}" for number in range(50 - startup.KEPT_LINES, 50)]


def test_a_long_line_is_cut() -> None:
    assert len(startup.last_lines(["Error " + "x" * 9000])) == startup.LONGEST_LINE
