"""What goes wrong between here and the Hub, in words that say what to do about it."""

from __future__ import annotations

import errno

from huggingface_hub import constants
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    XetDownloadError,
)

from personavlm.errors import WeightsError
from personavlm.hub.progress import size

LOG_IN = "log in with `hf auth login` or set HF_TOKEN"
# The base of every error of the HTTP library under huggingface_hub: httpx for 1.x, httpx2 for 2.x.
NETWORK_ERROR: type[Exception] = HfHubHTTPError.__bases__[0]
# With those: OfflineModeIsEnabled and a full disk are OSErrors, an answer that is no JSON (a login
# page of the network, say) is a ValueError, what the Hub's newer storage raises a RuntimeError.
HUB_ERRORS = (NETWORK_ERROR, OSError, ValueError, RuntimeError, XetDownloadError)


def disk_is_full(error: Exception) -> bool:
    """Whether one of HUB_ERRORS comes from this machine's disk."""
    text = str(error)  # all there is of an error in hf_xet
    return (isinstance(error, OSError) and error.errno == errno.ENOSPC) or "os error 28" in text


def half_downloaded(repo: str, commit: str, missing: str, here: int) -> WeightsError:
    """A file is needed, and the Hub is out of reach. here: bytes of the others."""
    return WeightsError(
        f"{repo}@{commit[:7]} is only half downloaded: {missing} is missing, {size(here)} are "
        f"here. Connect and run `personavlm download {repo} --revision {commit}` for the rest."
    )


class HubUnreachable(WeightsError):
    """The Hub cannot be asked at the moment: what is cached may do."""


def explain(error: Exception, repo: str, revision: str | None) -> WeightsError:
    """One of HUB_ERRORS as one of ours."""
    if isinstance(error, LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # why it is not here yet
    page = f"{constants.ENDPOINT}/{repo}"
    match error:
        case HFValidationError():
            return WeightsError(
                f"{repo!r} is neither a folder with a config.json nor a model on the Hub "
                "(owner/name, owner/name@revision)."
            )
        case OfflineModeIsEnabled():
            return HubUnreachable("the Hub is not asked while HF_HUB_OFFLINE is set")
        case GatedRepoError():
            return WeightsError(_gated(error.response.status_code, repo, page))
        case RepositoryNotFoundError():
            return WeightsError(
                f"The Hub has no model {repo}, or it is private and you are not let in "
                f"({error.response.status_code}). Check the name; if it is private, {LOG_IN}."
            )
        case RevisionNotFoundError():
            return WeightsError(
                f"{repo} has no revision {revision!r}. Name a branch, a tag or a full commit; "
                f"{page}/tree/main lists them."
            )
        case HfHubHTTPError():
            return _explain_status(error, repo, page)
        case OSError(filename=str()):
            return WeightsError(
                f"The cache {constants.HF_HUB_CACHE} cannot be used ({error}). Put that right, or "
                "set HF_HOME to a folder that can be written to."
            )
    return HubUnreachable(f"{constants.ENDPOINT} cannot be reached ({_first_line(error)})")


def _gated(status: int, repo: str, page: str) -> str:
    if status == 403:
        return (
            f"{repo} is gated, and your account has no access to it (403). Ask for it on {page}, "
            "then try again."
        )
    return f"{repo} is gated (401). Ask for access on {page} and {LOG_IN}, then try again."


def _explain_status(error: HfHubHTTPError, repo: str, page: str) -> WeightsError:
    status = error.response.status_code
    if isinstance(error, DisabledRepoError):
        return WeightsError(f"The Hub has disabled {repo}. See {page}.")
    if status == 404:
        return WeightsError(
            f"The Hub does not have {error.response.url.path}, which should be part of {repo} "
            "(404). Try again later, choose another revision, or check HF_ENDPOINT."
        )
    if status == 401:
        return WeightsError(
            f"The Hub does not accept your token (401). To use {repo}, {LOG_IN} again."
        )
    if status == 403:
        return WeightsError(
            f"Your token may not read {repo} (403). Give it that permission, or see {page}."
        )
    if status == 429 or status >= 500:
        return HubUnreachable(f"{constants.ENDPOINT} answers with an error for now ({status})")
    return WeightsError(f"The Hub refuses {repo} ({status}: {_first_line(error)}).")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
