"""A prompt pack: the wording of every task, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from personavlm.prompts.render import render
from personavlm.protocol.inputs import Inputs, Task
from personavlm.protocol.messages import Message


@dataclass(frozen=True, slots=True)
class PromptPack:
    """name: `own` for the wording in this package, else where it was recovered from."""

    name: str

    def render(self, task: Task, inputs: Inputs) -> tuple[Message, ...]:
        """The messages for one generation.

        Raises:
            TypeError: `inputs` are not those of `task`.
        """
        return render(task, inputs)


OWN = PromptPack("own")
