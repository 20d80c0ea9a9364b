"""From a repository and a revision to one commit: as the Hub has it, else as the cache has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

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


def split_revision(source: str, revision: str | None) -> tuple[str, str | None]:
    """`owner/name@revision` in its two parts. A revision given by itself comes first."""
    repo, _, after = source.partition("@")
    return repo, revision or after or None


def resolve(repo: str, revision: str | None, report: Callable[[str], None]) -> Snapshot:
    """Find out which commit is meant, and what it holds.

    Raises:
        WeightsError: the Hub refuses; or it cannot be reached and the cache does not have it.
    """
    try:
        info = HfApi().model_info(repo, revision=revision, timeout=TIMEOUT, files_metadata=True)
        commit = info.sha or ""
        if not COMMIT.fullmatch(commit):
            raise ValueError("it does not say which commit that is")
    except HUB_ERRORS as error:
        problem = explain(error, repo, revision)
        if not isinstance(problem, HubUnreachable):
            raise problem from error
        snapshot = _from_cache(repo, revision, problem)
        report(f"Using {snapshot.name} from the cache: {problem}.")
        return snapshot
    _keep_revision(repo, revision or MAIN, commit)
    return Snapshot(repo, commit, tuple(map(_announced, info.siblings or ())), online=True)


def _announced(sibling: RepoSibling) -> HubFile:
    if sibling.lfs is not None:
        return HubFile(sibling.rfilename, sibling.lfs.size, sibling.lfs.sha256)
    return HubFile(sibling.rfilename, sibling.size or 0, sibling.blob_id)


def _keep_revision(repo: str, revision: str, commit: str) -> None:
    """Note in the cache what a branch or tag stands for, where huggingface_hub looks for it too.

    Files are asked for by commit, which leaves no such note.
    """
    note = repo_folder(repo) / "refs" / revision
    inside = not Path(revision).is_absolute() and ".." not in Path(revision).parts
    if not COMMIT.fullmatch(revision) and inside:
        write_note(note, commit)


def _from_cache(repo: str, revision: str | None, problem: HubUnreachable) -> Snapshot:
    note = repo_folder(repo) / "refs" / (revision or MAIN)
    commit = revision or ""
    if not COMMIT.fullmatch(commit):
        commit = note.read_text("utf-8").strip() if note.is_file() else ""
    empty = Snapshot(repo, commit, (), online=False)
    if not COMMIT.fullmatch(commit) or not empty.folder.is_dir():
        wanted = f"{repo}@{revision}" if revision else repo
        raise WeightsError(
            f"{wanted} is not in the cache ({repo_folder(repo).parent}), and {problem}. "
            f"Connect and run `personavlm download {wanted}`, or name a folder that has it."
        ) from problem
    files = []
    for path in sorted(empty.folder.iterdir()):
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
