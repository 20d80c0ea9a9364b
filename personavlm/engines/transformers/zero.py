"""The transformers engine on a ZeroGPU Space, where a GPU is lent for the time of one call.

The call runs in a forked daemon process: what goes in and comes out is pickled, what changes in
there is lost, and so each generation reads all of its prompt. Nothing touches the GPU outside of
such a call; the weights are moved to "cuda" in the main process, as `spaces` emulates that.

The app imports this module before anything that imports torch, which `spaces` has to patch first.
Never run on ZeroGPU itself: tests have a process and pickles in its place.
"""

from __future__ import annotations

import spaces  # isort: skip  (before torch)

from collections.abc import Callable, Iterator, Sequence

from personavlm.engines.base import Chunk, Report, Request
from personavlm.engines.transformers import generation
from personavlm.engines.transformers.engine import TransformersEngine
from personavlm.engines.transformers.model import Model
from personavlm.engines.transformers.prefixes import Prefixes
from personavlm.engines.transformers.steps import PlainSteps, Steps
from personavlm.errors import PersonaVLMError
from personavlm.hub.weights import Weights
from personavlm.protocol.messages import Message

SECONDS = 60  # a call may take; more would use up a visitor's daily share sooner


class ZeroGpuEngine(TransformersEngine):
    """`TransformersEngine` whose every generation is a call of its own on a lent GPU.

    Built and loaded at module scope, so that the Space finds its GPU functions and workers inherit
    the weights. Our errors are sent as values: `spaces` would only pass on their names.
    """

    def __init__(self, prepare: Callable[[Report], Weights]) -> None:
        super().__init__(prepare, "cuda")
        self._generate = spaces.GPU(self._generate_there, duration=SECONDS)
        self._score = spaces.GPU(self._score_there, duration=SECONDS)

    def _make_steps(self, model: Model, report: Report) -> Steps:
        return PlainSteps(model.network)  # ZeroGPU has no torch.compile

    @property
    def sees(self) -> bool:
        return False  # each look would be a call of its own, and use up a visitor's daily share

    def generate(self, request: Request) -> Iterator[Chunk]:
        self._ready()  # in this process: a worker's loading would be lost
        items = self._generate(request)
        try:
            for item in items:
                if isinstance(item, PersonaVLMError):
                    raise item
                yield item
        finally:
            items.close()

    def logprobs(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float]:
        self._ready()
        scores: list[float] | PersonaVLMError = self._score(tuple(messages), tuple(continuations))
        if isinstance(scores, PersonaVLMError):
            raise scores
        return scores

    def _generate_there(self, request: Request) -> Iterator[Chunk | PersonaVLMError]:
        model, steps = self._ready_there()
        try:
            for chunk in generation.generate(model, steps, Prefixes(), request):
                if chunk.text or chunk.usage:
                    yield chunk
        except PersonaVLMError as error:
            yield error

    def _score_there(
        self, messages: Sequence[Message], continuations: Sequence[str]
    ) -> list[float] | PersonaVLMError:
        model, _ = self._ready_there()
        try:
            return list(generation.score(model, messages, continuations))
        except PersonaVLMError as error:
            return error

    def _ready_there(self) -> tuple[Model, Steps]:
        import torch

        torch.set_num_threads(1)  # a fork has none of the pool's threads, and would wait for them
        return self._ready()
