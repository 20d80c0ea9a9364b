"""Benchmarks from the Hub: of a dataset, the files that are needed and no others, at one commit.

A revision should be pinned, so that everybody runs the same questions. None of these datasets says
which commit the paper used, and the Hub could not be reached from where this was written, so none
is pinned here: `main` is resolved to a commit when files are fetched, every manifest has that
commit, a run is not continued with another one, and `--data-revision` asks for it again. Without
the Hub, what `main` last stood for is taken from the cache.

Where in a dataset its files lie is not relied upon: they are found by their names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path, PurePosixPath

from huggingface_hub import constants, hf_hub_download
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError
from huggingface_hub.file_download import repo_folder_name
from tqdm import tqdm

from eval.benchmarks.files import Absent
from eval.case import Benchmark, Case
from personavlm.errors import BadInput
from personavlm.hub.download import SHA256_DIGITS, file_digest
from personavlm.hub.refusals import HUB_ERRORS, LOG_IN, HubUnreachable, disk_is_full, explain
from personavlm.hub.resolve import keep_revision, kept_commit, look_up

REPOS = {
    Benchmark.PERSONA_MME: "ClareNie/Persona-MME",
    Benchmark.PERSONAMEM: "bowen-upenn/PersonaMem-v1",
    Benchmark.P_SOUPS: "JinaLeejnl/AlignX-test",
}
AT_ONCE = 8  # files fetched side by side: pictures are many and small
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset at one commit.

    files: the digest that the Hub announces of each of its files (64 hex digits: sha256, 40: git's
    sha1), empty where that is not known. online: the Hub was reached, and can be asked for more.
    """

    repo: str
    commit: str
    files: dict[str, str]
    online: bool

    @property
    def name(self) -> str:
        """With the whole commit, as manifests have it."""
        return f"{self.repo}@{self.commit}"

    @property
    def folder(self) -> Path:
        """Where huggingface_hub puts the files of this commit."""
        return _cache(self.repo) / "snapshots" / self.commit


def resolve(benchmark: Benchmark, revision: str | None, report: Report) -> Dataset:
    """Find out which commit is meant, and what it holds. revision: a branch, tag or commit.

    Raises:
        BadInput: the Hub refuses; or it cannot be reached and the cache does not have it.
    """
    repo = REPOS[benchmark]
    try:
        found = look_up(repo, revision, "dataset")
    except HUB_ERRORS as error:
        problem = _told(error, repo, revision)
        if not isinstance(problem, HubUnreachable):
            raise BadInput(str(problem)) from error
        cached = _from_cache(repo, revision, problem)
        report(f"Using {cached.name} from the cache: {problem}.")
        return cached
    keep_revision(_cache(repo), revision, found.commit)
    files = {file.name: file.digest or "" for file in found.files}
    return Dataset(repo, found.commit, files, online=True)


def questions(dataset: Dataset, patterns: Sequence[str], report: Report) -> Path:
    """Have the files of questions here; returns the folder that they are in.

    patterns: of their names; what fits none of the files is left out.

    Raises:
        Absent: the dataset has none of them. BadInput: it has one more than once, or they cannot
        be fetched.
    """
    wanted = []
    for pattern in patterns:
        found = [name for name in dataset.files if fnmatch(PurePosixPath(name).name, pattern)]
        if len(found) > 1:
            raise BadInput(
                f"{dataset.name} has more than one {pattern}: {', '.join(sorted(found))}. Download "
                "the right one, and name its folder with --data."
            )
        wanted += found
    folders = {PurePosixPath(name).parent for name in wanted}
    if not folders:
        raise Absent(f"{dataset.name} has no {' or '.join(patterns)}.")
    if len(folders) > 1:
        raise BadInput(
            f"{dataset.name} has its questions in several folders: {', '.join(sorted(wanted))}. "
            "Download them into one, and name it with --data."
        )
    _bring(dataset, wanted, report)
    return dataset.folder / folders.pop()


