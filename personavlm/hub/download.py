"""The files of a snapshot brought here one by one, each checked against what the Hub announced."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from huggingface_hub import constants, hf_hub_download

from personavlm.errors import WeightsError
from personavlm.hub.ledger import Ledger
from personavlm.hub.progress import Meter, gigabytes, size, tap
from personavlm.hub.refusals import (
    HUB_ERRORS,
    HubUnreachable,
    disk_is_full,
    explain,
    half_downloaded,
)
from personavlm.hub.snapshot import HubFile, Snapshot, repo_folder

PAUSES = (1.0, 4.0, 16.0)  # seconds before a file is asked for again
STALE = 3600.0  # seconds after which a partial file that did not grow has no writer
BLOCK = 1 << 22  # bytes hashed at a time
SHA256_DIGITS = 64


def obtain(
    snapshot: Snapshot, files: Iterable[HubFile], ledger: Ledger, report: Callable[[str], None]
) -> None:
    """Have `files` in the cache and verified; those that are there already are not fetched.

    A connection that breaks is taken up again where huggingface_hub can, else from the start of the
    file; what a killed process had completed stays.

    Raises:
        WeightsError: the Hub refuses, the disk is too small, or a file is not what was announced.
    """
    wanted = tuple(files)
    missing = tuple(file for file in wanted if not (snapshot.folder / file.name).exists())
    if missing and not snapshot.online:
        here = sum(file.size for file in wanted if file not in missing)
        raise half_downloaded(snapshot.repo, snapshot.commit, missing[0].name, here)
    total, lacking = (sum(file.size for file in group) for group in (wanted, missing))
    if missing:
        _drop_stale(snapshot)
        _require_space(snapshot, sum(f.size for f in missing if not _has_content(snapshot, f)))
        report(f"Downloading {snapshot.name}: {gigabytes(total - lacking, total)} are here.")
    meter = Meter(snapshot.name, total, total - lacking, report)
    for file in wanted:
        if file in missing:
            _fetch(snapshot, file, meter)
        path = snapshot.folder / file.name
        if not ledger.holds(file, path):
            _verify(snapshot, file, path, report)
            ledger.add(file, path)


def _fetch(snapshot: Snapshot, file: HubFile, meter: Meter) -> None:
    for pause in (*PAUSES, None):
        try:
            hf_hub_download(
                snapshot.repo,
                file.name,
                revision=snapshot.commit,
                tqdm_class=tap(meter),
            )
        except HUB_ERRORS as error:
            if disk_is_full(error):
                raise _too_full(snapshot, file.size) from error
            problem = explain(error, snapshot.repo, snapshot.commit)
            if not isinstance(problem, HubUnreachable):
                raise problem from error
            if pause is None:
                raise WeightsError(
                    f"The download of {snapshot.name} broke off in {file.name}: {problem}. What is "
                    "complete is kept; run it again to go on."
                ) from error
            time.sleep(pause)
        else:
            meter.finish(file.size)
            return


def _verify(snapshot: Snapshot, file: HubFile, path: Path, report: Callable[[str], None]) -> None:
    found = path.stat().st_size
    if found != file.size:
        _remove(path)
        raise WeightsError(
            f"{file.name} of {snapshot.name} has {found:,} bytes, the Hub announces "
            f"{file.size:,}. It was removed; run this again to fetch it anew."
        )
    if file.digest is None:
        report(f"{file.name}: its checksum is not known here, only its size was checked.")
        return
    if file.size >= BLOCK:
        report(f"Checking {snapshot.name}: {file.name} ({size(file.size)})")
    digest = file_digest(path, git=len(file.digest) != SHA256_DIGITS)
    if digest != file.digest:
        _remove(path)
        raise WeightsError(
            f"{file.name} of {snapshot.name} is corrupt: its checksum is {digest[:12]}…, the Hub "
            f"announces {file.digest[:12]}…. It was removed; run this again to fetch it anew."
        )


def file_digest(path: Path, *, git: bool) -> str:
    """The sha256 of a file, or the sha1 that git gives its content; in hex digits."""
    state = hashlib.sha1(f"blob {path.stat().st_size}\0".encode()) if git else hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            state.update(block)
    return state.hexdigest()


def _remove(path: Path) -> None:
    """Take a file out of the cache, and whatever it is a link to."""
    while True:
        target = path.parent / path.readlink() if path.is_symlink() else None
        path.unlink(missing_ok=True)
        if target is None:
            return
        path = target


def _has_content(snapshot: Snapshot, file: HubFile) -> bool:
    """Whether another commit has brought the very content into the cache: it is only linked."""
    blobs = repo_folder(snapshot.repo) / "blobs"
    return file.digest is not None and (blobs / file.digest).exists()


def _drop_stale(snapshot: Snapshot) -> None:
    """Remove what killed downloads left: huggingface_hub never takes up such a file again."""
    for partial in (repo_folder(snapshot.repo) / "blobs").glob("*.incomplete"):
        if time.time() - partial.stat().st_mtime > STALE:
            partial.unlink(missing_ok=True)


def _require_space(snapshot: Snapshot, needed: int) -> None:
    if needed > _free():
        raise _too_full(snapshot, needed)


def _too_full(snapshot: Snapshot, needed: int) -> WeightsError:
    return WeightsError(
        f"{snapshot.name} needs {size(needed)} more on the disk of {constants.HF_HUB_CACHE}, which "
        f"has {size(_free())} free. Free some space, or set HF_HOME to a folder on a larger disk."
    )


def _free() -> int:
    """Bytes free where the cache is, or will be."""
    folder = Path(constants.HF_HUB_CACHE).absolute()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
