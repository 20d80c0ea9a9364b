"""What every engine offers: a request in, chunks of text out. Engines know nothing of memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

from personavlm.memory.records import Image, Usage
from personavlm.protocol.inputs import Inputs, Task


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message; its parts are text and pictures in reading order."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[str | Image, ...]

    @property
    def text(self) -> str:
        return "".join(part for part in self.parts if isinstance(part, str))


@dataclass(frozen=True, slots=True)
class Request:
    """One generation. `inputs` are the typed fields that `messages` were rendered from."""

    task: Task
    inputs: Inputs
    messages: tuple[Message, ...]
    grammar: str | None = None
    max_tokens: int = 1024
    temperature: float = 0.0
    seed: int = 0
    background: bool = False  # an update: gives way to a person who waits


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of output; the last one carries the usage."""

    text: str
    usage: Usage | None = None


class Engine(ABC):
    """Generates text. Safe to call from several threads."""

    name: str

    @abstractmethod
    def generate(self, request: Request) -> Iterator[Chunk]:
        """Stream the output. Closing the iterator stops the generation.

        Raises:
            EngineUnavailable: the engine cannot go on; the message says what to do.
        """

    def logprobs(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float]:
        """Log-probability of each continuation (nats). Only engines with a language model have it.

        Raises:
            EngineUnavailable: this engine has no language model.
        """
        from personavlm.errors import EngineUnavailable

        raise EngineUnavailable(f"The {self.name} engine has no language model to score with.")

    def load(self) -> None:  # noqa: B027 (some engines have nothing to load)
        """Do now what the first generation would have to wait for. Calling it twice is fine.

        Raises:
            EngineUnavailable: the engine cannot run here.
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
