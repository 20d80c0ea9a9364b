"""The processes of a server, and an app to be killed: for tests of what outlives what.

    python tests/sglang_server.py PYTHON CHECKPOINT

Starts a server, prints the id of the session that its processes are in, and waits to be killed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from personavlm.engines.base import silent
from personavlm.engines.sglang.server import Server
from personavlm.hub.weights import Weights


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether a condition comes true in that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def processes(session: int) -> dict[int, int]:
    """The living processes of a session and their parents."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = stat.parent.name, stat.read_text().rpartition(") ")[2].split()
        except OSError:  # it is gone
            continue
        state, parent, _, its_session = rest[:4]
        if int(its_session) == session and state not in "ZX":
            found[int(pid)] = int(parent)
    return found


def child(parent: int) -> int:
    """The one living child of a session's leader: of a guard, it is the server."""
    (pid,) = (pid for pid, its in processes(parent).items() if its == parent)
    return pid


def folder_weights(path: Path) -> Weights:
    """A checkpoint of `checkpoints.vision_checkpoint`, as if it had been verified."""
    return Weights(
        source=str(path),
        commit=None,
        path=path,
        architecture="Qwen2_5_VLForConditionalGeneration",
        dtype="float32",
        bytes=sum(shard.stat().st_size for shard in path.glob("*.safetensors")),
    )


def main() -> None:
    server = Server(Path(sys.argv[1]), folder_weights(Path(sys.argv[2])), gpu=False)
    server.start(silent)
    assert server.process is not None
    sys.stdout.write(f"{server.process.pid}\n")
    sys.stdout.flush()
    time.sleep(1000)


if __name__ == "__main__":
    main()
