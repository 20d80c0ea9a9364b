"""Runs a server, and ends it with all its processes when the app ends, however the app ends.

    python guard.py FOLDER COMMAND...

The app holds the other end of this process's standard input. Once that closes, because the app
closed it or is dead, the server is killed and FOLDER, its temporary files, removed, and so is what
it has in shared memory. That is looked for while the server starts, up to the moment when the app
says, by anything on standard input, that it is ready; so it is known should the server die on its
own. This process then exits as the server did.

Nothing is asked to stop first: SGLang takes up to 13 seconds over that, and has nothing to save.
Its helpers go when they see that it is gone, and tidy up; those that do not are killed too.

It is run as a script and needs only the standard library, so it is there at once. If it is killed
itself, Linux kills the server; macOS does not.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

GRACE = 3.0  # seconds that the server's helpers have
GLANCE = 0.05  # seconds between two looks at them
LOOK = 0.5  # seconds between two looks at shared memory
SHARED_MEMORY = "/dev/shm/sglang_"
PR_SET_PDEATHSIG = 1  # from <sys/prctl.h>
PR_SET_CHILD_SUBREAPER = 36


def main() -> int:
    folder, *command = sys.argv[1:]
    server = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, process_group=0, preexec_fn=_tie_to_this_process()
    )
    files: set[Path] = set()
    threading.Thread(target=_follow_app, args=(server, files), daemon=True).start()
    status = server.wait()
    _wait_for_helpers()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
        _wait_for_helpers()
    for file in files:
        file.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    return status if status >= 0 else 128 - status  # as shells count signals


def _tie_to_this_process() -> Callable[[], object] | None:
    """On Linux, the server's orphans become children of this process, so that it can wait for them.

    Returns what the server has to call before it runs, in order to die with this process. Calling
    Python between fork and exec is safe here: there are no threads yet.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _follow_app(server: subprocess.Popen[bytes], files: set[Path]) -> None:
    ready = False
    while True:
        if select.select([0], [], [], None if ready else LOOK)[0]:
            if not os.read(0, 64):
                break
            ready = True
        files |= shared_memory(server.pid)
    files |= shared_memory(server.pid)
    server.kill()


def _wait_for_helpers() -> None:
    end = time.monotonic() + GRACE
    while time.monotonic() < end:
        try:
            reaped, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:  # there are none
            return
        if reaped == 0:
            time.sleep(GLANCE)


def shared_memory(group: int) -> set[Path]:
    """SGLang's files in shared memory that a process group has open. Empty where there is no /proc.

    Their names are random and SGLang leaves them there, so whose they are can only be told while
    they are open.
    """
    files: set[Path] = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(process.name)) == group:
                files |= {opened.readlink() for opened in (process / "fd").iterdir()}
        except OSError:  # it is gone, or closed the file meanwhile
            continue
    return {file for file in files if str(file).startswith(SHARED_MEMORY)}


if __name__ == "__main__":
    sys.exit(main())
