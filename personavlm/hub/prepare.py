"""Weights from the Hub, its cache or a folder, made ready to be loaded."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from personavlm.errors import WeightsError
from personavlm.hub.download import obtain
from personavlm.hub.headers import main_dtype, read_checkpoint
from personavlm.hub.ledger import Ledger
from personavlm.hub.loadable import architecture, require_known, require_loadable
from personavlm.hub.progress import size
from personavlm.hub.resolve import resolve, split_revision
from personavlm.hub.snapshot import CONFIG, read_json
from personavlm.hub.weights import Weights


def prepare_weights(
    source: str,
    *,
    revision: str | None = None,
    report: Callable[[str], None],
    chat: bool = True,
) -> Weights:
    """Have a checkpoint here, complete and verified.

    source: a folder with a `config.json`, or a model on the Hub, `owner/name` or
    `owner/name@revision`. revision: a branch, a tag or a commit; the default branch if None.
    report: takes lines on how far it is. chat: whether it has to be a chat model; else what sees
    objects will do. Nothing is loaded, and no code or pickle of a repository is ever run.

    Raises:
        WeightsError: it cannot be had, is damaged, or is another kind of model; with what to do
        about it.
    """
    folder = Path(source).expanduser()
    if (folder / CONFIG).is_file():
        if revision is not None:
            raise WeightsError(f"{source} is a folder: it has no revision {revision!r} to choose.")
        return _from_folder(folder, source, report, chat)
    if folder.is_dir() and (folder.is_absolute() or source.startswith((".", "~"))):
        raise WeightsError(f"{source} is no checkpoint: there is no {CONFIG} in it.")
    return _from_hub(*split_revision(source, revision), report, chat)


def _from_folder(folder: Path, source: str, report: Callable[[str], None], chat: bool) -> Weights:
    report(f"Checking {source}. Nobody announces checksums for a folder: headers only.")
    require_known(read_json(folder / CONFIG), source, chat=chat)
    weights = _inspect(folder.resolve(), source, None, checked=False, report=report)
    report(f"{source} is ready ({size(weights.bytes)}).")
    return weights


def _from_hub(
    repo: str, revision: str | None, report: Callable[[str], None], chat: bool
) -> Weights:
    report(f"Looking up {repo}{f'@{revision}' if revision else ''}.")
    snapshot = resolve(repo, revision, report)
    ledger = Ledger.of(snapshot)
    if not any(file.name == CONFIG for file in snapshot.files):
        raise WeightsError(f"{snapshot.name} is no checkpoint: it has no {CONFIG}.")
    obtain(snapshot, snapshot.settings, ledger, report)
    if not ledger.loadable:  # before gigabytes are fetched
        require_known(read_json(snapshot.folder / CONFIG), snapshot.name, chat=chat)
    obtain(snapshot, (*snapshot.settings, *snapshot.shards()), ledger, report)
    weights = _inspect(snapshot.folder, repo, snapshot.commit, ledger.loadable, report)
    if not ledger.loadable and find_spec("transformers") is not None:
        ledger.mark_loadable()
    report(f"{weights.name} is ready ({size(weights.bytes)}).")
    return weights


def _inspect(
    folder: Path, source: str, commit: str | None, checked: bool, report: Callable[[str], None]
) -> Weights:
    """checked: these very files have been found to fit their architecture before."""
    title = f"{source}@{commit[:7]}" if commit else source
    config = read_json(folder / CONFIG)
    name = architecture(config, title)
    headers = read_checkpoint(folder, title)
    dtype = main_dtype(headers, config, title)
    if not checked:
        if find_spec("transformers") is None:
            report(f"The shapes of {title} were not checked: transformers is not installed here.")
        else:
            require_loadable(folder, name, headers, title)
    total = sum(header.bytes for header in headers.values())
    return Weights(source, commit, folder, name, dtype, total)
