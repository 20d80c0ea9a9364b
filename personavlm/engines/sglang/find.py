"""Which Python has SGLang: found without importing it.

SGLang pins its own torch, transformers and huggingface-hub, which are not the app's. It usually
lives in an environment of its own, and the app only needs to know that environment's Python.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from personavlm.errors import EngineUnavailable

VERSION = "0.5.23"  # what this was built and tested with
INSTALL = (
    "Give it an environment of its own and name that: `python3 -m venv sglang-env`, "
    f"`sglang-env/bin/pip install sglang=={VERSION}`, then `--sglang-python sglang-env`."
)
_LOOK = "import sys, importlib.util as u; s = u.find_spec('sglang'); sys.exit(not (s and s.origin))"


def find_python(setting: str | None) -> Path:
    """The Python that SGLang is to be run with: the one asked for (an executable or the folder of
    a virtual environment), else this one, else the one beside a `sglang` command on the PATH.

    Raises:
        EngineUnavailable: there is none, or the one asked for has no SGLang.
    """
    if setting is not None:
        return _asked_for(setting)
    if (python := _installed()) is not None:
        return python
    raise EngineUnavailable(
        f"SGLang is not installed: neither here nor as a `sglang` command on the PATH. {INSTALL}"
    )


def has_sglang(setting: str | None) -> bool:
    """Whether `find_python` finds one. Starts at most one short-lived process."""
    try:
        find_python(setting)
    except EngineUnavailable:
        return False
    return True


def _asked_for(setting: str) -> Path:
    path = Path(setting).expanduser()
    found = _in_folder(path / "bin") if path.is_dir() else _executable(str(path))
    if found is None:
        raise EngineUnavailable(
            f"--sglang-python {setting} is neither a Python nor a virtual environment. {INSTALL}"
        )
    try:
        looked = subprocess.run([found, "-I", "-c", _LOOK], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineUnavailable(f"--sglang-python {setting} cannot be run: {error}") from error
    if looked.returncode != 0:
        raise EngineUnavailable(
            f"--sglang-python {setting} has no SGLang. "
            f"Install it there: `{found} -m pip install sglang=={VERSION}`."
        )
    return found


def _installed() -> Path | None:
    spec = find_spec("sglang")
    if spec is not None and spec.origin is not None:  # not just some folder of that name
        return Path(sys.executable)
    command = shutil.which("sglang")
    return _in_folder(Path(command).resolve().parent) if command else None


def _in_folder(folder: Path) -> Path | None:
    return _executable(str(folder / "python")) or _executable(str(folder / "python3"))


def _executable(name: str) -> Path | None:
    """Its absolute path, links kept: a virtual environment's Python is a link out of it."""
    found = shutil.which(name)
    return Path(found).absolute() if found else None
