"""Why the Hub does not take something, in words that say what to do; never with a token in them."""

from __future__ import annotations

from huggingface_hub import constants
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

from personavlm.errors import WeightsError
from personavlm.hub.publish.secrets import mask
from personavlm.hub.refusals import LOG_IN

AGAIN = "What has arrived is kept; run it again to go on."


def explain_upload(error: Exception, repo: str) -> WeightsError:
    """One of HUB_ERRORS as one of ours."""
    if isinstance(error, RuntimeError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # what went wrong in one of the files
    match error:
        case OfflineModeIsEnabled():
            return WeightsError(
                "Nothing can be sent while HF_HUB_OFFLINE is set. Unset it, and run this again."
            )
        case HfHubHTTPError():
            return WeightsError(_status(error, repo))
        case PermissionError():
            return WeightsError(f"The Hub's storage does not let you write to {repo}. {LOG_IN}.")
        case ValueError():
            return WeightsError(f"The Hub does not take {repo}: {_told(error)}. {AGAIN}")
    return WeightsError(f"Sending to {constants.ENDPOINT} broke off ({_told(error)}). {AGAIN}")


def _status(error: HfHubHTTPError, repo: str) -> str:
    status = error.response.status_code
    said = f"{status}: {_told(error)}"
    owner = repo.partition("/")[0]
    match status:
        case 401:
            return f"The Hub does not accept your token (401). To publish {repo}, {LOG_IN} again."
        case 402 | 403:
            return (
                f"You may not write to {repo} ({said}). Use a token with write permission, be a "
                f"member of {owner}, and have enough storage there."
            )
        case 404:
            return (
                f"The Hub has no {repo}, or your token does not let you in ({said}). Check the "
                "name, and what the token may do."
            )
        case 409 | 412:
            return f"{repo} was changed by somebody else meanwhile ({said}). {AGAIN}"
        case 413:
            return f"The Hub finds what was sent too large ({said}). Save the weights in shards."
    if status == 429 or status >= 500:
        return f"{constants.ENDPOINT} answers with an error for now ({said}). {AGAIN}"
    return f"The Hub refuses {repo} ({said})."


def _told(error: Exception) -> str:
    """What a server or library said, in one line."""
    text = getattr(error, "server_message", None) or str(error) or type(error).__name__
    return mask(" ".join(str(text).split())).rstrip(".")
