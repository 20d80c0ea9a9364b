"""The published training data on the Hub, and the pack that is recovered from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from huggingface_hub import HfApi, constants, hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
)
from huggingface_hub.file_download import repo_folder_name

from personavlm.errors import BadInput, WeightsError
from personavlm.hub.refusals import HUB_ERRORS, LOG_IN, HubUnreachable, explain
from personavlm.prompts.recover import Recovery, recover

FILE = "sft/sft.json"
_TIMEOUT = 10.0  # seconds


def recover_from(dataset: str, report: Callable[[str], None]) -> Recovery:
    """The templates behind a local file, or a dataset on the Hub.

    Raises:
        BadInput: no such file, or one without training conversations. WeightsError: the dataset
            cannot be had; the message says what to do.
    """
    if Path(dataset).is_file():
        return recover(Path(dataset), Path(dataset).name, None, report)
    if dataset.endswith((".json", ".jsonl")) or Path(dataset).exists():
        raise BadInput(f"{dataset} is not a file. Name a file, or a dataset on the Hub.")
    path, commit = fetch(dataset, report)
    return recover(path, f"{dataset}@{commit[:7]}", commit, report)


def fetch(dataset: str, report: Callable[[str], None]) -> tuple[Path, str]:
    """The file of training conversations as of the newest commit, and that commit.

    Where the Hub cannot be asked, it is the copy that an earlier download left.

    Raises:
        WeightsError: it cannot be had.
    """
    try:
        # Asked first: without a network this fails at once, a download after half a minute.
        commit = HfApi().dataset_info(dataset, timeout=_TIMEOUT).sha
        if commit is None:
            raise WeightsError(
                f"The Hub names no commit of the dataset {dataset}. Try again later."
            )
        report(f"Fetching {FILE} of {dataset}@{commit[:7]}.")
        return Path(hf_hub_download(dataset, FILE, repo_type="dataset", revision=commit)), commit
    except HUB_ERRORS as error:
        problem = _explain(error, dataset)
        cached = _cached(dataset) if isinstance(problem, HubUnreachable) else None
        if cached is None:
            raise problem from error
        report(f"{problem}; using the copy of {dataset} that is here.")
        return cached


def _cached(dataset: str) -> tuple[Path, str] | None:
    """The newest copy in the cache, and its commit."""
    name = repo_folder_name(repo_id=dataset, repo_type="dataset")
    copies = (Path(constants.HF_HUB_CACHE) / name / "snapshots").glob(f"*/{FILE}")
    newest = max(copies, key=lambda path: path.lstat().st_mtime, default=None)
    return (newest, newest.parents[FILE.count("/")].name) if newest else None


def _explain(error: Exception, dataset: str) -> WeightsError:
    """The Hub's refusal, in words for a dataset where those for weights would not fit."""
    if isinstance(error, HFValidationError):
        return WeightsError(
            f"{dataset!r} is neither a file nor a dataset on the Hub, which is named owner/name."
        )
    if isinstance(error, RemoteEntryNotFoundError):
        return WeightsError(
            f"The dataset {dataset} has no {FILE} (404). Download its training conversations by "
            "hand and name that file."
        )
    if isinstance(error, RepositoryNotFoundError) and not isinstance(error, GatedRepoError):
        return WeightsError(
            f"The Hub has no dataset {dataset}, or it is private and you are not let in "
            f"({error.response.status_code}). Check the name; if it is private, {LOG_IN}. See "
            f"{constants.ENDPOINT}/datasets/{dataset}."
        )
    return explain(error, f"datasets/{dataset}", None)
