"""From a repository and a revision to one commit: as the Hub has it, else as the cache has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from huggingface_hub import HfApi
from huggingface_hub.hf_api import RepoSibling

from personavlm.errors import WeightsError
from personavlm.hub.refusals import HUB_ERRORS, HubUnreachable, explain, half_downloaded
from personavlm.hub.snapshot import CONFIG, INDEX, SINGLE, HubFile, Snapshot, repo_folder
from personavlm.hub.write import write_note

TIMEOUT = 20.0  # seconds that the Hub has to say which commit it is
MAIN = "main"
COMMIT = re.compile(r"[0-9a-f]{40}")
DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Listing:
    """What the Hub has just announced of a repository: the commit asked for, and its files."""

    commit: str
    files: tuple[HubFile, ...]
    private: bool


def split_revision(source: str, revision: str | None) -> tuple[str, str | None]:
    """`owner/name@revision` in its two parts. A revision given by itself comes first."""
    repo, _, after = source.partition("@")
    return repo, revision or after or None


def look_up(repo: str, revision: str | None, kind: Literal["model", "dataset"]) -> Listing:
    """Ask the Hub which commit is meant, and what it holds.

    Raises:
        Exception: one of HUB_ERRORS.
    """
    ask = HfApi().model_info if kind == "model" else HfApi().dataset_info
    info = ask(repo, revision=revision, timeout=TIMEOUT, files_metadata=True)
    commit = info.sha or ""
    if not COMMIT.fullmatch(commit):
        raise ValueError("it does not say which commit that is")
    return Listing(commit, tuple(map(_announced, info.siblings or ())), info.private is True)


def resolve(repo: str, revision: str | None, report: Callable[[str], None]) -> Snapshot:
    """Find out which commit of a model is meant, and what it holds.

    Raises:
        WeightsError: the Hub refuses; or it cannot be reached and the cache does not have it.
    """
    try:
        found = look_up(repo, revision, "model")
    except HUB_ERRORS as error:
        problem = explain(error, repo, revision)
        if not isinstance(problem, HubUnreachable):
            raise problem from error
        snapshot = _from_cache(repo, revision, problem)
        report(f"Using {snapshot.name} from the cache: {problem}.")
        return snapshot
    keep_revision(repo_folder(repo), revision, found.commit)
    return Snapshot(repo, found.commit, found.files, online=True)


def _announced(sibling: RepoSibling) -> HubFile:
    if sibling.lfs is not None:
        return HubFile(sibling.rfilename, sibling.lfs.size, sibling.lfs.sha256)
    return HubFile(sibling.rfilename, sibling.size or 0, sibling.blob_id)


def keep_revision(cache: Path, revision: str | None, commit: str) -> None:
    """Note what a branch or tag (None: the default branch) stands for.

    cache: a repository's folder in huggingface_hub's cache, which looks for such notes there too.
    Files are asked for by commit, which leaves none.
    """
    name = revision or MAIN
    inside = not Path(name).is_absolute() and ".." not in Path(name).parts
    if not COMMIT.fullmatch(name) and inside:
        write_note(cache / "refs" / name, commit)


def kept_commit(cache: Path, revision: str | None) -> str:
    """The commit that a revision last stood for, if some of it is in the cache; else nothing."""
    commit = revision or MAIN
    if not COMMIT.fullmatch(commit):
        note = cache / "refs" / commit
        commit = note.read_text("utf-8").strip() if note.is_file() else ""
    whole = COMMIT.fullmatch(commit) and (cache / "snapshots" / commit).is_dir()
    return commit if whole else ""


def _from_cache(repo: str, revision: str | None, problem: HubUnreachable) -> Snapshot:
    commit = kept_commit(repo_folder(repo), revision)
    if not commit:
        wanted = f"{repo}@{revision}" if revision else repo
        raise WeightsError(
            f"{wanted} is not in the cache ({repo_folder(repo).parent}), and {problem}. "
            f"Connect and run `personavlm download {wanted}`, or name a folder that has it."
        ) from problem
    files = []
    for path in sorted(Snapshot(repo, commit, (), online=False).folder.iterdir()):
        if path.is_file():
            # Links point at files that are named by what the Hub announced.
            digest = path.readlink().name if path.is_symlink() else ""
            known = digest if DIGEST.fullmatch(digest) else None
            files.append(HubFile(path.name, path.stat().st_size, known))
    names = {file.name for file in files}
    for needed in ((CONFIG,), (INDEX, SINGLE)):
        if not names.intersection(needed):
            here = sum(file.size for file in files)
            raise half_downloaded(repo, commit, needed[0], here) from problem
    return Snapshot(repo, commit, tuple(files), online=False)
