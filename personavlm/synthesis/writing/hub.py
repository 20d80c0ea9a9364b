"""One file of a dataset on the Hub, at one commit, checked against what the Hub announces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from huggingface_hub import HfApi, hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

from personavlm.errors import BadInput
from personavlm.hub.download import SHA256_DIGITS, file_digest
from personavlm.hub.refusals import HUB_ERRORS, HubUnreachable, explain
from personavlm.hub.resolve import COMMIT, MAIN, TIMEOUT, split_revision


def fetched(source: str, file: str, report: Callable[[str], None]) -> tuple[str, Path]:
    """`owner/name@commit`, and where the file lies. source: `owner/name`, maybe with `@revision`.

    Where the Hub cannot be reached, a commit that was named and fetched before is taken from the
    cache.

    Raises:
        BadInput: it cannot be had.
    """
    repo, revision = split_revision(source, None)
    try:
        info = HfApi().dataset_info(repo, revision=revision, timeout=TIMEOUT, files_metadata=True)
        commit = info.sha or ""
        if not COMMIT.fullmatch(commit):
            raise ValueError("it does not say which commit that is")
        announced = {one.rfilename: one for one in info.siblings or ()}.get(file)
        if announced is None:
            raise BadInput(f"{repo} has no {file} at {revision or MAIN}.")
        report(f"Fetching {file} of {repo}@{commit[:7]}.")
        path = Path(hf_hub_download(repo, file, repo_type="dataset", revision=commit))
    except HUB_ERRORS as error:
        cached = _cached(repo, file, revision)
        problem = _told(error, repo, revision)
        if cached is None or not isinstance(problem, HubUnreachable):
            raise BadInput(
                f"{file} of {repo} cannot be had: {str(problem).rstrip('.')}. "
                "Or download it, and name the file with --personas."
            ) from error
        return f"{repo}@{revision}", cached
    digest = (announced.lfs.sha256 if announced.lfs else announced.blob_id) or ""
    if digest and file_digest(path, git=len(digest) != SHA256_DIGITS) != digest:
        path.resolve().unlink()  # it is a link to what was fetched
        path.unlink(missing_ok=True)
        raise BadInput(
            f"{file} of {repo} is not what the Hub announces. It was removed; start again to fetch "
            "it anew."
        )
    return f"{repo}@{commit}", path


def _cached(repo: str, file: str, revision: str | None) -> Path | None:
    if not COMMIT.fullmatch(revision or ""):
        return None
    found = try_to_load_from_cache(repo, file, revision=revision, repo_type="dataset")
    return Path(found) if isinstance(found, str) else None


def _told(error: Exception, repo: str, revision: str | None) -> Exception:
    """One of HUB_ERRORS in words."""
    if isinstance(error, RepositoryNotFoundError) and not isinstance(error, GatedRepoError):
        return BadInput(f"the Hub has no dataset {repo}, or you are not let in")
    return explain(error, f"datasets/{repo}", revision)
