"""`sft/sft.json`: conversations as the published training file has them, with pictures beside it.

Each row is `{"conversations": [{"from": "human" | "gpt", "value"}, ...], "image": ["./imgs/..."]}`;
`image` is there where the prompt shows pictures.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from personavlm.prompts.pack import OWN, PromptPack
from personavlm.protocol import Task
from personavlm.synthesis.filters import Checked
from personavlm.synthesis.formats.conversation import pictures_of, text_of
from personavlm.synthesis.formats.sink import Draft, Rows
from personavlm.synthesis.mix import Mix, mixed
from personavlm.synthesis.targets import Target
from personavlm.synthesis.told import picture_path
from personavlm.synthesis.trajectories import Trajectory

_FROM = {"user": "human", "assistant": "gpt"}


class Sft:
    """Writes `sft/` below a folder."""

    def __init__(self, out: Path, pack: PromptPack = OWN, mix: Mix = Mix.PAPER) -> None:
        self._draft = Draft(out / "sft")
        self._rows = Rows(self._draft.folder / "sft.json", listed=True)
        self._pack, self._mix = pack, mix
        self.counts: Counter[str] = Counter()

    def add(self, checked: Checked) -> None:
        samples = list(mixed(checked, self._mix))
        self.counts.update(category for category, _ in samples)
        rows = [row(sample, self._pack) for _, sample in samples]
        self._rows.add(rows)
        shown = {path for written in rows for path in written.get("image", ())}
        for turn in checked.life.turns:
            if turn.picture and f"./{picture_path(checked.life, turn.picture)}" in shown:
                self._draft.picture(checked.life, turn)

    def finish(self) -> None:
        self._rows.finish()
        self._draft.publish()


def row(sample: Target | Trajectory, pack: PromptPack = OWN) -> dict[str, Any]:
    """One row; its last message is what the model has to write."""
    task = sample.task if isinstance(sample, Target) else Task.REASON
    messages = pack.render(task, sample.inputs)
    said = [{"from": _FROM[message.role], "value": text_of(message)} for message in messages]
    whole: dict[str, Any] = {"conversations": [*said, {"from": "gpt", "value": sample.text}]}
    pictures = pictures_of(messages)
    return {**whole, "image": pictures} if pictures else whole
