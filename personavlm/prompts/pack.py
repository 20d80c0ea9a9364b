"""A prompt pack: the wording of every task, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from personavlm.prompts.render import render
from personavlm.prompts.trained import SLOTS, TrainedTemplate
from personavlm.protocol.inputs import Inputs, Task
from personavlm.protocol.messages import Message


@dataclass(frozen=True, slots=True)
class PromptPack:
    """name: `own` for the wording in this package, else the data that it was recovered from.

    trained: the templates as trained; where one is missing, our own wording stands in. commit: of
    the dataset, None for a local file. sha256: of the file that the templates come from.
    """

    name: str
    trained: tuple[TrainedTemplate, ...] = ()
    commit: str | None = None
    sha256: str = ""

    @property
    def line(self) -> str:
        """One line for the page and for result files."""
        found, all_ = len(self.trained), len(SLOTS)
        if not found:
            return "Prompts: our own wording"
        if found == all_:
            return f"Prompts: as trained ({all_} of {all_} templates, from {self.name})"
        return f"Prompts: {found} of {all_} as trained (from {self.name}), the rest our own wording"

    def render(self, task: Task, inputs: Inputs) -> tuple[Message, ...]:
        """The messages for one generation.

        Raises:
            TypeError: `inputs` are not those of `task`.
        """
        return render(task, inputs, {template.name: template for template in self.trained})


OWN = PromptPack("own")
