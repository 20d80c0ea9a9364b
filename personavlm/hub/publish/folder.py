"""Which files of a folder may be published: none that runs code, is secret or lies elsewhere."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from personavlm.errors import BadInput
from personavlm.hub.publish.secrets import find_secret
from personavlm.hub.snapshot import PICKLES, read_json

CARD = "README.md"
MOST_TOLD = 10  # problems in one message
UNFILLED = "[More Information Needed]"  # what peft and transformers leave in cards for people

# Of training, and of no use to who loads the result. `runs` are tensorboard's.
LEFTOVERS = (
    *("checkpoint-*", "checkpoints", "global_step*", "runs", "wandb", "trackio", "logs"),
    *("optimizer*", "scheduler*", "scaler*", "rng_state*", "training_args.bin"),
    *("trainer_state.json", "trainer_log.jsonl", "zero_to_fp32.py", "latest"),
    *("run.json", "metrics.jsonl", "__pycache__"),
)
SECRETS = (
    *(".env*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.keystore", "id_rsa*", "id_ed25519*"),
    *(".netrc", "_netrc", ".pypirc", ".npmrc", ".git-credentials", "credentials*", "token"),
    *(".ssh", ".aws", ".gnupg"),
)
UNSAFE = (*PICKLES, ".joblib", ".npy", ".npz", ".h5", ".keras", ".msgpack")
CODE = (".py", ".pyc", ".ipynb", ".sh", ".so", ".pyd", ".dll", ".dylib", ".exe", ".js")
PICKLED = re.compile(rb"\x80[\x02-\x05]|PK\x03\x04|\x1f\x8b")  # or packed, torch's files included


@dataclass(frozen=True, slots=True)
class Chosen:
    """The files of a folder, by their paths in it: those that may go, those that stay here."""

    files: tuple[str, ...]
    left_out: tuple[str, ...]


def choose(folder: Path) -> Chosen:
    """Look over all of a folder.

    Raises:
        BadInput: something in it must not be published; all of it, each with the reason.
    """
    files: list[str] = []
    left_out: list[str] = []
    problems: list[str] = []
    try:
        for name in _names(folder):
            if _is_leftover(folder, name):
                left_out.append(name)
            elif problem := _problem(folder, name):
                problems.append(f"{name.rstrip('/')} {problem}.")
            elif not name.endswith("/"):
                files.append(name)
    except OSError as error:
        raise BadInput(f"{error.filename} cannot be read ({error.strerror}).") from error
    if problems:
        more = len(problems) - MOST_TOLD
        told = problems[:MOST_TOLD] + ([f"And {more} more."] if more > 0 else [])
        raise BadInput("\n  ".join([f"{folder} is not published:", *told]))
    return Chosen(tuple(files), tuple(left_out))


def _names(folder: Path) -> Iterator[str]:
    """Everything in it; folders end with a slash, and those of training are not gone into."""
    for where, folders, files in os.walk(folder, onerror=_raise):
        inside = Path(where).relative_to(folder)
        yield from (f"{(inside / name).as_posix()}/" for name in sorted(folders))
        yield from ((inside / name).as_posix() for name in sorted(files))
        folders[:] = sorted(name for name in folders if not _stays(name))


def _raise(error: OSError) -> None:
    raise error


def _is_leftover(folder: Path, name: str) -> bool:
    return _stays(Path(name).name) or (name == CARD and _is_unfilled(folder / CARD))


def _stays(name: str) -> bool:
    hidden = name.startswith(".") and not _fits(name, SECRETS)
    return hidden or _fits(name, LEFTOVERS)


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(name.casefold(), pattern) for pattern in patterns)


def _is_unfilled(card: Path) -> bool:
    """Whether a card is the form that training libraries write, with its blanks."""
    return not card.is_symlink() and UNFILLED in card.read_text("utf-8", errors="replace")


def _problem(folder: Path, name: str) -> str | None:
    """Why a file or folder must not be published."""
    path = folder / name
    if path.is_symlink():
        return "is a link, and what it points to may lie elsewhere: put the file itself there"
    if _fits(path.name, SECRETS):
        return "is where secrets are kept: take it out"
    if path.is_dir():
        return None
    if not path.is_file():
        return "is no regular file: take it out"
    return _unsafe(path)


def _unsafe(path: Path) -> str | None:
    name = path.name.casefold()
    if name.endswith(UNSAFE):
        return "can run any code when it is loaded: save it as safetensors"
    if name.endswith(CODE):
        return "is code, which nobody should have to trust: take it out"
    with path.open("rb") as file:
        if PICKLED.match(file.read(4)):
            return "is pickled or packed, so nobody can see what is in it: take it out"
    if path.name.endswith("config.json") and "auto_map" in read_json(path):
        return "asks for code of its own (auto_map): publish a model that transformers has"
    secret = find_secret(path)
    return f"holds what looks like {secret}: take it out, and revoke it" if secret else None
