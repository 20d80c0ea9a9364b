"""A file of training conversations in, a prompt pack and a report out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from personavlm.errors import BadInput
from personavlm.prompts.pack import PromptPack
from personavlm.prompts.recover.find import find_template
from personavlm.prompts.recover.samples import Samples, prompts_of, read_conversations
from personavlm.prompts.trained import SLOTS

_STRIDE = 10_000  # conversations between two lines on how far it is


@dataclass(frozen=True, slots=True)
class TaskReport:
    """What became of one template.

    seen: prompts of it in the data. looked_at: how many of them were compared, an even sample.
    matched: those of the template's wording. exact: those given back byte for byte. found: whether
    the template is in the pack. note: why not, or what to keep in mind.
    """

    name: str
    seen: int
    looked_at: int
    matched: int
    exact: int
    found: bool
    note: str


@dataclass(frozen=True, slots=True)
class Recovery:
    """unknown: prompts that belong to no task, such as the exchanges that pad a training batch."""

    pack: PromptPack
    tasks: tuple[TaskReport, ...]
    conversations: int
    unknown: int


def recover(path: Path, name: str, commit: str | None, report: Callable[[str], None]) -> Recovery:
    """The templates behind the prompts in a file of conversations.

    Args:
        name: of the pack. commit: of the dataset, None for a local file.

    Raises:
        BadInput: the file cannot be read, or holds no training conversations.
    """
    samples = {task: Samples() for task in SLOTS}
    conversations = unknown = 0
    for conversation in read_conversations(path):
        conversations += 1
        if conversations % _STRIDE == 0:
            report(f"Read {conversations:,} training conversations.")
        for task, prompt in prompts_of(conversation):
            if task is None:
                unknown += 1
            else:
                samples[task].add(prompt)
    if not any(each.seen for each in samples.values()):
        raise BadInput(
            f"{path} holds no training conversations: a list of objects with `conversations`, each "
            "turn with `from` (human or gpt) and `value`."
        )
    trained, tasks = [], []
    for task, each in samples.items():
        report(f"Comparing {len(each.kept):,} prompts of the {task} task.")
        found = find_template(task, each.kept)
        if found.template is not None:
            trained.append(found.template)
        is_found = found.template is not None
        counts = (each.seen, len(each.kept), found.matched, found.exact)
        tasks.append(TaskReport(task, *counts, is_found, found.note))
    pack = PromptPack(name, tuple(trained), commit, _sha256(path))
    return Recovery(pack, tuple(tasks), conversations, unknown)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
