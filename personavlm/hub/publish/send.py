"""A plan carried out: the tensors first, then one commit that has all files, then compared.

Whatever ends it, the branch has either all of the new files or none. Run again, it goes on: a file
of tensors that arrived whole, by Git LFS or by Xet, is not sent again. For that they are sent one
by one: of several sent together by Xet, none is registered before all have arrived. (Therefore also
not `upload_folder`, which commits in parts.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from huggingface_hub import CommitOperationAdd, HfApi, constants, get_session, get_token
from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

from personavlm.errors import BadInput, WeightsError
from personavlm.hub.progress import size
from personavlm.hub.publish.artefact import ADAPTER_CONFIG
from personavlm.hub.publish.folder import CARD, CODE, UNSAFE
from personavlm.hub.publish.plan import Outgoing, Plan, Target
from personavlm.hub.publish.refusals import AGAIN, explain_upload
from personavlm.hub.refusals import HUB_ERRORS, LOG_IN
from personavlm.hub.resolve import MAIN, Listing, look_up
from personavlm.hub.snapshot import CONFIG, INDEX

LARGE = 10_000_000  # bytes: the Hub keeps such files as it keeps tensors
TENSORS = ".safetensors"


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a plan's files are. files: how many had to be sent, 0 if all were there already."""

    commit: str
    address: str
    files: int


def send(plan: Plan, report: Callable[[str], None]) -> Sent:
    """Have everything of a plan on the Hub, in one commit, and compared with what is here.

    Raises:
        BadInput: the repository has what would get in the way. WeightsError: the Hub refuses, or
        cannot be reached; or it ended up with something else.
    """
    if get_token() is None:
        raise BadInput(f"To publish, {LOG_IN}: a token with write permission.")
    target = plan.target
    try:
        if plan.base is not None:
            _require_base(plan.base)
        before = _begin(target, report)
        missing = _missing(plan, before)
        if missing:
            commit = _commit(plan, missing, before, report)
            report("Comparing checksums.")
            _compare(plan, look_up(target.repo, commit, "model"))
        else:
            commit = before.commit
    except HUB_ERRORS as error:
        raise explain_upload(error, target.repo) from error
    return Sent(commit, f"{constants.ENDPOINT}/{target.repo}/tree/{commit}", len(missing))


def _require_base(base: str) -> None:
    try:
        HfApi().model_info(base)
    except RepositoryNotFoundError as error:
        raise BadInput(
            f"The Hub has no model {base}, which the card would name as the base. Name the right "
            "one with --base owner/name."
        ) from error


def _begin(target: Target, report: Callable[[str], None]) -> Listing:
    """The branch as it is now; repository and branch are created where there are none."""
    api = HfApi()
    try:
        found = look_up(target.repo, None, "model")
    except RepositoryNotFoundError:
        report(f"Creating {target.repo}{', private' if target.private else ''}.")
        api.create_repo(target.repo, private=target.private or None, exist_ok=True)
        found = look_up(target.repo, None, "model")
    if target.private and not found.private:
        raise BadInput(f"{target.repo} is public. Make it private first, or choose another name.")
    if target.revision == MAIN:
        return found
    try:
        return look_up(target.repo, target.revision, "model")
    except RevisionNotFoundError:
        report(f"Creating the branch {target.revision}.")
        api.create_branch(target.repo, branch=target.revision, exist_ok=True)
        return look_up(target.repo, target.revision, "model")


def _missing(plan: Plan, there: Listing) -> list[Outgoing]:
    """The files that the branch lacks or has otherwise.

    Raises:
        BadInput: it has others that would be loaded with these.
    """
    announced = {file.name: file for file in there.files}
    for name in sorted(announced.keys() - {file.name for file in plan.files}):
        if name in {CONFIG, INDEX, ADAPTER_CONFIG} or name.endswith((TENSORS, *UNSAFE, *CODE)):
            raise BadInput(
                f"{plan.target.repo} has {name}, which {plan.folder} has not: together they are no "
                "model. Remove it there, or publish to another repository or branch."
            )
    return [file for file in plan.files if not file.matches(announced.get(file.name))]


def _commit(
    plan: Plan, missing: list[Outgoing], before: Listing, report: Callable[[str], None]
) -> str:
    """Send what is missing; nothing shows on the branch before all of it is there."""
    api, target = HfApi(), plan.target
    _validate(plan.card)
    operations = {
        file.name: CommitOperationAdd(
            file.name, file.content if isinstance(file.content, bytes) else str(file.content)
        )
        for file in missing
    }
    large = [file for file in missing if file.name.endswith(TENSORS) or file.size >= LARGE]
    for number, file in enumerate(large, 1):
        report(f"Sending {file.name} ({number} of {len(large)}, {size(file.size)}).")
        api.preupload_lfs_files(
            target.repo, [operations[file.name]], revision=target.revision, free_memory=False
        )
    report(f"Committing {len(missing)} files to {target.repo}, branch {target.revision}.")
    done = api.create_commit(
        target.repo,
        list(operations.values()),
        commit_message=f"Publish {plan.artefact.what}",
        revision=target.revision,
        parent_commit=before.commit,
    )
    return str(done.oid)


def _validate(card: str) -> None:
    """Have the Hub judge a card's metadata, before gigabytes are sent to stand beside it.

    The commit does so too, after them. (`ModelCard.validate` asks huggingface.co whatever
    HF_ENDPOINT is, in huggingface_hub 1.x.)
    """
    answer = get_session().post(
        f"{constants.ENDPOINT}/api/validate-yaml", json={"repoType": "model", "content": card}
    )
    if answer.status_code == 400:
        told = "; ".join(str(error.get("message")) for error in answer.json().get("errors", ()))
        raise BadInput(f"The Hub does not take the metadata of {CARD}: {told}.")


def _compare(plan: Plan, there: Listing) -> None:
    """Hold the checksums that the Hub announces against the files here."""
    announced = {file.name: file for file in there.files}
    for file in plan.files:
        if not file.matches(announced.get(file.name)):
            raise WeightsError(
                f"{plan.target.repo}@{there.commit[:7]} has not the {file.name} that is here: its "
                f"checksum is another. Was it changed while it was sent? {AGAIN}"
            )
