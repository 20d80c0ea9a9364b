"""What every engine offers: a request in, chunks of text out. Engines know nothing of memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from personavlm.hub.weights import Weights
from personavlm.prompts import OWN, PromptPack
from personavlm.protocol.grammars import Grammar
from personavlm.protocol.inputs import Inputs, Task
from personavlm.protocol.messages import Message
from personavlm.records import Usage

if TYPE_CHECKING:
    from PIL import Image as Pillow

    from personavlm.memory.encode import Vectors

Report = Callable[[str], None]  # takes one line on how far something is


def silent(line: str) -> None:
    """A report that nobody reads."""


@dataclass(frozen=True, slots=True)
class Request:
    """One generation. `inputs` are the typed fields that `messages` were rendered from.

    grammar: what the whole output has to match. stop: the output ends with the first of these, and
    has it. temperature: 0 is greedy. background: an update, which gives way to a person who waits.
    salt: whose request it is; what an engine keeps of its reading is shared under one salt only.
    """

    task: Task
    inputs: Inputs
    messages: tuple[Message, ...]
    grammar: Grammar | None = None
    stop: tuple[str, ...] = ()
    max_tokens: int = 1024
    temperature: float = 0.0
    seed: int = 0
    background: bool = False
    salt: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of output; the last one carries the usage."""

    text: str
    usage: Usage | None = None


class Engine(ABC):
    """Generates text. Safe to call from several threads.

    concurrency: how many generations run side by side before one more has to wait. weights: what it
    runs, known once it is loaded. prompts: the wording that those weights are asked with.
    """

    name: str
    concurrency: int = 1
    weights: Weights | None = None
    prompts: PromptPack = OWN

    @property
    def label(self) -> str:
        """What answers, for records: `preview`, or `ClareNie/PersonaVLM@3f9c2b1 on sglang, ...`."""
        if self.weights is None:
            return self.name
        return f"{self.weights.name} on {self.name}, {self.prompts.name} prompts"

    @property
    def description(self) -> str:
        """What runs, in words for people."""
        if self.weights is None:
            return f"the {self.name} engine"
        return f"{self.weights.name} with {self.name}"

    @property
    def sees(self) -> bool:
        """Whether `see` can be asked: a model with eyes is loaded."""
        return False

    @abstractmethod
    def generate(self, request: Request) -> Iterator[Chunk]:
        """Stream the output. Closing the iterator stops the generation.

        Raises:
            EngineUnavailable: the engine cannot go on; the message says what to do.
        """

    def logprobs(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float]:
        """Log-probability of each continuation (nats, summed over its tokens) after `messages`.

        Raises:
            EngineUnavailable: this engine has no language model.
        """
        from personavlm.errors import EngineUnavailable

        raise EngineUnavailable(f"The {self.name} engine has no language model to score with.")

    def see(self, pictures: Sequence[Pillow.Image]) -> Vectors:
        """What the model makes of pictures: the mean of the tokens that it reads for each.

        pictures: one or more, in RGB. Returns one row a picture, of any length: float32, shape
        (len(pictures), width of the model).

        Raises:
            EngineUnavailable: this engine does not show what its model sees.
        """
        from personavlm.errors import EngineUnavailable

        raise EngineUnavailable(f"The {self.name} engine does not show what its model sees.")

    def load(self, report: Report = silent) -> None:  # noqa: B027 (some have nothing to load)
        """Do now what the first generation would have to wait for. Calling it twice is fine.

        Raises:
            EngineUnavailable: the engine cannot run here. WeightsError: what it should run cannot
            be had, or is damaged.
        """

    def close(self) -> None:  # noqa: B027 (most engines hold nothing)
        """Free what the engine holds. Calling it twice is fine."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
