"""What would be sent where: every file, what was checked, and the card; nothing is sent here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard
from yaml import YAMLError  # type: ignore[import-untyped]

from personavlm.errors import BadInput
from personavlm.hub.download import SHA256_DIGITS, file_digest
from personavlm.hub.progress import size
from personavlm.hub.publish.artefact import ADAPTER_CONFIG, REPO, Artefact, Kind, inspect
from personavlm.hub.publish.card import read_training, trained_card
from personavlm.hub.publish.folder import CARD, choose
from personavlm.hub.publish.results import read_results
from personavlm.hub.publish.secrets import secret_in
from personavlm.hub.resolve import COMMIT, MAIN
from personavlm.hub.snapshot import HubFile, read_json


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file as the repository will have it. content: the file on this disk, or its very bytes."""

    name: str
    content: Path | bytes

    @property
    def size(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    def matches(self, announced: HubFile | None) -> bool:
        """Whether the Hub has this very content."""
        if announced is None or announced.digest is None or announced.size != self.size:
            return False
        return self._digest(git=len(announced.digest) != SHA256_DIGITS) == announced.digest

    def _digest(self, *, git: bool) -> str:
        if isinstance(self.content, Path):
            return file_digest(self.content, git=git)
        if git:
            return hashlib.sha1(b"blob %d\0" % self.size + self.content).hexdigest()
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Target:
    """Where to: a model repository on the Hub, a branch of it. private: it must not be public."""

    repo: str
    revision: str = MAIN
    private: bool = False

    def __post_init__(self) -> None:
        if not REPO.fullmatch(self.repo):
            raise BadInput(f"{self.repo!r} is no name for a repository: it takes owner/name.")
        if COMMIT.fullmatch(self.revision):
            raise BadInput(f"{self.revision} is a commit, which stays as it is. Name a branch.")


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is to be sent. checks: what was found right. card: the text of the README.md.

    base: the base model on the Hub, None where it is not known. left_out: what of the folder stays.
    """

    folder: Path
    target: Target
    artefact: Artefact
    base: str | None
    files: tuple[Outgoing, ...]
    left_out: tuple[str, ...]
    checks: tuple[str, ...]
    card: str

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files)


def make_plan(
    folder: Path, target: Target, results: Path | None = None, base: str | None = None
) -> Plan:
    """Look a folder over and say what would be sent of it.

    results: a folder with an evaluation's summary, for the card. base: the base model on the Hub,
    where the folder does not name it.

    Raises:
        BadInput: something in the folder must not be published, or something given is wrong.
        WeightsError: it holds nothing that could be loaded.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder.")
    checks: list[str] = []
    artefact = inspect(folder, checks.append)
    chosen = choose(folder)
    checks.append("No pickle, no code, no link, and nothing that looks like a secret.")
    training = read_training(folder)
    base = _base(artefact, training.run, base)
    files = {name: Outgoing(name, folder / name) for name in chosen.files}
    if artefact.kind is Kind.ADAPTER and artefact.named != base:
        checks.append(f"{ADAPTER_CONFIG} names {artefact.named}; sent, it names {base}.")
        files[ADAPTER_CONFIG] = Outgoing(ADAPTER_CONFIG, _rebased(folder, base))
    if CARD in files and results is not None:
        raise BadInput(f"{folder} has a {CARD}, which is sent as it is: --results has no place.")
    if CARD in files:
        card = _own_card(folder / CARD)
        checks.append(f"{CARD} is the folder's own, and its metadata can be read.")
    else:
        rows = read_results(results, folder) if results else []
        card = _checked(trained_card(artefact, target.repo, base, training, rows))
        files[CARD] = Outgoing(CARD, card.encode())
        if CARD in chosen.left_out:
            checks.append(f"The {CARD} of the folder is a form with its blanks: not sent.")
        checks.append(f"{CARD} is made from the record of the run and the results given.")
    ordered = tuple(files[name] for name in sorted(files))
    return Plan(folder, target, artefact, base, ordered, chosen.left_out, tuple(checks), card)


def _base(artefact: Artefact, run: Mapping[str, Any], given: str | None) -> str | None:
    """The base model on the Hub: as given, as the adapter names it, or as the run was told."""
    if given is not None:
        if not REPO.fullmatch(given):
            raise BadInput(f"--base {given} is no model on the Hub: it takes owner/name.")
        return given
    for name in (artefact.named, run.get("model")):
        named = str(name or "").partition("@")[0]
        if REPO.fullmatch(named) and not Path(named).exists():
            return named
    if artefact.kind is Kind.ADAPTER:
        raise BadInput(
            f"The adapter is for {artefact.named}, which is a folder here. Name the model on the "
            "Hub that it is for with --base owner/name."
        )
    return None


def _rebased(folder: Path, base: str | None) -> bytes:
    config = read_json(folder / ADAPTER_CONFIG) | {"base_model_name_or_path": base}
    return f"{json.dumps(config, indent=2)}\n".encode()


def _own_card(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
        ModelCard(text)
    except (OSError, ValueError, YAMLError) as error:
        told = " ".join(str(error).split())
        raise BadInput(f"The metadata of {path} cannot be read ({told}).") from error
    return text


def _checked(card: str) -> str:
    """A card that was made here: the record of a run may have anything in it."""
    if found := secret_in(card.encode()):
        raise BadInput(f"The card made from the record of the run would hold {found}: look there.")
    return card


def described(plan: Plan) -> str:
    """The whole plan for people, with the card at its end."""
    target = plan.target
    visible = "private" if target.private else "public unless it is private already"
    lines = [
        f"{plan.folder}: {plan.artefact.what} ({size(plan.artefact.bytes)} of weights)",
        f"to {target.repo}, branch {target.revision}, {visible}",
        f"base model: {plan.base or 'not known (--base owner/name)'}",
        *("", "Checked:", *(f"  {line}" for line in plan.checks)),
        *("", f"{len(plan.files)} files, {size(plan.bytes)}:"),
        *(f"  {file.size:>15,}  {file.name}" for file in plan.files),
    ]
    if plan.left_out:
        lines += ["", "Left out:", *(f"  {name}" for name in plan.left_out)]
    lines += ["", "The card:", "", *(f"  | {line}".rstrip() for line in plan.card.splitlines())]
    return "\n".join(lines)