def histories(dataset: Dataset, cases: Sequence[Case], report: Report) -> None:
    """Have the histories of these cases here, with their pictures.

    A history that the dataset lacks is passed over: the cases about it will fail, and say so.

    Raises:
        BadInput: one cannot be fetched.
    """
    wanted = []
    for path in dict.fromkeys(case.history.path for case in cases if case.history):
        name = path.relative_to(dataset.folder).as_posix()
        if cases[0].benchmark is Benchmark.PERSONA_MME:  # pictures lie beside it
            beside = f"{PurePosixPath(name).parent}/"
            wanted += [one for one in dataset.files if one.startswith(beside)]
        elif name in dataset.files:
            wanted.append(name)
    _bring(dataset, wanted, report)


def _bring(dataset: Dataset, names: Sequence[str], report: Report) -> None:
    """Fetch what is not here, several files side by side; what was complete stays."""
    missing = [name for name in names if not (dataset.folder / name).exists()]
    if not missing:
        return
    if not dataset.online:
        raise BadInput(
            f"{dataset.name} is only partly here: {missing[0]} is missing, and the Hub cannot be "
            "asked. Connect and start again, or name a folder with --data."
        )
    report(f"Fetching {len(missing)} files of {dataset.name}.")
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch")
    try:
        fetched = pool.map(partial(_fetch, dataset), missing)
        for _ in tqdm(fetched, dataset.repo, len(missing), unit="file", disable=None):
            pass
    finally:
        pool.shutdown(cancel_futures=True)


def _fetch(dataset: Dataset, name: str) -> None:
    try:
        path = Path(
            hf_hub_download(dataset.repo, name, repo_type="dataset", revision=dataset.commit)
        )
    except HUB_ERRORS as error:
        if disk_is_full(error):
            raise BadInput(
                f"No space is left for {dataset.name} on the disk of {constants.HF_HUB_CACHE}. "
                "Free some, or set HF_HOME to a folder on a larger disk."
            ) from error
        problem = str(_told(error, dataset.repo, dataset.commit)).rstrip(".")
        raise BadInput(
            f"Fetching {name} of {dataset.name} failed: {problem}. What is complete is kept; start "
            "again to go on."
        ) from error
    announced = dataset.files[name]
    if announced and file_digest(path, git=len(announced) != SHA256_DIGITS) != announced:
        path.resolve().unlink()  # it is a link to what was fetched
        path.unlink(missing_ok=True)
        raise BadInput(
            f"{name} of {dataset.name} is not what the Hub announces. It was removed; start again "
            "to fetch it anew."
        )


def _told(error: Exception, repo: str, revision: str | None) -> Exception:
    """In words, one of HUB_ERRORS; HubUnreachable where the cache may do."""
    if isinstance(error, RepositoryNotFoundError) and not isinstance(error, GatedRepoError):
        return BadInput(
            f"The Hub has no dataset {repo}, or it is private and you are not let in "
            f"({error.response.status_code}). If it is private, {LOG_IN}; or download it, and name "
            "its folder with --data."
        )
    return explain(error, f"datasets/{repo}", revision)


def _from_cache(repo: str, revision: str | None, problem: HubUnreachable) -> Dataset:
    commit = kept_commit(_cache(repo), revision)
    if not commit:
        wanted = f"{repo}@{revision}" if revision else repo
        raise BadInput(
            f"The dataset {wanted} is not in the cache ({_cache(repo).parent}), and {problem}. "
            "Connect, or name a folder that has it with --data."
        ) from problem
    folder = Dataset(repo, commit, {}, online=False).folder
    here = (path for path in sorted(folder.rglob("*")) if path.is_file())
    files = {path.relative_to(folder).as_posix(): "" for path in here}
    return Dataset(repo, commit, files, online=False)


def _cache(repo: str) -> Path:
    return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repo, repo_type="dataset")
